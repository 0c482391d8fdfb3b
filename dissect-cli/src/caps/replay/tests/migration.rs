//! Caps that move, for a client of today.

use ceph_codec::types::Seq;

use super::super::Other;
use super::*;

/// The placeholder: the exporter's bits, nothing wanted, one before the IMPORT's seq.
#[test]
fn export_then_import() {
    let mut scene = Scene::with_cap();
    let step = scene.step("1 < 1 0 export 7 0 0 3 - - - 0 (20, 5, 4, 1, 0)");
    assert_eq!(step.branch, Branch::ExportReplaces);
    assert_eq!((step.before.map(|held| held.cap_id), step.after), (Some(7), None));
    assert_eq!(scene.short(1), "20 pAsLsXsFrw/pAsLsXsFrw 4/4 4 auth");
    let placeholder = scene.cap(1).unwrap();
    assert_eq!(placeholder.origin, Origin::Placeholder);
    assert!(placeholder.wanted.is_empty());
    let other = Other { mds: Rank(1), before: None, after: Some(placeholder) };
    assert_eq!((step.other, step.oddity), (Some(other), None));

    // Before the IMPORT nothing takes bits away, and the numbers stay.
    scene.plays(
        "2 < 1 1 grant 20 4 0 3 pAs - - 0 - => late
         2 < 1 1 issue 20 3 0 3 pAsFc pFc - 0 - => late",
    );
    assert_eq!(scene.short(1), "20 pAsLsXsFcrw/pAsLsXsFcrw 4/4 4 auth");
    assert_eq!(scene.cap(1).map(|held| held.origin), Some(Origin::Placeholder));

    scene.plays("3 < 1 1 import 20 5 0 4 pAsLsXsFr pFrw - 0 (7, 1, 3, 0, 1) => import-replaces");
    // Bits that the IMPORT takes stay implemented until the client has said that they are gone.
    assert_eq!(scene.short(1), "20 pAsLsXsFr/pAsLsXsFcrw 5/5 4 auth");
    let held = scene.cap(1).unwrap();
    assert_eq!((held.origin, held.wanted), (Origin::Imported, "pFcrw".parse().unwrap()));
    assert_eq!(scene.replay.oddities(), []);
    assert_eq!(scene.replay.live(), 1);
}

#[test]
fn import_then_export() {
    let mut scene = Scene::with_cap();
    let step = scene.step("1 < 1 1 import 20 1 0 4 pAsLsXsFrw pFrw - 0 (7, 1, 3, 0, 1)");
    assert_eq!((step.branch, step.oddity), (Branch::ImportFirst, None));
    assert_eq!(step.other.map(|other| (other.mds, other.after)), Some((Rank(0), None)));
    assert_eq!(scene.short(0), "none");
    assert_eq!(scene.short(1), "20 pAsLsXsFrw/pAsLsXsFrw 1/1 4 auth");
    let step = scene.step("2 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
    assert_eq!((step.branch, step.oddity), (Branch::ExportAfterImport, None));
    assert_eq!(step.gone.map(|gone| gone.how), Some(Exit::Imported));
    assert_eq!(scene.short(1), "20 pAsLsXsFrw/pAsLsXsFrw 1/1 4 auth");
}

/// The exporter is told by a release, which the client sends later.
#[test]
fn import_asks_for_a_release() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 < 1 1 import 20 1 0 3 pAs - - 0 (7, 9, 9, 0, 2) => import-first-release
         2 > 1 0 cap_release 7 0 1 3 - - - 0 - => released-gone",
    );
    // Without the AUTH flag nobody looks at the peer's numbers.
    let of = scene.replay.oddities().iter().map(|(_, oddity)| *oddity);
    assert_eq!(of.collect::<Vec<_>>(), [Oddity::MseqRegression { held: Seq(3) }]);
    // With an mseq that is not newer it did not become the auth cap, and the old one is gone.
    assert_eq!(scene.short(1), "20 pAs/pAs 1/1 3");
    let conn = scene.conn(1, 1);
    assert!(!scene.replay.view(conn, INO).unwrap().has_auth);
}

#[test]
fn peer_mismatch() {
    for (peer, differs) in [("7, 1, 3", false), ("7, 2, 3", true), ("7, 1, 4", true)] {
        let mut scene = Scene::with_cap();
        let line = format!("1 < 1 1 import 20 1 0 4 pAs - - 0 ({peer}, 0, 1)");
        let mismatch = Oddity::PeerMismatch { seq: Seq(1), mseq: Seq(3) };
        assert_eq!(scene.step(&line).oddity, differs.then_some(mismatch), "{peer}");
        assert_eq!(scene.short(0), "none");
    }
}

/// The exporter's cap has another id than the IMPORT says: it stays.
#[test]
fn import_beside() {
    let mut scene = Scene::with_cap();
    scene.plays("1 < 1 1 import 20 1 0 4 pAs - - 0 (6, 1, 3, 0, 1) => import-beside");
    assert_eq!(scene.short(0), "7 pAsLsXsFrw/pAsLsXsFrw 1/1 3");
    assert_eq!(scene.short(1), "20 pAs/pAs 1/1 4 auth");
}

/// A client that does not know the inode gives the cap back at once.
#[test]
fn import_alone() {
    let mut scene = Scene::open();
    scene.plays(
        "1 < 1 1 import 20 1 0 4 pAs - - 0 (7, 1, 3, 0, 1) => import-alone
         2 > 1 1 cap_release 20 0 1 4 - - - 0 - => released",
    );
    assert_eq!(scene.replay.oddities(), []);
}

#[test]
fn import_again() {
    let mut scene = Scene::with_cap();
    scene.plays("1 < 1 1 import 20 5 0 4 pAsLsXsFrw pFrw - 0 (7, 1, 3, 0, 1) => import-first");
    let first = scene.cap(1).unwrap().since;
    let step = scene.step("2 < 1 1 import 20 5 0 4 pAs - - 0 (7, 1, 3, 0, 1)");
    assert_eq!(step.branch, Branch::ImportLate);
    assert_eq!(step.oddity, Some(Oddity::Repeated { first }));
    scene.plays("3 < 1 1 import 20 4 0 2 pAsFc - - 0 (7, 1, 3, 0, 1) => import-late");
    // Bits are added, numbers stay.
    assert_eq!(scene.short(1), "20 pAsLsXsFcrw/pAsLsXsFcrw 5/5 4 auth");
    scene.plays("4 < 1 1 import 20 6 0 5 pAs - - 0 (9, 1, 3, 0, 1) => import-updates");
    assert_eq!(scene.short(1), "20 pAs/pAsLsXsFcrw 6/6 5 auth");
    let step = scene.step("5 < 1 1 import 20 8 0 6 pAs - - 0 (9, 1, 3, 0, 1)");
    assert_eq!(step.oddity, Some(Oddity::SeqGap { held: Seq(6) }));
}

/// The target has given the client a cap before: it takes over bits, seq and auth, and keeps its mseq.
#[test]
fn export_to_a_holder() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 < 1 1 replica 20 4 4 0 pAsXx - - 0 - => issued
         1.5 > 1 0 update 7 1 1 3 pAsLsXsFrw pFrw Fw 11 - => flush",
    );
    assert_eq!(scene.short(1), "20 pAsXx/pAsXx 4/4 0");
    let conn = scene.conn(1, 1);
    let mut moved = Scene::with_cap();
    moved.plays("1 < 1 1 replica 20 4 4 0 pAsXx - - 0 - => issued");

    scene.plays("2 < 1 0 export 7 0 0 3 - - - 0 (20, 6, 4, 1, 0) => export-updates");
    assert_eq!(scene.short(1), "20 pAsLsXsxFrw/pAsLsXsxFrw 5/5 0 auth");
    // What was flushed to the exporter has to be flushed to the target.
    assert_eq!(scene.replay.view(conn, INO).unwrap().flushing_to, Some(Rank(1)));
    scene.plays(
        "3 < 1 1 import 20 6 0 4 pAsLs pFrw - 0 (7, 1, 3, 0, 1) => import-updates
         4 > 1 1 update 20 6 6 4 pAsLs pFrw Fw 11 - => flush-again
         5 < 1 0 flush_ack 7 1 0 0 pAs - Fw 11 - => ignored
         6 < 1 1 flush_ack 20 6 0 0 pAs - Fw 11 - => flushed",
    );
    let odd: Vec<Oddity> = scene.replay.oddities().iter().map(|(_, oddity)| *oddity).collect();
    assert!(matches!(odd[..], [Oddity::AfterExport { .. }]), "{odd:?}");

    // An equal seq is not older, and another id is another cap.
    for peer in ["20, 4", "20, 3", "21, 9"] {
        let mut scene = Scene::with_cap();
        scene.plays("1 < 1 1 replica 20 4 4 0 pAsXx - - 0 - => issued");
        let line = format!("2 < 1 0 export 7 0 0 3 - - - 0 ({peer}, 4, 1, 0)");
        assert_eq!(scene.step(&line).branch, Branch::ExportLeaves);
        assert_eq!(scene.short(1), "20 pAsXx/pAsXx 4/4 0");
        assert_eq!(scene.short(0), "none");
    }
}

/// A placeholder is the auth cap if the exported one was, and only then.
#[test]
fn export_of_a_replica() {
    let mut scene = Scene::open();
    scene.plays(
        "1 < 1 0 replica 7 1 1 0 pAs - - 0 - => issued
         2 < 1 0 export 7 0 0 0 - - - 0 (20, 1, 0, 1, 0) => export-replaces",
    );
    assert_eq!(scene.short(1), "20 pAs/pAs 0/0 0");
    // Nor if the peer's mseq is not newer, as for a cap handed on in rejoin.
    let mut scene = Scene::with_cap();
    scene.plays("2 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 3, 1, 0) => export-replaces");
    assert_eq!(scene.short(1), "20 pAsLsXsFrw/pAsLsXsFrw 0/0 3");
}

#[test]
fn export_of_nothing() {
    let mut scene = Scene::with_cap();
    let step = scene.step("1 < 1 0 export 6 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
    assert_eq!(step.branch, Branch::ExportIgnored);
    assert_eq!(step.oddity, Some(Oddity::StaleExport { held: Some(7) }));
    let step = scene.step("2 < 1 1 export 20 0 0 3 - - - 0 (30, 1, 4, 0, 0)");
    assert_eq!(step.oddity, Some(Oddity::StaleExport { held: None }));
    // A cap that the client dropped meanwhile.
    scene.plays(
        "3 > 1 0 cap_release 7 0 1 3 - - - 0 - => released
         4 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0) => export-ignored",
    );
    assert_eq!(scene.replay.oddities().len(), 2);
    assert_eq!(scene.replay.live(), 0);
}

#[test]
fn export_twice() {
    let mut scene = Scene::with_cap();
    let line = "1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)";
    scene.step(line);
    let first = Place { file: 0, frame: 6, time: Time(1_000_000_000) };
    let step = scene.step(line);
    assert_eq!(
        (step.branch, step.oddity),
        (Branch::ExportIgnored, Some(Oddity::Repeated { first }))
    );
    assert_eq!(scene.short(1), "20 pAsLsXsFrw/pAsLsXsFrw 0/0 4 auth");
}

#[test]
fn export_to_nowhere() {
    for peer in ["(0, 0, 0, -1, 0)", "(20, 1, 4, -1, 0)", "(0, 0, 0, 1, 0)", "-"] {
        let mut scene = Scene::with_cap();
        let step = scene.step(&format!("1 < 1 0 export 7 0 0 3 - - - 0 {peer}"));
        assert_eq!((step.branch, step.after), (Branch::ExportToNowhere, None), "{peer}");
        assert_eq!(scene.replay.live(), 0);
    }
}

#[test]
fn after_export() {
    for op in ["grant", "revoke", "issue"] {
        let mut scene = Scene::with_cap();
        scene.step("1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
        let export = Place { file: 0, frame: 6, time: Time(1_000_000_000) };
        let step = scene.step(&format!("2 < 1 0 {op} 7 2 0 3 pAs - - 0 -"));
        assert_eq!(step.oddity, Some(Oddity::AfterExport { export }), "{op}");
    }
    // Another cap is a new one.
    let mut scene = Scene::with_cap();
    scene.step("1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
    let step = scene.step("2 < 1 0 replica 8 1 0 3 pAs - - 0 -");
    assert_eq!((step.branch, step.oddity), (Branch::Issued, None));
}

#[test]
fn placeholder_used() {
    let mut scene = Scene::with_cap();
    scene.step("1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
    let step = scene.step("2 > 1 1 update 20 0 0 4 pAs - - 0 -");
    assert_eq!((step.branch, step.oddity), (Branch::Told, Some(Oddity::PlaceholderUsed)));
    assert_eq!(scene.short(1), "20 pAs/pAs 0/0 4 auth");
    // And the cap that it stands for was the exporter's.
    let step = scene.step("3 > 1 0 update 7 1 1 3 pAs - - 0 -");
    assert_eq!(step.oddity, Some(Oddity::StaleClientMessage { held: None }));
}

/// Without a session with the target the client opens one; the placeholder is there before it.
#[test]
fn target_session() {
    let mut scene = Scene::default();
    scene.step("0.1 > 1 0 request_open");
    scene.step("0.5 < 1 0 issue 7 1 1 3 pAsLsXsFrw pFrw - 0 -");
    let step = scene.step("1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
    assert_eq!(step.oddity, Some(Oddity::TargetSessionMissing));
    scene.plays(
        "2 > 1 1 request_open => session-asked
         3 < 1 1 open => session-opened",
    );
    assert_eq!(scene.short(1), "20 pAsLsXsFrw/pAsLsXsFrw 0/0 4 auth");
    assert_eq!(scene.replay.lost_total(), 0);
}

/// From before the capture: nothing is known of the bits, but where the cap is.
#[test]
fn unknown_cap_moves() {
    let mut scene = Scene::default();
    let step = scene.step("1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
    assert_eq!((step.branch, step.before, step.oddity), (Branch::ExportReplaces, None, None));
    assert_eq!(scene.short(1), "20 p/p 0/0 4 auth");
    scene.plays("2 < 1 1 import 20 1 0 4 pAs - - 0 (7, 1, 3, 0, 1) => import-replaces");
    let mut scene = Scene::default();
    scene.plays(
        "1 < 1 1 import 20 1 0 4 pAs - - 0 (7, 1, 3, 0, 1) => import-alone
         2 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0) => export-after-import
         3 < 1 0 export 8 0 0 3 - - - 0 (0, 0, 0, -1, 0) => export-ignored",
    );
    assert_eq!(scene.replay.oddities(), []);
    assert_eq!(scene.short(1), "20 pAs/pAs 1/1 4 auth");
}

/// What the authority asks back is not issued, whatever another rank's cap says.
#[test]
fn inode_wide() {
    let mut scene = Scene::with_cap();
    scene.plays(
        "1 < 1 1 replica 20 1 1 0 pAsLsFc - - 0 - => issued
         2 < 1 0 revoke 7 2 0 3 pAsFrw - - 0 - => revoked",
    );
    let conn = scene.conn(1, 1);
    let view = scene.replay.view(conn, INO).unwrap();
    assert_eq!(view.issued, "pAsFcrw".parse().unwrap());
    assert_eq!(view.implemented, "pAsLsXsFcrw".parse().unwrap());
    assert_eq!((view.auth, view.has_auth), (Some(Rank(0)), true));
    let holders: Vec<_> =
        scene.replay.holders(INO).map(|h| (h.client, h.mds, h.held.cap_id)).collect();
    assert_eq!(holders, [(Some(1), Some(Rank(1)), 20), (Some(1), Some(Rank(0)), 7)]);
    assert_eq!(scene.replay.caps_of(conn, INO).count(), 2);
}
