//! The two halves of migrations, and the time between them.

use ceph_codec::message::client_caps::CapOp;

use super::{Limits, SeatId, Seats, Selected, Slowest, Stats};
use crate::caps::{Migrations, Pair};
use crate::event::CapEvent;
use crate::session::Who;

/// A migration of which both halves came.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// The halves.
    pub pair: Pair,
    /// The client, at the importer.
    pub seat: SeatId,
}

impl Transfer {
    /// Nanoseconds from EXPORT to IMPORT; negative where the IMPORT came first.
    pub fn took(&self) -> i64 {
        self.pair.import.place.time.since(self.pair.export.place.time)
    }
}

/// All migrations.
#[derive(Debug, Default)]
pub struct Transfers {
    selected: Selected,
    migrations: Migrations,
    import_first: u64,
    stats: Stats,
    slowest: Slowest<Transfer>,
}

impl Transfers {
    pub(super) fn new(limits: Limits, selected: Selected) -> Transfers {
        Transfers {
            selected,
            stats: Stats::new(limits),
            slowest: Slowest::new(limits.timed()),
            ..Transfers::default()
        }
    }

    pub(super) fn push(&mut self, event: &CapEvent, seat: SeatId, seats: &mut Seats, who: &Who) {
        if !matches!(event.op(), Some(CapOp::EXPORT | CapOp::IMPORT)) {
            return;
        }
        let Some(pair) = self.migrations.push(event, who) else { return };
        let importer = match event.op() {
            Some(CapOp::IMPORT) => Some(seat),
            _ => seats.of(pair.import.conn, who),
        };
        let transfer = Transfer { pair, seat: importer.unwrap_or(seat) };
        let took = transfer.took();
        let first = if took < 0 { &pair.import } else { &pair.export };
        let named = seats.get(transfer.seat);
        if !self.selected.has(named, [Some(event.ino), None], first.place.time) {
            return;
        }
        self.import_first += u64::from(took < 0);
        self.stats.record(transfer.seat, took.abs(), first.place);
        self.slowest.push(took.abs(), transfer);
    }

    /// In how many the IMPORT came first.
    pub fn import_first(&self) -> u64 {
        self.import_first
    }

    /// Between the halves.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Those that took longest.
    pub fn slowest(&self) -> &Slowest<Transfer> {
        &self.slowest
    }

    /// Halves that came when too many were waiting.
    pub fn unwatched(&self) -> u64 {
        self.migrations.not_followed()
    }
}
