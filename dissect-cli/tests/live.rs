//! `check --follow`: problems are told once they are certain, while the capture goes on.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
#[cfg(unix)]
use std::{process::Child, sync::mpsc, thread, time::Duration};

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

/// How long a command may take to end: far longer than it does, since the machine may be busy.
#[cfg(unix)]
const LONG: Duration = Duration::from_secs(120);

/// Ctrl-C, and what the command says then; its standard input stays open.
#[cfg(unix)]
fn interrupted(mut child: Child, seen: String) -> (String, String, Option<i32>) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let (ended, ends) = mpsc::channel();
    let pipe = child.stdin.take();
    thread::spawn(move || ended.send(child.wait_with_output().unwrap()));
    let output = ends.recv_timeout(LONG);
    if output.is_err() {
        let _ = Command::new("kill").args(["-KILL", &pid]).status();
    }
    let output = output.expect("it waits for the pipe");
    drop(pipe);
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (seen + &out, err, output.status.code())
}

#[cfg(unix)]
fn spawn(args: &[&str]) -> Child {
    let mut run = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    run.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    run.spawn().unwrap()
}

#[test]
#[cfg(unix)]
fn a_silent_pipe_is_let_go_of_with_ctrl_c() {
    let bytes = std::fs::read(capture()).unwrap();
    // Not where a packet ends.
    let most = &bytes[..bytes.len() - 20_001];
    for command in ["check", "summary"] {
        let mut child = spawn(&[command, "-"]);
        // More than a pipe holds: some of it is read when all of it is written.
        child.stdin.as_mut().unwrap().write_all(most).unwrap();
        let (out, _, status) = interrupted(child, String::new());
        assert!(out.contains("the rest of the input: interrupted"), "{out}");
        assert!(!out.contains("ends within") && out.contains(" cap messages"), "{out}");
        assert_eq!(status, Some(2));
    }
    // What was told is on its way already, and what comes behind is told too.
    let mut child = spawn(&["check", "--follow", "-"]);
    child.stdin.as_mut().unwrap().write_all(most).unwrap();
    let mut first = [0; 10];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    let (out, _, status) = interrupted(child, String::from_utf8(first.to_vec()).unwrap());
    assert!(out.contains("export-without-import") && out.contains("interrupted"), "{out}");
    assert_eq!(status, Some(2));
    // Rows are whole.
    let mut child = spawn(&["events", "-"]);
    // What it writes has to be read, or it reads no more.
    let (mut pipe, most) = (child.stdin.take().unwrap(), most.to_vec());
    let pipe = thread::spawn(move || pipe.write_all(&most).map(|()| pipe));
    let mut first = [0; 1];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    let (out, err, status) = interrupted(child, String::from_utf8(first.to_vec()).unwrap());
    drop(pipe.join());
    assert!(out.ends_with("}\n") && err.contains("interrupted"), "{err}");
    assert_eq!(status, Some(2));
}
