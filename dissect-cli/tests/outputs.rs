//! The tables of the book's page on outputs against what the program prints.
//!
//! A table stands behind `<!-- keys: NAME -->`; the first cell of each row is a key.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

const CAPTURE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/crc-importer-crash.pcapng");
const V1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/v1-healthy.pcap");

/// The keys that the page says an object has, in its order.
fn documented(table: &str) -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/outputs.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(&format!("<!-- keys: {table} -->\n\n")).expect(table);
    let rows = rest.lines().take_while(|line| line.starts_with('|')).skip(2);
    let key = |row: &str| row.split('`').nth(1).unwrap().to_owned();
    rows.map(key).collect()
}

/// What the program prints, given these arguments and this input.
fn run(args: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Inputs are small enough to be read before anything is printed.
    child.stdin.take().unwrap().write_all(input).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

fn check(args: &[&str], input: &[u8]) -> Value {
    serde_json::from_str(&run(&[&["check", "--format", "json"], args].concat(), input)).unwrap()
}

fn compare(table: &str, object: &Value) {
    let printed: BTreeSet<_> = object.as_object().expect(table).keys().cloned().collect();
    let documented: BTreeSet<_> = documented(table).into_iter().collect();
    let missing: Vec<_> = printed.difference(&documented).collect();
    let gone: Vec<_> = documented.difference(&printed).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "{table}: not on the page {missing:?}, not printed {gone:?}"
    );
}

/// A capture from which every tenth packet with a payload was lost, and which ends within a packet.
fn damaged() -> Vec<u8> {
    const FILE_HEADER: usize = 24;
    const RECORD_HEADER: usize = 16;
    let bytes = std::fs::read(V1).unwrap();
    let (head, mut rest) = bytes.split_at(FILE_HEADER);
    let mut out = head.to_vec();
    let mut number = 0;
    while let Some(length) = rest.get(8..12) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let (record, behind) = rest.split_at(RECORD_HEADER + length);
        // Longer than a TCP segment without payload.
        number += u32::from(length > 100);
        if length <= 100 || !number.is_multiple_of(10) {
            out.extend_from_slice(record);
        }
        rest = behind;
    }
    out.truncate(out.len() - 1);
    out
}

#[test]
fn event_rows_have_the_documented_keys() {
    let rows = run(&["events", CAPTURE], b"");
    let mut exports = 0;
    for row in rows.lines() {
        let mut row: Value = serde_json::from_str(row).unwrap();
        if row["peer"].is_object() {
            compare("peer", &row["peer"]);
            exports += 1;
        }
        // Only there when it is true.
        assert!(row.get("replayed").is_none());
        row["replayed"] = Value::Bool(true);
        compare("event", &row);
    }
    assert_eq!(exports, 44 + 35);
}

#[test]
fn messages_have_the_documented_keys() {
    let rows = run(&["messages", "-T", "ndjson", "-Y", "type == client_caps", CAPTURE], b"");
    assert!(rows.lines().count() > 200);
    rows.lines().for_each(|row| compare("message", &serde_json::from_str(row).unwrap()));
    let array: Value =
        serde_json::from_str(&run(&["messages", "-T", "json", "-c", "3", CAPTURE], b"")).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 3);
    let nothing = run(&["messages", "-T", "json", "-Y", "frame == 0", CAPTURE], b"");
    assert_eq!(serde_json::from_str::<Value>(&nothing).unwrap(), Value::Array(Vec::new()));
}

#[test]
fn csv_columns_are_the_documented_keys_in_order() {
    let mut columns = Vec::new();
    for key in documented("event") {
        match &key[..] {
            "peer" => columns.extend(documented("peer").iter().map(|key| format!("peer_{key}"))),
            _ => columns.push(key),
        }
    }
    let csv = run(&["events", "--format", "csv", CAPTURE], b"");
    assert_eq!(csv.lines().next().unwrap(), columns.join(","));
    let cells = |line: &str| line.split(',').count();
    assert!(csv.lines().all(|line| cells(line) == columns.len()));
}

#[test]
fn findings_have_the_documented_keys() {
    let document = check(&[CAPTURE], b"");
    compare("document", &document);
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 9);
    for finding in findings {
        compare("finding", finding);
        compare("peer", &finding["peer"]);
        for evidence in finding["evidence"].as_array().unwrap() {
            compare("evidence", evidence);
        }
    }
}

#[test]
fn clients_and_ranks_have_the_documented_keys() {
    let document = check(&[CAPTURE], b"");
    let capture = &document["capture"];
    compare("client", &capture["clients"][0]);
    compare("cluster", &capture["clusters"][0]);
    let ranks = capture["file_systems"][0]["ranks"].as_array().unwrap();
    assert!(ranks.len() > 2, "{ranks:?}");
    ranks.iter().for_each(|rank| compare("rank", rank));
}

#[test]
fn what_was_read_and_what_was_not_has_the_documented_keys() {
    let document = check(&["-"], &damaged());
    let capture = &document["capture"];
    compare("capture", capture);
    compare("net", &capture["net"]);
    compare("stream", &capture["stream"]);
    compare("fault", &capture["faults"][0]);
    let connection = &capture["unreadable"][0];
    compare("connection", connection);
    for end in ["a", "b"] {
        compare("end", &connection[end]);
        compare("skipped", &connection[end]["skipped"]);
    }
}

/// An object's keys may be those of two tables.
fn compare_both(tables: [&str; 2], object: &Value) {
    let printed: BTreeSet<_> = object.as_object().expect(tables[1]).keys().cloned().collect();
    let documented: BTreeSet<_> = tables.into_iter().flat_map(documented).collect();
    assert_eq!(printed, documented, "{tables:?}");
}

/// Every object of a list, of which there is at least one.
fn each(list: &Value, check: impl Fn(&Value)) {
    let list = list.as_array().unwrap();
    assert!(!list.is_empty());
    list.iter().for_each(check);
}

#[test]
fn who_holds_what_has_the_documented_keys() {
    let text = run(&["holders", "--format", "json", "--at", "10", CAPTURE], b"");
    let document: Value = serde_json::from_str(&text).unwrap();
    compare("holders", &document);
    assert_eq!(document["caps"], document["held"].as_array().unwrap().len());
    each(&document["held"], |row| compare("holder", row));
}

#[test]
fn what_is_waited_for_has_the_documented_keys() {
    let document = |command: &str, capture: &str| -> Value {
        serde_json::from_str(&run(&[command, "--format", "json", capture], b"")).unwrap()
    };
    let revokes = document("revokes", CAPTURE);
    compare("revokes", &revokes);
    compare("revoke-counts", &revokes["counts"]);
    compare("latency-row", &revokes["latency"]);
    each(&revokes["slowest"], |row| compare_both(["revoke", "revoke-answered"], row));
    let flushes = document("flushes", CAPTURE);
    compare("flushes", &flushes);
    each(&flushes["slowest"], |row| compare_both(["flush", "flush-acked"], row));
    let waits = document("waits", CAPTURE);
    compare("waits", &waits);
    each(&waits["slowest"], |row| {
        compare_both(["request", "wait"], row);
        compare("blocker", &row["blocker"]);
    });
    let latency = document("latency", CAPTURE);
    compare("latency", &latency);
    each(&latency["kinds"], |kind| {
        compare("latencies", kind);
        compare("latency-row", &kind["all"]);
        each(&kind["parts"], |part| compare("latency-row", part));
    });
    let top = document("top", CAPTURE);
    compare("top", &top);
    each(&top["holders"], |row| compare("top-holder", row));
    let pingpong = document("pingpong", CAPTURE);
    compare("pingpong", &pingpong);
    each(&pingpong["ranks"], |row| compare("moves", row));
    each(&pingpong["clients"], |row| compare("turns", row));
}

#[test]
fn statistics_have_the_documented_keys() {
    let kinds = ["-z", "messages", "-z", "conversations", "-z", "requests", "-z", "caps"];
    let document = run(&[&["stats", "--format", "json", CAPTURE], &kinds[..]].concat(), b"");
    let document: Value = serde_json::from_str(&document).unwrap();
    compare("stats", &document);
    let messages = &document["messages"];
    compare("stats-messages", messages);
    each(&messages["types"], |row| {
        compare("stats-type", row);
        each(&row["flows"], |flow| compare("stats-flow", flow));
    });
    let conversations = &document["conversations"];
    compare("stats-conversations", conversations);
    each(&conversations["conversations"], |row| {
        compare("stats-conversation", row);
        compare("stats-end", &row["a"]);
        compare("stats-end", &row["b"]);
    });
    let requests = &document["requests"];
    compare("stats-requests", requests);
    compare("stats-operation", &requests["all"]);
    each(&requests["ops"], |row| {
        compare("stats-operation", row);
        compare("stats-times", &row["reply"]);
        compare("stats-times", &row["safe_reply"]);
    });
    compare("stats-caps", &document["caps"]);
    each(&document["caps"]["kinds"], |kind| compare("latencies", kind));
}

#[test]
fn exports_have_the_documented_keys() {
    let document = run(&["migrations", "--format", "json", CAPTURE], b"");
    let document: Value = serde_json::from_str(&document).unwrap();
    compare("migrations", &document);
    compare("migration-counts", &document["counts"]);
    each(&document["migrations"], |row| {
        compare("migration", row);
        each(&row["phases"], |phase| compare("migration-phase", phase));
    });
    let rows = document["migrations"].as_array().unwrap();
    let unpaired: Vec<_> =
        rows.iter().flat_map(|row| row["unpaired"].as_array().unwrap()).collect();
    assert_eq!(unpaired.len(), 9);
    unpaired.into_iter().for_each(|cap| compare("migration-cap", cap));
}

#[test]
fn sessions_have_the_documented_keys() {
    let document = |args: &[&str], input: &[u8]| -> Value {
        serde_json::from_str(&run(&[args, &["--format", "json"]].concat(), input)).unwrap()
    };
    let sessions = document(&["sessions", CAPTURE], b"");
    compare("sessions", &sessions);
    each(&sessions["sessions"], |row| compare("session", row));
    each(&sessions["sessions"][0]["log"], |row| compare("session-said", row));
    let reconnects = document(&["reconnects", CAPTURE], b"");
    compare("reconnects", &reconnects);
    each(&reconnects["reconnects"], |row| compare("reconnect", row));
    let connections = document(&["connections", "-"], &damaged());
    compare("connections", &connections);
    for kind in ["serving", "others"] {
        compare("protections", &connections[kind]);
    }
    each(&connections["connections"], |row| compare("connection", row));
    each(&connections["holes"], |row| compare("hole", row));
}

#[test]
fn fields_have_the_documented_keys() {
    let document: Value =
        serde_json::from_str(&run(&["fields", "--all", "--format", "json"], b"")).unwrap();
    compare("fields", &document);
    let fields = document["fields"].as_array().unwrap();
    assert!(fields.len() > 800);
    for field in fields {
        compare("field", field);
        field["names"].as_array().unwrap().iter().for_each(|name| compare("field-name", name));
    }
    let op = fields.iter().find(|field| field["name"] == "caps.op").unwrap();
    assert_eq!(op["names"][3]["name"], "export");
    assert_eq!((&op["message"], &op["type"]), (&"MClientCaps".into(), &"named".into()));
}
