//! What a page about a whole capture tells: everything that the other reports tell, and where in the
//! timelines each finding has its spot.

mod gaps;
mod messages;
mod spots;

use crate::caps::timeline::Timelines;
use crate::pipeline::Pipeline;
use crate::report::Report;

pub use gaps::{Gap, Unread};
pub use messages::{Kept, Key, MAX_MESSAGES, Messages, key};
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
        pipeline: &Pipeline,
        max_messages: usize,
    ) -> Page<'a> {
        let (gaps, gaps_left_out) = gaps::gaps(&pipeline.links(), pipeline.who(), report.span());
        let spots = spots::spots(&report.findings, timelines);
        let messages = Messages::choose(&report.findings, &spots, timelines, max_messages);
        Page { report, timelines, gaps, gaps_left_out, spots, messages }
    }
}
