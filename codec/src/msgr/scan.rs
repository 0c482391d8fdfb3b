//! Finding a frame where nothing says that one begins.

use super::{Messenger, v1, v2};

/// What a place in the stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The head of a frame, its checksum right.
    Frame {
        /// Of which messenger.
        messenger: Messenger,
    },
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

/// Whether a frame stands at the first byte, where one is expected: for msgr1 this may be any tag.
pub(super) fn at(messenger: Option<Messenger>, window: &[u8]) -> Found {
    match messenger {
        Some(Messenger::V1) => match v1::items_follow(window) {
            Ok(true) => Found::Frame { messenger: Messenger::V1 },
            Ok(false) => Found::Nothing,
            Err(need) => Found::Short(need),
        },
        _ => probe(messenger, window),
    }
}

/// Passes over bytes at which no frame can begin, then says what stands there. Never looks at a byte that it
/// passed again; `last` says that no more bytes come.
pub(super) fn next(messenger: Option<Messenger>, window: &[u8], last: bool) -> (usize, Found) {
    let mut passed = 0;
    while passed < window.len() {
        match probe(messenger, &window[passed..]) {
            Found::Nothing => passed += 1,
            Found::Short(_) if last => passed += 1,
            found => return (passed, found),
        }
    }
    (passed, Found::Nothing)
}

/// Whether the first byte begins a msgr1 message or a msgr2 frame.
#[inline]
fn probe(messenger: Option<Messenger>, window: &[u8]) -> Found {
    let v1 = match messenger {
        Some(Messenger::V2) => Found::Nothing,
        _ => v1::probe(window),
    };
    match (v1, messenger) {
        (Found::Frame { .. }, _) | (_, Some(Messenger::V1)) => v1,
        (Found::Short(a), _) => match v2::probe(window) {
            // The longer of the two answers both questions.
            Found::Short(b) => Found::Short(a.max(b)),
            Found::Nothing => v1,
            found => found,
        },
        (Found::Nothing, _) => v2::probe(window),
    }
}
