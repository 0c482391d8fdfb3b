//! MClientReply, type 26: an MDS answers a request, and issues caps with the answer.
//!
//! | offset | field |
//! | --- | --- |
//! | 0 | [`ReplyHead`], 15 bytes |
//! | 15 | blob: the [`Trace`], with `is_dentry` directory, its fragment, name, lease; with `is_target` inode |
//! | | blob: what the operation brings besides, [`Extra`] |
//! | | blob: snap trace |
//! | | bytes of versions newer than known |
//!
//! Trace and extra bytes are encoded in one of two ways, and the reply does not say in which: the session
//! does. They stay as they are until somebody asks with an [`Encoding`].
//!
//! Sources: `MClientReply`, `InodeStat`, `DirStat`, `LeaseStat` in `src/messages/MClientReply.h`, `struct
//! ceph_mds_reply_head` in `src/include/ceph_fs.h`, `CInode::encode_inodestat` in `src/mds/CInode.cc`; in
//! Linux `parse_reply_info` in `fs/ceph/mds_client.c`.

mod errno;
mod extra;
mod inode;
mod stat;
mod trace;

pub use extra::{Created, DirEntry, Extra, InoRange, Listing};
pub use inode::{
    Dir, DirLayout, DirStat, FragSplit, Inode, InodeCap, InodeHead, InodeMiddle, InodeStat,
    InodeTail, Lease, LeaseStat,
};
pub use stat::{Bare, Encoding, Form, Stat};
pub use trace::{Trace, TraceDentry};

use core::fmt;

use crate::wire::{
    BYTES, Field, NoSink, Put, REST, Row, Shape, Sink, Step, Wire, finish, record, rows,
};
use crate::{Fault, FaultKind};

use super::client_request::RequestOp;
use super::{decodes_front, encodes_front, show_bytes};

record! {
    /// `struct ceph_mds_reply_head`, 15 bytes.
    pub struct ReplyHead: 15 {
        /// operation of the request
        0 => pub op: RequestOp,
        /// 0 or more, or a negative error number
        4 => pub result: i32,
        /// epoch of the MDS's map
        8 => pub mdsmap_epoch: u32,
        /// 1: the change is in the journal; 0: a crash may undo it
        12 => pub safe: u8,
        /// 1: the trace has a dentry
        13 => pub is_dentry: u8,
        /// 1: the trace has an inode
        14 => pub is_target: u8,
    }
}

/// A whole MClientReply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientReply<'a> {
    version: u16,
    head: ReplyHead,
    trace: &'a [u8],
    extra: &'a [u8],
    snap_trace: &'a [u8],
    rest: &'a [u8],
}

impl ClientReply<'_> {
    /// The layout, a row for each field. Trace and extra bytes have the parts that
    /// [`trace_with`](ClientReply::trace_with) and [`extra_with`](ClientReply::extra_with) report.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the first 15 bytes
        head: ReplyHead,
        /// the dentry and the inode that the request was about
        trace: &[u8] = &Shape::Either(&[BYTES, Trace::SHAPE]),
        /// what the operation brings besides
        extra: &[u8] = &Shape::Either(&[BYTES, Extra::SHAPE]),
        /// the snap realms of the inode, encoded
        snap_trace: &[u8],
    ] (REST)};
}

// decode

decodes_front!(ClientReply);

impl<'a> ClientReply<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, head) = ReplyHead::decode(input, "head", sink)?;
        let (input, trace) = Field::decode(input, "trace", sink)?;
        let (input, extra) = Field::decode(input, "extra", sink)?;
        let (rest, snap_trace) = Field::decode(input, "snap_trace", sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, ClientReply { version, head, trace, extra, snap_trace, rest: rest.bytes }))
    }

    /// The trace. Offsets in faults are those of the front section.
    pub fn trace(&self, encoding: Encoding) -> Result<Trace<'a>, Fault> {
        self.trace_with(encoding, &mut NoSink)
    }

    /// As [`trace`](ClientReply::trace), and reports every field to `sink`.
    pub fn trace_with<S: Sink>(
        &self,
        encoding: Encoding,
        sink: &mut S,
    ) -> Result<Trace<'a>, Fault> {
        let input = Wire { bytes: self.trace, at: ReplyHead::SIZE + 4, within: "trace" };
        let parts = (self.head.is_dentry != 0, self.head.is_target != 0);
        whole(input, Trace::decode(parts, encoding, input, sink))
    }

    /// What the operation brings besides. Offsets in faults are those of the front section.
    pub fn extra(&self, encoding: Encoding) -> Result<Extra<'a>, Fault> {
        self.extra_with(encoding, &mut NoSink)
    }

    /// As [`extra`](ClientReply::extra), and reports every field to `sink`.
    pub fn extra_with<S: Sink>(
        &self,
        encoding: Encoding,
        sink: &mut S,
    ) -> Result<Extra<'a>, Fault> {
        let at = ReplyHead::SIZE + 4 + self.trace.len() + 4;
        let input = Wire { bytes: self.extra, at, within: "extra" };
        whole(input, Extra::decode(self.head.op, encoding, input, sink))
    }

    /// Whether anything in this reply depends on the encoding.
    #[must_use]
    pub fn depends_on_encoding(&self) -> bool {
        let lists = matches!(self.head.op, RequestOp::READDIR | RequestOp::LSSNAP);
        !self.trace.is_empty() || lists && !self.extra.is_empty()
    }

    /// The encoding: the first of [`Encoding::KNOWN`] in which trace and extra bytes can be read up to their
    /// last byte. The fault is that of the encoding that came furthest. Where nothing
    /// [depends](ClientReply::depends_on_encoding) on it, it is the first.
    pub fn find_encoding(&self) -> Result<Encoding, Fault> {
        let [first, others @ ..] = Encoding::KNOWN;
        let mut furthest = match self.reads_in(first) {
            Ok(()) => return Ok(first),
            Err(fault) => fault,
        };
        for encoding in others {
            match self.reads_in(encoding) {
                Ok(()) => return Ok(encoding),
                Err(fault) if fault.at > furthest.at => furthest = fault,
                Err(_) => {}
            }
        }
        Err(furthest)
    }

    fn reads_in(&self, encoding: Encoding) -> Result<(), Fault> {
        self.trace(encoding)?;
        self.extra(encoding)?;
        Ok(())
    }
}

/// The value, if its bytes end where those of `input` do.
fn whole<'a, T>(input: Wire<'a>, step: Step<'a, T>) -> Result<T, Fault> {
    let (rest, value) = finish(step)?;
    if rest.bytes.is_empty() {
        return Ok(value);
    }
    let len = input.bytes.len() as u64;
    let found = len - rest.bytes.len() as u64;
    let kind = FaultKind::Mismatch { found, other: len, with: "its length" };
    Err(Fault { field: input.within, at: rest.at, within: input.within, kind })
}

// encode

impl ClientReply<'_> {
    fn put(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.trace.encode(out);
        self.extra.encode(out);
        self.snap_trace.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientReply);

// build and read

impl<'a> ClientReply<'a> {
    /// A message of `version` (every version has the same fields) without trace and extra bytes.
    #[must_use]
    pub fn new(version: u16, head: ReplyHead) -> Self {
        ClientReply { version, head, ..ClientReply::default() }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The first 15 bytes.
    #[must_use]
    pub fn head(&self) -> &ReplyHead {
        &self.head
    }

    /// The trace, still encoded.
    #[must_use]
    pub fn trace_bytes(&self) -> &'a [u8] {
        self.trace
    }

    /// Sets the trace; `is_dentry` and `is_target` of the head say what is in it.
    pub fn set_trace_bytes(&mut self, trace: &'a [u8]) {
        self.trace = trace;
    }

    /// The extra bytes, still encoded.
    #[must_use]
    pub fn extra_bytes(&self) -> &'a [u8] {
        self.extra
    }

    /// Sets the extra bytes.
    pub fn set_extra_bytes(&mut self, extra: &'a [u8]) {
        self.extra = extra;
    }

    /// The snap realms of the inode, still encoded.
    #[must_use]
    pub fn snap_trace(&self) -> &'a [u8] {
        self.snap_trace
    }

    /// Sets the snap trace.
    pub fn set_snap_trace(&mut self, snap_trace: &'a [u8]) {
        self.snap_trace = snap_trace;
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientReply::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    /// The message as a daemon logs it. The tid stands in the messenger's header and is part of that line.
    #[must_use]
    pub fn summary(&self, tid: u64) -> Summary {
        Summary { head: self.head, tid }
    }
}

/// A message in the daemons' own words; see [`ClientReply::summary`].
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    head: ReplyHead,
    tid: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReplyHead { op, result, safe, .. } = self.head;
        write!(f, "client_reply(???:{} = {result}", self.tid)?;
        if result <= 0 {
            let number = result.unsigned_abs();
            match errno::text(number) {
                Some(text) => write!(f, " ({number}) {text}")?,
                None => write!(f, " ({number}) Unknown error {number}")?,
            }
        }
        match (op.is_write(), safe) {
            (false, _) => f.write_str(")"),
            (true, 0) => f.write_str(" unsafe)"),
            (true, _) => f.write_str(" safe)"),
        }
    }
}

impl fmt::Display for ClientReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary(0).fmt(f)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
