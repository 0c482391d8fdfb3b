//! What messages tell, from scripted sessions.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use ceph_codec::message::client_request::RequestOp;
use ceph_codec::message::mds_map::MdsState;
use ceph_codec::types::{InodeNo, Rank};
use fixtures::msgr::Protocol;
use fixtures::scene::Scene;

use crate::capture::{Capture, Limits};
use crate::event::Event;
use crate::pipeline::{News, Pipeline};
use crate::place::Time;

const CLIENT: u64 = 4100;
const ROOT: u64 = 1;
const DIR: u64 = 0x1000;
const FILE: u64 = 0x2000;

fn scene() -> Scene {
    let mut scene = Scene::new(Protocol::V1);
    scene.open(CLIENT, 0);
    scene
}

/// A directory, and an inode.
type Meant = (Option<InodeNo>, Option<InodeNo>);

/// What is known of a story at its end, and its requests with what their paths meant then.
fn told(scene: Scene) -> (Pipeline, Vec<Meant>) {
    let file = fixtures::pcap::write(&scene.finish().packets, &Default::default());
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
    let mut capture = Capture::from_readers([("story".to_owned(), reader)], Limits::default());
    let mut pipeline = Pipeline::default();
    let mut requests = Vec::new();
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, _| {
        if let News::Event(Event::Request(request), ..) = news {
            requests.push((request.dir, request.ino));
        }
    });
    (pipeline, requests)
}

/// Every name that the inode had, and whether the last one is gone.
fn names(pipeline: &Pipeline, ino: u64) -> Vec<String> {
    let paths = pipeline.caps.reader.names().paths();
    let mut names: Vec<_> =
        paths.history(InodeNo(ino)).into_iter().map(|named| named.path).collect();
    names
        .extend(paths.shown(InodeNo(ino), Time(i64::MAX - 1)).filter(|p| p.ends_with("(deleted)")));
    names
}

#[test]
fn replies_and_listings_name_inodes() {
    let mut scene = scene();
    scene.lookup(CLIENT, 0, (ROOT, "d"), DIR, "pAsLsXs");
    scene.readdir(CLIENT, 0, DIR, &[("a", FILE, "pAsLsXs"), ("b", FILE + 1, "-")]);
    scene.create(CLIENT, 0, (DIR, "c"), FILE + 2, "pAsxLsXsxFsxcrwb");
    let (told, requests) = told(scene);
    assert_eq!(names(&told, FILE), ["/d/a"]);
    assert_eq!(names(&told, FILE + 1), ["/d/b"]);
    assert_eq!(names(&told, FILE + 2), ["/d/c"]);
    let ino = |ino| Some(InodeNo(ino));
    assert_eq!(requests, [(ino(ROOT), None), (None, ino(DIR)), (ino(DIR), None)]);
}

#[test]
fn a_rename_is_told_by_request_and_reply() {
    let mut scene = scene();
    scene.lookup(CLIENT, 0, (ROOT, "d"), DIR, "pAsLsXs");
    scene.lookup(CLIENT, 0, (DIR, "old"), FILE, "pAsLsXsFs");
    let mut request = scene.asking(CLIENT, 0, RequestOp::RENAME, ROOT, "new");
    request.path2 = (DIR, "old".to_owned());
    scene.ask(&request);
    let reply = scene.finding(&request, FILE, "pAsLsXsFs");
    scene.answer(&reply);
    // The old name means another inode from then on.
    scene.create(CLIENT, 0, (DIR, "old"), FILE + 1, "pAsLsXsFs");
    let (told, _) = told(scene);
    assert_eq!(names(&told, FILE), ["/d/old", "/new"]);
    assert_eq!(names(&told, FILE + 1), ["/d/old"]);
}

#[test]
fn a_rename_whose_reply_repeats_an_earlier_one_is_told_by_its_request() {
    let mut scene = scene();
    scene.lookup(CLIENT, 0, (ROOT, "old"), FILE, "pAsLsXsFs");
    let mut request = scene.asking(CLIENT, 0, RequestOp::RENAME, ROOT, "new");
    request.path2 = (ROOT, "old".to_owned());
    scene.ask(&request);
    let reply = scene.answering(&request, 0);
    scene.answer(&reply);
    let (told, _) = told(scene);
    assert_eq!(names(&told, FILE), ["/old", "/new"]);
}

#[test]
fn a_rename_that_fails_changes_nothing() {
    let mut scene = scene();
    scene.lookup(CLIENT, 0, (ROOT, "old"), FILE, "pAsLsXsFs");
    let mut request = scene.asking(CLIENT, 0, RequestOp::RENAME, ROOT, "new");
    request.path2 = (ROOT, "old".to_owned());
    scene.ask(&request);
    let reply = scene.answering(&request, -13);
    scene.answer(&reply);
    let (told, _) = told(scene);
    assert_eq!(names(&told, FILE), ["/old"]);
}

#[test]
fn an_unlink_is_told_by_a_dentry_without_an_inode() {
    let mut scene = scene();
    scene.lookup(CLIENT, 0, (ROOT, "f"), FILE, "pAsLsXsFs");
    let request = scene.asking(CLIENT, 0, RequestOp::UNLINK, ROOT, "f");
    scene.ask(&request);
    let mut reply = scene.finding(&request, FILE, "-");
    reply.target = None;
    scene.answer(&reply);
    let (told, requests) = told(scene);
    assert_eq!(names(&told, FILE), ["/f", "/f (deleted)"]);
    assert_eq!(requests[1], (Some(InodeNo(ROOT)), Some(InodeNo(FILE))));
}

#[test]
fn a_request_by_path_names_what_its_reply_finds() {
    let mut scene = scene();
    let request = scene.asking(CLIENT, 0, RequestOp::GETATTR, ROOT, "vol/sub");
    scene.ask(&request);
    let mut reply = scene.finding(&request, DIR, "pAsLsXs");
    reply.dentry = None;
    scene.answer(&reply);
    scene.lookup(CLIENT, 0, (DIR, "f"), FILE, "pAsLsXsFs");
    let (told, _) = told(scene);
    assert_eq!(names(&told, FILE), ["/vol/sub/f"]);
}

#[test]
fn clients_say_what_they_are() {
    let mut scene = Scene::new(Protocol::V1);
    let said = [
        ("hostname", "web\x1b1"),
        ("kernel_version", "6.1.0-17-amd64"),
        ("root", "/vol"),
        ("x", ""),
    ];
    scene.open_as(CLIENT, 0, &said);
    let said =
        [("hostname", "h"), ("ceph_version", "ceph version 16.2.15 (618f) pacific (stable)")];
    scene.open_as(CLIENT + 1, 0, &said);
    // What a machine without a name says.
    scene.open_as(CLIENT + 2, 0, &[("hostname", "(none)"), ("kernel_version", "7.1.0")]);
    let (told, _) = told(scene);
    let clients = told.caps.reader.names().clients().settled(told.who());
    let shown: Vec<_> = clients.iter().map(|(id, client)| (id, client.to_string())).collect();
    let want = ["web\\u{1b}1, kernel 6.1.0, /vol", "h, ceph 16.2.15", "kernel 7.1.0"];
    let want: Vec<_> = (CLIENT..).zip(want.map(str::to_owned)).collect();
    assert_eq!(shown, want);
    assert_eq!(clients.get(CLIENT).unwrap().get("x"), None);
}

#[test]
fn ranks_have_daemons_over_time() {
    let mut scene = scene();
    scene.monitor(CLIENT, &[0, 1]);
    scene.wait(1000);
    scene.fail(1);
    scene.wait(1000);
    scene.take_over(1);
    scene.state(1, MdsState::ACTIVE);
    let addr = scene.mds_addr(1);
    let (told, _) = told(scene);
    let ranks = told.caps.reader.names().ranks();
    let [fs] = ranks.systems() else { panic!("{ranks:?}") };
    let history = fs.history(Rank(1));
    let states: Vec<_> = history.iter().map(|h| h.state).collect();
    let (replay, active) = (Some(MdsState::REPLAY), Some(MdsState::ACTIVE));
    assert_eq!(states, [active, None, replay, active]);
    assert_ne!(history[0].name, history[3].name);
    assert_eq!(history[3].addrs, [addr]);
    let at = |index: usize| history[index].since.time;
    let name = |time| fs.holder(Rank(1), time).map(|h| h.name.clone());
    assert_eq!(name(Time(0)), Some(history[0].name.clone()));
    assert_eq!(name(at(1)), None);
    assert_eq!(name(at(2)), Some(history[3].name.clone()));
    assert_eq!(ranks.at_address(addr, at(3)).map(|(_, rank)| rank), Some(Rank(1)));
}
