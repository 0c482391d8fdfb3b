//! When something is a finding.

use std::time::Duration;

use ceph_dissect::findings::Settings;
use clap::Args;

use super::{number, seconds};

/// What findings ask for.
#[derive(Debug, Args)]
pub(crate) struct Thresholds {
    /// To be certain that one half of a migration is missing, so many seconds before and behind the
    /// other half have to be in the capture
    #[arg(long, default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    migration_timeout: Duration,
    /// A client has to answer a revoke within so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    revoke_timeout: Duration,
    /// A rank has to acknowledge a flush within so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    flush_timeout: Duration,
    /// A client that wants to write may have to wait for leave so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    wanted_timeout: Duration,
    /// A client has to come down to the caps that it may keep within so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    recall_timeout: Duration,
    /// An inode may move between ranks so often within a minute
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = number::<u32>)]
    ping_pong_moves: u32,
    /// Bits of an inode may go from client to client so often within a minute
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = number::<u32>)]
    ping_pong_turns: u32,
}

impl Thresholds {
    pub(crate) fn settings(&self) -> Settings {
        let Thresholds { migration_timeout, revoke_timeout, flush_timeout, .. } = *self;
        let Thresholds { wanted_timeout, recall_timeout, .. } = *self;
        let Thresholds { ping_pong_moves, ping_pong_turns, .. } = *self;
        Settings {
            migration_timeout,
            revoke_timeout,
            flush_timeout,
            wanted_timeout,
            recall_timeout,
            ping_pong_moves,
            ping_pong_turns,
        }
    }
}
