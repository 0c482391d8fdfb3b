//! The second messenger, `ceph v2`: banners, then frames of up to four segments.
//!
//! Sources: `src/msg/async/frames_v2.{h,cc}` and `ProtocolV2.cc` in Ceph, `net/ceph/messenger_v2.c` in
//! Linux.

mod control;
mod frame;
mod list;
mod step;
#[cfg(feature = "alloc")]
mod write;

pub use control::{
    Ack, AuthBadMethod, AuthDone, AuthReplyMore, AuthRequest, AuthRequestMore, AuthSignature,
    ClientIdent, CompressionDone, CompressionRequest, Control, ControlFrame, Hello,
    IdentMissingFeatures, Keepalive2, Keepalive2Ack, ServerIdent, SessionReconnect,
    SessionReconnectOk, SessionReset, SessionRetry, SessionRetryGlobal, Tag, Wait,
};
pub use frame::{EpilogueRev0, EpilogueRev1, Frame, Header2, Preamble, Segment, Segments};
pub use list::Numbers;
pub(super) use step::{Layout, State, probe};
#[cfg(feature = "alloc")]
pub use write::encode_message;

use crate::msgr::{Mode, Role};
use crate::types::named_number;
use crate::wire::record;

/// The first bytes of either direction.
pub const BANNER: &[u8] = b"ceph v2\n";

/// Which revision of the framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// msgr2.0: an epilogue of 17 bytes behind every frame.
    Rev0,
    /// msgr2.1: the first segment has its own checksum, other segments an epilogue of 13 bytes.
    Rev1,
}

impl Revision {
    /// The revision that features have which both banners support.
    #[must_use]
    pub const fn of(supported: u64) -> Self {
        if supported & Banner::REVISION_1 != 0 { Revision::Rev1 } else { Revision::Rev0 }
    }
}

record! {
    /// The banner's payload, 16 bytes, behind [`BANNER`] and a u16 length.
    pub struct Banner: 16 {
        /// features that the sender has
        0 => pub supported: u64,
        /// features that it insists on
        8 => pub required: u64,
    }
}

impl Banner {
    /// Feature: msgr2.1.
    pub const REVISION_1: u64 = 1;
    /// Feature: compression on the wire.
    pub const COMPRESSION: u64 = 2;
}

named_number! {
    /// How frames are protected. Source: `CEPH_CON_MODE_*` in `src/include/msgr.h`.
    pub struct ConnectionMode(u32) {
        /// Nothing was negotiated.
        0 UNKNOWN "unknown",
        /// By checksums.
        1 CRC "crc",
        /// By encryption.
        2 SECURE "secure",
    }
}

impl ConnectionMode {
    /// What it means for framing.
    #[must_use]
    pub const fn mode(self) -> Option<Mode> {
        match self {
            ConnectionMode::CRC => Some(Mode::Crc),
            ConnectionMode::SECURE => Some(Mode::Secure),
            _ => None,
        }
    }
}

impl Tag {
    /// Who sends such frames, where it is always the same side.
    #[must_use]
    pub const fn sender(self) -> Option<Role> {
        match self {
            Tag::AUTH_REQUEST
            | Tag::AUTH_REQUEST_MORE
            | Tag::CLIENT_IDENT
            | Tag::SESSION_RECONNECT
            | Tag::COMPRESSION_REQUEST => Some(Role::Connector),
            Tag::AUTH_BAD_METHOD
            | Tag::AUTH_REPLY_MORE
            | Tag::AUTH_DONE
            | Tag::SERVER_IDENT
            | Tag::IDENT_MISSING_FEATURES
            | Tag::SESSION_RESET
            | Tag::SESSION_RETRY
            | Tag::SESSION_RETRY_GLOBAL
            | Tag::SESSION_RECONNECT_OK
            | Tag::WAIT
            | Tag::COMPRESSION_DONE => Some(Role::Acceptor),
            _ => None,
        }
    }
}

/// What is not a message.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "lives on the stack; boxing would allocate")]
pub enum Item<'b> {
    /// The banner.
    Banner(Banner),
    /// A control frame.
    Control(ControlFrame<'b>),
    /// A frame whose segments are compressed. Decompressed, [`Frame::item`] tells what it is.
    Compressed(Frame<'b>),
    /// A frame that its sender gave up while sending it.
    Aborted(Tag),
}
