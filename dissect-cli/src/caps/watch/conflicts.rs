//! Bits that two clients should not have at the same time.

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo};

use crate::caps::replay::{Replay, Step};
use crate::event::{CapEvent, Source};
use crate::hash::HashMap;
use crate::place::Place;
use crate::stream::ConnId;

/// Conflicts of one inode, 8. Beyond: not followed.
pub(super) const MAX_OF_INODE: usize = 8;
/// Holders of an inode that are looked at, 64. Beyond: not looked at.
pub(super) const MAX_HOLDERS: usize = 64;

/// Two clients have been issued bits that exclude each other.
#[derive(Clone, Copy, Debug)]
pub struct Conflict {
    /// The message that issued the second one's.
    pub event: CapEvent,
    /// A connection of the client that had its bits before.
    pub other: ConnId,
    /// Since when that client had the cap.
    pub since: Place,
    /// Bits of the second one that conflict.
    pub bits: Caps,
    /// Bits of the first one that conflict.
    pub other_bits: Caps,
    /// A connection of the second client, the same for all of its caps.
    holder: ConnId,
}

/// All conflicts that last.
#[derive(Debug, Default)]
pub struct Conflicts {
    max_inodes: usize,
    open: HashMap<InodeNo, Vec<Conflict>>,
}

/// For each lock, its exclusive bit and all its bits. Lazy I/O goes with everything.
const LOCKS: [(Caps, u32); 4] = [
    (Caps::AUTH_EXCL, 0xc),
    (Caps::LINK_EXCL, 0x30),
    (Caps::XATTR_EXCL, 0xc0),
    (Caps::FILE_EXCL, 0x7f00),
];

/// The bits of two sets that exclude each other, if any do.
fn clash(one: Caps, two: Caps) -> Option<(Caps, Caps)> {
    let mut clash = (Caps::NONE, Caps::NONE);
    for (excl, all) in LOCKS {
        if one.contains(excl) && !(two & Caps(all)).is_empty() {
            clash = (clash.0 | excl, clash.1 | (two & Caps(all)));
        }
        if two.contains(excl) && !(one & Caps(all)).is_empty() {
            clash = (clash.0 | (one & Caps(all)), clash.1 | excl);
        }
    }
    // What one writes the other one must not have cached.
    let writes = Caps::FILE_WR | Caps::FILE_BUFFER;
    for (a, b, first) in [(one, two, true), (two, one, false)] {
        if !(a & writes).is_empty() && b.contains(Caps::FILE_CACHE) {
            let (a, b) = (a & writes, Caps::FILE_CACHE);
            let (a, b) = if first { (a, b) } else { (b, a) };
            clash = (clash.0 | a, clash.1 | b);
        }
    }
    (!clash.0.is_empty()).then_some(clash)
}

impl Conflicts {
    pub(super) fn new(max_inodes: usize) -> Conflicts {
        Conflicts { max_inodes, ..Conflicts::default() }
    }

    /// Takes a cap event; `replay` has taken it.
    pub(super) fn push(&mut self, event: &CapEvent, step: &Step, replay: &Replay) {
        if event.replayed {
            return;
        }
        self.settle(event.ino, replay);
        let issues = matches!(event.source, Source::ClientReply { .. })
            || matches!(event.op(), Some(CapOp::GRANT | CapOp::IMPORT));
        if let (true, Some(after)) = (issues, step.after) {
            let gained = after.issued.without(step.before.map_or(Caps::NONE, |held| held.issued));
            if !gained.is_empty() {
                self.look(event, after.issued, replay);
            }
        }
    }

    /// Compares what was issued with what others have.
    fn look(&mut self, event: &CapEvent, issued: Caps, replay: &Replay) {
        let mine = replay.caps_of(event.conn, event.ino).next().map(|holding| holding.conn);
        let Some(mine) = mine else { return };
        for other in replay.holders(event.ino).take(MAX_HOLDERS) {
            if other.conn == mine {
                continue;
            }
            let Some((bits, other_bits)) = clash(issued, other.held.issued) else { continue };
            if self.open.len() >= self.max_inodes && !self.open.contains_key(&event.ino) {
                return;
            }
            let of = self.open.entry(event.ino).or_default();
            if of.len() < MAX_OF_INODE && !of.iter().any(|c| c.is_of(mine, other.conn)) {
                let (other, since) = (other.conn, other.held.since);
                let event = *event;
                of.push(Conflict { event, other, since, bits, other_bits, holder: mine });
            }
        }
    }

    /// Forgets the conflicts of an inode that are none any more.
    fn settle(&mut self, ino: InodeNo, replay: &Replay) {
        if self.open.is_empty() {
            return;
        }
        let Some(of) = self.open.get_mut(&ino) else { return };
        of.retain(|conflict| conflict.lasts(replay));
        if of.is_empty() {
            self.open.remove(&ino);
        }
    }

    /// Those that last, in the order of the capture.
    pub fn open_ones(&self, replay: &Replay) -> Vec<Conflict> {
        let mut open: Vec<Conflict> =
            self.open.values().flatten().filter(|c| c.lasts(replay)).copied().collect();
        open.sort_unstable_by_key(|c| (c.event.place.file, c.event.place.frame, c.event.offset));
        open
    }
}

impl Conflict {
    fn is_of(&self, one: ConnId, other: ConnId) -> bool {
        (self.holder, self.other) == (one, other) || (self.other, self.holder) == (one, other)
    }

    /// Whether both still have what conflicts.
    fn lasts(&self, replay: &Replay) -> bool {
        let issued = |conn| {
            let caps = replay.caps_of(conn, self.event.ino);
            caps.fold(Caps::NONE, |all, holding| all | holding.held.issued)
        };
        let (one, other) = (issued(self.holder) & self.bits, issued(self.other) & self.other_bits);
        clash(one, other).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excludes_what() {
        let caps = |text: &str| text.parse::<Caps>().unwrap();
        for (one, two, clashes) in [
            ("pAsLsXsFscr", "pAsLsXsFscr", false),
            ("pAsx", "pAs", true),
            ("pAsx", "pLsXs", false),
            ("pLs", "pLx", true),
            ("pXx", "pXx", true),
            ("pFsx", "pFr", true),
            ("pFsx", "pAsLsXs", false),
            // Several write and read, none caches.
            ("pFrw", "pFrw", false),
            ("pFrw", "pFcr", true),
            ("pFc", "pFb", true),
            ("pFrwl", "pFrwl", false),
            ("pFx", "pFl", false),
        ] {
            let (one, two) = (caps(one), caps(two));
            assert_eq!(clash(one, two).is_some(), clashes, "{one} {two}");
            assert_eq!(clash(one, two).map(|(a, b)| (b, a)), clash(two, one), "{one} {two}");
        }
    }
}
