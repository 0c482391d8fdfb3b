//! What is said of a packet in a capture that is written again.

use std::fmt::{self, Write};

use super::check::{outcome, shows};
use super::facts::says;
use super::messages::Row;
use super::text::duration;
use crate::findings::{FactValue, Finding, Resolution, Severity, Shows, rule};
use crate::names::is_hidden;
use crate::place::Place;
use crate::report::Report;

/// Bytes of one comment, 1 KiB. Beyond: it is cut.
pub const MAX_COMMENT: usize = 1 << 10;
/// Bytes of what is said of one packet, 4 KiB. Beyond: what finds no room is counted.
pub const MAX_COMMENTS: usize = 4 << 10;

/// What is said of one packet, a comment for each thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    texts: Vec<String>,
    bytes: usize,
    findings: u64,
    messages: u64,
}

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A finding, or a packet that one rests on.
    Finding,
    /// A message.
    Message,
}

impl Comments {
    /// Adds one. It may hold anybody's text: what a reader would not see comes escaped.
    pub fn add(&mut self, about: About, text: impl fmt::Display) {
        if self.bytes >= MAX_COMMENTS {
            self.count(about);
            return;
        }
        let mut plain = Plain(String::new());
        // It stops where there is no more room.
        if write!(plain, "{text}").is_err() {
            plain.0.push_str("...");
        }
        match self.bytes + plain.0.len() > MAX_COMMENTS {
            true => {
                self.bytes = MAX_COMMENTS;
                self.count(about);
            }
            false => {
                self.bytes += plain.0.len();
                self.texts.push(plain.0);
            }
        }
    }

    fn count(&mut self, about: About) {
        match about {
            About::Finding => self.findings += 1,
            About::Message => self.messages += 1,
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.findings + self.messages == 0
    }

    /// The comments, with one for those that found no room.
    pub fn texts(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        let more = |n: u64, what: &str| match n {
            0 => None,
            1 => Some(format!("and 1 more {what}").into()),
            n => Some(format!("and {n} more {what}s").into()),
        };
        let rest = [more(self.findings, "finding"), more(self.messages, "message")];
        self.texts.iter().map(|text| text.as_str().into()).chain(rest.into_iter().flatten())
    }
}

/// Text of one line without anything that is not seen, up to the longest that a comment may be.
struct Plain(String);

impl Write for Plain {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.0.len() >= MAX_COMMENT - "\\u{10ffff}...".len() {
                return Err(fmt::Error);
            }
            match is_hidden(c) {
                true => self.0.extend(c.escape_default()),
                false => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// A message in one line: who, to whom, what.
pub struct OfMessage<'r>(pub &'r Row<'r>);

impl fmt::Display for OfMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.0;
        if row.parties.is_some() {
            write!(f, "{} -> {} ", row.party(0), row.party(1))?;
        }
        write!(f, "{}", row.summary())?;
        match row.dissected.spoken.replayed {
            true => f.write_str(" (delivered before)"),
            false => Ok(()),
        }
    }
}

/// What a capture's packets are called where another is spoken of.
#[derive(Clone, Copy, Debug)]
pub struct Frames<'a> {
    /// Names of its files.
    pub files: &'a [String],
    /// Whether packets keep their numbers.
    pub same: bool,
}

impl Frames<'_> {
    /// `frame 12`; where numbers change, `frame 12 of the input`, or of which input.
    pub fn name(&self, place: Place) -> String {
        match (self.files, self.same) {
            (_, true) => format!("frame {}", place.frame),
            ([_], false) => format!("frame {} of the input", place.frame),
            (files, false) => {
                let file = files.get(place.file as usize).map_or("?", String::as_str);
                format!("frame {} of {file}", place.frame)
            }
        }
    }
}

/// A finding at the packet that gave rise to it, in one line.
pub struct OfFinding<'r> {
    /// The finding.
    pub finding: &'r Finding,
    /// What else is known.
    pub report: &'r Report,
    /// What packets are called.
    pub frames: Frames<'r>,
}

impl fmt::Display for OfFinding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OfFinding { finding, report, frames } = *self;
        let severity = match finding.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let certain = if finding.doubt.is_some() { " (undetermined)" } else { "" };
        write!(f, "{severity} {}{certain}: ", finding.code)?;
        let rank = |rank: Option<ceph_codec::types::Rank>| match rank {
            Some(rank) => match report.daemon(rank, finding.ends.mds_addr, finding.at.place.time) {
                Some(name) => format!("mds.{rank} ({name})"),
                None => format!("mds.{rank}"),
            },
            None => "an unknown rank".to_owned(),
        };
        if let Some(ino) = finding.ino {
            write!(f, "inode {ino}")?;
            if let Some(path) = &finding.path {
                write!(f, " {path}")?;
            }
            f.write_str(", ")?;
        }
        if let Some(cap) = &finding.cap {
            write!(f, "cap {} mseq {}, ", cap.cap_id, cap.mseq)?;
        }
        match finding.ends.client {
            _ if finding.is_among_ranks() => {}
            Some(client) => write!(f, "client.{client}, ")?,
            None => write!(f, "the client at {}, ", finding.ends.client_addr)?,
        }
        match (finding.exporter, finding.importer) {
            (None, None) => f.write_str(&rank(finding.ends.mds))?,
            (from, to) => write!(f, "{} -> {}", rank(from), rank(to))?,
        }
        if let Some(rule) = rule(finding.code) {
            write!(f, ": {}", rule.title)?;
        }
        // What is not certain is told by its reason alone: that nothing was heard means nothing then.
        match (finding.doubt, finding.resolution) {
            (Some(doubt), None | Some(Resolution::None)) => write!(f, "; not certain: {doubt}")?,
            (Some(doubt), Some(resolution)) => {
                write!(f, "; {}; not certain: {doubt}", outcome(finding, resolution))?;
            }
            (None, Some(resolution)) => write!(f, "; {}", outcome(finding, resolution))?,
            (None, None) => {}
        }
        for fact in &finding.facts {
            match &fact.value {
                FactValue::At(place) => write!(f, "; {} {}", fact.name, frames.name(*place))?,
                _ => write!(f, "; {}", says(finding.code, fact))?,
            }
        }
        for evidence in &finding.evidence {
            let frame = frames.name(evidence.place);
            write!(f, "; {frame}: {}", shows(evidence.shows))?;
        }
        write!(f, " [ceph-dissect explain {}]", finding.code)
    }
}

/// Findings of one kind at a packet that they rest on.
pub struct OfEvidence<'r> {
    /// The findings, one at least.
    pub findings: &'r [&'r Finding],
    /// What this packet shows of all of them.
    pub shows: Shows,
    /// Which packet it is.
    pub place: Place,
    /// What packets are called.
    pub frames: Frames<'r>,
}

impl fmt::Display for OfEvidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OfEvidence { findings, place, frames, .. } = self;
        let Some(first) = findings.first() else { return Ok(()) };
        let after = place.time.since(first.at.place.time);
        let way = if after < 0 { "before" } else { "after" };
        let (after, at) = (duration(after.saturating_abs()), frames.name(first.at.place));
        match findings.len() {
            1 => write!(f, "{} at {at}, {after} {way} it", first.code)?,
            n => write!(f, "{n} {}, the first at {at}, {after} {way} it", first.code)?,
        }
        write!(f, ": {}", shows(self.shows))
    }
}

#[cfg(test)]
mod tests {
    use super::{About, Comments, MAX_COMMENT, MAX_COMMENTS};

    fn texts(comments: &Comments) -> Vec<String> {
        comments.texts().map(String::from).collect()
    }

    #[test]
    fn what_is_not_seen_comes_escaped() {
        let mut comments = Comments::default();
        comments.add(About::Message, "a\nb\x1b[2J \u{202e}gpj größe");
        assert_eq!(texts(&comments), ["a\\nb\\u{1b}[2J \\u{202e}gpj größe"]);
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut comments = Comments::default();
        assert!(comments.is_empty());
        for n in 0..100 {
            let about = if n % 4 == 0 { About::Finding } else { About::Message };
            comments.add(about, format_args!("{n} {}", "ü".repeat(200)));
        }
        let texts = texts(&comments);
        let (said, rest) = texts.split_at(texts.len() - 2);
        let bytes: usize = said.iter().map(String::len).sum();
        assert!(bytes <= MAX_COMMENTS && bytes > MAX_COMMENTS / 2);
        // Each of the hundred is said or counted.
        let findings = said.len().div_ceil(4);
        let messages = said.len() - findings;
        let want = [
            format!("and {} more findings", 25 - findings),
            format!("and {} more messages", 75 - messages),
        ];
        assert_eq!(rest, want);
    }

    #[test]
    fn a_long_one_is_cut() {
        let mut comments = Comments::default();
        comments.add(About::Message, "\u{10ffff}".repeat(5000));
        comments.add(About::Message, "\u{202e}".repeat(5000));
        for text in texts(&comments) {
            assert!(text.len() <= MAX_COMMENT && text.ends_with("..."), "{}", text.len());
        }
    }
}
