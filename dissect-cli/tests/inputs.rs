//! The program itself: files that are not what they should be, in any order and packing.

#[path = "common/program.rs"]
mod program;

use std::io::Write;
use std::process::{Command, Stdio};

use fixtures::link::Link;
use fixtures::pcap::{Options, write};
use fixtures::scenes::named_story;
use serde_json::Value;

use program::{RECORDED, check, code, dir, events, file, pcap, run, said, text};

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
