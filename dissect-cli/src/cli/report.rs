//! `report`: all of it as one page for a browser.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ceph_dissect::caps::timeline::{Collector, Filter, MAX_ENTRIES};
use ceph_dissect::event::Reader;
use ceph_dissect::pipeline::Heard;
use ceph_dissect::pipeline::News;
use ceph_dissect::render;
use ceph_dissect::report::page::{MAX_MESSAGES, Page, Requests};
use clap::Args;

use super::Status;
use super::args::{Input, Thresholds, number};
use super::commands::{complain, status, stdout};
use super::messages::are_files;
use super::run::{listen, read};

/// What `report` is told.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Where to write the page; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) thresholds: Thresholds,
    /// Keep so many events, about 700 bytes each in memory and 100 in the page
    #[arg(long, default_value_t = MAX_ENTRIES, value_name = "N", value_parser = number::<usize>)]
    pub(crate) max_events: usize,
    /// Put the fields and bytes of so many messages into the page: those that findings are of first
    #[arg(long, default_value_t = MAX_MESSAGES, value_name = "N", value_parser = number::<usize>)]
    pub(crate) max_messages: usize,
}

/// Runs the command.
pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<Status> {
    let to_stdout = args.output.as_os_str() == "-";
    if !to_stdout {
        keep_inputs(&args.input.files, &args.output)?;
    }
    let mut collected = Collector::new(Filter::default(), args.max_events);
    let mut requests = Requests::default();
    let reading = read(&args.input, |news, _, who| {
        match news {
            News::Start(place) => collected.starts_at(place.time),
            News::Event(event, step, _) => {
                collected.push(event, step, |_| None, who);
                requests.push(event);
            }
            News::Said(_) | News::Packet(..) => {}
        }
        ControlFlow::Continue(())
    })?;
    let report = reading.report(&args.thresholds.settings());
    let pipeline = &reading.pipeline;
    let timelines = collected.finish(pipeline.names(), pipeline.who(), &pipeline.links());
    // Which messages are worth it is known at the end: files are read again for them, a pipe cannot be.
    let max_messages = if are_files(&args.input) { args.max_messages } else { 0 };
    let mut page = Page::new(&report, &timelines, requests, pipeline, max_messages);
    let mut whole = true;
    if !page.messages.is_empty() && !reading.interrupted {
        let messages = &mut page.messages;
        whole = listen(&args.input, Reader::wants, |heard| {
            if let Heard::Said(spoken) = heard {
                messages.push(spoken);
            }
            ControlFlow::Continue(())
        })?;
    }
    if to_stdout {
        let mut out = stdout();
        render::page(&page, &mut out)?;
        out.flush()?;
    } else {
        write(&args.output, |out| render::page(&page, out))
            .with_context(|| format!("{} cannot be written", args.output.display()))?;
    }
    complain(&report);
    // Somebody broke off, or the file has changed meanwhile.
    if !whole && !reading.is_troubled() {
        return Ok(Status::Trouble);
    }
    Ok(status(&reading, &[]))
}

/// What is written over its own capture would lose it.
pub(super) fn keep_inputs(inputs: &[PathBuf], output: &Path) -> anyhow::Result<()> {
    let Ok(output_is) = fs::canonicalize(output) else { return Ok(()) };
    for input in inputs.iter().filter(|input| input.as_os_str() != "-") {
        if fs::canonicalize(input).is_ok_and(|input| same(&input, &output_is)) {
            anyhow::bail!("{} is one of the captures: it is not overwritten", output.display());
        }
    }
    Ok(())
}

/// Whether two paths lead to one file, under whichever names.
fn same(one: &Path, two: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let id = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
        if id(one).is_some() && id(one) == id(two) {
            return true;
        }
    }
    one == two
}

fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    fill(&mut out)?;
    out.flush()
}
