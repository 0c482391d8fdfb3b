//! MClientReconnect, type 23: a client tells an MDS that came back which caps it holds. The MDS keeps their
//! ids and starts their counters over.
//!
//! All of it is in the *data* section.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | [`CapItems`]: u32 count, then an inode number and what the client holds of it, each |
//! | 0 | [`RealmItems`]: snap realms, before version 4 without a count, to the end |
//! | 5.. | [`ReconnectTail`]: whether more messages follow |
//! | | bytes of versions newer than known |
//!
//! Sources: `MClientReconnect` in `src/messages/MClientReconnect.h`, `cap_reconnect_t` and
//! `snaprealm_reconnect_t` in `src/mds/mdstypes.cc`; in Linux `reconnect_caps_cb` in `fs/ceph/mds_client.c`.

mod item;

pub use item::{
    BareCapItem, CapItem, CapItems, CapReconnect, CapReconnectV1, HeldCap, OldCapItem, RealmItem,
    RealmItems, RealmReconnect,
};

use core::fmt;

use crate::Fault;
use crate::wire::{NoSink, Put, REST, Row, Sink, Step, Wire, finish, gated, rows};

use super::{Gate, Sections, encodes, show_bytes};

gated! {
    /// The field that came with a later version.
    pub struct ReconnectTail<'a> {
        /// 1: another message goes on with the list
        since 5 => more / set_more: u8,
    }
}

/// A whole MClientReconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientReconnect<'a> {
    version: u16,
    caps: CapItems<'a>,
    realms: RealmItems<'a>,
    tail: ReconnectTail<'a>,
    rest: &'a [u8],
}

impl ClientReconnect<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the caps that the client holds
        caps: CapItems<'_> = CapItems::SHAPE,
        /// the snap realms that it knows
        realms: RealmItems<'_> = RealmItems::SHAPE,
    ] (ReconnectTail::LAYOUT) (REST)};
}

// decode

impl<'a> ClientReconnect<'a> {
    /// Decodes the data section of a message whose header said `version`.
    pub fn decode(version: u16, sections: Sections<'a>) -> Result<Self, Fault> {
        Self::decode_with(version, sections, &mut NoSink)
    }

    /// As [`decode`](ClientReconnect::decode), and reports every field to `sink`.
    pub fn decode_with<S: Sink>(
        version: u16,
        sections: Sections<'a>,
        sink: &mut S,
    ) -> Result<Self, Fault> {
        finish(Self::data(version, Wire::new(sections.data, "data"), sink))
            .map(|(_, reconnect)| reconnect)
    }

    fn data<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, caps) = CapItems::decode(version, input, sink)?;
        let (input, realms) = RealmItems::decode(version, input, sink)?;
        let gate = Gate { version, ..Gate::default() };
        let (rest, tail) = ReconnectTail::decode(gate, input, sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, ClientReconnect { version, caps, realms, tail, rest: rest.bytes }))
    }
}

// encode

impl<'a> ClientReconnect<'a> {
    fn put(&self, out: &mut impl Put) {
        self.caps.encode(out);
        self.realms.encode(out);
        self.tail.encode(out);
        out.put(self.rest);
    }
}

encodes!(ClientReconnect, "data", data_len, encode_data, data_to_vec);

// build and read

impl<'a> ClientReconnect<'a> {
    /// A message of `version`; `None` if one of the lists is not of the form that this version has.
    #[must_use]
    pub fn new(version: u16, caps: CapItems<'a>, realms: RealmItems<'a>) -> Option<Self> {
        let tail = ReconnectTail::new(Gate { version, ..Gate::default() });
        let fits = caps.fits(version) && realms.fits(version);
        fits.then_some(ClientReconnect { version, caps, realms, tail, rest: &[] })
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The caps that the client holds.
    #[must_use]
    pub fn caps(&self) -> &CapItems<'a> {
        &self.caps
    }

    /// The snap realms that it knows.
    #[must_use]
    pub fn realms(&self) -> &RealmItems<'a> {
        &self.realms
    }

    /// The fields that came with later versions.
    #[must_use]
    pub fn tail(&self) -> &ReconnectTail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut ReconnectTail<'a> {
        &mut self.tail
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientReconnect::rest). Before version 4 there is no room for it: the realms go to the
    /// end.
    pub fn set_rest(&mut self, rest: &'a [u8]) -> Result<(), super::NotInVersion> {
        if self.version < 4 {
            return Err(super::NotInVersion { field: "rest", version: self.version });
        }
        self.rest = rest;
        Ok(())
    }
}

impl fmt::Display for ClientReconnect<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client_reconnect({} caps {} realms )", self.caps.len(), self.realms.len())
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
