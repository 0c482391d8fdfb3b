//! What a client says of one cap, and of one snap realm, in the forms of the versions.

use crate::types::{Caps, InodeNo, SnapId, Timespec};
use crate::wire::{
    Entry, Envelope, Enveloped, Field, List, Put, Shape, Sink, Step, Text, Wire, enveloped, gated,
    group, record, rows,
};

record! {
    /// `struct ceph_mds_cap_reconnect` without its last field, 32 bytes.
    pub struct CapReconnect: 32 {
        /// id of the cap; the MDS keeps it
        0 => pub cap_id: u64,
        /// bits that somebody has a use for
        8 => pub wanted: Caps,
        /// bits that the client holds
        12 => pub issued: Caps,
        /// inode of the snap realm
        16 => pub snaprealm: InodeNo,
        /// where the path begins
        24 => pub pathbase: InodeNo,
    }
}

record! {
    /// `struct ceph_mds_cap_reconnect_v1`, 56 bytes.
    pub struct CapReconnectV1: 56 {
        /// id of the cap; the MDS keeps it
        0 => pub cap_id: u64,
        /// bits that somebody has a use for
        8 => pub wanted: Caps,
        /// bits that the client holds
        12 => pub issued: Caps,
        /// bytes of the file
        16 => pub size: u64,
        /// last change of the data
        24 => pub mtime: Timespec,
        /// last access
        32 => pub atime: Timespec,
        /// inode of the snap realm
        40 => pub snaprealm: InodeNo,
        /// where the path begins
        48 => pub pathbase: InodeNo,
    }
}

gated! {
    /// One cap from version 2 of the message on; in version 2 without an envelope, as its version 1.
    pub struct CapItem<'a> {
        /// from `pathbase` to the inode; empty where that is the inode itself
        since 0 => path / set_path: Text<'a>,
        /// the cap
        since 0 => cap / set_cap: CapReconnect,
        /// file locks, encoded
        since 0 => flock / set_flock: &'a [u8],
        /// the snapshot that the client's state follows
        since 2 => snap_follows / set_snap_follows: SnapId,
    }
}

enveloped!(CapItem);

/// A [`CapItem`] without an envelope, as version 2 of the message has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct BareCapItem<'a>(CapItem<'a>);

impl<'a> BareCapItem<'a> {
    /// A cap, known by a path.
    #[must_use]
    pub fn new(path: Text<'a>, cap: CapReconnect, flock: &'a [u8]) -> Self {
        let mut item = CapItem::of_version(1);
        (item.path, item.cap, item.flock) = (path, cap, flock);
        BareCapItem(item)
    }

    /// The fields; without `snap_follows`.
    #[must_use]
    pub fn fields(&self) -> &CapItem<'a> {
        &self.0
    }
}

impl<'a> Field<'a> for BareCapItem<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[CapItem::LAYOUT]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (rest, item) = CapItem::decode_fields(1, input, sink)?;
            Ok((rest, BareCapItem(item)))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.0.encode_fields(out);
    }
}

/// One cap in version 1 of the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OldCapItem<'a> {
    /// From `pathbase` to the inode.
    pub path: Text<'a>,
    /// The cap.
    pub cap: CapReconnectV1,
}

impl<'a> Field<'a> for OldCapItem<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// from `pathbase` to the inode
        path: Text<'_>,
        /// the cap
        cap: CapReconnectV1,
    ]}]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (rest, path) = Text::decode(input, "path", sink)?;
            let (rest, cap) = CapReconnectV1::decode(rest, "cap", sink)?;
            Ok((rest, OldCapItem { path, cap }))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.path.encode(out);
        self.cap.encode(out);
    }
}

record! {
    /// `struct ceph_mds_snaprealm_reconnect`, 24 bytes.
    pub struct RealmReconnect: 24 {
        /// inode of the realm
        0 => pub ino: InodeNo,
        /// number of its last snapshot change that the client knows
        8 => pub seq: SnapId,
        /// inode of the parent realm
        16 => pub parent: InodeNo,
    }
}

gated! {
    /// One snap realm from version 4 of the message on.
    pub struct RealmItem<'a> {
        /// the realm
        since 0 => realm / set_realm: RealmReconnect,
    }
}

enveloped!(RealmItem);

/// The caps, in the form that the message's version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum CapItems<'a> {
    /// Versions 0 and 1.
    Old(List<'a, Entry<InodeNo, OldCapItem<'a>>>),
    /// Version 2.
    Bare(List<'a, Entry<InodeNo, BareCapItem<'a>>>),
    /// From version 3 on.
    Enveloped(List<'a, Entry<InodeNo, Envelope<'a, CapItem<'a>>>>),
}

/// The snap realms, in the form that the message's version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum RealmItems<'a> {
    /// Up to version 3: to the end of the section, without a count.
    Bare(List<'a, RealmReconnect>),
    /// From version 4 on.
    Enveloped(List<'a, Envelope<'a, RealmItem<'a>>>),
}

impl<'a> CapItems<'a> {
    pub(super) const SHAPE: &'static Shape = &Shape::Either(&[
        <List<'_, Entry<InodeNo, OldCapItem<'_>>> as Field<'static>>::SHAPE,
        <List<'_, Entry<InodeNo, BareCapItem<'_>>> as Field<'static>>::SHAPE,
        <List<'_, Entry<InodeNo, Envelope<'_, CapItem<'_>>>> as Field<'static>>::SHAPE,
    ]);

    pub(super) fn decode<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let name = "caps";
        Ok(match version {
            0 | 1 => List::decode(input, name, sink).map(|(rest, l)| (rest, CapItems::Old(l)))?,
            2 => List::decode(input, name, sink).map(|(rest, l)| (rest, CapItems::Bare(l)))?,
            _ => List::decode(input, name, sink).map(|(rest, l)| (rest, CapItems::Enveloped(l)))?,
        })
    }

    pub(super) fn encode(&self, out: &mut impl Put) {
        match self {
            CapItems::Old(list) => list.encode(out),
            CapItems::Bare(list) => list.encode(out),
            CapItems::Enveloped(list) => list.encode(out),
        }
    }

    pub(super) fn fits(&self, version: u16) -> bool {
        match self {
            CapItems::Old(_) => version < 2,
            CapItems::Bare(_) => version == 2,
            CapItems::Enveloped(_) => version > 2,
        }
    }

    /// Number of caps.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            CapItems::Old(list) => list.len(),
            CapItems::Bare(list) => list.len(),
            CapItems::Enveloped(list) => list.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The caps in wire order, whatever their form.
    pub fn iter(&self) -> impl Iterator<Item = HeldCap<'a>> + use<'a> {
        let (old, bare, enveloped) = match *self {
            CapItems::Old(list) => (list, List::default(), List::default()),
            CapItems::Bare(list) => (List::default(), list, List::default()),
            CapItems::Enveloped(list) => (List::default(), List::default(), list),
        };
        let old = old.iter().map(|entry| HeldCap::old(entry.key, &entry.value));
        let bare = bare.iter().map(|entry| HeldCap::new(entry.key, &entry.value.0));
        let enveloped = enveloped.iter().map(|entry| HeldCap::new(entry.key, entry.value.fields()));
        old.chain(bare).chain(enveloped)
    }
}

impl<'a> RealmItems<'a> {
    pub(super) const SHAPE: &'static Shape = &Shape::Either(&[
        List::<RealmReconnect>::ITEMS,
        <List<'_, Envelope<'_, RealmItem<'_>>> as Field<'static>>::SHAPE,
    ]);

    pub(super) fn decode<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        if version < 4 {
            let (rest, list) = match input.bytes.is_empty() {
                true => (input, List::default()),
                false => group(input, "realms", sink, List::to_end)?,
            };
            return Ok((rest, RealmItems::Bare(list)));
        }
        let (rest, list) = List::decode(input, "realms", sink)?;
        Ok((rest, RealmItems::Enveloped(list)))
    }

    pub(super) fn encode(&self, out: &mut impl Put) {
        match self {
            RealmItems::Bare(list) => list.encode_items(out),
            RealmItems::Enveloped(list) => list.encode(out),
        }
    }

    pub(super) fn fits(&self, version: u16) -> bool {
        matches!(self, RealmItems::Enveloped(_)) == (version > 3)
    }

    /// Number of realms.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            RealmItems::Bare(list) => list.len(),
            RealmItems::Enveloped(list) => list.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The realms in wire order, whatever their form.
    pub fn iter(&self) -> impl Iterator<Item = RealmReconnect> + use<'a> {
        let (bare, enveloped) = match *self {
            RealmItems::Bare(list) => (list, List::default()),
            RealmItems::Enveloped(list) => (List::default(), list),
        };
        bare.iter().chain(enveloped.iter().map(|item| item.fields().realm))
    }
}

/// A cap that the client holds, from whichever version of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HeldCap<'a> {
    /// The inode.
    pub ino: InodeNo,
    /// From `pathbase` to the inode; empty where that is the inode itself.
    pub path: Text<'a>,
    /// Id of the cap.
    pub cap_id: u64,
    /// Bits that somebody has a use for.
    pub wanted: Caps,
    /// Bits that the client holds.
    pub issued: Caps,
    /// Inode of the snap realm.
    pub snaprealm: InodeNo,
    /// Where the path begins.
    pub pathbase: InodeNo,
    /// File locks, encoded; none before version 2.
    pub flock: &'a [u8],
    /// The snapshot that the client's state follows, where the version says it.
    pub snap_follows: Option<SnapId>,
}

impl<'a> HeldCap<'a> {
    fn new(ino: InodeNo, item: &CapItem<'a>) -> Self {
        let CapReconnect { cap_id, wanted, issued, snaprealm, pathbase } = item.cap;
        let (path, flock, snap_follows) = (item.path, item.flock, item.snap_follows());
        HeldCap { ino, path, cap_id, wanted, issued, snaprealm, pathbase, flock, snap_follows }
    }

    fn old(ino: InodeNo, item: &OldCapItem<'a>) -> Self {
        let CapReconnectV1 { cap_id, wanted, issued, snaprealm, pathbase, .. } = item.cap;
        let (path, flock, snap_follows) = (item.path, &[][..], None);
        HeldCap { ino, path, cap_id, wanted, issued, snaprealm, pathbase, flock, snap_follows }
    }
}
