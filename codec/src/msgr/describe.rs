//! An item's bytes, field by field.

use super::{Item, Wrapping, v1, v2};
use crate::Fault;
use crate::message::Sections;
use crate::types::{LegacyAddress, Opaque, Timespec};
use crate::wire::{Field, Fixed, Sink, Span, Step, Value, Wire, finish, take};

impl Item<'_> {
    /// Reports every field of the item to `sink`, framing and checksums included. `bytes` are those that it
    /// took from the window: offsets count from the first of them. Of other bytes it reports what it makes of them,
    /// or fails.
    ///
    /// The sections of a message are reported as bytes; [`Message`](crate::message::Message) knows what they
    /// hold. Of a frame that is damaged or was passed over, `bytes` are its head, and that is reported.
    pub fn describe<S: Sink>(&self, bytes: &[u8], sink: &mut S) -> Result<(), Fault> {
        let input = Wire::new(bytes, "frame");
        let step = match self {
            Item::V1(item) => describe_v1(item, input, sink),
            Item::Message(parcel) => match parcel.wrapping {
                Wrapping::V1 { header, .. } => message_v1(&header, input, sink),
                Wrapping::V2 { .. } => {
                    let Sections { front, middle, data } = parcel.sections;
                    frame_v2(input, [front, middle, data], sink)
                }
            },
            Item::V2(v2::Item::Banner(_)) => banner_v2(input, sink),
            Item::V2(v2::Item::Aborted(_)) => show::<v2::Preamble, S>(input, "preamble", sink),
            Item::V2(v2::Item::Compressed(v2::Frame { segments, .. }))
            | Item::V2(v2::Item::Control(v2::ControlFrame {
                control: v2::Control::Unknown(_, segments),
                ..
            })) => frame_v2(input, [1, 2, 3].map(|i| segments.get(i)), sink),
            Item::V2(v2::Item::Control(_)) => frame_v2(input, [&[]; 3], sink),
            // Which messenger it was, the first byte and the length tell. What msgr1 damaged has a header.
            Item::MessageSkipped { .. } | Item::Damaged { .. } => match (bytes, self) {
                ([7, ..], Item::MessageSkipped { .. } | Item::Damaged { header: Some(_), .. })
                    if bytes.len() == 1 + v1::MessageHeader::SIZE =>
                {
                    head_v1(input, sink)
                }
                (head, Item::Damaged { .. }) if head.len() == v2::Preamble::SIZE => {
                    show::<v2::Preamble, S>(input, "preamble", sink)
                }
                ([_, _, ..], _) => frame_v2(input, [&[]; 3], sink),
                _ => rest(input, "bytes", sink),
            },
        };
        let (after, ()) = finish(step)?;
        finish(rest(after, "rest", sink)).map(|_| ())
    }
}

fn describe_v1<'a, S: Sink>(item: &v1::Item<'_>, input: Wire<'a>, sink: &mut S) -> Step<'a, ()> {
    use v1::Item as I;
    match item {
        I::Banner => show::<Opaque<9>, S>(input, "banner", sink),
        I::ConnectorAddress(_) => show::<LegacyAddress, S>(input, "own_address", sink),
        I::AcceptorAddresses { .. } => {
            let (input, ()) = show::<LegacyAddress, S>(input, "own_address", sink)?;
            show::<LegacyAddress, S>(input, "peer_address", sink)
        }
        I::Connect { .. } => {
            let (input, ()) = show::<v1::Connect, S>(input, "connect", sink)?;
            rest(input, "authorizer", sink)
        }
        I::Reply { .. } => {
            let (input, ()) = show::<v1::ConnectReply, S>(input, "reply", sink)?;
            rest(input, "authorizer", sink)
        }
        I::Seq(_) => show::<u64, S>(input, "seq", sink),
        I::Keepalive | I::Close => show::<v1::Tag, S>(input, "tag", sink),
        I::Ack(_) => {
            let (input, ()) = show::<v1::Tag, S>(input, "tag", sink)?;
            show::<u64, S>(input, "seq", sink)
        }
        I::Keepalive2(_) | I::Keepalive2Ack(_) => {
            let (input, ()) = show::<v1::Tag, S>(input, "tag", sink)?;
            show::<Timespec, S>(input, "timestamp", sink)
        }
        I::Aborted(header) => message_v1(header, input, sink),
    }
}

fn head_v1<'a, S: Sink>(input: Wire<'a>, sink: &mut S) -> Step<'a, ()> {
    let (input, ()) = show::<v1::Tag, S>(input, "tag", sink)?;
    show::<v1::MessageHeader, S>(input, "header", sink)
}

fn message_v1<'a, S: Sink>(
    header: &v1::MessageHeader,
    input: Wire<'a>,
    sink: &mut S,
) -> Step<'a, ()> {
    let (input, ()) = head_v1(input, sink)?;
    let (input, ()) = part(input, "front", header.front_len, sink)?;
    let (input, ()) = part(input, "middle", header.middle_len, sink)?;
    let (input, ()) = part(input, "data", header.data_len, sink)?;
    match input.bytes.len() {
        v1::PlainFooter::SIZE => show::<v1::PlainFooter, S>(input, "footer", sink),
        _ => show::<v1::SignedFooter, S>(input, "footer", sink),
    }
}

fn banner_v2<'a, S: Sink>(input: Wire<'a>, sink: &mut S) -> Step<'a, ()> {
    let (input, ()) = show::<Opaque<8>, S>(input, "banner", sink)?;
    let (input, ()) = show::<u16, S>(input, "length", sink)?;
    show::<v2::Banner, S>(input, "payload", sink)
}

/// `others` are the segments behind the first one, if the frame has some and is whole.
fn frame_v2<'a, S: Sink>(input: Wire<'a>, others: [&[u8]; 3], sink: &mut S) -> Step<'a, ()> {
    let (after, preamble) = v2::Preamble::decode(input, "preamble", sink)?;
    let lens = preamble.lens();
    let compressed = preamble.flags & v2::Preamble::COMPRESSED != 0;
    // The two revisions put different bytes around the same segments, but mostly as many.
    let [rev0, rev1] = [v2::Revision::Rev0, v2::Revision::Rev1]
        .map(|revision| v2::Layout::new(&preamble, revision));
    let fits = |layout: &v2::Layout| {
        let segments = || layout.segments(&preamble, input.bytes);
        input.bytes.len() as u64 == layout.total && [1, 2, 3].map(|i| segments().get(i)) == others
    };
    let layout = if fits(&rev0) && !fits(&rev1) { rev0 } else { rev1 };
    if (input.bytes.len() as u64) < layout.total && preamble.tag != v2::Tag::MESSAGE {
        return Ok((after, ()));
    }
    let (after, first) = match take(after, "segment0", u64::from(lens[0])) {
        Ok(split) => split,
        // Nothing but its beginning is here.
        Err(_) => return Ok((after, ())),
    };
    match preamble.tag {
        _ if compressed => _ = rest(first, "segment0", sink)?,
        v2::Tag::MESSAGE => {
            let (extra, ()) =
                show::<v2::Header2, S>(first.named("header segment"), "header", sink)?;
            rest(extra, "rest", sink)?;
        }
        tag => {
            let segments = layout.segments(&preamble, input.bytes);
            let frame = v2::ControlFrame::decode_at(tag, segments, first.named("payload"), sink)
                .map_err(nom::Err::Error)?;
            let known = first.bytes.len() - frame.rest.len();
            let extra = match frame.control {
                v2::Control::Unknown(..) => first,
                _ => take(first, "payload", known as u64)?.0,
            };
            rest(extra, "rest", sink)?;
        }
    }
    let after = match layout.revision {
        v2::Revision::Rev1 if lens[0] > 0 && !after.bytes.is_empty() => {
            show::<u32, S>(after, "segment0_crc", sink)?.0
        }
        _ => after,
    };
    if (input.bytes.len() as u64) < layout.total {
        return Ok((after, ()));
    }
    let names = match preamble.tag {
        v2::Tag::MESSAGE => ["front", "middle", "data"],
        _ => ["segment1", "segment2", "segment3"],
    };
    let (after, ()) = part(after, names[0], lens[1], sink)?;
    let (after, ()) = part(after, names[1], lens[2], sink)?;
    let (after, ()) = part(after, names[2], lens[3], sink)?;
    match layout.revision {
        v2::Revision::Rev0 => show::<v2::EpilogueRev0, S>(after, "epilogue", sink),
        v2::Revision::Rev1 if preamble.segments > 1 => {
            show::<v2::EpilogueRev1, S>(after, "epilogue", sink)
        }
        v2::Revision::Rev1 => Ok((after, ())),
    }
}

/// One value.
fn show<'a, T: Fixed, S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, ()> {
    T::decode(input, name, sink).map(|(after, _)| (after, ()))
}

/// Bytes of a known number; nothing where there are none.
fn part<'a, S: Sink>(input: Wire<'a>, name: &'static str, len: u32, sink: &mut S) -> Step<'a, ()> {
    let (after, bytes) = take(input, name, u64::from(len))?;
    rest(bytes, name, sink)?;
    Ok((after, ()))
}

/// All bytes that are left; nothing where there are none.
fn rest<'a, S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, ()> {
    let (after, bytes) = take(input, name, input.bytes.len() as u64)?;
    if S::ON && !bytes.bytes.is_empty() {
        let span = Span { name, within: input.within, at: input.at, len: bytes.bytes.len() };
        sink.field(span, Value::Bytes(bytes.bytes));
    }
    Ok((after, ()))
}
