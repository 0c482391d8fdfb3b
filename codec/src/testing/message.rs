//! Any bytes as a message.

use alloc::vec;

use super::shaped::Shaped;
use super::tiler::Tiler;
use super::{VERSIONS, check_fault, format};
use crate::message::client_reply::{ClientReply, Encoding, ReplyHead};
use crate::message::{Message, MessageType, Sections};
use crate::{Fault, Sink, Span, Value};

/// Decodes a message of any type and version.
///
/// The input is a type as u16, a version as u8, the length of the middle section as u16, front, middle.
///
/// - Nothing panics, and a sink changes nothing.
/// - What decodes is encoded to the same bytes, and its fields lie one behind the other, none left out.
/// - Every field that is told is in the table of messages, with a value of its kind.
/// - What does not is told up to a fault that lies within the message.
pub fn message(data: &[u8]) {
    let Some((&[kind0, kind1, version, middle0, middle1], rest)) = data.split_first_chunk() else {
        return;
    };
    let kind = MessageType(u16::from_le_bytes([kind0, kind1]));
    let version = u16::from(version) % VERSIONS;
    let middle = usize::from(u16::from_le_bytes([middle0, middle1])).min(rest.len());
    let (front, middle) = rest.split_at(rest.len() - middle);
    // One message has everything in its data section.
    let sections = match kind {
        MessageType::CLIENT_RECONNECT => Sections { front: &[], middle, data: front },
        _ => Sections { front, middle, data: &[] },
    };

    let mut shown = Shown::default();
    let told = Message::decode_with(kind, version, sections, &mut shown);
    let tiler = shown.0;
    assert_eq!(told, Message::decode(kind, version, sections), "a sink changes the result");
    if let Some(mut shaped) = Shaped::of(kind) {
        assert_eq!(told, Message::decode_with(kind, version, sections, &mut shaped));
    }
    match told {
        Ok(message) => {
            if Message::is_decoded(kind) {
                let covers_middle = matches!(message, Message::ClientCaps(_));
                tiler.assert_whole(front.len(), if covers_middle { middle.len() } else { 0 });
            }
            format(&message);
            check_encoding(&message, kind, version, sections, front);
        }
        Err(fault) => {
            check_fault(fault, if fault.within == "middle" { middle } else { front });
            format(&format_args!("{fault}"));
            match fault.within {
                "middle" => tiler.assert_whole(front.len(), 0),
                _ => tiler.assert_broke(fault),
            }
        }
    }
}

/// `bytes` are the section that the message is in.
fn check_encoding(
    message: &Message<'_>,
    kind: MessageType,
    version: u16,
    sections: Sections<'_>,
    bytes: &[u8],
) {
    /// The bytes by each of the ways to get it.
    macro_rules! encoded {
        ($message:ident, $buffer:ident) => {{
            format(&format_args!("{}", $message));
            ($message.front_to_vec(), $message.front_len(), $message.encode_front(&mut $buffer))
        }};
    }
    // A pattern, so that a byte which the encoder forgot shows.
    let mut buffer = vec![0xa5; bytes.len() + 1];
    let (again, len, written) = match message {
        Message::ClientCaps(caps) => {
            assert_eq!(caps.xattrs(), sections.middle);
            assert_eq!(caps.snap_realms().encoded_len(), caps.snap_trace().len());
            format(&caps.snap_realms());
            encoded!(caps, buffer)
        }
        Message::ClientSession(m) => encoded!(m, buffer),
        Message::ClientReconnect(m) => {
            format(&format_args!("{m}"));
            (m.data_to_vec(), m.data_len(), m.encode_data(&mut buffer))
        }
        Message::ClientLease(m) => encoded!(m, buffer),
        Message::ClientSnap(m) => encoded!(m, buffer),
        Message::ClientCapRelease(m) => encoded!(m, buffer),
        Message::MdsMap(m) => encoded!(m, buffer),
        Message::ClientRequest(m) => encoded!(m, buffer),
        Message::ClientRequestForward(m) => encoded!(m, buffer),
        Message::ClientReply(reply) => {
            check_reply(reply);
            encoded!(reply, buffer)
        }
        Message::ClientMetrics(m) => encoded!(m, buffer),
        Message::ClientQuota(m) => encoded!(m, buffer),
        Message::ExportDirDiscover(m) => encoded!(m, buffer),
        Message::ExportDirDiscoverAck(m) => encoded!(m, buffer),
        Message::ExportDirCancel(m) => encoded!(m, buffer),
        Message::ExportDirPrep(m) => encoded!(m, buffer),
        Message::ExportDirPrepAck(m) => encoded!(m, buffer),
        Message::ExportDir(m) => encoded!(m, buffer),
        Message::ExportDirAck(m) => encoded!(m, buffer),
        Message::ExportDirNotify(m) => encoded!(m, buffer),
        Message::ExportDirNotifyAck(m) => encoded!(m, buffer),
        Message::ExportDirFinish(m) => encoded!(m, buffer),
        Message::ExportCaps(m) => encoded!(m, buffer),
        Message::ExportCapsAck(m) => encoded!(m, buffer),
        Message::GatherCaps(m) => encoded!(m, buffer),
        Message::Other(other, same) => {
            return assert_eq!((*other, *same), (kind, sections));
        }
    };
    assert_eq!(again, bytes);
    assert_eq!((len, written), (again.len(), Ok(again.len())));
    assert_eq!(buffer.split_last(), Some((&0xa5, bytes)));
    let sections = match message {
        Message::ClientReconnect(_) => Sections { data: &again, ..sections },
        _ => Sections { front: &again, ..sections },
    };
    assert_eq!(Message::decode(kind, version, sections).as_ref(), Ok(message));
}

/// The parts of a reply in every encoding. What reads as one is told and encoded in it like a message.
fn check_reply(reply: &ClientReply<'_>) {
    for encoding in Encoding::KNOWN {
        let start = ReplyHead::SIZE + 4;
        let mut tiler = Shown(Tiler::starting_at(start));
        let told = reply.trace_with(encoding, &mut tiler);
        let Shown(tiler) = tiler;
        match told {
            Ok(trace) => {
                let bytes = reply.trace_bytes();
                check_shape("trace", |shaped| _ = reply.trace_with(encoding, shaped));
                tiler.assert_whole(start + bytes.len(), 0);
                let mut buffer = vec![0xa5; bytes.len()];
                assert_eq!(trace.encode(&mut buffer), Ok(trace.encoded_len()));
                assert_eq!(buffer, bytes);
                format(&trace);
                format(&format_args!("{trace}"));
            }
            Err(fault) => check_part(fault, &tiler, start, reply.trace_bytes()),
        }
        let start = start + reply.trace_bytes().len() + 4;
        let mut tiler = Shown(Tiler::starting_at(start));
        let told = reply.extra_with(encoding, &mut tiler);
        let Shown(tiler) = tiler;
        match told {
            Ok(extra) => {
                let bytes = reply.extra_bytes();
                check_shape("extra", |shaped| _ = reply.extra_with(encoding, shaped));
                tiler.assert_whole(start + bytes.len(), 0);
                let mut buffer = vec![0xa5; bytes.len()];
                assert_eq!(extra.encode(&mut buffer), Ok(extra.encoded_len()));
                assert_eq!(buffer, bytes);
                format(&extra);
            }
            Err(fault) => check_part(fault, &tiler, start, reply.extra_bytes()),
        }
    }
    if let Ok(encoding) = reply.find_encoding() {
        assert!(reply.trace(encoding).is_ok() && reply.extra(encoding).is_ok());
    }
}

fn check_shape(part: &'static str, tell: impl FnOnce(&mut Shaped)) {
    if let Some(mut shaped) = Shaped::part(MessageType::CLIENT_REPLY, part) {
        tell(&mut shaped);
    }
}

fn check_part(fault: Fault, tiler: &Tiler, start: usize, bytes: &[u8]) {
    assert!((start..=start + bytes.len()).contains(&fault.at), "{fault}");
    tiler.assert_broke(fault);
    format(&format_args!("{fault}"));
}

/// Formats every value besides.
#[derive(Default)]
struct Shown(Tiler);

impl Sink for Shown {
    fn field(&mut self, span: Span, value: Value<'_>) {
        format(&value);
        self.0.field(span, value);
    }

    fn open(&mut self, span: Span) {
        self.0.open(span);
    }

    fn close(&mut self, end: usize) {
        self.0.close(end);
    }
}
