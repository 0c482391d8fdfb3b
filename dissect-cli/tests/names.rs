//! Paths learned from recorded captures, against what the workload called its files.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::InodeNo;
use ceph_dissect::capture::Capture;
use ceph_dissect::event::{CapEvent, Event};
use ceph_dissect::names::Glob;
use ceph_dissect::pipeline::{News, Pipeline};
use ceph_dissect::place::Time;

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data");
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/captures");
const END: Time = Time(i64::MAX - 1);

fn read(file: &Path) -> (Pipeline, Vec<CapEvent>) {
    let mut capture = Capture::open(&[file.to_owned()]);
    let mut pipeline = Pipeline::default();
    let mut events = Vec::new();
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, _| {
        if let News::Event(Event::Cap(event), ..) = news {
            events.push(*event);
        }
    });
    (pipeline, events)
}

/// A capture that may not be here.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(SHARED).join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

/// Of how many inodes with cap events the whole path is known at some event, and the others.
fn named(pipeline: &Pipeline, events: &[CapEvent]) -> (usize, Vec<InodeNo>) {
    let paths = pipeline.names().paths();
    let whole = |event: &&CapEvent| {
        let path = paths.path(event.ino, event.place.time);
        path.is_some_and(|path| path.starts_with(['/', '~']))
    };
    let all: BTreeSet<InodeNo> = events.iter().map(|event| event.ino).collect();
    let named: BTreeSet<InodeNo> = events.iter().filter(whole).map(|event| event.ino).collect();
    (named.len(), all.difference(&named).copied().collect())
}

/// From the opening of the sessions on, every inode gets its name before its first cap.
#[test]
fn every_inode_of_a_whole_capture_has_a_path() {
    let here = ["v1-healthy.pcap", "crc-healthy.pcap.zst", "crc-importer-crash.pcapng"];
    let mut files: Vec<_> = here.iter().map(|name| Path::new(HERE).join(name)).collect();
    let more = ["pacific-v1.pcap", "pacific-crc.pcapng", "kernel-v1.pcap", "reef-crc.pcapng"];
    files.extend(more.iter().filter_map(|name| shared(name)));
    for file in files {
        let (pipeline, events) = read(&file);
        let (known, unknown) = named(&pipeline, &events);
        assert_eq!(unknown, [], "{}", file.display());
        assert!(known > 10, "{}: {known}", file.display());
        assert_eq!(pipeline.names().paths().not_kept(), 0);
    }
}

/// Sessions are open already: what moves, what is looked up and what is listed has names all the same.
#[test]
fn of_a_capture_that_begins_later_what_moves_has_a_name() {
    for name in ["pacific-v1-midstream.pcap", "pacific-crc-midstream.pcapng"] {
        let Some(file) = shared(name) else { continue };
        let (pipeline, events) = read(&file);
        let paths = pipeline.names().paths();
        let exports = events.iter().filter(|event| event.op() == Some(CapOp::EXPORT));
        for event in exports {
            assert!(paths.path(event.ino, event.place.time).is_some(), "{name} {}", event.ino);
        }
    }
}

/// The workload makes directories d0 to d3 with files f0 to f4 and some others, moves one file, unlinks four.
#[test]
fn the_files_of_a_known_workload_have_their_names_over_time() {
    let Some(file) = shared("pacific-v1.pcap") else { return };
    let (pipeline, events) = read(&file);
    let paths = pipeline.names().paths();
    let known = ["/", "/.snapt", "/d?", "/d?/f?", "/d0/fusefile", "/d?/fuse2", "/d1/moved"];
    let known = known.map(|glob| glob.parse::<Glob>().unwrap());
    for event in &events {
        let path = paths.path(event.ino, event.place.time).unwrap();
        assert!(known.iter().any(|glob| glob.matches(&path)), "{} {path}", event.ino);
    }
    let at_last = |path: &str| -> Vec<String> {
        let inodes: Vec<_> = paths.inodes(|p| p == path).collect();
        inodes.into_iter().filter_map(|ino| paths.shown(ino, END)).collect()
    };
    // 20 files, each with one inode.
    for (dir, file) in (0..4).flat_map(|dir| (0..5).map(move |file| (dir, file))) {
        let path = format!("/d{dir}/f{file}");
        let want = match (dir, file) {
            (2, 0..3) => format!("{path} (deleted)"),
            (3, 0) => "/d1/moved (deleted)".to_owned(),
            _ => path.clone(),
        };
        assert_eq!(at_last(&path), [want], "{path}");
    }
    let [moved] = paths.inodes(|p| p == "/d1/moved").collect::<Vec<_>>()[..] else { panic!() };
    let names = paths.history(moved);
    let texts: Vec<_> = names.iter().map(|named| named.path.as_str()).collect();
    assert_eq!(texts, ["/d3/f0", "/d1/moved"]);
    assert_eq!((names[0].until, names[0].from), (names[1].from, None));
    assert!(names[1].until > names[1].from);
}
