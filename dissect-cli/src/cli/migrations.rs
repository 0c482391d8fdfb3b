//! The command that shows trees on their way from rank to rank.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::watch::{self as show, View};
use ceph_dissect::report::moves::MovesScope;

use super::Status;
use super::args::{CheckFormat, ColorWhen};
use super::commands::{complain, status, stdout, style};
use super::run::read_selected;
use super::watching::Watching;

/// How long a step may take, as in `check`: 5 s, in nanoseconds.
const WAIT: i64 = 5_000_000_000;

/// Runs it.
pub(super) fn run(watching: &Watching, color: ColorWhen) -> anyhow::Result<Status> {
    let Watching { input, filter, table } = watching;
    let mut start = Time::default();
    let reading = read_selected(
        input,
        |start| filter.of(start),
        |news, _, _| {
            if let News::Start(place) = news {
                start = place.time;
            }
            ControlFlow::Continue(())
        },
    )?;
    let (pipeline, mut filter) = (&reading.pipeline, filter.of(start));
    filter.settle(pipeline.names());
    let migrations = MovesScope {
        moves: &pipeline.caps.story.moves,
        who: pipeline.who(),
        names: pipeline.caps.reader.names(),
        trunks: &pipeline.trunks(),
        filter: &filter,
        wait: WAIT,
    }
    .report();
    let report = reading.report(&Settings::default());
    let mut out = stdout();
    match table.format {
        CheckFormat::Text => {
            let start = report.span().map(|_| start);
            let (view, style) = (View { all: table.all, start }, style(color, table.ascii));
            show::migrations(&migrations, &view, &style, &mut out)?;
            render::missed(&report, &style, &mut out)?;
        }
        CheckFormat::Json => {
            show::json(&migrations, &mut out)?;
            complain(&report);
        }
    }
    out.flush()?;
    Ok(status(&reading, &[]))
}
