//! Everything that later stages want to know of the events, gathered while they pass.

use super::Oddities;
use super::moves::Moves;
use super::nowhere::Nowhere;
use super::replay::{Replay, Step};
use super::sessions::SessionLog;
use super::watch::Watch;
use crate::event::Event;
use crate::session::Who;

/// What was gathered. Each part takes every event, in the order of the capture.
#[derive(Debug, Default)]
pub struct Story {
    /// The clients' views.
    pub replay: Replay,
    /// Sessions over time.
    pub sessions: SessionLog,
    /// What is waited for.
    pub watch: Watch,
    /// Exports between ranks.
    pub moves: Moves,
    /// Messages with which something is amiss.
    pub oddities: Oddities,
    /// EXPORTs that name no cap.
    pub nowhere: Nowhere,
}

impl Story {
    /// Takes the next event; answers what it does to a client's cap, if it is about one.
    pub fn push(&mut self, event: &Event, who: &Who) -> Option<Step> {
        let done = self.replay.push(event, who);
        let step = done.as_ref();
        let counts = matches!(event, Event::Cap(_) | Event::Session(_) | Event::Reconnect(_));
        let session = self.replay.session(event.at().conn).filter(|_| counts);
        let held = session.filter(|session| session.known && session.uncertain.is_none());
        self.sessions.push(event, held.map(|session| session.caps));
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
