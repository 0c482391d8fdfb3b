//! Every sample of every message of the table, damaged at every place: cut at each byte, and each count and length
//! in it smaller, larger, 0 and as large as it can be. What comes of it is an error that names a field and its
//! offset, with everything in front of it told, or another message that is whole.
#![cfg(feature = "alloc")]

mod common;

use ceph_codec::message::client_reply::{ClientReply, Encoding, ReplyHead};
use ceph_codec::message::{Message, Sections};
use ceph_codec::{Fault, FaultKind, Sink, Span, Value};

use common::corpus::{Sample, samples};
use common::{cuts, payload};

/// Where fields end, and which of them say how much of something follows.
#[derive(Debug, Default)]
struct Places {
    /// How many groups are open.
    depth: usize,
    /// Behind the last byte that was told, of front or data, or of a part of them.
    told: usize,
    /// Where the bytes begin that newer versions may have put behind everything.
    rest: Option<usize>,
    /// Every count and every length: offset, bytes.
    sizes: Vec<(usize, usize)>,
}

impl Sink for Places {
    fn field(&mut self, span: Span, value: Value<'_>) {
        if span.within == "middle" {
            return;
        }
        assert_eq!(span.at, self.told, "{span:?} leaves a hole");
        self.told += span.len;
        if span.name == "rest" && self.depth == 0 {
            self.rest = Some(span.at);
        }
        match value {
            // The length stands in front, with a version before it or not.
            Value::Bytes(bytes) | Value::Text(bytes) => {
                let prefix = span.len - bytes.len();
                if prefix >= 4 {
                    self.sizes.push((span.at + prefix - 4, 4));
                }
            }
            Value::Uint(_) => {
                let name = span.name;
                let counts = ["count", "length", "struct_len"].contains(&name);
                if counts || name.starts_with("num_") || name.ends_with("_len") {
                    self.sizes.push((span.at, span.len));
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, _: Span) {
        self.depth += 1;
    }

    fn close(&mut self, _: usize) {
        self.depth -= 1;
    }
}

/// A fault that names a field and a place in the message, in words too.
fn assert_names_its_place(fault: Fault, from: usize, end: usize, what: &str) {
    assert!(!fault.field.is_empty() && !fault.within.is_empty(), "{what}: {fault:?}");
    assert!((from..=end).contains(&fault.at), "{what}: {fault}");
    if let FaultKind::Short { needed, available } = fault.kind {
        assert!(needed > available as u64 && fault.at + available <= end, "{what}: {fault}");
    }
    let text = fault.to_string();
    let place = format!("{} at byte {} of {}: ", fault.field, fault.at, fault.within);
    assert!(text.starts_with(&place) && text.len() > place.len(), "{what}: {text}");
}

/// Decodes bytes that are not those of the sample. What comes of it, and the fields up to there.
fn decode<'a>(
    sample: &'a Sample,
    bytes: &'a [u8],
    what: &str,
) -> (Result<Message<'a>, Fault>, Places) {
    let sections = sample.with(bytes);
    let mut places = Places::default();
    let result = Message::decode_with(sample.kind, sample.version, sections, &mut places);
    assert_eq!(result, Message::decode(sample.kind, sample.version, sections), "{what}");
    match &result {
        Ok(message) => {
            assert_eq!(payload(message).0, bytes, "{what}: it is encoded to something else");
            assert_eq!(places.told, bytes.len(), "{what}: bytes nobody reported");
        }
        Err(fault) if fault.within == "middle" => {
            assert_names_its_place(*fault, 0, sections.middle.len(), what);
        }
        Err(fault) => {
            assert_names_its_place(*fault, 0, bytes.len(), what);
            if let FaultKind::Short { .. } = fault.kind {
                assert_eq!(places.told, fault.at, "{what}: {fault}, and what is in front?");
            }
        }
    }
    (result, places)
}

/// What a number of so many bytes is to be instead.
fn others(value: u64, len: usize) -> Vec<u64> {
    let max = u64::MAX >> (64 - 8 * len);
    let mut others =
        vec![value.wrapping_sub(1) & max, value.wrapping_add(1) & max, 0, max, max / 2];
    others.retain(|other| *other != value);
    others
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Each of `sizes` of these bytes changed in each way; under Miri the first and the last three.
fn each_size(bytes: &[u8], sizes: &[(usize, usize)], mut check: impl FnMut(&[u8], &str)) -> usize {
    let kept = |(i, _): &(usize, _)| !cfg!(miri) || *i < 3 || i + 3 >= sizes.len();
    for (_, (at, len)) in sizes.iter().enumerate().filter(kept) {
        for other in others(number(&bytes[*at..at + len]), *len) {
            let mut bytes = bytes.to_vec();
            bytes[*at..at + len].copy_from_slice(&other.to_le_bytes()[..*len]);
            check(&bytes, &format!("{other} at byte {at}"));
        }
    }
    sizes.len()
}

#[test]
fn samples_are_whole() {
    for sample in samples() {
        let (result, _) = decode(&sample, &sample.payload, &sample.name);
        assert!(result.is_ok(), "{}: {result:?}", sample.name);
    }
}

#[test]
fn every_cut_is_a_fault_or_what_an_older_sender_would_have_sent() {
    let mut count = 0;
    for sample in samples() {
        let (whole, places) = decode(&sample, &sample.payload, &sample.name);
        for len in cuts(sample.payload.len()) {
            let what = format!("{} cut to {len}", sample.name);
            let (result, _) = decode(&sample, &sample.payload[..len], &what);
            match result {
                Err(_) => {}
                // Only what no version known here put there may be missing.
                Ok(_) => assert!(places.rest.is_some_and(|rest| rest <= len), "{what}: {result:?}"),
            }
            assert_ne!(result, whole, "{what}");
            count += 1;
        }
    }
    assert!(count > 0 || samples().is_empty());
    eprintln!("{count} cuts");
}

#[test]
fn every_count_and_length_is_believed_only_as_far_as_there_are_bytes() {
    let mut sizes = 0;
    for sample in samples() {
        let (whole, places) = decode(&sample, &sample.payload, &sample.name);
        sizes += each_size(&sample.payload, &places.sizes, |bytes, what| {
            let what = format!("{}, {what}", sample.name);
            let (result, _) = decode(&sample, bytes, &what);
            assert_ne!(result, whole, "{what}");
        });
    }
    assert!(sizes > 0 || samples().is_empty());
    eprintln!("{sizes} counts and lengths");
}

#[test]
fn a_middle_section_of_another_length_is_a_fault() {
    for sample in samples().into_iter().filter(|sample| !sample.middle.is_empty()) {
        for len in cuts(sample.middle.len()) {
            let sections =
                Sections { middle: &sample.middle[..len], ..sample.with(&sample.payload) };
            let fault = Message::decode(sample.kind, sample.version, sections).unwrap_err();
            assert_eq!((fault.field, fault.at, fault.within), ("xattrs", 0, "middle"));
        }
    }
}

/// The trace of a reply, and the extra bytes, decoded in an encoding. What comes of either.
fn parts(reply: &ClientReply<'_>, encoding: Encoding, what: &str) -> [Result<Places, Fault>; 2] {
    let trace = ReplyHead::SIZE + 4;
    let extra = trace + reply.trace_bytes().len() + 4;
    let [mut in_trace, mut in_extra] =
        [trace, extra].map(|told| Places { told, ..Places::default() });
    let trace_told = reply.trace_with(encoding, &mut in_trace).map(|trace| {
        let mut bytes = vec![0xa5; reply.trace_bytes().len()];
        assert_eq!(trace.encode(&mut bytes), Ok(bytes.len()), "{what}");
        assert_eq!(bytes, reply.trace_bytes(), "{what}");
    });
    let extra_told = reply.extra_with(encoding, &mut in_extra).map(|extra| {
        let mut bytes = vec![0xa5; reply.extra_bytes().len()];
        assert_eq!(extra.encode(&mut bytes), Ok(bytes.len()), "{what}");
        assert_eq!(bytes, reply.extra_bytes(), "{what}");
    });
    let of = |told: Result<(), Fault>, places: Places, from: usize, len: usize| match told {
        Ok(()) => {
            assert_eq!(places.told, from + len, "{what}: bytes nobody reported");
            Ok(places)
        }
        Err(fault) => {
            assert_names_its_place(fault, from, from + len, what);
            Err(fault)
        }
    };
    [
        of(trace_told, in_trace, trace, reply.trace_bytes().len()),
        of(extra_told, in_extra, extra, reply.extra_bytes().len()),
    ]
}

#[test]
fn the_parts_of_every_reply_are_believed_only_as_far_as_there_are_bytes() {
    let mut sizes = 0;
    for sample in samples() {
        let (whole, _) = decode(&sample, &sample.payload, &sample.name);
        let Ok(Message::ClientReply(reply)) = whole else { continue };
        let encoding = reply.find_encoding().unwrap();
        let told = parts(&reply, encoding, &sample.name);
        for places in told.into_iter().map(Result::unwrap) {
            sizes += each_size(&sample.payload, &places.sizes, |bytes, what| {
                let what = format!("{}, {what}", sample.name);
                let (result, _) = decode(&sample, bytes, &what);
                let Ok(Message::ClientReply(other)) = result else { panic!("{what}: {result:?}") };
                // In each encoding, for one of them may be what the bytes now say.
                for encoding in Encoding::KNOWN {
                    _ = parts(&other, encoding, &what);
                }
                let meant = (reply.trace(encoding), reply.extra(encoding));
                assert_ne!((other.trace(encoding), other.extra(encoding)), meant, "{what}");
            });
        }
        let (trace, extra) = (reply.trace_bytes(), reply.extra_bytes());
        let of_extra = ReplyHead::SIZE + 4 + trace.len();
        for (from, bytes) in [(ReplyHead::SIZE, trace), (of_extra, extra)] {
            let (before, behind) = (&sample.payload[..from], from + 4 + bytes.len());
            for len in cuts(bytes.len()) {
                // Cut, with the length in front of it that fits.
                let short = (len as u32).to_le_bytes();
                let cut = [before, &short, &bytes[..len], &sample.payload[behind..]].concat();
                let what = format!("{}, the part at {from} cut to {len}", sample.name);
                let (result, _) = decode(&sample, &cut, &what);
                let Ok(Message::ClientReply(other)) = result else { panic!("{what}: {result:?}") };
                for encoding in Encoding::KNOWN {
                    _ = parts(&other, encoding, &what);
                }
            }
        }
    }
    // The shortest reply, which is all there is under Miri, has no parts.
    assert!(sizes > 0 || cfg!(miri) || samples().is_empty());
    eprintln!("{sizes} counts and lengths");
}
