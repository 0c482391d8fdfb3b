//! The command that shows messages.

use std::collections::{HashMap, VecDeque};
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;

use ceph_codec::Value;
use ceph_codec::message::{Message, MessageType};
use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::dissect::{Detail, Dissected, Dissector, Party};
use ceph_dissect::event::{InOrder, Reader};
use ceph_dissect::fields;
use ceph_dissect::findings::{Finding, Settings};
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::{Heard, News, Pipeline};
use ceph_dissect::place::{Place, Time};
use ceph_dissect::render::Style;
use ceph_dissect::render::messages::{self as show, Clock, Row};
use ceph_dissect::session::{Spoken, Who};
use ceph_dissect::stream::ConnId;

use super::Status;
use super::args::{ColorWhen, Input, MessagesArgs, Shape};
use super::chosen::Chosen;
use super::commands::{complain, stdout, style};
use super::run::{Reading, listen, read, read_with};

/// Runs the command.
pub(super) fn run(args: &MessagesArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let files = are_files(&args.input);
    let chosen = Chosen::new(args)?;
    if !files && (!args.filter.inodes.path.is_empty() || chosen.uses(fields::PATH)) {
        anyhow::bail!(
            "paths need files here: they may be told later than what happens, and a pipe is read once"
        );
    }
    if !files && chosen.uses(fields::FINDING) {
        anyhow::bail!(
            "findings need files here: they are known at the end, and a pipe is read once"
        );
    }
    let mut listing = Listing::new(args, chosen, style(color, args.ascii));
    match files {
        // Names, ranks and findings may be told behind the message that they belong to: read twice.
        true => {
            let known = read(&args.input, |news, _, _| {
                listing.begins(news);
                ControlFlow::Continue(())
            })?;
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

/// Lists what is selected of files of which all is known.
pub(super) fn twice(
    listing: &mut Listing<'_>,
    input: &Input,
    known: &Reading,
) -> anyhow::Result<Status> {
    let report = known.report(&Settings::default());
    listing.mark(&report.findings);
    let (names, who) = (known.pipeline.names(), known.pipeline.who());
    listing.selected.settle(names);
    let whole = listen(input, listing.wanted(), |heard| match heard {
        Heard::Said(spoken) => listing.said(spoken, names, who),
        Heard::Packet(place, holding) => listing.packet(place, holding),
    })?;
    listing.finish()?;
    complain(&report);
    let whole = whole || listing.is_full();
    Ok(if whole && !known.is_troubled() { Status::Clean } else { Status::Trouble })
}

fn once(listing: &mut Listing<'_>, input: &Input) -> anyhow::Result<Status> {
    let reading = read_with(input, Pipeline::new(listing.wanted()), |news, names, who| {
        listing.begins(news);
        match news {
            News::Said(spoken) => listing.said(spoken, names, who),
            News::Packet(place, holding) => listing.packet(place, holding),
            News::Start(_) | News::Event(..) => ControlFlow::Continue(()),
        }
    })?;
    listing.finish()?;
    complain(&reading.report(&Settings::default()));
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
    /// By connection, frame and offset: codes of findings.
    marks: HashMap<(ConnId, u64, u64), Vec<&'static str>>,
    origin: Time,
    before: Option<Time>,
    /// Messages, selected or not.
    heard: u64,
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
        let files = args.input.files.iter().map(|file| file.display().to_string());
        Listing {
            args,
            chosen,
            files: files.collect(),
            style,
            selected: args.filter.of(Time::default()),
            picked: Box::new(|_, _| true),
            notes: VecDeque::new(),
            dissector: Dissector::default(),
            marks: HashMap::new(),
            origin: Time::default(),
            before: None,
            heard: 0,
            written: 0,
            order: InOrder::default(),
            spare: Vec::new(),
            out: Box::new(stdout()),
            live: terminal || args.input.files.iter().any(|file| file.as_os_str() == "-"),
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
    pub(super) fn clock(&self) -> (Time, Clock, &Style) {
        (self.origin, self.args.time.into(), &self.style)
    }

    /// Hears when the capture begins.
    pub(super) fn begins(&mut self, news: News<'_>) {
        if let News::Start(place) = news {
            self.origin = place.time;
            self.selected = self.args.filter.of(place.time);
        }
    }

    fn mark(&mut self, findings: &[Finding]) {
        for finding in findings {
            let key = (finding.at.conn, finding.at.place.frame, finding.at.offset);
            let codes = self.marks.entry(key).or_default();
            if !codes.contains(&finding.code) {
                codes.push(finding.code);
            }
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
        self.heard += 1;
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
        let key = (spoken.conn, place.frame, spoken.offset);
        let origin = self.origin;
        let findings = self.marks.get(&key).map_or(&[][..], Vec::as_slice);
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
            if self.heard > 0 && !self.is_full() {
                eprintln!("ceph-dissect: none of {} messages is what was asked for", self.heard);
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

/// Whether it names a selected inode.
pub(super) fn is_about(selected: &Selection, dissected: &Dissected<'_, '_>) -> bool {
    dissected.payload.nodes().iter().any(|node| match dissected.value(node) {
        Some(Value::Ino(ino)) => selected.wants(ino) == Some(true),
        _ => false,
    })
}
