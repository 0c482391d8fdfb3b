//! `timeline`: who held what, and, if asked, what each client makes of it.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::caps::replay::{Limits, Mode, Replay};
use ceph_dissect::caps::timeline::{Collector, MAX_ENTRIES, OtherView, Views};
use ceph_dissect::event::CapEvent;
use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::timeline::View;
use clap::{Args, ValueEnum};

use super::Status;
use super::args::{ColorWhen, Filter, Input, number};
use super::commands::{names_first, status, stdout, style};
use super::run::read_selected;

#[derive(Debug, Args)]
pub(crate) struct TimelineArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Show what the client makes of every event: which way its code goes, and what it has then
    #[arg(long)]
    pub(crate) replay: bool,
    /// The same, and mark what another client would have had in the same traffic
    #[arg(long, value_enum, value_name = "CLIENT")]
    pub(crate) replay_as: Option<ReplayAs>,
    /// Draw so many inodes, those with most to tell; 0 for all
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = number::<usize>)]
    pub(crate) limit: usize,
    /// Keep so many events in memory, about 700 bytes each
    #[arg(long, default_value_t = MAX_ENTRIES, value_name = "N", value_parser = number::<usize>)]
    pub(crate) max_events: usize,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayAs {
    /// One from before EXPORTs named the importer's cap: it waits for the IMPORT
    BeforeExportPeer,
}

/// Runs the command.
pub(crate) fn run(args: &TimelineArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let mut other = args
        .replay_as
        .map(|ReplayAs::BeforeExportPeer| Replay::new(Mode::BeforeExportPeer, Limits::default()));
    let shown = args.replay || other.is_some();
    let filter = &args.filter;
    let known = names_first(&args.input, filter)?;
    let collector = |start| {
        let mut selected = filter.of(start);
        if let Some(known) = &known {
            selected.settle(known.pipeline.names());
        }
        Collector::new(selected, args.max_events)
    };
    let mut collected = None;
    let reading = read_selected(
        &args.input,
        |start| filter.of(start),
        |news, _, who| {
            match news {
                News::Start(place) => {
                    collected.insert(collector(place.time)).starts_at(place.time);
                }
                News::Event(event, step, story) => {
                    let changed = other.as_mut().and_then(|other| other.push(event, who));
                    let views = |cap: &CapEvent| {
                        let of =
                            |replay: &Replay| replay.view(cap.conn, cap.ino).unwrap_or_default();
                        let other = other.as_ref().zip(changed);
                        let other = other.map(|(replay, step)| OtherView {
                            view: of(replay),
                            branch: step.branch,
                        });
                        shown.then(|| Views { now: of(&story.replay), other })
                    };
                    if let Some(collected) = &mut collected {
                        collected.push(event, step, views, who);
                    }
                }
                News::Said(_) | News::Packet(..) => {}
            }
            ControlFlow::Continue(())
        },
    )?;
    let collected = collected.unwrap_or_else(|| collector(Time::default()));
    let timelines = collected.finish(
        reading.pipeline.names(),
        reading.pipeline.who(),
        &reading.pipeline.links(),
    );
    let mut out = stdout();
    let style = style(color, args.ascii);
    let max_inodes = if args.limit == 0 { usize::MAX } else { args.limit };
    render::timeline::render(&timelines, &View { max_inodes }, &style, &mut out)?;
    render::missed(&reading.report(&Settings::default()), &style, &mut out)?;
    out.flush()?;
    Ok(status(&reading, &[]))
}
