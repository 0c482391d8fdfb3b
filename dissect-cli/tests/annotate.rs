//! `annotate`: what is written again is the same capture, with comments.

mod common;

#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ceph_dissect::capture::Capture;
use fixtures::link::Link;
use fixtures::pcap::Order;
use fixtures::pcapng::{Resolution, Writer};
use fixtures::scenes::named_story;
use serde_json::Value;

use program::{dir, run};

const CRASH: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/crc-importer-crash.pcapng");

/// Annotates what nothing is wrong with.
fn annotate(args: &[&str], out: &Path) {
    let output = run(&[&["annotate", "-o", out.to_str().unwrap()], args].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {told}");
}

/// The captures of the repository.
fn captures() -> Vec<PathBuf> {
    let all = ["../fixtures/data", "../fixtures/data/built"].map(common::captures).concat();
    assert!(all.len() > 10);
    all
}

/// Time, link type, length on the wire and bytes of every packet.
fn packets(file: &Path) -> Vec<(i64, u16, u32, Vec<u8>)> {
    let mut capture = Capture::open([file]);
    let mut all = Vec::new();
    while let Some(p) = capture.next() {
        all.push((p.place.time.0, p.link.0, p.orig_len, p.bytes.to_vec()));
    }
    assert_eq!(capture.faults(), []);
    all
}

fn events(file: &Path, args: &[&str]) -> Vec<Value> {
    let output = run(&[&["events", file.to_str().unwrap()], args].concat());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn findings(file: &Path) -> Vec<Value> {
    let output = run(&["check", "--format", "json", file.to_str().unwrap()]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["findings"].as_array().unwrap().clone()
}

/// The comments of every packet, read as the format's specification says, and by nobody else's code.
fn comments(file: &Path) -> Vec<Vec<String>> {
    let bytes = std::fs::read(file).unwrap();
    let (mut rest, mut big) = (&bytes[..], false);
    let mut all = Vec::new();
    while !rest.is_empty() {
        let four = |at: usize| -> [u8; 4] { rest[at..at + 4].try_into().unwrap() };
        if four(0) == [0x0a, 0x0d, 0x0d, 0x0a] {
            big = four(8) == [0x1a, 0x2b, 0x3c, 0x4d];
        }
        let word = |at: usize| {
            if big { u32::from_be_bytes(four(at)) } else { u32::from_le_bytes(four(at)) }
        };
        let len = word(4) as usize;
        assert_eq!(word(len - 4) as usize, len);
        if word(0) == 6 {
            let mut at = 28 + (word(20) as usize).next_multiple_of(4);
            let mut said = Vec::new();
            while at < len - 4 {
                let two = |at: usize| -> [u8; 2] { rest[at..at + 2].try_into().unwrap() };
                let half = |at: usize| {
                    if big { u16::from_be_bytes(two(at)) } else { u16::from_le_bytes(two(at)) }
                };
                let (code, size) = (half(at), half(at + 2) as usize);
                if code == 1 {
                    said.push(String::from_utf8(rest[at + 4..at + 4 + size].to_vec()).unwrap());
                }
                at += 4 + size.next_multiple_of(4);
            }
            assert_eq!(at, len - 4, "options fill the block");
            all.push(said);
        }
        rest = &rest[len..];
    }
    all
}

#[test]
fn packets_events_and_findings_stay_what_they_were() {
    let dir = dir("same");
    for file in captures() {
        let out = dir.join("out.pcapng");
        annotate_any(&file, &out);
        assert_eq!(packets(&out), packets(&file), "{}", file.display());
        assert_eq!(events(&out, &[]), events(&file, &[]), "{}", file.display());
        let found = findings(&file);
        assert_eq!(findings(&out), found, "{}", file.display());
        // Each finding is told at its packet, and by code at every other that it rests on.
        let said = comments(&out);
        for finding in found {
            let code = finding["code"].as_str().unwrap();
            let has = |frame: &Value, text: &str| {
                let said = &said[frame.as_u64().unwrap() as usize - 1];
                said.iter().any(|said| said.contains(text) || said.ends_with("more findings"))
            };
            assert!(has(&finding["frame"], &format!("[ceph-dissect explain {code}]")), "{finding}");
            for evidence in finding["evidence"].as_array().into_iter().flatten() {
                assert!(has(&evidence["frame"], code), "{finding}");
            }
        }
    }
}

/// Annotates a capture that may be damaged or blind.
fn annotate_any(file: &Path, out: &Path) {
    run(&["annotate", file.to_str().unwrap(), "-o", out.to_str().unwrap()]);
}

#[test]
fn every_message_is_told_at_its_packet() {
    let out = dir("summaries").join("out.pcapng");
    annotate(&[CRASH], &out);
    let said = comments(&out);
    let messages = run(&["messages", "-T", "ndjson", CRASH]);
    let mut left: Vec<_> = said.clone();
    let mut count = 0;
    for line in String::from_utf8(messages.stdout).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let here = &mut left[row["frame"].as_u64().unwrap() as usize - 1];
        let summary = row["summary"].as_str().unwrap();
        let full = here.last().is_some_and(|last| last.ends_with("more messages"));
        let Some(at) = here.iter().position(|text| text.contains(summary) || text.ends_with("..."))
        else {
            assert!(full, "{row}: {here:?}");
            continue;
        };
        here.remove(at);
        count += 1;
    }
    assert!(count > 500, "{count}");
    // And nothing else is said but findings.
    let is_finding =
        |text: &String| text.contains("[ceph-dissect explain ") || text.contains(" it: ");
    let others: Vec<_> = left.iter().flatten().filter(|text| !is_finding(text)).collect();
    assert!(others.iter().all(|text| text.starts_with("and ")), "{others:?}");
}

/// What an event says but for where it stands, and for names that other messages tell.
fn told(mut event: Value) -> Value {
    for key in ["file", "frame", "offset", "connection", "path"] {
        event.as_object_mut().unwrap().remove(key);
    }
    event
}

#[test]
fn what_is_kept_of_an_inode_reads_the_same() {
    let dir = dir("only");
    for file in captures() {
        let mut inodes = BTreeMap::<String, usize>::new();
        for event in events(&file, &[]) {
            *inodes.entry(event["ino"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        // Those with most and with least to tell.
        let mut inodes: Vec<_> = inodes.into_iter().collect();
        inodes.sort_by_key(|(_, count)| *count);
        let some = inodes.iter().rev().take(2).chain(inodes.iter().take(1));
        for (ino, count) in some {
            let out = dir.join("out.pcapng");
            run(&[
                "annotate",
                "--only",
                "--ino",
                ino,
                file.to_str().unwrap(),
                "-o",
                out.to_str().unwrap(),
            ]);
            let rows = |file: &Path| {
                // Where holes lie between, a row may come late.
                let mut rows = events(file, &["--ino", ino]);
                rows.sort_by_key(|row| row["time"].as_str().unwrap().to_owned());
                rows.into_iter().map(told).collect::<Vec<_>>()
            };
            let (before, after) = (rows(&file), rows(&out));
            assert_eq!(before.len(), *count);
            assert_eq!(after, before, "{} {ino}", file.display());
        }
    }
}

#[test]
fn what_is_kept_is_less() {
    let dir = dir("less");
    let all = packets(Path::new(CRASH));
    let kept = |args: &[&str]| {
        let out = dir.join("out.pcapng");
        annotate(&[&[CRASH, "--only"], args].concat(), &out);
        let kept = packets(&out);
        // As they were, in their order.
        let mut rest = all.iter();
        assert!(kept.iter().all(|packet| rest.any(|other| other == packet)));
        kept.len()
    };
    let one = kept(&["--ino", "0x100000001f9"]);
    let client = kept(&["--client", "4130"]);
    let finding = kept(&["--finding", "export-without-import"]);
    assert!(one < all.len() / 3 && one > 13, "{one} of {}", all.len());
    assert!(client < all.len() && client > one);
    assert!(finding < all.len() / 3, "{finding} of {}", all.len());
    assert!(kept(&["--client", "4130", "--ino", "0x100000001f9"]) < one);
    assert!(kept(&["--path", "/doomed/f0"]) == one);
    assert!(kept(&["--since", "9", "--until", "10"]) < all.len() / 2);
}

#[test]
fn a_finding_alone() {
    let out = dir("finding").join("out.pcapng");
    annotate(&[CRASH, "--only", "--finding", "export-without-import", "--no-summaries"], &out);
    let said: Vec<_> = comments(&out).into_iter().flatten().collect();
    assert!(
        said.iter().all(|text| text.contains("export-without-import") || text.starts_with("and ")),
        "{said:?}"
    );
    assert_eq!(said.iter().filter(|text| text.contains("[ceph-dissect explain ")).count(), 9);
    // What a packet shows of several, it says once; and nothing of what it gave rise to itself.
    let shows: Vec<_> =
        said.iter().filter(|text| text.ends_with("the connection to that rank ends")).collect();
    let want = [
        "3 export-without-import, the first at frame 1432 of the input, 6.16 ms after it: the connection to that \
         rank ends",
        "6 export-without-import, the first at frame 1428 of the input, 6.69 ms after it: the connection to that \
         rank ends",
    ];
    assert_eq!(shows, want);
    assert!(!said.iter().any(|text| text.contains(", 0 us after it")), "{said:?}");
    // The EXPORTs are there, and the client's answer to what came of it.
    let exports = |file: &Path| {
        let of: Vec<_> =
            findings(Path::new(CRASH)).iter().map(|f| f["cap"]["cap_id"].clone()).collect();
        let rows = events(file, &[])
            .into_iter()
            .filter(|e| e["op"] == "export" && (of.is_empty() || e["mds"] == 0));
        rows.filter(|e| e["peer"]["mds"] == 1 && e["mseq"] == 0).map(told).collect::<Vec<_>>()
    };
    let (before, after) = (exports(Path::new(CRASH)), exports(&out));
    assert!(after.len() >= 9 && after.iter().all(|row| before.contains(row)), "{after:?}");
}

#[test]
fn sections_of_either_byte_order_and_several_files() {
    let dir = dir("sections");
    let packets_of = named_story("migration-v2").story().packets;
    let mut writer = Writer::new(Order::Big);
    let (first, second) = packets_of.split_at(packets_of.len() / 2);
    for (order, packets) in [(Order::Big, first), (Order::Little, second)] {
        if order == Order::Little {
            writer.section(order);
        }
        let id = writer.interface(Link::Ethernet, Resolution::Default);
        let other = writer.interface(Link::Ethernet, Resolution::Decimal(9));
        for (n, packet) in packets.iter().enumerate() {
            writer.packet(if n % 2 == 0 { id } else { other }, packet);
        }
    }
    let file = dir.join("in.pcapng");
    std::fs::write(&file, writer.finish()).unwrap();
    let out = dir.join("out.pcapng");
    annotate(&[file.to_str().unwrap()], &out);
    assert_eq!(packets(&out), packets(&file));
    assert_eq!(events(&out, &[]), events(&file, &[]));
    assert!(comments(&out).iter().flatten().any(|text| text.contains("client_caps(import")));
    // Twice the same: what was said stays, and is said again behind it.
    let twice = dir.join("twice.pcapng");
    annotate(&[out.to_str().unwrap()], &twice);
    assert_eq!(packets(&twice), packets(&file));
    for (once, twice) in comments(&out).iter().zip(comments(&twice)) {
        assert_eq!([&once[..], once].concat(), twice);
    }
    // Several files become one.
    let one = dir.join("one.pcapng");
    annotate(&[CRASH, file.to_str().unwrap()], &one);
    let both = [packets(Path::new(CRASH)), packets(&file)].concat();
    assert_eq!(packets(&one), both);
    assert!(comments(&one).iter().flatten().any(|text| text.contains(&format!("of {CRASH}"))));
}

#[test]
fn wireshark_reads_the_comments() {
    let dir = dir("tshark");
    for file in captures() {
        let out = dir.join("out.pcapng");
        annotate_any(&file, &out);
        let tshark = Command::new("tshark")
            .args(["-n", "-r", out.to_str().unwrap(), "-T", "fields", "-E", "aggregator=\u{1}"])
            .args(["-e", "frame.number", "-e", "frame.comment"])
            .output();
        let Ok(tshark) = tshark else {
            eprintln!("skipped: there is no tshark here");
            return;
        };
        assert!(tshark.status.success(), "{tshark:?}");
        let text = String::from_utf8(tshark.stdout).unwrap();
        // It escapes a backslash.
        let said = comments(&out);
        assert_eq!(text.lines().count(), said.len(), "{}", file.display());
        for (line, said) in text.lines().zip(&said) {
            let (_, shown) = line.split_once('\t').unwrap();
            let shown: Vec<_> = shown.split('\u{1}').filter(|text| !text.is_empty()).collect();
            assert_eq!(shown, *said, "{}", file.display());
        }
    }
}

#[test]
fn what_cannot_be_is_said_before_anything_is_written() {
    let dir = dir("errors");
    let copy = dir.join("copy.pcapng");
    std::fs::copy(CRASH, &copy).unwrap();
    let copy = copy.to_str().unwrap();
    let link = dir.join("link.pcapng");
    std::fs::hard_link(copy, &link).unwrap();
    let out = dir.join("out.pcapng");
    let out = out.to_str().unwrap();
    let before = std::fs::read(copy).unwrap();
    let nowhere = dir.join("nowhere/out.pcapng");
    for (args, why) in [
        (&["annotate", "-", "-o", out][..], "no file"),
        (&["annotate", copy, "-o", copy], "not overwritten"),
        (&["annotate", copy, "-o", link.to_str().unwrap()], "not overwritten"),
        (&["annotate", copy, "-o", out, "--only"], "--ino"),
        (
            &["annotate", copy, "-o", out, "--finding", "export-without-inport"],
            "export-without-import",
        ),
        (&["annotate", copy, "-o", nowhere.to_str().unwrap()], "no directory"),
    ] {
        let output = run(args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(why), "{args:?}: {told}");
        assert!(output.stdout.is_empty() && !Path::new(out).exists());
    }
    assert_eq!(std::fs::read(copy).unwrap(), before);
}

#[test]
fn damage_is_told_and_the_rest_is_written() {
    let dir = dir("damage");
    let bytes = std::fs::read(CRASH).unwrap();
    let file = dir.join("cut.pcapng");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let out = dir.join("out.pcapng");
    let output = run(&["annotate", file.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("ends within"));
    let kept = packets(&out);
    assert!(kept.len() > 1000 && packets(Path::new(CRASH)).starts_with(&kept));
}

#[test]
fn standard_output_gets_the_same_bytes() {
    let out = dir("stdout").join("out.pcapng");
    annotate(&[CRASH], &out);
    let output = run(&["annotate", CRASH, "-o", "-"]);
    assert_eq!(output.stdout, std::fs::read(out).unwrap());
}
