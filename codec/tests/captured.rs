//! Every MClientCaps of three captures of Ceph 18.2 clusters, against the line that Ceph itself prints for it,
//! where that collection lies beside the project.
#![cfg(feature = "alloc")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use ceph_codec::message::Sections;
use ceph_codec::message::client_caps::{ClientCaps, NEWEST};
use flate2::bufread::GzDecoder;
use serde_json::{Value, json};

fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes().chunks(2);
    digits.map(|d| u8::from_str_radix(str::from_utf8(d).unwrap(), 16).unwrap()).collect()
}

/// One message: its version, its bytes, and what Ceph says of it.
/// Our line as Ceph 14 prints it: without ctime and change_attr, and with times in its older form.
fn nautilus(line: &str) -> String {
    let (before, rest) = line.split_once(" ctime ").unwrap();
    let (_, rest) = rest.split_once(" change_attr ").unwrap();
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let (before, time) = before.rsplit_once(' ').unwrap();
    let time = time.trim_end_matches("+0000").replace('T', " ");
    format!("{before} {time}{after}")
}

fn check(message: &Value) {
    let version = message["version"].as_u64().unwrap() as u16;
    let (front, middle) = (hex(&message["front"]), hex(&message["middle"]));
    let sections = Sections { front: &front, middle: &middle, ..Default::default() };
    let caps = ClientCaps::decode(version, sections).unwrap_or_else(|f| panic!("{f}: {message}"));
    assert_eq!(caps.front_to_vec(), front);
    assert!(caps.rest().is_empty() && version <= NEWEST);

    let export =
        caps.export_peer().map(|p| json!([p.cap_id, p.seq.0, p.mseq.0, p.mds.0, p.flags.0]));
    let import =
        caps.import_peer().map(|p| json!([p.cap_id, p.seq.0, p.mseq.0, p.mds.0, p.flags.0]));
    assert_eq!(export.or(import).unwrap_or_default(), message["peer"], "{message}");

    let ours = nautilus(&caps.summary(0).to_string());
    assert_eq!(message["summary"].as_str().unwrap(), ours);
}

#[test]
fn messages_are_what_ceph_says() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/captured"));
    let Ok(files) = fs::read_dir(folder) else {
        return eprintln!("skipped: no messages at {}", folder.display());
    };
    let mut count = 0;
    for file in files {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == "gz") {
            let packed = BufReader::new(File::open(path).unwrap());
            // Miri is some thousand times slower.
            let most = if cfg!(miri) { 3 } else { usize::MAX };
            for line in BufReader::new(GzDecoder::new(packed)).lines().take(most) {
                check(&serde_json::from_str(&line.unwrap()).unwrap());
                count += 1;
            }
        }
    }
    assert!(count > 0);
    eprintln!("{count} messages compared with Ceph's own line");
}
