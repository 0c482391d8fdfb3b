//! What `follow` shows, against what `messages`, `migrations` and `connections` say.

#[path = "common/program.rs"]
mod program;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use program::run;

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(name);
    path.to_str().unwrap().to_owned()
}

const RECORDED: [&str; 3] =
    ["crc-importer-crash.pcapng", "crc-healthy.pcap.zst", "v1-healthy.pcap"];

fn text(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?} {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn document(args: &[&str]) -> Value {
    serde_json::from_str(&text(&[args, &["--format", "json"]].concat())).unwrap()
}

#[test]
fn a_conversation_is_all_that_its_two_ends_say_on_all_their_connections() {
    let file = &fixture(RECORDED[0]);
    let of = ["--client", "4132", "--mds", "1", "-T", "ndjson", file];
    let messages = text(&[&["messages"], &of[..]].concat());
    for ends in ["client.4132,mds.1", "mds.1, client.4132"] {
        let args = ["follow", file, "-T", "ndjson", "--conversation", ends];
        assert_eq!(text(&args), messages, "{ends}");
    }
    let shown = text(&["follow", file, "--conversation", "client.4132,mds.1"]);
    let marks: Vec<_> = shown.lines().filter(|line| line.contains(" -- ")).collect();
    let is = |mark: &&str, words: &str| mark.contains(words);
    assert_eq!(marks.iter().filter(|mark| is(mark, "opens: client.4132")).count(), 2);
    assert_eq!(marks.iter().filter(|mark| is(mark, "ends: ")).count(), 2);
    assert_eq!(marks.len(), 4);
    assert_eq!(shown.lines().count(), messages.lines().count() + 4);
    // Every line in the order of the capture.
    let frames: Vec<u64> = shown
        .lines()
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    assert!(frames.is_sorted(), "{frames:?}");
    // Marks are not messages.
    assert_eq!(
        text(&["follow", file, "-c", "1", "--conversation", "client.4132,mds.1"]).lines().count(),
        2
    );
}

#[test]
fn connections_one_by_one_are_all_messages() {
    for name in RECORDED {
        let file = &fixture(name);
        let stats = document(&["stats", file, "-z", "conversations"]);
        let rows = stats["conversations"]["conversations"].as_array().unwrap();
        let row = &rows[rows.len() / 2];
        let number = row["connection"].to_string();
        let sent: u64 = ["a", "b"].iter().map(|end| row[end]["messages"].as_u64().unwrap()).sum();
        let shown = text(&["follow", file, "-T", "ndjson", "--conn", &number]);
        assert_eq!(shown.lines().count() as u64, sent, "{name} {number}");
        for line in shown.lines() {
            let message: Value = serde_json::from_str(line).unwrap();
            assert_eq!(message["connection"].to_string(), number);
        }
    }
}

/// A capture from which every tenth packet with a payload was lost.
fn damaged() -> Vec<u8> {
    const FILE_HEADER: usize = 24;
    const RECORD_HEADER: usize = 16;
    let bytes = std::fs::read(fixture("v1-healthy.pcap")).unwrap();
    let (head, mut rest) = bytes.split_at(FILE_HEADER);
    let (mut out, mut number) = (head.to_vec(), 0);
    while let Some(length) = rest.get(8..12) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let (record, behind) = rest.split_at(RECORD_HEADER + length);
        number += u32::from(length > 100);
        if length <= 100 || !number.is_multiple_of(10) {
            out.extend_from_slice(record);
        }
        rest = behind;
    }
    out
}

#[test]
fn what_was_not_read_is_marked() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("follow-damaged.pcap");
    std::fs::write(&path, damaged()).unwrap();
    let file = path.to_str().unwrap();
    let connections = document(&["connections", "--all", file]);
    let mut marked = 0;
    for row in connections["connections"].as_array().unwrap() {
        let holes: u64 = ["a", "b"].iter().map(|end| row[end]["holes"].as_u64().unwrap()).sum();
        if holes == 0 || row["protection"] != "crc" {
            continue;
        }
        let number = row["id"].to_string();
        let shown = text(&["follow", file, "--conn", &number]);
        let marks = shown.lines().filter(|line| line.contains("not read, up to frame")).count();
        assert_eq!(marks as u64, holes, "connection {number}");
        marked += marks;
    }
    assert!(marked > 10, "{marked}");
}

#[test]
fn a_migration_is_what_its_ranks_say_and_what_clients_are_told() {
    let mut caps = 0;
    for name in RECORDED {
        let file = &fixture(name);
        let migrations = document(&["migrations", file]);
        // A rank that began anew has used its tids before.
        let mut by_tid: HashMap<String, Vec<&Value>> = HashMap::new();
        for row in migrations["migrations"].as_array().unwrap() {
            by_tid.entry(format!("{}@{}", row["tid"], row["exporter"])).or_default().push(row);
        }
        for (tid, rows) in by_tid {
            let shown = text(&["follow", file, "-T", "ndjson", "--migration", &tid]);
            let messages: Vec<Value> =
                shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let sum = |key: &str| rows.iter().map(|row| row[key].as_u64().unwrap()).sum::<u64>();
            let told = |op: &str| {
                let is = |m: &&Value| m["type"] == "client_caps" && m["fields"]["head"]["op"] == op;
                messages.iter().filter(is).count() as u64
            };
            assert_eq!(told("export"), sum("exports"), "{name} {tid}");
            assert_eq!(told("import"), sum("imports"), "{name} {tid}");
            let among_ranks = messages.iter().filter(|m| m["type"] != "client_caps").count();
            let phases: usize =
                rows.iter().map(|row| row["phases"].as_array().unwrap().len()).sum();
            assert_eq!(among_ranks as u64, phases as u64 + sum("notified") + sum("notify_acks"));
            caps += sum("exports") + sum("imports");
        }
    }
    assert!(caps > 70, "{caps}");
}

#[test]
fn an_inode_is_what_messages_has_of_it() {
    let file = &fixture(RECORDED[0]);
    let of = ["--path", "/doomed/f1", "-T", "ndjson", file];
    let shown = text(&[&["follow"], &of[..]].concat());
    assert_eq!(shown, text(&[&["messages"], &of[..]].concat()));
    for kind in ["client_caps", "client_reply", "client_reconnect", "export"] {
        assert!(shown.lines().any(|line| line.contains(kind)), "{kind}");
    }
}

#[test]
fn what_is_not_there_is_said() {
    let file = &fixture(RECORDED[0]);
    for (args, says) in [
        (&[][..], "--conversation"),
        (&["--conn", "4711"], "no connection of Ceph has number 4711"),
        (&["--migration", "77"], "no migration has this tid"),
        (&["--migration", "1"], "1@0"),
        (&["--migration", "1@x"], "such as 2@0"),
        (&["--conversation", "client.1,mds.0"], "client.4132,mds.1"),
        (&["--conversation", "client.1"], "expected two ends"),
    ] {
        let output = run(&[&["follow", file], args].concat());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(complaint.contains(says), "{args:?}: {complaint}");
    }
    let output = run(&["follow", "-", "--conn", "1"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("follow needs files"));
}
