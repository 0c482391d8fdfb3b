//! MClientCaps, type 0x310: an MDS and a client talk about the capabilities on one inode.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | [`Head`], 92 bytes |
//! | 0 | [`Body`], 84 bytes: the inode's state, or with EXPORT from version 3 on the importer's cap |
//! | 0 | [`SnapTrace`], `snap_trace_len` bytes |
//! | 1.. | [`Tail`]: flock, the IMPORT's peer, inline data, ... |
//! | | bytes of versions newer than known |
//! | 0 | middle section: extended attributes, `xattr_len` bytes |
//!
//! Sources: `MClientCaps::decode_payload` in `src/messages/MClientCaps.h`, `struct ceph_mds_caps_head` and
//! `ceph_mds_caps_body_legacy` in `src/include/ceph_fs.h`; in Linux `struct ceph_mds_caps` and
//! `ceph_handle_caps` in `fs/ceph/caps.c`.

mod body;
mod head;
mod tail;

pub use body::{Body, Export, ExportPeer, FileLayout, ImportPeer, PeerFlags, State};
pub use head::{CapOp, Head};
pub use tail::Tail;

use core::fmt;

use crate::types::Opaque;
use crate::wire::{Field, Fixed, NoSink, Put, REST, Row, Sink, Wire, finish, rows, take};
use crate::{Fault, FaultKind};

use super::snap_trace::SnapTrace;
use super::{Gate, NotInVersion, Sections, encodes_front, show_bytes};

/// The newest version whose every field has a name here.
pub const NEWEST: u16 = 14;

/// A whole MClientCaps.
///
/// What depends on the version and the operation is private and consistent by construction: every value of
/// this type survives [`encode`](ClientCaps::encode_front) and [`decode`](ClientCaps::decode) unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientCaps<'a> {
    version: u16,
    head: Head,
    body: Body,
    snap_trace: &'a [u8],
    tail: Tail<'a>,
    rest: &'a [u8],
    xattrs: &'a [u8],
}

impl ClientCaps<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the first 92 bytes
        head: Head,
        /// the inode's state; EXPORT has none
        state: State,
        /// EXPORT: the importer's cap
        @since 3 @if export export: Export,
        /// EXPORT before version 3: bytes without a meaning
        @if export unread: Opaque<84>,
        /// the snap realms of the inode
        snap_trace: &[u8] = SnapTrace::SHAPE,
    ] (Tail::LAYOUT) (REST) [
        /// the middle section: extended attributes, encoded
        xattrs: &[u8],
    ]};
}

// decode

impl<'a> ClientCaps<'a> {
    /// Decodes the front and middle sections of a message whose header said `version`.
    ///
    /// Nothing is copied but numbers; nothing is allocated. Bytes that a newer version put behind the known
    /// fields come back from [`rest`](ClientCaps::rest).
    #[inline]
    pub fn decode(version: u16, sections: Sections<'a>) -> Result<Self, Fault> {
        Self::decode_with(version, sections, &mut NoSink)
    }

    /// As [`decode`](ClientCaps::decode), and reports every field to `sink`.
    // Fields that the caller does not look at are then checked, and not put together.
    #[inline(always)]
    pub fn decode_with<S: Sink>(
        version: u16,
        sections: Sections<'a>,
        sink: &mut S,
    ) -> Result<Self, Fault> {
        let input = Wire::new(sections.front, "front");
        let (input, head) = finish(Head::bytes(input, "head", sink))?;
        let Head { op, snap_trace_len, xattr_len, .. } = Head::read(head);
        let gate = Gate { version, import: op == CapOp::IMPORT };
        let (input, body) = finish(Body::bytes(op, version, input, sink))?;
        let (input, snap_trace) = finish(take(input, "snap_trace", u64::from(snap_trace_len)))?;
        if S::ON {
            SnapTrace::of(snap_trace, "snap_trace", sink);
        }
        let (rest, tail) = finish(Tail::decode(gate, input, sink))?;
        show_bytes(rest, "rest", sink);
        let xattrs = middle(xattr_len, sections.middle, sink)?;
        Ok(ClientCaps {
            version,
            head: Head::read(head),
            body: Body::read(op, version, body),
            snap_trace: snap_trace.bytes,
            tail,
            rest: rest.bytes,
            xattrs,
        })
    }
}

#[inline]
fn middle<'a, S: Sink>(expected: u32, bytes: &'a [u8], sink: &mut S) -> Result<&'a [u8], Fault> {
    if bytes.len() as u64 != u64::from(expected) {
        let kind = FaultKind::Mismatch {
            found: bytes.len() as u64,
            other: u64::from(expected),
            with: "xattr_len",
        };
        return Err(Fault { field: "xattrs", at: 0, within: "middle", kind });
    }
    show_bytes(Wire::new(bytes, "middle"), "xattrs", sink);
    Ok(bytes)
}

// encode

impl<'a> ClientCaps<'a> {
    #[inline]
    fn put(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.body.encode(out);
        out.put(self.snap_trace);
        self.tail.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientCaps);

// build and read

impl<'a> ClientCaps<'a> {
    /// A message of `version` with the body that `head.op` asks for, everything behind it at its default.
    ///
    /// The lengths in `head` are set here and by the setters. `None` if `body` is not the one that this
    /// version and operation have: [`Body::Export`] with EXPORT from version 3 on, [`Body::Unread`] with an
    /// older EXPORT, [`Body::State`] with everything else.
    #[must_use]
    pub fn new(version: u16, head: Head, body: Body) -> Option<Self> {
        if !body.fits(head.op, version) {
            return None;
        }
        let gate = Gate { version, import: head.op == CapOp::IMPORT };
        let head = Head { snap_trace_len: 0, xattr_len: 0, ..head };
        Some(ClientCaps {
            version,
            head,
            body,
            snap_trace: &[],
            tail: Tail::new(gate),
            rest: &[],
            xattrs: &[],
        })
    }

    /// The header's version.
    #[inline]
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The first 92 bytes.
    #[inline]
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The 84 bytes behind the head, in the reading that this message has.
    #[inline]
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// EXPORT from version 3 on: the cap that the importer made for this client.
    #[inline]
    #[must_use]
    pub fn export_peer(&self) -> Option<ExportPeer> {
        match self.body {
            Body::Export(export) => Some(export.peer),
            Body::State(_) | Body::Unread(_) => None,
        }
    }

    /// The inode's state: sizes, times, layout. EXPORT has none.
    #[inline]
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        match &self.body {
            Body::State(state) => Some(state),
            Body::Export(_) | Body::Unread(_) => None,
        }
    }

    /// The snap realms of the inode, still encoded; see [`snap_realms`](ClientCaps::snap_realms).
    #[inline]
    #[must_use]
    pub fn snap_trace(&self) -> &'a [u8] {
        self.snap_trace
    }

    /// The snap realms of the inode, read now.
    #[must_use]
    pub fn snap_realms(&self) -> SnapTrace<'a> {
        SnapTrace::read(self.snap_trace)
    }

    /// The fields that came with later versions.
    #[inline]
    #[must_use]
    pub fn tail(&self) -> &Tail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut Tail<'a> {
        &mut self.tail
    }

    /// IMPORT from version 3 on: the cap that the exporter gave up.
    #[inline]
    #[must_use]
    pub fn import_peer(&self) -> Option<ImportPeer> {
        self.tail.import_peer()
    }

    /// What a newer version wrote behind the fields known here.
    #[inline]
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientCaps::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    /// The middle section: a map of extended attributes, still encoded.
    #[inline]
    #[must_use]
    pub fn xattrs(&self) -> &'a [u8] {
        self.xattrs
    }

    /// Sets the middle section and `xattr_len`; refused if it is longer than a u32 can say.
    pub fn set_xattrs(&mut self, xattrs: &'a [u8]) -> Result<(), NotInVersion> {
        self.head.xattr_len = wire_len("xattrs", self.version, xattrs)?;
        self.xattrs = xattrs;
        Ok(())
    }

    /// Sets the snap trace and `snap_trace_len`; refused if it is longer than a u32 can say.
    pub fn set_snap_trace(&mut self, snap_trace: &'a [u8]) -> Result<(), NotInVersion> {
        self.head.snap_trace_len = wire_len("snap_trace", self.version, snap_trace)?;
        self.snap_trace = snap_trace;
        Ok(())
    }
}

fn wire_len(field: &'static str, version: u16, bytes: &[u8]) -> Result<u32, NotInVersion> {
    u32::try_from(bytes.len()).map_err(|_| NotInVersion { field, version })
}

/// A message in the daemons' own words; see [`ClientCaps::summary`].
#[derive(Clone, Copy, Debug)]
pub struct Summary<'m, 'a> {
    caps: &'m ClientCaps<'a>,
    tid: u64,
}

impl<'a> ClientCaps<'a> {
    /// The message as a daemon of Ceph 16 or later logs it, in the zone UTC. The tid stands in the messenger's
    /// header and is part of that line. A daemon does not log the caps that migrations name: see
    /// [`export_peer`](ClientCaps::export_peer) and [`import_peer`](ClientCaps::import_peer).
    ///
    /// Source: `MClientCaps::print` in `src/messages/MClientCaps.h`.
    #[must_use]
    pub fn summary(&self, tid: u64) -> Summary<'_, 'a> {
        Summary { caps: self, tid }
    }
}

impl fmt::Display for Summary<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = &self.caps.head;
        write!(f, "client_caps({} ino {} {} seq {}", head.op, head.ino, head.cap_id, head.seq)?;
        if self.tid != 0 {
            write!(f, " tid {}", self.tid)?;
        }
        write!(f, " caps={} dirty={} wanted={}", head.caps, head.dirty, head.wanted)?;
        write!(f, " follows {}", head.snap_follows)?;
        if head.mseq.0 != 0 {
            write!(f, " mseq {}", head.mseq)?;
        }
        let state = match &self.caps.body {
            Body::State(state) => *state,
            // An EXPORT has no state: what is logged are zeros.
            Body::Export(_) | Body::Unread(_) => State::default(),
        };
        write!(f, " size {}/{}", state.size, state.max_size)?;
        if state.truncate_seq != 0 {
            write!(f, " ts {}/{}", state.truncate_seq, state.truncate_size)?;
        }
        write!(f, " mtime {} ctime {}", state.mtime.logged(), state.ctime.logged())?;
        write!(f, " change_attr {}", self.caps.tail.change_attr().unwrap_or(0))?;
        if state.time_warp_seq != 0 {
            write!(f, " tws {}", state.time_warp_seq)?;
        }
        if head.xattr_version != 0 {
            write!(f, " xattrs(v={} l={})", head.xattr_version, head.xattr_len)?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for ClientCaps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary(0).fmt(f)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
