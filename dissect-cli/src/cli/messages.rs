//! The command that shows messages.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;

use ceph_codec::Value;
use ceph_codec::message::{Message, MessageType};
use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::dissect::{Detail, Dissected, Dissector, Party};
use ceph_dissect::event::{InOrder, Reader};
use ceph_dissect::findings::{Finding, Settings};
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::{Heard, News, Pipeline};
use ceph_dissect::place::{Place, Time};
use ceph_dissect::render::Style;
use ceph_dissect::render::messages::{self as show, Record, Row};
use ceph_dissect::session::{Spoken, Who};
use ceph_dissect::stream::ConnId;

use super::Status;
use super::args::{ColorWhen, Input, MessagesArgs, Shape};
use super::commands::{complain, stdout, style};
use super::run::{Reading, listen, read, read_with};

/// Runs the command.
pub(super) fn run(args: &MessagesArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let again = |file: &Path| std::fs::metadata(file).is_ok_and(|file| file.is_file());
    let files = args.input.files.iter().all(|file| again(file));
    if !files && !args.filter.inodes.path.is_empty() {
        anyhow::bail!(
            "--path needs files here: paths may be told later than what happens, and a pipe is read once"
        );
    }
    let mut listing = Listing::new(args, style(color, args.ascii));
    let wanted: fn(MessageType) -> bool =
        if args.hex { |_| true } else { |kind| Message::is_decoded(kind) || Reader::wants(kind) };
    match files {
        // Names, ranks and findings may be told behind the message that they belong to: read twice.
        true => {
            let known = read(&args.input, |news, _, _| {
                listing.begins(news);
                ControlFlow::Continue(())
            })?;
            twice(&mut listing, &args.input, &known, wanted)
        }
        false => once(&mut listing, &args.input, wanted),
    }
}

fn twice(
    listing: &mut Listing<'_>,
    input: &Input,
    known: &Reading,
    wanted: fn(MessageType) -> bool,
) -> anyhow::Result<Status> {
    let report = known.report(&Settings::default());
    listing.mark(&report.findings);
    let (names, who) = (known.pipeline.names(), known.pipeline.who());
    listing.selected.settle(names);
    let whole = listen(input, wanted, |heard| match heard {
        Heard::Said(spoken) => listing.said(spoken, names, who),
        Heard::Packet(place, holding) => listing.packet(place, holding),
    })?;
    listing.finish()?;
    complain(&report);
    Ok(if whole && !known.is_troubled() { Status::Clean } else { Status::Trouble })
}

fn once(
    listing: &mut Listing<'_>,
    input: &Input,
    wanted: fn(MessageType) -> bool,
) -> anyhow::Result<Status> {
    let reading = read_with(input, Pipeline::new(wanted), |news, names, who| {
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

/// Writes the messages that are selected, in the order of the capture.
struct Listing<'a> {
    args: &'a MessagesArgs,
    style: Style,
    selected: Selection,
    detail: Detail,
    dissector: Dissector,
    /// By connection, frame and offset: codes of findings.
    marks: HashMap<(ConnId, u64, u64), Vec<&'static str>>,
    origin: Time,
    before: Option<Time>,
    written: u64,
    order: InOrder<Vec<u8>>,
    spare: Vec<u8>,
    out: Box<dyn Write>,
    /// Whether somebody reads along.
    live: bool,
    failed: Option<std::io::Error>,
}

impl<'a> Listing<'a> {
    fn new(args: &'a MessagesArgs, style: Style) -> Self {
        let terminal = std::io::stdout().is_terminal();
        // Nothing is cut off for a program.
        let style = Style { width: if terminal { style.width } else { 0 }, ..style };
        let filter = &args.filter;
        let by_inode = !filter.inodes.ino.is_empty() || !filter.inodes.path.is_empty();
        let detail = match args.format {
            Shape::Text if args.hex || args.verbose => Detail::Frame,
            Shape::Text if !by_inode => Detail::Summary,
            _ => Detail::Fields,
        };
        Listing {
            args,
            style,
            selected: filter.of(Time::default()),
            detail,
            dissector: Dissector::default(),
            marks: HashMap::new(),
            origin: Time::default(),
            before: None,
            written: 0,
            order: InOrder::default(),
            spare: Vec::new(),
            out: Box::new(stdout()),
            live: terminal || args.input.files.iter().any(|file| file.as_os_str() == "-"),
            failed: None,
        }
    }

    /// Hears when the capture begins.
    fn begins(&mut self, news: News<'_>) {
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
        if !is_between(&self.selected, parties.as_ref()) {
            return ControlFlow::Continue(());
        }
        let mut line = std::mem::take(&mut self.spare);
        line.clear();
        let dissected = self.dissector.dissect(spoken, self.detail);
        if is_about(&self.selected, &dissected) {
            let key = (spoken.conn, place.frame, spoken.offset);
            let findings = self.marks.get(&key).map_or(&[][..], Vec::as_slice);
            let before = self.before.replace(place.time);
            let row = Row {
                dissected: &dissected,
                parties,
                names,
                origin: self.origin,
                before,
                findings,
            };
            let put = put(self.args, &row, &self.style, &mut line);
            if put.is_ok() && !self.order.is_clear() {
                self.order.push(place, std::mem::take(&mut line));
            } else if let Err(error) = put.and_then(|()| self.write(&line)) {
                self.failed = Some(error);
            }
        }
        self.spare = line;
        self.flow()
    }

    /// A packet was read: what had to wait for older messages may have waited long enough.
    fn packet(&mut self, place: Place, holding: bool) -> ControlFlow<()> {
        self.order.clock(place.time, holding);
        while let Some(line) = self.order.next(|_| true) {
            if let Err(error) = self.write(&line) {
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

    fn write(&mut self, message: &[u8]) -> std::io::Result<()> {
        if self.is_full() {
            return Ok(());
        }
        if self.args.format == Shape::Json {
            self.out.write_all(if self.written == 0 { b"[\n" } else { b",\n" })?;
        }
        self.written += 1;
        self.out.write_all(message)?;
        if self.live { self.out.flush() } else { Ok(()) }
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        let rest: Vec<_> = self.order.drain().collect();
        for line in rest {
            self.write(&line)?;
        }
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        if self.args.format == Shape::Json {
            self.out.write_all(if self.written == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        Ok(self.out.flush()?)
    }
}

fn put(
    args: &MessagesArgs,
    row: &Row<'_>,
    style: &Style,
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    match args.format {
        Shape::Text => {
            match args.verbose {
                true => show::tree(row, style, out)?,
                false => show::line(row, args.time.into(), style, out)?,
            }
            if args.hex {
                show::hex(row, &[], style, out)?;
            }
            if args.verbose || args.hex {
                out.push(b'\n');
            }
        }
        Shape::Json => serde_json::to_writer(&mut *out, &Record(row))?,
        Shape::Ndjson => {
            serde_json::to_writer(&mut *out, &Record(row))?;
            out.push(b'\n');
        }
    }
    Ok(())
}

/// Whether a selected client and a selected rank are at the ends.
fn is_between(selected: &Selection, parties: Option<&[Party; 2]>) -> bool {
    let any = |is: &dyn Fn(&Party) -> bool| parties.is_some_and(|parties| parties.iter().any(is));
    let client = |party: &Party| party.client().is_some_and(|id| selected.clients.contains(&id));
    let rank = |party: &Party| party.rank().is_some_and(|rank| selected.ranks.contains(&rank));
    (selected.clients.is_empty() || any(&client)) && (selected.ranks.is_empty() || any(&rank))
}

/// Whether it names a selected inode.
fn is_about(selected: &Selection, dissected: &Dissected<'_, '_>) -> bool {
    selected.wants_any_inode()
        || dissected.payload.nodes().iter().any(|node| match dissected.value(node) {
            Some(Value::Ino(ino)) => selected.wants(ino) == Some(true),
            _ => false,
        })
}
