//! The command `check`: at the end of a capture, or while it goes on.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::ControlFlow;

use ceph_codec::types::InodeNo;
use ceph_dissect::capture::Capture;
use ceph_dissect::findings::{Finding, Settings};
use ceph_dissect::pipeline::Pipeline;
use ceph_dissect::place::Time;
use ceph_dissect::render::{self, Style};
use ceph_dissect::report::Report;
use ceph_dissect::stream::ConnId;
use clap::Args as ClapArgs;

use super::Status;
use super::args::{CheckFormat, ColorWhen, Input, Thresholds};
use super::commands::{complain, status, stdout, style};
use super::run::{Reading, read, read_packets};

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    input: Input,
    /// text or json
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    format: CheckFormat,
    #[command(flatten)]
    thresholds: Thresholds,
    /// List every finding of a group
    #[arg(long)]
    all: bool,
    /// Tell each problem once it is certain, while the capture goes on; with json one a line, and no document
    #[arg(long)]
    follow: bool,
}

/// Runs it.
pub(super) fn run(args: &CheckArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let settings = args.thresholds.settings();
    let style = style(color, false);
    let mut out = stdout();
    let reading = match args.follow {
        true => follow(args, &settings, &style, &mut out)?,
        false => read(&args.input, |_, _, _| ControlFlow::Continue(()))?,
    };
    let report = reading.report(&settings);
    match args.format {
        CheckFormat::Text => render::check(&report, args.all, &style, &mut out)?,
        CheckFormat::Json => {
            if !args.follow {
                render::check_json(&report, &mut out)?;
            }
            complain(&report);
        }
    }
    out.flush()?;
    // Nothing found says nothing where nothing was read.
    if report.is_blind() {
        return Ok(Status::Trouble);
    }
    Ok(status(&reading, &report.findings))
}

/// Reads, and tells what is certain as soon as it is.
fn follow(
    args: &CheckArgs,
    settings: &Settings,
    style: &Style,
    out: &mut impl Write,
) -> anyhow::Result<Reading> {
    let mut news = Following::default();
    let mut tell = |found: &[Finding], capture: &Capture, pipeline: &Pipeline| {
        let report = Report::new(capture, pipeline, settings, false);
        match args.format {
            CheckFormat::Text => render::found(&report, found, style, out)?,
            CheckFormat::Json => render::found_json(&report, found, out)?,
        }
        out.flush()
    };
    let mut failed: io::Result<()> = Ok(());
    let reading = read_packets(&args.input, |capture, pipeline, now| {
        if !news.is_due(now, pipeline) {
            return ControlFlow::Continue(());
        }
        let found = news.look(capture, pipeline, settings);
        if !found.is_empty() {
            failed = tell(&found, capture, pipeline);
        }
        if failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    failed?;
    let found = news.look(&reading.capture, &reading.pipeline, settings);
    if !found.is_empty() {
        tell(&found, &reading.capture, &reading.pipeline)?;
    }
    Ok(reading)
}

/// Nanoseconds of capture time from one look to the next.
const PACE: i64 = 1_000_000_000;

/// A look asks of every connection. So there is none before so many packets came for a thousand of those, and
/// looking costs little however many there are.
const PACKETS_A_THOUSAND: u64 = 64;

/// What was told, and when to look again.
#[derive(Default)]
struct Following {
    told: HashSet<(&'static str, ConnId, u64, Option<InodeNo>)>,
    next: Option<Time>,
    packets: u64,
}

impl Following {
    /// Whether it is time for a look. Clocks are those of the capture, so that the same capture is told of in the
    /// same way however fast it comes.
    fn is_due(&mut self, now: Time, pipeline: &Pipeline) -> bool {
        self.packets += 1;
        let next = *self.next.get_or_insert(Time(now.0.saturating_add(PACE)));
        let conns = pipeline.front.streams.conns().numbers() as u64;
        if now < next || self.packets < conns / 1000 * PACKETS_A_THOUSAND {
            return false;
        }
        (self.next, self.packets) = (Some(Time(now.0.saturating_add(PACE))), 0);
        true
    }

    /// The problems that are certain by now and were not told.
    fn look(
        &mut self,
        capture: &Capture,
        pipeline: &Pipeline,
        settings: &Settings,
    ) -> Vec<Finding> {
        let mut found = pipeline.findings(capture.files(), settings);
        found.retain(|finding| {
            let Finding { code, at, ino, .. } = finding;
            finding.is_certain_fault() && self.told.insert((*code, at.conn, at.offset, *ino))
        });
        found
    }
}
