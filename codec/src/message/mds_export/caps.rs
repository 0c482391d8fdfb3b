//! MExportCaps, type 0x470: a rank that has no authority over an inode hands the caps that it issued over to the
//! one that has.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | u64 inode |
//! | 0 | u32 length, then [`InodeCaps`] in an [`Envelope`] |
//! | 0 | u32 count, then a client's number and [`ClientInst`], each |
//! | 2 | [`ExportCapsTail`]: what the clients said of themselves |
//! | | bytes of versions newer than known |

use core::fmt;

use crate::message::{Gate, decodes_front, encodes_front, show_bytes};
use crate::types::InodeNo;
use crate::wire::{
    Encoded, Entry, Envelope, Field, List, Put, REST, Row, Sink, Step, Wire, enveloped, gated, rows,
};

use super::{ClientInst, ClientMetadata, ExportedCap, ExportedCaps};

gated! {
    /// The caps on an inode, from a rank that has no authority over it.
    pub struct InodeCaps<'a> {
        /// caps, each behind its client's number
        since 0 => exports / set_exports: ExportedCaps<'a>,
    }
}

enveloped!(InodeCaps);

gated! {
    /// The field that came with a later version.
    pub struct ExportCapsTail<'a> {
        /// what the clients said of themselves, each behind its number
        since 2 => client_metadata_map / set_client_metadata_map: List<'a, Entry<i64, Envelope<'a, ClientMetadata<'a>>>>,
    }
}

/// A whole MExportCaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExportCaps<'a> {
    version: u16,
    ino: InodeNo,
    cap_bl: Encoded<'a, Envelope<'a, InodeCaps<'a>>>,
    client_map: List<'a, Entry<i64, ClientInst<'a>>>,
    tail: ExportCapsTail<'a>,
    rest: &'a [u8],
}

impl ExportCaps<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the inode
        ino: InodeNo,
        /// its caps
        cap_bl: Encoded<'_, Envelope<'_, InodeCaps<'_>>>,
        /// the clients, each behind its number
        client_map: List<'_, Entry<i64, ClientInst<'_>>>,
    ] (ExportCapsTail::LAYOUT) (REST)};
}

// decode

decodes_front!(ExportCaps);

impl<'a> ExportCaps<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, ino) = InodeNo::decode(input, "ino", sink)?;
        let (input, cap_bl) = Encoded::decode(input, "cap_bl", sink)?;
        let (input, client_map) = List::decode(input, "client_map", sink)?;
        let gate = Gate { version, ..Gate::default() };
        let (rest, tail) = ExportCapsTail::decode(gate, input, sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, ExportCaps { version, ino, cap_bl, client_map, tail, rest: rest.bytes }))
    }
}

// encode

impl<'a> ExportCaps<'a> {
    fn put(&self, out: &mut impl Put) {
        self.ino.encode(out);
        self.cap_bl.encode(out);
        self.client_map.encode(out);
        self.tail.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ExportCaps);

// build and read

impl<'a> ExportCaps<'a> {
    /// A message of `version`, everything behind the clients at its default.
    #[must_use]
    pub fn new(
        version: u16,
        ino: InodeNo,
        cap_bl: Encoded<'a, Envelope<'a, InodeCaps<'a>>>,
        client_map: List<'a, Entry<i64, ClientInst<'a>>>,
    ) -> Self {
        let tail = ExportCapsTail::new(Gate { version, ..Gate::default() });
        ExportCaps { version, ino, cap_bl, client_map, tail, rest: &[] }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The inode.
    #[must_use]
    pub fn ino(&self) -> InodeNo {
        self.ino
    }

    /// Its caps as they are encoded.
    #[must_use]
    pub fn cap_bl(&self) -> &Encoded<'a, Envelope<'a, InodeCaps<'a>>> {
        &self.cap_bl
    }

    /// The clients and their caps. None where the caps are of a form that is not known.
    pub fn exports(&self) -> impl Iterator<Item = (i64, ExportedCap)> + use<'a> {
        let content = self.cap_bl.content().copied().unwrap_or_default();
        content.fields().exports.caps()
    }

    /// The clients, each behind its number.
    #[must_use]
    pub fn client_map(&self) -> List<'a, Entry<i64, ClientInst<'a>>> {
        self.client_map
    }

    /// The fields that came with later versions.
    #[must_use]
    pub fn tail(&self) -> &ExportCapsTail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut ExportCapsTail<'a> {
        &mut self.tail
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ExportCaps::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }
}

impl fmt::Display for ExportCaps<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export_caps({})", self.ino)
    }
}
