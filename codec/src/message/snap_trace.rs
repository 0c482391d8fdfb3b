//! Snap traces: the snap realm of an inode and that realm's parents, in MClientCaps and MClientSnap.
//!
//! A trace goes to the end of its bytes, one realm behind the other. A realm is a [`SnapRealmHead`], then as
//! many snapshot ids as that says, twice. Between peers that both know the CephFS feature 19 each realm stands
//! in an envelope, and two fields follow. No field says which form it is; the one that ends where the trace
//! ends is.
//!
//! Sources: `struct ceph_mds_snap_realm` in `src/include/ceph_fs.h`, `SnapRealmInfo` and `SnapRealmInfoNew` in
//! `src/common/snap_types.cc`; in Linux `ceph_update_snap_trace` in `fs/ceph/snap.c`.

use crate::types::{InodeNo, SnapId, Timespec};
use crate::wire::{
    BYTES, Count, Envelope, Field, Fixed, List, NoSink, Put, Shape, Sink, Step, Wire, enveloped,
    gated, group, record, rows,
};

use super::show_bytes;

record! {
    /// `struct ceph_mds_snap_realm`, 48 bytes.
    pub struct SnapRealmHead: 48 {
        /// inode of the realm
        0 => pub ino: InodeNo,
        /// the snapshot after which it became a realm
        8 => pub created: SnapId,
        /// inode of the parent realm; 0 for none
        16 => pub parent: InodeNo,
        /// the snapshot after which that became its parent
        24 => pub parent_since: SnapId,
        /// number of the last change of its snapshots
        32 => pub seq: SnapId,
        /// number of its snapshots
        40 => num_snaps: u32,
        /// number of those from earlier parents
        44 => num_prior_parent_snaps: u32,
    }
}

/// The fields of a realm that both forms have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SnapRealmInfo<'a> {
    head: SnapRealmHead,
    snaps: List<'a, SnapId>,
    prior_parent_snaps: List<'a, SnapId>,
}

impl<'a> SnapRealmInfo<'a> {
    /// A realm with these snapshots.
    #[must_use]
    pub fn new(
        head: SnapRealmHead,
        snaps: List<'a, SnapId>,
        prior_parent_snaps: List<'a, SnapId>,
    ) -> Self {
        let head = SnapRealmHead {
            num_snaps: snaps.len() as u32,
            num_prior_parent_snaps: prior_parent_snaps.len() as u32,
            ..head
        };
        SnapRealmInfo { head, snaps, prior_parent_snaps }
    }

    /// The first 48 bytes.
    #[must_use]
    pub fn head(&self) -> &SnapRealmHead {
        &self.head
    }

    /// Snapshots of the realm.
    #[must_use]
    pub fn snaps(&self) -> List<'a, SnapId> {
        self.snaps
    }

    /// Snapshots that it has from earlier parents.
    #[must_use]
    pub fn prior_parent_snaps(&self) -> List<'a, SnapId> {
        self.prior_parent_snaps
    }
}

impl<'a> Field<'a> for SnapRealmInfo<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// what comes before the snapshots
        head: SnapRealmHead,
        /// snapshots of the realm
        snaps: List<'_, SnapId> = List::<SnapId>::ITEMS,
        /// snapshots that it has from earlier parents
        prior_parent_snaps: List<'_, SnapId> = List::<SnapId>::ITEMS,
    ]}]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (input, bytes) = SnapRealmHead::bytes(input, "head", sink)?;
            let head = SnapRealmHead::read(bytes);
            let (input, snaps) = counted(head.num_snaps, input, "snaps", sink)?;
            let (rest, prior_parent_snaps) =
                counted(head.num_prior_parent_snaps, input, "prior_parent_snaps", sink)?;
            Ok((rest, SnapRealmInfo { head, snaps, prior_parent_snaps }))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.snaps.encode_items(out);
        self.prior_parent_snaps.encode_items(out);
    }
}

/// A list whose count stands elsewhere; nothing is reported of one without items.
pub(super) fn counted<'a, T: Field<'a>, S: Sink>(
    count: u32,
    input: Wire<'a>,
    name: &'static str,
    sink: &mut S,
) -> Step<'a, List<'a, T>> {
    match count {
        0 => Ok((input, List::default())),
        _ => group(input, name, sink, |input, sink| List::items(count, input, sink)),
    }
}

gated! {
    /// A realm between peers that know the CephFS feature 19.
    pub struct NewSnapRealm<'a> {
        /// what the other form says
        since 0 => info / set_info: SnapRealmInfo<'a>,
        /// when its snapshots last changed
        since 0 => last_modified / set_last_modified: Timespec,
        /// counts those changes
        since 0 => change_attr / set_change_attr: u64,
    }
}

enveloped!(NewSnapRealm);

/// A whole trace, in the form that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum SnapTrace<'a> {
    /// Realms one behind the other; also where there are none at all.
    Plain(List<'a, SnapRealmInfo<'a>>),
    /// Each in an envelope.
    Enveloped(List<'a, Envelope<'a, NewSnapRealm<'a>>>),
    /// Neither of these ends where the trace ends.
    Unknown(&'a [u8]),
}

impl<'a> SnapTrace<'a> {
    /// What a trace reports.
    pub(super) const SHAPE: &'static Shape = &Shape::Either(&[
        List::<SnapRealmInfo<'_>>::ITEMS,
        List::<Envelope<'_, NewSnapRealm<'_>>>::ITEMS,
        BYTES,
    ]);

    /// Reads the bytes of a trace in the form that fits.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        Self::of(Wire::new(bytes, "snap_trace"), "snap_trace", &mut NoSink)
    }

    /// As [`read`](SnapTrace::read), and reports what is in it.
    pub(super) fn of<S: Sink>(bytes: Wire<'a>, name: &'static str, sink: &mut S) -> Self {
        if List::<SnapRealmInfo<'_>>::to_end(bytes, &mut NoSink).is_ok() {
            return match realms(bytes, name, sink) {
                Ok((_, list)) => SnapTrace::Plain(list),
                Err(_) => SnapTrace::Unknown(bytes.bytes),
            };
        }
        if List::<Envelope<'_, NewSnapRealm<'_>>>::to_end(bytes, &mut NoSink).is_ok() {
            return match realms(bytes, name, sink) {
                Ok((_, list)) => SnapTrace::Enveloped(list),
                Err(_) => SnapTrace::Unknown(bytes.bytes),
            };
        }
        show_bytes(bytes, name, sink);
        SnapTrace::Unknown(bytes.bytes)
    }

    /// The realms: the inode's own, then its parents. None of a trace in an unknown form.
    pub fn realms(&self) -> impl Iterator<Item = SnapRealmInfo<'a>> + use<'a> {
        let (plain, enveloped) = match *self {
            SnapTrace::Plain(list) => (list, List::default()),
            SnapTrace::Enveloped(list) => (List::default(), list),
            SnapTrace::Unknown(_) => (List::default(), List::default()),
        };
        plain.iter().chain(enveloped.iter().map(|realm| realm.fields().info))
    }

    /// Bytes of the encoding.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let mut count = Count::default();
        self.encode(&mut count);
        count.0
    }

    pub(super) fn encode(&self, out: &mut impl Put) {
        match self {
            SnapTrace::Plain(list) => list.encode_items(out),
            SnapTrace::Enveloped(list) => list.encode_items(out),
            SnapTrace::Unknown(bytes) => out.put(bytes),
        }
    }
}

fn realms<'a, T: Field<'a>, S: Sink>(
    bytes: Wire<'a>,
    name: &'static str,
    sink: &mut S,
) -> Step<'a, List<'a, T>> {
    match bytes.bytes.is_empty() {
        true => Ok((bytes, List::default())),
        false => group(bytes, name, sink, List::to_end),
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn head(ino: u64) -> SnapRealmHead {
        SnapRealmHead {
            ino: InodeNo(ino),
            parent: InodeNo(1),
            seq: SnapId(9),
            ..Default::default()
        }
    }

    #[test]
    fn the_form_that_ends_with_the_bytes_is_the_one() {
        let mut ids = [[0; 24]; 2];
        let [snaps, prior] = &mut ids;
        let snaps = List::write([SnapId(2), SnapId(5)], snaps).unwrap();
        let prior = List::write([SnapId(1)], prior).unwrap();
        let realm = SnapRealmInfo::new(head(0x1ff), snaps, prior);
        let parent = SnapRealmInfo::new(head(1), List::default(), List::default());
        let mut plain = Vec::new();
        realm.encode(&mut plain);
        assert_eq!(plain.len(), 48 + 24);
        parent.encode(&mut plain);

        let trace = SnapTrace::read(&plain);
        assert!(matches!(trace, SnapTrace::Plain(_)));
        assert_eq!(trace.realms().collect::<Vec<_>>(), [realm, parent]);

        let mut enveloped = Vec::new();
        for info in [realm, parent] {
            let mut envelope = Envelope::<NewSnapRealm<'_>>::new(1, 1);
            envelope.fields_mut().set_info(info).unwrap();
            envelope.fields_mut().set_change_attr(4).unwrap();
            envelope.set_rest(b"later").unwrap();
            envelope.encode(&mut enveloped);
        }
        let trace = SnapTrace::read(&enveloped);
        assert!(matches!(trace, SnapTrace::Enveloped(_)));
        assert_eq!(trace.realms().collect::<Vec<_>>(), [realm, parent]);
        let mut again = Vec::new();
        trace.encode(&mut again);
        assert_eq!(again, enveloped);
    }

    #[test]
    fn what_is_of_neither_form_is_kept() {
        let trace = SnapTrace::read(b"short");
        assert_eq!((trace, trace.realms().count()), (SnapTrace::Unknown(b"short"), 0));
        assert_eq!(SnapTrace::read(b""), SnapTrace::Plain(List::default()));
        // 2^32 - 1 snapshots that are not there.
        let mut many = [0; 48];
        many[40..44].fill(0xff);
        assert!(matches!(SnapTrace::read(&many), SnapTrace::Unknown(_)));
    }
}
