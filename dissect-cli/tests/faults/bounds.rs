//! Bounds of what is held of a conversation, reached with the captures of the fixtures.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use ceph_codec::message::{Header, MessageType};
use ceph_dissect::capture::Capture;
use ceph_dissect::net::Net;
use ceph_dissect::pipeline::{Front, Heard};
use ceph_dissect::session::{Limits, Sessions, Spoken};
use ceph_dissect::stream::{Dir, Streams};
use fixtures::damage::{Damaged, Fault, Format, Headers};
use fixtures::msgr::{Protocol, Session, Talk};
use fixtures::rng::Rng;
use fixtures::tcp::{Side, Tcp};

use super::fixture;
use super::oracle::Oracle;

/// Reads a file with other bounds of its messages.
fn read(file: Vec<u8>, limits: Limits, mut out: impl FnMut(&Spoken<'_>)) -> Front {
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
    let mut capture = Capture::from_readers([("file".to_owned(), reader)], Default::default());
    let (net, streams) = (Net::new(), Streams::new());
    let mut front = Front { net, streams, sessions: Sessions::with_limits(|_| true, limits) };
    front.run(&mut capture, |_| ControlFlow::Continue(()), &mut |heard| {
        if let Heard::Said(spoken) = heard {
            out(spoken);
        }
    });
    front
}

/// What was said in each direction of each connection.
fn said(front: &Front) -> impl Iterator<Item = &ceph_dissect::session::Said> {
    let talks = front.streams.conns().iter().filter_map(|(conn, _)| front.sessions.talk(conn));
    talks.flat_map(|talk| [Dir::AToB, Dir::BToA].map(|dir| talk.dir(dir)))
}

#[test]
fn holes_beyond_the_bound_are_merged_and_none_is_forgotten() {
    let oracle = Oracle::of(&fixture("v1-healthy.pcap"));
    let mut damaged = oracle.recording.whole();
    let file = damaged.suffer(Fault::Lose(100_000), &mut Rng::new(1), Format::Pcap);
    let all = read(file.clone(), Limits::default(), |_| {});
    let few = read(file, Limits { max_holes: 2, ..Limits::default() }, |_| {});
    let mut merged = 0;
    for (all, few) in said(&all).zip(said(&few)) {
        assert!(few.holes.len() <= 2);
        assert_eq!(all.holes_total(), few.holes_total());
        let bytes =
            |holes: &[ceph_dissect::session::Hole]| holes.iter().map(|h| h.bytes).sum::<u64>();
        assert_eq!(bytes(&all.holes), bytes(&few.holes));
        let last = |holes: &[ceph_dissect::session::Hole]| holes.last().map(|hole| hole.after);
        assert_eq!(last(&all.holes), last(&few.holes));
        merged += few.holes.iter().map(|hole| hole.merged).sum::<u64>();
    }
    assert!(merged > 0, "the bound was not reached");
}

#[test]
fn frames_beyond_the_bound_are_passed_over_and_counted() {
    for name in ["v1-healthy.pcap", "crc-healthy.pcap.zst"] {
        let file = Oracle::of(&fixture(name)).recording.whole().write(Format::Pcap).bytes;
        let count = |max_frame| {
            let (mut short, mut long) = (0, 0);
            let framer = ceph_codec::msgr::Limits { max_frame };
            let limits = Limits { framer, ..Limits::default() };
            let front = read(file.clone(), limits, |spoken| {
                let Some(header) = spoken.header() else { return };
                let len = header.front_len + header.middle_len + header.data_len;
                *(if len > 2000 { &mut long } else { &mut short }) += 1;
                assert!(spoken.envelope().is_none() || spoken.bytes.len() <= max_frame);
            });
            let passed: u64 = said(&front).map(|said| said.skipped.too_long).sum();
            (short, long, passed)
        };
        let (short, long, passed) = count(64 << 20);
        assert!(long > 0 && passed == 0, "{name}");
        // Their headers are still told.
        let bounded = count(2000);
        assert_eq!((bounded.0, bounded.1), (short, long), "{name}");
        assert!(bounded.2 > 2000, "{name}");
    }
}

#[test]
fn one_direction_alone_is_told_when_it_speaks() {
    let oracle = Oracle::of(&fixture("v1-healthy.pcap"));
    // What daemons sent is not there, so nobody says how their handshakes went.
    let mut damaged = oracle.recording.whole();
    let link = damaged.link;
    damaged.records.retain(|record| {
        let bytes = &record.packet.bytes;
        Headers::of(link, bytes).is_none_or(|at| {
            let port = u16::from_be_bytes([bytes[at.tcp], bytes[at.tcp + 1]]);
            !matches!(port, 3300 | 6789 | 6800..=7568)
        })
    });
    let told = |damaged: &Damaged| {
        let mut told: HashMap<Vec<u8>, i64> = HashMap::new();
        read(damaged.write(Format::Pcap).bytes, Limits::default(), |spoken| {
            if spoken.envelope().is_some() {
                told.entry(spoken.bytes.to_vec()).or_insert(spoken.place.time.0);
            }
        });
        told
    };
    let (whole, alone) = (told(&oracle.recording.whole()), told(&damaged));
    assert!(alone.len() > 300, "{} messages", alone.len());
    // The first ones wait for a word of the other direction. Where they were is where their bytes were.
    for (message, time) in &alone {
        assert_eq!(*time, whole[message], "{} bytes", message.len());
    }
}

/// So many messages of a client, of which nobody says how its handshake went; and when the first one is sent.
fn unanswered(count: u64, between: i64) -> (Vec<u8>, i64) {
    let [a, b, c] =
        ["10.0.1.1:40000", "10.0.2.1:6800", "10.0.1.2:40000"].map(|addr| addr.parse().unwrap());
    let mut talk = Talk::new(Tcp::new(a, b), Session::new(Protocol::V1, 4100, 0, 1));
    let begin = talk.connect(1_700_000_000_000_000_000) + between;
    let said = |tid| Header { kind: MessageType(97), version: 1, tid, ..Header::default() };
    for tid in 0..count {
        talk.message(begin + between * tid as i64, Side::A, &said(tid), b"word");
    }
    let mut packets = talk.tcp.finish();
    // IPv4 without options.
    packets.retain(|packet| packet.ip[20..22] == a.port().to_be_bytes());
    // Another connection goes on.
    let mut other = Tcp::new(c, b);
    other.open(begin + between * count as i64);
    other.send(begin + 4_000_000_000, Side::A, b"late");
    packets.extend(other.finish());
    (fixtures::pcap::write(&packets, &fixtures::pcap::Options::default()), begin)
}

#[test]
fn what_waits_for_the_other_direction_is_told_in_time_and_where_it_was() {
    const BETWEEN: i64 = 500_000;
    for (count, coarse) in [(1000, 0), (3000, 16)] {
        let (file, begin) = unanswered(count, BETWEEN);
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        let mut capture = Capture::from_readers([("file".to_owned(), reader)], Default::default());
        let (mut told, mut holding) = (Vec::new(), Vec::new());
        let mut front = Front::new(|_| true);
        front.run(&mut capture, |_| ControlFlow::Continue(()), &mut |heard| match heard {
            Heard::Packet(place, is_holding) => holding.push((place.time.0, is_holding)),
            Heard::Said(spoken) => {
                let Some(header) = spoken.header() else { return };
                let late = spoken.place.time.0 - begin - BETWEEN * header.tid as i64;
                told.push((header.tid, late / BETWEEN, holding.len()));
            }
        });
        assert!(told.iter().map(|(tid, ..)| *tid).eq(0..count), "{count}");
        assert!(told.iter().all(|(_, late, _)| (0..=coarse).contains(late)), "{count}");
        // Those of which not every packet is remembered are the oldest.
        assert!(told.iter().rev().take(400).all(|(_, late, _)| *late == 0), "{count}");
        assert_eq!(told.iter().any(|(_, late, _)| *late > 0), coarse > 0, "{count}");
        // They were waited for, and not without end, though nothing more came of their connection.
        let first = holding.partition_point(|(time, _)| *time < begin + 3_000_000_000);
        assert!(told.iter().all(|(.., packets)| *packets == first), "{count}");
        assert!(holding[first - 1].1 && holding[first..].iter().all(|(_, is_holding)| !is_holding));
    }
}
