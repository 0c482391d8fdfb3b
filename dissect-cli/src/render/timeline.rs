//! Timelines for a terminal: lanes as vertical tracks on the left, an event a row, as in `git log --graph`.

mod ends;
mod glyph;
mod index;
mod names;
mod notes;
mod row;
#[cfg(test)]
mod tests;
mod track;
mod view;

use std::io;

use ceph_codec::types::Rank;

use super::line::{Ink, Line, wrap};
use super::text::{self, Style, count, duration};
use crate::caps::timeline::{Called, Client, Entry, Note, Server, Timeline, Timelines};
use crate::place::{Place, Time};

use glyph::Glyphs;
use row::Row;
use track::Tracks;

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Inodes to draw, the most telling ones if there are more; the table lists all.
    pub max_inodes: usize,
}

impl Default for View {
    fn default() -> Self {
        View { max_inodes: 20 }
    }
}

/// From so many inodes on a table of them comes first.
const INDEX_FROM: usize = 4;
/// Silence that is worth a line of its own, in nanoseconds.
const PAUSE: i64 = 1_000_000_000;
/// Tracks that would take more than this many hundredths of the width become a column of names.
const TRACKS_PERCENT: usize = 40;
/// An event's text gets lines of its own if less than this is left beside the columns.
const TEXT_MIN: usize = 34;

/// Writes all timelines.
pub fn render(
    timelines: &Timelines,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let glyphs = Glyphs::new(style.unicode);
    head(timelines, style, glyphs, out)?;
    let shown = timelines.most_telling(view.max_inodes);
    if timelines.inodes.len() >= INDEX_FROM || shown.len() < timelines.inodes.len() {
        index::write(timelines, style, out)?;
    }
    for &index in &shown {
        writeln!(out)?;
        Page::new(timelines, &timelines.inodes[index], style, glyphs).write(out)?;
    }
    if shown.len() < timelines.inodes.len() {
        let left = count((timelines.inodes.len() - shown.len()) as u64, "inode");
        writeln!(out)?;
        note(
            &format!(
                "{left} not drawn: see the table; one is drawn with --ino, all with --limit 0"
            ),
            style,
            out,
        )?;
    }
    Ok(())
}

/// What is shown, and what is not.
fn head(
    timelines: &Timelines,
    style: &Style,
    glyphs: &Glyphs,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let counts = &timelines.counts;
    let events = count(counts.entries, "event");
    let inodes = count(timelines.inodes.len() as u64, "inode");
    let mut pieces = vec![Line::of(Ink::Strong, &format!("{events} on {inodes}"))];
    if counts.outside > 0 {
        pieces.push(Line::of(Ink::Faint, &format!("({} not selected)", counts.outside)));
    }
    // Where nothing was read, nothing has begun.
    if counts.entries + counts.outside > 0 || timelines.origin != Time::default() {
        pieces.push(Line::of(Ink::Plain, &format!("0 s is {}", moment(timelines.origin))));
    }
    write_all(&wrap(pieces, style.width), style, out)?;
    if counts.undecided > 0 {
        let events = count(counts.undecided, "event");
        note(&format!("{events} left out: whose they are is not known"), style, out)?;
    }
    if let Some(from) = timelines.dropped_from {
        let events = count(counts.dropped, "event");
        note(
            &format!("{events} from frame {} on left out, there was no room", from.frame),
            style,
            out,
        )?;
        note("ask for less: --ino, --client, --mds, --since, --until", style, out)?;
    }
    if timelines.notes_dropped > 0 {
        let notes = count(timelines.notes_dropped, "note");
        note(&format!("{notes} of sessions and ranks left out, there was no room"), style, out)?;
    }
    if !timelines.inodes.is_empty() {
        let legend = glyphs.legend();
        let legend = legend.iter().map(|(ink, text)| Line::of(*ink, text)).collect();
        write_all(&wrap(legend, style.width), style, out)?;
    }
    Ok(())
}

/// Something that has to be known, which may be longer than a line.
fn note(text: &str, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
    let mut line = Line::of(Ink::Alarm, "!");
    for word in text.split(' ') {
        if line.len() + 1 + word.len() > style.width && line.len() > 2 {
            line.write(style, out)?;
            line = Line::of(Ink::Alarm, " ");
        }
        line.push(Ink::Alarm, " ");
        line.push(Ink::Alarm, word);
    }
    line.write(style, out)
}

fn write_all(lines: &[Line], style: &Style, out: &mut impl io::Write) -> io::Result<()> {
    lines.iter().try_for_each(|line| line.write(style, out))
}

/// A moment of the calendar, in UTC.
fn moment(time: Time) -> String {
    time.to_string().replace('T', " ").trim_end_matches("000Z").trim_end_matches('Z').to_owned()
        + " UTC"
}

/// Seconds since the origin, with `decimals` of their fraction, cut off and not rounded.
fn seconds(nanos: i64, decimals: usize) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let fraction = format!("{:09}", nanos % 1_000_000_000);
    format!("{sign}{}.{}", nanos / 1_000_000_000, &fraction[..decimals.min(9)])
}

/// The number of a packet; with its file's, if there are several files.
fn frame(place: &Place, files: bool) -> String {
    text::frame(*place, files)
}

pub(in crate::render) fn client_name(client: Client) -> String {
    match client {
        Client::Id(id) => format!("client.{id}"),
        Client::Addr(addr) => format!("client at {addr}"),
        Client::Conn(conn) => format!("client of connection {conn}"),
    }
}

pub(in crate::render) fn server_name(server: Server) -> String {
    match server {
        Server::Rank(rank) => format!("mds.{rank}"),
        Server::Addr(addr) => format!("mds at {addr}"),
        Server::Conn(conn) => format!("mds of connection {conn}"),
    }
}

/// One inode on its way to the terminal.
struct Page<'a> {
    timeline: &'a Timeline,
    called: &'a Called,
    origin: Time,
    style: &'a Style,
    glyphs: &'static Glyphs,
    /// Frame numbers need their file's.
    files: bool,
    /// Where the tracks are; `None` if there are too many, and names stand for them.
    columns: Option<Vec<usize>>,
    /// What stands for the tracks, by lane.
    names: Vec<String>,
}

impl<'a> Page<'a> {
    fn new(
        timelines: &'a Timelines,
        timeline: &'a Timeline,
        style: &'a Style,
        glyphs: &'static Glyphs,
    ) -> Self {
        let columns = track::columns(timeline);
        let fits = track::width(&columns) * 100 <= style.width * TRACKS_PERCENT;
        let short = style.width < 80;
        let name = |lane: &crate::caps::timeline::Lane| match (short, lane.client, lane.server) {
            (true, Client::Id(id), Server::Rank(rank)) => format!("{id}/{rank}"),
            _ => format!("{} {}", client_name(lane.client), server_name(lane.server)),
        };
        let places = timelines.inodes.iter().filter_map(Timeline::extent);
        Page {
            timeline,
            called: &timelines.called,
            origin: timelines.origin,
            style,
            glyphs,
            files: places.into_iter().any(|(first, last)| first.file.max(last.file) > 0),
            columns: Some(columns).filter(|_| fits),
            names: timeline.lanes.iter().map(name).collect(),
        }
    }

    fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        self.title(out)?;
        let layout = row::Layout::new(self);
        let mut tracks = match &self.columns {
            Some(columns) => {
                self.heading(columns, out)?;
                Some(Tracks::new(self.timeline, columns.clone(), self.glyphs))
            }
            None => None,
        };
        layout.heading(self).write(self.style, out)?;
        let mut last: Option<Time> = None;
        let mut notes = self.timeline.notes.iter().peekable();
        for (index, entry) in self.timeline.entries.iter().enumerate() {
            while let Some((_, note)) = notes.next_if(|(before, _)| *before <= index) {
                self.note(note, tracks.as_mut(), &layout, out)?;
                last = last.max(Some(note.place.time));
            }
            let time = entry.event.place.time;
            let mut since = last.map(|last| time.since(last));
            if let Some(pause) = since.filter(|since| *since >= PAUSE) {
                self.pause(tracks.as_ref(), &layout, pause).write(self.style, out)?;
                since = None;
            }
            last = Some(time);
            let left = match &mut tracks {
                Some(tracks) => tracks.row(index),
                None => layout.name(self, index),
            };
            let row = Row::new(self, index, since);
            let mut lines = row.lines(&layout);
            for pieces in view::says(self, entry, self.rank(entry)) {
                let room = self.style.width.saturating_sub(layout.op + 4);
                for (number, piece) in wrap(pieces, room).iter().enumerate() {
                    let mut line = Line::default();
                    let hang = if number > 0 { 4 } else { 0 };
                    line.pad_to(layout.op - layout.left + hang);
                    line.append(piece);
                    lines.push(line);
                }
            }
            for (number, line) in lines.iter().enumerate() {
                let mut whole = match (number, &tracks) {
                    (0, _) => left.clone(),
                    (_, Some(tracks)) => tracks.between(),
                    (_, None) => Line::default(),
                };
                whole.append(line);
                whole.write(self.style, out)?;
            }
        }
        for (_, note) in notes {
            self.note(note, tracks.as_mut(), &layout, out)?;
        }
        ends::write(self, out)
    }

    /// The rank of an entry's server.
    fn rank(&self, entry: &Entry) -> Option<Rank> {
        match self.timeline.lanes.get(entry.lane)?.server {
            Server::Rank(rank) => Some(Rank(rank)),
            _ => None,
        }
    }

    fn note(
        &self,
        note: &Note,
        tracks: Option<&mut Tracks<'_>>,
        layout: &row::Layout,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        let between = tracks.map_or_else(Line::default, |tracks| {
            tracks.pass(note.place);
            tracks.between()
        });
        let room = self.style.width.saturating_sub(layout.left);
        let beside = layout.op + TEXT_MIN <= self.style.width;
        let indent = if beside { layout.op - layout.left } else { layout.time - layout.left };
        for text in notes::line(note, self, layout).broken(room, indent) {
            let mut line = between.clone();
            line.pad_to(layout.left);
            line.append(&text);
            line.write(self.style, out)?;
        }
        Ok(())
    }

    fn title(&self, out: &mut impl io::Write) -> io::Result<()> {
        let timeline = self.timeline;
        let mut heading = format!("inode {}", timeline.ino);
        if let Some(path) = &timeline.path {
            heading.push(' ');
            heading.push_str(path);
        }
        let mut pieces = vec![Line::of(Ink::Strong, &heading)];
        let mut say = |ink, text: String| pieces.push(Line::of(ink, &text));
        say(Ink::Plain, count(timeline.entries.len() as u64, "event"));
        if !timeline.migrations.is_empty() {
            say(Ink::Move, count(timeline.migrations.len() as u64, "migration"));
        }
        if timeline.unmatched() > 0 {
            say(Ink::Alarm, format!("! {} unmatched", timeline.unmatched()));
        }
        if let Some((first, last)) = timeline.extent() {
            let (first, last) = (first.time, last.time);
            say(
                Ink::Plain,
                format!(
                    "{} s to {} s",
                    seconds(first.since(self.origin), 3),
                    seconds(last.since(self.origin), 3)
                ),
            );
        }
        write_all(&wrap(pieces, self.style.width), self.style, out)?;
        names::write(self, out)
    }

    /// The clients' names, each above its first lane, and a line down to it past those that follow.
    fn heading(&self, columns: &[usize], out: &mut impl io::Write) -> io::Result<()> {
        let lanes = &self.timeline.lanes;
        let first = |lane: &usize| *lane == 0 || lanes[*lane].client != lanes[*lane - 1].client;
        let firsts: Vec<usize> = (0..lanes.len()).filter(first).collect();
        for (number, lane) in firsts.iter().enumerate() {
            let mut line = Line::default();
            for before in &firsts[..number] {
                line.pad_to(columns[*before]);
                line.push(Ink::Faint, &self.glyphs.held.to_string());
            }
            line.pad_to(columns[*lane]);
            let client = lanes[*lane].client;
            line.push(Ink::Strong, &client_name(client));
            line.push(Ink::Faint, &names::said(self, client, line.len()));
            line.write(self.style, out)?;
        }
        // Servers without a rank get a letter and a line that says who it is.
        for (letter, server) in self.letters() {
            Line::of(Ink::Faint, &format!(" {letter} is {}", server_name(server)))
                .write(self.style, out)?;
        }
        Ok(())
    }

    fn letters(&self) -> Vec<(char, Server)> {
        let mut servers: Vec<Server> = self.timeline.lanes.iter().map(|lane| lane.server).collect();
        servers.sort_unstable();
        servers.dedup();
        servers.retain(|server| !matches!(server, Server::Rank(_)));
        ('a'..='z').chain(std::iter::repeat('?')).zip(servers).collect()
    }

    fn pause(&self, tracks: Option<&Tracks<'_>>, layout: &row::Layout, pause: i64) -> Line {
        let mut line = tracks.map_or_else(Line::default, Tracks::between);
        line.pad_to(layout.left);
        let dots = self.glyphs.pause;
        line.push(Ink::Faint, &format!(" {dots} {} {dots}", duration(pause)));
        line
    }
}
