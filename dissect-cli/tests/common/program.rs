//! The program itself, run in a test.
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fixtures::pcap::{Options, write};
use fixtures::scenes::named_story;
use serde_json::Value;

/// A recorded capture with findings.
pub(crate) const RECORDED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/crc-importer-crash.pcapng");

/// A directory of a test's own.
pub(crate) fn dir(test: &str) -> PathBuf {
    let dir =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{test}", env!("CARGO_CRATE_NAME")));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// The capture of a story.
pub(crate) fn pcap(story: &str) -> Vec<u8> {
    write(&named_story(story).story().packets, &Options::default())
}

/// Writes a file, and answers its path.
pub(crate) fn file(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs it to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ceph-dissect")).args(args).output().unwrap()
}

/// Its exit status.
pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed")
}

/// What it printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Its status, the rows of `events`, and what it says on standard error.
pub(crate) fn events(args: &[&str]) -> (i32, Vec<Value>, String) {
    let output = run(&[&["events"], args].concat());
    let out = text(&output.stdout);
    let rows = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (code(&output), rows, text(&output.stderr))
}

/// The same of `check`, whose output is a document.
pub(crate) fn check(args: &[&str]) -> (i32, Value, String) {
    let output = run(&[&["check", "--format", "json"], args].concat());
    let document = serde_json::from_slice(&output.stdout).unwrap();
    (code(&output), document, text(&output.stderr))
}

/// What a command says on standard error, and its status.
pub(crate) fn said(args: &[&str]) -> (String, i32) {
    let output = run(args);
    (text(&output.stderr), code(&output))
}
