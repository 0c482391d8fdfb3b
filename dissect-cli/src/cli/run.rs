//! Reading a capture with a progress bar, until its end or until the user has had enough.

use std::cell::Cell;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, OnceLock};
use std::time::Duration;

use ceph_codec::message::MessageType;
use ceph_dissect::caps::timeline::Filter;
use ceph_dissect::capture::{Capture, Piece, misplaced};
use ceph_dissect::findings::Settings;
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::{Front, Heard, News, Pipeline};
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::report::{self, Report, Spoken, Unmatched};
use ceph_dissect::session::Who;
use indicatif::{ProgressBar, ProgressStyle};

use super::args::Input;
use super::commands::warn;

/// How often the bar moves, in packets.
const EVERY: u32 = 1024;

/// What reading yields.
pub(crate) struct Reading {
    pub(crate) capture: Capture,
    pub(crate) pipeline: Pipeline,
    pub(crate) interrupted: bool,
    /// The sink broke reading off: it had what it wanted, and nothing of that is missing.
    pub(crate) enough: bool,
}

/// Reads the whole input; `sink` gets the events, and may break off.
pub(crate) fn read(
    input: &Input,
    mut sink: impl FnMut(News<'_>, &Names, &Who) -> ControlFlow<()>,
) -> anyhow::Result<Reading> {
    read_with(input, Pipeline::default(), &mut sink)
}

/// The same through a pipeline that reads other messages too.
pub(crate) fn read_with(
    input: &Input,
    mut pipeline: Pipeline,
    mut sink: impl FnMut(News<'_>, &Names, &Who) -> ControlFlow<()>,
) -> anyhow::Result<Reading> {
    let stop = stop_flag()?;
    let mut capture = Capture::open(&input.files).until(stop);
    let mut progress = Progress::of(&capture, stop);
    let over = Cell::new(false);
    pipeline.run(
        &mut capture,
        |bytes_read| progress.packet_unless(over.get(), bytes_read),
        &mut |news, names, who| {
            if !over.get() && sink(news, names, who).is_break() {
                over.set(true);
            }
        },
    );
    progress.bar.finish_and_clear();
    order(&capture);
    let interrupted = stop.load(Ordering::Relaxed);
    Ok(Reading { capture, pipeline, interrupted, enough: over.get() })
}

/// The same, and `look` may see after each packet what is known by then.
pub(crate) fn read_packets(
    input: &Input,
    mut look: impl FnMut(&Capture, &Pipeline, Time) -> ControlFlow<()>,
) -> anyhow::Result<Reading> {
    let stop = stop_flag()?;
    let mut capture = Capture::open(&input.files).until(stop);
    let mut pipeline = Pipeline::default();
    let mut progress = Progress::of(&capture, stop);
    let mut on = true;
    while on && let Some(packet) = capture.next() {
        let now = packet.place.time;
        pipeline.push(&packet, &mut |_, _, _| {});
        on = look(&capture, &pipeline, now).is_continue()
            && progress.packet(capture.bytes_read()).is_continue();
    }
    pipeline.finish(&mut |_, _, _| {});
    progress.bar.finish_and_clear();
    order(&capture);
    let interrupted = stop.load(Ordering::Relaxed);
    Ok(Reading { capture, pipeline, interrupted, enough: false })
}

/// Says on standard error which files do not follow each other; once, also if they are read twice.
fn order(capture: &Capture) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for file in misplaced(capture.files()) {
            warn(&render::misplaced(&file));
        }
    });
}

/// The same, and says on standard error what `filter` selects and the input does not have: `filter` is made
/// when it is known when the capture begins.
pub(crate) fn read_selected(
    input: &Input,
    filter: impl Fn(Time) -> Filter,
    sink: impl FnMut(News<'_>, &Names, &Who) -> ControlFlow<()>,
) -> anyhow::Result<Reading> {
    read_selected_with(input, Pipeline::default(), filter, sink)
}

/// The same through any pipeline.
pub(crate) fn read_selected_with(
    input: &Input,
    pipeline: Pipeline,
    filter: impl Fn(Time) -> Filter,
    sink: impl FnMut(News<'_>, &Names, &Who) -> ControlFlow<()>,
) -> anyhow::Result<Reading> {
    let (reading, unmatched) = read_noting(input, pipeline, filter, sink)?;
    for (what, start) in unmatched {
        warn(&render::unmatched(&what, start));
    }
    Ok(reading)
}

/// What was asked for and is not there, and what its times count from.
pub(crate) type NotThere = (Unmatched, Time);

/// The same through any pipeline, and answers what is not there.
pub(crate) fn read_noting(
    input: &Input,
    pipeline: Pipeline,
    filter: impl Fn(Time) -> Filter,
    mut sink: impl FnMut(News<'_>, &Names, &Who) -> ControlFlow<()>,
) -> anyhow::Result<(Reading, Vec<NotThere>)> {
    let mut start = Time::default();
    let mut spoken = Spoken::default();
    let reading = read_with(input, pipeline, |news, names, who| {
        match &news {
            News::Start(place) => {
                start = place.time;
                spoken = Spoken::new(&filter(start));
            }
            News::Event(event, ..) => spoken.push(event),
            News::Said(_) | News::Packet(..) => {}
        }
        sink(news, names, who)
    })?;
    let filter = filter(start);
    let asked = filter != Filter::default() && !reading.interrupted && !reading.enough;
    let unmatched = match report::span(reading.capture.files()).filter(|_| asked) {
        Some(span) => spoken.unmatched(&filter, &reading.pipeline, span),
        None => Vec::new(),
    };
    Ok((reading, unmatched.into_iter().map(|what| (what, start)).collect()))
}

/// Reads the input for what is said in it, and for nothing that follows from it. Answers whether it was read as
/// far as it goes, or as `sink` wanted.
pub(crate) fn listen(
    input: &Input,
    wanted: fn(MessageType) -> bool,
    mut sink: impl FnMut(Heard<'_>) -> ControlFlow<()>,
) -> anyhow::Result<bool> {
    let stop = stop_flag()?;
    let mut capture = Capture::open(&input.files).until(stop);
    let mut progress = Progress::of(&capture, stop);
    let over = Cell::new(false);
    let go_on = |bytes_read| progress.packet_unless(over.get(), bytes_read);
    Front::new(wanted).run(&mut capture, go_on, &mut |heard| {
        if !over.get() && sink(heard).is_break() {
            over.set(true);
        }
    });
    progress.bar.finish_and_clear();
    Ok(!stop.load(Ordering::Relaxed) && capture.faults_total() == 0)
}

/// Reads the input with all that is in it beside packets; `sink` may fail. Answers whether it was read as far as
/// it goes.
pub(crate) fn pieces<E>(
    input: &Input,
    mut sink: impl FnMut(&Piece<'_>) -> Result<(), E>,
) -> anyhow::Result<bool>
where
    anyhow::Error: From<E>,
{
    let stop = stop_flag()?;
    let mut capture = Capture::open(&input.files).until(stop);
    let mut progress = Progress::of(&capture, stop);
    let mut on = true;
    while on && let Some(piece) = capture.piece() {
        sink(&piece)?;
        on = progress.packet(capture.bytes_read()).is_continue();
    }
    progress.bar.finish_and_clear();
    Ok(on && !stop.load(Ordering::Relaxed) && capture.faults_total() == 0)
}

/// How far reading has come, and whether it is to go on.
struct Progress {
    bar: ProgressBar,
    packets: u32,
    stop: &'static AtomicBool,
}

impl Progress {
    fn of(capture: &Capture, stop: &'static AtomicBool) -> Self {
        Progress { bar: bar(capture), packets: 0, stop }
    }

    /// The same, and it is not to go on if it is `over`.
    fn packet_unless(&mut self, over: bool, bytes_read: u64) -> ControlFlow<()> {
        match over {
            true => ControlFlow::Break(()),
            false => self.packet(bytes_read),
        }
    }

    fn packet(&mut self, bytes_read: u64) -> ControlFlow<()> {
        self.packets = self.packets.wrapping_add(1);
        if self.packets.is_multiple_of(EVERY) {
            self.bar.set_position(bytes_read);
        }
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// What Ctrl-C sets. Once it is set, it stays so: there is nothing to be
/// read again.
fn stop_flag() -> anyhow::Result<&'static AtomicBool> {
    static STOP: AtomicBool = AtomicBool::new(false);
    static HANDLER: OnceLock<Result<(), ctrlc::Error>> = OnceLock::new();
    // A second Ctrl-C need not wait for us to notice the first.
    let stop = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    match HANDLER.get_or_init(|| ctrlc::set_handler(stop)) {
        Ok(()) => Ok(&STOP),
        Err(error) => anyhow::bail!("{error}"),
    }
}

impl Reading {
    /// All that is known now.
    pub(crate) fn report(&self, settings: &Settings) -> Report {
        Report::new(&self.capture, &self.pipeline, settings, self.interrupted)
    }

    /// Whether the input was not read as far as it goes.
    pub(crate) fn is_troubled(&self) -> bool {
        self.interrupted || self.capture.faults_total() > 0
    }
}

/// A bar on standard error, if that is a terminal and there is something to wait for.
fn bar(capture: &Capture) -> ProgressBar {
    const WORTH_IT: u64 = 64 << 20;
    let Some(total) = capture.bytes_total().filter(|total| *total >= WORTH_IT) else {
        return ProgressBar::hidden();
    };
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total);
    let template = "{bytes}/{total_bytes} [{bar:40}] {bytes_per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
