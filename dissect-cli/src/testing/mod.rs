//! The bodies of the fuzz targets: functions of any bytes that panic when a promise is broken.
//!
//! They are here and not with the targets so that plain `cargo test` replays the committed corpus through them.
//! Nothing of this module is there in any other build.

mod capture;
mod display;
mod filter;
mod reassembly;
#[cfg(test)]
mod seeds;

use std::io::{self, Cursor, Read, Write};
use std::ops::ControlFlow;
use std::time::Duration;

pub use capture::capture;
pub use display::display;
pub use filter::filter;
pub use reassembly::reassembly;

use crate::caps::timeline::Filter;
use crate::caps::watch::{self, Selected, Watch};
use crate::capture::{Capture, Limits};
use crate::event::Event;
use crate::findings::Settings;
use crate::pipeline::{News, Pipeline};
use crate::place::Time;
use crate::render::watch::{self as show, View};
use crate::render::{self, Events, Format, Style};
use crate::report::Report;
use crate::report::moves::MovesScope;
use crate::report::watch::{Kind, Scope};

/// Longer inputs are cut to this.
const LONGEST: usize = 64 << 10;
/// The same for inputs that begin as packed ones do: a few bytes unpack to a megabyte.
const LONGEST_PACKED: usize = 2 << 10;

/// How much of an input is read.
fn longest(data: &[u8]) -> usize {
    match data {
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            LONGEST_PACKED
        }
        _ => LONGEST,
    }
}

/// Reads a capture file from its first byte to the last line of every output.
///
/// - Nothing panics, and no renderer fails where its writer does not.
/// - There are as many packets as the files say, and outputs are UTF-8.
pub fn pipeline(data: &[u8]) {
    let data = data[..data.len().min(longest(data))].to_vec();
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(data));
    // A small buffer, so that it is refilled.
    let limits = Limits { read_buffer: 4 << 10, ..Limits::default() };
    let mut capture = Capture::from_readers([("any".to_owned(), reader)], limits);
    let mut pipeline = Pipeline::default();
    let mut lists = [Format::Ndjson, Format::Csv].map(|format| Events::new(Utf8, format));
    let mut events = Vec::new();
    let limits = watch::Limits { slowest: 10, ..watch::Limits::default() };
    let mut watch = Watch::new(limits, &Selected::default());
    let mut packets = 0;
    let progress = |_| {
        packets += 1;
        ControlFlow::Continue(())
    };
    pipeline.run(&mut capture, progress, &mut |news, _, who| {
        if let News::Event(event, step, _) = news {
            watch.push(event, step, who);
        }
        if let News::Event(Event::Cap(event), ..) = news {
            events.push(*event);
        }
    });
    let paths = pipeline.caps.reader.names().paths();
    for event in &events {
        let path = paths.path(event.ino, event.place.time);
        let ends = pipeline.who().ends(event.conn).unwrap_or_else(|| panic!("{event:?}"));
        for list in &mut lists {
            assert!(list.write(event, &ends, path.as_deref()).is_ok());
        }
    }
    for list in lists {
        assert!(list.finish().is_ok());
    }
    for fault in capture.faults() {
        assert!(!fault.to_string().is_empty());
    }

    let report = Report::new(&capture, &pipeline, &Settings::default(), false);
    assert!(packets <= report.packets());
    assert!(render::check_json(&report, &mut Utf8).is_ok());
    for (all, width, color) in [(true, 100, false), (false, 20, true)] {
        let style = Style { width, color, unicode: all };
        assert!(render::summary(&report, all, &style, &mut Utf8).is_ok());
        assert!(render::check(&report, all, &style, &mut Utf8).is_ok());
        waiting(&pipeline, &watch, &View { all, start: Some(Time::default()) }, &style);
    }
}

/// What is waited for, in every way in which it is shown.
fn waiting(pipeline: &Pipeline, watch: &Watch, view: &View, style: &Style) {
    let (who, names, start) =
        (pipeline.who(), pipeline.caps.reader.names(), view.start.unwrap_or_default());
    let scope = Scope { watch, who, names, start, end: start };
    let (revokes, flushes) = (scope.revokes(10), scope.flushes(10));
    let (waits, latency) = (scope.waits(10), scope.latency());
    assert!(show::revokes(&revokes, view, style, &mut Utf8).is_ok());
    assert!(show::flushes(&flushes, view, style, &mut Utf8).is_ok());
    assert!(show::waits(&waits, view, style, &mut Utf8).is_ok());
    for only in [None, Some(Kind::Revoke)] {
        assert!(show::latency(&latency, only, view, style, &mut Utf8).is_ok());
    }
    let (top, pingpong) = (scope.top(&Selected::default()), scope.pingpong(Duration::from_secs(1)));
    assert!(show::top(&top, view, style, &mut Utf8).is_ok());
    assert!(show::pingpong(&pingpong, view, style, &mut Utf8).is_ok());
    assert!(show::json(&top, &mut Utf8).is_ok());
    assert!(show::json(&pingpong, &mut Utf8).is_ok());
    assert!(show::json(&revokes, &mut Utf8).is_ok());
    assert!(show::json(&flushes, &mut Utf8).is_ok());
    assert!(show::json(&waits, &mut Utf8).is_ok());
    assert!(show::json(&latency, &mut Utf8).is_ok());
    let (trunks, filter) = (pipeline.trunks(), Filter::default());
    let moves = &pipeline.caps.story.moves;
    let moves =
        MovesScope { moves, who, names, trunks: &trunks, filter: &filter, wait: 0 }.report();
    assert!(show::migrations(&moves, view, style, &mut Utf8).is_ok());
    assert!(show::json(&moves, &mut Utf8).is_ok());
}

/// Takes text and keeps none of it.
struct Utf8;

impl Write for Utf8 {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match str::from_utf8(bytes) {
            Ok(_) => Ok(bytes.len()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod corpus {
    use std::fs;
    use std::path::Path;

    #[test]
    fn stories() {
        for (name, file) in fixtures::built::all() {
            eprintln!("{name}");
            super::pipeline(&file);
        }
    }

    #[test]
    fn pipeline() {
        replay("pipeline", super::pipeline);
    }

    #[test]
    fn filter() {
        replay("filter", super::filter);
    }

    #[test]
    fn capture() {
        replay("capture", super::capture);
    }

    #[test]
    fn reassembly() {
        replay("reassembly", super::reassembly);
    }

    /// The same inputs as those of the codec's target.
    #[test]
    fn display() {
        replay("message", super::display);
    }

    fn replay(target: &str, body: fn(&[u8])) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        if !root.exists() {
            eprintln!("skipped: a published crate has no corpus");
            return;
        }
        let mut files = 0;
        for file in fs::read_dir(root.join("corpus").join(target)).unwrap() {
            let path = file.unwrap().path();
            // Should the body panic, this says where.
            eprintln!("{}", path.display());
            body(&fs::read(path).unwrap());
            files += 1;
        }
        assert!(files > 0, "{target}: no files");
    }
}
