//! `stats`: counts and times, as tables.

use std::io::Write;
use std::ops::ControlFlow;

use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::caps::watch::{Limits, Selected, Watch};
use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::News;
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::watch::{View, json};
use ceph_dissect::report::stats::{ConversationsReport, MessagesReport, StatsReport, Traffic};
use ceph_dissect::report::watch::Scope;
use clap::{Args, ValueEnum};

use super::Status;
use super::args::{CheckFormat, ColorWhen};
use super::commands::{complain, names_first, status, stdout, style};
use super::run::read_selected;
use super::watching::Watching;

#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// Which statistics; without it, messages and requests
    #[arg(short = 'z', long = "of", value_enum, value_name = "KIND")]
    of: Vec<Tap>,
    #[command(flatten)]
    watching: Watching,
}

/// Which statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tap {
    /// Messages by type: how many, bytes, and between whom
    Messages,
    /// Each connection: between whom, how much each way, from when to when, how protected
    Conversations,
    /// How long clients waited for replies, by operation
    Requests,
    /// How long revokes, flushes and migrations took: those parts of `latency`
    Caps,
}

/// Runs the command.
pub(super) fn run(args: &StatsArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let Watching { input, filter, table } = &args.watching;
    let by_inode = !filter.inodes.ino.is_empty() || !filter.inodes.path.is_empty();
    let taps = match &args.of[..] {
        [] if by_inode => &[Tap::Requests],
        [] => &[Tap::Messages, Tap::Requests][..],
        taps => taps,
    };
    let has = |tap| taps.contains(&tap);
    if by_inode && (has(Tap::Messages) || has(Tap::Conversations)) {
        anyhow::bail!(
            "--ino and --path select requests and caps; `messages --ino` lists the messages that name an inode"
        );
    }
    let known = names_first(input, filter)?;
    if known.is_none() && !filter.inodes.path.is_empty() {
        anyhow::bail!(
            "--path needs files here: paths may be told later than what happens, and a pipe is read once"
        );
    }
    let selected = |start| {
        let mut selected = filter.of(start);
        if let Some(known) = &known {
            selected.settle(known.pipeline.names());
        }
        selected
    };
    let begin = |start| Gathering::new(start, selected(start));
    let mut gathering: Option<Gathering> = None;
    let counts = has(Tap::Messages) || has(Tap::Conversations);
    let watches = has(Tap::Requests) || has(Tap::Caps);
    let reading = read_selected(
        input,
        |start| filter.of(start),
        |news, _, who| {
            match (news, &mut gathering) {
                (News::Start(place), _) => gathering = Some(begin(place.time)),
                (News::Said(spoken), Some(all)) if counts => all.traffic.push(spoken),
                (News::Event(event, step, _), Some(all)) if watches => {
                    all.watch.push(event, step, who);
                }
                _ => {}
            }
            ControlFlow::Continue(())
        },
    )?;
    let Gathering { start, filter, traffic, watch } =
        gathering.unwrap_or_else(|| begin(Time::default()));
    let report = reading.report(&Settings::default());
    let who = reading.pipeline.who();
    let scope = Scope {
        watch: &watch,
        who,
        names: reading.pipeline.names(),
        start,
        end: report.span().map_or(start, |(_, last)| last),
    };
    let stats = StatsReport {
        messages: has(Tap::Messages).then(|| MessagesReport::new(&traffic, who, &filter)),
        conversations: has(Tap::Conversations)
            .then(|| ConversationsReport::new(&traffic, &report, who, &filter)),
        requests: has(Tap::Requests).then(|| scope.requests()),
        caps: has(Tap::Caps).then(|| scope.caps_latency()),
    };
    let mut out = stdout();
    match table.format {
        CheckFormat::Text => {
            let start = report.span().map(|_| start);
            let (view, style) = (View { all: table.all, start }, style(color, table.ascii));
            render::stats(&stats, &view, &style, &mut out)?;
            render::missed(&report, &style, &mut out)?;
        }
        CheckFormat::Json => {
            json(&stats, &mut out)?;
            complain(&report);
        }
    }
    out.flush()?;
    Ok(status(&reading, &[]))
}

/// What is gathered while a capture is read.
struct Gathering {
    start: Time,
    filter: Selection,
    traffic: Traffic,
    watch: Watch,
}

impl Gathering {
    fn new(start: Time, filter: Selection) -> Self {
        let traffic = Traffic::new(filter.since, filter.until);
        let watch = Watch::new(Limits::default(), &Selected(filter.clone()));
        Gathering { start, filter, traffic, watch }
    }
}
