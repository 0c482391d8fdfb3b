//! Values as they are typed.

use std::num::IntErrorKind;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use ceph_codec::types::InodeNo;
use ceph_dissect::filter::Moment;

/// A number of any size and sign.
pub(crate) fn number<T: FromStr>(text: &str) -> Result<T, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().map_err(|_| match is_number {
        true if digits.len() < text.len() => "expected a number that is not negative".to_owned(),
        true => "that number is too large".to_owned(),
        false => "expected a number such as 20".to_owned(),
    })
}

/// A number of 64 bits; else `expected` is said, if it is not a number of more.
fn whole(digits: &str, radix: u32, expected: &str) -> Result<u64, String> {
    u64::from_str_radix(digits, radix).map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow => "that is more than 64 bits".to_owned(),
        _ => expected.to_owned(),
    })
}

pub(crate) fn ino(text: &str) -> Result<InodeNo, String> {
    const EXPECTED: &str = "expected an inode number such as 0x10000000001";
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => whole(digits, 16, EXPECTED),
        None => whole(text, 10, EXPECTED),
    };
    number.map(InodeNo)
}

pub(crate) fn client(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("client.").unwrap_or(text);
    whole(digits, 10, "expected a global id such as 4125 or client.4125")
}

pub(crate) fn rank(text: &str) -> Result<i32, String> {
    let digits = text.strip_prefix("mds.").unwrap_or(text);
    digits.parse().map_err(|_| "expected a rank such as 0 or mds.0".to_owned())
}

pub(crate) fn frames(text: &str) -> Result<RangeInclusive<u64>, String> {
    const EXPECTED: &str = "expected a frame number such as 42, or a range such as 100-200 or 100-";
    let one = |text: &str| match whole(text, 10, EXPECTED)? {
        0 => Err("frames count from 1".to_owned()),
        frame => Ok(frame),
    };
    let (first, last) = match text.split_once('-') {
        None => (one(text)?, one(text)?),
        Some(("", last)) => (1, one(last)?),
        Some((first, "")) => (one(first)?, u64::MAX),
        Some((first, last)) => (one(first)?, one(last)?),
    };
    match first <= last {
        true => Ok(first..=last),
        false => Err("this range ends before it begins".to_owned()),
    }
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected seconds such as 5 or 0.5";
    let seconds: f64 = text.parse().map_err(|_| EXPECTED.to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| match seconds {
        _ if seconds < 0.0 => format!("{EXPECTED}, not negative"),
        _ => format!("{EXPECTED}, not that many"),
    })
}

pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| {
        "expected a time such as 2026-11-23T10:20:30.5Z (of the years 1678 to 2262), or seconds from the first packet \
         such as 12.5, or 250ms, 2min"
            .to_owned()
    })
}
