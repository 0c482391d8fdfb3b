//! A damaged capture is read, and what is read compared with what is there.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::{AddAssign, ControlFlow};

use ceph_dissect::capture::{Capture, Limits};
use ceph_dissect::findings::{Finding, Settings};
use ceph_dissect::pipeline::{News, Pipeline};
use ceph_dissect::stream::StreamStats;
use fixtures::damage::{Damaged, Format};

use super::oracle::{Key, Messages, Oracle};

/// All that is read of a file.
pub(crate) struct Seen {
    pub(crate) messages: Messages,
    pub(crate) findings: Vec<Finding>,
    /// Clusters of which there are maps.
    pub(crate) clusters: usize,
    /// Bytes that were allocated at a time, at most.
    pub(crate) memory: u64,
    /// What became of the segments.
    pub(crate) stream: StreamStats,
}

/// Reads every message of a file, and what the rules say of it.
pub(crate) fn read(file: Vec<u8>) -> Seen {
    let mut seen = Seen {
        messages: Messages::new(),
        findings: Vec::new(),
        clusters: 0,
        memory: 0,
        stream: StreamStats::default(),
    };
    let measured = allocation_counter::measure(|| {
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        let mut capture =
            Capture::from_readers([("damaged".to_owned(), reader)], Limits::default());
        let mut pipeline = Pipeline::new(|_| true);
        pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, who| {
            if let News::Said(spoken) = news
                && let Some(envelope) = spoken.envelope()
            {
                *seen.messages.entry(Key::of(&envelope, who)).or_default() += 1;
            }
        });
        seen.findings = pipeline.findings(capture.files(), &Settings::default());
        seen.clusters = pipeline.names().clusters().iter().len();
        seen.stream = *pipeline.front.streams.stats();
    });
    seen.memory = measured.bytes_max;
    seen
}

/// A row of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) packets: usize,
    pub(crate) left: usize,
    /// Messages without damage.
    pub(crate) messages: u64,
    /// Those of which every byte is there.
    pub(crate) whole: u64,
    /// Those of them that were found.
    pub(crate) found: u64,
    /// Messages that are not, or not so often, in the capture without damage.
    pub(crate) wrong: u64,
    /// Certain findings of the capture without damage.
    pub(crate) certain: u64,
    /// Certain findings that are still there and as certain.
    pub(crate) kept: u64,
    /// Certain findings that are still there and not certain any more.
    pub(crate) doubted: u64,
    /// Certain findings that it does not have.
    pub(crate) new: BTreeMap<&'static str, u64>,
    pub(crate) gaps: u64,
    /// Messages that were not found, by type.
    pub(crate) missed: BTreeMap<u16, u64>,
    /// The same in words.
    pub(crate) examples: Vec<String>,
}

impl AddAssign for Row {
    fn add_assign(&mut self, other: Row) {
        self.packets += other.packets;
        self.left += other.left;
        self.messages += other.messages;
        self.whole += other.whole;
        self.found += other.found;
        self.wrong += other.wrong;
        self.certain += other.certain;
        self.kept += other.kept;
        self.doubted += other.doubted;
        self.gaps += other.gaps;
        other.new.into_iter().for_each(|(code, n)| *self.new.entry(code).or_default() += n);
        other.missed.into_iter().for_each(|(kind, n)| *self.missed.entry(kind).or_default() += n);
        self.examples.extend(other.examples);
    }
}

/// Compares what was read of a damaged capture with what the recordings in it say.
pub(crate) fn compare(of: &[(&Oracle, &Seen)], damaged: &Damaged, seen: &Seen) -> Row {
    let mut row = Row {
        packets: damaged.packets,
        left: damaged.records.len(),
        gaps: seen.stream.gaps,
        ..Row::default()
    };
    let (mut all, mut whole, mut before) = (Messages::new(), Messages::new(), 0);
    for (oracle, _) in of {
        let survivors = oracle.survivors(damaged, before);
        oracle.all().into_iter().for_each(|(key, n)| *all.entry(key).or_default() += n);
        survivors.into_iter().for_each(|(key, n)| *whole.entry(key).or_default() += n);
        before += oracle.recording.packets.len();
    }
    row.messages = all.values().sum();
    for (key, n) in &whole {
        let found = seen.messages.get(key).copied().unwrap_or(0).min(*n);
        row.whole += n;
        row.found += found;
        if found < *n {
            *row.missed.entry(key.kind).or_default() += n - found;
            row.examples.push(format!("missed: {key:?}"));
        }
    }
    for (key, n) in &seen.messages {
        let wrong = n.saturating_sub(all.get(key).copied().unwrap_or(0));
        row.wrong += wrong;
        if wrong > 0 {
            row.examples.push(format!("wrong: {key:?}, {wrong} times too often"));
        }
    }
    // What is there comes before what is not.
    row.examples.sort_by_key(|example| example.starts_with("missed"));
    let certain = |seen: &Seen| {
        let sure = seen.findings.iter().filter(|finding| finding.doubt.is_none());
        sure.cloned().collect::<Vec<_>>()
    };
    let mut known: Vec<_> = of.iter().flat_map(|(_, seen)| certain(seen)).collect();
    row.certain = known.len() as u64;
    for finding in certain(seen) {
        match known.iter().position(|known| same(known, &finding)) {
            Some(at) => {
                known.swap_remove(at);
                row.kept += 1;
            }
            None => {
                *row.new.entry(finding.code).or_default() += 1;
                row.examples.insert(0, format!("new: {finding:?}"));
            }
        }
    }
    let mut doubtful: Vec<_> = seen.findings.iter().filter(|f| f.doubt.is_some()).collect();
    for known in &known {
        if let Some(at) = doubtful.iter().position(|finding| same(known, finding)) {
            doubtful.swap_remove(at);
            row.doubted += 1;
        }
    }
    row
}

/// Whether two findings say the same of the same; who is not known may be anybody.
fn same(one: &Finding, other: &Finding) -> bool {
    fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    // Of several clients the last one is named, which is another one where the capture ends earlier.
    let of_several = one.code == "ping-pong";
    (one.code, one.ino) == (other.code, other.ino)
        && (of_several || agree(one.ends.client, other.ends.client))
        && agree(one.exporter, other.exporter)
        && agree(one.importer, other.importer)
}

/// Lets a fault happen to a capture, and reads it.
pub(crate) fn suffer(
    oracle: &Oracle,
    whole: &Seen,
    fault: fixtures::damage::Fault,
    seed: u64,
    format: Format,
) -> (Row, Seen) {
    let mut damaged = oracle.recording.whole();
    let file = damaged.suffer(fault, &mut fixtures::rng::Rng::new(seed), format);
    if let Some(kept) = std::env::var_os("FAULTS_KEEP") {
        std::fs::write(kept, &file).expect("the file can be written");
    }
    let seen = read(file);
    (compare(&[(oracle, whole)], &damaged, &seen), seen)
}
