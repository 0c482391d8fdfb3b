//! Capability bits and the strings that Ceph's logs write for them.

use core::fmt;
use core::ops::{BitAnd, BitOr, BitOrAssign, Not};
use core::str::FromStr;

use super::fixed_newtype;
use crate::wire::{Kind, Shape, Value};

/// A set of capability bits.
///
/// Bit 0 is the pin. From bit 2 on come four groups, AUTH, LINK, XATTR (2 bits each: shared, exclusive) and
/// FILE (8 bits). Shown and parsed as Ceph writes it: `pAsLsXsFscr`, `-` for none. Bits without a name
/// survive and are shown behind a `+`, as in `pAs+0x10000`.
/// Source: `CEPH_CAP_*` in `src/include/ceph_fs.h`, `ccap_string` in `src/mds/mdstypes.cc`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Caps(pub u32);

fixed_newtype!(Caps(u32): Shape::Leaf(Kind::Caps), |caps| Value::Caps(caps));

/// Group letter, shift of its first bit, number of bits.
const GROUPS: [(char, u32, usize); 4] = [('A', 2, 2), ('L', 4, 2), ('X', 6, 2), ('F', 8, 8)];
/// Letters of a group's bits, from its first bit on.
const LETTERS: [char; 8] = ['s', 'x', 'c', 'r', 'w', 'b', 'a', 'l'];

impl Caps {
    /// No capability.
    pub const NONE: Caps = Caps(0);
    /// `p`: the inode stays in the client's cache.
    pub const PIN: Caps = Caps(0x1);
    /// `As`: owner, group, mode may be cached.
    pub const AUTH_SHARED: Caps = Caps(0x4);
    /// `Ax`: owner, group, mode may be changed.
    pub const AUTH_EXCL: Caps = Caps(0x8);
    /// `Ls`: the link count may be cached.
    pub const LINK_SHARED: Caps = Caps(0x10);
    /// `Lx`
    pub const LINK_EXCL: Caps = Caps(0x20);
    /// `Xs`: extended attributes may be cached.
    pub const XATTR_SHARED: Caps = Caps(0x40);
    /// `Xx`
    pub const XATTR_EXCL: Caps = Caps(0x80);
    /// `Fs`: size and mtime may be cached; on directories: entries are complete as long as it is held.
    pub const FILE_SHARED: Caps = Caps(0x100);
    /// `Fx`: size and mtime may be changed.
    pub const FILE_EXCL: Caps = Caps(0x200);
    /// `Fc`: data may be cached; on directories: may create asynchronously.
    pub const FILE_CACHE: Caps = Caps(0x400);
    /// `Fr`: data may be read; on directories: may unlink asynchronously.
    pub const FILE_RD: Caps = Caps(0x800);
    /// `Fw`: data may be written.
    pub const FILE_WR: Caps = Caps(0x1000);
    /// `Fb`: written data may be buffered.
    pub const FILE_BUFFER: Caps = Caps(0x2000);
    /// `Fa`: may extend the file.
    pub const FILE_WREXTEND: Caps = Caps(0x4000);
    /// `Fl`: lazy consistency.
    pub const FILE_LAZYIO: Caps = Caps(0x8000);

    const NAMED: u32 = 0xfffd;

    /// Whether every bit of `other` is in `self`.
    #[must_use]
    pub const fn contains(self, other: Caps) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits of `self` that `other` lacks.
    #[must_use]
    pub const fn without(self, other: Caps) -> Caps {
        Caps(self.0 & !other.0)
    }

    /// Whether no bit is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Caps {
    type Output = Caps;
    fn bitor(self, other: Caps) -> Caps {
        Caps(self.0 | other.0)
    }
}

impl BitOrAssign for Caps {
    fn bitor_assign(&mut self, other: Caps) {
        self.0 |= other.0;
    }
}

impl BitAnd for Caps {
    type Output = Caps;
    fn bitand(self, other: Caps) -> Caps {
        Caps(self.0 & other.0)
    }
}

impl Not for Caps {
    type Output = Caps;
    fn not(self) -> Caps {
        Caps(!self.0)
    }
}

/// The longest text: every named bit, and eight hexadecimal digits of unnamed ones.
const TEXT_MAX: usize = 32;

/// A set's text, without allocation; borrow it as `&str`.
#[derive(Clone, Copy)]
pub struct CapsText {
    bytes: [u8; TEXT_MAX],
    len: usize,
}

impl CapsText {
    fn push(&mut self, c: char) {
        if let Some(room) = self.bytes.get_mut(self.len) {
            *room = c as u8;
            self.len += 1;
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII was pushed.
        core::str::from_utf8(self.as_bytes()).unwrap_or("?")
    }

    /// The text, which is ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Caps {
    /// Ceph's text for the set: `pAsLsXsFscr`, `-` for none.
    #[must_use]
    pub fn text(self) -> CapsText {
        let mut text = CapsText { bytes: [0; TEXT_MAX], len: 0 };
        if self.contains(Caps::PIN) {
            text.push('p');
        }
        for (group, shift, bits) in GROUPS {
            let set = self.0 >> shift & ((1 << bits) - 1);
            if set == 0 {
                continue;
            }
            text.push(group);
            for (bit, letter) in LETTERS[..bits].iter().enumerate() {
                if set >> bit & 1 != 0 {
                    text.push(*letter);
                }
            }
        }
        let unnamed = self.0 & !Self::NAMED;
        if unnamed != 0 {
            text.push('+');
            text.push('0');
            text.push('x');
            let digits = 8 - unnamed.leading_zeros() / 4;
            for digit in (0..digits).rev() {
                text.push(char::from_digit(unnamed >> (4 * digit) & 0xf, 16).unwrap_or('?'));
            }
        }
        if text.len == 0 {
            text.push('-');
        }
        text
    }
}

impl fmt::Display for Caps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl fmt::Debug for Caps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

/// A text that is not a set of capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseCapsError {
    /// Offset of the first character that does not fit, in bytes.
    pub at: usize,
}

impl fmt::Display for ParseCapsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a set of capabilities from byte {} on (expected text like pAsLsXsFscr or -)",
            self.at
        )
    }
}

impl core::error::Error for ParseCapsError {}

impl FromStr for Caps {
    type Err = ParseCapsError;

    /// Reads what [`Caps::text`] writes; groups and letters may come in any order.
    fn from_str(text: &str) -> Result<Caps, ParseCapsError> {
        if text == "-" {
            return Ok(Caps::NONE);
        }
        let mut caps = Caps::NONE;
        let mut group = None;
        for (at, c) in text.char_indices() {
            if c == '+' {
                let digits = text.get(at + 1..).and_then(|t| t.strip_prefix("0x"));
                let bits = digits
                    .and_then(|d| u32::from_str_radix(d, 16).ok())
                    .ok_or(ParseCapsError { at })?;
                return Ok(caps | Caps(bits));
            }
            if let Some(found) = GROUPS.iter().find(|(letter, ..)| *letter == c) {
                group = Some(found);
                continue;
            }
            let bit = LETTERS.iter().position(|letter| *letter == c);
            caps |= match (c, bit, group) {
                ('p', ..) => Caps::PIN,
                (_, Some(bit), Some((_, shift, bits))) if bit < *bits => {
                    Caps(1 << (*shift as usize + bit))
                }
                _ => return Err(ParseCapsError { at }),
            };
        }
        match text.is_empty() {
            true => Err(ParseCapsError { at: 0 }),
            false => Ok(caps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn strings_as_the_daemons_log_them() {
        for (bits, text) in [
            (0, "-"),
            (0x1, "p"),
            (0x155, "pAsLsXsFs"),
            (0xd55, "pAsLsXsFscr"),
            (0x3dcd, "pAsxXsxFscrwb"),
            (0xffff & !2, "pAsxLsxXsxFsxcrwbal"),
            (0x0001_0005, "pAs+0x10000"),
            (2, "+0x2"),
            (u32::MAX, "pAsxLsxXsxFsxcrwbal+0xffff0002"),
        ] {
            assert_eq!(Caps(bits).to_string(), text);
            assert_eq!(text.parse(), Ok(Caps(bits)));
        }
    }

    #[test]
    fn every_set_of_named_bits_survives_its_text() {
        for bits in (0..=0xffff).step_by(if cfg!(miri) { 257 } else { 1 }) {
            assert_eq!(Caps(bits).to_string().parse(), Ok(Caps(bits)));
        }
    }

    #[test]
    fn what_is_no_set_says_where() {
        for (text, at) in [("", 0), ("q", 0), ("pAc", 2), ("s", 0), ("pFs+1", 3), ("pé", 1)] {
            assert_eq!(text.parse::<Caps>(), Err(ParseCapsError { at }), "{text}");
        }
    }
}
