//! What finds no room.

use super::late_names::Unnamed;
use super::*;
use crate::caps::replay::lanes::MAX_UNNAMED;
use crate::caps::replay::store::{MAX_FLUSHES, MAX_RANKS};

fn scene(limits: Limits) -> Scene {
    Scene { replay: Replay::new(Mode::Now, limits), ..Scene::default() }
}

#[test]
fn caps_of_further_ranks_are_not_taken() {
    let mut scene = scene(Limits::default());
    for rank in 0..=MAX_RANKS {
        let step = scene.step(&format!("1 < 1 {rank} replica 7 1 1 3 pAs - - 0 -"));
        assert_eq!(step.after.is_some(), rank < MAX_RANKS, "{rank}");
    }
    assert_eq!((scene.replay.live(), scene.replay.untaken()), (MAX_RANKS, 1));
    // Of another inode there is room.
    let event = scene.sample.event(InodeNo(5), "1 < 1 256 replica 7 1 1 3 pAs - - 0 -").unwrap();
    let step = scene.replay.push(&Event::Cap(event), &scene.sample.who).unwrap();
    assert!(step.after.is_some());
}

#[test]
fn further_flushes_of_an_inode_match_no_acknowledgement() {
    let mut scene = Scene::with_cap();
    let last = MAX_FLUSHES + 1;
    for tid in 1..=last {
        scene.step(&format!("1 > 1 0 flushsnap 0 0 0 0 pAsLsXsFrw - Fw {tid} -"));
    }
    let conn = scene.conn(1, 0);
    assert_eq!(scene.replay.flushing(conn, INO).count(), MAX_FLUSHES);
    for (tid, branch) in [(last, Branch::AckUnmatched), (last - 1, Branch::SnapFlushed)] {
        let step = scene.step(&format!("2 < 1 0 flushsnap_ack 0 0 0 0 - - Fw {tid} -"));
        assert_eq!(step.branch, branch, "{tid}");
    }
}

#[test]
fn further_flushes_of_all_inodes_match_no_acknowledgement() {
    let mut scene = scene(Limits { max_flushes: 2, ..Limits::default() });
    let mut on = |ino, line: &str| {
        let event = scene.sample.event(InodeNo(ino), line).unwrap();
        scene.replay.push(&Event::Cap(event), &scene.sample.who).unwrap().branch
    };
    for ino in 1..=3 {
        on(ino, "1 < 1 0 issue 7 1 1 3 pAsLsXsFrw pFrw - 0 -");
        let line = format!("2 > 1 0 flush 7 1 1 3 pAsLsXsFrw pFrw Fw {ino} -");
        assert_eq!(on(ino, &line), Branch::Flush);
    }
    let acked =
        [3, 2, 1].map(|ino| on(ino, &format!("3 < 1 0 flush_ack 7 1 0 0 pAs - Fw {ino} -")));
    assert_eq!(acked, [Branch::AckUnmatched, Branch::Flushed, Branch::Flushed]);
}

#[test]
fn caps_that_go_with_a_session_are_kept_so_many_and_all_counted() {
    let mut scene = scene(Limits { max_lost: 2, ..Limits::default() });
    for ino in 1..=5 {
        let line = "1 < 1 0 issue 7 1 1 3 pAs - - 0 -";
        let event = scene.sample.event(InodeNo(ino), line).unwrap();
        scene.replay.push(&Event::Cap(event), &scene.sample.who);
    }
    scene.step("2 < 1 0 close");
    let lost: Vec<_> = scene.replay.lost().iter().map(|lost| lost.ino.0).collect();
    assert_eq!((lost, scene.replay.lost_total()), (vec![1, 2], 5));
}

#[test]
fn events_of_further_sessions_are_passed_over() {
    let mut scene = scene(Limits { max_sessions: 2, ..Limits::default() });
    for (client, rank, followed) in [(1, 0, true), (2, 0, true), (1, 1, false), (3, 0, false)] {
        let step = scene.step(&format!("1 < {client} {rank} issue 7 1 1 3 pAs - - 0 -"));
        assert_eq!(step.after.is_some(), followed, "{client} {rank}");
        let conn = scene.conn(client, rank);
        assert_eq!(scene.replay.session(conn).is_some(), followed);
    }
    assert_eq!((scene.replay.live(), scene.replay.sessions().count()), (2, 2));
}

#[test]
fn further_connections_without_a_name_keep_having_none() {
    let many = MAX_UNNAMED as u32 + 1;
    let mut scene = Unnamed::new(Mode::Now, many);
    let line = "1 < 1 0 grant 7 2 1 3 pAs - - 0 -";
    for conn in 0..many {
        scene.step(conn, INO, line);
    }
    for conn in 0..many {
        scene.client(conn, 4000 + i64::from(conn));
    }
    scene.step(0, INO, line);
    let client = |conn| scene.replay.session(ConnId(conn)).and_then(|session| session.client);
    assert_eq!(client(many - 2), Some(4000 + u64::from(many) - 2));
    assert_eq!(client(many - 1), None);
}
