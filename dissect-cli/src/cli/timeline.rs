//! `timeline`: who held what, and, if asked, what each client makes of it.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::caps::replay::{Limits, Mode, Replay};
use ceph_dissect::caps::timeline::{Collector, OtherView, Views};
use ceph_dissect::event::CapEvent;
use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::timeline::View;

use super::Status;
use super::args::{ColorWhen, ReplayAs, TimelineArgs};
use super::commands::{names_first, status, stdout, style};
use super::run::read_selected;

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
