mod describe;
mod msgr1;
mod msgr2;

use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::v1::ReplyTag;
use super::v2::{Control, ControlFrame, Revision, Segments};
use super::*;
use crate::FaultKind;
use crate::message::MessageType;
use crate::types::{EntityName, EntityType, LegacyAddress, Opaque, Timespec};

/// What a stream gives when it is all there: items with their places, bytes passed over by reason, bytes left.
struct Run<'b> {
    items: Vec<(usize, Item<'b>)>,
    skipped: Vec<(usize, SkipReason)>,
    left: usize,
}

fn run<'b>(stream: &'b [u8], framer: &mut Framer, want: Want) -> Run<'b> {
    let mut run = Run { items: Vec::new(), skipped: Vec::new(), left: 0 };
    let mut at = 0;
    while at < stream.len() {
        let window = &stream[at..];
        match framer.step(window, |_| want) {
            Step::Item { item, used } => {
                assert!((1..=window.len()).contains(&used));
                run.items.push((at, item));
                at += used;
            }
            Step::Skip { bytes, why } => {
                assert!((1..=window.len()).contains(&bytes));
                run.skipped.push((bytes, why));
                at += bytes;
            }
            Step::Wait(_) => {
                run.left = window.len();
                break;
            }
            Step::Need(need) => {
                assert!(need > window.len());
                run.left = window.len();
                break;
            }
        }
    }
    run
}

fn header(seq: u64) -> Header {
    Header {
        seq,
        kind: MessageType::CLIENT_CAPS,
        source: Some(EntityName { kind: EntityType::MDS, number: 0 }),
        ..Header::default()
    }
}

const SECTIONS: Sections<'_> = Sections { front: b"front", middle: b"mid", data: b"data!!" };

fn v1_message(seq: u64, msg_auth: bool, out: &mut Vec<u8>) {
    v1::encode_message(&header(seq), &SECTIONS, msg_auth, out);
}

fn v2_message(seq: u64, revision: Revision, out: &mut Vec<u8>) {
    v2::encode_message(&header(seq), 0, &SECTIONS, revision, out);
}

fn v2_control(control: Control<'_>, out: &mut Vec<u8>) {
    ControlFrame { control, rest: &[] }.encode(Revision::Rev1, out);
}

fn seqs(run: &Run<'_>) -> Vec<u64> {
    let message = |(_, item): &(usize, Item<'_>)| match item {
        Item::Message(parcel) => {
            assert_eq!(parcel.sections, SECTIONS);
            Some(parcel.header.seq)
        }
        _ => None,
    };
    run.items.iter().filter_map(message).collect()
}

fn framer() -> Framer {
    Framer::new(Start::Banner, Limits::default())
}

fn connector_stream(rounds: u32) -> Vec<u8> {
    let mut out = Vec::new();
    v1::Item::Banner.encode(&mut out);
    v1::Item::ConnectorAddress(LegacyAddress::default()).encode(&mut out);
    for connect_seq in 0..rounds {
        let request = v1::Connect {
            features: 0xff00_0080_0002,
            host_type: 8,
            connect_seq,
            ..Default::default()
        };
        v1::Item::Connect { request, authorizer: b"authorizer" }.encode(&mut out);
    }
    out
}

fn v2_start(out: &mut Vec<u8>) {
    v2::Banner { supported: 1, required: 1 }.encode_banner(out);
    v2_control(Control::Hello(v2::Hello::default()), out);
}

/// Remembers which bytes were reported, and what was opened and not closed.
#[derive(Default)]
struct Covered(Vec<(&'static str, usize, usize)>, usize);

impl crate::Sink for Covered {
    fn field(&mut self, span: crate::Span, _: crate::Value<'_>) {
        self.0.push((span.name, span.at, span.len));
    }
    fn open(&mut self, _: crate::Span) {
        self.1 += 1;
    }
    fn close(&mut self, _: usize) {
        self.1 -= 1;
    }
}

#[test]
fn a_damaged_frame_costs_only_itself() {
    for revision in [None, Some(Revision::Rev0), Some(Revision::Rev1)] {
        let mut stream = Vec::new();
        let mut ends = Vec::new();
        for seq in 1..5 {
            match revision {
                None => v1_message(seq, true, &mut stream),
                Some(revision) => v2_message(seq, revision, &mut stream),
            }
            ends.push(stream.len());
        }
        // The first settles what is not known, the second has a wrong payload.
        let front = stream[ends[0]..].windows(5).position(|w| w == b"front").unwrap();
        stream[ends[0] + front] ^= 1;
        let whole =
            run(&stream, &mut Framer::new(Start::MidStream, Limits::default()), Want::Whole);
        assert_eq!(seqs(&whole), [1, 3, 4], "{revision:?} {:?}", whole.items);
        let head = if revision.is_none() { 54 } else { 32 };
        assert_eq!(whole.skipped, [(ends[1] - ends[0] - head, SkipReason::Damaged)]);

        // Bytes that went missing unnoticed make it swallow the next one's head: that one is found too.
        stream[ends[0] + front] ^= 1;
        stream.drain(ends[0] + front..ends[0] + front + 3);
        let torn = run(&stream, &mut Framer::new(Start::MidStream, Limits::default()), Want::Whole);
        assert_eq!(seqs(&torn), [1, 3, 4], "{revision:?} {:?}", torn.items);
    }
}

#[test]
fn holes_of_known_size_within_a_frame_need_no_search() {
    let mut stream = Vec::new();
    let mut ends = Vec::new();
    for seq in 1..4 {
        v1_message(seq, true, &mut stream);
        v1::Item::Ack(seq).encode(&mut stream);
        ends.push(stream.len());
    }
    let told = Terms { features: Some(v1::feature::MSG_AUTH), ..Terms::default() };
    for want in [Want::Whole, Want::Skip] {
        // Everything up to byte 60 is there, up to byte 70 is not.
        let mut framer = Framer::new(Start::MidStream, Limits::default());
        framer.learn(told);
        let before = run(&stream[..60], &mut framer, want);
        let cut = framer.gap(before.left, Some(10));
        assert_eq!(cut.map(|header| header.seq), (want == Want::Whole).then_some(1));
        let behind = run(&stream[70..], &mut framer, want);
        assert_eq!(behind.items.len(), 5);
        assert_eq!(behind.items[0], (ends[0] - 9 - 70, Item::V1(v1::Item::Ack(1))));
        assert!(behind.skipped.iter().all(|(_, why)| *why != SkipReason::Unrecognised));
    }
    // Nobody knows how much: the small item behind the torn message cannot be told from its bytes.
    let mut framer = Framer::new(Start::MidStream, Limits::default());
    framer.learn(told);
    let before = run(&stream[..60], &mut framer, Want::Whole);
    framer.gap(before.left, None);
    let behind = run(&stream[70..], &mut framer, Want::Whole);
    assert_eq!(seqs(&behind), [2, 3]);
    assert_eq!(behind.skipped, [(ends[0] - 70, SkipReason::Unrecognised)]);
}

#[test]
fn frames_beyond_the_limit_are_counted_not_kept() {
    let mut stream = Vec::new();
    v2_message(1, Revision::Rev1, &mut stream);
    v2_control(Control::Wait(v2::Wait {}), &mut stream);
    let mut framer = Framer::new(Start::MidStream, Limits { max_frame: 100 });
    framer.learn(Terms { revision: Some(Revision::Rev1), ..Terms::default() });
    let run = run(&stream, &mut framer, Want::Whole);
    let Item::MessageSkipped { header, bytes, why } = run.items[0].1 else { panic!() };
    assert_eq!((header.front_len, bytes, why), (5, 14 + 13, SkipReason::TooLong));
    assert_eq!((run.skipped, run.items.len()), (vec![(27, SkipReason::TooLong)], 2));
}

#[test]
fn streams_that_are_not_ceph_are_foreign() {
    let run = run(b"GET / HTTP/1.1\r\n\r\n", &mut framer(), Want::Whole);
    assert!(run.items.is_empty());
    assert_eq!((run.skipped, run.left), (vec![(17, SkipReason::Foreign)], 1));
}

#[test]
fn what_only_waits_for_bytes_that_never_come_is_decided() {
    // A footer without a signature, which might be the beginning of one with it.
    let mut stream = Vec::new();
    v1_message(1, false, &mut stream);
    let mut framer = Framer::new(Start::MidStream, Limits::default());
    let first = run(&stream, &mut framer, Want::Whole);
    assert_eq!((seqs(&first).len(), first.left), (0, stream.len()));
    assert!(framer.is_unsure());
    framer.halt();
    let then = run(&stream, &mut framer, Want::Whole);
    assert_eq!((seqs(&then), then.left), (vec![1], 0));
    framer.gap(0, Some(100));
    // Behind the gap it waits for bytes again.
    assert!(matches!(framer.step(&[7], |_| Want::Whole), Step::Need(_)));
}
