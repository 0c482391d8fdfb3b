//! Texts that many records in a row have in common.

use std::fmt::Write;
use std::net::SocketAddr;

use crate::place::Time;
use crate::session::Ends;

/// Addresses as text. Events come in runs of one connection.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    of: Option<(SocketAddr, SocketAddr)>,
    pub(super) mds: String,
    pub(super) client: String,
}

impl Addresses {
    pub(super) fn show(&mut self, ends: &Ends) {
        let of = Some((ends.mds_addr, ends.client_addr));
        if self.of != of {
            *self = Addresses {
                of,
                mds: ends.mds_addr.to_string(),
                client: ends.client_addr.to_string(),
            };
        }
    }
}

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// A time as text. Those of one second differ in their last digits alone.
#[derive(Debug, Default)]
pub(super) struct Moment {
    of: Option<Time>,
    pub(super) text: String,
}

impl Moment {
    pub(super) fn show(&mut self, time: Time) {
        let last = self.of.replace(time);
        if last == Some(time) {
            return;
        }
        let second = |time: Time| time.0.div_euclid(SECOND);
        if last.map(second) != Some(second(time)) {
            self.text = time.to_string();
            return;
        }
        self.text.truncate(self.text.len().saturating_sub("123456789Z".len()));
        // A string takes everything.
        let _ = write!(self.text, "{:09}Z", time.0.rem_euclid(SECOND));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_in_a_row_are_shown_as_each_of_them() {
        let near = (any::<i64>(), prop::collection::vec(-3 * SECOND..3 * SECOND, 1..20));
        proptest!(|((base, steps) in near)| {
            let mut moment = Moment::default();
            for step in steps {
                let time = Time(base.saturating_add(step));
                moment.show(time);
                prop_assert_eq!(&moment.text, &time.to_string());
            }
        });
    }
}
