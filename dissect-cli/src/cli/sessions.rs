//! `sessions`, `reconnects`, `connections`.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::watch::{View, json};
use ceph_dissect::report::sessions::{ConnectionsReport, ReconnectsReport, SessionsReport};
use clap::Args;

use super::Status;
use super::args::{CheckFormat, ColorWhen, Command, Input, PartyFilter, Table, TimeFilter};
use super::commands::{complain, status, stdout, style};
use super::run::read_selected;

#[derive(Debug, Args)]
#[command(mut_arg("all", |arg| arg.help("List every row, and of each session everything that was said")))]
pub(crate) struct SessionsArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    #[command(flatten)]
    pub(crate) times: TimeFilter,
    #[command(flatten)]
    pub(crate) table: Table,
}

/// Runs one of them.
pub(super) fn run(
    command: &Command,
    args: &SessionsArgs,
    color: ColorWhen,
) -> anyhow::Result<Status> {
    let SessionsArgs { input, parties, times, table } = args;
    let selected = |start| times.of(start, parties.of());
    let mut start = Time::default();
    let reading = read_selected(input, selected, |news, _, _| {
        if let News::Start(place) = news {
            start = place.time;
        }
        ControlFlow::Continue(())
    })?;
    let report = reading.report(&Settings::default());
    let (pipeline, filter) = (&reading.pipeline, selected(start));
    let mut out = stdout();
    let view = View { all: table.all, start: report.span().map(|_| start) };
    let style = style(color, table.ascii);
    let text = table.format == CheckFormat::Text;
    match command {
        Command::Connections { holes, .. } => {
            let connections = ConnectionsReport::new(pipeline, &report, &filter);
            match text {
                true => render::connections(&connections, *holes, &view, &style, &mut out)?,
                false => json(&connections, &mut out)?,
            }
        }
        Command::Reconnects { .. } => {
            let reconnects = ReconnectsReport::new(pipeline, &filter);
            match text {
                true => render::reconnects(&reconnects, &view, &style, &mut out)?,
                false => json(&reconnects, &mut out)?,
            }
        }
        _ => {
            let sessions = SessionsReport::new(pipeline, &filter);
            match text {
                true => render::sessions(&sessions, &view, &style, &mut out)?,
                false => json(&sessions, &mut out)?,
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
