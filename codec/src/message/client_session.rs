//! MClientSession, type 22: a client and an MDS open, renew, recall and close their session.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | [`SessionHead`], 28 bytes |
//! | 2.. | [`SessionTail`]: metadata, features, ... |
//! | | bytes of versions newer than known |
//!
//! A sender with nothing to add sends version 1. Sources: `MClientSession` in
//! `src/messages/MClientSession.h`, `struct ceph_mds_session_head` in `src/include/ceph_fs.h`.

use core::fmt;

use crate::types::{Timespec, named_number};
use crate::wire::{
    Entry, Field, List, Put, REST, Row, Sink, Step, Text, Versioned, Wire, gated, record, rows,
};

use super::{Gate, decodes_front, encodes_front, show_bytes};

named_number! {
    /// What a MClientSession does. Source: `CEPH_SESSION_*` in `src/include/ceph_fs.h`.
    pub struct SessionOp(u32) {
        /// Client to MDS.
        0 REQUEST_OPEN "request_open",
        /// MDS to client; also without a request, when a migration brings the client's caps.
        1 OPEN "open",
        /// Client to MDS.
        2 REQUEST_CLOSE "request_close",
        /// MDS to client: every cap of this session is gone.
        3 CLOSE "close",
        /// Client to MDS.
        4 REQUEST_RENEWCAPS "request_renewcaps",
        /// MDS to client.
        5 RENEWCAPS "renewcaps",
        /// MDS to client: the caps are no longer to be trusted.
        6 STALE "stale",
        /// MDS to client: keep at most `max_caps`.
        7 RECALL_STATE "recall_state",
        /// MDS to client: answer when everything up to here is processed.
        8 FLUSHMSG "flushmsg",
        /// Client to MDS: that answer.
        9 FLUSHMSG_ACK "flushmsg_ack",
        /// MDS to client.
        10 FORCE_RO "force_ro",
        /// MDS to client: the session is refused.
        11 REJECT "reject",
        /// Client to MDS.
        12 REQUEST_FLUSH_MDLOG "request_flushmdlog",
    }
}

record! {
    /// `struct ceph_mds_session_head`, 28 bytes.
    pub struct SessionHead: 28 {
        /// operation
        0 => pub op: SessionOp,
        /// counts what the MDS pushed to the client in this session
        4 => pub seq: u64,
        /// when it was sent
        12 => pub stamp: Timespec,
        /// with recall_state: how many caps the client may keep
        20 => pub max_caps: u32,
        /// and how many leases
        24 => pub max_leases: u32,
    }
}

gated! {
    /// The fields that came with later versions, in wire order.
    pub struct SessionTail<'a> {
        /// what the client says of itself: hostname, mount root, versions
        since 2 => metadata / set_metadata: List<'a, Entry<Text<'a>, Text<'a>>>,
        /// bit set of the features it supports
        since 3 => features / set_features: &'a [u8],
        /// which metrics it sends
        since 4 => metric_spec / set_metric_spec: Versioned<'a>,
        /// 1: the client is blocklisted
        since 5 => flags / set_flags: u32,
        /// what the session's credentials allow, by path
        since 6 => cap_auths / set_cap_auths: List<'a, Versioned<'a>>,
        /// the oldest request still unanswered
        since 7 => oldest_client_tid / set_oldest_client_tid: u64,
    }
}

/// A whole MClientSession.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientSession<'a> {
    version: u16,
    head: SessionHead,
    tail: SessionTail<'a>,
    rest: &'a [u8],
}

impl ClientSession<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the first 28 bytes
        head: SessionHead,
    ] (SessionTail::LAYOUT) (REST)};
}

// decode

decodes_front!(ClientSession);

impl<'a> ClientSession<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, head) = SessionHead::decode(input, "head", sink)?;
        let (rest, tail) = SessionTail::decode(Gate { version, import: false }, input, sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, ClientSession { version, head, tail, rest: rest.bytes }))
    }
}

// encode

impl<'a> ClientSession<'a> {
    fn put(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.tail.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientSession);

// build and read

impl<'a> ClientSession<'a> {
    /// A message of `version`, everything behind the head at its default.
    #[must_use]
    pub fn new(version: u16, head: SessionHead) -> Self {
        let tail = SessionTail::new(Gate { version, import: false });
        ClientSession { version, head, tail, rest: &[] }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The first 28 bytes.
    #[must_use]
    pub fn head(&self) -> &SessionHead {
        &self.head
    }

    /// The fields that came with later versions.
    #[must_use]
    pub fn tail(&self) -> &SessionTail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut SessionTail<'a> {
        &mut self.tail
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientSession::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }
}

impl fmt::Display for ClientSession<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client_session({}", self.head.op)?;
        if self.head.seq != 0 {
            write!(f, " seq {}", self.head.seq)?;
        }
        if self.head.op == SessionOp::RECALL_STATE {
            write!(f, " max_caps {} max_leases {}", self.head.max_caps, self.head.max_leases)?;
        }
        f.write_str(")")
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::message::Sections;
    use std::string::ToString;

    /// Version 3 by hand: head, one metadata pair, an 8-byte feature set.
    const OPEN_V3: &[u8] = b"\x00\0\0\0\x05\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\
        \x01\0\0\0\x04\0\0\0host\x02\0\0\0n1\x08\0\0\0\xff\x3f\0\0\0\0\0\0";

    #[test]
    fn metadata_is_read_and_written_back() {
        let session =
            ClientSession::decode(3, Sections { front: OPEN_V3, ..Default::default() }).unwrap();
        assert_eq!(session.to_string(), "client_session(request_open seq 5)");
        let pair = session.tail().metadata().unwrap().iter().next().unwrap();
        assert_eq!((pair.key.0, pair.value.0), (&b"host"[..], &b"n1"[..]));
        assert_eq!(session.tail().features().map(<[u8]>::len), Some(8));
        assert_eq!(session.tail().flags(), None);
        assert_eq!(session.front_to_vec(), OPEN_V3);
    }

    #[test]
    fn a_count_beyond_the_end_says_which_item_is_missing() {
        let mut bytes = OPEN_V3.to_vec();
        bytes[28] = 200;
        let fault =
            ClientSession::decode(3, Sections { front: &bytes, ..Default::default() }).unwrap_err();
        assert!(fault.at > 28, "{fault}");
    }
}
