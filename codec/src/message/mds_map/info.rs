//! What the map says of one daemon.

use core::fmt;

use crate::types::{AddressVector, Rank, Timespec, fixed_newtype};
use crate::wire::{
    Entry, Field, Kind, List, Put, Shape, Sink, Step, Text, Value, Wire, enveloped, gated, group,
    rows,
};

/// What a daemon does. Source: `CEPH_MDS_STATE_*` in `src/include/ceph_fs.h`, `ceph_mds_state_name`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct MdsState(pub i32);

macro_rules! states {
    ($( $value:literal $CONST:ident $name:literal )+) => {
        impl MdsState {
            $( #[doc = concat!("`", $name, "`")] pub const $CONST: MdsState = MdsState($value); )+

            /// All numbers that have a name, as they are reported.
            const NAMES: &'static [(u64, &'static str)] =
                &[$( (MdsState($value).0.cast_unsigned() as u64, $name) ),+];

            /// Ceph's name for it, `None` where the number is not known.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($name), )+
                    _ => None,
                }
            }
        }
    };
}

states! {
    0 DNE "down:dne"
    -1 STOPPED "down:stopped"
    -4 BOOT "up:boot"
    -5 STANDBY "up:standby"
    -6 CREATING "up:creating"
    -7 STARTING "up:starting"
    -8 STANDBY_REPLAY "up:standby-replay"
    8 REPLAY "up:replay"
    9 RESOLVE "up:resolve"
    10 RECONNECT "up:reconnect"
    11 REJOIN "up:rejoin"
    12 CLIENTREPLAY "up:clientreplay"
    13 ACTIVE "up:active"
    14 STOPPING "up:stopping"
    15 DAMAGED "down:damaged"
}

fixed_newtype!(
    MdsState(i32): Shape::Either(&[
        &Shape::Leaf(Kind::Named(MdsState::NAMES)),
        &Shape::Leaf(Kind::Int),
    ]),
    |state| match state.name() {
        Some(name) => Value::Named(u64::from(state.0.cast_unsigned()), Some(name)),
        None => Value::Int(i64::from(state.0)),
    }
);

impl fmt::Display for MdsState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "unknown({})", self.0),
        }
    }
}

gated! {
    /// One daemon, by the version of its envelope. Version 3 has no envelope: the version alone stands in
    /// front.
    pub struct MdsInfo<'a> {
        /// number of the daemon's session at the monitors
        since 0 => gid / set_gid: u64,
        /// the daemon's name
        since 0 => name / set_name: Text<'a>,
        /// rank that it holds or follows; -1 for none
        since 0 => rank / set_rank: Rank,
        /// how often that rank was taken over
        since 0 => incarnation / set_incarnation: i32,
        /// what it does
        since 0 => state / set_state: MdsState,
        /// number of its last request to the monitors
        since 0 => state_seq / set_state_seq: u64,
        /// where it can be reached; before version 8 one address
        since 0 => addrs / set_addrs: AddressVector<'a>,
        /// since when the monitors miss it; 0 where they do not
        since 0 => laggy_since / set_laggy_since: Timespec,
        /// unused
        since 0 => standby_for_rank / set_standby_for_rank: Rank,
        /// unused
        since 0 => standby_for_name / set_standby_for_name: Text<'a>,
        /// ranks that it wants to export to
        since 2 => export_targets / set_export_targets: List<'a, Rank>,
        /// messenger features
        since 5 => features / set_features: u64,
        /// file system that it would rather serve; -1 for any
        since 6 => join_fscid / set_join_fscid: i32,
        /// unused
        since 7 => standby_replay / set_standby_replay: u8,
        /// 1: frozen
        since 9 => flags / set_flags: u64,
        /// features of the file system that it knows
        since 10 => compat_set / set_compat_set: CompatSet<'a>,
    }
}

enveloped!(MdsInfo, framed since 4, else 1);

/// Features that have names. Source: `CompatSet::FeatureSet` in `src/include/CompatSet.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FeatureSet<'a> {
    /// One bit for each.
    pub mask: u64,
    /// Their numbers and names.
    pub names: List<'a, Entry<u64, Text<'a>>>,
}

impl<'a> Field<'a> for FeatureSet<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// one bit for each
        mask: u64,
        /// their numbers and names
        names: List<'_, Entry<u64, Text<'_>>>,
    ]}]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (rest, mask) = u64::decode(input, "mask", sink)?;
            let (rest, names) = List::decode(rest, "names", sink)?;
            Ok((rest, FeatureSet { mask, names }))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.mask.encode(out);
        self.names.encode(out);
    }
}

/// What a daemon must know to read or to write. Source: `CompatSet` in `src/include/CompatSet.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CompatSet<'a> {
    /// Need not be known.
    pub compat: FeatureSet<'a>,
    /// Must be known to write.
    pub ro_compat: FeatureSet<'a>,
    /// Must be known.
    pub incompat: FeatureSet<'a>,
}

impl<'a> Field<'a> for CompatSet<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// need not be known
        compat: FeatureSet<'_>,
        /// must be known to write
        ro_compat: FeatureSet<'_>,
        /// must be known
        incompat: FeatureSet<'_>,
    ]}]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (rest, compat) = FeatureSet::decode(input, "compat", sink)?;
            let (rest, ro_compat) = FeatureSet::decode(rest, "ro_compat", sink)?;
            let (rest, incompat) = FeatureSet::decode(rest, "incompat", sink)?;
            Ok((rest, CompatSet { compat, ro_compat, incompat }))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.compat.encode(out);
        self.ro_compat.encode(out);
        self.incompat.encode(out);
    }
}
