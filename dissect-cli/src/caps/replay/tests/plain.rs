//! Caps that do not move.

use super::*;

#[test]
fn granted_revoked_given_up() {
    let mut scene = Scene::open();
    scene.plays(
        "1 < 1 0 issue 7 1 1 0 pAsLsXsFrw pFrw - 0 - => issued
         2 < 1 0 grant 7 2 0 0 pAsxLsXsFscrw pFrw - 0 - => granted",
    );
    assert_eq!(scene.short(0), "7 pAsxLsXsFscrw/pAsxLsXsFscrw 2/1 0 auth");
    scene.plays("3 < 1 0 revoke 7 3 0 0 pLs - - 0 - => revoked");
    assert_eq!(scene.short(0), "7 pLs/pAsxLsXsFscrw 3/1 0 auth");
    scene.plays("4 > 1 0 update 7 3 1 0 pLsFrw pFrw - 0 - => told");
    assert_eq!(scene.short(0), "7 pLs/pLsFrw 3/1 0 auth");
    assert_eq!(scene.cap(0).map(|held| held.wanted), Some("pFrw".parse().unwrap()));
    scene.plays(
        "5 > 1 0 update 7 3 1 0 pLs - - 0 - => told
         6 < 1 0 issue 7 4 1 0 pLsFscr pFr - 0 - => reissued",
    );
    assert_eq!(scene.short(0), "7 pLsFscr/pLsFscr 4/4 0 auth");
    scene.plays("7 > 1 0 give_up 7 4 4 0 pFscr - - 0 - => given-up");
    assert_eq!(scene.short(0), "7 pFscr/pFscr 4/4 0 auth");
    assert_eq!(scene.replay.oddities(), []);
    scene.plays("8 > 1 0 cap_release 7 0 4 0 - - - 0 - => released");
    assert_eq!(scene.short(0), "none");
    assert_eq!(scene.replay.live(), 0);
}

/// What the client said before it read the REVOKE does not answer it.
#[test]
fn crossing() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 < 1 0 revoke 7 2 0 3 pAs - - 0 - => revoked
         2 > 1 0 update 7 1 1 3 pAsLsFrw pFrw - 0 - => told",
    );
    assert_eq!(scene.short(0), "7 pAs/pAsLsFrw 2/1 3 auth");
    scene.plays("3 > 1 0 update 7 2 1 3 pAs pFrw - 0 - => told");
    assert_eq!(scene.short(0), "7 pAs/pAs 2/1 3 auth");
    assert_eq!(scene.replay.oddities(), []);
}

#[test]
fn nothing_is_held() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 > 1 0 cap_release 7 0 1 3 - - - 0 - => released
         1 < 1 0 grant 7 2 0 0 pAs - - 0 - => ignored
         2 < 1 0 trunc 7 2 0 0 pAs - - 0 - => ignored
         3 < 1 0 flush_ack 7 2 0 0 pAs - Fw 9 - => ignored
         4 > 1 0 renew 7 2 0 0 pAs - - 0 - => nothing",
    );
    assert_eq!(scene.replay.live(), 0);
    let step = scene.step("5 > 1 0 update 7 1 1 0 pAs - - 0 -");
    assert_eq!(step.branch, Branch::ToldStale);
    assert_eq!(step.oddity, Some(Oddity::StaleClientMessage { held: None }));
}

/// Nothing seemed to be missed, but a cap is there whose beginning was not seen. A client that does not know it
/// gives it back at once; one that uses it shows that not all was seen.
#[test]
fn never_seen_coming() {
    let mut scene = Scene::open();
    scene.plays(
        "1 < 1 0 grant 7 2 0 0 pAs - - 0 - => assumed
         2 > 1 0 cap_release 7 0 2 0 - - - 0 - => released",
    );
    let conn = scene.conn(1, 0);
    assert!(scene.replay.session(conn).unwrap().known);
    scene.plays("3 > 1 0 update 9 1 1 0 pAs - - 0 - => assumed");
    assert!(!scene.replay.session(conn).unwrap().known);
    assert_eq!(scene.replay.oddities(), []);
}

/// A capture that begins in the middle.
#[test]
fn assumed() {
    let mut scene = Scene::default();
    let step = scene.step("1 > 1 0 update 7 5 2 1 pAsLsXsFrw pFrw - 0 -");
    assert_eq!((step.branch, step.known, step.oddity), (Branch::Assumed, false, None));
    assert_eq!(scene.short(0), "7 pAsLsXsFrw/pAsLsXsFrw 5/2 1 auth");
    let step = scene.step("2 < 1 1 revoke 8 3 0 1 pAs - - 0 -");
    assert_eq!((step.branch, step.known), (Branch::Assumed, false));
    // The inode has an auth cap already.
    assert_eq!(scene.short(1), "8 pAs/pAs 3/3 1");
    assert_eq!(scene.cap(1).map(|held| held.origin), Some(Origin::Assumed));
    scene.plays(
        "3 < 1 0 trunc 7 6 0 1 pAs - - 0 - => nothing
         4 > 1 1 update 8 3 1 1 pAsFr - - 0 - => told",
    );
    // What it still uses of what was asked back.
    assert_eq!(scene.short(1), "8 pAs/pAsFr 3/1 1");
}

#[test]
fn seq_gap() {
    let mut scene = Scene::with_cap();
    let step = scene.step("1 < 1 0 grant 7 3 0 3 pAs - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::SeqGap { held: scene_seq(1) }));
    let step = scene.step("2 < 1 0 issue 7 9 0 3 pAs - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::SeqGap { held: scene_seq(3) }));
    let step = scene.step("3 > 1 0 update 7 12 9 3 pAs - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::SeqGap { held: scene_seq(9) }));
    assert_eq!(scene.short(0), "7 pAs/pAs 12/9 3 auth");
    // It counts on where the client dropped the cap and the rank did not know.
    scene.plays("4 > 1 0 cap_release 7 0 9 3 - - - 0 - => released");
    let step = scene.step("5 < 1 0 issue 7 14 0 3 pAs - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::SeqGap { held: scene_seq(12) }));
    let gone = step.gone.map(|Gone { cap_id, how, .. }| (cap_id, how));
    assert_eq!(gone, Some((7, Exit::Released)));
    let kinds = Oddity::SeqGap { held: scene_seq(0) };
    assert_eq!(scene.replay.oddities_like(kinds), 4);
    assert_eq!(scene.replay.oddities().len(), 4);
}

/// Only of a cap that came by EXPORT may a message be late.
#[test]
fn seq_steps_back() {
    for (line, branch) in [
        ("1 < 1 0 grant 7 1 0 3 pAs - - 0 -", Branch::Late),
        ("1 < 1 0 issue 7 0 0 3 pAs - - 0 -", Branch::Late),
        ("1 < 1 0 import 7 1 0 4 pAs - - 0 -", Branch::ImportLate),
    ] {
        let mut scene = Scene::with_cap();
        let step = scene.step(line);
        assert_eq!(step.branch, branch);
        assert_eq!(step.oddity, Some(Oddity::SeqGap { held: scene_seq(1) }), "{line}");
        assert_eq!(scene.short(0), "7 pAsLsXsFrw/pAsLsXsFrw 1/1 3 auth");
    }
}

fn scene_seq(seq: u32) -> ceph_codec::types::Seq {
    ceph_codec::types::Seq(seq)
}

#[test]
fn mseq_steps_back() {
    let mut scene = Scene::with_cap();
    let step = scene.step("1 < 1 0 grant 7 2 0 2 pAs - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::MseqRegression { held: scene_seq(3) }));
}

/// As after a message that is not in the capture: the new cap is taken, so that it is told once.
#[test]
fn another_cap_id() {
    for op in ["grant", "revoke", "issue"] {
        let mut scene = Scene::with_cap();
        let step = scene.step(&format!("1 < 1 0 {op} 9 4 0 4 pAs - - 0 -"));
        assert_eq!(step.oddity, Some(Oddity::CapIdChanged { held: 7 }), "{op}");
        assert_eq!(scene.short(0), "9 pAs/pAs 4/4 4 auth");
        let step = scene.step(&format!("2 < 1 0 {op} 9 5 0 4 pAs - - 0 -"));
        assert_eq!(step.oddity, None, "{op}");
    }
    let mut scene = Scene::with_cap();
    let step = scene.step("1 > 1 0 update 9 1 1 3 pAs - - 0 -");
    assert_eq!(step.branch, Branch::ToldStale);
    assert_eq!(step.oddity, Some(Oddity::StaleClientMessage { held: Some(7) }));
    assert_eq!(step.before, step.after);
}

/// The cap was dropped, and came again before the release was sent.
#[test]
fn released_before() {
    let mut scene = Scene::with_cap();
    scene.plays("1 < 1 0 issue 7 2 1 3 pAsFscr pFr - 0 - => reissued");
    assert_eq!(scene.short(0), "7 pAsFscr/pAsLsXsFscrw 2/2 3 auth");
    let step = scene.step("2 > 1 0 cap_release 7 0 1 3 - - - 0 -");
    assert_eq!(step.branch, Branch::ReleasedBefore);
    assert_eq!(step.oddity, Some(Oddity::ReleaseIgnored { issued: scene_seq(2) }));
    // Bits of the dropped cap are gone with it.
    assert_eq!(scene.short(0), "7 pAsFscr/pAsFscr 2/2 3 auth");
}

#[test]
fn released_twice() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 > 1 0 cap_release 7 0 1 3 - - - 0 - => released
         2 > 1 0 cap_release 7 0 2 3 - - - 0 - => released-gone",
    );
    assert_eq!(scene.replay.oddities(), []);
    let step = scene.step("3 > 1 0 cap_release 8 0 1 3 - - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::StaleClientMessage { held: None }));
}

#[test]
fn flushes() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 > 1 0 update 7 1 1 3 pAsLsXsFrw pFrw Fw 11 - => flush
         2 > 1 0 flush 7 1 1 3 pAsLsXsFrw pFrw Fw 11 - => flush-again
         3 > 1 0 flushsnap 0 0 0 0 pAsLsXsFrw - Fw 12 - => flush-snap
         4 > 1 0 flushsnap 0 0 0 0 pAsLsXsFrw - Fw 12 - => flush-again
         5 > 1 0 flush 7 1 1 3 pAsLsXsFrw pFrw Ax 13 - => flush",
    );
    let conn = scene.conn(1, 0);
    let tids = |scene: &Scene| -> Vec<(u64, u64, u64)> {
        let all = scene.replay.flushing(conn, INO);
        all.map(|flush| (flush.tid, flush.first.frame, flush.last.frame)).collect()
    };
    assert_eq!(tids(&scene), [(13, 10, 10), (12, 8, 9), (11, 6, 7)]);
    let view = scene.replay.view(conn, INO).unwrap();
    assert_eq!(view.flushing, "AxFw".parse().unwrap());
    assert_eq!((view.flushing_to, view.auth), (Some(Rank(0)), Some(Rank(0))));
    scene.plays(
        "6 < 1 0 flush_ack 7 1 0 0 pAs - Fw 10 - => ack-unmatched
         7 < 1 0 flush_ack 7 1 0 0 pAs - Ax 13 - => flushed",
    );
    // It says the same of all before, but for snapshots.
    assert_eq!(tids(&scene), [(12, 8, 9)]);
    // A cap is not needed for those.
    scene.plays(
        "8 > 1 0 cap_release 7 0 1 3 - - - 0 - => released
         9 < 1 0 flushsnap_ack 0 0 0 0 - - Fw 11 - => ack-unmatched
         9 < 1 0 flushsnap_ack 0 0 0 0 - - Fw 12 - => snap-flushed",
    );
    assert_eq!(tids(&scene), []);
    assert_eq!(scene.replay.view(conn, INO), None);
    assert_eq!(scene.replay.oddities(), []);
}

/// What the messenger delivers again changes nothing.
#[test]
fn replayed() {
    let mut scene = Scene::with_cap();
    let before = scene.short(0);
    for line in ["1 < 1 0 revoke 7 2 0 3 p - - 0 -", "1 < 1 0 close", "1 > 1 0 reconnected"] {
        let event = match scene.event(line) {
            Event::Cap(event) => Event::Cap(CapEvent { replayed: true, ..event }),
            Event::Session(SessionEvent { at, op, .. }) => Event::Session(SessionEvent {
                at: At { replayed: true, ..at },
                op,
                seq: 0,
                max_caps: 0,
                blocklisted: false,
            }),
            Event::Reconnect(ReconnectEvent { at, .. }) => {
                let at = At { replayed: true, ..at };
                Event::Reconnect(ReconnectEvent { at, caps: 0, more: false })
            }
            event => event,
        };
        let step = scene.replay.push(&event, &scene.sample.who).unwrap();
        assert_eq!(step.branch, Branch::Replayed);
        assert_eq!(scene.short(0), before);
    }
}

/// Further caps are not taken, and absence says nothing any more.
#[test]
fn too_many() {
    let limits = Limits { max_caps: 1, max_oddities: 1, max_gone: 1, ..Limits::default() };
    let mut scene = Scene { replay: Replay::new(Mode::Now, limits), ..Scene::default() };
    scene.plays(
        "1 > 1 0 request_open => session-asked
         2 > 1 1 request_open => session-asked
         3 < 1 0 issue 7 1 1 3 pAs - - 0 - => issued",
    );
    let step = scene.step("4 < 1 1 replica 8 1 1 3 pAs - - 0 -");
    assert_eq!((step.known, step.after), (true, None));
    assert_eq!((scene.replay.live(), scene.replay.untaken()), (1, 1));
    let step = scene.step("5 < 1 1 grant 8 2 1 3 pAs - - 0 -");
    assert_eq!((step.known, step.branch, step.after), (false, Branch::Assumed, None));
    scene.plays(
        "6 < 1 0 grant 7 9 0 3 pAs - - 0 - => granted
         6 < 1 0 grant 7 19 0 3 pAs - - 0 - => granted",
    );
    assert_eq!(scene.replay.oddities().len(), 1);
    assert_eq!(scene.replay.oddities_like(Oddity::SeqGap { held: scene_seq(0) }), 2);
}

/// About 230 bytes a cap, its places in the tables included: see the page on limits.
#[test]
fn sizes() {
    use super::super::store::{Cap, Node};
    assert!(size_of::<Cap>() <= 120, "{}", size_of::<Cap>());
    assert!(size_of::<Node>() <= 64, "{}", size_of::<Node>());
}

/// One inode held by thousands of clients, and thousands of inodes by one: nothing is walked that need not be.
#[test]
fn many() {
    let mut scene = Scene::default();
    for client in 1..3000 {
        scene.step(&format!("1 < {client} 0 issue 7 1 1 3 pAs - - 0 -"));
    }
    assert_eq!(scene.replay.holders(INO).count(), 2999);
    let conn = scene.conn(5, 0);
    for ino in 2..3000 {
        let event = scene.sample.event(InodeNo(ino), "2 < 5 0 issue 7 1 1 3 pAs - - 0 -").unwrap();
        scene.replay.push(&Event::Cap(event), &scene.sample.who);
    }
    assert_eq!(scene.replay.session(conn).unwrap().caps, 2999);
    scene.step("3 < 5 0 close");
    assert_eq!((scene.replay.live(), scene.replay.lost_total()), (2998, 2999));
    assert_eq!(scene.replay.caps_of_session(conn).count(), 0);
    assert!(scene.replay.holders(INO).all(|holding| holding.client != Some(5)));
}
