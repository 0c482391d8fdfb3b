//! Stretches of a conversation that could not be read.

use ceph_codec::message::MessageType;
use serde::{Serialize, Serializer};

use crate::place::Place;

/// Bytes of one direction that could not be read as messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hole {
    /// The packet before which everything was read.
    pub before: Place,
    /// The packet from which on everything was read again; the last one there is if it never was.
    pub after: Place,
    /// Bytes between.
    pub bytes: u64,
    /// Holes merged into this one beyond the first, where there were too many to list.
    pub merged: u64,
    /// All of it lies within one message, whose header was read: no message of another type is missing.
    #[serde(serialize_with = "by_name")]
    pub within: Option<MessageType>,
}

impl Hole {
    /// Whether a message of one of these types may be missing; no types stand for any.
    pub fn may_hide(&self, kinds: &[MessageType]) -> bool {
        self.within.is_none_or(|kind| kinds.is_empty() || kinds.contains(&kind))
    }

    /// Takes in the hole behind it.
    pub(in crate::session) fn merge(&mut self, next: &Hole) {
        self.after = next.after;
        self.bytes += next.bytes;
        self.merged += 1;
        self.within = self.within.filter(|kind| next.within == Some(*kind));
    }
}

fn by_name<S: Serializer>(kind: &Option<MessageType>, serializer: S) -> Result<S::Ok, S::Error> {
    match kind {
        Some(kind) => serializer.collect_str(kind),
        None => serializer.serialize_none(),
    }
}
