//! The stories of the client's ways, and of what should not come: the replay goes the way that the story is
//! named after, and sees what is amiss there, and nothing anywhere else.

mod common;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::ops::ControlFlow;

use ceph_dissect::capture::{Capture, Limits};
use ceph_dissect::pipeline::{News, Pipeline};
use fixtures::pcap;
use fixtures::scenes::{self, Named};

/// The ways of one story, and what was amiss on them, in the words of the library.
fn walked(named: &Named) -> (BTreeSet<String>, BTreeSet<String>) {
    let file = pcap::write(&named.story().packets, &pcap::Options::default());
    let reader: Box<dyn std::io::Read + Send> = Box::new(Cursor::new(file));
    let readers = [(named.name.to_owned(), reader)];
    let mut capture = Capture::from_readers(readers, Limits::default());
    let (mut ways, mut amiss) = (BTreeSet::new(), BTreeSet::new());
    let mut pipeline = Pipeline::default();
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, _| {
        let News::Event(_, Some(step), _) = news else { return };
        ways.insert(format!("{:?}", step.branch));
        // Without what it names.
        let oddity = step.oddity.map(|oddity| format!("{oddity:?}"));
        amiss.extend(oddity.iter().filter_map(|text| text.split(' ').next()).map(str::to_owned));
    });
    (ways, amiss)
}

/// What each story is for.
const WAYS: &[(&str, &[&str])] = &[
    ("whole-life", &["Issued", "Revoked", "Granted", "GivenUp", "Released", "Flush", "Flushed"]),
    ("whole-life", &["ExportReplaces", "ImportReplaces", "ImportFirst", "ExportAfterImport"]),
    ("importer-crash-peer", &["ExportReplaces", "Reasserted", "Reconnected"]),
    ("importer-crash-no-peer", &["ExportToNowhere", "Reconnected"]),
    ("export-not-held", &["ExportIgnored", "ImportAlone"]),
    ("export-target-older", &["ExportUpdates", "ImportUpdates"]),
    ("export-target-newer", &["ExportLeaves", "ImportUpdates"]),
    ("export-target-other-id", &["ExportLeaves", "ImportUpdates"]),
    ("export-nowhere", &["ExportToNowhere"]),
    ("export-nowhere-dirty", &["ExportToNowhere"]),
    ("export-opens-session", &["ExportReplaces", "ImportReplaces", "SessionAsked"]),
    ("import-release", &["ImportFirstRelease"]),
    ("import-auth", &["ImportFirst", "ExportAfterImport"]),
    ("import-after-placeholder", &["ExportReplaces", "ImportReplaces"]),
    ("import-after-export", &["ExportReplaces", "ImportReplaces"]),
    ("import-older-seq", &["ImportFirst"]),
    ("import-unknown-inode", &["ImportAlone"]),
    ("grant-unknown-inode", &["Ignored", "ReleasedGone"]),
    ("late-grant", &["ExportReplaces", "Late", "ImportReplaces"]),
    ("flush-again", &["Flush", "FlushAgain", "Flushed"]),
    ("flushsnap", &["FlushSnap", "SnapFlushed"]),
    ("session-stale", &["SessionStale", "SessionRenewed"]),
    ("session-gone", &["SessionClosed", "SessionAsked"]),
    ("session-reject", &["SessionRejected"]),
    ("rank-restarts", &["Reasserted", "Reconnected"]),
    ("release-ignored", &["ReleasedBefore"]),
    ("stale-client-message", &["ToldStale"]),
    ("cap-lost-at-reconnect", &["Reconnected"]),
];

/// What is amiss in stories; nothing is in those above that are not here.
const AMISS: &[(&str, &[&str])] = &[
    ("export-target-other-id", &["CapIdChanged"]),
    ("export-opens-session", &["TargetSessionMissing"]),
    ("import-after-placeholder", &["PlaceholderUsed"]),
    ("import-older-seq", &["SeqGap"]),
    ("exporter-seq-mismatch", &["PeerMismatch"]),
    ("mseq-regression", &["MseqRegression"]),
    ("duplicate-import", &["Repeated"]),
    ("duplicate-export", &["Repeated"]),
    ("stale-export", &["StaleExport"]),
    ("seq-gap", &["SeqGap"]),
    ("seq-step-back", &["SeqGap"]),
    ("stale-client-message", &["StaleClientMessage"]),
    ("message-after-export", &["AfterExport"]),
    ("target-session-missing", &["TargetSessionMissing"]),
    ("cap-id-changed", &["CapIdChanged"]),
    ("release-ignored", &["ReleaseIgnored"]),
    ("stale-session-used", &["StaleSessionUsed"]),
];

#[test]
fn each_story_goes_its_way() {
    let mut faults = Vec::new();
    for (name, want) in WAYS {
        let (ways, _) = walked(scenes::named_story(name));
        for way in want.iter().filter(|way| !ways.contains(**way)) {
            faults.push(format!("{name}: not {way} but {ways:?}"));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn what_is_amiss_is_seen_and_nothing_else() {
    let mut faults = Vec::new();
    for name in WAYS.iter().chain(AMISS).map(|(name, _)| *name).collect::<BTreeSet<_>>() {
        let (_, amiss) = walked(scenes::named_story(name));
        let want = AMISS.iter().find(|row| row.0 == name).map_or(&[][..], |(_, want)| want);
        if !amiss.iter().map(String::as_str).eq(want.iter().copied()) {
            faults.push(format!("{name}: {amiss:?}, and not {want:?}"));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
