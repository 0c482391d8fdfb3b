//! Finding a frame where nothing says that one begins.

use super::{Messenger, v1, v2};

/// What a place in the stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The head of a frame, its checksum right.
    Frame(Messenger),
    /// Perhaps one; so many bytes from here would tell.
    Short(usize),
    /// None.
    Nothing,
}

/// The messenger whose banner stands here.
pub(super) fn banner(window: &[u8]) -> Option<Messenger> {
    match () {
        () if window.starts_with(v1::BANNER) => Some(Messenger::V1),
        () if window.starts_with(v2::BANNER) => Some(Messenger::V2),
        () => None,
    }
}

/// Whether a frame stands at the first byte, where one is expected: for msgr1 this may be any tag. `last`
/// says that no more bytes come.
pub(super) fn at(messenger: Option<Messenger>, window: &[u8], last: bool) -> Found {
    let found = match messenger {
        _ if window.is_empty() => Found::Short(1),
        Some(Messenger::V1) => v1::items_follow(window, last),
        Some(Messenger::V2) => v2::probe(window),
        None => match v2::probe(window) {
            Found::Nothing => v1::items_follow(window, last),
            found => found,
        },
    };
    match found {
        Found::Short(_) if last => Found::Nothing,
        found => found,
    }
}

/// Passes over bytes at which no frame can begin, then says what stands there. Of bytes that were passed
/// none is looked at again. `last` says that no more bytes come.
pub(super) fn next(messenger: Option<Messenger>, window: &[u8], last: bool) -> (usize, Found) {
    // Both messengers' first bytes are in one range, and 0, the most frequent byte, is not.
    let first = |byte: &u8| match messenger {
        Some(Messenger::V1) => *byte == v1::Tag::MSG.0,
        _ => (1..=v2::Tag::COMPRESSION_DONE.0).contains(byte),
    };
    let mut passed = 0;
    while let Some(step) = window[passed..].iter().position(first) {
        passed += step;
        match probe(messenger, &window[passed..]) {
            Found::Nothing => passed += 1,
            Found::Short(_) if last => passed += 1,
            found => return (passed, found),
        }
    }
    (window.len(), Found::Nothing)
}

/// Whether the first byte begins a msgr1 message or a msgr2 frame.
#[inline]
fn probe(messenger: Option<Messenger>, window: &[u8]) -> Found {
    let v1 = match messenger {
        Some(Messenger::V2) => Found::Nothing,
        _ => v1::probe(window),
    };
    match (v1, messenger) {
        (Found::Frame(_), _) | (_, Some(Messenger::V1)) => v1,
        (Found::Nothing, _) => v2::probe(window),
        (Found::Short(_), _) => match v2::probe(window) {
            Found::Nothing => v1,
            found => found,
        },
    }
}
