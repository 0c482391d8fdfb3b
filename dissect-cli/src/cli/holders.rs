//! `holders`: who holds what, at the end or at a moment.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::caps::replay::Replay;
use ceph_dissect::filter::Moment;
use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::watch::{View, json};
use ceph_dissect::report::Unmatched;
use ceph_dissect::report::holders::{Holders, HoldersScope};
use clap::Args;

use super::Status;
use super::args::{CheckFormat, ColorWhen, InodeFilter, Input, PartyFilter, Table, moment};
use super::commands::{complain, status, stdout, style, warn};
use super::run::read_selected;

#[derive(Debug, Args)]
#[command(mut_arg("all", |arg| arg.help("List every cap")))]
pub(crate) struct HoldersArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) inodes: InodeFilter,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    /// At this moment: a time such as 2026-11-23T04:17:32.4Z, or seconds from the first packet
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Moment>,
    #[command(flatten)]
    pub(crate) table: Table,
}

/// Runs the command.
pub(crate) fn run(args: &HoldersArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let HoldersArgs { input, inodes, parties, at, table } = args;
    let selected = |_| inodes.of(parties.of());
    let mut start = Time::default();
    let mut replay = Replay::default();
    let reading = read_selected(input, selected, |news, _, who| {
        match news {
            News::Start(place) => start = place.time,
            News::Event(event, ..) => {
                let until = at.map(|moment| moment.of(start));
                if until.is_none_or(|until| event.at().place.time <= until) {
                    replay.push(event, who);
                }
            }
            News::Said(_) | News::Packet(..) => {}
        }
        ControlFlow::Continue(())
    })?;
    let report = reading.report(&Settings::default());
    let end = report.span().map_or(start, |(_, last)| last);
    let moment = at.map_or(end, |moment| moment.of(start));
    let names = reading.pipeline.caps.reader.names();
    let who = reading.pipeline.who();
    let span = report.span().filter(|_| at.is_some());
    if let Some(outside) = span.and_then(|span| Unmatched::outside("--at", moment, span)) {
        warn(&render::unmatched(&outside, start));
    }
    let mut selected = selected(start);
    selected.settle(names);
    let links = reading.pipeline.links();
    let scope =
        HoldersScope { replay: &replay, names, who, links: &links, filter: &selected, at: moment };
    let holders = Holders::new(&scope);
    let mut out = stdout();
    match table.format {
        CheckFormat::Text => {
            let style = style(color, table.ascii);
            let view = View { all: table.all, start: report.span().map(|_| start) };
            render::holders(&holders, &view, &style, &mut out)?;
            render::missed(&report, &style, &mut out)?;
        }
        CheckFormat::Json => {
            json(&holders, &mut out)?;
            complain(&report);
        }
    }
    out.flush()?;
    Ok(status(&reading, &[]))
}
