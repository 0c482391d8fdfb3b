//! What holds for every message, not only for those that somebody sent.
#![cfg(feature = "alloc")]

mod common;

use ceph_codec::message::client_caps::{Body, CapOp, ClientCaps, Export, State};
use ceph_codec::message::client_session::ClientSession;
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::types::Opaque;
use ceph_codec::{Fault, FaultKind, Full};
use proptest::collection::vec;
use proptest::prelude::*;

use common::{Leaves, blob, caps, session};

/// A fault speaks of a named field inside the section, and of bytes that really are not there.
fn assert_sensible(fault: Fault, sections: Sections<'_>) {
    let len = if fault.within == "front" { sections.front.len() } else { sections.middle.len() };
    assert!(!fault.field.is_empty() && fault.at <= len, "{fault}");
    if let FaultKind::Short { needed, available } = fault.kind {
        assert_eq!(available, len - fault.at, "{fault}");
        assert!(needed > available as u64, "{fault}");
    }
    assert!(!fault.to_string().is_empty());
}

/// Decodes; what decodes must encode to the same bytes.
fn decode(kind: MessageType, version: u16, sections: Sections<'_>) -> Result<Message<'_>, Fault> {
    let message = Message::decode(kind, version, sections);
    match message {
        Ok(Message::ClientCaps(caps)) => {
            assert_eq!(caps.front_to_vec(), sections.front);
            assert_eq!(caps.xattrs(), sections.middle);
        }
        Ok(Message::ClientSession(session)) => assert_eq!(session.front_to_vec(), sections.front),
        Ok(Message::Other(..)) => {}
        Ok(_) => panic!("a message without a test"),
        Err(fault) => assert_sensible(fault, sections),
    }
    message
}

/// Every cut is a fault of the very field that it goes through; only unknown trailing bytes may go missing.
fn assert_truncations(kind: MessageType, version: u16, leaves: &Leaves, middle: &[u8]) {
    let bytes = leaves.bytes();
    for len in common::cuts(bytes.len()) {
        let front = &bytes[..len];
        let result = decode(kind, version, Sections { front, middle, data: &[] });
        match (leaves.cut_at(len), result) {
            (Some((at, leaf)), Err(fault)) => {
                let available = len - at;
                let kind = FaultKind::Short { needed: leaf.needs(available), available };
                let within = "front";
                assert_eq!(fault, Fault { field: leaf.fault, at, within, kind }, "cut to {len}");
            }
            (None, Ok(_)) => {}
            (_, result) => panic!("cut to {len}: {result:?}"),
        }
    }
}

/// Every inner length, changed: a fault or other values, and never the message that was meant.
fn assert_lengths(kind: MessageType, version: u16, places: &[usize], front: &[u8], middle: &[u8]) {
    let meant = decode(kind, version, Sections { front, middle, data: &[] }).unwrap();
    for at in places {
        let place = *at..*at + 4;
        let len = u32::from_le_bytes(front[place.clone()].try_into().unwrap());
        for by in [1, 2, 7, 255, 1 << 31, u32::MAX, u32::MAX - 1, u32::MAX - 7] {
            let mut front = front.to_vec();
            front[place.clone()].copy_from_slice(&len.wrapping_add(by).to_le_bytes());
            if let Ok(other) = decode(kind, version, Sections { front: &front, middle, data: &[] })
            {
                assert_ne!(other, meant);
            }
        }
    }
}

/// Encodes into buffers of the right size, larger, and smaller, all filled with a pattern.
fn assert_encodes(expected: &[u8], encode: impl Fn(&mut [u8]) -> Result<usize, Full>) {
    let needed = expected.len();
    let mut buffer = vec![0xa5; needed + 3];
    assert_eq!(encode(&mut buffer[..needed]), Ok(needed));
    assert_eq!(&buffer[..needed], expected);
    assert_eq!(encode(&mut buffer), Ok(needed));
    assert_eq!(buffer[needed..], [0xa5; 3], "wrote behind the message");
    for available in [0, needed / 2, needed - 1] {
        let mut small = vec![0xa5; available];
        assert_eq!(encode(&mut small), Err(Full { needed, available }));
    }
}

proptest! {
    #![proptest_config(common::config())]

    #[test]
    fn caps_encode_as_the_tables_say_and_come_back(spec in caps::spec()) {
        let built = spec.build();
        let front = spec.leaves().bytes();
        prop_assert_eq!(built.front_len(), front.len());
        prop_assert_eq!(built.front_to_vec(), &front[..]);
        assert_encodes(&front, |buffer| built.encode_front(buffer));
        prop_assert_eq!(ClientCaps::decode(spec.version, spec.sections(&front)), Ok(built));
        prop_assert_eq!(built.import_peer().is_some(), spec.has_import_peer());
    }

    #[test]
    fn caps_cut_anywhere_name_the_field_that_is_cut(spec in caps::spec()) {
        assert_truncations(MessageType::CLIENT_CAPS, spec.version, &spec.leaves(), &spec.xattrs);
    }

    #[test]
    fn caps_with_a_wrong_length_inside_are_not_the_same(spec in caps::spec()) {
        let leaves = spec.leaves();
        // The lengths in the head, and those at the end of their fields' prefixes.
        let mut places = vec![60, 80];
        places.extend(leaves.placed().filter(|(_, l)| l.prefix > 0).map(|(at, l)| at + l.prefix - 4));
        let kind = MessageType::CLIENT_CAPS;
        assert_lengths(kind, spec.version, &places, &leaves.bytes(), &spec.xattrs);
    }

    #[test]
    fn caps_without_their_middle_say_so(spec in caps::spec(), other in blob()) {
        prop_assume!(other.len() != spec.xattrs.len());
        let front = spec.leaves().bytes();
        let sections = Sections { front: &front, middle: &other, data: &[] };
        let fault = decode(MessageType::CLIENT_CAPS, spec.version, sections).unwrap_err();
        let (found, expected) = (other.len() as u64, spec.xattrs.len() as u64);
        let kind = FaultKind::Mismatch { found, other: expected, with: "xattr_len" };
        prop_assert_eq!(fault, Fault { field: "xattrs", at: 0, within: "middle", kind });
    }

    #[test]
    fn caps_take_only_the_body_that_they_have(spec in caps::spec()) {
        let head = *spec.build().head();
        let fits = |body| ClientCaps::new(spec.version, head, body).is_some();
        let export = head.op == CapOp::EXPORT;
        prop_assert_eq!(fits(Body::Export(Export::default())), export && spec.version >= 3);
        prop_assert_eq!(fits(Body::Unread(Opaque::default())), export && spec.version < 3);
        prop_assert_eq!(fits(Body::State(State::default())), !export);
    }

    #[test]
    fn sessions_encode_as_the_table_says_and_come_back(spec in session::spec()) {
        let mut buffers = [[0; 4096]; 2];
        let built = spec.build(&mut buffers);
        let front = spec.leaves().bytes();
        prop_assert_eq!(built.front_len(), front.len());
        prop_assert_eq!(built.front_to_vec(), &front[..]);
        assert_encodes(&front, |buffer| built.encode_front(buffer));
        let sections = Sections { front: &front, ..Default::default() };
        prop_assert_eq!(ClientSession::decode(spec.version, sections), Ok(built));
    }

    #[test]
    fn sessions_cut_anywhere_name_the_field_that_is_cut(spec in session::spec()) {
        assert_truncations(MessageType::CLIENT_SESSION, spec.version, &spec.leaves(), &[]);
    }

    #[test]
    fn sessions_with_a_wrong_length_inside_are_not_the_same(spec in session::spec()) {
        let leaves = spec.leaves();
        let lengths = leaves.placed().filter(|(_, leaf)| leaf.prefix > 0 || leaf.name == "count");
        let places: Vec<_> = lengths.map(|(at, l)| at + l.prefix.saturating_sub(4)).collect();
        let kind = MessageType::CLIENT_SESSION;
        assert_lengths(kind, spec.version, &places, &leaves.bytes(), &[]);
    }

    #[test]
    fn any_bytes_decode_or_fault(
        kind in prop_oneof![Just(MessageType::CLIENT_CAPS), Just(MessageType::CLIENT_SESSION)],
        version in prop_oneof![0_u16..=16, any::<u16>()],
        op in 0_u8..13,
        mut front in vec(any::<u8>(), 0..500),
        middle in blob(),
    ) {
        let _ = decode(kind, version, Sections { front: &front, middle: &middle, data: &[] });
        // The same with an operation that exists and lengths that fit.
        if front.len() >= 92 {
            front[..4].copy_from_slice(&[op, 0, 0, 0]);
            front[60..64].copy_from_slice(&[op, 0, 0, 0]);
            front[80..84].copy_from_slice(&(middle.len() as u32).to_le_bytes());
        }
        let _ = decode(kind, version, Sections { front: &front, middle: &middle, data: &[] });
    }

    #[test]
    fn damaged_caps_decode_or_fault(
        spec in caps::spec(),
        version in 0_u16..=16,
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut front = spec.leaves().bytes();
        for (place, byte) in damage {
            *place.get_mut(&mut front) = byte;
        }
        // The other version reads the same bytes as other fields.
        for version in [spec.version, version] {
            let _ = decode(MessageType::CLIENT_CAPS, version, spec.sections(&front));
        }
    }
}
