//! Moments as Ceph sends them.

use core::fmt;

use crate::wire::{Fixed, Kind, Shape, Sink, Span, Value};

/// A moment, 8 bytes: u32 seconds since the Unix epoch (UTC), u32 nanoseconds.
///
/// Source: `struct ceph_timespec` in `include/linux/ceph/ceph_fs.h`; `utime_t` in Ceph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Timespec {
    /// Seconds since the Unix epoch.
    pub sec: u32,
    /// Nanoseconds of that second.
    pub nsec: u32,
}

// By hand and not by `record!`: readers of a tree want one moment, not two numbers.
impl Fixed for Timespec {
    const SIZE: usize = 8;
    const SHAPE: &'static Shape = &Shape::Leaf(Kind::Time);

    #[inline(always)]
    fn read(bytes: &[u8]) -> Self {
        match bytes.first_chunk::<8>() {
            Some(b) => Timespec { sec: u32::read(&b[..4]), nsec: u32::read(&b[4..]) },
            None => Self::default(),
        }
    }

    #[inline(always)]
    fn write(&self, bytes: &mut [u8]) {
        if let Some(b) = bytes.first_chunk_mut::<8>() {
            self.sec.write(&mut b[..4]);
            self.nsec.write(&mut b[4..]);
        }
    }

    fn show<S: Sink>(&self, span: Span, sink: &mut S) {
        sink.field(span, Value::Time(*self));
    }
}

impl Timespec {
    /// As the daemons log it, in the zone UTC: `2026-11-23T02:33:35.917355+0000`. What lies less than ten years
    /// behind 1970 is taken for a span of time: `0.000000`.
    ///
    /// Source: `utime_t::localtime` in `src/include/utime.h`.
    #[must_use]
    pub fn logged(self) -> Logged {
        Logged(self)
    }
}

/// A moment in the daemons' words; see [`Timespec::logged`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged(Timespec);

impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: u32 = 86_400;
        const TEN_YEARS: u32 = 3_650 * DAY;
        let Timespec { sec, nsec } = self.0;
        let micros = nsec / 1_000;
        if sec < TEN_YEARS {
            return write!(f, "{sec}.{micros:06}");
        }
        let (year, month, day) = date(sec / DAY);
        let (hour, minute, second) = (sec % DAY / 3_600, sec % 3_600 / 60, sec % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}+0000"
        )
    }
}

/// Year, month and day of a day since 1970. A u32 of seconds ends in 2106; from 1970 to 2099 every fourth year is
/// a leap year, and 2100 is not.
fn date(day: u32) -> (u32, u32, u32) {
    // 1 March 2100 comes one day early for who takes 2100 for a leap year.
    const MARCH_2100: u32 = 47_541;
    let day = if day >= MARCH_2100 { day + 1 } else { day };
    // Four years from 1 March 1968, which is 671 days before: leap days are last in their years then.
    let since = day + 671;
    let (four, rest) = (since / 1_461, since % 1_461);
    let year = (rest / 365).min(3);
    let within = rest - 365 * year;
    // From March on, five months have 153 days, again and again.
    let month = (5 * within + 2) / 153;
    let day = within - (153 * month + 2) / 5 + 1;
    let year = 1968 + 4 * four + year;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

impl fmt::Display for Timespec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.sec, self.nsec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn logged(sec: u32, nsec: u32) -> std::string::String {
        Timespec { sec, nsec }.logged().to_string()
    }

    #[test]
    fn moments_are_as_daemons_log_them() {
        assert_eq!(logged(0, 0), "0.000000");
        assert_eq!(logged(1_795_401_215, 917_355_999), "2026-11-23T02:33:35.917355+0000");
        assert_eq!(logged(951_782_400, 0), "2000-02-29T00:00:00.000000+0000");
        assert_eq!(logged(951_868_799, 5_000), "2000-02-29T23:59:59.000005+0000");
        assert_eq!(logged(4_107_542_399, 0), "2100-02-28T23:59:59.000000+0000");
        assert_eq!(logged(4_107_542_400, 0), "2100-03-01T00:00:00.000000+0000");
        assert_eq!(logged(u32::MAX, 0), "2106-02-07T06:28:15.000000+0000");
    }

    #[test]
    fn days_follow_one_another() {
        let mut before = date(0);
        assert_eq!(before, (1970, 1, 1));
        for day in 1..=u32::MAX / 86_400 {
            let (year, month, of) = date(day);
            let next = match before {
                (y, m, d) if (y, m, d + 1) == (year, month, of) => true,
                (y, m, d) if d >= 28 && (y, m + 1, 1) == (year, month, of) => true,
                (y, 12, 31) => (y + 1, 1, 1) == (year, month, of),
                _ => false,
            };
            assert!(next, "{before:?} and then {:?}", (year, month, of));
            before = (year, month, of);
        }
    }
}
