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
#[derive(Debug, Default)]
pub struct Nowhere {
    dropped: Vec<Dropped>,
    by_ino: HashMap<InodeNo, Vec<usize>>,
    left_out: u64,
}

impl Nowhere {
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
        if self.dropped.len() >= MAX_FOLLOWED {
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
