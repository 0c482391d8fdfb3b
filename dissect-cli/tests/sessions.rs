//! Sessions of recorded captures: what ranks counted, and what an outage cost.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(name)
}

/// What the program prints as JSON.
fn json(command: &str, capture: &Path) -> Value {
    let mut run = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    let out = run.args([command, "--format", "json"]).arg(capture).output().unwrap();
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{capture:?}: {e}"))
}

fn rows(of: &Value) -> &[Value] {
    of.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn every_count_that_a_rank_tells_is_that_of_the_messages_seen() {
    let mut counts = 0;
    for name in ["v1-healthy.pcap", "crc-healthy.pcap.zst", "crc-importer-crash.pcapng"] {
        let document = json("sessions", &recorded(name));
        for session in rows(&document["sessions"]) {
            assert_eq!(session["unseen"], 0, "{name}: {session}");
            let again = rows(&session["log"]).iter().any(|said| said["what"] == "reconnect");
            // The client tells how many it has got when it closes the session.
            let closes =
                rows(&session["log"]).iter().filter(|said| said["what"] == "request_close");
            for close in closes.filter(|_| !again) {
                assert_eq!(close["number"], session["counted_seen"], "{name}: {session}");
                counts += 1;
            }
        }
    }
    assert_eq!(counts, 10, "sessions that their clients closed");
}

#[test]
fn a_reconnect_tells_as_many_caps_as_its_message_has() {
    let capture = recorded("crc-importer-crash.pcapng");
    let mut run = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    let out = run.args(["events", "--format", "ndjson"]).arg(&capture).output().unwrap();
    let events: Vec<Value> = String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let document = json("reconnects", &capture);
    let reconnects = rows(&document["reconnects"]);
    assert!(!reconnects.is_empty());
    for row in reconnects {
        let told = events.iter().filter(|event| {
            event["source"] == "reconnect"
                && (&event["client"], &event["mds"]) == (&row["client"], &row["mds"])
        });
        assert_eq!(row["caps"], told.count() as u64, "{row}");
        assert!(row["opened"].is_object() && row["denied"].is_null(), "{row}");
        let order = ["last_word", "lost", "rank_left", "rank_reconnect", "told", "first_word"];
        let frames: Vec<_> = order.iter().map(|key| row[key]["frame"].as_u64()).collect();
        assert!(frames.iter().all(Option::is_some) && frames.is_sorted(), "{row}");
    }
}

/// 300 IMPORTs that were counted and never sent: which rank, which client, and since when.
#[test]
fn lost_imports_are_explained_by_the_count() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    let capture = dir.join("pacific-v1-large.pcap.zst");
    if !capture.exists() {
        eprintln!("skipped: {} is not there", capture.display());
        return;
    }
    let document = json("check", &capture);
    let findings = rows(&document["findings"]);
    let of = |code: &str| findings.iter().filter(move |f| f["code"] == code).collect::<Vec<_>>();
    let unseen = of("counted-not-seen");
    let [unseen] = unseen[..] else { panic!("{unseen:?}") };
    assert_eq!((&unseen["client"], &unseen["certainty"]), (&4150.into(), &"certain".into()));
    assert_eq!((&unseen["facts"]["unseen"], &unseen["facts"]["seen"]), (&300.into(), &0.into()));
    let lone = of("export-without-import");
    assert_eq!(lone.len(), 300);
    for finding in lone {
        assert_eq!((&finding["client"], &finding["importer"]), (&4150.into(), &2.into()));
        assert_eq!(finding["facts"]["cause"], "lost-before-session");
        assert_eq!(finding["facts"]["unseen"], 300);
    }
}
