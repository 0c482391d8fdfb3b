//! The first messenger, `ceph v027`: a handshake of fixed records, then tagged items.
//!
//! Sources: `src/msg/async/ProtocolV1.cc` and `src/include/msgr.h` in Ceph, `net/ceph/messenger_v1.c` and
//! `include/linux/ceph/msgr.h` in Linux.

mod step;
#[cfg(feature = "alloc")]
mod write;

pub(super) use step::{State, items_follow, probe};
#[cfg(feature = "alloc")]
pub use write::encode_message;

use crate::message::{Header, MessageType};
use crate::types::{EntityName, EntityType, LegacyAddress, Timespec, named_number};
use crate::wire::record;

/// The first bytes of either direction.
pub const BANNER: &[u8] = b"ceph v027";

/// Feature bits that decide how msgr1 frames. Source: `src/include/ceph_features.h`.
pub mod feature {
    /// MSG_AUTH: footers hold a signature, 21 bytes instead of 13.
    pub const MSG_AUTH: u64 = 1 << 23;
    /// NOSRCADDR: headers of 53 bytes; every release since 2010 has it.
    pub const NOSRCADDR: u64 = 1 << 1;
    /// MSG_ADDR2: addresses of the modern form.
    pub const MSG_ADDR2: u64 = 1 << 59;
    /// CEPHX_V2: signatures cover the lengths too.
    pub const CEPHX_V2: u64 = 1 << 61;
}

named_number! {
    /// What an item is. Source: `CEPH_MSGR_TAG_*` in `src/include/msgr.h`.
    pub struct Tag(u8) {
        6 CLOSE "close",
        7 MSG "msg",
        8 ACK "ack",
        9 KEEPALIVE "keepalive",
        14 KEEPALIVE2 "keepalive2",
        15 KEEPALIVE2_ACK "keepalive2_ack",
    }
}

named_number! {
    /// How the acceptor answers a connect request. Source: `CEPH_MSGR_TAG_*` in `src/include/msgr.h`.
    pub struct ReplyTag(u8) {
        /// Messages follow.
        1 READY "ready",
        /// The session is gone; connect again from its beginning.
        2 RESETSESSION "reset_session",
        /// Both connected at once and the other connection survives.
        3 WAIT "wait",
        /// Connect again with a later connect_seq.
        4 RETRY_SESSION "retry_session",
        /// Connect again with a later global_seq.
        5 RETRY_GLOBAL "retry_global",
        /// Wrong version of the protocol.
        10 BADPROTOVER "bad_protover",
        /// The authorizer is not accepted.
        11 BADAUTHORIZER "bad_authorizer",
        /// Features are missing.
        12 FEATURES "features",
        /// As READY, with the highest seq received first, each way.
        13 SEQ "seq",
        /// Connect again with an answer to this challenge.
        16 CHALLENGE_AUTHORIZER "challenge_authorizer",
    }
}

impl ReplyTag {
    /// Whether messages follow.
    #[must_use]
    pub const fn opens_session(self) -> bool {
        matches!(self, ReplyTag::READY | ReplyTag::SEQ)
    }
}

record! {
    /// `struct ceph_msg_connect`, 33 bytes.
    pub struct Connect: 33 {
        /// features that the connector has
        0 => pub features: u64,
        /// kind of the connector, in the low byte
        8 => pub host_type: u32,
        /// counts the connector's attempts at anybody
        12 => pub global_seq: u32,
        /// counts the attempts at this session
        16 => pub connect_seq: u32,
        /// version of the protocol between these two kinds
        20 => pub protocol_version: u32,
        /// 0 none, 1 auth none, 2 cephx
        24 => pub authorizer_protocol: u32,
        /// bytes of the authorizer that follows
        28 => pub authorizer_len: u32,
        /// 1: the session ends with the connection
        32 => pub flags: u8,
    }
}

record! {
    /// `struct ceph_msg_connect_reply`, 26 bytes.
    pub struct ConnectReply: 26 {
        /// the answer
        0 => pub tag: ReplyTag,
        /// features that both have
        1 => pub features: u64,
        /// for RETRY_GLOBAL: the one to exceed
        9 => pub global_seq: u32,
        /// for RETRY_SESSION: the one to use
        13 => pub connect_seq: u32,
        /// version of the protocol
        17 => pub protocol_version: u32,
        /// bytes of the authorizer that follows
        21 => pub authorizer_len: u32,
        /// 1: the session ends with the connection
        25 => pub flags: u8,
    }
}

record! {
    /// `struct ceph_msg_header`, 53 bytes, behind the tag 7.
    pub struct MessageHeader: 53 {
        /// number of the message in this direction
        0 => pub seq: u64,
        /// transaction id
        8 => pub tid: u64,
        /// what it is
        16 => pub kind: MessageType,
        /// higher is sooner
        18 => pub priority: u16,
        /// version of the payload's encoding
        20 => pub version: u16,
        /// bytes of the front section
        22 => pub front_len: u32,
        /// bytes of the middle section
        26 => pub middle_len: u32,
        /// bytes of the data section
        30 => pub data_len: u32,
        /// where the data belongs in its object
        34 => pub data_off: u16,
        /// sender
        36 => pub source: EntityName,
        /// oldest version whose decoder can read it
        45 => pub compat_version: u16,
        /// 0
        47 => pub reserved: u16,
        /// CRC-32C of the 49 bytes before, seed 0
        49 => pub crc: u32,
    }
}

record! {
    /// `struct ceph_msg_footer`, 21 bytes, between peers with the feature MSG_AUTH.
    pub struct SignedFooter: 21 {
        /// CRC-32C of the front section, seed 0
        0 => pub front_crc: u32,
        /// of the middle section
        4 => pub middle_crc: u32,
        /// of the data section
        8 => pub data_crc: u32,
        /// signature by the session's key; 0 where there is none
        12 => pub signature: u64,
        /// 1 complete, 2 no data crc, 4 signed
        20 => pub flags: FooterFlags,
    }
}

record! {
    /// `struct ceph_msg_footer_old`, 13 bytes.
    pub struct PlainFooter: 13 {
        /// CRC-32C of the front section, seed 0
        0 => pub front_crc: u32,
        /// of the middle section
        4 => pub middle_crc: u32,
        /// of the data section
        8 => pub data_crc: u32,
        /// 1 complete, 2 no data crc
        12 => pub flags: FooterFlags,
    }
}

/// A footer of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Footer {
    /// 21 bytes.
    Signed(SignedFooter),
    /// 13 bytes.
    Plain(PlainFooter),
}

impl Footer {
    /// CRCs of front, middle and data.
    #[must_use]
    pub fn crcs(&self) -> [u32; 3] {
        match self {
            Footer::Signed(f) => [f.front_crc, f.middle_crc, f.data_crc],
            Footer::Plain(f) => [f.front_crc, f.middle_crc, f.data_crc],
        }
    }

    /// Its flags.
    #[must_use]
    pub fn flags(&self) -> FooterFlags {
        match self {
            Footer::Signed(f) => f.flags,
            Footer::Plain(f) => f.flags,
        }
    }

    /// The signature, where there is one.
    #[must_use]
    pub fn signature(&self) -> Option<u64> {
        match self {
            Footer::Signed(f) if f.flags.contains(FooterFlags::SIGNED) => Some(f.signature),
            _ => None,
        }
    }
}

/// Flags of a footer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct FooterFlags(pub u8);

impl FooterFlags {
    /// The sender sent all of it.
    pub const COMPLETE: FooterFlags = FooterFlags(1);
    /// The data's CRC was not computed.
    pub const NO_DATA_CRC: FooterFlags = FooterFlags(2);
    /// The signature was computed.
    pub const SIGNED: FooterFlags = FooterFlags(4);

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn contains(self, other: FooterFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

crate::types::fixed_newtype!(
    FooterFlags(u8): crate::wire::Shape::Leaf(crate::wire::Kind::Uint),
    |flags| crate::wire::Value::Uint(u64::from(flags.0))
);

/// What is not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'b> {
    /// [`BANNER`].
    Banner,
    /// The connector's own address.
    ConnectorAddress(LegacyAddress),
    /// The acceptor's addresses.
    AcceptorAddresses {
        /// Its own.
        own: LegacyAddress,
        /// That at which it sees the connector.
        peer: LegacyAddress,
    },
    /// The connector asks for a session.
    Connect {
        /// Its record.
        request: Connect,
        /// Proof of who it is.
        authorizer: &'b [u8],
    },
    /// The acceptor answers.
    Reply {
        /// Its record.
        reply: ConnectReply,
        /// Proof of who it is, or a challenge.
        authorizer: &'b [u8],
    },
    /// After SEQ: the highest seq received in the other direction.
    Seq(u64),
    /// The highest seq received.
    Ack(u64),
    /// Still there.
    Keepalive,
    /// Still there, and when.
    Keepalive2(Timespec),
    /// The answer, with the time of the question.
    Keepalive2Ack(Timespec),
    /// The end.
    Close,
    /// A message that its sender gave up while sending it.
    Aborted(MessageHeader),
}

impl Connect {
    /// Kind of the connector.
    #[must_use]
    pub fn host(&self) -> EntityType {
        EntityType(self.host_type as u8)
    }
}

impl MessageHeader {
    /// What both messengers say.
    #[must_use]
    pub fn header(&self) -> Header {
        Header {
            seq: self.seq,
            tid: self.tid,
            kind: self.kind,
            priority: self.priority,
            version: self.version,
            compat_version: self.compat_version,
            front_len: self.front_len,
            middle_len: self.middle_len,
            data_len: self.data_len,
            data_off: self.data_off,
            source: Some(self.source),
        }
    }

    /// Bytes of the three sections.
    #[must_use]
    pub fn payload_len(&self) -> u64 {
        u64::from(self.front_len) + u64::from(self.middle_len) + u64::from(self.data_len)
    }
}
