//! Finding packets again behind damage.
//!
//! Records that follow each other are the only sign: a place is believed if a chain of them begins
//! there, or one that ends exactly where the input does.

use super::source::Window;

/// Bytes looked through.
const REACH: usize = 1 << 20;
/// Records in a row that are believed.
const CHAIN: usize = 3;

/// The length of a record that cannot be anything else, whatever follows.
pub(super) const CERTAIN: usize = usize::MAX;

/// Distance from the front of the window to the next place, where records
/// begin. `record` says how long the one that begins its input is, `None` if it cannot be
/// one; it is given at least `head` bytes.
pub(super) fn find(
    window: &mut Window,
    head: usize,
    record: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    let all = !window.need(REACH * 2);
    let data = window.data();
    let last = data.len().checked_sub(head)?.min(REACH);
    (1..=last).find(|&from| chain(&data[from..], all, head, &record))
}

/// True if `data` begin with enough records; `all` if there are no more data behind them.
fn chain(mut data: &[u8], all: bool, head: usize, record: impl Fn(&[u8]) -> Option<usize>) -> bool {
    for _ in 0..CHAIN {
        if data.len() < head {
            // The input's last records are fewer than a chain, and the window's last may be cut.
            return if all { data.is_empty() } else { false };
        }
        match record(data) {
            Some(CERTAIN) => return true,
            Some(len) if len <= data.len() => data = &data[len..],
            _ => return false,
        }
    }
    true
}
