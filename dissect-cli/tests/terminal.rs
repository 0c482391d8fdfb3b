//! The program itself: colours, widths, long tables.

#[path = "common/program.rs"]
mod program;

use std::process::Command;

use ceph_codec::message::client_request::RequestOp;
use fixtures::msgr::Protocol;
use fixtures::pcap::{Options, write};
use fixtures::scene::Scene;
use serde_json::Value;

use program::{RECORDED, check, dir, file, run, text};

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
