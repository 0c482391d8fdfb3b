//! Packets wait, and are kept.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use ceph_codec::message::MessageType;
use fixtures::msgr::Protocol;
use fixtures::scene::Scene;
use proptest::prelude::*;

use super::{Keeper, Kept, Limits, Pending};
use crate::capture::Capture;
use crate::capture::{Block, Header, Link, Origin, Packet, Piece, Section};
use crate::place::{Place, Time};

fn place(frame: u64) -> Place {
    Place { file: 0, frame, time: Time(frame as i64) }
}

fn packet(frame: u64, bytes: &[u8]) -> Piece<'_> {
    let origin = Origin::Record(Header { link: Link::ETHERNET, snaplen: 0, nanos: true });
    Piece::Packet(Packet { place: place(frame), link: Link::ETHERNET, orig_len: 9, bytes }, origin)
}

fn told(piece: &Piece<'_>, said: &[u64]) -> (u64, Vec<u8>, Vec<u64>) {
    match piece {
        Piece::Packet(packet, _) => (packet.place.frame, packet.bytes.to_vec(), said.to_vec()),
        Piece::Block(_, _, bytes) => (0, bytes.to_vec(), said.to_vec()),
    }
}

#[test]
fn options_and_blocks_wait_with_packets() {
    let section = Section { file: 0, number: 1, big_endian: true };
    let mut pending = Pending::<()>::default();
    pending.push(&Piece::Block(section, Block::Other, b"names"));
    let origin = Origin::Block { section, interface: 3, ticks: 4, options: b"options" };
    let Piece::Packet(packet, _) = packet(7, b"bytes") else { unreachable!() };
    pending.push(&Piece::Packet(packet, origin));
    assert!(pending.said_of(place(7)).is_some_and(|(_, late)| !late));
    pending.drain(|piece, ()| match piece {
        Piece::Block(at, Block::Other, b"names") => assert_eq!(*at, section),
        other => panic!("{other:?}"),
    });
    pending.drain(|piece, ()| match piece {
        Piece::Packet(packet, Origin::Block { section: at, interface: 3, ticks: 4, options }) => {
            assert_eq!(
                (packet.place, packet.bytes, *options),
                (place(7), &b"bytes"[..], &b"options"[..])
            );
            assert_eq!(*at, section);
        }
        other => panic!("{other:?}"),
    });
    assert!(pending.drain(|_, ()| ()).is_none());
}

/// The packets that are kept of a cap message in many packets, long after its connection began.
fn kept(limits: Limits) -> BTreeSet<u64> {
    let mut scene = Scene::new(Protocol::V1);
    scene.mss = 60;
    scene.open(4100, 0);
    // In a reply.
    scene.grant(4100, 0, 0x1000, "pAsLsXs");
    scene.chat(4100, 0);
    scene.grant(4100, 0, 0x1000, "pAsLsXsFr");
    let file = fixtures::pcap::write(&scene.finish().packets, &Default::default());
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
    let mut capture = Capture::from_readers([("story".to_owned(), reader)], Default::default());
    let mut keeper = Keeper::new(limits);
    let mut choose = |spoken: &crate::session::Spoken<'_>| {
        spoken.header().is_some_and(|header| header.kind == MessageType::CLIENT_CAPS)
    };
    let mut last = 0;
    while let Some(packet) = capture.next() {
        keeper.push(&packet, &mut choose);
        last = packet.place.frame;
    }
    let kept = keeper.finish(&mut choose);
    (1..=last).filter(|frame| kept.has(place(*frame))).collect()
}

#[test]
fn of_a_long_beginning_the_first_packets_are_kept() {
    let all = kept(Limits::default());
    let few = kept(Limits { max_opening: 3, ..Limits::default() });
    // Up to the first messages of both.
    let opening = (1..).take_while(|frame| all.contains(frame)).count() as u64;
    assert!(opening > 10 && all.iter().any(|frame| *frame > opening), "{all:?}");
    let left_out = all.difference(&few).copied().collect::<Vec<_>>();
    assert_eq!(left_out, (4..=opening).collect::<Vec<_>>());
    assert!(few.is_subset(&all));
}

#[test]
fn of_a_message_in_too_many_packets_the_first_are_not_kept() {
    let all = kept(Limits::default());
    let few = kept(Limits { max_carriers: 2, ..Limits::default() });
    let left_out = all.difference(&few).copied().collect::<Vec<_>>();
    let (first, last) = (left_out[0], left_out[left_out.len() - 1]);
    assert!(left_out.len() > 1 && few.is_subset(&all), "{left_out:?} of {all:?}");
    assert_eq!(left_out, (first..=last).collect::<Vec<_>>());
    // The two that follow were there when it was complete.
    assert!(!all.contains(&(first - 1)) && few.contains(&(last + 1)) && few.contains(&(last + 2)));
}

proptest! {
    /// Whatever is said, and however little room there is: pieces come out as they went in, each once, and
    /// everything said is said of its packet, or late of a later one.
    #[test]
    fn nothing_is_lost(
        steps in proptest::collection::vec((any::<bool>(), 0..6_u64), 1..40),
        room in 0..60_usize,
    ) {
        let mut pending = Pending::<Vec<u64>>::new(room);
        let mut out = Vec::new();
        for (frame, (holding, back)) in (1..).zip(&steps) {
            pending.push(&packet(frame, &[frame as u8; 8]));
            let of = frame.saturating_sub(*back).max(1);
            let (said, late) = pending.said_of(place(of)).expect("the last one waits");
            said.push(of);
            prop_assert!(!late || *back > 0);
            while let Some(written) = pending.next(*holding, |piece, said| told(piece, said)) {
                out.push(written);
            }
            // What is held without end finds its end.
            prop_assert!(out.len() as u64 + room as u64 / 8 + 1 >= frame);
        }
        while let Some(written) = pending.drain(|piece, said| told(piece, said)) {
            out.push(written);
        }
        let frames: Vec<_> = out.iter().map(|(frame, ..)| *frame).collect();
        prop_assert_eq!(frames, (1..=steps.len() as u64).collect::<Vec<_>>());
        let mut count = 0;
        for (frame, bytes, said) in &out {
            prop_assert_eq!(bytes, &vec![*frame as u8; 8]);
            prop_assert!(said.iter().all(|of| of <= frame));
            count += said.len();
        }
        prop_assert_eq!(count, steps.len());
    }

    #[test]
    fn kept_is_what_was_added(frames in proptest::collection::btree_set((0..3_u32, 1..500_u64), 0..50)) {
        let mut kept = Kept::default();
        for (file, frame) in &frames {
            kept.add(Place { file: *file, ..place(*frame) });
        }
        prop_assert_eq!(kept.count(), frames.len() as u64);
        for file in 0..4 {
            for frame in 0..520 {
                let at = Place { file, ..place(frame) };
                prop_assert_eq!(kept.has(at), frames.contains(&(file, frame)));
            }
        }
    }
}
