//! EXPORTs that name no cap in the place of the exported one: what the client had under it, and whether it got
//! another.

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo};

use super::replay::{Branch, Replay, Step};
use crate::event::{CapEvent, Event, Source};
use crate::hash::HashMap;
use crate::session::Who;

/// EXPORTs that are followed, 65,536. Beyond: what became of them is not known, [`Nowhere::left_out`].
const MAX_FOLLOWED: usize = 1 << 16;

/// An EXPORT to nowhere of a cap that the client held.
#[derive(Clone, Copy, Debug)]
pub struct Dropped {
    /// The message.
    pub export: CapEvent,
    /// What the client wanted of the cap.
    pub wanted: Caps,
    /// What it had sent to be written back, and nobody had acknowledged.
    pub flushing: Caps,
    /// The first message that gave it a cap of the inode again.
    pub again: Option<CapEvent>,
}

/// Follows them.
#[derive(Debug)]
pub struct Nowhere {
    max: usize,
    dropped: Vec<Dropped>,
    by_ino: HashMap<InodeNo, Vec<usize>>,
    left_out: u64,
}

impl Default for Nowhere {
    fn default() -> Self {
        Nowhere::new(MAX_FOLLOWED)
    }
}

impl Nowhere {
    /// Follows at most `max` EXPORTs.
    pub fn new(max: usize) -> Nowhere {
        Nowhere { max, dropped: Vec::new(), by_ino: HashMap::default(), left_out: 0 }
    }

    /// Takes the next event, what the replay makes of it, and the views behind it.
    pub fn push(&mut self, event: &Event, step: Option<&Step>, replay: &Replay, who: &Who) {
        let (Event::Cap(event), Some(step)) = (event, step) else { return };
        if event.replayed {
            return;
        }
        match event.source {
            Source::ClientCaps(CapOp::EXPORT) if step.branch == Branch::ExportToNowhere => {
                self.export(event, step, replay);
            }
            Source::ClientCaps(CapOp::IMPORT | CapOp::GRANT) | Source::ClientReply { .. } => {
                self.given(event, who);
            }
            _ => {}
        }
    }

    fn export(&mut self, event: &CapEvent, step: &Step, replay: &Replay) {
        if self.dropped.len() >= self.max {
            self.left_out += 1;
            return;
        }
        let wanted = step.before.map_or(Caps::NONE, |held| held.wanted);
        let view = replay.view(event.conn, event.ino).unwrap_or_default();
        self.by_ino.entry(event.ino).or_default().push(self.dropped.len());
        let flushing = view.flushing;
        self.dropped.push(Dropped { export: *event, wanted, flushing, again: None });
    }

    fn given(&mut self, event: &CapEvent, who: &Who) {
        // Nearly always there is nothing to look for.
        if self.by_ino.is_empty() {
            return;
        }
        let Some(dropped) = self.by_ino.get(&event.ino) else { return };
        for index in dropped {
            let Some(dropped) = self.dropped.get_mut(*index).filter(|d| d.again.is_none()) else {
                continue;
            };
            let (one, other) = (who.ends(dropped.export.conn), who.ends(event.conn));
            if one.zip(other).is_some_and(|(one, other)| one.same_client(&other) == Some(true)) {
                dropped.again = Some(*event);
            }
        }
    }

    /// What became of an EXPORT; `None` if the client was not seen to hold the cap.
    pub fn of(&self, export: &CapEvent) -> Option<&Dropped> {
        let same = |d: &&Dropped| (d.export.conn, d.export.offset) == (export.conn, export.offset);
        let indices = self.by_ino.get(&export.ino)?;
        indices.iter().filter_map(|index| self.dropped.get(*index)).find(same)
    }

    /// How many were not followed.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caps::timeline::samples::Sample;

    #[test]
    fn further_exports_are_counted() {
        let mut sample = Sample::default();
        for ino in 1..=5 {
            sample.add(ino, "1.0 < 1 0 issue 7 1 1 0 pAsFr pFr - 0 -");
            sample.add(ino, "2.0 < 1 0 export 7 0 0 0 - - - 0 (0, 0, 0, -1, 0)");
        }
        let (mut replay, mut nowhere) = (Replay::default(), Nowhere::new(3));
        for event in &sample.events {
            let event = Event::Cap(*event);
            let step = replay.push(&event, &sample.who);
            nowhere.push(&event, step.as_ref(), &replay, &sample.who);
        }
        let exports = sample.events.iter().filter(|event| event.op() == Some(CapOp::EXPORT));
        let followed: Vec<_> = exports.map(|export| nowhere.of(export).is_some()).collect();
        assert_eq!(followed, [true, true, true, false, false]);
        assert_eq!(nowhere.left_out(), 2);
    }
}
