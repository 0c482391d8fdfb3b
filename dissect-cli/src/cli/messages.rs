//! The command that shows messages.

use std::collections::{BTreeMap, VecDeque};
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;

use ceph_codec::message::{Message, MessageType};
use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::dissect::{Detail, Dissected, Dissector, Party};
use ceph_dissect::event::{InOrder, Reader};
use ceph_dissect::fields;
use ceph_dissect::findings::Settings;
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::{Heard, News, Pipeline};
use ceph_dissect::place::{Place, Time};
use ceph_dissect::render::messages::{self as show, Lead, Row};
use ceph_dissect::render::{self, Style};
use ceph_dissect::report::Unmatched;
use ceph_dissect::session::{Spoken, Who};

use super::Status;
use super::args::{ColorWhen, Input, MessagesArgs, Shape};
use super::chosen::Chosen;
use super::commands::{complain, say_if_empty, stdout, style, warn};
use super::marks::Marks;
use super::run::{NotThere, Reading, listen, read_noting};

/// Types that are named where none is what was asked for.
const KINDS: usize = 5;

/// Runs the command.
pub(super) fn run(args: &MessagesArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let files = are_files(&args.input);
    let chosen = Chosen::new(args)?;
    if !files && (!args.filter.inodes.path.is_empty() || chosen.asks(fields::PATH)) {
        anyhow::bail!(
            "paths need files here: they may be told later than what happens, and a pipe is read once"
        );
    }
    if !files && chosen.asks(fields::FINDING) {
        anyhow::bail!(
            "findings need files here: they are known at the end, and a pipe is read once"
        );
    }
    let mut listing = Listing::new(args, chosen, style(color, args.ascii));
    match files {
        // Names, ranks and findings may be told behind the message that they belong to: read twice.
        true => {
            let filter = |start| args.filter.of(start);
            let sink = |news: News<'_>, _: &Names, _: &Who| {
                listing.begins(news);
                ControlFlow::Continue(())
            };
            let (known, not_there) = read_noting(&args.input, Pipeline::default(), filter, sink)?;
            listing.lacks(not_there);
            twice(&mut listing, &args.input, &known)
        }
        false => once(&mut listing, &args.input),
    }
}

/// Whether this input can be read only once. What is not there, or is a directory, is no pipe: reading says what is
/// wrong with it.
pub(super) fn is_pipe(file: &Path) -> bool {
    let other = |file: std::fs::Metadata| !file.is_file() && !file.is_dir();
    file.as_os_str() == "-" || std::fs::metadata(file).is_ok_and(other)
}

/// Whether the input can be read again.
pub(super) fn are_files(input: &Input) -> bool {
    !input.files.iter().any(|file| is_pipe(file))
}

/// What its files are called.
pub(super) fn names_of(input: &Input) -> Vec<String> {
    input.files.iter().map(|file| file.display().to_string()).collect()
}

/// Lists what is selected of files of which all is known.
pub(super) fn twice(
    listing: &mut Listing<'_>,
    input: &Input,
    known: &Reading,
) -> anyhow::Result<Status> {
    let report = known.report(&Settings::default());
    listing.marks = Marks::new(&report.findings);
    let (names, who) = (known.pipeline.names(), known.pipeline.who());
    listing.selected.settle(names);
    let whole = listen(input, listing.wanted(), |heard| match heard {
        Heard::Said(spoken) => listing.said(spoken, names, who),
        Heard::Packet(place, holding) => listing.packet(place, holding),
    })?;
    listing.finish()?;
    complain(&report);
    say_if_empty(&report);
    let whole = whole || listing.is_full();
    Ok(if whole && !known.is_troubled() { Status::Clean } else { Status::Trouble })
}

fn once(listing: &mut Listing<'_>, input: &Input) -> anyhow::Result<Status> {
    let (args, pipeline) = (listing.args, Pipeline::new(listing.wanted()));
    let filter = |start| args.filter.of(start);
    let (reading, not_there) = read_noting(input, pipeline, filter, |news, names, who| {
        listing.begins(news);
        match news {
            News::Said(spoken) => listing.said(spoken, names, who),
            News::Packet(place, holding) => listing.packet(place, holding),
            News::Start(_) | News::Event(..) => ControlFlow::Continue(()),
        }
    })?;
    listing.lacks(not_there);
    listing.finish()?;
    let report = reading.report(&Settings::default());
    match reading.enough {
        // The rest, and what would have filled holes, is not missed: it was not wanted.
        true => render::faults(&report).iter().for_each(|fault| warn(fault)),
        false => {
            complain(&report);
            say_if_empty(&report);
        }
    }
    Ok(if reading.is_troubled() && !listing.is_full() { Status::Trouble } else { Status::Clean })
}

/// Says whether a message is to be shown, by what was said and who is at the ends.
type Pick<'a> = dyn FnMut(&Spoken<'_>, Option<&[Party; 2]>) -> bool + 'a;

/// Writes the messages that are selected, in the order of the capture.
pub(super) struct Listing<'a> {
    args: &'a MessagesArgs,
    chosen: Chosen,
    /// Names of the files.
    files: Vec<String>,
    style: Style,
    selected: Selection,
    /// What is selected beyond that.
    picked: Box<Pick<'a>>,
    /// Lines between the messages, and behind which packet each stands.
    notes: VecDeque<(Place, Vec<u8>)>,
    dissector: Dissector,
    marks: Marks,
    origin: Time,
    before: Option<Time>,
    /// Messages, selected or not, by type: `None` for what is no message.
    heard: BTreeMap<Option<MessageType>, u64>,
    /// The last packet.
    last: Option<Place>,
    /// What is said if nothing is written.
    not_there: Vec<String>,
    written: u64,
    /// What is to be written, and whether it is a message.
    order: InOrder<(bool, Vec<u8>)>,
    spare: Vec<u8>,
    out: Box<dyn Write>,
    /// Whether somebody reads along.
    live: bool,
    failed: Option<std::io::Error>,
}

impl<'a> Listing<'a> {
    pub(super) fn new(args: &'a MessagesArgs, chosen: Chosen, style: Style) -> Self {
        let terminal = std::io::stdout().is_terminal();
        // Nothing is cut off for a program.
        let style = Style { width: if terminal { style.width } else { 0 }, ..style };
        Listing {
            args,
            chosen,
            files: names_of(&args.input),
            style,
            selected: args.filter.of(Time::default()),
            picked: Box::new(|_, _| true),
            notes: VecDeque::new(),
            dissector: Dissector::default(),
            marks: Marks::default(),
            origin: Time::default(),
            before: None,
            heard: BTreeMap::new(),
            last: None,
            not_there: Vec::new(),
            written: 0,
            order: InOrder::default(),
            spare: Vec::new(),
            out: Box::new(stdout()),
            live: terminal
                || args.at_once
                || args.input.files.iter().any(|file| file.as_os_str() == "-"),
            failed: None,
        }
    }

    /// The messages that have to be read.
    fn wanted(&self) -> fn(MessageType) -> bool {
        match self.args.hex {
            true => |_| true,
            false => |kind| Message::is_decoded(kind) || Reader::wants(kind),
        }
    }

    /// Shows only messages for which `picked` answers yes.
    pub(super) fn pick(
        &mut self,
        picked: impl FnMut(&Spoken<'_>, Option<&[Party; 2]>) -> bool + 'a,
    ) {
        self.picked = Box::new(picked);
    }

    /// Puts lines between the messages, each behind its packet; they are in the order of the capture.
    pub(super) fn note(&mut self, notes: Vec<(Place, Vec<u8>)>) {
        let (since, until) = (self.selected.since, self.selected.until);
        let in_time = |at: Time| {
            since.is_none_or(|since| at >= since) && until.is_none_or(|until| at <= until)
        };
        self.notes = notes.into_iter().filter(|(place, _)| in_time(place.time)).collect();
    }

    /// When the capture begins, and how times and lines are written.
    pub(super) fn lead(&self) -> (Time, Lead, &Style) {
        (self.origin, self.args.lead(), &self.style)
    }

    /// Hears when the capture begins.
    pub(super) fn begins(&mut self, news: News<'_>) {
        if let News::Start(place) = news {
            self.origin = place.time;
            self.selected = self.args.filter.of(place.time);
        }
    }

    /// Whether as many were written as were asked for.
    fn is_full(&self) -> bool {
        self.args.count.is_some_and(|count| self.written >= count)
    }

    fn said(&mut self, spoken: &Spoken<'_>, names: &Names, who: &Who) -> ControlFlow<()> {
        if !self.args.control && spoken.header().is_none() {
            return ControlFlow::Continue(());
        }
        let place = spoken.place;
        *self.heard.entry(spoken.header().map(|header| header.kind)).or_default() += 1;
        // The message before it in the capture, shown or not.
        let before = self.before.replace(place.time);
        let (from, until) = (self.selected.since, self.selected.until);
        let in_time = from.is_none_or(|from| place.time >= from)
            && until.is_none_or(|until| place.time <= until);
        let frames = &self.args.frame;
        let in_frames =
            frames.is_empty() || frames.iter().any(|range| range.contains(&place.frame));
        if !in_time || !in_frames {
            return ControlFlow::Continue(());
        }
        let parties = Party::both(who, spoken.conn, spoken.dir);
        let ends = parties.as_ref();
        if !self.selected.is_between(ends) || !(self.picked)(spoken, ends) {
            return ControlFlow::Continue(());
        }
        let kind = spoken.header().map(|header| header.kind);
        let by_inode = !self.selected.wants_any_inode();
        let (shown, asked) = (self.chosen.shown(self.args, kind), self.chosen.asked(kind));
        let asked = if by_inode { asked.max(Detail::Fields) } else { asked };
        let origin = self.origin;
        let findings = self.marks.of(spoken);
        let file = self.files.get(place.file as usize).map_or("", String::as_str);
        let mut dissected = self.dissector.dissect(spoken, asked);
        let row = Row { dissected: &dissected, parties, names, file, origin, before, findings };
        let filter = self.chosen.filter.as_ref();
        if by_inode && !is_about(&self.selected, &dissected)
            || filter.is_some_and(|filter| !filter.holds(&row))
        {
            return ControlFlow::Continue(());
        }
        if shown > asked {
            dissected = self.dissector.dissect(spoken, shown);
        }
        let row = Row { dissected: &dissected, parties, names, file, origin, before, findings };
        let mut line = std::mem::take(&mut self.spare);
        line.clear();
        let put = self.chosen.put(self.args, &row, &self.style, &mut line);
        if put.is_ok() && !self.order.is_clear() {
            self.order.push(place, (true, std::mem::take(&mut line)));
        } else if let Err(error) = put.and_then(|()| self.write(true, &line)) {
            self.failed = Some(error);
        }
        self.spare = line;
        self.flow()
    }

    /// A packet was read: what had to wait for older messages may have waited long enough.
    fn packet(&mut self, place: Place, holding: bool) -> ControlFlow<()> {
        self.last = Some(place);
        while let Some((at, line)) = self.notes.pop_front_if(|(at, _)| *at <= place) {
            self.order.push(at, (false, line));
        }
        self.order.clock(place.time, holding);
        while let Some((is_message, line)) = self.order.next(|_| true) {
            if let Err(error) = self.write(is_message, &line) {
                self.failed = Some(error);
            }
        }
        self.flow()
    }

    /// Says what was asked for and is not there. Of inodes only if nothing is written: more messages name
    /// inodes than those from which that is known.
    pub(super) fn lacks(&mut self, not_there: Vec<NotThere>) {
        for (what, start) in not_there {
            let text = render::unmatched(&what, start);
            match what {
                Unmatched::Inode { .. } => self.not_there.push(text),
                _ => warn(&text),
            }
        }
    }

    /// What there is instead of what was asked for.
    fn nothing(&self) -> String {
        let total: u64 = self.heard.values().sum();
        if total == 0 {
            return "the capture has no messages that can be read".to_owned();
        }
        let mut kinds: Vec<_> = self.heard.iter().collect();
        kinds.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        let name = |(kind, n): (&Option<MessageType>, &u64)| match kind {
            Some(kind) => format!("{n} {kind}"),
            None => format!("{n} control frames"),
        };
        let more = kinds.len().saturating_sub(KINDS);
        let there: Vec<_> = kinds.into_iter().take(KINDS).map(name).collect();
        let there = there.join(", ");
        let mut text = format!("none of {total} messages is what was asked for: there are {there}");
        match more {
            0 => {}
            1 => text.push_str(" and 1 more type"),
            more => text.push_str(&format!(" and {more} more types")),
        }
        let frames = &self.args.frame;
        if let Some(last) = self.last.filter(|last| {
            !frames.is_empty() && frames.iter().all(|range| *range.start() > last.frame)
        }) {
            text.push_str(&format!("; the last frame is {}", last.frame));
        }
        text
    }

    fn flow(&self) -> ControlFlow<()> {
        match self.failed.is_some() || self.is_full() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn write(&mut self, is_message: bool, message: &[u8]) -> std::io::Result<()> {
        if self.is_full() {
            return Ok(());
        }
        if !is_message {
            return self.out.write_all(message);
        }
        if self.written == 0 {
            self.chosen.begin(self.args, &mut self.out)?;
        } else if self.args.format == Shape::Json {
            self.out.write_all(b",\n")?;
        }
        self.written += 1;
        self.out.write_all(message)?;
        if self.live { self.out.flush() } else { Ok(()) }
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        while let Some((at, line)) = self.notes.pop_front() {
            self.order.push(at, (false, line));
        }
        let rest: Vec<_> = self.order.drain().collect();
        for (is_message, line) in rest {
            self.write(is_message, &line)?;
        }
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        if self.written == 0 {
            self.chosen.begin(self.args, &mut self.out)?;
            if self.last.is_some() && !self.is_full() {
                self.not_there.iter().for_each(|text| warn(text));
                warn(&self.nothing());
            }
        }
        match self.args.format {
            Shape::Json if self.written == 0 => self.out.write_all(b"]\n")?,
            Shape::Json => self.out.write_all(b"\n]\n")?,
            Shape::Pdml => show::pdml_end(&mut self.out)?,
            _ => {}
        }
        Ok(self.out.flush()?)
    }
}

/// Whether it is about a selected inode.
pub(super) fn is_about(selected: &Selection, dissected: &Dissected<'_, '_>) -> bool {
    dissected.inodes().any(|ino| selected.wants(ino) == Some(true))
}
