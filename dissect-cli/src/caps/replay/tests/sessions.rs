//! What becomes of all caps of a session at once.

use super::super::SessionState;
use super::*;

fn caps(scene: &Scene, rank: i32) -> u32 {
    let of = scene.replay.sessions().find(|s| s.mds == Some(Rank(rank)));
    of.map_or(0, |session| session.caps)
}

fn state(scene: &mut Scene, rank: i32) -> (SessionState, bool) {
    let conn = scene.conn(1, rank);
    scene.replay.session(conn).map(|session| (session.state, session.known)).unwrap()
}

#[test]
fn from_open_to_close() {
    let mut scene = Scene::default();
    let step = scene.step("1 > 1 0 request_open");
    assert_eq!((step.branch, step.known), (Branch::SessionAsked, false));
    assert_eq!(state(&mut scene, 0), (SessionState::Asked, true));
    let step = scene.step("1 < 1 0 open");
    assert_eq!((step.branch, step.known), (Branch::SessionOpened, true));
    scene.plays(
        "2 < 1 0 issue 7 1 1 3 pAsLsXsFrw pFrw - 0 - => issued
         3 > 1 0 update 7 1 1 3 pAsLsXsFrw pFrw Fw 11 - => flush
         4 < 1 0 recall_state => nothing
         5 > 1 0 request_close => nothing",
    );
    assert_eq!((state(&mut scene, 0), caps(&scene, 0)), ((SessionState::Closing, true), 1));
    scene.plays("6 < 1 0 close => session-closed");
    assert_eq!((state(&mut scene, 0), caps(&scene, 0)), ((SessionState::Closed, true), 0));
    let [lost] = scene.replay.lost() else { panic!("{:?}", scene.replay.lost()) };
    assert_eq!((lost.ino, lost.how, lost.asked, lost.known), (INO, Exit::SessionEnded, true, true));
    // The dirty state goes with the auth cap.
    assert_eq!((lost.cap.cap_id, lost.flushing), (7, "Fw".parse().unwrap()));
    let conn = scene.conn(1, 0);
    assert_eq!(scene.replay.view(conn, INO), None);
}

#[test]
fn rejected() {
    let mut scene = Scene::with_cap();
    scene.plays("1 < 1 0 reject => session-rejected");
    assert_eq!(state(&mut scene, 0), (SessionState::Rejected, true));
    assert!(!scene.replay.lost()[0].asked);
    scene.plays("2 < 1 0 grant 7 2 0 3 pAs - - 0 - => ignored");
}

/// Dirty state stays as long as another rank has the auth cap.
#[test]
fn replica_lost() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 > 1 0 update 7 1 1 3 pAsLsXsFrw pFrw Fw 11 - => flush
         2 < 1 1 replica 20 1 1 0 pAs - - 0 - => issued
         3 < 1 1 close => session-closed
         4 < 1 0 flush_ack 7 1 0 0 pAs - Fw 11 - => flushed",
    );
    assert!(scene.replay.lost()[0].flushing.is_empty());
}

/// A server that opens a session with a client that it does not know.
#[test]
fn opened_by_the_server() {
    for from_start in [true, false] {
        let mut scene = Scene::default();
        let conn = scene.conn(1, 0);
        if from_start {
            scene.sample.who.seen_from_start(conn);
        }
        scene.step("1 < 1 0 open");
        assert_eq!(state(&mut scene, 0), (SessionState::Open, from_start));
    }
    // It says the same after a reconnect.
    let mut scene = Scene::default();
    let conn = scene.conn(1, 0);
    scene.sample.who.seen_from_start(conn);
    scene.plays("1 > 1 0 update 7 1 1 3 pAsLsXsFrw pFrw Fw 11 - => flush");
    scene.step("1 < 1 0 open");
    assert_eq!(state(&mut scene, 0), (SessionState::Open, false));
}

/// A client that asks for a session has none.
#[test]
fn asked_again() {
    let mut scene = Scene::with_cap();
    scene.plays("1 > 1 0 request_open => session-asked");
    assert_eq!((scene.replay.live(), scene.replay.lost().len()), (0, 1));
}

#[test]
fn stale_and_renewed() {
    let mut scene = Scene::with_cap();
    scene.plays("1 < 1 0 stale => session-stale");
    assert_eq!(state(&mut scene, 0), (SessionState::Stale, true));
    assert_eq!(scene.short(0), "7 p/p 1/1 3 auth");
    let step = scene.step("2 > 1 0 update 7 1 1 3 pAsLsXsFrw pFrw - 0 -");
    assert_eq!(step.oddity, Some(Oddity::StaleSessionUsed));
    let step = scene.step("2 > 1 0 update 7 1 1 3 p pFrw - 0 -");
    assert_eq!(step.oddity, None);
    // Caps that are issued again count as before.
    scene.plays("3 < 1 0 grant 7 2 0 3 pAsFr - - 0 - => granted");
    assert_eq!(scene.short(0), "7 pAsFr/pAsFr 2/1 3 auth");
    scene.plays(
        "4 > 1 0 request_renewcaps => nothing
         4 < 1 0 renewcaps => session-renewed
         4 < 1 0 renewcaps => nothing",
    );
    assert_eq!(scene.short(0), "7 pAsFr/pAsFr 2/1 3 auth");
    // The others do not, and what is added to them does not bring the old bits back.
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 < 1 0 stale => session-stale
         2 < 1 0 renewcaps => session-renewed",
    );
    assert_eq!(scene.short(0), "7 p/p 1/1 3 auth");
    scene.plays("3 < 1 0 issue 7 2 2 3 pAs - - 0 - => reissued");
    assert_eq!(scene.short(0), "7 pAs/pAs 2/2 3 auth");
}

/// Seq, issue_seq and mseq start from 0, and what is not told is gone.
#[test]
fn reconnect() {
    let mut scene = Scene::with_cap();
    scene.sample.add(1, "0.6 < 1 0 issue 8 4 4 2 pAsLs - - 0 -");
    let other = Event::Cap(scene.sample.events[0]);
    scene.replay.push(&other, &scene.sample.who);
    assert_eq!(caps(&scene, 0), 2);
    scene.plays(
        "1 < 1 0 revoke 7 2 0 3 pAsFr - - 0 - => revoked
         2 > 1 0 update 7 0 0 0 pAsFrw pFrw Fw 11 - => flush",
    );
    let step = scene.step("3 > 1 0 reassert 7 0 0 0 pAsFrw pFrw - 0 -");
    assert_eq!((step.branch, step.oddity), (Branch::Reasserted, None));
    assert_eq!(step.before.map(|held| held.issued), Some("pAsFr".parse().unwrap()));
    assert_eq!(scene.short(0), "7 pAsFrw/pAsFrw 0/0 0 auth");
    assert_eq!(state(&mut scene, 0).0, SessionState::Reconnecting);
    scene.plays(
        "3 > 1 0 reconnected more => nothing
         3 > 1 0 reconnected => reconnected
         4 < 1 0 open => session-opened
         5 < 1 0 grant 7 1 0 0 pAsFrw pFrw - 0 - => granted",
    );
    assert_eq!((state(&mut scene, 0), caps(&scene, 0)), ((SessionState::Open, true), 1));
    let [lost] = scene.replay.lost() else { panic!("{:?}", scene.replay.lost()) };
    assert_eq!((lost.ino, lost.how, lost.cap.cap_id), (InodeNo(1), Exit::NotReasserted, 8));
    assert_eq!((lost.known, lost.asked), (true, false));
    assert_eq!(scene.replay.oddities(), []);
}

/// With all caps told, a session is known from then on.
#[test]
fn reconnect_makes_known() {
    let mut scene = Scene::default();
    let step = scene.step("1 > 1 0 reassert 7 0 0 0 pAs - - 0 -");
    assert_eq!((step.branch, step.oddity), (Branch::ReassertedUnknown, None));
    scene.plays("1 > 1 0 reconnected => reconnected");
    assert_eq!(state(&mut scene, 0), (SessionState::Reconnected, true));
    // Again, and without a cap.
    scene.plays("2 > 1 0 reconnected => reconnected");
    assert_eq!((scene.replay.live(), scene.replay.lost().len()), (0, 1));
    let step = scene.step("3 > 1 0 reassert 9 0 0 0 pAs - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::StaleClientMessage { held: None }));
}

/// What stale caps were is not told.
#[test]
fn reconnect_of_stale() {
    let mut scene = Scene::with_cap();
    scene.plays("1 < 1 0 stale => session-stale");
    let step = scene.step("3 > 1 0 reassert 7 0 0 0 p pFrw - 0 -");
    assert_eq!(step.before.map(|held| held.issued), Some("p".parse().unwrap()));
}

/// A placeholder is told to the rank that came back instead of the importer that made the cap.
#[test]
fn importer_dies() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0) => export-replaces
         9 > 1 1 reassert 20 0 0 0 pAsLsXsFrw pFrw - 0 - => reasserted
         9 > 1 1 reconnected => reconnected
         9 < 1 1 grant 20 1 0 0 pAsLsXsFrw pFrw - 0 - => granted",
    );
    assert_eq!(scene.replay.oddities(), []);
}

/// Behind a hole, that a cap is not there says nothing; a new session is certain again.
#[test]
fn holes() {
    let mut scene = Scene::with_cap();
    let conn = scene.conn(1, 0);
    let at = |time: i64| Place { file: 0, frame: time as u64, time: Time(time * 1_000_000_000) };
    scene.sample.who.lost(conn, at(50));
    assert!(scene.step("49 < 1 0 grant 7 2 0 3 pAs - - 0 -").known);
    assert!(scene.replay.session(conn).unwrap().uncertain.is_none());
    scene.lines = 50;
    assert!(!scene.step("51 < 1 0 grant 7 3 0 3 pAs - - 0 -").known);
    assert_eq!(scene.replay.session(conn).unwrap().uncertain, Some(at(50)));
    scene.sample.who.lost(conn, at(55));
    scene.plays(
        "53 < 1 0 close => session-closed
         54 > 1 0 request_open => session-asked",
    );
    assert!(scene.step("54 < 1 0 open").known);
    scene.lines = 59;
    assert!(!scene.step("60 < 1 0 grant 7 2 0 3 pAs - - 0 -").known);
    assert_eq!(scene.replay.session(conn).unwrap().uncertain, Some(at(55)));
}
