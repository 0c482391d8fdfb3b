//! MClientRequestForward, type 25: an MDS passed a request on to another rank, or tells the client to.
//!
//! | offset | field |
//! | --- | --- |
//! | 0 | [`Forward`], 9 bytes |
//! | | bytes of versions newer than known |
//!
//! Sources: `MClientRequestForward` in `src/messages/MClientRequestForward.h`; in Linux `handle_forward` in
//! `fs/ceph/mds_client.c`.

use core::fmt;

use crate::types::Rank;
use crate::wire::{Field, Put, REST, Row, Sink, Step, Wire, record, rows};

use super::{decodes_front, encodes_front, show_bytes};

record! {
    /// The fields, 9 bytes.
    pub struct Forward: 9 {
        /// rank that the request belongs to
        0 => pub dest_mds: Rank,
        /// how often the request was forwarded by now
        4 => pub num_fwd: u32,
        /// 1: the client has to send the request again, to that rank
        8 => pub client_must_resend: u8,
    }
}

/// A whole MClientRequestForward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientRequestForward<'a> {
    version: u16,
    forward: Forward,
    rest: &'a [u8],
}

impl ClientRequestForward<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the first 9 bytes
        forward: Forward,
    ] (REST)};
}

// decode

decodes_front!(ClientRequestForward);

impl<'a> ClientRequestForward<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (rest, forward) = Forward::decode(input, "forward", sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, ClientRequestForward { version, forward, rest: rest.bytes }))
    }
}

// encode

impl ClientRequestForward<'_> {
    fn put(&self, out: &mut impl Put) {
        self.forward.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientRequestForward);

// build and read

impl<'a> ClientRequestForward<'a> {
    /// A message of `version`; every version has the same fields.
    #[must_use]
    pub fn new(version: u16, forward: Forward) -> Self {
        ClientRequestForward { version, forward, rest: &[] }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The fields.
    #[must_use]
    pub fn forward(&self) -> &Forward {
        &self.forward
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientRequestForward::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    /// The message as a daemon logs it. The tid stands in the messenger's header and is part of that line.
    #[must_use]
    pub fn summary(&self, tid: u64) -> Summary {
        Summary { forward: self.forward, tid }
    }
}

/// A message in the daemons' own words; see [`ClientRequestForward::summary`].
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    forward: Forward,
    tid: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Forward { dest_mds, num_fwd, client_must_resend } = self.forward;
        write!(f, "client_request_forward({} to mds.{dest_mds} num_fwd={num_fwd}", self.tid)?;
        f.write_str(if client_must_resend == 0 { ")" } else { " client_must_resend)" })
    }
}

impl fmt::Display for ClientRequestForward<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary(0).fmt(f)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::message::Sections;
    use std::string::ToString;

    #[test]
    fn a_forward_says_where_to_and_keeps_what_comes_behind() {
        let front = b"\x01\0\0\0\x02\0\0\0\x01later";
        let forward =
            ClientRequestForward::decode(1, Sections { front, ..Default::default() }).unwrap();
        assert_eq!(
            forward.summary(4516).to_string(),
            "client_request_forward(4516 to mds.1 num_fwd=2 client_must_resend)"
        );
        assert_eq!(forward.rest(), b"later");
        assert_eq!(forward.front_to_vec(), front);
        let mut built = ClientRequestForward::new(1, *forward.forward());
        built.set_rest(b"later");
        assert_eq!(built, forward);
    }

    #[test]
    fn a_cut_forward_names_the_field() {
        let front = b"\x01\0\0\0\x02\0\0";
        let fault =
            ClientRequestForward::decode(1, Sections { front, ..Default::default() }).unwrap_err();
        assert_eq!(fault.to_string(), "num_fwd at byte 4 of front: needs 4 bytes, 3 are there");
    }
}
