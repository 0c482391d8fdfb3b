//! The map inside the message: which daemon serves which rank.

use nom::Err;

use super::{CompatSet, MdsInfo};
use crate::Fault;
use crate::message::Gate;
use crate::types::{Rank, Timespec};
use crate::wire::{
    Entry, Envelope, Enveloped, Field, List, Put, Row, Sink, Step, Text, Wire, gated, rows,
};

/// Map versions before this one have narrower pool numbers and are not read.
const OLDEST: u8 = 3;
/// The version of the second part that came with it.
const OLDEST_EXTENDED: u16 = 5;

gated! {
    /// The first part, which clients read.
    pub struct MapHead<'a> {
        /// number of the map
        since 0 => epoch / set_epoch: u32,
        /// bits: what operators allowed
        since 0 => flags / set_flags: u32,
        /// the map in which a daemon last failed
        since 0 => last_failure / set_last_failure: u32,
        /// rank that serves the root
        since 0 => root / set_root: Rank,
        /// seconds until a session without renewal is stale
        since 0 => session_timeout / set_session_timeout: u32,
        /// seconds until it is closed
        since 0 => session_autoclose / set_session_autoclose: u32,
        /// bytes of the largest file
        since 0 => max_file_size / set_max_file_size: u64,
        /// how many ranks there should be
        since 0 => max_mds / set_max_mds: i32,
        /// the daemons, by gid
        since 0 => infos / set_infos: List<'a, Entry<u64, Envelope<'a, MdsInfo<'a>>>>,
        /// pools of the files' data
        since 0 => data_pools / set_data_pools: List<'a, i64>,
        /// unused
        since 0 => cas_pool / set_cas_pool: i64,
    }
}

gated! {
    /// The second part, by a version of its own, the *extended version*.
    pub struct MapTail<'a> {
        /// features of the file system
        since 5 => compat_set / set_compat_set: CompatSet<'a>,
        /// pool of the metadata
        since 5 => metadata_pool / set_metadata_pool: i64,
        /// when the file system was made
        since 5 => created / set_created: Timespec,
        /// when the map last changed
        since 5 => modified / set_modified: Timespec,
        /// rank that serves the tables
        since 5 => tableserver / set_tableserver: Rank,
        /// the ranks that exist
        since 5 => ranks / set_ranks: List<'a, Rank>,
        /// how often each was taken over
        since 5 => incarnations / set_incarnations: List<'a, Entry<Rank, i32>>,
        /// gid of the daemon that holds a rank
        since 5 => up / set_up: List<'a, Entry<Rank, u64>>,
        /// ranks that nobody holds
        since 5 => failed / set_failed: List<'a, Rank>,
        /// ranks that were given up
        since 5 => stopped / set_stopped: List<'a, Rank>,
        /// the OSD map that came with the last failure
        since 5 => last_failure_osd_epoch / set_last_failure_osd_epoch: u32,
        /// bits: what was ever allowed
        since 6 => ever_allowed / set_ever_allowed: u8,
        /// bits: what was allowed by an operator
        since 6 => explicitly_allowed / set_explicitly_allowed: u8,
        /// 1: small files' data may be in their inodes
        since 7 => inline_data / set_inline_data: u8,
        /// 1: there is a file system
        since 8 => enabled / set_enabled: u8,
        /// its name
        since 8 => fs_name / set_fs_name: Text<'a>,
        /// ranks whose metadata is damaged
        since 9 => damaged / set_damaged: List<'a, Rank>,
        /// the balancer's script
        since 11 => balancer / set_balancer: Text<'a>,
        /// how many standby daemons there should be; -1 for the default
        since 12 => standby_count_wanted / set_standby_count_wanted: i32,
        /// `max_mds` before the file system was taken down
        since 13 => old_max_mds / set_old_max_mds: i32,
        /// unused
        since 14 => min_compat_client / set_min_compat_client: u8,
        /// bit set of the features that clients must have
        since 16 => required_client_features / set_required_client_features: &'a [u8],
        /// ranks that the balancer uses
        since 17 => bal_rank_mask / set_bal_rank_mask: Text<'a>,
        /// bytes of the extended attributes of one inode
        since 18 => max_xattr_size / set_max_xattr_size: u64,
        /// gid of the daemon that leads the quiesce database
        since 19 => qdb_leader / set_qdb_leader: u64,
        /// gids of the daemons that have it
        since 19 => qdb_members / set_qdb_members: List<'a, u64>,
    }
}

/// What the map says. Source: `MDSMap` in `src/mds/MDSMap.cc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Map<'a> {
    head: MapHead<'a>,
    extended_version: u16,
    tail: MapTail<'a>,
}

impl<'a> Map<'a> {
    /// The first part.
    #[must_use]
    pub fn head(&self) -> &MapHead<'a> {
        &self.head
    }

    /// The same, to set it.
    pub fn head_mut(&mut self) -> &mut MapHead<'a> {
        &mut self.head
    }

    /// Version of the second part.
    #[must_use]
    pub fn extended_version(&self) -> u16 {
        self.extended_version
    }

    /// The second part.
    #[must_use]
    pub fn tail(&self) -> &MapTail<'a> {
        &self.tail
    }

    /// The same, to set it.
    pub fn tail_mut(&mut self) -> &mut MapTail<'a> {
        &mut self.tail
    }

    /// Begins the second part anew, in `version`, all fields at their defaults; 5 is the oldest.
    pub fn start_tail(&mut self, version: u16) {
        let version = version.max(OLDEST_EXTENDED);
        self.extended_version = version;
        self.tail = MapTail::new(Gate { version, ..Gate::default() });
    }

    /// The daemons.
    pub fn infos(&self) -> impl Iterator<Item = MdsInfo<'a>> + use<'a> {
        self.head.infos().unwrap_or_default().iter().map(|entry| *entry.value.fields())
    }

    /// The daemon that holds a rank.
    #[must_use]
    pub fn holder_of(&self, rank: Rank) -> Option<MdsInfo<'a>> {
        let up = self.tail.up()?.iter().find(|up| up.key == rank)?;
        self.infos().find(|info| info.gid() == Some(up.value))
    }
}

impl<'a> Enveloped<'a> for Map<'a> {
    const FRAMED_SINCE: u8 = 4;
    // The version was a u16 once.
    const BARE: usize = 2;
    const OLDEST: u8 = OLDEST;
    const ROWS: &'static [Row] = rows! {(MapHead::LAYOUT) [
        /// version of the second part
        extended_version: u16,
    ] (MapTail::LAYOUT)};

    fn of_version(version: u8) -> Self {
        let (head, tail) = (u16::from(version), OLDEST_EXTENDED);
        Map {
            head: MapHead::new(Gate { version: head, ..Gate::default() }),
            extended_version: tail,
            tail: MapTail::new(Gate { version: tail, ..Gate::default() }),
        }
    }

    fn decode_fields<S: Sink>(version: u8, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        if version < OLDEST {
            let (at, found) = (input.at - Self::BARE, u64::from(version));
            let fault = Fault::invalid("version", at, input.within, found, "3 or later");
            return Err(Err::Error(fault));
        }
        let gate = Gate { version: u16::from(version), ..Gate::default() };
        let (input, head) = MapHead::decode(gate, input, sink)?;
        let (rest, extended_version) = u16::decode(input, "extended_version", sink)?;
        if extended_version < OLDEST_EXTENDED {
            let (name, found) = ("extended_version", u64::from(extended_version));
            let fault = Fault::invalid(name, input.at, input.within, found, "5 or later");
            return Err(Err::Error(fault));
        }
        let gate = Gate { version: extended_version, ..Gate::default() };
        let (rest, tail) = MapTail::decode(gate, rest, sink)?;
        Ok((rest, Map { head, extended_version, tail }))
    }

    fn encode_fields(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.extended_version.encode(out);
        self.tail.encode(out);
    }
}
