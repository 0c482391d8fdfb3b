//! The framers over streams that the encoders wrote: however the bytes come, whatever is lost, the same
//! messages are found, and none that nobody sent.
#![cfg(feature = "alloc")]

use std::collections::BTreeMap;

use ceph_codec::message::{Header, MessageType, Sections};
use ceph_codec::msgr::v2::{Control, ControlFrame, Revision};
use ceph_codec::msgr::{
    Framer, Item, Limits, Messenger, Mode, Parcel, SkipReason, Start, Step, Terms, Want, v1, v2,
};
use ceph_codec::types::{EntityName, EntityType, Timespec};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// By how much what is tried here is shorter under Miri, which is some thousand times slower.
const SHORTER: usize = if cfg!(miri) { 16 } else { 1 };

/// One thing that a peer sends.
#[derive(Clone, Debug)]
enum Part {
    Message { tid: u64, front: Vec<u8>, middle: Vec<u8>, data: Vec<u8> },
    Ack(u64),
    Keepalive(u32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Dialect {
    V1 { msg_auth: bool },
    V2(Revision),
}

impl Dialect {
    fn terms(self) -> Terms {
        match self {
            Dialect::V1 { msg_auth } => Terms {
                messenger: Some(Messenger::V1),
                features: Some(if msg_auth { v1::feature::MSG_AUTH } else { 0 }),
                ..Terms::default()
            },
            Dialect::V2(revision) => Terms {
                messenger: Some(Messenger::V2),
                revision: Some(revision),
                mode: Some(Mode::Crc),
                ..Terms::default()
            },
        }
    }
}

fn sections(part: &Part) -> Sections<'_> {
    match part {
        Part::Message { front, middle, data, .. } => Sections { front, middle, data },
        _ => Sections::default(),
    }
}

/// How an acceptor's stream begins, up to its first message.
fn opening(dialect: Dialect) -> Vec<u8> {
    let mut out = Vec::new();
    match dialect {
        Dialect::V1 { .. } => {
            let reply = v1::ConnectReply {
                tag: v1::ReplyTag::SEQ,
                features: dialect.terms().features.unwrap_or_default(),
                ..Default::default()
            };
            let (own, peer) = Default::default();
            v1::Item::Banner.encode(&mut out);
            v1::Item::AcceptorAddresses { own, peer }.encode(&mut out);
            v1::Item::Reply { reply, authorizer: &[] }.encode(&mut out);
            v1::Item::Seq(0).encode(&mut out);
        }
        Dialect::V2(_) => v2::Banner { supported: 1, required: 0 }.encode_banner(&mut out),
    }
    out
}

/// The stream, and the places where its parts begin and end.
fn write(parts: &[Part], dialect: Dialect) -> (Vec<u8>, Vec<(usize, usize)>) {
    let (mut out, mut places) = (opening(dialect), Vec::new());
    let control = |control, revision, out: &mut Vec<u8>| {
        ControlFrame { control, rest: &[] }.encode(revision, out);
    };
    for (i, part) in parts.iter().enumerate() {
        let start = out.len();
        match (part, dialect) {
            (Part::Message { tid, .. }, _) => {
                let header = Header {
                    seq: i as u64 + 1,
                    tid: *tid,
                    kind: MessageType::CLIENT_CAPS,
                    source: Some(EntityName { kind: EntityType::CLIENT, number: 4 }),
                    ..Header::default()
                };
                match dialect {
                    Dialect::V1 { msg_auth } => {
                        v1::encode_message(&header, &sections(part), msg_auth, &mut out);
                    }
                    Dialect::V2(revision) => {
                        v2::encode_message(&header, 0, &sections(part), revision, &mut out);
                    }
                }
            }
            (Part::Ack(seq), Dialect::V1 { .. }) => v1::Item::Ack(*seq).encode(&mut out),
            (Part::Ack(seq), Dialect::V2(revision)) => {
                control(Control::Ack(v2::Ack { seq: *seq }), revision, &mut out);
            }
            (Part::Keepalive(sec), Dialect::V1 { .. }) => {
                v1::Item::Keepalive2(Timespec { sec: *sec, nsec: 0 }).encode(&mut out);
            }
            (Part::Keepalive(sec), Dialect::V2(revision)) => {
                let timestamp = Timespec { sec: *sec, nsec: 0 };
                control(Control::Keepalive2(v2::Keepalive2 { timestamp }), revision, &mut out);
            }
        }
        places.push((start, out.len()));
    }
    (out, places)
}

/// What a caller saw.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// Items by the place of their first byte, as text that does not depend on the window.
    items: BTreeMap<usize, String>,
    /// Places of messages that came whole.
    messages: BTreeMap<usize, u64>,
    skipped: BTreeMap<SkipReason, usize>,
    damaged: usize,
    /// Where the bytes begin that were still waited upon.
    end: usize,
}

/// Hands `stream[from..to]` over in pieces; the framer stands at `from`.
fn drive(
    framer: &mut Framer,
    stream: &[u8],
    (from, to): (usize, usize),
    cuts: &[usize],
    want: Want,
    seen: &mut Seen,
) {
    let mut at = from;
    let ends = cuts.iter().copied().filter(|cut| (from..to).contains(cut)).chain([to]);
    for end in ends {
        while at <= end {
            let window = &stream[at..end];
            match framer.step(window, |_| want) {
                Step::Need(need) => {
                    assert!(need > window.len(), "{need} bytes are there");
                    break;
                }
                Step::Skip { bytes, why } => {
                    assert!((1..=window.len()).contains(&bytes));
                    *seen.skipped.entry(why).or_default() += bytes;
                    at += bytes;
                }
                Step::Item { item, used } => {
                    assert!((1..=window.len()).contains(&used));
                    if let Item::Message(Parcel { header, .. }) = &item {
                        seen.messages.insert(at, header.seq);
                    }
                    seen.damaged += usize::from(matches!(item, Item::Damaged { .. }));
                    seen.items.insert(at, format!("{item:?}"));
                    at += used;
                }
                Step::Wait(_) => framer.guess(),
            }
        }
    }
    seen.end = at;
}

fn parts(longest: usize) -> impl Strategy<Value = Vec<Part>> {
    let longest = longest / SHORTER;
    let message = (any::<u64>(), vec(any::<u8>(), 0..longest), vec(any::<u8>(), 0..20))
        .prop_flat_map(move |(tid, front, middle)| {
            vec(any::<u8>(), 0..longest).prop_map(move |data| Part::Message {
                tid,
                front: front.clone(),
                middle: middle.clone(),
                data,
            })
        });
    let part = prop_oneof![
        3 => message,
        1 => (0u64..1000).prop_map(Part::Ack),
        1 => any::<u32>().prop_map(Part::Keepalive),
    ];
    vec(part, 1..if cfg!(miri) { 4 } else { 12 })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![
        any::<bool>().prop_map(|msg_auth| Dialect::V1 { msg_auth }),
        Just(Dialect::V2(Revision::Rev0)),
        Just(Dialect::V2(Revision::Rev1)),
    ]
}

fn places_of(cuts: &[Index], len: usize) -> Vec<usize> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(len + 1)).collect();
    cuts.sort_unstable();
    cuts
}

fn told(dialect: Dialect) -> Framer {
    told_with(dialect, Limits::default())
}

fn told_with(dialect: Dialect, limits: Limits) -> Framer {
    let mut framer = Framer::new(Start::Banner, limits);
    framer.learn(dialect.terms());
    framer
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        parts in parts(300),
        dialect in dialect(),
        cuts in vec(any::<Index>(), 0..30),
        skip in any::<bool>(),
    ) {
        let want = if skip { Want::Skip } else { Want::Whole };
        let (stream, places) = write(&parts, dialect);
        let all = (0, stream.len());
        let (mut whole, mut pieces, mut single) = (Seen::default(), Seen::default(), Seen::default());
        drive(&mut told(dialect), &stream, all, &[], want, &mut whole);
        drive(&mut told(dialect), &stream, all, &places_of(&cuts, stream.len()), want, &mut pieces);
        let every: Vec<_> = (0..stream.len()).collect();
        drive(&mut told(dialect), &stream, all, &every, want, &mut single);
        prop_assert_eq!(&whole, &pieces);
        prop_assert_eq!(&whole, &single);
        // And all of it is what was sent.
        let starts: Vec<_> = places.iter().map(|(start, _)| *start).collect();
        let opened = starts[0];
        prop_assert_eq!(whole.items.range(opened..).map(|(at, _)| *at).collect::<Vec<_>>(), starts);
        prop_assert_eq!((whole.damaged, whole.end), (0, stream.len()));
        prop_assert!(whole.skipped.keys().all(|why| *why == SkipReason::Unwanted));
        for (i, (part, (start, _))) in parts.iter().zip(&places).enumerate() {
            let is_message = matches!(part, Part::Message { .. }) && !skip;
            prop_assert_eq!(whole.messages.get(start).copied(), is_message.then_some(i as u64 + 1));
        }
    }

    #[test]
    fn nothing_told_settles_by_itself(parts in parts(60), dialect in dialect()) {
        let (stream, places) = write(&parts, dialect);
        let mut framer = Framer::new(Start::MidStream, Limits::default());
        let mut seen = Seen::default();
        drive(&mut framer, &stream, (places[0].0, stream.len()), &[], Want::Whole, &mut seen);
        framer.finish();
        let end = seen.end;
        drive(&mut framer, &stream, (end, stream.len()), &[], Want::Whole, &mut seen);
        prop_assert_eq!(seen.damaged, 0, "{:?}", seen);
        for (part, (start, _)) in parts.iter().zip(&places) {
            if matches!(part, Part::Message { .. }) {
                prop_assert!(seen.messages.contains_key(start), "{} {:?}", start, seen);
            }
        }
    }

    #[test]
    fn behind_a_hole_everything_is_found(
        parts in parts(200),
        dialect in dialect(),
        hole in (any::<Index>(), any::<Index>()),
        counted in any::<bool>(),
        skip in any::<bool>(),
    ) {
        let want = if skip { Want::Skip } else { Want::Whole };
        let (stream, places) = write(&parts, dialect);
        let ends = places_of(&[hole.0, hole.1], stream.len());
        let (first, last) = (ends[0], ends[1]);
        let mut framer = told(dialect);
        let mut seen = Seen::default();
        drive(&mut framer, &stream, (0, first), &[], want, &mut seen);
        let held = first - seen.end;
        framer.gap(held, counted.then_some((last - first) as u64));
        drive(&mut framer, &stream, (last, stream.len()), &[], want, &mut seen);
        framer.finish();
        let end = seen.end;
        drive(&mut framer, &stream, (end, stream.len()), &[], want, &mut seen);
        let mut cut = places.iter().filter(|(start, end)| *start < last && *end > first);
        let lone = first >= places[0].0 && cut.clone().count() == 1 && cut.next().is_some_and(|(start, _)| {
            // Its head was there, so that its length was known.
            first - start >= 77 && matches!(dialect, Dialect::V1 { .. } | Dialect::V2(Revision::Rev1))
        });
        // Behind a search, msgr1's small items go unseen up to the next message: no checksum tells them.
        let all = matches!(dialect, Dialect::V2(_)) || (lone && counted);
        for (part, (start, end)) in parts.iter().zip(&places) {
            let outside = *end <= first || *start >= last;
            if outside && (all || matches!(part, Part::Message { .. })) {
                prop_assert!(seen.items.contains_key(start), "{} of {:?}: {:?}", start, places, seen);
            }
        }
        if lone && counted {
            prop_assert!(!seen.skipped.contains_key(&SkipReason::Unrecognised), "{:?}", seen);
        }
    }

    #[test]
    fn a_wrong_byte_costs_no_other_message(
        parts in parts(200),
        dialect in dialect(),
        place in any::<Index>(),
        flip in 1u8..=255,
        cuts in vec(any::<Index>(), 0..10),
    ) {
        let (mut stream, places) = write(&parts, dialect);
        // The handshake of msgr1 has no checksums: behind it.
        let place = places[0].0 + place.index(stream.len() - places[0].0);
        let mut sent = Seen::default();
        drive(&mut told(dialect), &stream, (0, stream.len()), &[], Want::Whole, &mut sent);
        stream[place] ^= flip;
        let mut framer = told(dialect);
        let mut seen = Seen::default();
        let cuts = places_of(&cuts, stream.len());
        drive(&mut framer, &stream, (0, stream.len()), &cuts, Want::Whole, &mut seen);
        framer.finish();
        let end = seen.end;
        drive(&mut framer, &stream, (end, stream.len()), &[], Want::Whole, &mut seen);
        for (part, (start, end)) in parts.iter().zip(&places) {
            let hit = (*start..*end).contains(&place);
            if matches!(part, Part::Message { .. }) && !hit {
                prop_assert!(seen.messages.contains_key(start), "{} of {:?}: {:?}", start, places, seen);
            }
        }
        // Whatever came as a message was sent as one: only fields that no checksum covers may differ.
        for (start, seq) in &seen.messages {
            prop_assert_eq!(sent.messages.get(start), Some(seq));
        }
    }

    #[test]
    fn noise_is_never_a_frame(
        noise in vec(any::<u8>(), 0..4000 / SHORTER),
        cuts in vec(any::<Index>(), 0..20),
        banner in 0u8..3,
        start in prop_oneof![Just(Start::Banner), Just(Start::MidStream)],
        guess in any::<bool>(),
        gaps in vec((any::<Index>(), 0u64..5000), 0..4),
    ) {
        let mut stream = match banner {
            0 => Vec::new(),
            1 => v1::BANNER.to_vec(),
            _ => v2::BANNER.to_vec(),
        };
        stream.extend_from_slice(&noise);
        let mut framer = Framer::new(start, Limits { max_frame: 2000 });
        if guess {
            framer.guess();
        }
        let mut seen = Seen::default();
        let mut at = 0;
        for (hole, lost) in gaps {
            let hole = at + hole.index(stream.len() - at + 1);
            let cuts = places_of(&cuts, stream.len());
            drive(&mut framer, &stream, (at, hole), &cuts, Want::Whole, &mut seen);
            let held = hole - seen.end;
            framer.gap(held, (lost % 3 > 0).then_some(lost));
            at = hole;
        }
        drive(&mut framer, &stream, (at, stream.len()), &[], Want::Whole, &mut seen);
        prop_assert!(seen.messages.is_empty(), "{:?}", seen);
        prop_assert!(seen.items.values().all(|item| !item.contains("Control")), "{:?}", seen);
    }

    #[test]
    fn need_stays_within_the_limit(parts in parts(3000), dialect in dialect()) {
        let (stream, _) = write(&parts, dialect);
        let mut framer = told_with(dialect, Limits { max_frame: 500 });
        let mut at = 0;
        let mut len = 0;
        while at < stream.len() {
            match framer.step(&stream[at..at + len], |_| Want::Whole) {
                Step::Need(need) if at + need > stream.len() => break,
                Step::Need(need) => {
                    prop_assert!(need > len && need <= 500);
                    len = need;
                }
                Step::Item { used, .. } => (at, len) = (at + used, 0),
                Step::Skip { bytes, .. } => (at, len) = (at + bytes, 0),
                Step::Wait(_) => unreachable!("everything was told"),
            }
        }
        prop_assert_eq!(at, stream.len());
    }
}

/// A megabyte that comes byte by byte, and heads within heads that each claim a megabyte: if bytes were
/// looked at again and again, this would not end today.
#[test]
fn the_work_is_linear() {
    // Under Miri nothing of that can be seen, and a few thousand bytes do.
    const LESS: usize = SHORTER * SHORTER;
    let data = vec![7; (1 << 20) / LESS];
    let part =
        [Part::Message { tid: 1, front: Vec::new(), middle: Vec::new(), data }, Part::Ack(1)];
    for dialect in
        [Dialect::V1 { msg_auth: true }, Dialect::V2(Revision::Rev0), Dialect::V2(Revision::Rev1)]
    {
        let (stream, places) = write(&part, dialect);
        for told in [true, false] {
            let (mut framer, from) = match told {
                true => (self::told(dialect), 0),
                false => (Framer::new(Start::MidStream, Limits::default()), places[0].0),
            };
            let mut seen = Seen::default();
            let every: Vec<_> = (0..stream.len()).collect();
            drive(&mut framer, &stream, (from, stream.len()), &every, Want::Whole, &mut seen);
            assert_eq!(seen.messages.len(), 1);
        }
        let head = match dialect {
            Dialect::V1 { .. } => 54,
            Dialect::V2(_) => 32 + 41 + 4,
        };
        let hostile = stream[places[0].0..][..head].repeat((4 << 20) / LESS / head);
        let mut framer = Framer::new(Start::MidStream, Limits { max_frame: (3 << 20) / LESS });
        framer.learn(dialect.terms());
        let mut seen = Seen::default();
        drive(&mut framer, &hostile, (0, hostile.len()), &[], Want::Whole, &mut seen);
        assert!(seen.damaged > 0 && seen.messages.is_empty());
    }
}
