//! Where and when something was seen: what leads from any statement back to the bytes.

use serde::Serialize;

/// Nanoseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// Nanoseconds from `earlier` to `self`, negative if `self` is the earlier one.
    pub fn since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The packet that a statement rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Index of the input file, from 0.
    pub file: u32,
    /// Number of the packet in that file, from 1, as Wireshark counts.
    pub frame: u64,
    /// The packet's own timestamp.
    pub time: Time,
}
