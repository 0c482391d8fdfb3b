//! Why decoding stopped, and where.

use core::fmt;

/// A decode error: which field, where, what it needed and what was there.
///
/// Offsets count from the first byte of the section (or frame) that was handed to the decoder, however
/// deep the field is nested. The value is `Copy` and borrows nothing, so it outlives the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Fault {
    /// Name of the field that could not be read, as in the layout tables.
    pub field: &'static str,
    /// Offset of the field's first byte.
    pub at: usize,
    /// What set the end of the bytes: a section (`front`, `middle`) or the length field's owner.
    pub within: &'static str,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum FaultKind {
    /// The field needs more bytes than are left.
    Short {
        /// Bytes the field needs.
        needed: u64,
        /// Bytes from the field's first byte to the end of what holds it.
        available: usize,
    },
    /// The value is not one that can stand here.
    Invalid {
        /// The value found, in the low bits.
        found: u64,
        /// What would have been right.
        expected: &'static str,
    },
    /// Two places of a message that must agree do not.
    Mismatch {
        /// What this field says.
        found: u64,
        /// What the other place says.
        other: u64,
        /// Name of the other place.
        with: &'static str,
    },
}

impl Fault {
    #[cold]
    pub(crate) fn short(
        field: &'static str,
        at: usize,
        within: &'static str,
        needed: u64,
        available: usize,
    ) -> Self {
        Fault { field, at, within, kind: FaultKind::Short { needed, available } }
    }

    #[cold]
    pub(crate) fn invalid(
        field: &'static str,
        at: usize,
        within: &'static str,
        found: u64,
        expected: &'static str,
    ) -> Self {
        Fault { field, at, within, kind: FaultKind::Invalid { found, expected } }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} of {}: ", self.field, self.at, self.within)?;
        match self.kind {
            FaultKind::Short { needed, available } => {
                write!(f, "needs {needed} bytes, {available} are there")
            }
            FaultKind::Invalid { found, expected } => {
                write!(f, "is {found:#x}, expected {expected}")
            }
            FaultKind::Mismatch { found, other, with } => {
                write!(f, "is {found}, but {with} is {other}")
            }
        }
    }
}

impl core::error::Error for Fault {}
