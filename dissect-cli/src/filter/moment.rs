//! Moments and spans of time, in nanoseconds.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::place::Time;

/// Units of spans. The first of a length is the one that is looked for first.
const UNITS: [(&str, i128); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("min", 60 * SECOND),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3600 * SECOND),
];
const SECOND: i128 = 1_000_000_000;
/// Longer numbers are none: they would be beyond all times, or finer than a nanosecond.
const MAX_DIGITS: usize = 24;

/// Seconds from which on a number without a unit is none from the first packet: it is of the epoch.
const EPOCH: i128 = 1_000_000_000;
/// What says behind a time that it is UTC, which it is without, too.
const ZONES: [&str; 2] = ["UTC", "Z"];

/// A moment as it is typed where nothing but one is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds since the Unix epoch.
    At(i64),
    /// Nanoseconds since the capture's first packet.
    After(i64),
}

impl Moment {
    /// Reads what filters take for moments and for spans of time: spans are from the first packet on. A number alone
    /// is seconds; from 10^9 on they are seconds since the epoch, as no capture is 30 years long. Numbers out of range
    /// saturate, which is what is meant.
    pub fn parse(text: &str) -> Option<Moment> {
        let (number, unit) = unit_of(text);
        let Some(nanoseconds) = decimal(number, unit) else {
            return time(text).map(|ns| Moment::At(saturated(ns)));
        };
        let is_epoch = number.len() == text.len() && nanoseconds >= EPOCH * SECOND;
        let nanoseconds = saturated(nanoseconds);
        Some(if is_epoch { Moment::At(nanoseconds) } else { Moment::After(nanoseconds) })
    }

    /// The time, in a capture whose first packet has this one.
    pub fn of(self, start: Time) -> Time {
        match self {
            Moment::At(ns) => Time(ns),
            Moment::After(ns) => Time(start.0.saturating_add(ns)),
        }
    }
}

fn saturated(nanoseconds: i128) -> i64 {
    nanoseconds.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Nanoseconds since the epoch, of RFC 3339, also with blanks, without a zone (it is UTC then) or with the date
/// alone, or of seconds since the epoch. `None` also beyond what 64 bits hold.
pub(super) fn time(text: &str) -> Option<i128> {
    let nanoseconds = match text.parse::<Timestamp>() {
        Ok(timestamp) => timestamp.as_nanosecond(),
        Err(_) => match without_zone(text).parse::<DateTime>() {
            Ok(civil) => civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_nanosecond(),
            Err(_) => decimal(text, SECOND)?,
        },
    };
    i64::try_from(nanoseconds).ok().map(i128::from)
}

/// Nanoseconds of `8.5`, `250ms`, `-3us`. `None` also if they are not whole or beyond what 64 bits hold.
pub(super) fn span(text: &str) -> Option<i128> {
    let (number, unit) = unit_of(text);
    i64::try_from(decimal(number, unit)?).ok().map(i128::from)
}

/// A number, and the unit behind it: seconds, if there is none.
fn unit_of(text: &str) -> (&str, i128) {
    let unit = UNITS.iter().find_map(|(unit, length)| Some((text.strip_suffix(unit)?, *length)));
    unit.unwrap_or((text, SECOND))
}

fn without_zone(text: &str) -> &str {
    ZONES.iter().find_map(|zone| text.strip_suffix(zone)).map_or(text, str::trim_end)
}

/// A decimal fraction of a unit, exactly.
fn decimal(text: &str, unit: i128) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (digits, ""),
    };
    if whole.is_empty() || whole.len() + fraction.len() > MAX_DIGITS {
        return None;
    }
    let mut value: i128 = 0;
    let mut scale: i128 = 1;
    for digit in whole.bytes() {
        value = value * 10 + i128::from(char::from(digit).to_digit(10)?);
    }
    for digit in fraction.bytes() {
        value = value * 10 + i128::from(char::from(digit).to_digit(10)?);
        scale *= 10;
    }
    let scaled = value.checked_mul(unit)?;
    (scaled % scale == 0).then(|| sign * (scaled / scale))
}

/// A span in seconds, as short as possible.
pub(super) fn seconds(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let value = nanoseconds.unsigned_abs();
    let (whole, part) = (value / SECOND as u128, value % SECOND as u128);
    let part = format!(".{part:09}");
    format!("{sign}{whole}{}", part.trim_end_matches('0').trim_end_matches('.'))
}
