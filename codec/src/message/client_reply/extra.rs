//! What replies to some operations bring besides the trace.

use core::fmt;

use crate::types::InodeNo;
use crate::wire::{
    Count, Field, Full, LENGTH, List, NoSink, Put, Row, Shape, Sink, SliceWriter, Step, Text, Wire,
    group, record, rows,
};

use super::stat::{Bare, Form, Part, Stat};
use super::{DirStat, Encoding, InodeStat, LeaseStat};
use crate::message::client_request::RequestOp;

/// The extra bytes, as the operation has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "the message is to live without an allocator")]
pub enum Extra<'a> {
    /// readdir, lssnap
    Dir(Listing<'a>),
    /// create
    Created(Stat<'a, Created<'a>>),
    /// Every other operation: the bytes, if there are any.
    Other(&'a [u8]),
}

impl<'a> Extra<'a> {
    /// What the extra bytes report: parts of a listing, or of what a create brings.
    pub(super) const SHAPE: &'static Shape = &Shape::Group(&[
        LENGTH,
        rows! {[
            /// the fragment that is listed
            dir_stat: DirStat<'_> = DirStat::SHAPE,
            /// how many entries there are
            count: u32,
            /// 1 up to the fragment's end, 0x100 the whole fragment, 0x200 ordered by hash, 0x400 goes on by hash
            flags: u16,
            /// each of them
            entry: DirEntry<'_> = DirEntry::SHAPE,
            /// what a create brings
            created: Stat<'_, Created<'_>> = Stat::<Created<'_>>::SHAPE,
            /// what other operations bring: the bytes
            extra: &[u8],
        ]},
    ]);

    pub(super) fn decode<S: Sink>(
        op: RequestOp,
        encoding: Encoding,
        input: Wire<'a>,
        sink: &mut S,
    ) -> Step<'a, Self> {
        match op {
            _ if input.bytes.is_empty() => Ok((input, Extra::Other(input.bytes))),
            RequestOp::READDIR | RequestOp::LSSNAP => {
                Listing::decode(encoding, input, sink).map(|(rest, dir)| (rest, Extra::Dir(dir)))
            }
            RequestOp::CREATE => {
                // The number alone has 8 bytes, an envelope with number and ranges at least 18.
                let alone = input.bytes.len() <= 8;
                let bare = Encoding::Bare(Bare::of_features(0));
                let encoding = if alone { bare } else { Encoding::Wrapped };
                Stat::decode(encoding, input, "created", sink)
                    .map(|(rest, created)| (rest, Extra::Created(created)))
            }
            _ => {
                let (rest, bytes) = crate::wire::take(input, "extra", input.bytes.len() as u64)?;
                crate::message::show_bytes(bytes, "extra", sink);
                Ok((rest, Extra::Other(bytes.bytes)))
            }
        }
    }

    fn put(&self, out: &mut impl Put) {
        match self {
            Extra::Dir(dir) => dir.put(out),
            Extra::Created(created) => created.put(out),
            Extra::Other(bytes) => out.put(bytes),
        }
    }

    /// Bytes of it.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let mut count = Count::default();
        self.put(&mut count);
        count.0
    }

    /// Writes it and says how many bytes it has.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, Full> {
        let mut out = SliceWriter::new(buffer);
        self.put(&mut out);
        out.finish()
    }
}

record! {
    /// A range of inode numbers.
    pub struct InoRange: 16 {
        /// the first
        0 => pub start: InodeNo,
        /// how many
        8 => pub len: u64,
    }
}

/// What a create brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Created<'a> {
    /// The new inode.
    pub ino: InodeNo,
    /// Numbers that the client may give to inodes it makes itself; in an envelope only.
    delegated: Option<List<'a, InoRange>>,
}

impl<'a> Created<'a> {
    /// A new inode; `delegated` is for the form in an envelope, and only for it.
    #[must_use]
    pub fn new(ino: InodeNo, delegated: Option<List<'a, InoRange>>) -> Self {
        Created { ino, delegated }
    }

    /// Numbers that the client may give to inodes it makes itself. `None` for a client that did not announce
    /// CephFS feature 13.
    #[must_use]
    pub fn delegated(&self) -> Option<List<'a, InoRange>> {
        self.delegated
    }
}

impl<'a> Part<'a> for Created<'a> {
    const ROWS: &'static [Row] = rows! {[
        /// the new inode
        ino: InodeNo,
        /// numbers that the client may give to inodes it makes itself
        delegated: List<'_, InoRange>,
    ]};

    fn decode<S: Sink>(form: Form, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, ino) = InodeNo::decode(input, "ino", sink)?;
        match form {
            Form::Wrapped { .. } => List::decode(input, "delegated", sink)
                .map(|(rest, list)| (rest, Created { ino, delegated: Some(list) })),
            Form::Bare(_) => Ok((input, Created { ino, delegated: None })),
        }
    }

    fn put(&self, out: &mut impl Put) {
        self.ino.encode(out);
        if let Some(list) = &self.delegated {
            list.encode(out);
        }
    }

    fn fits(&self, form: Form) -> bool {
        self.delegated.is_some() == matches!(form, Form::Wrapped { .. })
    }
}

/// An entry of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DirEntry<'a> {
    /// Its name.
    pub dname: Text<'a>,
    /// The client's lease on it.
    pub lease: LeaseStat<'a>,
    /// Its inode.
    pub inode: InodeStat<'a>,
}

impl<'a> DirEntry<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// its name
        dname: Text<'_>,
        /// the client's lease on it
        lease: LeaseStat<'_> = LeaseStat::SHAPE,
        /// its inode
        inode: InodeStat<'_> = InodeStat::SHAPE,
    ]}]);

    fn decode<S: Sink>(encoding: Encoding, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        group(input, "entry", sink, |input, sink| {
            let (input, dname) = Text::decode(input, "dname", sink)?;
            let (input, lease) = LeaseStat::decode(encoding, input, "lease", sink)?;
            let (input, inode) = InodeStat::decode(encoding, input, "inode", sink)?;
            Ok((input, DirEntry { dname, lease, inode }))
        })
    }
}

/// Entries of a directory. They were checked when the listing was decoded; iterating reads them again from
/// the message's bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Listing<'a> {
    encoding: Encoding,
    dir: DirStat<'a>,
    flags: u16,
    count: u32,
    entries: &'a [u8],
}

impl<'a> Listing<'a> {
    /// Encodes `entries` into `buffer`, which the listing then borrows. The forms of all its parts are to be
    /// those of `encoding`.
    pub fn write(
        encoding: Encoding,
        dir: DirStat<'a>,
        flags: u16,
        entries: impl IntoIterator<Item = DirEntry<'a>>,
        buffer: &'a mut [u8],
    ) -> Result<Self, Full> {
        let mut out = SliceWriter::new(&mut *buffer);
        let mut count = 0;
        for entry in entries {
            entry.dname.encode(&mut out);
            entry.lease.put(&mut out);
            entry.inode.put(&mut out);
            count += 1;
        }
        let len = out.finish()?;
        Ok(Listing { encoding, dir, flags, count, entries: &buffer[..len] })
    }

    fn decode<S: Sink>(encoding: Encoding, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, dir) = DirStat::decode(encoding, input, "dir_stat", sink)?;
        let (input, count) = u32::decode(input, "count", sink)?;
        let (input, flags) = u16::decode(input, "flags", sink)?;
        let mut rest = input;
        for _ in 0..count {
            (rest, _) = DirEntry::decode(encoding, rest, sink)?;
        }
        let entries = &input.bytes[..rest.at - input.at];
        Ok((rest, Listing { encoding, dir, flags, count, entries }))
    }

    fn put(&self, out: &mut impl Put) {
        self.dir.put(out);
        self.count.encode(out);
        self.flags.encode(out);
        out.put(self.entries);
    }

    /// The fragment that is listed.
    #[must_use]
    pub fn dir(&self) -> &DirStat<'a> {
        &self.dir
    }

    /// 1 up to the fragment's end, 0x100 the whole fragment, 0x200 ordered by hash, 0x400 goes on by hash.
    #[must_use]
    pub fn flags(&self) -> u16 {
        self.flags
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entries, in wire order.
    pub fn iter(&self) -> impl Iterator<Item = DirEntry<'a>> + use<'a> {
        let (encoding, mut rest) = (self.encoding, Wire::new(self.entries, "extra"));
        (0..self.count).map_while(move |_| {
            let (next, entry) = DirEntry::decode(encoding, rest, &mut NoSink).ok()?;
            rest = next;
            Some(entry)
        })
    }
}

impl fmt::Debug for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} flags {:#x} ", self.dir, self.flags)?;
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Listing<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
