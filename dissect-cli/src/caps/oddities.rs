//! Messages with which something is amiss, as rules want to know them.
//!
//! The replay says what is amiss at the moment of the message. Some of it explains itself later: what an
//! importer knows of the exporter's last messages may be on its way to the client still. So one thing is
//! looked for afterwards.

use std::collections::HashSet;

use ceph_codec::types::{InodeNo, Seq};

use super::replay::{Oddity, Step};
use crate::event::{CapEvent, Direction, Event, Peer};
use crate::hash::HashMap;
use crate::session::Who;
use crate::stream::ConnId;

/// A message, and what is amiss with it.
#[derive(Clone, Copy, Debug)]
pub struct Odd {
    /// The message.
    pub event: CapEvent,
    /// What is amiss; if several things are, the one that says most.
    pub oddity: Oddity,
    /// What the message did to the client's view.
    pub step: Step,
    /// Of an IMPORT that knows more of the exporter's cap than the client: the exporter's message that the
    /// client got only after it.
    pub late: Option<CapEvent>,
}

/// Bounds.
#[derive(Clone, Copy, Debug)]
pub struct OddityLimits {
    /// Odd messages of one kind that are kept, 4096, of about 600 bytes. Beyond: counted in
    /// [`Oddities::left_out`].
    pub max_kept: usize,
}

impl Default for OddityLimits {
    fn default() -> Self {
        OddityLimits { max_kept: 1 << 12 }
    }
}

/// Odd messages, in the order of the capture.
#[derive(Debug, Default)]
pub struct Oddities {
    limits: OddityLimits,
    kept: Vec<Odd>,
    counts: HashMap<std::mem::Discriminant<Oddity>, usize>,
    left_out: u64,
    /// Where EXPORTs and IMPORTs are that came before.
    repeated: HashSet<(ConnId, u64)>,
    /// By inode and the exporter's cap: IMPORTs that wait for what the exporter may have sent before.
    open: HashMap<(InodeNo, u64), Vec<usize>>,
}

impl Oddities {
    /// Takes the next event and what the replay makes of it.
    pub fn push(&mut self, event: &Event, step: Option<&Step>, who: &Who) {
        let (Event::Cap(event), Some(step)) = (event, step) else { return };
        if event.replayed {
            return;
        }
        self.explain(event, who);
        let Some(oddity) = step.oddity else { return };
        let count = self.counts.entry(std::mem::discriminant(&oddity)).or_default();
        if *count >= self.limits.max_kept {
            self.left_out += 1;
            return;
        }
        *count += 1;
        if let (Oddity::PeerMismatch { seq, .. }, Some(Peer::Exporter(peer))) = (oddity, event.peer)
            && peer.seq.is_after(seq)
        {
            let waiting = self.open.entry((event.ino, peer.cap_id)).or_default();
            waiting.push(self.kept.len());
        }
        if matches!(oddity, Oddity::Repeated { .. }) {
            self.repeated.insert((event.conn, event.offset));
        }
        self.kept.push(Odd { event: *event, oddity, step: *step, late: None });
    }

    /// Whether the message is the one that an IMPORT knew of already.
    fn explain(&mut self, event: &CapEvent, who: &Who) {
        // Nearly always nothing waits.
        if self.open.is_empty() || event.direction != Direction::MdsToClient {
            return;
        }
        let Some(waiting) = self.open.get(&(event.ino, event.cap_id)) else { return };
        for index in waiting {
            let Some(odd) = self.kept.get_mut(*index).filter(|odd| odd.late.is_none()) else {
                continue;
            };
            if is_awaited(&odd.event, event, who) {
                odd.late = Some(*event);
            }
        }
    }

    /// Those kept, in the order of the capture.
    pub fn kept(&self) -> &[Odd] {
        &self.kept
    }

    /// Whether this is an EXPORT or IMPORT that came before as another message.
    pub fn is_repeated(&self, event: &CapEvent) -> bool {
        self.repeated.contains(&(event.conn, event.offset))
    }

    /// How many were not kept.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// Whether `event` is what the exporter had sent when `import` was made: same client, the exporter's rank, and
/// the seq that the IMPORT names.
fn is_awaited(import: &CapEvent, event: &CapEvent, who: &Who) -> bool {
    let Some(Peer::Exporter(peer)) = import.peer else { return false };
    let (Some(to), Some(from)) = (who.ends(import.conn), who.ends(event.conn)) else {
        return false;
    };
    let reaches = |seq: Seq| !peer.seq.is_after(seq);
    from.same_client(&to) == Some(true) && from.mds == Some(peer.mds) && reaches(event.seq)
}

#[cfg(test)]
mod tests {
    use ceph_codec::message::client_caps::CapOp;
    use ceph_codec::types::{Caps, SnapId};

    use super::super::replay::Branch;
    use super::*;
    use crate::event::Source;
    use crate::place::Place;

    fn event(offset: u64) -> CapEvent {
        CapEvent {
            place: Place { frame: offset, ..Place::default() },
            conn: ConnId(0),
            offset,
            direction: Direction::MdsToClient,
            replayed: false,
            version: 11,
            tid: 0,
            source: Source::ClientCaps(CapOp::GRANT),
            ino: InodeNo(0x100),
            cap_id: 1,
            seq: Seq(1),
            issue_seq: Seq(0),
            mseq: Seq(0),
            caps: Caps::PIN,
            wanted: Caps::NONE,
            dirty: Caps::NONE,
            follows: SnapId(1),
            size: None,
            peer: None,
        }
    }

    fn step(oddity: Oddity) -> Step {
        Step {
            before: None,
            after: None,
            other: None,
            known: true,
            branch: Branch::Nothing,
            oddity: Some(oddity),
            gone: None,
        }
    }

    #[test]
    fn of_each_kind_so_many_are_kept_and_the_others_counted() {
        let limits = OddityLimits { max_kept: 2 };
        let mut oddities = Oddities { limits, ..Oddities::default() };
        let gap = step(Oddity::SeqGap { held: Seq(0) });
        let again = step(Oddity::Repeated { first: Place::default() });
        for offset in 0..5 {
            oddities.push(&Event::Cap(event(offset)), Some(&gap), &Who::default());
        }
        oddities.push(&Event::Cap(event(5)), Some(&again), &Who::default());
        assert_eq!((oddities.kept().len(), oddities.left_out()), (3, 3));
        assert!(oddities.is_repeated(&event(5)) && !oddities.is_repeated(&event(0)));
    }

    #[test]
    fn what_the_messenger_sent_again_is_not_odd() {
        let mut oddities = Oddities::default();
        let replayed = CapEvent { replayed: true, ..event(0) };
        let gap = step(Oddity::SeqGap { held: Seq(0) });
        oddities.push(&Event::Cap(replayed), Some(&gap), &Who::default());
        assert!(oddities.kept().is_empty());
    }
}
