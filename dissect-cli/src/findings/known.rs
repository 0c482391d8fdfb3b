//! What rules may look at.

use std::time::Duration;

use crate::caps::{Migrations, Story};
use crate::names::Names;
use crate::place::Time;
use crate::session::{Links, Who};

/// What rules may be told.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long the other half of a migration may take.
    pub migration_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        // A thousand times what healthy clusters were seen to take.
        Settings { migration_timeout: Duration::from_secs(5) }
    }
}

/// Everything that a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// EXPORTs and IMPORTs, paired or not.
    pub migrations: &'a Migrations,
    /// What follows from the events in their order.
    pub story: &'a Story,
    /// Names of inodes, ranks and clients.
    pub names: &'a Names,
    /// Identities.
    pub who: &'a Who,
    /// Connections, and what of them was not seen.
    pub links: &'a Links,
    /// Thresholds.
    pub settings: &'a Settings,
}

impl Known<'_> {
    /// The moment before which the other half of a migration should have come.
    pub(super) fn deadline(&self, of: Time) -> Time {
        Time(of.0.saturating_add(self.wait()))
    }

    /// How long it may take, in nanoseconds.
    pub(super) fn wait(&self) -> i64 {
        i64::try_from(self.settings.migration_timeout.as_nanos()).unwrap_or(i64::MAX)
    }
}
