//! By hand, what no capture has.

use std::io::{Cursor, Read};
use std::net::SocketAddr;
use std::ops::ControlFlow;

use ceph_codec::message::client_caps::{CapOp, ExportPeer, ImportPeer, PeerFlags};
use ceph_codec::message::mds_export::ImportedCap;
use ceph_codec::types::{Caps, EntityName, EntityType, Seq, SnapId};
use fixtures::msgr::Protocol;
use fixtures::scene::Scene;

use super::*;
use crate::capture::Capture;
use crate::event::{At, CapEvent, Direction, Peer, Source};
use crate::pipeline::{News, Pipeline};
use crate::place::Time;

/// Ranks 0 and 1 on connection 0, ranks 0 and 2 on connection 1, and client 4100 with ranks 0 and 1 on
/// connections 2 and 3.
fn who() -> Who {
    let mut who = Who::default();
    let addr = |host: u8, port: u16| SocketAddr::from(([10, 0, 0, host], port));
    let name = |kind, number| EntityName { kind, number };
    for (conn, to) in [(0, 1), (1, 2)] {
        let conn = ConnId(conn);
        who.add(conn, addr(10, 1000 + conn.0 as u16), addr(10 + to as u8, 6800));
        who.learn(conn, Dir::AToB, name(EntityType::MDS, 0));
        who.learn(conn, Dir::BToA, name(EntityType::MDS, to));
    }
    for (conn, rank) in [(2, 0), (3, 1)] {
        let conn = ConnId(conn);
        who.add(conn, addr(1, 1000 + conn.0 as u16), addr(10 + rank as u8, 6800));
        who.learn(conn, Dir::AToB, name(EntityType::CLIENT, 4100));
        who.learn(conn, Dir::BToA, name(EntityType::MDS, rank));
    }
    who
}

fn at(ms: u64, conn: u32) -> At {
    let place = Place { file: 0, frame: ms, time: Time(ms as i64 * 1_000_000) };
    At { place, conn: ConnId(conn), offset: ms, replayed: false }
}

/// A message of rank 0's export 7 to rank 1.
fn step(ms: u64, step: MoveStep) -> MoveEvent {
    let dir = if step.is_of_exporter() { Dir::AToB } else { Dir::BToA };
    let tree = DirFrag { ino: InodeNo(0x100), frag: Frag(0) };
    MoveEvent { at: at(ms, 0), dir, tid: 7, tree, step }
}

fn took(ms: u64, ino: u64, cap_id: u64) -> MoveEvent {
    let cap = ImportedCap { cap_id, issue_seq: Seq(1), mseq: Seq(1) };
    step(ms, MoveStep::Took { ino: InodeNo(ino), client: 4100, cap })
}

fn told(ms: u64, op: CapOp, ino: u64, importers: u64) -> Event {
    let export = op == CapOp::EXPORT;
    let At { place, conn, offset, replayed } = at(ms, if export { 2 } else { 3 });
    let (cap_id, peer) = match export {
        true => {
            let (seq, mseq, mds) = (Seq(1), Seq(1), Rank(1));
            let peer = ExportPeer { cap_id: importers, seq, mseq, mds, flags: PeerFlags(0) };
            (1, Peer::Importer(peer))
        }
        false => {
            let (cap_id, seq, mseq, mds) = (1, Seq(1), Seq(0), Rank(0));
            (
                importers,
                Peer::Exporter(ImportPeer { cap_id, seq, mseq, mds, flags: PeerFlags::AUTH }),
            )
        }
    };
    Event::Cap(CapEvent {
        place,
        conn,
        offset,
        direction: Direction::MdsToClient,
        replayed,
        version: 11,
        tid: 0,
        source: Source::ClientCaps(op),
        ino: InodeNo(ino),
        cap_id,
        seq: Seq(1),
        issue_seq: Seq(0),
        mseq: Seq(1),
        caps: Caps::NONE,
        wanted: Caps::NONE,
        dirty: Caps::NONE,
        follows: SnapId(1),
        size: None,
        peer: Some(peer),
    })
}

fn push(moves: &mut Moves, events: &[MoveEvent]) {
    let who = who();
    events.iter().for_each(|event| moves.push(&Event::Move(*event), &who));
}

#[test]
fn an_export_is_followed_through_its_phases() {
    let mut moves = Moves::default();
    push(
        &mut moves,
        &[
            step(1, MoveStep::Discover),
            step(2, MoveStep::DiscoverAck { success: true }),
            step(3, MoveStep::Prep),
            step(4, MoveStep::PrepAck { success: true }),
            step(5, MoveStep::Dir { inodes: 3, caps: 2 }),
            took(6, 0x101, 9),
            took(6, 0x102, 0),
            step(6, MoveStep::Ack { caps: 2 }),
            step(7, MoveStep::Finish { last: false }),
        ],
    );
    // Another rank is told, on its own connection.
    let notify = MoveEvent { at: at(8, 1), ..step(8, MoveStep::Notify) };
    let ack = MoveEvent { at: at(9, 1), ..step(9, MoveStep::NotifyAck) };
    push(&mut moves, &[notify, ack, step(10, MoveStep::Finish { last: true })]);
    let who = who();
    moves.push(&told(11, CapOp::IMPORT, 0x101, 9), &who);
    assert_eq!(moves.awaited().count(), 1);
    assert!(moves.of_cap(InodeNo(0x101), 9, Some(4100)).is_some());
    assert!(moves.of_cap(InodeNo(0x101), 9, Some(4101)).is_none());
    moves.push(&told(12, CapOp::EXPORT, 0x101, 9), &who);
    assert_eq!(moves.awaited().count(), 0);

    let [export] = moves.exports() else { panic!("{moves:?}") };
    assert_eq!(export.ranks(&who), [Some(Rank(0)), Some(Rank(1))]);
    let (inodes, caps, taken, without) = (3, 2, 2, 1);
    assert_eq!(
        (export.inodes, export.caps, export.taken, export.without_session),
        (inodes, caps, taken, without)
    );
    assert_eq!((export.exported, export.imported, export.both, export.notified), (1, 1, 1, [1, 1]));
    let frames: Vec<_> = Phase::ALL.iter().filter_map(|p| export.at(*p)).map(|p| p.frame).collect();
    assert_eq!(frames, [1, 2, 3, 4, 5, 6, 7, 10]);
    assert!(export.is_over() && export.came_to() == Phase::Last);
}

#[test]
fn a_number_used_again_is_another_export() {
    let mut moves = Moves::default();
    // The one was never completed; and messages that were delivered before count for nothing.
    let mut again = step(3, MoveStep::Discover);
    again.at.replayed = true;
    push(&mut moves, &[step(1, MoveStep::Discover), again, step(5, MoveStep::Discover)]);
    push(&mut moves, &[step(6, MoveStep::DiscoverAck { success: false })]);
    let [first, second] = moves.exports() else { panic!("{moves:?}") };
    assert_eq!((first.came_to(), first.refused), (Phase::Discover, None));
    assert_eq!(second.refused.map(|at| at.frame), Some(6));
    assert_eq!(first.fate(&Default::default(), 0), Fate::Open);
    assert_eq!(second.fate(&Default::default(), 0), Fate::Refused);
}

#[test]
fn bounds_hold_and_are_told() {
    let mut moves = Moves::new(Limits { exports: 1, caps: 1 });
    push(&mut moves, &[step(1, MoveStep::Discover), step(2, MoveStep::Discover)]);
    push(&mut moves, &[took(3, 0x101, 9), took(3, 0x102, 8), step(3, MoveStep::Ack { caps: 2 })]);
    assert_eq!((moves.exports().len(), moves.not_followed()), (1, 1));
    assert_eq!((moves.awaited().count(), moves.caps_not_followed()), (1, 1));
}

/// What a trace of a tree with two caps of each of two clients leaves out.
fn left_out(steps: usize, caps: usize) -> u64 {
    let mut scene = Scene::new(Protocol::V1);
    for client in [4100, 4200] {
        for rank in 0..2 {
            scene.open(client, rank);
        }
        for ino in [0x2000, 0x2001] {
            scene.grant(client, 0, ino, "pAsLsXs");
        }
    }
    let inodes = [("a", 0x2000), ("b", 0x2001)];
    let tree = scene.moving((0, 1), (0x1000, "d"), &inodes, &[4100, 4200]);
    scene.move_tree(&tree);
    let file = fixtures::pcap::write(&scene.finish().packets, &Default::default());
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
    let mut capture = Capture::from_readers([("story".to_owned(), reader)], Default::default());
    let mut trace = Trace::with_limits(tree.tid, TraceLimits { steps, caps });
    let mut pipeline = Pipeline::default();
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, _| match news {
        News::Said(spoken) => trace.said(spoken),
        News::Event(event, ..) => trace.push(event),
        _ => {}
    });
    trace.left_out()
}

#[test]
fn what_a_trace_has_no_room_for_is_counted() {
    let many = usize::MAX;
    assert_eq!(left_out(many, many), 0);
    assert_eq!([left_out(many, 3), left_out(many, 0)], [1, 4], "caps in the tree");
    // Seven messages, and each cap that the importer took.
    assert_eq!([left_out(10, many), left_out(0, many)], [1, 11]);
    assert_eq!(left_out(10, 3), 2);
}
