//! The client from before an EXPORT named the imported cap.

use super::*;

fn old_with_cap() -> Scene {
    let mut scene = Scene::new(Mode::BeforeExportPeer);
    assert_eq!(scene.replay.mode(), Mode::BeforeExportPeer);
    for rank in 0..2 {
        scene.step(&format!("0.1 > 1 {rank} request_open"));
    }
    scene.step("0.5 < 1 0 issue 7 1 1 3 pAsLsXsFrw pFrw - 0 -");
    scene
}

/// No placeholder: the bits are remembered, and without an auth cap nothing can be flushed.
#[test]
fn export_then_import() {
    let mut scene = old_with_cap();
    scene.plays(
        "1 > 1 0 update 7 1 1 3 pAsLsXsFrw pFrw Fw 11 - => flush
         1 < 1 0 export 7 0 0 3 - - - 0 (20, 5, 4, 1, 0) => export-remembers",
    );
    assert_eq!((scene.short(0).as_str(), scene.short(1).as_str()), ("none", "none"));
    let conn = scene.conn(1, 0);
    let view = scene.replay.view(conn, INO).unwrap();
    assert_eq!(view.exporting_issued, "pAsLsXsFrw".parse().unwrap());
    assert_eq!(view.issued, view.exporting_issued);
    assert_eq!((view.has_auth, view.flushing), (false, "Fw".parse().unwrap()));
    scene.plays("2 < 1 1 import 20 5 0 4 pAs pFrw - 0 (7, 1, 3, 0, 1) => import-settles");
    assert_eq!(scene.short(1), "20 pAs/pAs 5/5 4 auth");
    let view = scene.replay.view(conn, INO).unwrap();
    assert!(view.exporting_issued.is_empty() && view.has_auth);
}

/// An IMPORT removes no other cap; which is newer tells the mseq.
#[test]
fn import_then_export() {
    let mut scene = old_with_cap();
    scene.plays("1 < 1 1 import 20 5 0 4 pAs pFrw - 0 (7, 1, 3, 0, 1) => import-beside");
    assert_eq!(scene.short(0), "7 pAsLsXsFrw/pAsLsXsFrw 1/1 3");
    assert_eq!(scene.short(1), "20 pAs/pAs 5/5 4 auth");
    scene.plays("2 < 1 0 export 7 0 0 3 - - - 0 (20, 5, 4, 1, 0) => export-forgets");
    assert_eq!(scene.short(0), "none");
    let conn = scene.conn(1, 0);
    assert!(scene.replay.view(conn, INO).unwrap().exporting_issued.is_empty());
}

#[test]
fn other_imports() {
    let mut scene = old_with_cap();
    scene.plays(
        "1 < 1 0 import 7 2 0 4 pAs pFrw - 0 (20, 1, 3, 1, 1) => import-updates
         2 < 1 0 export 9 0 0 4 - - - 0 (20, 5, 5, 1, 0) => export-remembers
         3 < 1 1 import 20 5 0 4 pAs pFrw - 0 (9, 1, 3, 0, 1) => import-alone
         4 < 1 0 export 9 0 0 4 - - - 0 (20, 5, 5, 1, 0) => export-ignored",
    );
    // An IMPORT that is not newer than the EXPORT leaves the bits remembered.
    let conn = scene.conn(1, 0);
    assert_eq!(scene.replay.view(conn, INO).unwrap().exporting_issued, "pAs".parse().unwrap());
}

/// Older messages are not told from newer ones.
#[test]
fn nothing_is_late() {
    let mut scene = old_with_cap();
    scene.plays(
        "1 < 1 0 revoke 7 1 0 3 pAs - - 0 - => revoked
         2 < 1 0 issue 7 1 1 3 pFr - - 0 - => reissued",
    );
    assert_eq!(scene.short(0), "7 pFr/pAsLsXsFrw 1/1 3 auth");
    // A cap that is not said to be the auth cap is none.
    scene.plays("3 < 1 0 replica 7 2 1 3 pFr - - 0 - => reissued");
    assert_eq!(scene.short(0), "7 pFr/pAsLsXsFrw 2/2 3");
}

/// When the importer dies, there is nothing to tell its successor.
#[test]
fn importer_dies() {
    for (mode, told) in [(Mode::Now, true), (Mode::BeforeExportPeer, false)] {
        let mut scene = Scene::new(mode);
        for rank in 0..2 {
            scene.step(&format!("0.1 > 1 {rank} request_open"));
        }
        scene.step("0.5 < 1 0 issue 7 1 1 3 pAsLsXsFrw pFrw - 0 -");
        scene.step("1 < 1 0 export 7 0 0 3 - - - 0 (20, 1, 4, 1, 0)");
        // It has no cap to flush with.
        let step = scene.step("2 > 1 1 update 20 0 0 4 pAsLsXsFrw pFrw Fw 5 -");
        assert_eq!(step.branch, if told { Branch::Flush } else { Branch::ToldStale });
        let step = scene.step("9 > 1 1 reassert 20 0 0 0 pAsLsXsFrw pFrw - 0 -");
        let branch = if told { Branch::Reasserted } else { Branch::ReassertMissing };
        assert_eq!((step.branch, step.before.is_some()), (branch, told));
        let step = scene.step("9 < 1 1 grant 20 1 0 0 pAsLsXsFrw pFrw - 0 -");
        assert_eq!(step.branch, if told { Branch::Granted } else { Branch::Ignored });
    }
}
