//! msgr1's bytes.

use alloc::vec::Vec;

use super::{BANNER, FooterFlags, Item, MessageHeader, PlainFooter, SignedFooter, Tag};
use crate::crc32c;
use crate::message::{Header, Sections};
use crate::wire::Field;

impl Item<'_> {
    /// Appends the item's bytes. Lengths of authorizers are set here. An aborted message has no bytes of
    /// its own: they were never read.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Item::Banner => out.extend_from_slice(BANNER),
            Item::ConnectorAddress(address) => address.encode(out),
            Item::AcceptorAddresses { own, peer } => {
                own.encode(out);
                peer.encode(out);
            }
            Item::Connect { request, authorizer } => {
                let authorizer_len = authorizer.len() as u32;
                super::Connect { authorizer_len, ..*request }.encode(out);
                out.extend_from_slice(authorizer);
            }
            Item::Reply { reply, authorizer } => {
                let authorizer_len = authorizer.len() as u32;
                super::ConnectReply { authorizer_len, ..*reply }.encode(out);
                out.extend_from_slice(authorizer);
            }
            Item::Seq(seq) => seq.encode(out),
            Item::Ack(seq) => {
                Tag::ACK.encode(out);
                seq.encode(out);
            }
            Item::Keepalive => Tag::KEEPALIVE.encode(out),
            Item::Keepalive2(time) => {
                Tag::KEEPALIVE2.encode(out);
                time.encode(out);
            }
            Item::Keepalive2Ack(time) => {
                Tag::KEEPALIVE2_ACK.encode(out);
                time.encode(out);
            }
            Item::Close => Tag::CLOSE.encode(out),
            Item::Aborted(_) => {}
        }
    }
}

/// Appends a message: tag, header, sections, footer of 21 bytes or of 13.
///
/// Lengths and checksums are set here. The source is `header.source`.
pub fn encode_message(header: &Header, sections: &Sections<'_>, msg_auth: bool, out: &mut Vec<u8>) {
    let mut head = MessageHeader {
        seq: header.seq,
        tid: header.tid,
        kind: header.kind,
        priority: header.priority,
        version: header.version,
        front_len: sections.front.len() as u32,
        middle_len: sections.middle.len() as u32,
        data_len: sections.data.len() as u32,
        data_off: header.data_off,
        source: header.source.unwrap_or_default(),
        compat_version: header.compat_version,
        reserved: 0,
        crc: 0,
    };
    Tag::MSG.encode(out);
    let at = out.len();
    head.encode(out);
    head.crc = crc32c(0, &out[at..at + 49]);
    out.truncate(at);
    head.encode(out);
    out.extend_from_slice(sections.front);
    out.extend_from_slice(sections.middle);
    out.extend_from_slice(sections.data);
    let front_crc = crc32c(0, sections.front);
    let middle_crc = crc32c(0, sections.middle);
    let data_crc = crc32c(0, sections.data);
    let flags = FooterFlags::COMPLETE;
    match msg_auth {
        true => {
            SignedFooter { front_crc, middle_crc, data_crc, signature: 0, flags }.encode(out);
        }
        false => PlainFooter { front_crc, middle_crc, data_crc, flags }.encode(out),
    }
}
