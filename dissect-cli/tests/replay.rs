//! The replayed views against what servers and clients of recorded captures say themselves.
//!
//! Neither side of a recorded conversation knows of the replay. So each message is a question to it: a server
//! counts each of a cap's messages, so it must carry the number behind the held one; a client's message carries
//! the numbers and bits that the client has, and a reconnect all its caps of a rank. What differs must have an
//! explanation, and be there as often as is written here.

mod common;

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ceph_codec::message::client_caps::CapOp;
use ceph_dissect::caps::LoneExport;
use ceph_dissect::caps::replay::{Branch, Exit, Limits, Mode, Origin, Replay, Step};
use ceph_dissect::capture::{self, Capture};
use ceph_dissect::event::{CapEvent, Direction, Event, Peer, Source};
use ceph_dissect::pipeline::{News, Pipeline};

/// What a message says of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    /// A server's message has the number behind the held one.
    Next,
    /// It is the first of a cap.
    First,
    /// It is the second behind a placeholder: the IMPORT was the first, and is not in the capture.
    ImportMissing,
    /// A client's message has the numbers of the held cap, and no bit that is not.
    Same,
    /// It has older numbers: it crossed what the server said last.
    Crossing,
    /// The first that was heard of a cap from before the capture.
    Unheard,
    /// A release has the numbers of the held cap.
    Released,
    /// A release of a cap released before: the server spoke of it in between, or it was told twice.
    ReleasedAgain,
    /// The release that an IMPORT asked for.
    ReleasedExported,
    /// A release of an issue that is not the last.
    ReleasedBefore,
    /// A cap is told to a rank that came back: id and bits are those of the held one.
    Reasserted,
    /// None of these.
    Wrong,
}

/// These are what they have to be.
const RIGHT: [Answer; 5] =
    [Answer::Next, Answer::First, Answer::Same, Answer::Released, Answer::Reasserted];

fn asked(event: &CapEvent, step: &Step) -> Option<Answer> {
    let held = step.before.filter(|held| held.cap_id == event.cap_id);
    // A FLUSHSNAP and its answer name no cap.
    let other = step.before.is_some() && held.is_none() && event.cap_id != 0;
    let gone = step.gone.filter(|gone| gone.cap_id == event.cap_id).map(|gone| gone.how);
    let numbers =
        |(seq, issue_seq, mseq)| (event.seq, event.issue_seq, event.mseq) == (seq, issue_seq, mseq);
    Some(match (event.source, held) {
        _ if other => Answer::Wrong,
        (
            Source::ClientReply { .. }
            | Source::ClientCaps(CapOp::GRANT | CapOp::REVOKE | CapOp::IMPORT),
            held,
        ) => match held {
            Some(held) if event.seq.ahead_of(held.seq) == 1 => Answer::Next,
            Some(held)
                if held.origin == Origin::Placeholder && event.seq.ahead_of(held.seq) == 2 =>
            {
                Answer::ImportMissing
            }
            None if event.seq.0 == 1 => Answer::First,
            None if !step.known => Answer::Unheard,
            _ => Answer::Wrong,
        },
        (Source::RequestRelease | Source::ClientCaps(CapOp::UPDATE | CapOp::FLUSH), held) => {
            match held {
                Some(held) if numbers((held.seq, held.issue_seq, held.mseq)) => {
                    let assumed = held.origin == Origin::Assumed;
                    let within = held.implemented.contains(event.caps);
                    if within || assumed { Answer::Same } else { Answer::Wrong }
                }
                Some(held) if held.seq.is_after(event.seq) => Answer::Crossing,
                Some(held) if held.origin == Origin::Assumed && held.seq == event.seq => {
                    Answer::Unheard
                }
                None if !step.known => Answer::Unheard,
                _ => Answer::Wrong,
            }
        }
        (Source::CapRelease, Some(held)) => match held.mseq == event.mseq {
            true if held.issue_seq == event.issue_seq => Answer::Released,
            true if held.issue_seq.is_after(event.issue_seq) => Answer::ReleasedBefore,
            _ => Answer::Wrong,
        },
        (Source::CapRelease, None) => match gone {
            Some(Exit::Released) => Answer::ReleasedAgain,
            Some(Exit::ImportedReleasing) => Answer::ReleasedExported,
            _ => Answer::Wrong,
        },
        (Source::Reconnect, Some(held)) => match event.caps {
            caps if caps == held.issued || caps == held.implemented => Answer::Reasserted,
            _ => Answer::Wrong,
        },
        (Source::Reconnect, None) => Answer::Wrong,
        _ => return None,
    })
}

/// Ways that only a client of old can go.
const OLD: [Branch; 4] = [
    Branch::ExportRemembers,
    Branch::ExportForgets,
    Branch::ImportSettles,
    Branch::ReassertMissing,
];

/// All that a capture answers.
#[derive(Debug, Default)]
struct Proof {
    answers: BTreeMap<Answer, u64>,
    wrong: Vec<(CapEvent, Step)>,
    branches: BTreeMap<Branch, u64>,
    oddities: BTreeMap<String, u64>,
    /// Held caps that were not told to a rank that came back: unused, and used ones.
    untold: [u64; 2],
    reconnects: u64,
    /// Caps told to a rank that came back, of which the client of old would have had none, or another one.
    new_only: u64,
    live: usize,
    /// The ways of a client of old.
    old: Vec<Branch>,
    /// Inode and id of the caps whose IMPORT was missed.
    missing: Vec<(u64, u64)>,
}

fn read(path: &Path) -> Proof {
    let file: Box<dyn Read + Send> = Box::new(std::fs::File::open(path).expect("a capture"));
    read_from(file)
}

fn read_from(file: Box<dyn Read + Send>) -> Proof {
    let limits = capture::Limits::default();
    let mut capture = Capture::from_readers([("capture".to_owned(), file)], limits);
    let mut pipeline = Pipeline::default();
    let mut old = Replay::new(Mode::BeforeExportPeer, Limits::default());
    let mut proof = Proof::default();
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, who| {
        let News::Event(event, step, _) = news else { return };
        let of_old = old.push(event, who);
        proof.old.extend(of_old.map(|step| step.branch).filter(|branch| OLD.contains(branch)));
        let Some(step) = step else { return };
        *proof.branches.entry(step.branch).or_default() += 1;
        proof.reconnects += u64::from(step.branch == Branch::Reconnected);
        let Event::Cap(event) = event else { return };
        if event.replayed {
            assert_eq!(step.before, step.after);
            return;
        }
        check(event, step);
        let answer = asked(event, step);
        if let Some(answer) = answer {
            *proof.answers.entry(answer).or_default() += 1;
        }
        match answer {
            Some(Answer::ImportMissing) => proof.missing.push((event.ino.0, event.cap_id)),
            Some(Answer::Wrong) => proof.wrong.push((*event, *step)),
            _ => {}
        }
        if let Some(oddity) = step.oddity {
            let name = format!("{oddity:?}");
            let name = name.split(' ').next().unwrap_or_default().to_owned();
            *proof.oddities.entry(name).or_default() += 1;
        }
        if event.source == Source::Reconnect {
            let known = of_old.and_then(|step| step.before);
            proof.new_only += u64::from(known.is_none_or(|held| held.cap_id != event.cap_id));
        }
    });
    let replay = &pipeline.caps.story.replay;
    for lost in replay.lost().iter().filter(|lost| lost.how == Exit::NotReasserted) {
        let used = !lost.cap.wanted.is_empty() || !lost.flushing.is_empty();
        proof.untold[usize::from(used)] += 1;
    }
    proof.live = replay.live();
    // What looks as if an IMPORT were missing is an EXPORT of which none came.
    let lone = pipeline.caps.migrations.lone_exports();
    for (ino, cap_id) in &proof.missing {
        let is = |e: &LoneExport| (e.export.ino.0, e.peer.cap_id) == (*ino, *cap_id);
        assert!(lone.iter().any(is), "{ino:#x} {cap_id}");
    }
    proof
}

/// What holds of every step.
fn check(event: &CapEvent, step: &Step) {
    let other = step.other.and_then(|other| other.after);
    for held in [step.before, step.after, other].into_iter().flatten() {
        assert!(held.implemented.contains(held.issued), "{event:?}: {step:?}");
    }
    if let (Branch::ExportReplaces, Some(Peer::Importer(peer)), Some(held)) =
        (step.branch, event.peer, other)
    {
        assert_eq!(held.origin, Origin::Placeholder);
        assert_eq!((held.cap_id, held.mseq), (peer.cap_id, peer.mseq));
        assert_eq!(peer.seq.ahead_of(held.seq), 1);
        assert_eq!(held.issued, step.before.map_or(held.issued, |before| before.issued));
    }
    let exported = event.op() == Some(CapOp::EXPORT) && event.direction == Direction::MdsToClient;
    assert!(!exported || step.after.is_none_or(|held| held.cap_id != event.cap_id));
}

/// A capture, and what of it has to be explained.
struct Recorded {
    name: &'static str,
    explained: &'static [(Answer, u64)],
    odd: &'static [(&'static str, u64)],
    /// MClientReconnects.
    reconnects: u64,
    /// Unused caps that clients dropped before they told the others.
    trimmed: u64,
    /// Caps that were told thanks to a placeholder.
    new_only: u64,
}

const NOTHING: Recorded =
    Recorded { name: "", explained: &[], odd: &[], reconnects: 0, trimmed: 0, new_only: 0 };

fn prove(path: &Path, recorded: &Recorded) {
    let proof = read(path);
    let name = recorded.name;
    let count = |answer: &Answer| proof.answers.get(answer).copied().unwrap_or(0);
    let right: u64 = RIGHT.iter().map(count).sum();
    println!("{name}: {right} right; {:?}", proof.answers);
    println!("  {:?}", proof.branches);
    println!("  odd {:?}, live at the end {}", proof.oddities, proof.live);
    assert_eq!(proof.wrong, [], "{name}");
    assert!(right > 0, "{name}");
    let explained: Vec<(Answer, u64)> =
        proof.answers.iter().filter(|(a, _)| !RIGHT.contains(a)).map(|(a, n)| (*a, *n)).collect();
    assert_eq!(explained, recorded.explained, "{name}");
    let odd: Vec<(&str, u64)> = proof.oddities.iter().map(|(o, n)| (o.as_str(), *n)).collect();
    assert_eq!(odd, recorded.odd, "{name}");
    assert_eq!(proof.reconnects, recorded.reconnects, "{name}");
    assert_eq!(proof.untold, [recorded.trimmed, 0], "{name}");
    assert_eq!(proof.new_only, recorded.new_only, "{name}");
}

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn recorded() {
    for recorded in [
        Recorded { name: "v1-healthy.pcap", explained: &[(Answer::Crossing, 1)], ..NOTHING },
        Recorded { name: "crc-healthy.pcap.zst", ..NOTHING },
        Recorded {
            name: "crc-importer-crash.pcapng",
            explained: &[(Answer::Crossing, 1)],
            reconnects: 2,
            new_only: 9,
            ..NOTHING
        },
    ] {
        prove(&here().join("../fixtures/data").join(recorded.name), &recorded);
    }
}

/// Larger ones, which do not come along with the sources.
#[test]
fn shared() {
    let root = here().join("../../shared/captures");
    for recorded in [
        Recorded {
            name: "kernel-crc-importer-crash.pcapng",
            explained: &[(Answer::Crossing, 2)],
            reconnects: 1,
            new_only: 11,
            ..NOTHING
        },
        Recorded {
            name: "kernel-v1.pcap",
            explained: &[
                (Answer::Crossing, 84),
                (Answer::ReleasedExported, 1),
                (Answer::ReleasedBefore, 33),
            ],
            odd: &[("ReleaseIgnored", 33)],
            ..NOTHING
        },
        Recorded {
            name: "pacific-crc-importer-crash.pcapng",
            explained: &[(Answer::Crossing, 17)],
            reconnects: 4,
            new_only: 9,
            ..NOTHING
        },
        Recorded {
            name: "pacific-crc-lossy-link.pcap",
            explained: &[(Answer::Crossing, 20), (Answer::ReleasedAgain, 5)],
            ..NOTHING
        },
        Recorded {
            name: "pacific-crc-midstream.pcapng",
            explained: &[(Answer::Unheard, 12)],
            ..NOTHING
        },
        Recorded { name: "pacific-crc.pcapng", explained: &[(Answer::Crossing, 13)], ..NOTHING },
        Recorded {
            name: "pacific-v1-exporter-crash.pcap",
            explained: &[(Answer::ReleasedAgain, 4)],
            reconnects: 4,
            trimmed: 4,
            ..NOTHING
        },
        Recorded {
            name: "pacific-v1-importer-crash.pcap",
            explained: &[(Answer::Crossing, 6)],
            reconnects: 2,
            trimmed: 1,
            new_only: 9,
            ..NOTHING
        },
        Recorded {
            name: "pacific-v1-large.pcap.zst",
            explained: &[(Answer::ImportMissing, 45), (Answer::Crossing, 604)],
            odd: &[("PlaceholderUsed", 133), ("SeqGap", 45), ("TargetSessionMissing", 3)],
            ..NOTHING
        },
        Recorded {
            name: "pacific-v1-midstream.pcap",
            explained: &[(Answer::Unheard, 8)],
            ..NOTHING
        },
        Recorded {
            name: "pacific-v1.pcap",
            explained: &[(Answer::Crossing, 12), (Answer::ReleasedAgain, 3)],
            ..NOTHING
        },
        Recorded {
            name: "reef-compress.pcapng",
            explained: &[(Answer::Crossing, 8), (Answer::ReleasedAgain, 3)],
            ..NOTHING
        },
        Recorded { name: "reef-crc-importer-crash.pcapng", reconnects: 2, new_only: 9, ..NOTHING },
        Recorded {
            name: "reef-crc-nautilus-clients.pcapng",
            explained: &[(Answer::Crossing, 26)],
            ..NOTHING
        },
        Recorded { name: "reef-crc.pcapng", explained: &[(Answer::Crossing, 5)], ..NOTHING },
    ] {
        let path = root.join(recorded.name);
        if !path.exists() {
            println!("skipped: {} is not there", path.display());
            continue;
        }
        prove(&path, &recorded);
    }
}

/// What no built story has; hand-made events do.
const UNREACHED: &[Branch] = &[Branch::ReassertedUnknown];

/// Which story goes which way is in `branches.rs`.
#[test]
fn every_way_is_in_a_story() {
    let mut reached: Vec<Branch> = Vec::new();
    for named in fixtures::scenes::all() {
        let options = fixtures::pcap::Options::default();
        let bytes = fixtures::pcap::write(&named.story().packets, &options);
        let proof = read_from(Box::new(std::io::Cursor::new(bytes)));
        reached.extend(proof.branches.keys());
        reached.extend(&proof.old);
    }
    let missing: Vec<Branch> =
        EVERY.iter().filter(|branch| !reached.contains(branch)).copied().collect();
    assert_eq!(missing, UNREACHED);
}

const EVERY: &[Branch] = &[
    Branch::Replayed,
    Branch::Nothing,
    Branch::Assumed,
    Branch::Granted,
    Branch::Revoked,
    Branch::Late,
    Branch::Ignored,
    Branch::Issued,
    Branch::Reissued,
    Branch::ExportIgnored,
    Branch::ExportAfterImport,
    Branch::ExportToNowhere,
    Branch::ExportUpdates,
    Branch::ExportLeaves,
    Branch::ExportReplaces,
    Branch::ImportFirst,
    Branch::ImportFirstRelease,
    Branch::ImportReplaces,
    Branch::ImportUpdates,
    Branch::ImportLate,
    Branch::ImportAlone,
    Branch::ImportBeside,
    Branch::ExportRemembers,
    Branch::ExportForgets,
    Branch::ImportSettles,
    Branch::Flushed,
    Branch::SnapFlushed,
    Branch::AckUnmatched,
    Branch::Told,
    Branch::Flush,
    Branch::FlushAgain,
    Branch::FlushSnap,
    Branch::GivenUp,
    Branch::Released,
    Branch::ReleasedBefore,
    Branch::ReleasedGone,
    Branch::ToldStale,
    Branch::Reasserted,
    Branch::ReassertedUnknown,
    Branch::ReassertMissing,
    Branch::SessionAsked,
    Branch::SessionOpened,
    Branch::SessionStale,
    Branch::SessionRenewed,
    Branch::SessionClosed,
    Branch::SessionRejected,
    Branch::Reconnected,
];
