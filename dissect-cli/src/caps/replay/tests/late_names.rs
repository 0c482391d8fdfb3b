//! Clients and ranks that are named after their first messages.

use std::net::SocketAddr;

use ceph_codec::types::{EntityName, EntityType};

use super::*;
use crate::session::Who;
use crate::stream::Dir;

/// Connections of which nobody knows between whom they are, and events of the samples on them.
pub(super) struct Unnamed {
    pub(super) who: Who,
    pub(super) replay: Replay,
    sample: Sample,
    frame: u64,
}

impl Unnamed {
    pub(super) fn new(mode: Mode, conns: u32) -> Unnamed {
        let mut who = Who::default();
        for conn in 0..conns {
            let addr = |host: u8| SocketAddr::from(([10, 0, 0, host], 1000 + conn as u16));
            who.add(ConnId(conn), addr(1), addr(2));
            who.learn_kinds(ConnId(conn), Dir::BToA);
        }
        let replay = Replay::new(mode, Limits::default());
        Unnamed { who, replay, sample: Sample::default(), frame: 0 }
    }

    /// The event of a line, but on this connection.
    pub(super) fn step(&mut self, conn: u32, ino: InodeNo, line: &str) -> Step {
        self.frame += 1;
        let event = self.sample.event(ino, line).unwrap_or_else(|| panic!("{line}"));
        let place = Place { frame: self.frame, ..event.place };
        let event = Event::Cap(CapEvent { place, conn: ConnId(conn), ..event });
        self.replay.push(&event, &self.who).unwrap()
    }

    pub(super) fn client(&mut self, conn: u32, number: i64) {
        self.who.learn(ConnId(conn), Dir::AToB, EntityName { kind: EntityType::CLIENT, number });
    }

    pub(super) fn rank(&mut self, conn: u32, number: i64) {
        self.who.learn(ConnId(conn), Dir::BToA, EntityName { kind: EntityType::MDS, number });
    }
}

const ISSUE: &str = "1 < 1 0 issue 7 1 1 3 pAsLsXsFrw pFrw - 0 -";
const EXPORT: &str = "2 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)";

#[test]
fn one_client_by_number() {
    let mut scene = Unnamed::new(Mode::Now, 2);
    scene.step(0, INO, ISSUE);
    scene.step(1, INO, "1 < 1 1 replica 20 1 1 0 pAs - - 0 -");
    assert_eq!(scene.replay.caps_of(ConnId(0), INO).count(), 1);
    for conn in 0..2 {
        scene.client(conn, 4146);
        scene.rank(conn, i64::from(conn));
    }
    let step = scene.step(0, INO, "1.5 < 1 0 grant 7 2 1 3 pAs - - 0 -");
    assert!(step.before.is_some());
    let caps: Vec<_> = scene.replay.caps_of(ConnId(0), INO).map(|h| (h.client, h.mds)).collect();
    assert_eq!(caps.len(), 2);
    assert!(
        caps.contains(&(Some(4146), Some(Rank(0)))) && caps.contains(&(Some(4146), Some(Rank(1))))
    );
    // Only one of them is the auth cap.
    assert_eq!(scene.replay.caps_of(ConnId(1), INO).filter(|h| h.held.auth).count(), 1);
    scene.step(0, INO, "2 < 1 0 export 7 0 0 3 - - - 0 (20, 3, 4, 1, 0)");
    assert_eq!(scene.replay.cap_of(ConnId(1), INO).unwrap().seq.0, 2);
    assert_eq!(scene.replay.sessions().count(), 2);
}

#[test]
fn one_client_by_inference() {
    let mut scene = Unnamed::new(Mode::Now, 3);
    scene.step(2, InodeNo(5), "0.5 < 1 0 issue 1 1 1 3 pAs pFrw - 0 -");
    scene.step(0, INO, ISSUE);
    scene.who.infer_same_client(ConnId(0), ConnId(1));
    scene.who.infer_rank(ConnId(1), Rank(1));
    scene.who.infer_rank(ConnId(0), Rank(0));
    scene.step(1, INO, "1.5 < 1 1 replica 20 1 1 0 pAs - - 0 -");
    assert_eq!(scene.replay.caps_of(ConnId(0), INO).count(), 2);
    let step = scene.step(0, INO, EXPORT);
    assert_eq!(step.branch, Branch::ExportLeaves);
    // And the one that was thought to be another client is the same.
    scene.client(2, 9);
    scene.client(1, 9);
    scene.rank(2, 2);
    scene.step(2, InodeNo(5), "3 < 1 0 grant 1 2 1 3 pAs pFrw - 0 -");
    let clients: Vec<_> = scene.replay.sessions().map(|s| (s.client, s.mds, s.caps)).collect();
    let of = |mds, caps| (Some(9), Some(Rank(mds)), caps);
    assert_eq!(clients, [of(2, 1), of(0, 0), of(1, 1)]);
    assert_eq!(scene.replay.holders(InodeNo(5)).map(|h| h.client).collect::<Vec<_>>(), [Some(9)]);
}

/// Two connections turn out to be of one session: of caps of both on an inode the later one is kept.
#[test]
fn one_session() {
    let mut scene = Unnamed::new(Mode::Now, 2);
    scene.step(0, INO, ISSUE);
    scene.step(0, InodeNo(5), ISSUE);
    scene.step(1, INO, "2 < 1 0 grant 7 5 1 3 pAs pFrw - 0 -");
    scene.step(1, InodeNo(6), ISSUE);
    assert_eq!(scene.replay.live(), 4);
    for conn in 0..2 {
        scene.client(conn, 4146);
        scene.rank(conn, 0);
    }
    scene.step(1, INO, "3 < 1 0 grant 7 6 1 3 pAs pFrw - 0 -");
    assert_eq!(scene.replay.live(), 3);
    assert_eq!(scene.replay.sessions().count(), 1);
    assert_eq!(scene.replay.caps_of_session(ConnId(0)).count(), 3);
    assert_eq!(scene.replay.cap_of(ConnId(0), INO).unwrap().seq.0, 6);
    assert!(scene.replay.oddities().is_empty());
}
