//! What a page about a whole capture tells: everything that the other reports tell, and where in the
//! timelines each finding has its spot.

mod between;
mod gaps;
mod messages;
mod requests;
mod spots;

use crate::caps::timeline::Timelines;
use crate::pipeline::Pipeline;
use crate::report::Report;

pub use between::Between;
pub use gaps::{Gap, Unread};
pub use messages::{Kept, Key, MAX_MESSAGES, Messages, key};
pub use requests::{Asked, AskedRow, Requests, Said};
pub use spots::Spot;

/// Everything that a page shows.
#[derive(Debug)]
pub struct Page<'a> {
    /// The capture, and what was found in it.
    pub report: &'a Report,
    /// Who held what.
    pub timelines: &'a Timelines,
    /// What clients and ranks said that was not read, in the order of connections.
    pub gaps: Vec<Gap>,
    /// Gaps that found no room.
    pub gaps_left_out: u64,
    /// Time that is in none of the files, between two of them.
    pub between: Vec<Between>,
    /// What clients asked of these inodes, and what they were answered.
    pub asked: Asked,
    /// Where each of the report's findings leads, in the same order.
    pub spots: Vec<Spot>,
    /// Messages with their fields and bytes: chosen, and to be filled by whoever reads the capture again.
    pub messages: Messages,
}

impl<'a> Page<'a> {
    /// Gathers it. At most `max_messages` are chosen to be shown in full.
    pub fn new(
        report: &'a Report,
        timelines: &'a Timelines,
        requests: Requests,
        pipeline: &Pipeline,
        max_messages: usize,
    ) -> Page<'a> {
        let (gaps, gaps_left_out) = gaps::gaps(&pipeline.links(), pipeline.who(), report.span());
        let spots = spots::spots(&report.findings, timelines);
        let between = between::between(&report.files);
        let asked = requests.finish(timelines, pipeline.who());
        let messages =
            Messages::choose(&report.findings, &spots, timelines, &asked.rows, max_messages);
        Page { report, timelines, gaps, gaps_left_out, between, asked, spots, messages }
    }
}
