//! Moments as Ceph sends them.

use core::fmt;

use crate::wire::{Fixed, Kind, Shape, Sink, Span, Value};

/// A moment, 8 bytes: u32 seconds since the Unix epoch (UTC), u32 nanoseconds.
///
/// Source: `struct ceph_timespec` in `include/linux/ceph/ceph_fs.h`; `utime_t` in Ceph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Timespec {
    /// Seconds since the Unix epoch.
    pub sec: u32,
    /// Nanoseconds of that second.
    pub nsec: u32,
}

// By hand and not by `record!`: readers of a tree want one moment, not two numbers.
impl Fixed for Timespec {
    const SIZE: usize = 8;
    const SHAPE: &'static Shape = &Shape::Leaf(Kind::Time);

    #[inline(always)]
    fn read(bytes: &[u8]) -> Self {
        match bytes.first_chunk::<8>() {
            Some(b) => Timespec { sec: u32::read(&b[..4]), nsec: u32::read(&b[4..]) },
            None => Self::default(),
        }
    }

    #[inline(always)]
    fn write(&self, bytes: &mut [u8]) {
        if let Some(b) = bytes.first_chunk_mut::<8>() {
            self.sec.write(&mut b[..4]);
            self.nsec.write(&mut b[4..]);
        }
    }

    fn show<S: Sink>(&self, span: Span, sink: &mut S) {
        sink.field(span, Value::Time(*self));
    }
}

impl fmt::Display for Timespec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.sec, self.nsec)
    }
}
