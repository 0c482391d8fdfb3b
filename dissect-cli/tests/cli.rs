//! The program itself: what it prints, and how it ends.

#[path = "common/program.rs"]
mod program;

use std::io::Read;
use std::process::{Command, Stdio};

use fixtures::pcap::{Options, write};
use fixtures::scenes;
use serde_json::Value;

use program::{RECORDED, check, code, dir, events, file, pcap, run, said, text};

#[test]
fn the_status_says_whether_something_certain_was_found() {
    let dir = dir("status");
    for story in scenes::all() {
        let path = file(&dir, story.name, &write(&story.story().packets, &Options::default()));
        let certain = story.finds.iter().any(|f| f.doubt.is_none() && f.severity != "info");
        let (status, document, complaints) = check(&[&path]);
        // Where nothing can be read, finding nothing says nothing.
        let blind = story.name == "secure";
        let want = if blind { 2 } else { i32::from(certain) };
        assert_eq!(status, want, "{}: {complaints}", story.name);
        // Standard error tells what may have cost messages, a line each.
        assert!(complaints.lines().all(|line| line.starts_with("ceph-dissect: ")), "{complaints}");
        assert!(!blind || complaints.contains("encrypted"), "{complaints}");
        let found = document["findings"].as_array().unwrap();
        assert_eq!(found.len(), story.finds.len(), "{}", story.name);
        for (row, finds) in found.iter().zip(story.finds) {
            let certainty = if finds.doubt.is_none() { "certain" } else { "undetermined" };
            assert_eq!(row["certainty"], certainty, "{}", story.name);
            assert_eq!(row["why"].is_null(), finds.doubt.is_none(), "{}", story.name);
            // Not every finding is about an inode.
            let ino = (finds.ino != 0).then(|| format!("{:#x}", finds.ino));
            assert_eq!(row["ino"], serde_json::json!(ino));
        }
        let text = run(&["check", "--color", "never", &path]);
        assert_eq!(code(&text), status, "{}", story.name);
        assert_eq!(code(&run(&["summary", &path])), 0, "{}", story.name);
        assert_eq!(code(&run(&["events", &path])), 0, "{}", story.name);
    }
}

#[test]
fn a_row_has_all_that_the_schema_says() {
    let dir = dir("row");
    let path = file(&dir, "a.pcap", &pcap("migration-v2"));
    let (status, rows, _) = events(&[&path]);
    assert_eq!((status, rows.len()), (0, 8));
    let export = rows.iter().find(|row| row["op"] == "export").unwrap();
    let want = serde_json::json!({
        "source": "client_caps",
        "time": "2026-01-05T10:00:00.014600000Z",
        "file": 0,
        "frame": export["frame"],
        "direction": "mds_to_client",
        "mds": 0,
        "mds_addr": "10.0.100.10:6800",
        "client": 4100,
        "client_addr": "10.0.1.1:40001",
        "version": 11,
        "op": "export",
        "ino": "0x10000000002",
        "cap_id": 2,
        "seq": 0,
        "issue_seq": 0,
        "mseq": 0,
        "tid": 0,
        "caps": "-",
        "wanted": "-",
        "dirty": "-",
        "follows": "0",
        "size": null,
        "max_size": null,
        "peer": {"cap_id": 1, "seq": 1, "mseq": 1, "mds": 1, "flags": 0},
        "connection": 0,
        "offset": export["offset"],
        "path": null,
    });
    assert_eq!(*export, want);
}

#[test]
fn what_was_skipped_is_counted() {
    let dir = dir("counted");
    let count = |story: &str, pointer: &str| {
        let path = file(&dir, story, &pcap(story));
        let (_, document, _) = check(&[&path]);
        let found = document["capture"].pointer(pointer).cloned();
        found.unwrap_or_else(|| panic!("{pointer} in {:#}", document["capture"]))
    };
    assert_eq!(count("secure", "/connections_encrypted"), 2);
    assert_eq!(count("importer-encrypted", "/connections_encrypted"), 1);
    assert_eq!(count("gap-at-importer", "/stream/gaps"), 1);
    assert_eq!(count("gap-at-importer", "/connections_incomplete"), 1);
    assert_eq!(count("bulk-gap", "/stream/gaps"), 3);
    assert_eq!(count("bulk-gap", "/connections_incomplete"), 0);
    assert_eq!(count("wrong-crc-v2", "/connections_incomplete"), 1);
    assert_eq!(count("wrong-crc-v2", "/unreadable/0/b/damaged"), 1);
    // The first of 5000 bytes is told as what is wrong, and not among what was passed over.
    assert_eq!(count("garbage-before", "/unreadable/0/b/skipped/unrecognised"), 4999);
    assert_eq!(count("resumed-v2", "/replayed"), 2);
    assert_eq!(count("reset-v1", "/replayed"), 0);
    assert_eq!(count("reset-v2", "/replayed"), 0);
    assert_eq!(count("two-clients", "/migrations_paired"), 2);
    assert_eq!(count("versions", "/undecoded_total"), 0);
}

#[test]
fn whoever_stops_reading_has_seen_enough() {
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/v1-healthy.pcap");
    for command in [["events", recorded], ["check", recorded], ["summary", recorded]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"))
            .args(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 1];
        // Closed behind the first byte.
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), text(&output.stderr)), (0, String::new()), "{}", command[0]);
    }
}

#[test]
fn wrong_arguments_end_with_2() {
    for args in [&["events"][..], &["frobnicate"], &["events", "--format", "xml", "x"], &[]] {
        assert_eq!(code(&run(args)), 2, "{args:?}");
    }
}

#[test]
fn explain_prints_pages_lists_them_and_guesses() {
    let mut list = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    let list = list.arg("explain").env("COLUMNS", "200").output().unwrap();
    let list = (code(&list), text(&list.stdout));
    assert_eq!(list.0, 0);
    for rule in ceph_dissect::findings::RULES {
        let row = list.1.lines().find(|row| row.split_whitespace().nth(1) == Some(rule.code));
        assert!(row.is_some_and(|row| row.contains(rule.title)), "{}", rule.code);
        let page = run(&["explain", rule.code]);
        let printed = text(&page.stdout);
        assert!(printed.starts_with(&format!("{}\n\n", rule.code)), "{printed}");
        // The words of the page, without its marks.
        assert!(printed.contains("\nWhat to do\n") && !printed.contains("**"), "{printed}");
        let code_lines = |line: &&str| !line.starts_with("    ");
        assert!(
            printed.lines().filter(code_lines).all(|line| line.chars().count() <= 100),
            "{printed}"
        );
        assert_eq!(code(&page), 0);
    }
    let wrong = run(&["explain", "export-witout-import"]);
    assert_eq!((code(&wrong), text(&wrong.stdout)), (2, String::new()));
    let said = text(&wrong.stderr);
    assert!(said.contains("did you mean export-without-import"), "{said}");
    let strange = text(&run(&["explain", "zzz"]).stderr);
    assert!(!strange.contains("did you mean") && strange.contains("lists them"), "{strange}");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let cases: [(&[&str], &str); 9] = [
        (&["timeline", "--ino", "0x42"], "nothing is said of inode 0x42: the capture speaks of "),
        (
            &["revokes", "--path", "/doomd/f0"],
            "no inode has the path /doomd/f0: near it /doomed/f0",
        ),
        (&["events", "--path", "f0x/y"], "no inode has the path f0x/y: the capture tells "),
        (&["latency", "--client", "99"], "client.99 is not in the capture: there is client.4"),
        (&["sessions", "--mds", "7"], "mds.7 is not in the capture: there is mds.0"),
        (
            &["flushes", "--since", "9", "--until", "8.5"],
            "--since 9.000 s is later than --until 8.500 s",
        ),
        (
            &["waits", "--since", "60"],
            "--since is 28.399 s after the capture ends: it goes from 2026-11-23T",
        ),
        (&["migrations", "--until", "2020-01-01T00:00:00Z"], "before the capture begins"),
        (&["holders", "--at", "100"], "--at is 68.399 s after the capture ends"),
    ];
    for (args, want) in cases {
        let (said, status) = said(&[args, &[RECORDED]].concat());
        let lines: Vec<_> = said.lines().collect();
        assert!(lines.len() == 1 && lines[0].starts_with("ceph-dissect: "), "{args:?}: {said}");
        assert!(said.contains(want) && status == 0, "{args:?}: {status} {said}");
    }
    // What is there is said nothing of.
    let there = ["--ino", "0x100000001f9", "--path", "/doomed/*", "--client", "4130", "--mds", "1"];
    let span = ["--since", "9", "--until", "12"];
    let (said, status) = said(&[&["timeline"], &there[..], &span, &[RECORDED]].concat());
    assert_eq!((said.as_str(), status), ("", 0));
}

#[test]
fn seconds_are_asked_for_in_our_own_words() {
    for (wrong, want) in [
        ("--migration-timeout=-1", "expected seconds such as 5 or 0.5, not negative"),
        ("--revoke-timeout=1e300", "expected seconds such as 5 or 0.5, not that many"),
        ("--flush-timeout=soon", "expected seconds such as 5 or 0.5"),
    ] {
        let (said, status) = said(&["check", wrong, RECORDED]);
        assert!(said.contains(&format!(": {want}\n")) && status == 2, "{said}");
    }
}

#[test]
fn who_selects_by_what_does_so_or_is_told_that_it_cannot() {
    // Sessions have no inode, and what a capture ends with has no span of time.
    for args in [
        ["sessions", "--ino", "1"],
        ["connections", "--path", "/x"],
        ["top", "--since", "1"],
        ["holders", "--until", "1"],
    ] {
        let (said, status) = said(&[&args[..], &[RECORDED]].concat());
        assert!(said.contains("unexpected argument") && status == 2, "{said}");
    }
    let rows = |args: &[&str], key: &str| {
        let output = run(&[args, &["--format", "json", RECORDED]].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document[key].as_array().unwrap().clone()
    };
    let time = |row: &Value, key: &str| row[key]["time"].as_str().unwrap().to_owned();
    let all = rows(&["connections"], "connections");
    let early = rows(&["connections", "--until", "2"], "connections");
    let late = rows(&["connections", "--since", "2"], "connections");
    let both = rows(&["connections", "--until", "2", "--since", "2"], "connections");
    assert!(early.len() < all.len() && late.len() < all.len());
    assert_eq!(early.len() + late.len(), all.len() + both.len());
    let mine = rows(&["connections", "--client", "4130", "--mds", "0"], "connections");
    assert!(!mine.is_empty());
    for row in &mine {
        let names = [row["a"]["name"].as_str(), row["b"]["name"].as_str()];
        assert!(names.contains(&Some("client.4130")) && names.contains(&Some("mds.0")), "{row}");
    }
    let reconnects = rows(&["reconnects"], "reconnects");
    let last = reconnects.iter().map(|row| time(row, "told")).max().unwrap();
    let until = rows(&["reconnects", "--since", &last], "reconnects");
    assert!(!until.is_empty() && until.len() < reconnects.len());
    let open = rows(&["sessions", "--until", "9"], "sessions");
    assert!(
        open.iter()
            .flat_map(|row| row["log"].as_array().unwrap())
            .all(|said| { said["time"].as_str().unwrap() < "2026-11-23T04:17:32.4" })
    );
}

#[test]
fn holders_and_sessions_agree_on_who_is_disconnected() {
    let mut checked = 0;
    for name in ["crc-importer-crash.pcapng", "v1-healthy.pcap"] {
        let path = format!("{}/../fixtures/data/{name}", env!("CARGO_MANIFEST_DIR"));
        let document = |command| -> Value {
            let output = run(&[command, "--format", "json", &path]);
            serde_json::from_slice(&output.stdout).unwrap()
        };
        let (sessions, holders) = (document("sessions"), document("holders"));
        for session in sessions["sessions"].as_array().unwrap() {
            let of = |row: &&Value| {
                (&row["client"], &row["mds"]) == (&session["client"], &session["mds"])
            };
            let held: Vec<_> = holders["held"].as_array().unwrap().iter().filter(of).collect();
            let state = session["state"].as_str().unwrap();
            assert!(held.is_empty() || !matches!(state, "closed" | "rejected"), "{session}");
            for row in &held {
                assert_eq!(
                    !row["disconnected"].is_null(),
                    state == "disconnected",
                    "{session} {row}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 0, "caps of sessions");
}
