//! Inode numbers, snapshot ids, ranks and sequence numbers.

use core::fmt;

use super::fixed_newtype;
use crate::wire::{Kind, Shape, Value};

/// Inode number; shown as Ceph logs it, `0x10000000001`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct InodeNo(pub u64);

fixed_newtype!(InodeNo(u64): Shape::Leaf(Kind::Ino), |ino| Value::Ino(ino));

impl fmt::Display for InodeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// Snapshot id; shown as Ceph logs it: hexadecimal without prefix, `head`, `snapdir`.
///
/// Source: `snapid_t` in `src/include/object.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct SnapId(pub u64);

impl SnapId {
    /// The live inode, not a snapshot of it.
    pub const HEAD: SnapId = SnapId(u64::MAX - 1);
    /// The virtual directory that lists snapshots.
    pub const SNAPDIR: SnapId = SnapId(u64::MAX);
}

fixed_newtype!(SnapId(u64): Shape::Leaf(Kind::Snap), |snap| Value::Snap(snap));

impl fmt::Display for SnapId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            SnapId::HEAD => f.write_str("head"),
            SnapId::SNAPDIR => f.write_str("snapdir"),
            SnapId(id) => write!(f, "{id:x}"),
        }
    }
}

/// Rank of a metadata server; negative where none is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Rank(pub i32);

impl Rank {
    /// No rank.
    pub const NONE: Rank = Rank(-1);
}

fixed_newtype!(Rank(i32): Shape::Leaf(Kind::Int), |rank| Value::Int(i64::from(rank.0)));

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A 32-bit sequence number that wraps: `seq`, `issue_seq`, `mseq`.
///
/// It has no `Ord`: around the wrap "later" is not a total order. Ask [`is_after`](Seq::is_after).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Seq(pub u32);

impl Seq {
    /// How far `self` is ahead of `other`; negative if it is behind. As `ceph_seq_cmp` in the kernel.
    #[must_use]
    pub const fn ahead_of(self, other: Seq) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }

    /// Whether `self` was counted later than `other`.
    #[must_use]
    pub const fn is_after(self, other: Seq) -> bool {
        self.ahead_of(other) > 0
    }
}

fixed_newtype!(Seq(u32): Shape::Leaf(Kind::Uint), |seq| Value::Uint(u64::from(seq.0)));

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// `N` bytes that have a place but no meaning; kept so that encoding gives them back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Opaque<const N: usize>(pub [u8; N]);

impl<const N: usize> Opaque<N> {
    /// Whether every byte is zero, as an unused field should be.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|b| *b == 0)
    }
}

impl<const N: usize> Default for Opaque<N> {
    fn default() -> Self {
        Opaque([0; N])
    }
}

impl<const N: usize> fmt::Debug for Opaque<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_zero() {
            true => write!(f, "[0; {N}]"),
            false => f.debug_list().entries(self.0).finish(),
        }
    }
}

#[cfg(feature = "serde")]
impl<const N: usize> serde::Serialize for Opaque<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_compare_around_the_wrap() {
        assert!(Seq(1).is_after(Seq(0)));
        assert!(Seq(2).is_after(Seq(u32::MAX)));
        assert!(!Seq(u32::MAX).is_after(Seq(2)));
        assert!(!Seq(7).is_after(Seq(7)));
        assert_eq!(Seq(0).ahead_of(Seq(u32::MAX)), 1);
    }

    #[test]
    fn snapids_show_as_ceph_logs_them() {
        assert_eq!(
            std::format!("{} {} {}", SnapId(0x1f), SnapId::HEAD, SnapId::SNAPDIR),
            "1f head snapdir"
        );
    }
}
