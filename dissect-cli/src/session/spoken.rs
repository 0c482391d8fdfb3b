//! What the session stage hands on.

use ceph_codec::message::{Header, Sections};
use ceph_codec::msgr::{Item, Parcel};

use crate::place::Place;
use crate::stream::{ConnId, Dir};

/// Something whole that one end said: a message, or what messengers say to each other between messages.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    /// The packet that completed it.
    pub place: Place,
    /// Its connection.
    pub conn: ConnId,
    /// Its direction there.
    pub dir: Dir,
    /// Offset of its first byte in that direction.
    pub offset: u64,
    /// Its bytes there. Of what was passed over or is damaged, they may be the head alone.
    pub bytes: &'a [u8],
    /// What the messenger made of them.
    pub item: &'a Item<'a>,
    /// Whether it is a message that the session had delivered before, on an earlier connection.
    pub replayed: bool,
    /// Whether a metadata server said it.
    pub from_mds: bool,
}

impl<'a> Spoken<'a> {
    /// The message, if it is one that was read.
    pub fn envelope(&self) -> Option<Envelope<'a>> {
        let Item::Message(Parcel { header, sections, .. }) = self.item else { return None };
        let sections = *sections;
        let Spoken { place, conn, dir, offset, replayed, from_mds, .. } = *self;
        Some(Envelope { place, conn, dir, offset, header, sections, replayed, from_mds })
    }

    /// What the messenger says of the message, if it is one and that could be read.
    pub fn header(&self) -> Option<&'a Header> {
        match self.item {
            Item::Message(parcel) => Some(&parcel.header),
            Item::MessageSkipped { header, .. } => Some(header),
            Item::Damaged { header, .. } => header.as_ref(),
            _ => None,
        }
    }
}

/// A message, out of its frames, with where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The packet that completed it.
    pub place: Place,
    /// Its connection.
    pub conn: ConnId,
    /// Its direction there.
    pub dir: Dir,
    /// Offset of its first byte in that direction.
    pub offset: u64,
    /// What the messenger says of it.
    pub header: &'a Header,
    /// The payload.
    pub sections: Sections<'a>,
    /// Whether the session had delivered it before, on an earlier connection.
    pub replayed: bool,
    /// Whether a metadata server sent it.
    pub from_mds: bool,
}
