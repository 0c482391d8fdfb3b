//! The lanes as vertical tracks, drawn row by row.

use ceph_codec::message::client_caps::CapOp;

use super::glyph::{Glyphs, ink};
use crate::caps::timeline::{Entry, Holding, Server, Timeline};
use crate::event::Peer;
use crate::place::Place;
use crate::render::line::{Ink, Line};

/// Columns from one lane of a client to the next.
const STEP: usize = 3;
/// Columns more between two clients.
const APART: usize = 1;
/// Columns left of the first lane.
const MARGIN: usize = 1;

/// The columns of the lanes.
pub(super) fn columns(timeline: &Timeline) -> Vec<usize> {
    let mut at = MARGIN;
    let mut last = None;
    let place = |lane: &crate::caps::timeline::Lane| {
        if last.is_some_and(|client| client != lane.client) {
            at += APART;
        }
        last = Some(lane.client);
        at += STEP;
        at - STEP
    };
    timeline.lanes.iter().map(place).collect()
}

/// Columns that the tracks take, with a blank behind.
pub(super) fn width(columns: &[usize]) -> usize {
    columns.last().map_or(0, |last| last + STEP)
}

/// What is drawn of a lane between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stretch {
    Blank,
    Held,
    Limbo,
    Unknown,
}

/// Draws the tracks from the top to the bottom.
pub(super) struct Tracks<'a> {
    timeline: &'a Timeline,
    columns: Vec<usize>,
    glyphs: &'static Glyphs,
    /// For each lane, which of its spans it is in.
    span: Vec<usize>,
    /// For each lane, how many second halves of migrations are still to come on it.
    awaited: Vec<usize>,
}

impl<'a> Tracks<'a> {
    pub(super) fn new(
        timeline: &'a Timeline,
        columns: Vec<usize>,
        glyphs: &'static Glyphs,
    ) -> Self {
        let lanes = timeline.lanes.len();
        let mut tracks =
            Tracks { timeline, columns, glyphs, span: vec![0; lanes], awaited: vec![0; lanes] };
        // What happened before the first row.
        if let Some(first) = timeline.entries.first() {
            tracks.pass(first.event.place);
        }
        tracks
    }

    fn advance(&mut self, lane: usize, here: impl Fn(Option<usize>) -> bool) {
        let spans = &self.timeline.lanes[lane].spans;
        let next = |at: usize| spans.get(at + 1).and_then(|span| span.began);
        while next(self.span[lane]).is_some_and(|edge| here(edge.entry)) {
            self.span[lane] += 1;
        }
    }

    /// What no entry did is so from `place` on.
    pub(super) fn pass(&mut self, place: Place) {
        for lane in 0..self.span.len() {
            let spans = &self.timeline.lanes[lane].spans;
            let next = |at: usize| spans.get(at + 1).and_then(|span| span.began);
            while next(self.span[lane]).is_some_and(|e| e.entry.is_none() && e.place <= place) {
                self.span[lane] += 1;
            }
        }
    }

    fn stretch(&self, lane: usize) -> Stretch {
        match self.timeline.lanes[lane].spans[self.span[lane]].holding {
            Holding::Cap { .. } => Stretch::Held,
            Holding::Placeholder { .. } => Stretch::Limbo,
            Holding::Unknown => Stretch::Unknown,
            Holding::Nothing if self.awaited[lane] > 0 => Stretch::Limbo,
            Holding::Nothing => Stretch::Blank,
        }
    }

    fn stretches(&self) -> Vec<Stretch> {
        (0..self.span.len()).map(|lane| self.stretch(lane)).collect()
    }

    fn draw(&self, stretch: Stretch) -> char {
        match stretch {
            Stretch::Blank => ' ',
            Stretch::Held => self.glyphs.held,
            Stretch::Limbo => self.glyphs.limbo,
            Stretch::Unknown => self.glyphs.unknown,
        }
    }

    /// The tracks where nothing happens.
    pub(super) fn between(&self) -> Line {
        self.line(
            &self.stretches().iter().map(|s| (Ink::Faint, self.draw(*s))).collect::<Vec<_>>(),
            None,
        )
    }

    /// The tracks at an entry, which must be the one after that of the last call.
    pub(super) fn row(&mut self, index: usize) -> Line {
        let entry = &self.timeline.entries[index];
        self.pass(entry.event.place);
        let above = self.stretches();
        for lane in 0..self.span.len() {
            self.advance(lane, |entry| entry == Some(index));
        }
        self.await_halves(index, entry);
        let below = self.stretches();
        let mut cells: Vec<(Ink, char)> =
            above.iter().map(|s| (Ink::Faint, self.draw(*s))).collect();
        let mut mark = self.glyphs.mark(entry.event.source);
        let other = self.arrow(index, entry);
        if let Some(other) = other {
            let imports = entry.event.op() == Some(CapOp::IMPORT);
            let (there, here) = (self.columns[other], self.columns[entry.lane]);
            let above = above[other] != Stretch::Blank;
            let below = below[other] != Stretch::Blank;
            cells[other] = (Ink::Move, self.glyphs.corner(above, below, here > there));
            if imports {
                mark =
                    if here > there { self.glyphs.import_right } else { self.glyphs.import_left };
            }
        }
        cells[entry.lane] = (ink(entry.event.source), mark);
        self.line(&cells, other.map(|other| (other.min(entry.lane), other.max(entry.lane))))
    }

    /// Notes which lane is waiting for the second half of a migration.
    fn await_halves(&mut self, index: usize, entry: &Entry) {
        let Some(migration) = entry.migration.map(|m| &self.timeline.migrations[m]) else { return };
        let halves = [migration.export, migration.import];
        for half in halves.into_iter().flatten() {
            match half.entry {
                Some(e) if e == index => {
                    self.awaited[half.lane] = self.awaited[half.lane].saturating_sub(1)
                }
                Some(e) if e > index => self.awaited[half.lane] += 1,
                _ => {}
            }
        }
    }

    /// The lane at the other end of the arrow that an entry draws: its migration's, if it is the first half.
    fn arrow(&self, index: usize, entry: &Entry) -> Option<usize> {
        let migration = &self.timeline.migrations[entry.migration?];
        let halves = [migration.export, migration.import].into_iter().flatten();
        let other = halves.clone().find(|half| half.entry != Some(index));
        match other {
            Some(half) if half.entry.is_some_and(|e| e < index) => None,
            Some(half) => Some(half.lane).filter(|lane| *lane != entry.lane),
            None => self.named(entry),
        }
    }

    /// The lane of the peer that an entry names.
    fn named(&self, entry: &Entry) -> Option<usize> {
        let rank = entry.event.peer.as_ref().map(Peer::mds)?;
        let client = self.timeline.lanes[entry.lane].client;
        let is = |lane: &crate::caps::timeline::Lane| {
            lane.client == client && lane.server == Server::Rank(rank.0)
        };
        self.timeline.lanes.iter().position(is).filter(|lane| *lane != entry.lane)
    }

    fn line(&self, cells: &[(Ink, char)], arrow: Option<(usize, usize)>) -> Line {
        let mut line = Line::default();
        for (lane, &(ink, c)) in cells.iter().enumerate() {
            let inside = arrow.is_some_and(|(from, to)| from < lane && lane <= to);
            let between = arrow.is_some_and(|(from, to)| from < lane && lane < to);
            while line.len() < self.columns[lane] {
                match inside {
                    true => line.push(Ink::Move, &self.glyphs.across.to_string()),
                    false => line.push(Ink::Plain, " "),
                }
            }
            match (between, c) {
                (true, ' ') => line.push(Ink::Move, &self.glyphs.across.to_string()),
                (true, _) => line.push(Ink::Move, &self.glyphs.cross.to_string()),
                _ => line.push(ink, &c.to_string()),
            }
        }
        line.pad_to(width(&self.columns));
        line
    }
}
