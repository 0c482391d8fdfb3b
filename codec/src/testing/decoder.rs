//! Any bytes as a message of one type: a function for each type, so lean that it runs some hundred thousand times
//! a second.
//!
//! The input is a version as u8, a choice as u8, and the payload: the front section, or of MClientReconnect the
//! data section. Of MClientCaps the choice is how many of the last bytes are the middle section, of MClientReply
//! the encoding.
//!
//! - Nothing panics, and a sink changes nothing.
//! - What decodes is encoded to the same bytes, and its fields lie one behind the other, none left out.
//! - What does not is told up to a fault that lies within the message.
//! - Nothing is allocated: there is no allocator call in here.
//!
//! What takes longer to look at (values as text, the table of messages, every encoding of a reply) is looked at by
//! [`message`](super::message) and by the target `display`.

use super::tiler::Tiler;
use super::{VERSIONS, check_fault};
use crate::message::client_reply::{ClientReply, Encoding, ReplyHead};
use crate::message::{
    MessageType, Sections, client_cap_release, client_caps, client_lease, client_metrics,
    client_quota, client_reconnect, client_reply, client_request, client_request_forward,
    client_session, client_snap, mds_export, mds_map,
};
use crate::{Fault, Full};

/// Longer payloads are cut to this: of lists and byte strings more of the same would come.
pub const LONGEST: usize = 4000;

/// What an input says.
pub(super) struct Given<'a> {
    pub(super) version: u16,
    choice: usize,
    pub(super) payload: &'a [u8],
    pub(super) sections: Sections<'a>,
}

impl<'a> Given<'a> {
    #[inline]
    pub(super) fn read(kind: MessageType, data: &'a [u8]) -> Option<Self> {
        let (&[version, choice], rest) = data.split_first_chunk()?;
        let (version, choice) = (u16::from(version) % VERSIONS, usize::from(choice));
        let rest = &rest[..rest.len().min(LONGEST)];
        let (payload, sections) = match kind {
            MessageType::CLIENT_RECONNECT => (rest, Sections { data: rest, ..Sections::default() }),
            MessageType::CLIENT_CAPS => {
                let (front, middle) = rest.split_at(rest.len() - choice.min(rest.len()));
                (front, Sections { front, middle, data: &[] })
            }
            _ => (rest, Sections { front: rest, ..Sections::default() }),
        };
        Some(Given { version, choice, payload, sections })
    }

    /// Checks a message that decoded.
    #[inline]
    fn check(&self, tiler: &Tiler, encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>) {
        tiler.assert_whole(self.payload.len(), self.sections.middle.len());
        assert_encodes(self.payload, encode);
    }

    /// Checks a message that did not.
    #[inline]
    fn check_fault(&self, tiler: &Tiler, fault: Fault) {
        if fault.within == "middle" {
            check_fault(fault, self.sections.middle);
            return tiler.assert_whole(self.payload.len(), 0);
        }
        check_fault(fault, self.payload);
        tiler.assert_broke(fault);
    }
}

/// Into a buffer that is a byte larger and full of a pattern, so that a byte which the encoder forgot shows.
#[inline]
fn assert_encodes(bytes: &[u8], encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>) {
    let mut buffer = [0xa5; LONGEST + 1];
    let buffer = &mut buffer[..=bytes.len()];
    assert!(encode(buffer) == Ok(bytes.len()), "an encoding of another length");
    assert!(buffer.split_last() == Some((&0xa5, bytes)), "an encoding of other bytes");
}

/// What a message has besides what all have.
trait More {
    #[inline]
    fn more(&self, _: &Given<'_>) {}
}

impl More for ClientReply<'_> {
    /// The parts in one encoding, each told and encoded like a message.
    #[inline]
    fn more(&self, given: &Given<'_>) {
        let encoding = Encoding::KNOWN[given.choice % Encoding::KNOWN.len()];
        let start = ReplyHead::SIZE + 4;
        let mut tiler = Tiler::starting_at(start);
        let told = self.trace_with(encoding, &mut tiler);
        assert!(told == self.trace(encoding), "a sink changes a trace");
        check_part(told, &tiler, start, self.trace_bytes(), |trace, to| trace.encode(to));
        let start = start + self.trace_bytes().len() + 4;
        let mut tiler = Tiler::starting_at(start);
        let told = self.extra_with(encoding, &mut tiler);
        assert!(told == self.extra(encoding), "a sink changes extra bytes");
        check_part(told, &tiler, start, self.extra_bytes(), |extra, to| extra.encode(to));
    }
}

#[inline]
fn check_part<T>(
    told: Result<T, Fault>,
    tiler: &Tiler,
    start: usize,
    bytes: &[u8],
    encode: impl FnOnce(&T, &mut [u8]) -> Result<usize, Full>,
) {
    match told {
        Ok(part) => {
            tiler.assert_whole(start + bytes.len(), 0);
            assert_encodes(bytes, |buffer| encode(&part, buffer));
        }
        Err(fault) => {
            assert!((start..=start + bytes.len()).contains(&fault.at), "{fault}");
            tiler.assert_broke(fault);
        }
    }
}

/// The short word, type and encoder of each message; a test compares it with the table of messages.
macro_rules! decoders {
    ($( $word:ident $kind:ident $module:ident::$Type:ident $encode:ident, )+) => {
        $(
            #[doc = concat!("Any bytes as a [`", stringify!($Type), "`]($module::", stringify!($Type), ").")]
            // In the target's own crate, so that a target has no other decoder's counters in it.
            #[inline]
            pub fn $word(data: &[u8]) {
                let Some(given) = Given::read(MessageType::$kind, data) else { return };
                let (version, sections) = (given.version, given.sections);
                let mut tiler = Tiler::default();
                let told = $module::$Type::decode_with(version, sections, &mut tiler);
                let again = $module::$Type::decode(version, sections);
                assert!(told == again, "a sink changes the result");
                match told {
                    Ok(message) => {
                        given.check(&tiler, |buffer| message.$encode(buffer));
                        message.more(&given);
                    }
                    Err(fault) => given.check_fault(&tiler, fault),
                }
            }
        )+

        decoders!(@more $($module::$Type,)+);

        /// Every message's short word, its type, and the function of any bytes.
        pub const ALL: &[(&str, MessageType, fn(&[u8]))] =
            &[$( (stringify!($word), MessageType::$kind, $word) ),+];
    };
    (@more $( $module:ident::$Type:ident, )+) => { $( decoders!(@one $module::$Type); )+ };
    (@one client_reply::ClientReply) => {};
    (@one $module:ident::$Type:ident) => { impl More for $module::$Type<'_> {} };
}

decoders! {
    mdsmap MDS_MAP mds_map::MdsMap encode_front,
    session CLIENT_SESSION client_session::ClientSession encode_front,
    reconnect CLIENT_RECONNECT client_reconnect::ClientReconnect encode_data,
    request CLIENT_REQUEST client_request::ClientRequest encode_front,
    forward CLIENT_REQUEST_FORWARD client_request_forward::ClientRequestForward encode_front,
    reply CLIENT_REPLY client_reply::ClientReply encode_front,
    metrics CLIENT_METRICS client_metrics::ClientMetrics encode_front,
    caps CLIENT_CAPS client_caps::ClientCaps encode_front,
    lease CLIENT_LEASE client_lease::ClientLease encode_front,
    snap CLIENT_SNAP client_snap::ClientSnap encode_front,
    release CLIENT_CAP_RELEASE client_cap_release::ClientCapRelease encode_front,
    quota CLIENT_QUOTA client_quota::ClientQuota encode_front,
    export_discover MDS_EXPORT_DIR_DISCOVER mds_export::ExportDirDiscover encode_front,
    export_discover_ack MDS_EXPORT_DIR_DISCOVER_ACK mds_export::ExportDirDiscoverAck encode_front,
    export_cancel MDS_EXPORT_DIR_CANCEL mds_export::ExportDirCancel encode_front,
    export_prep MDS_EXPORT_DIR_PREP mds_export::ExportDirPrep encode_front,
    export_prep_ack MDS_EXPORT_DIR_PREP_ACK mds_export::ExportDirPrepAck encode_front,
    export_dir MDS_EXPORT_DIR mds_export::ExportDir encode_front,
    export_dir_ack MDS_EXPORT_DIR_ACK mds_export::ExportDirAck encode_front,
    export_notify MDS_EXPORT_DIR_NOTIFY mds_export::ExportDirNotify encode_front,
    export_notify_ack MDS_EXPORT_DIR_NOTIFY_ACK mds_export::ExportDirNotifyAck encode_front,
    export_finish MDS_EXPORT_DIR_FINISH mds_export::ExportDirFinish encode_front,
    export_caps MDS_EXPORT_CAPS mds_export::ExportCaps encode_front,
    export_caps_ack MDS_EXPORT_CAPS_ACK mds_export::ExportCapsAck encode_front,
    gather_caps MDS_GATHER_CAPS mds_export::GatherCaps encode_front,
}
