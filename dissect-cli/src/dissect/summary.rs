//! A message in a few words.

use std::fmt;

use ceph_codec::message::Message;
use ceph_codec::msgr::{Item, SkipReason, v1, v2};
use ceph_codec::types::{EntityName, EntityType};

use super::{Dissected, Party};

/// What a log would say of a message: Ceph's own words where it is decoded, else what the messenger says of it.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'r> {
    /// The message.
    pub dissected: &'r Dissected<'r, 'r>,
    /// Who says it.
    pub from: Option<Party>,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dissected = self.dissected;
        let tid = dissected.spoken.header().map_or(0, |header| header.tid);
        match &dissected.message {
            None | Some(Message::Other(..)) => {}
            Some(Message::ClientCaps(caps)) => return caps.summary(tid).fmt(f),
            Some(Message::ClientReply(reply)) => return reply.summary(tid).fmt(f),
            Some(Message::ClientRequestForward(forward)) => return forward.summary(tid).fmt(f),
            Some(Message::ClientRequest(request)) => {
                let id = self.from.and_then(|from| i64::try_from(from.client()?).ok());
                let client = EntityName { kind: EntityType::CLIENT, number: id.unwrap_or(-1) };
                return request.summary(client, tid).fmt(f);
            }
            Some(message) => return message.fmt(f),
        }
        match dissected.spoken.item {
            Item::Message(parcel) => lengths(&parcel.header, f)?,
            Item::MessageSkipped { header, why, .. } => {
                lengths(header, f)?;
                if *why == SkipReason::TooLong {
                    f.write_str(", too long to be read")?;
                }
            }
            Item::Damaged { header, fault } => {
                f.write_str("damaged ")?;
                match header {
                    Some(header) => lengths(header, f)?,
                    None => f.write_str("frame")?,
                }
                write!(f, ": {fault}")?;
            }
            Item::V1(item) => v1_words(item, f)?,
            Item::V2(item) => v2_words(item, f)?,
            _ => f.write_str("something else")?,
        }
        if let Some(stop) = &dissected.stop {
            write!(f, " stopped: {stop}")?;
        }
        Ok(())
    }
}

/// A message by its name and lengths.
fn lengths(header: &ceph_codec::message::Header, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}(", header.kind)?;
    let parts =
        [("front", header.front_len), ("middle", header.middle_len), ("data", header.data_len)];
    let mut first = true;
    for (name, len) in parts.into_iter().filter(|(_, len)| *len > 0) {
        write!(f, "{}{name} {len}", if first { "" } else { " " })?;
        first = false;
    }
    f.write_str(")")
}

fn v1_words(item: &v1::Item<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match item {
        v1::Item::Banner => f.write_str("banner"),
        v1::Item::ConnectorAddress(_) => f.write_str("connector's address"),
        v1::Item::AcceptorAddresses { .. } => f.write_str("acceptor's addresses"),
        v1::Item::Connect { request, .. } => write!(
            f,
            "connect global_seq {} connect_seq {} as {}",
            request.global_seq,
            request.connect_seq,
            request.host()
        ),
        v1::Item::Reply { reply, .. } => {
            write!(f, "{} connect_seq {}", reply.tag, reply.connect_seq)
        }
        v1::Item::Seq(seq) => write!(f, "seq {seq}"),
        v1::Item::Ack(seq) => write!(f, "ack {seq}"),
        v1::Item::Keepalive => f.write_str("keepalive"),
        v1::Item::Keepalive2(time) => write!(f, "keepalive2 {time}"),
        v1::Item::Keepalive2Ack(time) => write!(f, "keepalive2_ack {time}"),
        v1::Item::Close => f.write_str("close"),
        v1::Item::Aborted(header) => {
            f.write_str("given up while sent: ")?;
            lengths(&header.header(), f)
        }
        _ => f.write_str("something else"),
    }
}

fn v2_words(item: &v2::Item<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use v2::Control as C;
    match item {
        v2::Item::Banner(_) => f.write_str("banner"),
        v2::Item::Compressed(_) => f.write_str("compressed frame"),
        v2::Item::Aborted(tag) => write!(f, "given up while sent: {tag}"),
        v2::Item::Control(frame) => {
            write!(f, "{}", frame.tag())?;
            match &frame.control {
                C::Ack(ack) => write!(f, " {}", ack.seq),
                C::Hello(hello) => write!(f, " from {}", hello.entity_type),
                C::AuthDone(done) => {
                    write!(f, " global_id {} {}", done.global_id, done.mode)
                }
                C::ClientIdent(ident) => write!(f, " gid {}", ident.number),
                C::ServerIdent(ident) => write!(f, " gid {}", ident.number),
                _ => Ok(()),
            }
        }
        _ => f.write_str("something else"),
    }
}
