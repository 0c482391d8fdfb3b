//! Parts of directories.

use core::fmt;

use super::{InodeNo, fixed_newtype};
use crate::wire::{Kind, Shape, Value, record};

/// A part of a directory's names, by their hash: the high byte says how many bits, the others which.
///
/// Shown as Ceph logs it: the bits and `*`. Source: `frag_t` in `src/include/frag.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Frag(pub u32);

fixed_newtype!(Frag(u32): Shape::Leaf(Kind::Uint), |frag| Value::Uint(u64::from(frag.0)));

impl Frag {
    /// How many bits of the hash are given; 0 for all names.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0 >> 24
    }
}

impl fmt::Display for Frag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hash has 24 bits, whatever a message says.
        for bit in 0..self.bits().min(24) {
            f.write_str(if self.0 >> (23 - bit) & 1 == 1 { "1" } else { "0" })?;
        }
        f.write_str("*")
    }
}

record! {
    /// A directory, or a part of it, 12 bytes. Source: `dirfrag_t` in `src/mds/mdstypes.h`.
    pub struct DirFrag: 12 {
        /// the directory
        0 => pub ino: InodeNo,
        /// which part of its names
        8 => pub frag: Frag,
    }
}

impl fmt::Display for DirFrag {
    /// As Ceph logs it: `0x10000000000`, with the part behind a point where it is not all of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ino.fmt(f)?;
        match self.frag.bits() {
            0 => Ok(()),
            _ => write!(f, ".{}", self.frag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn parts_show_as_ceph_logs_them() {
        let dir = |frag| DirFrag { ino: InodeNo(0x100_0000_0001), frag: Frag(frag) };
        assert_eq!(dir(0).to_string(), "0x10000000001");
        assert_eq!(dir(0x03a0_0000).to_string(), "0x10000000001.101*");
        assert_eq!(Frag(0).to_string(), "*");
        assert_eq!(Frag(0xff00_0001).to_string(), "000000000000000000000001*");
    }
}
