//! What a sink is told: every byte once, in order, under the names of the layout tables.
#![cfg(feature = "alloc")]

mod common;

use ceph_codec::message::client_caps::{
    Body, ClientCaps, Export, ExportPeer, FileLayout, Head, ImportPeer, State, Tail,
};
use ceph_codec::message::client_session::{ClientSession, SessionHead, SessionTail};
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::{Fault, Row};
use proptest::prelude::*;

use common::recorder::{Node, Recorder};
use common::shaped::Shaped;
use common::{Leaves, caps, session};

/// The parts of a record against its table: names, offsets, lengths.
fn assert_record(node: &Node, layout: &[Row]) {
    let found: Vec<_> = node
        .parts
        .iter()
        .map(|p| (p.span.name, Some(p.span.at - node.span.at), Some(p.span.len)))
        .collect();
    let expected: Vec<_> = layout.iter().map(|row| (row.name, row.at, row.len)).collect();
    assert_eq!(found, expected, "{}", node.span.name);
}

/// The fields of a version against the table of all versions.
fn assert_gated(nodes: &[&Node], layout: &[Row], version: u16, import: bool) {
    let found: Vec<_> = nodes.iter().map(|node| node.span.name).collect();
    let here = |row: &&Row| row.since <= version && row.only.is_none_or(|_| import);
    let expected: Vec<_> = layout.iter().filter(here).map(|row| row.name).collect();
    assert_eq!(found, expected);
}

/// Takes the bytes off the end one by one. Up to the fault all is told, behind it nothing.
fn assert_partial(kind: MessageType, version: u16, leaves: &Leaves, middle: &[u8]) {
    let bytes = leaves.bytes();
    for len in common::cuts(bytes.len() + 1) {
        let sections = Sections { front: &bytes[..len], middle, data: &[] };
        let mut recorder = Recorder::default();
        let watched = Message::decode_with(kind, version, sections, &mut recorder);
        assert_eq!(watched, Message::decode(kind, version, sections), "a sink changes the result");
        match watched {
            Err(Fault { at, .. }) => recorder.assert_leaves(leaves, at),
            // What a newer version added may end anywhere.
            Ok(_) if len < bytes.len() => assert_eq!(leaves.cut_at(len).map(|_| ()), None),
            Ok(_) => recorder.assert_leaves(leaves, len),
        }
    }
}

proptest! {
    #![proptest_config(common::config())]

    #[test]
    fn caps_are_told_by_their_tables(spec in caps::spec()) {
        let front = spec.leaves().bytes();
        let mut recorder = Recorder::default();
        let caps =
            ClientCaps::decode_with(spec.version, spec.sections(&front), &mut recorder).unwrap();
        recorder.assert_leaves(&spec.leaves(), front.len());
        let mut shaped = Shaped::of(MessageType::CLIENT_CAPS).unwrap();
        ClientCaps::decode_with(spec.version, spec.sections(&front), &mut shaped).unwrap();

        let nodes = recorder.section("front");
        let [head, body, tail @ ..] = &nodes[..] else { panic!("no head, no body") };
        assert_record(head, Head::LAYOUT);
        match caps.body() {
            Body::State(_) => {
                assert_record(body, State::LAYOUT);
                let layout = body.parts.iter().find(|part| part.span.name == "layout").unwrap();
                assert_record(layout, FileLayout::LAYOUT);
            }
            Body::Export(_) => {
                assert_record(body, Export::LAYOUT);
                assert_record(&body.parts[0], ExportPeer::LAYOUT);
            }
            Body::Unread(_) => prop_assert_eq!(body.span.name, "unread"),
        }
        let tail: Vec<_> = tail
            .iter()
            .copied()
            .filter(|node| !["snap_trace", "rest"].contains(&node.span.name))
            .collect();
        assert_gated(&tail, Tail::LAYOUT, spec.version, caps.import_peer().is_some());
        if let Some(peer) = tail.iter().find(|node| node.span.name == "import_peer") {
            assert_record(peer, ImportPeer::LAYOUT);
        }

        let middle: Vec<_> = recorder.section("middle").iter().map(|n| n.span.len).collect();
        let expected: &[usize] = if spec.xattrs.is_empty() { &[] } else { &[spec.xattrs.len()] };
        prop_assert_eq!(middle, expected);
    }

    #[test]
    fn sessions_are_told_by_their_tables(spec in session::spec()) {
        let front = spec.leaves().bytes();
        let mut recorder = Recorder::default();
        let sections = Sections { front: &front, ..Default::default() };
        ClientSession::decode_with(spec.version, sections, &mut recorder).unwrap();
        recorder.assert_leaves(&spec.leaves(), front.len());
        let mut shaped = Shaped::of(MessageType::CLIENT_SESSION).unwrap();
        ClientSession::decode_with(spec.version, sections, &mut shaped).unwrap();
        let nodes = recorder.section("front");
        assert_record(nodes[0], SessionHead::LAYOUT);
        let tail: Vec<_> =
            nodes[1..].iter().copied().filter(|node| node.span.name != "rest").collect();
        assert_gated(&tail, SessionTail::LAYOUT, spec.version, false);
    }

    #[test]
    fn damaged_caps_are_told_up_to_the_fault(spec in caps::spec()) {
        assert_partial(MessageType::CLIENT_CAPS, spec.version, &spec.leaves(), &spec.xattrs);
    }

    #[test]
    fn damaged_sessions_are_told_up_to_the_fault(spec in session::spec()) {
        assert_partial(MessageType::CLIENT_SESSION, spec.version, &spec.leaves(), &[]);
    }
}
