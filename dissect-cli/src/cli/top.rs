//! `top`: who holds most caps.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::caps::watch::Selected;
use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::watch::{self as show, View};
use ceph_dissect::report::watch::Scope;
use clap::Args;

use super::Status;
use super::args::{CheckFormat, ColorWhen, Input, PartyFilter, Table};
use super::commands::{complain, status, stdout, style};
use super::run::read_selected;

#[derive(Debug, Args)]
#[command(mut_arg("ascii", |arg| arg.help("Draw with ASCII characters only")))]
pub(crate) struct TopArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    #[command(flatten)]
    pub(crate) table: Table,
}

/// Runs the command.
pub(super) fn run(args: &TopArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let TopArgs { input, parties, table } = args;
    let mut start = Time::default();
    let reading = read_selected(
        input,
        |_| parties.of(),
        |news, _, _| {
            if let News::Start(place) = news {
                start = place.time;
            }
            ControlFlow::Continue(())
        },
    )?;
    let report = reading.report(&Settings::default());
    let scope = Scope {
        // The story has the replay's numbers.
        watch: &reading.pipeline.caps.story.watch,
        who: reading.pipeline.who(),
        names: reading.pipeline.names(),
        start,
        end: report.span().map_or(start, |(_, last)| last),
    };
    let top = scope.top(&Selected(parties.of()));
    let mut out = stdout();
    match table.format {
        CheckFormat::Text => {
            let start = report.span().map(|_| start);
            let (view, style) = (View { all: table.all, start }, style(color, table.ascii));
            show::top(&top, &view, &style, &mut out)?;
            render::missed(&report, &style, &mut out)?;
        }
        CheckFormat::Json => {
            show::json(&top, &mut out)?;
            complain(&report);
        }
    }
    out.flush()?;
    Ok(status(&reading, &[]))
}
