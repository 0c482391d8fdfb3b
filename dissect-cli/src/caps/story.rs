//! Everything that later stages want to know of the events, gathered while they pass.

use super::replay::{Replay, Step};
use super::watch::Watch;
use crate::event::Event;
use crate::session::Who;

/// What was gathered. Each part takes every event, in the order of the capture.
#[derive(Debug, Default)]
pub struct Story {
    /// The clients' views.
    pub replay: Replay,
    /// What is waited for.
    pub watch: Watch,
}

impl Story {
    /// Takes the next event; answers what it does to a client's cap, if it is about one.
    pub fn push(&mut self, event: &Event, who: &Who) -> Option<Step> {
        let step = self.replay.push(event, who);
        self.watch.push(event, step.as_ref(), who);
        step
    }
}
