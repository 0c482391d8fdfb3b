//! Captures that begin in the middle of connections.

mod common;

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;

use ceph_codec::message::MessageType;
use ceph_dissect::capture::{Capture, Limits, Piece, Writer};
use ceph_dissect::event::{CapEvent, Event, Source};
use ceph_dissect::pipeline::{News, Pipeline};

/// Packets that are read of each.
const LENGTH: u64 = 400;

/// So many packets of a capture, from this one on.
fn part(path: &PathBuf, from: u64) -> Vec<u8> {
    let mut capture = Capture::open([path]);
    let mut out = Writer::new(Vec::new());
    while let Some(piece) = capture.piece() {
        let wanted = match &piece {
            Piece::Packet(packet, _) => (from..from + LENGTH).contains(&packet.place.frame),
            Piece::Block(..) => true,
        };
        if wanted {
            out.write::<&str>(&piece, &[]).unwrap();
        }
    }
    out.finish().unwrap()
}

/// The events of caps, and the numbers of the requests in its first packet.
fn read(mut capture: Capture) -> (Vec<CapEvent>, BTreeSet<u64>) {
    let (mut events, mut asked) = (Vec::new(), BTreeSet::new());
    let go_on = |_| ControlFlow::Continue(());
    Pipeline::default().run(&mut capture, go_on, &mut |news, _, _| match news {
        News::Said(spoken) => {
            let request = spoken.header().filter(|h| h.kind == MessageType::CLIENT_REQUEST);
            asked.extend(request.filter(|_| spoken.place.frame == 1).map(|header| header.tid));
        }
        News::Event(Event::Cap(event), ..) => events.push(*event),
        _ => {}
    });
    (events, asked)
}

/// What a client gives up with a request is there whenever the request is, although nothing before it said who is the
/// client.
#[test]
fn the_first_message_of_a_connection_may_be_a_request() {
    let mut looked_for = 0;
    for path in common::captures("../fixtures/data") {
        let (events, _) = read(Capture::open([&path]));
        let given_up = events.iter().filter(|event| event.source == Source::RequestRelease);
        for whole in given_up.take(20) {
            let file: Box<dyn Read + Send> = Box::new(Cursor::new(part(&path, whole.place.frame)));
            let capture = Capture::from_readers([("part".to_owned(), file)], Limits::default());
            let (events, asked) = read(capture);
            if !asked.contains(&whole.tid) {
                continue;
            }
            looked_for += 1;
            let is = |event: &&CapEvent| {
                event.source == whole.source && (event.tid, event.ino) == (whole.tid, whole.ino)
            };
            let found = events.iter().find(is).map(|event| (event.cap_id, event.caps, event.seq));
            let told = Some((whole.cap_id, whole.caps, whole.seq));
            assert_eq!(found, told, "{}, frame {}", path.display(), whole.place.frame);
        }
    }
    assert!(looked_for > 10, "{looked_for} requests: the test shows nothing");
}
