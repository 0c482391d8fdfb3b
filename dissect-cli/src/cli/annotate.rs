//! `annotate`: the capture again, with comments for Wireshark.

mod choice;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Context;
use ceph_codec::message::{Message, MessageType};
use ceph_dissect::annotate::{Keeper, Kept, Pending};
use ceph_dissect::capture::{Piece, Writer};
use ceph_dissect::event::Reader;
use ceph_dissect::findings::{self, Finding, Shows};
use ceph_dissect::pipeline::{Front, Heard, News};
use ceph_dissect::place::Time;
use ceph_dissect::render::comment::{About, Comments, Frames, OfEvidence, OfFinding, OfMessage};
use ceph_dissect::report::Report;
use ceph_dissect::session::Spoken;
use clap::Args;

use super::Status;
use super::args::{Filter, Input, Thresholds};
use super::chosen::parsed;
use super::commands::{complain, status, stdout, unknown, warn};
use super::messages::{is_pipe, names_of};
use super::report::keep_inputs;
use super::run::{listen, pieces, read_selected};
use choice::Choice;

/// What `annotate` is told.
#[derive(Debug, Args)]
pub(crate) struct AnnotateArgs {
    #[command(flatten)]
    input: Input,
    /// Where to write the pcapng; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    filter: Filter,
    /// Only messages for which this holds, and findings that they gave rise to; as in `messages`
    #[arg(short = 'Y', long, value_name = "FILTER")]
    display_filter: Option<String>,
    /// Only findings with this code, and the messages that they rest on
    #[arg(long, value_name = "CODE")]
    finding: Vec<String>,
    /// Write only the packets that carry what is selected, and what is needed to read them
    #[arg(long)]
    only: bool,
    /// Comment on findings alone, not on every message
    #[arg(long)]
    no_summaries: bool,
    #[command(flatten)]
    thresholds: Thresholds,
}

/// Runs the command.
pub(crate) fn run(args: &AnnotateArgs) -> anyhow::Result<Status> {
    look_at(args)?;
    let filter = args.display_filter.as_deref().map(parsed).transpose()?;
    let mut start = Time::default();
    // Names and findings may be told behind the messages that they belong to.
    let reading = read_selected(
        &args.input,
        |start| args.filter.of(start),
        |news, _, _| {
            if let News::Start(place) = news {
                start = place.time;
            }
            ControlFlow::Continue(())
        },
    )?;
    if reading.interrupted {
        anyhow::bail!("interrupted: nothing is written");
    }
    let report = reading.report(&args.thresholds.settings());
    let mut selected = args.filter.of(start);
    selected.settle(reading.pipeline.names());
    let mut choice = Choice::new(selected, &args.finding, &report.findings, &reading.pipeline);
    if let Some(filter) = filter {
        choice.filter(filter, names_of(&args.input), start);
        let mut met = HashSet::new();
        listen(&args.input, wanted, |heard| {
            if let Heard::Said(spoken) = heard {
                met.extend(choice.gave_rise(spoken));
            }
            ControlFlow::Continue(())
        })?;
        choice.retain(&met);
        choice.again();
    }
    for code in &args.finding {
        if let Some(text) = unmatched(code, &report.findings) {
            warn(&text);
        }
    }
    let kept = match args.only {
        true => Some(keep(&args.input, &mut choice)?),
        false => None,
    };
    choice.again();
    // What was there before is worth more than a capture without a packet.
    if reading.is_troubled() && report.files.iter().all(|file| file.packets == 0) {
        complain(&report);
        return Ok(Status::Trouble);
    }
    let written = match args.output.as_os_str() == "-" {
        true => write(args, &report, &mut choice, kept.as_ref(), stdout())?,
        false => {
            let name = || format!("{} cannot be written", args.output.display());
            let out =
                BufWriter::with_capacity(1 << 20, File::create(&args.output).with_context(name)?);
            write(args, &report, &mut choice, kept.as_ref(), out).with_context(name)?
        }
    };
    complain(&report);
    if args.output.as_os_str() != "-" {
        let mut out = stdout();
        writeln!(out, "{}: {written}", args.output.display())?;
        out.flush()?;
    }
    // Somebody broke off, or the input has changed meanwhile.
    if !written.whole && !reading.is_troubled() {
        return Ok(Status::Trouble);
    }
    Ok(status(&reading, &[]))
}

/// What can be said before anything is read.
fn look_at(args: &AnnotateArgs) -> anyhow::Result<()> {
    for file in &args.input.files {
        if is_pipe(file) {
            anyhow::bail!(
                "annotate reads its input more than once, and {} is no file: a pipe is read once",
                if file.as_os_str() == "-" {
                    "standard input".into()
                } else {
                    file.display().to_string()
                }
            );
        }
    }
    for code in &args.finding {
        if findings::rule(code).is_none() {
            anyhow::bail!("{}", unknown(code));
        }
    }
    let anything =
        args.filter.of(Time::default()) == super::args::Filter::default().of(Time::default());
    if args.only && anything && args.finding.is_empty() && args.display_filter.is_none() {
        anyhow::bail!(
            "--only needs to be told what: --ino, --path, --client, --mds, --since, --until, -Y or \
             --finding"
        );
    }
    if args.output.as_os_str() == "-" {
        if io::stdout().is_terminal() {
            anyhow::bail!(
                "a capture is nothing for a terminal: name a file with -o, or lead it elsewhere"
            );
        }
        return Ok(());
    }
    let dir = args.output.parent().filter(|dir| !dir.as_os_str().is_empty());
    if let Some(dir) = dir.filter(|dir| !dir.is_dir()) {
        anyhow::bail!("{} is no directory", dir.display());
    }
    keep_inputs(&args.input.files, &args.output)
}

/// The messages that have to be read.
fn wanted(kind: MessageType) -> bool {
    Message::is_decoded(kind) || Reader::wants(kind)
}

/// What to say of a code that no finding has: those that there are.
fn unmatched(code: &str, findings: &[Finding]) -> Option<String> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in findings {
        *all.entry(finding.code).or_default() += 1;
    }
    let there: Vec<_> = all.iter().map(|(code, n)| format!("{n} {code}")).collect();
    let there = match there[..] {
        [] => "there are no findings at all".to_owned(),
        _ => format!("there are {}", there.join(", ")),
    };
    (!all.contains_key(code)).then(|| format!("nothing in the capture is {code}: {there}"))
}

/// Finds out which packets are needed.
fn keep(input: &Input, choice: &mut Choice<'_>) -> anyhow::Result<Kept> {
    let mut keeper = Keeper::default();
    for place in choice.places() {
        keeper.add(place);
    }
    let mut any = choice.packets() > 0;
    let mut has = |spoken: &Spoken<'_>| {
        let has = choice.has(spoken);
        any |= has;
        has
    };
    pieces(input, |piece| {
        if let Piece::Packet(packet, _) = piece {
            keeper.push(packet, &mut has);
        }
        anyhow::Ok(())
    })?;
    let kept = keeper.finish(&mut has);
    if !any {
        warn("no message and no finding is what was asked for");
    }
    Ok(kept)
}

/// What was written.
#[derive(Default)]
struct Written {
    packets: u64,
    of: u64,
    commented: u64,
    /// Summaries of messages whose packets were gone, and there was no other.
    lost: u64,
    /// The input was read as far as it goes.
    whole: bool,
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Written { packets, of, commented, lost, .. } = self;
        match packets == of {
            true => write!(f, "{packets} packets written")?,
            false => write!(f, "{packets} of {of} packets written")?,
        }
        write!(f, ", {commented} with comments")?;
        match lost {
            0 => Ok(()),
            lost => write!(f, ", {lost} summaries found no packet"),
        }
    }
}

fn write(
    args: &AnnotateArgs,
    report: &Report,
    choice: &mut Choice<'_>,
    kept: Option<&Kept>,
    out: impl Write,
) -> anyhow::Result<Written> {
    let files: Vec<_> = report.files.iter().map(|file| file.name.clone()).collect();
    let frames = Frames { files: &files, same: kept.is_none() && files.len() == 1 };
    let mut front = Front::new(wanted);
    let mut pending = Pending::<Comments>::default();
    let mut writer = Writer::new(out);
    let mut written = Written::default();
    let mut texts: Vec<String> = Vec::new();
    let mut put = |piece: &Piece<'_>, comments: &Comments, written: &mut Written| {
        texts.clear();
        if let Piece::Packet(..) = piece {
            texts.extend(comments.texts().map(|text| text.into_owned()));
            written.packets += 1;
            written.commented += u64::from(!texts.is_empty());
        }
        writer.write(piece, &texts)
    };
    let summaries = !args.no_summaries;
    written.whole = pieces(&args.input, |piece| {
        let Piece::Packet(packet, _) = piece else {
            pending.push(piece);
            return Ok(());
        };
        written.of += 1;
        if kept.is_none_or(|kept| kept.has(packet.place)) {
            pending.push(piece);
            if let Some((comments, false)) = pending.said_of(packet.place) {
                on_findings(report, choice, packet.place, frames, comments);
            }
        }
        front.push(packet, &mut |spoken, _| {
            if summaries {
                on_message(&spoken, choice, frames, &mut pending, &mut written.lost);
            }
        });
        let holding = front.is_holding();
        while let Some(put) = pending.next(holding, |piece, said| put(piece, said, &mut written)) {
            put?;
        }
        io::Result::Ok(())
    })?;
    front.finish(&mut |spoken, _| {
        if summaries {
            on_message(&spoken, choice, frames, &mut pending, &mut written.lost);
        }
    });
    while let Some(put) = pending.drain(|piece, said| put(piece, said, &mut written)) {
        put?;
    }
    writer.finish()?;
    Ok(written)
}

/// Says what was found at a packet.
fn on_findings(
    report: &Report,
    choice: &Choice<'_>,
    place: ceph_dissect::place::Place,
    frames: Frames<'_>,
    comments: &mut Comments,
) {
    // What a packet shows of many findings, it shows once.
    let mut shown: Vec<(Shows, Vec<&Finding>)> = Vec::new();
    for (finding, shows) in choice.findings(place) {
        let Some(shows) = shows else {
            comments.add(About::Finding, OfFinding { finding, report, frames });
            continue;
        };
        let at = finding.at.place;
        if (at.file, at.frame) == (place.file, place.frame) {
            // The finding says so itself.
            continue;
        }
        let alike = |(what, of): &&mut (Shows, Vec<&Finding>)| {
            *what == shows && of.first().is_some_and(|first| first.code == finding.code)
        };
        match shown.iter_mut().find(alike) {
            Some((_, of)) => of.push(finding),
            None => shown.push((shows, vec![finding])),
        }
    }
    for (shows, findings) in &shown {
        let (shows, findings) = (*shows, &findings[..]);
        comments.add(About::Finding, OfEvidence { findings, shows, place, frames });
    }
}

/// Says what a message is, at its packet.
fn on_message(
    spoken: &Spoken<'_>,
    choice: &mut Choice<'_>,
    frames: Frames<'_>,
    pending: &mut Pending<Comments>,
    lost: &mut u64,
) {
    if !choice.has(spoken) {
        return;
    }
    let Some((comments, late)) = pending.said_of(spoken.place) else {
        *lost += 1;
        return;
    };
    choice.row(spoken, |row| match late {
        false => comments.add(About::Message, OfMessage(row)),
        true => {
            let of = frames.name(spoken.place);
            comments.add(About::Message, format_args!("{of}: {}", OfMessage(row)));
        }
    });
}
