//! One event as columns and text.

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, Seq};

use super::glyph::ink;
use super::{Page, frame, seconds, track};
use crate::caps::timeline::{Entry, Holding, MigrationState, Outcome};
use crate::event::{CapEvent, Direction, Peer, Source};
use crate::render::line::{Ink, Line, flow};
use crate::render::text::duration;

/// Room for the operation's name; longer ones, which name no cap, go beyond.
const OP_MAX: usize = 9;
/// Columns of a terminal from which on a row says how long after the one before it is.
const ROOMY: usize = 70;

/// Where the columns end, counted from the left edge.
pub(super) struct Layout {
    /// End of the tracks or of the lanes' names.
    pub(super) left: usize,
    pub(super) decimals: usize,
    pub(super) time: usize,
    /// End of the time since the row before, where there is room for it.
    delta: Option<usize>,
    pub(super) frame: usize,
    /// Where the operation begins.
    pub(super) op: usize,
    cap: usize,
    seq: usize,
    mseq: usize,
    /// Where the text begins.
    text: usize,
    /// Where its further lines begin.
    more: usize,
    /// Whether there is room for it beside the columns.
    beside: bool,
    width: usize,
}

impl Layout {
    pub(super) fn new(page: &Page<'_>) -> Self {
        let entries = &page.timeline.entries;
        let widest = |text: &dyn Fn(&Entry) -> String, heading: &str| {
            entries.iter().map(|e| text(e).len()).max().unwrap_or(0).max(heading.len())
        };
        let left = match &page.columns {
            Some(columns) => track::width(columns),
            None => 1 + 2 + page.names.iter().map(String::len).max().unwrap_or(0),
        };
        let decimals = if page.style.width >= 110 { 6 } else { 3 };
        let time = |e: &Entry| seconds(e.event.place.time.since(page.origin), decimals);
        let time = left + 1 + widest(&time, "time");
        let delta = (page.style.width >= ROOMY).then_some(time + 1 + "999.999".len());
        let frame =
            delta.unwrap_or(time) + 1 + widest(&|e| frame(&e.event.place, page.files), "frame");
        let op = frame + 2;
        let cap = op
            + widest(&|e| e.event.source.to_string(), "").min(OP_MAX)
            + 1
            + widest(&|e| e.event.cap_id.to_string(), "cap");
        let seq = cap + 1 + widest(&|e| e.event.seq.to_string(), "seq");
        let mseq = seq + 1 + widest(&|e| e.event.mseq.to_string(), "mseq");
        let width = page.style.width;
        let text = mseq + 2;
        let beside = text + super::TEXT_MIN <= width;
        let more = if beside { op + 2 } else { left + 3 };
        Layout { left, decimals, time, delta, frame, op, cap, seq, mseq, text, more, beside, width }
    }

    /// The line above the rows: the ranks, and what the columns are.
    pub(super) fn heading(&self, page: &Page<'_>) -> Line {
        let mut line = Line::default();
        match &page.columns {
            Some(columns) => {
                let letters = page.letters();
                for (lane, column) in page.timeline.lanes.iter().zip(columns) {
                    line.pad_to(*column);
                    let letter = letters.iter().find(|(_, server)| *server == lane.server);
                    let name = match (letter, lane.server) {
                        (None, crate::caps::timeline::Server::Rank(rank)) => rank.to_string(),
                        (letter, _) => letter.map_or('?', |(letter, _)| *letter).to_string(),
                    };
                    line.push(Ink::Strong, &name);
                }
            }
            None => line.push(Ink::Faint, " lane"),
        }
        line.pad_to(self.left);
        let columns = [(Some(self.time), "time"), (self.delta, "+ms"), (Some(self.frame), "frame")];
        let columns = columns.iter().filter_map(|(column, name)| Some(((*column)?, *name)));
        let columns: Vec<_> = columns.collect();
        columns.iter().for_each(|(column, name)| line.right(Ink::Faint, *column, name));
        line.pad_to(self.op);
        line.push(Ink::Faint, "what");
        let columns = [(self.cap, "cap"), (self.seq, "seq"), (self.mseq, "mseq")];
        columns.iter().for_each(|(column, name)| line.right(Ink::Faint, *column, name));
        line
    }

    /// What stands for the tracks if there are too many.
    pub(super) fn name(&self, page: &Page<'_>, index: usize) -> Line {
        let entry = &page.timeline.entries[index];
        let mut line =
            Line::of(ink(entry.event.source), &page.glyphs.mark(entry.event.source).to_string());
        line.push(Ink::Plain, &format!(" {}", page.names[entry.lane]));
        line.pad_to(self.left);
        line
    }
}

/// Whether a message with this operation says which bits the client has or may have.
fn says_bits(op: CapOp) -> bool {
    matches!(op, CapOp::GRANT | CapOp::REVOKE | CapOp::IMPORT | CapOp::UPDATE | CapOp::FLUSH)
}

/// One event of a page.
pub(super) struct Row<'a> {
    page: &'a Page<'a>,
    entry: &'a Entry,
    since: Option<i64>,
}

impl<'a> Row<'a> {
    pub(super) fn new(page: &'a Page<'a>, index: usize, since: Option<i64>) -> Self {
        Row { page, entry: &page.timeline.entries[index], since }
    }

    /// What stands right of the tracks, in as many lines as it takes.
    pub(super) fn lines(&self, layout: &Layout) -> Vec<Line> {
        let at = |column: usize| column - layout.left;
        let event = &self.entry.event;
        let mut first = Line::default();
        let time = seconds(event.place.time.since(self.page.origin), layout.decimals);
        first.right(Ink::Plain, at(layout.time), &time);
        // In milliseconds, so that the eye can compare.
        let delta =
            self.since.map(|since| seconds(since.saturating_mul(1000), 3)).unwrap_or_default();
        if let Some(column) = layout.delta {
            first.right(Ink::Faint, at(column), &delta);
        }
        first.right(Ink::Faint, at(layout.frame), &frame(&event.place, self.page.files));
        first.pad_to(at(layout.op));
        first.push(ink(event.source), &event.source.to_string());
        let number = |zero: bool, number: &dyn std::fmt::Display| match zero {
            true => String::new(),
            false => number.to_string(),
        };
        first.right(Ink::Plain, at(layout.cap), &number(event.cap_id == 0, &event.cap_id));
        first.right(Ink::Plain, at(layout.seq), &number(event.seq == Seq(0), &event.seq));
        first.right(Ink::Plain, at(layout.mseq), &event.mseq.to_string());
        let pieces = self.pieces();
        let room = layout.width.saturating_sub(layout.text);
        let length = pieces.iter().map(|piece| piece.len() + 2).sum::<usize>();
        let beside = if layout.beside || length <= room + 2 { room } else { 0 };
        let text = flow(pieces, beside, layout.width.saturating_sub(layout.more));
        let mut lines = vec![first];
        for (index, piece) in text.iter().enumerate() {
            if index > 0 {
                lines.push(Line::default());
            }
            if let Some(line) = lines.last_mut() {
                line.pad_to(at(if index > 0 { layout.more } else { layout.text }));
                line.append(piece);
            }
        }
        lines
    }

    fn pieces(&self) -> Vec<Line> {
        let mut pieces = vec![self.subject()];
        let event = &self.entry.event;
        match event.source {
            Source::ClientReply { .. } | Source::RequestRelease if event.tid != 0 => {
                pieces.push(Line::of(Ink::Faint, &format!("request {}", event.tid)));
            }
            _ => {}
        }
        pieces.extend(self.wanted());
        pieces.extend(self.size());
        pieces.extend(self.flush());
        pieces.extend(self.peer());
        pieces.extend(self.migration());
        let placeholder = matches!(self.entry.before, Holding::Placeholder { cap_id, .. } if cap_id == event.cap_id);
        if placeholder && event.op() == Some(CapOp::GRANT) {
            pieces.push(Line::of(Ink::Move, "placeholder confirmed"));
        }
        if event.op() == Some(CapOp::REVOKE) {
            pieces.push(self.outcome("answered", Line::of(Ink::Alarm, "! no answer seen")));
        }
        if self.entry.stale {
            pieces.push(Line::of(Ink::Alarm, "! of a cap that is gone"));
        }
        if event.replayed {
            pieces.push(Line::of(Ink::Faint, "(replayed)"));
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    /// The bits: what the message says, and what that changes.
    fn subject(&self) -> Line {
        let (entry, event) = (self.entry, &self.entry.event);
        let mut line = Line::default();
        match event.op() {
            None | Some(CapOp::DROP | CapOp::RELEASE | CapOp::RENEW) => {}
            Some(op) if says_bits(op) || op.name().is_none() => {}
            Some(_) => return line,
        }
        if entry.before == Holding::Unknown {
            line.push(Ink::Faint, &format!("?{}", self.page.glyphs.becomes));
        }
        if event.source != Source::CapRelease {
            line.push(Ink::Strong, event.caps.text().as_str());
        }
        let gained = entry.gained();
        let lost = if event.op() == Some(CapOp::REVOKE) { entry.asked } else { entry.lost() };
        let meanwhile = match event.direction {
            Direction::ClientToMds => gained.without(event.caps),
            Direction::MdsToClient => Caps::NONE,
        };
        let mut change = |ink, sign: char, caps: Caps| {
            if !caps.is_empty() {
                line.push(Ink::Plain, " ");
                line.push(ink, &format!("{sign}{caps}"));
            }
        };
        if event.op() != Some(CapOp::IMPORT) {
            change(Ink::Give, '+', gained.without(meanwhile));
            change(Ink::Take, '-', lost);
        }
        line
    }

    fn wanted(&self) -> Option<Line> {
        let event = &self.entry.event;
        let says = event.op().is_none_or(says_bits) && event.source != Source::CapRelease;
        let news = self.entry.wanted_before.is_some_and(|before| before != event.wanted);
        (says && news).then(|| match event.wanted.is_empty() {
            true => Line::of(Ink::Plain, "wants nothing"),
            false => Line::of(Ink::Plain, &format!("wants {}", event.wanted)),
        })
    }

    fn size(&self) -> Option<Line> {
        let event = &self.entry.event;
        let (size, max) = event.size?;
        let says = matches!(event.op(), Some(CapOp::GRANT | CapOp::REVOKE | CapOp::TRUNC));
        let (old_size, old_max) = self.entry.size_before.unwrap_or((size, max));
        let mut text = Vec::new();
        if old_size != size || event.op() == Some(CapOp::TRUNC) {
            text.push(format!("size {size}"));
        }
        if old_max != max {
            text.push(format!("max {max}"));
        }
        (says && !text.is_empty()).then(|| Line::of(Ink::Plain, &text.join(" ")))
    }

    /// State on its way back to the server, or there.
    fn flush(&self) -> Vec<Line> {
        let event = &self.entry.event;
        let what = format!("{} tid {}", event.dirty, event.tid);
        if self.entry.is_flush() {
            let also = if event.op() == Some(CapOp::UPDATE) { "flush " } else { "" };
            let outcome = self.outcome("acked", Line::of(Ink::Alarm, "! no ack seen"));
            return vec![Line::of(Ink::Plain, &format!("{also}{what}")), outcome];
        }
        match event.op() {
            Some(CapOp::FLUSH_ACK | CapOp::FLUSHSNAP_ACK) => vec![Line::of(Ink::Plain, &what)],
            _ => Vec::new(),
        }
    }

    fn peer(&self) -> Option<Line> {
        let CapEvent { source, peer, .. } = &self.entry.event;
        let arrow = match peer {
            _ if source.op() == Some(CapOp::EXPORT) => self.page.glyphs.to,
            Some(_) => self.page.glyphs.from,
            None => return None,
        };
        let text = match peer {
            Some(Peer::Importer(p)) if !p.is_somewhere() => format!("{arrow} nowhere"),
            Some(p) => format!(
                "{arrow} mds.{} id {} seq {} mseq {}",
                p.mds(),
                p.cap_id(),
                p.seq(),
                p.mseq()
            ),
            None => format!("{arrow} ? (version {} does not say)", self.entry.event.version),
        };
        Some(Line::of(Ink::Move, &text))
    }

    fn migration(&self) -> Option<Line> {
        let migration = &self.page.timeline.migrations[self.entry.migration?];
        let place = self.entry.event.place;
        let (name, half) = match self.entry.event.op() {
            Some(CapOp::EXPORT) => ("import", migration.import),
            _ => ("export", migration.export),
        };
        Some(match (migration.state, half) {
            (MigrationState::Paired, Some(half)) => {
                let by = half.place.time.since(place.time);
                let when = if by < 0 { "before" } else { "later" };
                let frame = frame(&half.place, self.page.files);
                let by = duration(by.saturating_abs());
                Line::of(Ink::Faint, &format!("{name} {by} {when}, frame {frame}"))
            }
            (MigrationState::NoImport, _) => Line::of(Ink::Alarm, "! no import seen"),
            (MigrationState::NoExport, _) => Line::of(Ink::Alarm, "! no export seen"),
            (MigrationState::NotDue, _) => Line::of(Ink::Faint, "no export due"),
            _ => return None,
        })
    }

    /// Whether and when the answer came.
    fn outcome(&self, answered: &str, open: Line) -> Line {
        match self.entry.outcome {
            Outcome::Answered { after, .. } => {
                Line::of(Ink::Faint, &format!("{answered} in {}", duration(after)))
            }
            Outcome::Overtaken { by } => {
                let by = &self.page.timeline.entries[by].event;
                let frame = frame(&by.place, self.page.files);
                Line::of(Ink::Faint, &format!("overtaken by {} in frame {frame}", by.source))
            }
            Outcome::Open => open,
            Outcome::NotAwaited => Line::default(),
        }
    }
}
