//! `check --follow`: problems are told once they are certain, while the capture goes on.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn capture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/crc-importer-crash.pcapng")
}

fn check(args: &[&str]) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    run.arg("check").args(args).arg(capture()).output().unwrap()
}

/// What a finding is of.
fn key(finding: &Value) -> (String, u64, Option<String>) {
    let text = |name: &str| finding[name].as_str().map(str::to_owned);
    (text("code").unwrap(), finding["frame"].as_u64().unwrap(), text("ino"))
}

#[test]
fn every_certain_problem_is_told_once_and_nothing_else() {
    let followed = check(&["--follow", "--format", "json"]);
    let lines = String::from_utf8(followed.stdout).unwrap();
    let told: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let whole = check(&["--format", "json"]);
    let whole: Value = serde_json::from_slice(&whole.stdout).unwrap();
    let faults = whole["findings"].as_array().unwrap().iter();
    let faults = faults.filter(|f| f["certainty"] == "certain" && f["severity"] != "info");
    let faults: BTreeSet<_> = faults.map(key).collect();
    assert!(!faults.is_empty());
    assert_eq!(told.len(), faults.len());
    assert_eq!(told.iter().map(key).collect::<BTreeSet<_>>(), faults);
    assert_eq!(followed.status.code(), Some(1));
}

#[test]
fn the_end_has_the_same_words_as_without() {
    let (followed, whole) = (check(&["--follow"]).stdout, check(&[]).stdout);
    assert!(followed.ends_with(&whole) && followed.len() > whole.len());
}

#[test]
fn problems_are_told_before_the_pipe_ends() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    run.args(["check", "--follow", "--format", "json", "-"]);
    let mut child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let bytes = std::fs::read(capture()).unwrap();
    let (most, rest) = bytes.split_at(bytes.len() - 20_000);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(most).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Waits for ever if nothing is told.
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["code"], "export-without-import");
    pipe.write_all(rest).unwrap();
    drop(pipe);
    assert!(lines.count() > 0);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
