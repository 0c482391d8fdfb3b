//! The trace: the dentry and the inode that the request was about.

use core::fmt;

use crate::wire::{
    Count, Field, Full, LENGTH, Put, Shape, Sink, SliceWriter, Step, Text, Wire, rows,
};

use super::{DirStat, Encoding, InodeStat, LeaseStat};

/// A dentry of the trace: where it stands, its name, the client's lease on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TraceDentry<'a> {
    /// The directory.
    pub dir: InodeStat<'a>,
    /// Its fragment.
    pub dir_stat: DirStat<'a>,
    /// The name in it.
    pub dname: Text<'a>,
    /// The lease.
    pub lease: LeaseStat<'a>,
}

/// What a reply's trace says. With both parts `dir`'s inode, `dname` and `target`'s inode belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Trace<'a> {
    /// The dentry.
    pub dentry: Option<TraceDentry<'a>>,
    /// The inode.
    pub target: Option<InodeStat<'a>>,
}

impl<'a> Trace<'a> {
    /// What a trace reports.
    pub(super) const SHAPE: &'static Shape = &Shape::Group(&[
        LENGTH,
        rows! {[
            /// the directory
            dir: InodeStat<'_> = InodeStat::SHAPE,
            /// its fragment
            dir_stat: DirStat<'_> = DirStat::SHAPE,
            /// the name in it
            dname: Text<'_>,
            /// the client's lease on the name
            lease: LeaseStat<'_> = LeaseStat::SHAPE,
            /// the inode
            target: InodeStat<'_> = InodeStat::SHAPE,
        ]},
    ]);

    pub(super) fn decode<S: Sink>(
        (is_dentry, is_target): (bool, bool),
        encoding: Encoding,
        input: Wire<'a>,
        sink: &mut S,
    ) -> Step<'a, Self> {
        let (input, dentry) = match is_dentry {
            true => TraceDentry::decode(encoding, input, sink).map(|(i, d)| (i, Some(d)))?,
            false => (input, None),
        };
        let (input, target) = match is_target {
            true => InodeStat::decode(encoding, input, "target", sink)
                .map(|(i, inode)| (i, Some(inode)))?,
            false => (input, None),
        };
        Ok((input, Trace { dentry, target }))
    }

    fn put(&self, out: &mut impl Put) {
        if let Some(dentry) = &self.dentry {
            dentry.dir.put(out);
            dentry.dir_stat.put(out);
            dentry.dname.encode(out);
            dentry.lease.put(out);
        }
        if let Some(target) = &self.target {
            target.put(out);
        }
    }

    /// Bytes of the trace.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let mut count = Count::default();
        self.put(&mut count);
        count.0
    }

    /// Writes the trace and says how many bytes it has.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, Full> {
        let mut out = SliceWriter::new(buffer);
        self.put(&mut out);
        out.finish()
    }
}

impl<'a> TraceDentry<'a> {
    fn decode<S: Sink>(encoding: Encoding, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, dir) = InodeStat::decode(encoding, input, "dir", sink)?;
        let (input, dir_stat) = DirStat::decode(encoding, input, "dir_stat", sink)?;
        let (input, dname) = Text::decode(input, "dname", sink)?;
        let (input, lease) = LeaseStat::decode(encoding, input, "lease", sink)?;
        Ok((input, TraceDentry { dir, dir_stat, dname, lease }))
    }
}

impl fmt::Display for Trace<'_> {
    /// `0x1/name 0x10000000000 cap 5 pAsLsXsFs seq 1 mseq 0`, as far as it is there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(dentry) = &self.dentry {
            write!(f, "{}/{}", dentry.dir.head.ino, dentry.dname)?;
        }
        if let Some(target) = &self.target {
            let space = if self.dentry.is_some() { " " } else { "" };
            write!(f, "{space}{}", target.head.ino)?;
            if let Some(cap) = target.cap() {
                write!(f, " cap {} {} seq {} mseq {}", cap.cap_id, cap.caps, cap.seq, cap.mseq)?;
            }
        }
        Ok(())
    }
}
