//! What of a capture is of interest.

use ceph_codec::types::{InodeNo, Rank};
use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::filter::Moment;
use ceph_dissect::names::Glob;
use ceph_dissect::place::Time;
use clap::Args;

use super::values::{client, ino, moment, rank};

/// What is of interest.
#[derive(Debug, Default, Args)]
pub(crate) struct Filter {
    #[command(flatten)]
    pub(crate) inodes: InodeFilter,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    #[command(flatten)]
    pub(crate) times: TimeFilter,
}

#[derive(Debug, Default, Args)]
pub(crate) struct InodeFilter {
    /// Only these inodes, as 0x10000000001 or decimal
    #[arg(long, value_name = "INO", value_parser = ino)]
    pub(crate) ino: Vec<InodeNo>,
    /// Only inodes that have or had this path: /dir/file; * and ? stand for parts of a name, ** for
    /// any names; without / in front it may begin at any name
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Vec<Glob>,
}

#[derive(Debug, Default, Args)]
pub(crate) struct PartyFilter {
    /// Only these clients, by global id: 4125 or client.4125
    #[arg(long, value_name = "ID", value_parser = client)]
    pub(crate) client: Vec<u64>,
    /// Only these ranks: 0 or mds.0
    #[arg(long, value_name = "RANK", value_parser = rank)]
    pub(crate) mds: Vec<i32>,
}

#[derive(Debug, Default, Args)]
pub(crate) struct TimeFilter {
    /// Only from then on: a time such as 2026-11-23T04:17:32.4Z, or seconds from the first packet
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<Moment>,
    /// Only up to then: a time, or seconds from the first packet
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<Moment>,
}

impl Filter {
    /// What is selected of a capture whose first packet has this time.
    pub(crate) fn of(&self, start: Time) -> Selection {
        self.inodes.of(self.times.of(start, self.parties.of()))
    }
}

impl InodeFilter {
    /// What is selected beyond `others`.
    pub(crate) fn of(&self, others: Selection) -> Selection {
        let inodes = self.ino.iter().copied().collect();
        Selection { inodes, paths: self.path.clone(), ..others }
    }
}

impl PartyFilter {
    /// What is selected.
    pub(crate) fn of(&self) -> Selection {
        Selection {
            clients: self.client.iter().copied().collect(),
            ranks: self.mds.iter().copied().map(Rank).collect(),
            ..Selection::default()
        }
    }
}

impl TimeFilter {
    /// What is selected beyond `others`, of a capture whose first packet has this time.
    pub(crate) fn of(&self, start: Time, others: Selection) -> Selection {
        let time = |moment: Moment| moment.of(start);
        Selection { since: self.since.map(time), until: self.until.map(time), ..others }
    }
}
