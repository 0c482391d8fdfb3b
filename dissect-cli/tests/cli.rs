//! The program itself: what it prints, and how it ends.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ceph_codec::message::client_request::RequestOp;
use fixtures::link::Link;
use fixtures::msgr::Protocol;
use fixtures::pcap::{Options, write};
use fixtures::scene::Scene;
use fixtures::scenes::{self, named_story};
use serde_json::Value;

/// A directory of a test's own.
fn dir(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{test}"));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

fn pcap(story: &str) -> Vec<u8> {
    write(&named_story(story).story().packets, &Options::default())
}

fn file(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ceph-dissect")).args(args).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn events(args: &[&str]) -> (i32, Vec<Value>, String) {
    let output = run(&[&["events"], args].concat());
    let out = text(&output.stdout);
    let rows = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (code(&output), rows, text(&output.stderr))
}

fn check(args: &[&str]) -> (i32, Value, String) {
    let output = run(&[&["check", "--format", "json"], args].concat());
    let document = serde_json::from_slice(&output.stdout).unwrap();
    (code(&output), document, text(&output.stderr))
}

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
fn a_bad_file_does_not_spoil_the_others() {
    let dir = dir("bad-files");
    let good = file(&dir, "good.pcap", &pcap("migration-v2"));
    let found = file(&dir, "found.pcap", &pcap("importer-silent"));
    let bad = [
        file(&dir, "empty", b""),
        file(&dir, "text.pcap", b"12:00:01.5 IP 10.0.0.1 > 10.0.0.2: tcp 0\n"),
        dir.to_str().unwrap().to_owned(),
        dir.join("missing.pcap").to_str().unwrap().to_owned(),
    ];
    for bad in &bad {
        for files in [[bad, &good], [&good, bad]] {
            let (status, rows, complaints) = events(&files.map(String::as_str));
            assert_eq!((status, rows.len()), (2, 8), "{bad}");
            let lines: Vec<_> = complaints.lines().collect();
            assert_eq!(lines.len(), 1, "{complaints}");
            assert!(lines[0].starts_with(&format!("ceph-dissect: {bad}: ")), "{complaints}");
        }
        // What was found is told all the same, but the status says that it may not be all.
        let (status, document, _) = check(&[bad, &found]);
        assert_eq!((status, document["findings"].as_array().unwrap().len()), (2, 1), "{bad}");
        assert_eq!(document["capture"]["faults_total"], 1);
        for command in ["summary", "check", "events"] {
            assert_eq!(code(&run(&[command, bad])), 2, "{command} {bad}");
        }
    }
}

#[test]
fn a_file_that_ends_early_is_read_as_far_as_it_goes() {
    let dir = dir("early");
    let bytes = pcap("migration-v2");
    let path = file(&dir, "cut.pcap", &bytes[..bytes.len() - 5]);
    let (status, rows, complaints) = events(&[&path]);
    assert_eq!(rows.len(), 8);
    assert!(complaints.contains("ends within"), "{complaints}");
    assert_eq!(status, 2, "the last packet was not processed");
}

#[test]
fn an_unknown_link_type_is_said() {
    let dir = dir("link");
    let packets = named_story("migration-v2").story().packets;
    let bytes = write(&packets, &Options { link: Link::Other(147), ..Options::default() });
    let path = file(&dir, "user0.pcap", &bytes);
    let (_, document, complaints) = check(&[&path]);
    assert!(complaints.contains("147"), "{complaints}");
    assert_eq!(document["capture"]["faults_total"], 1);
}

#[test]
fn standard_input_packed_or_not() {
    let bytes = pcap("migration-v2");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes).unwrap();
    let packed = [gzip.finish().unwrap(), zstd::encode_all(&bytes[..], 1).unwrap()];
    for input in [&bytes, &packed[0], &packed[1]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"))
            .args(["events", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), text(&output.stdout).lines().count()), (0, 8));
    }
}

#[test]
fn names_say_nothing_about_packing() {
    let dir = dir("names");
    let bytes = pcap("migration-v2");
    let zstd = zstd::encode_all(&bytes[..], 1).unwrap();
    for (name, content) in [("plain.pcap.gz", &bytes), ("packed.pcap", &zstd)] {
        let path = file(&dir, name, content);
        assert_eq!(events(&[&path]).1.len(), 8, "{name}");
    }
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

/// What a command says on standard error, and its status.
fn said(args: &[&str]) -> (String, i32) {
    let output = run(args);
    (text(&output.stderr), code(&output))
}

const RECORDED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/crc-importer-crash.pcapng");

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
fn files_that_do_not_follow_each_other_are_said() {
    let dir = dir("order");
    let story = named_story("migration-v2").story();
    let (first, second) = story.packets.split_at(story.packets.len() / 2);
    let half = |name, packets: &[_]| file(&dir, name, &write(packets, &Options::default()));
    let (first, second) = (half("first.pcap", first), half("second.pcap", second));
    let (silent, status) = said(&["summary", &first, &second]);
    assert_eq!((silent.as_str(), status), ("", 0));
    for command in ["summary", "events", "timeline"] {
        let (said, _) = said(&[command, &second, &first]);
        assert!(said.contains("all from before it: files are read as they are given"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let (twice, _) = said(&["events", "--path", "/x", &first, &first]);
    let told = twice.lines().filter(|line| line.contains("give it only once")).count();
    assert_eq!(told, 1, "{twice}");
    let summary = text(&run(&["summary", &second, &first]).stdout);
    assert!(summary.lines().any(|line| line.starts_with("order ")), "{summary}");
}

/// The findings of a check, and whether each is certain.
fn certainties(files: &[&str]) -> (i32, Vec<(String, bool)>) {
    let (status, document, _) = check(files);
    let row = |f: &Value| (f["code"].to_string(), f["certainty"] == "certain");
    let findings = document["findings"].as_array().unwrap();
    let doubted = findings.iter().filter_map(|f| f["why"].as_str());
    // None of the stories below has a doubt of its own.
    doubted.for_each(|why| assert!(why.contains("do not follow each other in time"), "{why}"));
    (status, findings.iter().map(row).collect())
}

#[test]
fn files_that_do_not_follow_each_other_make_nothing_certain() {
    let dir = dir("misplaced");
    let half = |name, packets: &[_]| file(&dir, name, &write(packets, &Options::default()));
    // What one rank's host sees and what the other's does, of a cluster without any trouble.
    let healthy = named_story("there-and-back").story().packets;
    let is_of = |rank: &[u8; 4], ip: &[u8]| ip[12..20].chunks(4).any(|addr| addr == rank);
    let tap = |rank: &[u8; 4]| {
        healthy.iter().filter(|packet| is_of(rank, &packet.ip)).cloned().collect::<Vec<_>>()
    };
    let (one, other) = (tap(&[10, 0, 100, 10]), tap(&[10, 0, 100, 11]));
    assert_eq!(one.len() + other.len(), healthy.len());
    let taps = [half("one.pcap", &one), half("other.pcap", &other)];
    let found = [[0, 1], [1, 0]].map(|order| {
        let (status, found) = certainties(&order.map(|n| taps[n].as_str()));
        assert_eq!(status, 0, "{found:?}");
        assert!(found.iter().all(|(_, certain)| !certain), "{found:?}");
        found.len()
    });
    // Read so, they look like trouble.
    assert!(found.iter().sum::<usize>() > 0);

    // A trouble that is certain stays so in files that follow each other, be it within the same microsecond.
    let mut packets = named_story("peer-disagreement").story().packets;
    let whole = certainties(&[&half("whole.pcap", &packets)]);
    assert!(whole.0 == 1 && whole.1.iter().any(|(_, certain)| *certain), "{whole:?}");
    let middle = packets.len() / 2;
    packets[middle].time = packets[middle - 1].time;
    let (first, second) = packets.split_at(middle);
    let (first, second) = (half("first.pcap", first), half("second.pcap", second));
    assert_eq!(certainties(&[&first, &second]), whole);
    for files in [[&second, &first], [&first, &first]] {
        let (status, found) = certainties(&files.map(String::as_str));
        assert_eq!(status, 0, "{found:?}");
        assert!(found.iter().all(|(_, certain)| !certain), "{found:?}");
    }
    let (status, found) = certainties(&[&half("again.pcap", &packets), &first]);
    assert!(status == 0 && !found.is_empty(), "{found:?}");
}

#[test]
fn several_clusters_are_told_and_make_nothing_certain() {
    const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/v1-healthy.pcap");
    let (status, alone, _) = check(&[RECORDED]);
    assert_eq!((status, alone["capture"]["clusters"].as_array().unwrap().len()), (1, 1));
    let (status, both, said) = check(&[RECORDED, OTHER]);
    assert_eq!((status, both["capture"]["clusters"].as_array().unwrap().len()), (0, 2));
    assert!(said.contains("clusters: 2 in one capture: "), "{said}");
    let findings = both["findings"].as_array().unwrap();
    assert!(!findings.is_empty() && findings.iter().all(|f| f["certainty"] == "undetermined"));
    for command in ["check", "summary"] {
        let told = text(&run(&[command, RECORDED, OTHER]).stdout);
        assert!(told.lines().any(|line| line.starts_with("clusters 2 in one capture: ")), "{told}");
        assert!(!text(&run(&[command, RECORDED]).stdout).contains("clusters "));
    }
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

#[test]
fn files_that_cannot_be_read_say_what_to_do() {
    let dir = dir("unreadable");
    let good = file(&dir, "good.pcap", &pcap("migration-v2"));
    let missing = dir.join("god.pcap").to_str().unwrap().to_owned();
    let cases = [
        (missing, format!("there is no such file; near it is {good}")),
        (dir.to_str().unwrap().to_owned(), "it is a directory: name the captures in it".to_owned()),
        (
            file(&dir, "text.pcap", b"12:00:01.5 IP 10.0.0.1\n"),
            "captures are made with tcpdump -w".to_owned(),
        ),
        (
            file(&dir, "a.xz", b"\xfd7zXZ\0\0\x04"),
            "as a xz-compressed file does; unpack it first".to_owned(),
        ),
        (file(&dir, "empty.pcap", b""), "is empty".to_owned()),
        (
            file(&dir, "cut.pcap", &pcap("migration-v2")[..20]),
            "ends within the file header: 24 bytes needed, 20 there".to_owned(),
        ),
    ];
    for (path, want) in cases {
        for command in ["events", "timeline"] {
            let output = run(&[command, &path]);
            let said =
                [text(&output.stdout), text(&output.stderr)].concat().replace("\n         ", " ");
            assert!(said.contains(&want) && code(&output) == 2, "{path}: {said}");
            assert!(!said.contains("os error"), "{said}");
        }
    }
}

#[test]
fn colour_comes_where_it_is_asked_for() {
    let colored = |env: &[(&str, &str)], when: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM"] {
            command.env_remove(name);
        }
        let command = command.args(["check", "--color", when, RECORDED]).envs(env.iter().copied());
        text(&command.output().unwrap().stdout).contains('\x1b')
    };
    let no = ("NO_COLOR", "1");
    assert!(!colored(&[], "auto") && colored(&[], "always") && !colored(&[], "never"));
    assert!(colored(&[("CLICOLOR_FORCE", "1")], "auto"));
    assert!(!colored(&[no], "auto") && colored(&[no], "always"));
    assert!(!colored(&[("CLICOLOR_FORCE", "1")], "never"));
    let help = |when: &str| text(&run(&["summary", when, "--help"]).stdout).contains('\x1b');
    assert!(help("--color=always") && !help("--color=never") && !help("--color=auto"));
}

#[test]
fn every_line_fits_the_terminal() {
    let narrow = |args: &[&str], columns: usize| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
        command.args(args).arg(RECORDED).env("COLUMNS", columns.to_string());
        text(&command.output().unwrap().stdout)
    };
    let commands: [&[&str]; 20] = [
        &["summary"],
        &["summary", "--all"],
        &["check"],
        &["check", "--all"],
        &["timeline"],
        &["holders"],
        &["holders", "--at", "11"],
        &["sessions", "--all"],
        &["connections", "--all"],
        &["revokes"],
        &["flushes"],
        &["waits"],
        &["latency"],
        &["pingpong"],
        &["migrations"],
        &["reconnects"],
        &["stats"],
        &["stats", "--of", "conversations"],
        &["top"],
        &["explain"],
    ];
    for args in commands {
        for columns in [60, 80, 100, 120] {
            let printed = match args {
                ["explain"] => text(
                    &Command::new(env!("CARGO_BIN_EXE_ceph-dissect"))
                        .arg("explain")
                        .env("COLUMNS", columns.to_string())
                        .output()
                        .unwrap()
                        .stdout,
                ),
                _ => narrow(args, columns),
            };
            for line in printed.lines() {
                assert!(line.chars().count() <= columns, "{args:?} {columns}: {line}");
            }
        }
    }
}

/// Many clients, one of which has lost as many caps, and waits for another one as often.
fn crowd() -> Vec<u8> {
    let mut scene = Scene::new(Protocol::V1);
    for client in 4001..=4025 {
        scene.open(client, 0);
    }
    scene.open(4001, 1);
    for ino in 0x1000..0x100c {
        scene.grant(4001, 0, ino, "pAsLsXsFr");
        let lost = scene.migration(4001, ino, 0, 1);
        scene.say(&lost.export);
    }
    scene.grant(4002, 0, 0x2000, "pAsLsXsFrw");
    // It is asked back, and nobody answers.
    scene.grant(4002, 0, 0x2000, "pAsLsXs");
    for _ in 0..6 {
        let request = scene.asking(4003, 0, RequestOp::GETATTR, 0x2000, "");
        scene.ask(&request);
    }
    scene.wait(20_000);
    scene.chat(4001, 0);
    scene.chat(4001, 1);
    write(&scene.finish().packets, &Options::default())
}

/// How many are left out, as a table says it.
fn left_out(text: &str) -> Vec<u32> {
    let lines = text.lines().filter_map(|line| line.trim().strip_suffix("--all lists them"));
    lines.map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

#[test]
fn long_tables_have_their_first_rows_and_say_how_many_more() {
    let path = file(&dir("rows"), "crowd.pcap", &crowd());
    let said = |args: &[&str]| text(&run(&[args, &[&path]].concat()).stdout);
    // 12 of one kind; 25 clients, 26 connections.
    assert_eq!(left_out(&said(&["check"])), [2]);
    assert_eq!(left_out(&said(&["summary"])), [5, 6]);
    for command in ["check", "summary"] {
        assert!(left_out(&said(&[command, "--all"])).is_empty());
    }
    // Of real captures, types of messages.
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/v1-healthy.pcap");
    let all = said(&["summary", "--all", real]).lines().count();
    let few = said(&["summary", real]);
    let [_, _, types] = left_out(&few)[..] else { panic!("{few}") };
    assert!(types > 0 && all > few.lines().count());
}

#[test]
fn of_many_requests_that_wait_for_a_revoke_the_first_are_listed() {
    let path = file(&dir("waiting"), "crowd.pcap", &crowd());
    let output = run(&["revokes", "--format", "json", &path]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let revoke = &document["unanswered"][0];
    assert_eq!(revoke["waiting"].as_array().map(Vec::len), Some(4), "{document}");
    assert_eq!(revoke["waiting_total"], 6);
}

#[test]
fn of_inodes_that_go_to_and_fro_the_worst_are_told() {
    let mut scene = Scene::new(Protocol::V1);
    scene.open(4100, 0);
    scene.open(4100, 1);
    for ino in 0x1000..0x1000 + 103 {
        scene.grant(4100, 0, ino, "pAsLsXs");
        // The last one more often than the others.
        for turn in 0..2 + 2 * i32::from(ino == 0x1066) {
            scene.migrate(4100, ino, turn % 2, 1 - turn % 2);
        }
    }
    let bytes = write(&scene.finish().packets, &Options::default());
    let path = file(&dir("worst"), "pingpong.pcap", &bytes);
    let (_, document, _) = check(&["--ping-pong-moves", "1", &path]);
    let found = document["findings"].as_array().unwrap().iter();
    let inodes: Vec<_> =
        found.filter(|f| f["code"] == "ping-pong").map(|f| f["ino"].as_str().unwrap()).collect();
    assert_eq!(inodes.len(), 100);
    assert!(inodes.contains(&"0x1066") && !inodes.contains(&"0x1065"), "{inodes:?}");
    // What is no problem has shorter tables.
    let output = run(&["check", "--ping-pong-moves", "1", &path]);
    assert_eq!(left_out(&text(&output.stdout)).iter().sum::<u32>(), 100 - 3);
}
