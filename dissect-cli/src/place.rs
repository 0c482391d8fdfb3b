//! Where and when something was seen: what leads from any statement back to the bytes.

use std::fmt;

use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};

/// Nanoseconds since the Unix epoch, UTC; shown and serialised as RFC 3339 with nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(9));
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(time) => PRINTER.print_timestamp(&time, StdFmtWrite(f)).map_err(|_| fmt::Error),
            // No i64 of nanoseconds is outside the calendar; if it were, the number still says it.
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

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
