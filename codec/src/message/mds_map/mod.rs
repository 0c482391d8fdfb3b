//! MMDSMap, type 21: a monitor tells which daemon serves which rank, where it is and what it does.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | [`MdsMapHead`], 20 bytes |
//! | 0 | u32 length, then the [`Map`] in an [`Envelope`]; before version 4 of the map, u16 version and fields |
//! | 2 | [`MdsMapTail`]: a name |
//! | | bytes of versions newer than known |
//!
//! The map has two parts, [`MapHead`] and, behind a version of its own, [`MapTail`]. Maps before version 3,
//! from Ceph before 0.52, are not read.
//!
//! Sources: `MMDSMap` in `src/messages/MMDSMap.h`, `MDSMap::decode` and `mds_info_t::decode` in
//! `src/mds/MDSMap.cc`.

mod info;
mod map;

pub use info::{CompatSet, FeatureSet, MdsInfo, MdsState};
pub use map::{Map, MapHead, MapTail};

use core::fmt;

use crate::types::Opaque;
use crate::wire::{
    Count, Envelope, Field, LENGTH, Put, REST, Row, Shape, Sink, Step, Wire, bounded, gated, group,
    record, rows,
};

use super::{Gate, decodes_front, encodes_front, show_bytes};

record! {
    /// Which map of which cluster, 20 bytes.
    pub struct MdsMapHead: 20 {
        /// the cluster
        0 => pub fsid: Opaque<16>,
        /// number of the map
        16 => pub epoch: u32,
    }
}

gated! {
    /// The field that came with a later version.
    pub struct MdsMapTail<'a> {
        /// unused
        since 2 => map_fs_name / set_map_fs_name: &'a [u8],
    }
}

/// A whole MMDSMap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MdsMap<'a> {
    version: u16,
    head: MdsMapHead,
    map: Envelope<'a, Map<'a>>,
    behind_map: &'a [u8],
    tail: MdsMapTail<'a>,
    rest: &'a [u8],
}

impl MdsMap<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// which map of which cluster
        head: MdsMapHead,
        /// the map behind its length
        encoded: Envelope<'_, Map<'_>> = &Shape::Group(&[LENGTH, MAP, REST]),
    ] (MdsMapTail::LAYOUT) (REST)};
}

const MAP: &[Row] = rows! {[
    /// the map
    map: Envelope<'_, Map<'_>>,
]};

// decode

decodes_front!(MdsMap);

impl<'a> MdsMap<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, head) = MdsMapHead::decode(input, "head", sink)?;
        let (input, (map, behind_map)) = group(input, "encoded", sink, |input, sink| {
            let (input, len) = u32::decode(input, "length", sink)?;
            bounded(input, "encoded", len, sink, |inside, sink| {
                Envelope::decode(inside, "map", sink)
            })
        })?;
        let gate = Gate { version, ..Gate::default() };
        let (rest, tail) = MdsMapTail::decode(gate, input, sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, MdsMap { version, head, map, behind_map, tail, rest: rest.bytes }))
    }
}

// encode

impl<'a> MdsMap<'a> {
    fn put(&self, out: &mut impl Put) {
        self.head.encode(out);
        let mut count = Count::default();
        self.map.encode(&mut count);
        u32::try_from(count.0 + self.behind_map.len()).unwrap_or(u32::MAX).encode(out);
        self.map.encode(out);
        out.put(self.behind_map);
        self.tail.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(MdsMap);

// build and read

impl<'a> MdsMap<'a> {
    /// A message of `version`, everything behind the map at its default.
    #[must_use]
    pub fn new(version: u16, head: MdsMapHead, map: Envelope<'a, Map<'a>>) -> Self {
        let tail = MdsMapTail::new(Gate { version, ..Gate::default() });
        MdsMap { version, head, map, behind_map: &[], tail, rest: &[] }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The first 20 bytes.
    #[must_use]
    pub fn head(&self) -> &MdsMapHead {
        &self.head
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> &Envelope<'a, Map<'a>> {
        &self.map
    }

    /// Bytes of the same field behind the map; none from any sender seen.
    #[must_use]
    pub fn behind_map(&self) -> &'a [u8] {
        self.behind_map
    }

    /// The fields that came with later versions.
    #[must_use]
    pub fn tail(&self) -> &MdsMapTail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut MdsMapTail<'a> {
        &mut self.tail
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](MdsMap::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }
}

impl fmt::Display for MdsMap<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mdsmap(e {})", self.head.epoch)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::Fault;
    use crate::message::Sections;
    use crate::types::Rank;
    use crate::wire::{Entry, List, Text};
    use std::string::ToString;

    fn decode(version: u16, front: &[u8]) -> Result<MdsMap<'_>, Fault> {
        MdsMap::decode(version, Sections { front, ..Default::default() })
    }

    /// A map of one daemon, `info` of it in a version, and whatever newer versions append everywhere.
    fn check(map_version: u8, extended_version: u16, info_version: u8) {
        let mut info = Envelope::<MdsInfo<'_>>::new(info_version, 4);
        info.fields_mut().set_gid(4115).unwrap();
        info.fields_mut().set_name(Text(b"a")).unwrap();
        info.fields_mut().set_rank(Rank(1)).unwrap();
        info.fields_mut().set_state(MdsState::RECONNECT).unwrap();
        assert_eq!(info.set_rest(b"next").is_ok(), info_version > 3);
        let mut buffers = [[0; 200]; 2];
        let [infos, up] = &mut buffers;
        let infos = List::write([Entry { key: 4115, value: info }], infos).unwrap();
        let up = List::write([Entry { key: Rank(1), value: 4115 }], up).unwrap();

        let mut map = Envelope::<Map<'_>>::new(map_version, 4);
        map.fields_mut().start_tail(extended_version);
        map.fields_mut().head_mut().set_infos(infos).unwrap();
        map.fields_mut().tail_mut().set_up(up).unwrap();
        assert_eq!(map.set_rest(b"newer").is_ok(), map_version > 3);
        let named = map.fields_mut().tail_mut().set_fs_name(Text(b"cephfs"));
        assert_eq!(named.is_ok(), extended_version >= 8);

        let head = MdsMapHead { epoch: 13, ..Default::default() };
        let mut built = MdsMap::new(2, head, map);
        built.set_rest(b"last");
        let front = built.front_to_vec();
        assert_eq!(decode(2, &front), Ok(built), "{map_version} {extended_version} {info_version}");
        assert_eq!(built.to_string(), "mdsmap(e 13)");
        let holder = built.map().fields().holder_of(Rank(1)).unwrap();
        assert_eq!(holder.state().unwrap().to_string(), "up:reconnect");
        assert_eq!(built.map().fields().holder_of(Rank(0)), None);
        for len in (0..front.len() - 4).step_by(crate::testing::STEP) {
            let fault = decode(2, &front[..len]).unwrap_err();
            assert!(fault.at <= len && fault.within == "front", "{fault}");
        }
    }

    #[test]
    fn every_version_of_every_part_comes_back() {
        for (map, extended, info) in [(3, 5, 3), (4, 5, 4), (5, 8, 5), (5, 16, 8), (6, 20, 11)] {
            check(map, extended, info);
        }
    }

    #[test]
    fn older_maps_say_that_they_are_too_old() {
        let built = MdsMap::new(1, MdsMapHead::default(), Envelope::new(3, 0));
        let mut front = built.front_to_vec();
        front[24] = 2;
        assert_eq!(
            decode(1, &front).unwrap_err().to_string(),
            "version at byte 24 of encoded: is 0x2, expected 3 or later"
        );
    }
}
