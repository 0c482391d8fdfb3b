//! Each command wires stages to a renderer.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;

use anstream::ColorChoice;
use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::event::{CapEvent, Event};
use ceph_dissect::findings::{self, Finding, RULES, Settings};
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::{News, Pipeline};
use ceph_dissect::place::Time;
use ceph_dissect::render::{self, Style};
use ceph_dissect::report::Report;
use ceph_dissect::session::Who;

use super::Status;
use super::args::{Args, ColorWhen, Command, EventFormat, Filter, Input};
use super::messages::are_files;
use super::run::{Reading, read, read_selected_with, read_with};
use super::{migrations, watching};

/// Columns where the output is no terminal, and the environment names no `COLUMNS`.
const WIDTH: usize = 100;
/// Columns below which nothing is laid out.
const NARROWEST: usize = 40;

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Status> {
    match &args.command {
        Command::Summary { input, all } => {
            let reading = read(input, |_, _, _| ControlFlow::Continue(()))?;
            let report = reading.report(&Settings::default());
            let mut out = stdout();
            render::summary(&report, *all, &style(args.color, false), &mut out)?;
            out.flush()?;
            Ok(status(&reading, &[]))
        }
        Command::Check(check) => super::check::run(check, args.color),
        Command::Annotate(annotate) => super::annotate::run(annotate),
        Command::Events { input, filter, format } => events(input, filter, *format),
        Command::Connections { args: of, .. }
        | Command::Reconnects { args: of }
        | Command::Sessions { args: of } => super::sessions::run(&args.command, of, args.color),
        Command::Holders(holders) => super::holders::run(holders, args.color),
        Command::Messages(messages) => super::messages::run(messages, args.color),
        Command::Report(report) => super::report::run(report),
        Command::Follow(follow) => super::follow::run(follow, args.color),
        Command::Stats(stats) => super::stats::run(stats, args.color),
        Command::Timeline(timeline) => super::timeline::run(timeline, args.color),
        Command::Revokes { watching }
        | Command::Flushes { watching }
        | Command::Waits { watching }
        | Command::Pingpong { watching, .. }
        | Command::Latency { watching, .. } => watching::run(&args.command, watching, args.color),
        Command::Top(top) => super::top::run(top, args.color),
        Command::Migrations { watching } => migrations::run(watching, args.color),
        Command::Fields { pattern, format, all } => {
            super::fields::run(pattern.as_deref(), *format, *all, args.color)
        }
        Command::Completions { shell } => super::manual::completions(*shell),
        Command::Man { out_dir } => super::manual::man(out_dir.as_deref()),
        Command::Explain { code } => explain(code.as_deref(), &style(args.color, false)),
    }
}

fn events(input: &Input, filter: &Filter, format: EventFormat) -> anyhow::Result<Status> {
    let format = match format {
        EventFormat::Ndjson => render::Format::Ndjson,
        EventFormat::Csv => render::Format::Csv,
    };
    let mut out = render::Events::new(stdout(), format);
    let mut selected = filter.of(Time::default());
    let mut failed = None;
    // Whoever reads while it is being captured wants to see what there is.
    let live = io::stdout().is_terminal() || input.files.iter().any(|file| file.as_os_str() == "-");
    let known = names_first(input, filter)?;
    let reading = read_selected_with(
        input,
        Pipeline::default().without_story(),
        |start| filter.of(start),
        |news, names, who| {
            let names = known.as_ref().map_or(names, |known| known.pipeline.names());
            match news {
                News::Start(place) => {
                    selected = filter.of(place.time);
                    if known.is_some() {
                        selected.settle(names);
                    }
                }
                News::Event(Event::Cap(event), ..) => {
                    let put = put(&mut out, &selected, event, names, who);
                    if let Err(error) = put.and_then(|()| if live { out.flush() } else { Ok(()) }) {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                }
                News::Event(..) | News::Said(_) | News::Packet(..) => {}
            }
            ControlFlow::Continue(())
        },
    )?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    out.finish()?;
    let report = reading.report(&Settings::default());
    complain(&report);
    say_if_empty(&report);
    if report.messages.is_empty() && report.files.iter().any(|file| file.packets > 0) {
        warn("the capture has no messages that can be read");
    }
    Ok(status(&reading, &[]))
}

fn put<W: Write>(
    out: &mut render::Events<W>,
    selected: &Selection,
    event: &CapEvent,
    names: &Names,
    who: &Who,
) -> io::Result<()> {
    match who.ends(event.conn) {
        Some(ends) if selected.shows(event, names, who) => {
            let path = names.paths().path(event.ino, event.place.time);
            out.write(event, &ends, path.as_deref())
        }
        _ => Ok(()),
    }
}

/// Paths may be told later than what happens to their inodes. So files are read once for the names alone if
/// paths are asked for; what comes through a pipe cannot be.
pub(super) fn names_first(input: &Input, filter: &Filter) -> anyhow::Result<Option<Reading>> {
    match !filter.inodes.path.is_empty() && are_files(input) {
        true => {
            let pipeline = Pipeline::default().without_story();
            read_with(input, pipeline, |_, _, _| ControlFlow::Continue(())).map(Some)
        }
        false => Ok(None),
    }
}

fn explain(code: Option<&str>, style: &Style) -> anyhow::Result<Status> {
    let mut out = stdout();
    match code {
        None => render::explain_all(RULES, style, &mut out)?,
        Some(code) => match findings::rule(code) {
            Some(rule) => render::explain(rule, style, &mut out)?,
            None => anyhow::bail!("{}", unknown(code)),
        },
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// What to say of a code that does not exist: those that are most like it.
pub(super) fn unknown(code: &str) -> String {
    let mut like: Vec<_> = RULES
        .iter()
        .map(|rule| (strsim::jaro_winkler(code, rule.code), rule.code))
        .filter(|(likeness, _)| *likeness > 0.7)
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    let like: Vec<_> = like.iter().take(3).map(|(_, code)| *code).collect();
    let hint = match like[..] {
        [] => String::new(),
        _ => format!(", did you mean {}?", like.join(" or ")),
    };
    format!("no finding is called {code:?}{hint} (`ceph-dissect explain` lists them)")
}

/// Says on standard error what was not read, for outputs that machines read.
pub(super) fn complain(report: &Report) {
    for line in render::complaints(report) {
        warn(&line);
    }
}

/// Says on standard error that there is nothing to tell of, where nothing else is wrong.
pub(super) fn say_if_empty(report: &Report) {
    if report.faults_total == 0 && report.files.iter().all(|file| file.packets == 0) {
        warn("the capture has no packets");
    }
}

/// Says something on standard error.
pub(super) fn warn(line: &str) {
    // Whoever does not listen there misses it.
    let _ = writeln!(io::stderr(), "ceph-dissect: {}", harmless(line));
}

/// What was typed, or comes from a capture, as a terminal can be given it: nothing in it is obeyed but ends of lines.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() && c != '\n' {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

pub(super) fn status(reading: &Reading, findings: &[Finding]) -> Status {
    match reading.is_troubled() {
        true => Status::Trouble,
        false if findings.iter().any(Finding::is_certain_fault) => Status::Found,
        false => Status::Clean,
    }
}

pub(super) fn stdout() -> impl Write {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// What the environment says of the width, for a terminal that the output comes to by way of something else.
fn asked_width() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0)
}

pub(super) fn style(when: ColorWhen, ascii: bool) -> Style {
    let stdout = io::stdout();
    let color = match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => anstream::AutoStream::choice(&stdout) != ColorChoice::Never,
    };
    let width = match terminal_size::terminal_size() {
        Some((terminal_size::Width(columns), _)) if stdout.is_terminal() => usize::from(columns),
        _ => asked_width().unwrap_or(WIDTH),
    };
    Style { width: width.max(NARROWEST), color, unicode: !ascii }
}
