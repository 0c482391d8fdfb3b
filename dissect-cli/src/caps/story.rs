//! Everything that later stages want to know of the events, gathered while they pass.

use super::Oddities;
use super::moves::Moves;
use super::nowhere::Nowhere;
use super::replay::{Replay, Step};
use super::sessions::SessionLog;
use super::watch::{self, Selected, Watch};
use crate::event::Event;
use crate::session::Who;

/// What was gathered. Each part takes every event, in the order of the capture.
#[derive(Debug)]
pub struct Story {
    /// The clients' views.
    pub replay: Replay,
    /// Sessions over time.
    pub sessions: SessionLog,
    /// What is waited for. It has no statistics: no rule asks for any.
    pub watch: Watch,
    /// Exports between ranks.
    pub moves: Moves,
    /// Messages with which something is amiss.
    pub oddities: Oddities,
    /// EXPORTs that name no cap.
    pub nowhere: Nowhere,
}

impl Default for Story {
    fn default() -> Self {
        Story {
            replay: Replay::default(),
            sessions: SessionLog::default(),
            watch: Watch::new(watch::Limits::for_rules(), &Selected::default()),
            moves: Moves::default(),
            oddities: Oddities::default(),
            nowhere: Nowhere::default(),
        }
    }
}

impl Story {
    /// Takes the next event; answers what it does to a client's cap, if it is about one.
    pub fn push(&mut self, event: &Event, who: &Who) -> Option<Step> {
        let done = self.replay.push(event, who);
        let step = done.as_ref();
        let counts = matches!(event, Event::Cap(_) | Event::Session(_) | Event::Reconnect(_));
        let held = if counts { self.replay.known_caps(event.conn()) } else { None };
        self.sessions.push(event, held);
        self.watch.push(event, step, who);
        self.watch.look(event, step, &self.replay);
        self.moves.push(event, who);
        self.oddities.push(event, step, who);
        self.nowhere.push(event, step, &self.replay, who);
        done
    }

    /// How much that rules would have told of was not kept, see the bounds of each part.
    pub fn left_out(&self) -> u64 {
        self.oddities.left_out() + self.nowhere.left_out()
    }
}
