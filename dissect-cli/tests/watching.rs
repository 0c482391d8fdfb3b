//! What is waited for, from built captures and from recorded ones against the daemons' logs.

use std::path::{Path, PathBuf};
use std::process::Command;

use ceph_codec::message::client_request::RequestOp;
use ceph_codec::types::Caps;
use fixtures::msgr::Protocol;
use fixtures::pcap::{Options, write};
use fixtures::scene::Scene;
use serde_json::Value;

const CLIENT: u64 = 4100;
const OTHER: u64 = 4200;
const DIR: u64 = 0x1_0000_0000;
const FILE: u64 = 0x1_0000_0001;

/// What a command says of a capture, and its exit status.
fn run(args: &[&str]) -> (Value, Option<i32>) {
    let out = Command::new(env!("CARGO_BIN_EXE_ceph-dissect")).args(args).output().unwrap();
    let document = serde_json::from_slice(&out.stdout);
    (document.unwrap_or_else(|e| panic!("{args:?}: {e}")), out.status.code())
}

fn file(name: &str, scene: Scene) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("watching-{name}.pcap"));
    std::fs::write(&path, write(&scene.finish().packets, &Options::default())).unwrap();
    path
}

/// A client that may write a file, and another one.
fn begin() -> Scene {
    let mut scene = Scene::new(Protocol::V2);
    for client in [CLIENT, OTHER] {
        scene.open(client, 0);
    }
    scene.create(CLIENT, 0, (DIR, "file"), FILE, "pAsLsXsFrw");
    scene
}

fn wait(scene: &mut Scene, seconds: i64) {
    for _ in 0..seconds / 5 {
        scene.wait(5_000);
        for client in [CLIENT, OTHER] {
            scene.chat(client, 0);
        }
    }
}

/// The only finding of this code.
fn finding<'a>(document: &'a Value, code: &str) -> Option<&'a Value> {
    let all: Vec<_> =
        document["findings"].as_array().unwrap().iter().filter(|f| f["code"] == code).collect();
    assert!(all.len() < 2, "{all:?}");
    all.first().copied()
}

/// The rank asks for Fw back since the other client opens the file.
fn asked_back(scene: &mut Scene) {
    let open = scene.asking(OTHER, 0, RequestOp::OPEN, DIR, "file");
    scene.ask(&open);
    scene.grant(CLIENT, 0, FILE, "pAsLsXsFr");
}

#[test]
fn a_revoke_that_nobody_answers_is_found_with_who_waits_for_it() {
    let mut scene = begin();
    scene.lookup(OTHER, 0, (DIR, "file"), FILE, "p");
    asked_back(&mut scene);
    wait(&mut scene, 90);
    let path = file("unanswered", scene);
    let path = path.to_str().unwrap();
    let (document, status) = run(&["check", "--format", "json", path]);
    let found = finding(&document, "revoke-unanswered").expect("it is found");
    assert_eq!((&found["severity"], &found["certainty"]), (&"error".into(), &"certain".into()));
    assert_eq!(
        (&found["facts"]["bits"], &found["facts"]["answer"]),
        (&"Fw".into(), &"none".into())
    );
    let waits = found["facts"]["waits"].as_str().unwrap();
    assert!(waits.starts_with("client.4200 open tid "), "{waits}");
    assert_eq!(status, Some(1));
    // Not yet, by another measure.
    let (document, status) = run(&["check", "--format", "json", "--revoke-timeout", "600", path]);
    assert_eq!((finding(&document, "revoke-unanswered"), status), (None, Some(0)));

    let (revokes, _) = run(&["revokes", "--format", "json", path]);
    let [open] = &revokes["unanswered"].as_array().unwrap()[..] else { panic!("{revokes}") };
    assert_eq!((&open["asked"], &open["client"]), (&"Fw".into(), &CLIENT.into()));
    assert_eq!((&open["waiting_total"], &open["waiting"][0]["op"]), (&1.into(), &"open".into()));
    let (waits, _) = run(&["waits", "--format", "json", path]);
    let [waiting] = &waits["unanswered"].as_array().unwrap()[..] else { panic!("{waits}") };
    assert_eq!(waiting["blocker"]["client"], CLIENT);
    // The end of a capture within the time is no finding.
    let mut scene = begin();
    asked_back(&mut scene);
    wait(&mut scene, 50);
    let path = file("young", scene);
    let (document, status) = run(&["check", "--format", "json", path.to_str().unwrap()]);
    assert_eq!((finding(&document, "revoke-unanswered"), status), (None, Some(0)));
}

#[test]
fn an_answer_may_be_in_a_hole() {
    for (name, hide) in [("lost", true), ("seen", false)] {
        let mut scene = begin();
        asked_back(&mut scene);
        wait(&mut scene, 20);
        scene.hide(CLIENT, 0, hide);
        wait(&mut scene, 20);
        scene.hide(CLIENT, 0, false);
        wait(&mut scene, 60);
        let path = file(name, scene);
        let (document, status) = run(&["check", "--format", "json", path.to_str().unwrap()]);
        let found = finding(&document, "revoke-unanswered").expect("it is found");
        let certainty = if hide { "undetermined" } else { "certain" };
        assert_eq!((&found["certainty"], status), (&certainty.into(), Some(i32::from(!hide))));
    }
}

#[test]
fn a_late_answer_is_a_warning() {
    let mut scene = begin();
    asked_back(&mut scene);
    wait(&mut scene, 75);
    let answer = scene.confirming(CLIENT, 0, FILE);
    scene.say(&answer);
    wait(&mut scene, 20);
    let path = file("late", scene);
    let (document, status) = run(&["check", "--format", "json", path.to_str().unwrap()]);
    let found = finding(&document, "revoke-unanswered").expect("it is found");
    assert_eq!(
        (&found["severity"], &found["facts"]["answer"]),
        (&"warning".into(), &"update".into())
    );
    assert_eq!(status, Some(1));
    let lasted = found["facts"]["for"].as_i64().unwrap();
    assert!((75_000_000_000..76_000_000_000).contains(&lasted), "{lasted}");
}

#[test]
fn a_flush_without_acknowledgement_is_found_unless_the_time_is_not_over() {
    for (seconds, found) in [(50, false), (90, true)] {
        let mut scene = begin();
        scene.flush(CLIENT, 0, FILE, "Fw");
        let flush = scene.flushing(CLIENT, 0, FILE, "Fw");
        scene.say(&flush);
        wait(&mut scene, seconds);
        let path = file(&format!("flush-{seconds}"), scene);
        let path = path.to_str().unwrap();
        let (document, status) = run(&["check", "--format", "json", path]);
        let finding = finding(&document, "flush-unacked");
        assert_eq!((finding.is_some(), status), (found, Some(i32::from(found))));
        if let Some(finding) = finding {
            assert_eq!(finding["certainty"], "certain");
            assert_eq!(finding["facts"]["tid"], flush.tid);
        }
        let (flushes, _) = run(&["flushes", "--format", "json", path]);
        assert_eq!(
            (&flushes["counts"]["acked"], &flushes["counts"]["unacked"]),
            (&1.into(), &1.into())
        );
    }
}

#[test]
fn every_revoke_and_flush_of_healthy_clusters_ends_as_the_daemons_logged() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data");
    let more = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/captures");
    let mut captures = vec![(data, "v1-healthy.pcap"), (data, "crc-healthy.pcap.zst")];
    match Path::new(more).exists() {
        true => captures.extend([
            (more, "pacific-v1.pcap"),
            (more, "kernel-v1.pcap"),
            (more, "reef-crc.pcapng"),
            (more, "reef-crc-nautilus-clients.pcapng"),
        ]),
        false => eprintln!("skipped: no captures beside this checkout"),
    }
    for (data, name) in captures {
        let truth = format!("{data}/{}.truth.json", name.split('.').next().unwrap());
        let truth: Value = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
        let logged = |op: &str| -> u64 {
            let rows = truth["messages"].as_array().unwrap().iter();
            rows.filter(|row| row["op"] == op).map(|row| row["sent"].as_u64().unwrap()).sum()
        };
        let capture = format!("{data}/{name}");
        let (revokes, _) = run(&["revokes", "--format", "json", &capture]);
        let counts = revokes["counts"].as_object().unwrap();
        let total: u64 = counts.values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!((total, &counts["unanswered"]), (logged("revoke"), &0.into()), "{name}");
        let (flushes, _) = run(&["flushes", "--format", "json", &capture]);
        let counts = &flushes["counts"];
        let acks = logged("flush_ack") + logged("flushsnap_ack");
        assert_eq!((&counts["acked"], &counts["unacked"]), (&acks.into(), &0.into()), "{name}");
        // Nobody waited for long, nobody was left out.
        let (document, _) = run(&["check", "--format", "json", &capture]);
        for code in
            ["revoke-unanswered", "flush-unacked", "wanted-not-granted", "conflicting-issue"]
        {
            assert_eq!(finding(&document, code), None, "{name}");
        }
        // Each migrated cap has one time between its halves.
        let (latency, _) = run(&["latency", "--format", "json", &capture]);
        let kinds = latency["kinds"].as_array().unwrap();
        let migrated = kinds.iter().find(|kind| kind["kind"] == "migration").unwrap();
        let paired = &document["capture"]["migrations_paired"];
        assert_eq!(&migrated["all"]["count"], paired, "{name}");
        assert!(paired.as_u64() <= Some(logged("export")), "{name}");
        for kind in kinds {
            let sum: u64 = kind["parts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|p| p["count"].as_u64().unwrap())
                .sum();
            assert_eq!(kind["all"]["count"], sum, "{name}");
        }
    }
}

#[test]
fn answers_are_found_at_the_frames_where_events_has_them() {
    let capture =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/v1-healthy.pcap").to_owned();
    let out = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"))
        .args(["events", &capture])
        .output()
        .unwrap();
    let rows: Vec<Value> = String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (revokes, _) = run(&["revokes", "--format", "json", &capture]);
    let slowest = revokes["slowest"].as_array().unwrap();
    assert!(slowest.len() > 50);
    for revoke in slowest {
        // By hand: the next message of that client with this cap and a seq as high, which keeps none of the
        // bits.
        let asked: Caps = revoke["asked"].as_str().unwrap().parse().unwrap();
        let keeps = |row: &Value| row["caps"].as_str().unwrap().parse::<Caps>().unwrap() & asked;
        let same = |row: &&Value| {
            ["ino", "client", "mds", "cap_id"].iter().all(|key| row[key] == revoke[key])
        };
        let behind = rows.iter().filter(same).filter(|row| {
            row["direction"] == "client_to_mds"
                && row["frame"].as_u64() > revoke["frame"].as_u64()
                && keeps(row).is_empty()
                && (row["source"] == "cap_release" || row["seq"].as_u64() >= revoke["seq"].as_u64())
        });
        let first = behind.map(|row| row["frame"].as_u64().unwrap()).min();
        assert_eq!(first, revoke["answer"]["frame"].as_u64(), "{revoke}");
    }
}

#[test]
fn a_client_that_wants_to_write_and_may_not_is_found() {
    for (seconds, others, found) in [(50, false, false), (90, false, true), (90, true, false)] {
        let mut scene = Scene::new(Protocol::V2);
        for client in [CLIENT, OTHER] {
            scene.open(client, 0);
        }
        scene.create(CLIENT, 0, (DIR, "file"), FILE, "pAsLsXsFr");
        if others {
            scene.lookup(OTHER, 0, (DIR, "file"), FILE, "pAsLsXs");
        }
        let update = scene.updating(CLIENT, 0, FILE, "-");
        let wanted = "pFrw".parse().unwrap();
        scene.say(&fixtures::caps::CapMessage { wanted, ..update });
        wait(&mut scene, seconds);
        let path = file(&format!("wanted-{seconds}-{others}"), scene);
        let (document, status) = run(&["check", "--format", "json", path.to_str().unwrap()]);
        let finding = finding(&document, "wanted-not-granted");
        assert_eq!((finding.is_some(), status), (found, Some(i32::from(found))));
        if let Some(finding) = finding {
            assert_eq!(
                (&finding["certainty"], &finding["facts"]["bits"]),
                (&"certain".into(), &"Fw".into())
            );
        }
    }
}

#[test]
fn bits_that_exclude_each_other_are_found_while_both_clients_have_them() {
    for (bits, given_back, found) in [
        ("pAsLsXsFsxcrwb", false, true),
        ("pAsLsXsFcr", false, true),
        ("pAsLsXsFrw", false, false),
        ("pAsLsXsFsxcrwb", true, false),
    ] {
        let mut scene = begin();
        scene.lookup(OTHER, 0, (DIR, "file"), FILE, bits);
        if given_back {
            scene.wait(1_000);
            scene.revoke(CLIENT, 0, FILE, "p");
        }
        wait(&mut scene, 20);
        let path = file(&format!("conflict-{bits}-{given_back}"), scene);
        let (document, status) = run(&["check", "--format", "json", path.to_str().unwrap()]);
        let finding = finding(&document, "conflicting-issue");
        assert_eq!((finding.is_some(), status), (found, Some(i32::from(found))), "{bits}");
        if let Some(finding) = finding {
            assert_eq!(finding["certainty"], "certain");
            assert_eq!(
                (&finding["client"], &finding["facts"]["other"]),
                (&OTHER.into(), &"client.4100".into())
            );
        }
    }
}
