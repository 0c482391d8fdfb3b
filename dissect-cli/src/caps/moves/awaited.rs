//! Caps that an importer took, until their clients were told by both ranks.

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::InodeNo;

use super::Export;
use crate::event::CapEvent;
use crate::hash::HashMap;
use crate::session::Who;

/// A cap of which EXPORT or IMPORT is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Which export it moved with.
    pub export: u32,
    /// The client.
    pub client: i64,
    /// Its id at the importer.
    pub cap_id: u64,
    /// The half that was seen, if any.
    pub seen: Option<Half>,
}

/// One of the two messages that tell a client that its cap moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The exporter's.
    Export,
    /// The importer's.
    Import,
}

/// All of them, by inode and the importer's cap id. The client is compared after that: it may be unknown.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    caps: HashMap<(InodeNo, u64), Vec<Awaited>>,
    count: usize,
    not_followed: u64,
}

impl Waiting {
    /// A cap was taken.
    pub(super) fn add(&mut self, export: u32, key: (InodeNo, u64), client: i64, max: usize) {
        if self.count >= max {
            self.not_followed += 1;
            return;
        }
        self.count += 1;
        let awaited = Awaited { export, client, cap_id: key.1, seen: None };
        self.caps.entry(key).or_default().push(awaited);
    }

    /// A client is told something of a cap.
    pub(super) fn told(&mut self, event: &CapEvent, exports: &mut [Export], who: &Who) {
        let (half, cap_id) = match event.op() {
            Some(CapOp::EXPORT) => (Half::Export, event.peer.map_or(0, |peer| peer.cap_id())),
            Some(CapOp::IMPORT) => (Half::Import, event.cap_id),
            _ => return,
        };
        let key = (event.ino, cap_id);
        let Some(caps) = self.caps.get_mut(&key) else { return };
        let client = who.ends(event.conn).and_then(|ends| ends.client);
        // An older one with the same id is one of which this half came, or never will.
        let fits = |cap: &Awaited| is_of(cap, client) && cap.seen != Some(half);
        let Some(at) = caps.iter().rposition(fits) else { return };
        let Some(cap) = caps.get_mut(at) else { return };
        let both = cap.seen.is_some();
        cap.seen = Some(half);
        if let Some(export) = exports.get_mut(cap.export as usize) {
            match half {
                Half::Export => export.exported = export.exported.saturating_add(1),
                Half::Import => export.imported = export.imported.saturating_add(1),
            }
            export.both = export.both.saturating_add(u32::from(both));
        }
        if both {
            caps.remove(at);
            self.count -= 1;
            if caps.is_empty() {
                self.caps.remove(&key);
            }
        }
    }

    pub(super) fn get(&self, ino: InodeNo, cap_id: u64, client: Option<u64>) -> Option<&Awaited> {
        self.caps.get(&(ino, cap_id))?.iter().rev().find(|cap| is_of(cap, client))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (InodeNo, &Awaited)> {
        self.caps.iter().flat_map(|((ino, _), caps)| caps.iter().map(|cap| (*ino, cap)))
    }

    pub(super) fn not_followed(&self) -> u64 {
        self.not_followed
    }
}

/// Whether it is this client's, or may be.
fn is_of(cap: &Awaited, client: Option<u64>) -> bool {
    client.is_none_or(|client| i64::try_from(client) == Ok(cap.client))
}
