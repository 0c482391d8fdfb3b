//! Exports between ranks, of real captures: as they are, and with one kind of message withheld, as if it had
//! never been sent.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ceph_codec::message::MessageType;
use ceph_dissect::caps::moves::{Fate, Phase};
use ceph_dissect::capture::Capture;
use ceph_dissect::event::Reader;
use ceph_dissect::findings::{Fact, FactValue, Finding, Resolution, Settings, Severity};
use ceph_dissect::pipeline::Pipeline;
use ceph_dissect::session::Sessions;

/// As long as `check` waits.
const WAIT: i64 = 5_000_000_000;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(name)
}

fn read(path: &Path, wanted: fn(MessageType) -> bool) -> Pipeline {
    let mut pipeline = Pipeline::default();
    pipeline.front.sessions = Sessions::new(wanted);
    let mut capture = Capture::open([path]);
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |_, _, _| {});
    pipeline
}

fn incomplete(pipeline: &Pipeline) -> Vec<Finding> {
    let mut findings = pipeline.findings(&[], &Settings::default());
    findings.retain(|finding| finding.code == "migration-incomplete");
    findings
}

fn fates(pipeline: &Pipeline) -> Vec<(u64, Fate)> {
    let trunks = pipeline.trunks();
    let exports = pipeline.caps.story.moves.exports();
    exports.iter().map(|export| (export.tid, export.fate(&trunks, WAIT))).collect()
}

#[test]
fn healthy_exports_are_complete_and_their_clients_told() {
    for (name, done) in [("v1-healthy.pcap", 9), ("crc-healthy.pcap.zst", 9)] {
        let pipeline = read(&data(name), Reader::wants);
        let fates = fates(&pipeline);
        let of = |fate| fates.iter().filter(|(_, f)| *f == fate).count();
        assert_eq!(
            (of(Fate::Done), of(Fate::Cancelled), fates.len()),
            (done, 1, done + 1),
            "{name}"
        );
        let moves = &pipeline.caps.story.moves;
        assert_eq!(moves.awaited().count(), 0, "{name}");
        let pairs: u32 = moves.exports().iter().map(|export| export.both).sum();
        assert_eq!(u64::from(pairs), pipeline.caps.migrations.pairs(), "{name}");
        for export in moves.exports() {
            let [from, to] = export.ranks(pipeline.who());
            assert!(from.is_some() && to.is_some() && from != to, "{name}: {export:?}");
            let times: Vec<_> =
                Phase::ALL.iter().filter_map(|phase| export.at(*phase)).map(|at| at.time).collect();
            assert!(times.is_sorted(), "{name}: {export:?}");
            assert_eq!(export.caps, export.taken, "{name}");
        }
        assert_eq!(incomplete(&pipeline), [], "{name}");
    }
}

/// The caps whose other half no log tells are those of the export during which the importer died.
#[test]
fn a_crash_leaves_caps_of_one_export_without_import() {
    let pipeline = read(&data("crc-importer-crash.pcapng"), Reader::wants);
    let moves = &pipeline.caps.story.moves;
    let lone = pipeline.caps.migrations.lone_exports();
    assert_eq!(lone.len(), 9);
    let mut tids: Vec<_> = lone
        .iter()
        .map(|lone| {
            let client = pipeline.who().ends(lone.export.conn).unwrap().client;
            moves.of_cap(lone.export.ino, lone.peer.cap_id, client).unwrap().tid
        })
        .collect();
    tids.dedup();
    assert_eq!(tids.len(), 1, "{tids:?}");
    assert_eq!(moves.awaited().count(), 9);
}

fn fact<'f>(finding: &'f Finding, name: &str) -> &'f FactValue {
    let is = |fact: &&Fact| fact.name == name;
    &finding.facts.iter().find(is).unwrap().value
}

#[test]
fn whatever_is_withheld_is_waited_for() {
    type Withheld = (fn(MessageType) -> bool, &'static str, &'static str, Severity);
    let withheld: [Withheld; 3] = [
        (
            |kind| Reader::wants(kind) && kind != MessageType::MDS_EXPORT_DIR_FINISH,
            "export_ack",
            "finish",
            Severity::Error,
        ),
        (
            |kind| {
                Reader::wants(kind)
                    && kind != MessageType::MDS_EXPORT_DIR_FINISH
                    && kind != MessageType::MDS_EXPORT_DIR_ACK
            },
            "export",
            "export_ack",
            Severity::Error,
        ),
        (
            |kind| {
                Reader::wants(kind)
                    && ![
                        MessageType::MDS_EXPORT_DIR_FINISH,
                        MessageType::MDS_EXPORT_DIR_ACK,
                        MessageType::MDS_EXPORT_DIR,
                        MessageType::MDS_EXPORT_DIR_PREP_ACK,
                        MessageType::MDS_EXPORT_DIR_CANCEL,
                    ]
                    .contains(&kind)
            },
            "prep",
            "prep_ack",
            Severity::Warning,
        ),
    ];
    for name in ["v1-healthy.pcap", "crc-healthy.pcap.zst"] {
        let whole = read(&data(name), Reader::wants);
        let done = fates(&whole).into_iter().filter(|(_, fate)| *fate == Fate::Done).count();
        for (wanted, came_to, waits_for, severity) in withheld {
            let pipeline = read(&data(name), wanted);
            let trunks = pipeline.trunks();
            // The cluster is stopped at the end, within the time in which an answer may come.
            let (lost, findings): (Vec<_>, Vec<_>) = incomplete(&pipeline)
                .into_iter()
                .partition(|f| f.resolution == Some(Resolution::ConnectionLost));
            assert!(lost.iter().all(|finding| finding.severity == Severity::Info), "{lost:?}");
            let end = trunks.end().time;
            let exports = pipeline.caps.story.moves.exports();
            let early = |tid: u64| {
                // A finding needs the time in which the answer may come.
                let long = |time| end.since(time) > WAIT;
                exports.iter().filter(|e| e.tid == tid).any(|e| long(e.last.at.place.time))
            };
            assert!(!findings.is_empty() && findings.len() <= done + 1, "{name}: {waits_for}");
            for finding in &findings {
                assert_eq!(finding.doubt, None, "{name}: {finding:?}");
                assert_eq!(finding.severity, severity, "{name}: {finding:?}");
                assert_eq!(finding.resolution, Some(Resolution::None));
                assert_eq!(fact(finding, "came to"), &FactValue::Word(came_to));
                assert_eq!(fact(finding, "waits for"), &FactValue::Word(waits_for));
                let FactValue::Number(tid) = fact(finding, "migration tid") else { panic!() };
                assert!(early(*tid), "{name}: {finding:?}");
                assert!(finding.path.is_some(), "{name}: {finding:?}");
                assert!(finding.exporter.is_some() && finding.importer.is_some());
            }
            let late = exports
                .iter()
                .filter(|e| e.fate(&trunks, WAIT) == Fate::Open && e.came_to().name() == came_to)
                .filter(|e| end.since(e.last.at.place.time) <= WAIT)
                .count();
            let open = exports
                .iter()
                .filter(|e| e.fate(&trunks, WAIT) == Fate::Open && e.came_to().name() == came_to)
                .count();
            assert_eq!(findings.len() + late, open, "{name}: {waits_for}");
        }
    }
}

/// If the clients' EXPORTs and IMPORTs are not there although the ranks completed the export, nobody told them.
#[test]
fn caps_that_nobody_told_of_are_found() {
    let pipeline = read(&data("v1-healthy.pcap"), |kind| {
        Reader::wants(kind) && kind != MessageType::CLIENT_CAPS
    });
    let findings = incomplete(&pipeline);
    let untold: u64 = findings
        .iter()
        .map(|finding| match fact(finding, "caps") {
            FactValue::Number(caps) => *caps,
            other => panic!("{other:?}"),
        })
        .sum();
    assert!(!findings.is_empty());
    for finding in &findings {
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(fact(finding, "waits for"), &FactValue::Word("EXPORT and IMPORT"));
    }
    // But for those of sessions that end too early, and those for which the capture does.
    let taken: u32 = pipeline.caps.story.moves.exports().iter().map(|export| export.taken).sum();
    assert!(untold > 0 && untold <= u64::from(taken), "{untold} of {taken}");
}

#[test]
fn captures_beside_the_project() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    if !dir.exists() {
        eprintln!("skipped: no captures at {}", dir.display());
        return;
    }
    for (name, exports, lone) in [
        ("pacific-v1.pcap", 5, 0),
        ("pacific-crc-midstream.pcapng", 6, 0),
        ("pacific-v1-importer-crash.pcap", 5, 9),
        ("pacific-v1-exporter-crash.pcap", 5, 9),
        ("pacific-crc-importer-crash.pcapng", 5, 9),
        ("reef-crc-importer-crash.pcapng", 2, 9),
        ("reef-crc-nautilus-clients.pcapng", 7, 0),
    ] {
        let pipeline = read(&dir.join(name), Reader::wants);
        let moves = &pipeline.caps.story.moves;
        assert_eq!(moves.exports().len(), exports, "{name}");
        assert!(fates(&pipeline).iter().all(|(_, fate)| *fate == Fate::Done), "{name}");
        assert_eq!(moves.awaited().count(), lone, "{name}");
        assert_eq!(incomplete(&pipeline), [], "{name}");
    }
}
