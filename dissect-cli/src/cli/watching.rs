//! The commands that show what is waited for.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::caps::watch::{Limits, Selected, Watch};
use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::watch::{self as show, View};
use ceph_dissect::report::watch::{Kind, Scope};
use clap::{Args, ValueEnum};

use super::Status;
use super::args::{CheckFormat, ColorWhen, Command, Filter, Input, Table};
use super::commands::{complain, names_first, status, stdout, style};
use super::run::read_selected;

/// What all commands that watch have in common.
#[derive(Debug, Args)]
#[command(mut_arg("all", |arg| arg.help("List everything that is kept")))]
#[command(mut_arg("ascii", |arg| arg.help("Draw with ASCII characters only")))]
pub(crate) struct Watching {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) filter: Filter,
    #[command(flatten)]
    pub(crate) table: Table,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Waiting {
    /// From REVOKE to answer
    Revoke,
    /// From the first sending of a flush to its acknowledgement
    Flush,
    /// Between EXPORT and IMPORT
    Migration,
    /// From a request to its first reply
    Request,
    /// From a request to its safe reply, where an unsafe one went before
    SafeReply,
}

/// Runs one of them.
pub(super) fn run(
    command: &Command,
    watching: &Watching,
    color: ColorWhen,
) -> anyhow::Result<Status> {
    let Watching { input, filter, table } = watching;
    let limits = Limits::default();
    let known = names_first(input, filter)?;
    if known.is_none() && !filter.inodes.path.is_empty() {
        anyhow::bail!(
            "--path needs files here: paths may be told later than what happens, and a pipe is read once"
        );
    }
    let watch = |start| {
        let mut selected = filter.of(start);
        if let Some(known) = &known {
            selected.settle(known.pipeline.names());
        }
        Watch::new(limits, &Selected(selected))
    };
    let mut watched: Option<(Time, Watch)> = None;
    let reading = read_selected(
        input,
        |start| filter.of(start),
        |news, _, who| {
            match (news, &mut watched) {
                (News::Start(place), _) => watched = Some((place.time, watch(place.time))),
                (News::Event(event, step, _), Some((_, watch))) => watch.push(event, step, who),
                _ => {}
            }
            ControlFlow::Continue(())
        },
    )?;
    let (start, watch) = watched.unwrap_or_else(|| (Time::default(), watch(Time::default())));
    let report = reading.report(&Settings::default());
    let scope = Scope {
        watch: &watch,
        who: reading.pipeline.who(),
        names: reading.pipeline.caps.reader.names(),
        start,
        end: report.span().map_or(start, |(_, last)| last),
    };
    let mut out = stdout();
    let view = View { all: table.all, start: report.span().map(|_| start) };
    let style = style(color, table.ascii);
    let text = table.format == CheckFormat::Text;
    match command {
        Command::Flushes { .. } => {
            let flushes = scope.flushes(limits.slowest);
            match text {
                true => show::flushes(&flushes, &view, &style, &mut out)?,
                false => show::json(&flushes, &mut out)?,
            }
        }
        Command::Waits { .. } => {
            let waits = scope.waits(limits.slowest);
            match text {
                true => show::waits(&waits, &view, &style, &mut out)?,
                false => show::json(&waits, &mut out)?,
            }
        }
        Command::Pingpong { within, .. } => {
            let pingpong = scope.pingpong(*within);
            match text {
                true => show::pingpong(&pingpong, &view, &style, &mut out)?,
                false => show::json(&pingpong, &mut out)?,
            }
        }
        Command::Latency { of, .. } => {
            let latency = scope.latency();
            match text {
                true => show::latency(&latency, of.map(kind), &view, &style, &mut out)?,
                false => show::json(&latency, &mut out)?,
            }
        }
        _ => {
            let revokes = scope.revokes(limits.slowest);
            match text {
                true => show::revokes(&revokes, &view, &style, &mut out)?,
                false => show::json(&revokes, &mut out)?,
            }
        }
    }
    match text {
        true => render::missed(&report, &style, &mut out)?,
        false => complain(&report),
    }
    out.flush()?;
    Ok(status(&reading, &[]))
}

fn kind(of: Waiting) -> Kind {
    match of {
        Waiting::Revoke => Kind::Revoke,
        Waiting::Flush => Kind::Flush,
        Waiting::Migration => Kind::Migration,
        Waiting::Request => Kind::Request,
        Waiting::SafeReply => Kind::SafeReply,
    }
}
