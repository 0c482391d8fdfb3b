//! Recorded captures against what the daemons themselves logged of the same run.
//!
//! `NAME.truth.json` has a row for each kind of message that a log tells, with how often it was sent and
//! received; `NAME.findings.json` the halves of migrations whose other half no client logged. Neither was
//! made from the capture. Each message that its receiver logged must be found, none more often than its
//! sender logged.

mod common;

use std::collections::BTreeMap;

use common::{Seen, found, read};
use serde_json::Value;

/// The fields in which a log tells one message from another.
type Key = (String, String, String, [u64; 4], [String; 4], [u64; 2]);

fn load(name: &str) -> Vec<u8> {
    let path = format!("{}/../fixtures/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&load(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The key of a row, be it of the log or of the output. A log prints an EXPORT's peer as if it were a size.
fn key(row: &Value) -> Key {
    let text = |field: &str| row[field].as_str().unwrap_or("0").to_owned();
    let number = |field: &str| row[field].as_u64().unwrap_or(0);
    let size = if row["op"] == "export" { [0, 0] } else { ["size", "max_size"].map(number) };
    (
        text("direction"),
        text("op"),
        text("ino"),
        ["cap_id", "seq", "mseq", "tid"].map(number),
        ["caps", "dirty", "wanted", "follows"].map(text),
        size,
    )
}

/// The rows of MClientCaps that `events --format ndjson` would write, counted: the logs' truth has no others.
fn counted(seen: &Seen) -> BTreeMap<Key, u64> {
    let mut out = Vec::new();
    let mut events =
        ceph_dissect::render::Events::new(&mut out, ceph_dissect::render::Format::Ndjson);
    for (event, ends) in &seen.events {
        events.write(event, ends, None).unwrap();
    }
    events.finish().unwrap();
    let mut counts = BTreeMap::new();
    for line in out.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let row: Value = serde_json::from_slice(line).unwrap();
        if row["source"] == "client_caps" && row["replayed"] != true {
            *counts.entry(key(&row)).or_default() += 1;
        }
    }
    counts
}

fn compare(got: &BTreeMap<Key, u64>, truth: &Value) -> Result<usize, String> {
    let client_logs = truth["client_logs"] == true;
    let crash = !truth["crash"].is_null() && truth["crash"] != false;
    let partial = truth["partial"] == true;
    // What a daemon received just before it died, it no longer logged.
    let unlogged = |key: &Key| key.0 == "client_to_mds" && crash && !client_logs;
    let mut faults = Vec::new();
    let mut known = BTreeMap::new();
    for row in truth["messages"].as_array().ok_or("no messages")? {
        let (sent, received) = (row["sent"].as_u64(), row["received"].as_u64());
        let (sent, received) = (sent.ok_or("no sent")?, received.ok_or("no received")?);
        let least = match row["direction"] == "mds_to_client" && !client_logs {
            true if crash => 0,
            true => sent,
            false => received,
        };
        known.insert(key(row), (least, sent.max(received)));
    }
    for (key, (least, most)) in &known {
        let n = got.get(key).copied().unwrap_or(0);
        if n < *least && !partial || n > *most && !unlogged(key) {
            faults.push(format!("{key:?}: {n} found, {least} to {most} logged"));
        }
    }
    for (key, n) in got.iter().filter(|(key, _)| !known.contains_key(key) && !unlogged(key)) {
        faults.push(format!("{key:?}: {n} found, none logged"));
    }
    match faults.is_empty() {
        true => Ok(known.len()),
        false => Err(faults.join("\n")),
    }
}

fn check(name: &str, capture: &str) {
    let seen = read(vec![load(capture)]);
    assert_eq!(seen.report.faults, []);
    assert_eq!(seen.report.undecoded_total, 0);
    let truth = json(&format!("{name}.truth.json"));
    let got = counted(&seen);
    let rows = compare(&got, &truth).unwrap_or_else(|faults| panic!("{name}:\n{faults}"));
    assert!(rows > 100, "{rows}");

    // The comparison itself must be able to fail, in either direction.
    let mut less = got.clone();
    let logged = |key: &Key| {
        let messages = truth["messages"].as_array().unwrap();
        messages.iter().any(|row| row["received"].as_u64() > Some(0) && self::key(row) == *key)
    };
    let some = got.keys().find(|key| key.0 == "mds_to_client" && logged(key)).unwrap().clone();
    less.remove(&some);
    assert!(compare(&less, &truth).is_err(), "a missing message goes unnoticed");
    let mut more = got.clone();
    *more.entry(some).or_default() += 1000;
    assert!(compare(&more, &truth).is_err(), "a message too many goes unnoticed");

    let want = json(&format!("{name}.findings.json"));
    for (code, rows) in want.as_object().unwrap() {
        let rows = rows.as_array().unwrap();
        let fields = ["client", "ino", "exporter", "importer"];
        let told: Vec<_> =
            fields.into_iter().filter(|f| rows.iter().all(|row| !row[f].is_null())).collect();
        let mut want: Vec<Vec<_>> =
            rows.iter().map(|row| told.iter().map(|f| row[f].to_string()).collect()).collect();
        let certain = seen.report.findings.iter().filter(|f| f.code == code && f.doubt.is_none());
        let mut got: Vec<Vec<_>> = certain
            .map(|f| {
                let value = |field: &&str| match *field {
                    "client" => f.ends.client.map(Value::from),
                    "ino" => Some(f.ino.map(|ino| ino.to_string()).into()),
                    "exporter" => f.exporter.map(|rank| rank.0.into()),
                    _ => f.importer.map(|rank| rank.0.into()),
                };
                told.iter().map(|f| value(f).unwrap_or(Value::Null).to_string()).collect()
            })
            .collect();
        want.sort();
        got.sort();
        assert_eq!(got, want, "{name}: {code}");
    }
}

#[test]
fn msgr1_healthy() {
    check("v1-healthy", "v1-healthy.pcap");
}

#[test]
fn msgr2_healthy_packed() {
    check("crc-healthy", "crc-healthy.pcap.zst");
}

#[test]
fn msgr2_importer_crash() {
    check("crc-importer-crash", "crc-importer-crash.pcapng");
    let seen = read(vec![load("crc-importer-crash.pcapng")]);
    let reconnected =
        seen.report.findings.iter().filter(|f| found(f).0.contains("reconnect")).count();
    assert_eq!(reconnected, 9, "the client re-asserted all of them");
}
