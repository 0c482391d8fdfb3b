//! What `messages` writes of a message, as it was asked for.

use std::process::{Command, Output};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data");
const CRASH: &str = "crc-importer-crash.pcapng";
const HEALTHY: &str = "v1-healthy.pcap";

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    command.current_dir(DATA).arg("messages").args(args).output().unwrap()
}

fn out(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn columns_have_the_names_they_were_asked_for_by() {
    let named = ["-e", "ceph.msg.client_caps.inode", "-e", "caps.issued", "-e", "caps.head.mseq"];
    let args =
        [&[CRASH, "-Y", "caps", "-c", "1", "-E", "header=y", "-T", "fields"][..], &named].concat();
    let text = out(&args);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("ceph.msg.client_caps.inode\tcaps.issued\tcaps.head.mseq"));
    assert_eq!(lines.next(), Some("0x1\tpAsLsXs\t0"));
    let csv = out(&[&[CRASH, "-Y", "caps", "-c", "1", "-T", "csv"][..], &named].concat());
    assert!(csv.starts_with("ceph.msg.client_caps.inode,caps.issued,caps.head.mseq\n"), "{csv}");
}

#[test]
fn what_would_be_ignored_is_refused() {
    for (args, says) in [
        (&["-T", "csv", "-V"][..], "-V is for -T text"),
        (&["-T", "json", "-x"], "-x is for -T text"),
        (&["-T", "pdml", "-t", "e"], "-t is for -T text"),
        (&["-E", "header=y"], "-E is for -T fields and -T csv"),
        (&["-T", "ek", "-e", "frame"], "-e chooses columns"),
        (&["-e", ""], "-e needs the name of a field"),
    ] {
        let output = run(&[&[CRASH], args].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(says), "{args:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn packets_of_several_files_are_told_apart() {
    let text = out(&[HEALTHY, CRASH, "-Y", "mdsmap"]);
    let of = |file: &str| text.lines().filter(|line| line.trim_start().starts_with(file)).count();
    assert!(of("1:") > 5 && of("2:") > 5);
    assert_eq!(of("1:") + of("2:"), text.lines().count());
    assert!(out(&[HEALTHY, CRASH, "-Y", "mdsmap", "-c", "1", "-V"]).starts_with("Frame 1:"));
    let csv = out(&[HEALTHY, CRASH, "-Y", "mdsmap", "-T", "csv"]);
    assert!(csv.starts_with("file,frame,time,"), "{csv}");
    assert_eq!(csv.lines().filter(|line| line.starts_with(CRASH)).count(), of("2:"));
    // Alone it needs no name.
    assert!(out(&[CRASH, "-Y", "mdsmap", "-T", "csv", "-c", "1"]).starts_with("frame,time,"));
}

#[test]
fn sections_are_protocols_of_their_own() {
    let pdml = out(&[CRASH, "-Y", "middle_len > 0 && data_len == 0", "-T", "pdml", "-c", "1"]);
    let protos: Vec<_> = pdml.lines().filter(|line| line.contains("<proto ")).collect();
    assert_eq!(protos.len(), 4, "{pdml}");
    assert!(protos[2].contains("name=\"client_caps\"") && protos[2].contains(", front\""));
    assert!(protos[3].contains("name=\"client_caps.middle\"") && protos[3].contains(", middle\""));
}

#[test]
fn an_inode_is_named_once_and_none_is_not_one() {
    let inodes = out(&[CRASH, "-T", "fields", "-e", "ino"]);
    let mut several = 0;
    for line in inodes.lines().filter(|line| !line.is_empty()) {
        let mut all: Vec<_> = line.split(',').collect();
        let named = all.len();
        several += usize::from(named > 1);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), named, "{line}");
        assert!(!all.contains(&"0x0"), "{line}");
    }
    assert!(several > 5, "{several}");
    assert_eq!(out(&[CRASH, "--ino", "0x0"]), "");
    // So it stands in most requests.
    assert!(!out(&[CRASH, "-Y", "request.ino == 0x0"]).is_empty());
}

#[test]
fn the_option_and_the_field_select_the_same() {
    for ino in ["0x1", "0x10000000000", "0x100000001f9"] {
        let by_option = out(&[CRASH, "--ino", ino, "-T", "ndjson"]);
        assert!(!by_option.is_empty(), "{ino}");
        assert_eq!(
            by_option,
            out(&[CRASH, "-Y", &format!("ino == {ino}"), "-T", "ndjson"]),
            "{ino}"
        );
    }
}
