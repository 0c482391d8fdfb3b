use std::net::SocketAddr;

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, EntityName, EntityType, Seq, SnapId};

use super::*;
use crate::event::Source;
use crate::place::{Place, Time};
use crate::stream::{ConnId, Dir};

/// Two clients at one address, each with a connection to ranks 0 and 1: connections 0, 1 and 2, 3.
fn who(named: bool) -> Who {
    let mut who = Who::default();
    let addr = |host: u8, port: u16| SocketAddr::from(([10, 0, 0, host], port));
    for (index, client) in [(0, 4100), (2, 4200)] {
        for rank in 0..2 {
            let conn = ConnId(index + rank);
            who.add(conn, addr(1, 1000 + conn.0 as u16), addr(10 + rank as u8, 6800));
            who.learn_kinds(conn, Dir::BToA);
            if named {
                let name = |kind, number| EntityName { kind, number };
                who.learn(conn, Dir::AToB, name(EntityType::CLIENT, client));
                who.learn(conn, Dir::BToA, name(EntityType::MDS, i64::from(rank)));
            }
        }
    }
    who
}

fn event(frame: u64, conn: u32, op: CapOp, cap_id: u64, mseq: u32, peer: Option<Peer>) -> CapEvent {
    CapEvent {
        place: Place { file: 0, frame, time: Time(frame as i64) },
        conn: ConnId(conn),
        offset: 0,
        direction: Direction::MdsToClient,
        replayed: false,
        version: 11,
        tid: 0,
        source: Source::ClientCaps(op),
        ino: InodeNo(0x100),
        cap_id,
        seq: Seq(1),
        issue_seq: Seq(0),
        mseq: Seq(mseq),
        caps: Caps::PIN,
        wanted: Caps::NONE,
        dirty: Caps::NONE,
        follows: SnapId(1),
        size: None,
        peer,
    }
}

/// From the connection's rank to rank `to`, which made cap `new`.
fn export(frame: u64, conn: u32, cap_id: u64, to: i32, new: u64) -> CapEvent {
    let peer =
        ExportPeer { cap_id: new, seq: Seq(1), mseq: Seq(1), mds: Rank(to), ..Default::default() };
    event(frame, conn, CapOp::EXPORT, cap_id, 0, Some(Peer::Importer(peer)))
}

/// At the connection's rank, of cap `old` of rank `from`.
fn import(frame: u64, conn: u32, cap_id: u64, from: i32, old: u64, flags: u8) -> CapEvent {
    let peer = ImportPeer {
        cap_id: old,
        seq: Seq(6),
        mseq: Seq(0),
        mds: Rank(from),
        flags: PeerFlags(flags),
    };
    event(frame, conn, CapOp::IMPORT, cap_id, 1, Some(Peer::Exporter(peer)))
}

#[test]
fn either_half_may_come_first() {
    for named in [true, false] {
        let who = who(named);
        let (e, i) = (export(1, 0, 1, 1, 7), import(2, 1, 7, 0, 1, 1));
        for (first, second) in [(e, i), (i, e)] {
            let mut migrations = Migrations::default();
            assert!(migrations.push(&first, &who).is_none());
            let pair = migrations.push(&second, &who).expect("the second half completes it");
            assert_eq!((pair.export, pair.import), (e, i));
            assert_eq!(migrations.pairs(), 1);
            assert!(migrations.lone_exports().is_empty() && migrations.lone_imports().is_empty());
        }
    }
}

#[test]
fn clients_of_one_host_are_told_apart_by_their_ids() {
    let who = who(true);
    let mut migrations = Migrations::default();
    // The same inode and the same cap ids, but the other client's connection.
    assert!(migrations.push(&export(1, 0, 1, 1, 7), &who).is_none());
    assert!(migrations.push(&import(2, 3, 7, 0, 1, 1), &who).is_none());
    assert_eq!((migrations.lone_exports().len(), migrations.lone_imports().len()), (1, 1));
    assert!(migrations.push(&import(3, 1, 7, 0, 1, 1), &who).is_some());
    assert!(migrations.push(&export(4, 2, 1, 1, 7), &who).is_some());
}

#[test]
fn the_importers_rank_belongs_to_the_key() {
    let who = who(true);
    let mut migrations = Migrations::default();
    // It names rank 2; rank 1 imports a cap with that id.
    assert!(migrations.push(&export(1, 0, 1, 2, 7), &who).is_none());
    assert!(migrations.push(&import(2, 1, 7, 0, 1, 1), &who).is_none());
}

#[test]
fn unnamed_halves_have_to_name_each_other() {
    let who = who(false);
    let mut migrations = Migrations::default();
    assert!(migrations.push(&export(1, 0, 1, 1, 7), &who).is_none());
    assert!(
        migrations.push(&import(2, 3, 7, 0, 99, 1), &who).is_none(),
        "of another cap of rank 0"
    );
    assert!(migrations.push(&import(3, 1, 7, 0, 1, 1), &who).is_some());
}

#[test]
fn an_import_flagged_release_or_of_a_rejoin_needs_no_export() {
    let who = who(true);
    let mut migrations = Migrations::default();
    for (cap_id, flags) in [(7, 2), (8, 3), (9, 0)] {
        migrations.push(&import(cap_id, 1, cap_id, 0, 1, flags), &who);
    }
    assert!(migrations.lone_imports().is_empty());
    migrations.push(&import(10, 1, 10, 0, 1, 1), &who);
    assert_eq!(migrations.lone_imports().len(), 1);
}

#[test]
fn an_export_that_names_nothing_goes_nowhere() {
    let who = who(true);
    let mut migrations = Migrations::default();
    migrations.push(&export(1, 0, 1, -1, 0), &who);
    migrations.push(&event(2, 0, CapOp::EXPORT, 1, 0, None), &who);
    assert_eq!(migrations.nowhere().len(), 2);
    assert!(migrations.lone_exports().is_empty());
}

#[test]
fn signs_of_life_of_a_cap_that_was_never_announced() {
    let who = who(true);
    let mut migrations = Migrations::default();
    migrations.push(&export(1, 0, 1, 1, 7), &who);
    migrations.push(&event(2, 0, CapOp::GRANT, 7, 0, None), &who);
    migrations.push(&event(3, 3, CapOp::GRANT, 7, 0, None), &who);
    assert_eq!(migrations.lone_exports()[0].mds_spoke, None, "another rank's, another client's");
    migrations.push(&event(4, 1, CapOp::GRANT, 7, 0, None), &who);
    migrations.push(&event(5, 1, CapOp::REVOKE, 7, 0, None), &who);
    assert_eq!(migrations.lone_exports()[0].mds_spoke.map(|e| e.place.frame), Some(4));
}

#[test]
fn a_cap_that_was_never_announced_moves_on() {
    let who = who(true);
    let mut migrations = Migrations::default();
    migrations.push(&export(1, 0, 1, 1, 7), &who);
    let moved = |migrations: &Migrations| {
        migrations.lone_exports()[0].moved_on.map(|event| event.place.frame)
    };
    migrations.push(&import(2, 0, 9, 1, 8, 1), &who);
    assert_eq!(moved(&migrations), None, "another cap");
    migrations.push(&import(3, 0, 9, 2, 7, 1), &who);
    assert_eq!(moved(&migrations), None, "another rank's");
    migrations.push(&import(4, 3, 9, 1, 7, 1), &who);
    assert_eq!(moved(&migrations), None, "another client's");
    migrations.push(&import(5, 0, 9, 1, 7, 1), &who);
    assert_eq!(moved(&migrations), Some(5));
}

#[test]
fn what_was_delivered_twice_counts_once() {
    let who = who(true);
    let mut migrations = Migrations::default();
    let e = export(1, 0, 1, 1, 7);
    migrations.push(&e, &who);
    migrations.push(&CapEvent { replayed: true, ..e }, &who);
    assert_eq!(migrations.lone_exports().len(), 1);
}

#[test]
fn beyond_the_bound_halves_are_counted_and_not_kept() {
    let who = who(true);
    let mut migrations = Migrations {
        limits: MigrationLimits { max_waiting: 2, max_disagreeing: 1 },
        ..Migrations::default()
    };
    for cap in 0..5 {
        migrations.push(&export(cap, 0, 1, 1, 10 + cap), &who);
        migrations.push(&import(cap, 1, 20 + cap, 0, 1, 1), &who);
    }
    assert_eq!((migrations.lone_exports().len(), migrations.lone_imports().len()), (2, 2));
    assert_eq!(migrations.not_followed(), 6);
}

/// A pair as a healthy cluster makes it: cap 1 of rank 0 becomes cap 7 of rank 1.
fn healthy() -> Pair {
    Pair { export: export(1, 0, 1, 1, 7), import: import(2, 1, 7, 0, 1, 1) }
}

fn importer(event: &mut CapEvent) -> &mut ExportPeer {
    match &mut event.peer {
        Some(Peer::Importer(peer)) => peer,
        other => panic!("{other:?}"),
    }
}

fn exporter(event: &mut CapEvent) -> &mut ImportPeer {
    match &mut event.peer {
        Some(Peer::Exporter(peer)) => peer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn halves_that_do_not_agree_are_kept() {
    let who = who(true);
    let kept = |pair: &Pair| {
        let mut migrations = Migrations::default();
        migrations.push(&pair.export, &who);
        migrations.push(&pair.import, &who).expect("a pair all the same");
        let of = |pair: &Pair| pair.disagreements(rank(&pair.export, &who));
        migrations.disagreeing().iter().flat_map(of).collect::<Vec<_>>()
    };
    let with = |change: &dyn Fn(&mut Pair)| {
        let mut pair = healthy();
        change(&mut pair);
        kept(&pair)
    };
    assert_eq!(with(&|_| {}), []);
    let cap = Disagreement::ExporterCap { export: 1, import: 2 };
    assert_eq!(with(&|p| exporter(&mut p.import).cap_id = 2), [cap]);
    let from = Disagreement::ExporterRank { export: Rank(0), import: Rank(2) };
    assert_eq!(with(&|p| exporter(&mut p.import).mds = Rank(2)), [from]);
    let mseq = Disagreement::ExporterMseq { export: Seq(0), import: Seq(3) };
    assert_eq!(with(&|p| exporter(&mut p.import).mseq = Seq(3)), [mseq]);
    let mseq = Disagreement::ImporterMseq { export: Seq(1), import: Seq(2) };
    assert_eq!(with(&|p| p.import.mseq = Seq(2)), [mseq]);
    let moves = Disagreement::Moves { export: Seq(0), import: Seq(2) };
    let both = |p: &mut Pair| (importer(&mut p.export).mseq, p.import.mseq) = (Seq(2), Seq(2));
    assert_eq!(with(&both), [moves]);
    let seq = Disagreement::Seq { export: Seq(2), import: Seq(1) };
    assert_eq!(with(&|p| importer(&mut p.export).seq = Seq(2)), [seq]);
    // The IMPORT may have been counted on.
    assert_eq!(with(&|p| p.import.seq = Seq(2)), []);
    // Of a rejoin, and of a replica's cap, nothing is asked.
    for flags in [0, 2, 3] {
        let change = |p: &mut Pair| {
            exporter(&mut p.import).flags = PeerFlags(flags);
            p.import.mseq = Seq(9);
        };
        assert_eq!(with(&change), [], "{flags}");
    }
}

#[test]
fn pairs_that_do_not_agree_are_bounded() {
    let who = who(true);
    let limits = MigrationLimits { max_waiting: 2, max_disagreeing: 1 };
    let mut migrations = Migrations { limits, ..Migrations::default() };
    for _ in 0..3 {
        let Pair { export, mut import } = healthy();
        import.mseq = Seq(5);
        migrations.push(&export, &who);
        migrations.push(&import, &who);
    }
    assert_eq!((migrations.disagreeing().len(), migrations.not_followed()), (1, 2));
    assert_eq!(migrations.pairs(), 3);
}
