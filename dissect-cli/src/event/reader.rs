//! Messages to events.

use ceph_codec::Fault;
use ceph_codec::message::client_caps::ClientCaps;
use ceph_codec::message::client_reply::{ClientReply, Extra, Inode, Trace};
use ceph_codec::message::client_request::ClientRequest;
use ceph_codec::message::client_session::SessionOp;
use ceph_codec::message::mds_map::MdsMap;
use ceph_codec::message::{Header, Message, MessageType};
use ceph_codec::types::EntityType;

use super::{
    Answer, At, CapEvent, Direction, Encodings, Event, MoveEvent, OpCounts, PushedEvent, RankEvent,
    ReconnectEvent, ReplyEvent, RequestEvent, SessionEvent,
};
use crate::names::Names;
use crate::place::Place;
use crate::session::{Envelope, Who};
use crate::stream::ConnId;

/// Undecodable messages that are kept one by one, 100. Beyond: only counted.
const MAX_UNDECODED: usize = 100;

/// A message whose bytes arrived whole and could not be decoded.
#[derive(Clone, Copy, Debug)]
pub struct Undecoded {
    /// The packet that completed it.
    pub place: Place,
    /// Its connection.
    pub conn: ConnId,
    /// Its type.
    pub kind: MessageType,
    /// Version that its header says.
    pub version: u16,
    /// Why.
    pub fault: Fault,
}

/// What is counted on the way.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// MClientCaps by operation, repeated deliveries not counted.
    pub ops: OpCounts,
    /// MClientCaps that the messenger had delivered before.
    pub replayed: u64,
    /// The first messages that could not be decoded.
    pub undecoded: Vec<Undecoded>,
    /// How many there were.
    pub undecoded_total: u64,
}

/// Makes events of messages, and learns names from them.
#[derive(Debug, Default)]
pub struct Reader {
    counts: Counts,
    names: Names,
    encodings: Encodings,
}

impl Reader {
    /// The messages that events are made of; of all others the header is enough.
    pub fn wants(kind: MessageType) -> bool {
        MoveEvent::wants(kind)
            || matches!(
                kind,
                MessageType::MDS_MAP
                    | MessageType::CLIENT_SESSION
                    | MessageType::CLIENT_RECONNECT
                    | MessageType::CLIENT_REQUEST
                    | MessageType::CLIENT_REQUEST_FORWARD
                    | MessageType::CLIENT_REPLY
                    | MessageType::CLIENT_CAPS
                    | MessageType::CLIENT_LEASE
                    | MessageType::CLIENT_SNAP
                    | MessageType::CLIENT_CAP_RELEASE
                    | MessageType::CLIENT_QUOTA
            )
    }

    /// What was counted.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Names learned.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Takes a message; `out` gets its events, and the names that are known by then.
    pub fn push(
        &mut self,
        envelope: &Envelope<'_>,
        who: &mut Who,
        out: &mut impl FnMut(&Event, &Names, &mut Who),
    ) {
        let Header { kind, version, .. } = *envelope.header;
        if let Err(fault) = self.read(envelope, who, out) {
            // The session's counter counts it all the same.
            if kind == MessageType::CLIENT_CAPS && who.mds_side(envelope.conn) == Some(envelope.dir)
            {
                out(&Event::Pushed(PushedEvent { at: At::of(envelope), kind }), &self.names, who);
            }
            self.counts.undecoded_total += 1;
            if self.counts.undecoded.len() < MAX_UNDECODED {
                let Envelope { place, conn, .. } = *envelope;
                self.counts.undecoded.push(Undecoded { place, conn, kind, version, fault });
            }
        }
    }

    fn read(
        &mut self,
        envelope: &Envelope<'_>,
        who: &mut Who,
        out: &mut impl FnMut(&Event, &Names, &mut Who),
    ) -> Result<(), Fault> {
        let Header { kind, version, tid, .. } = *envelope.header;
        if kind == MessageType::CLIENT_CAPS {
            return self.caps(envelope, who, out);
        }
        let at = At::of(envelope);
        let decoded = Message::decode(kind, version, envelope.sections);
        // Looked at where it is: it has some hundred bytes.
        let message = decoded.as_ref().map_err(|fault| *fault)?;
        self.names.learn(&at, message, who);
        match message {
            Message::ClientReply(reply) => {
                tell(envelope, Direction::MdsToClient, who);
                self.reply(envelope, reply, who, out)?;
            }
            // Servers may hand requests on to each other, and are known by then: whoever is not, is a client.
            Message::ClientRequest(request) if !is_from_mds(envelope, who) => {
                tell(envelope, Direction::ClientToMds, who);
                self.request(envelope, request, who, out);
            }
            Message::ClientRequestForward(forward) => {
                let answer = Answer::Forward { to: forward.forward().dest_mds };
                self.names.forward(&at, tid);
                out(&Event::Reply(ReplyEvent { at, tid, answer }), &self.names, who);
            }
            Message::ClientSession(session) => {
                let head = session.head();
                let blocklisted = session.tail().flags().is_some_and(|flags| flags & 1 != 0);
                let (op, seq, max_caps) = (head.op, head.seq, head.max_caps);
                if let Some(direction) = direction(op) {
                    tell(envelope, direction, who);
                }
                out(
                    &Event::Session(SessionEvent { at, op, seq, max_caps, blocklisted }),
                    &self.names,
                    who,
                );
            }
            Message::ClientCapRelease(release) => {
                tell(envelope, Direction::ClientToMds, who);
                for item in release.items().iter() {
                    out(&Event::Cap(CapEvent::released(envelope, &item)), &self.names, who);
                }
            }
            Message::ClientReconnect(reconnect) => {
                tell(envelope, Direction::ClientToMds, who);
                for held in reconnect.caps().iter() {
                    out(&Event::Cap(CapEvent::reasserted(envelope, &held)), &self.names, who);
                }
                let caps = u32::try_from(reconnect.caps().len()).unwrap_or(u32::MAX);
                let more = reconnect.tail().more().is_some_and(|more| more != 0);
                out(&Event::Reconnect(ReconnectEvent { at, caps, more }), &self.names, who);
            }
            Message::ClientLease(_) | Message::ClientSnap(_) | Message::ClientQuota(_)
                if who.mds_side(at.conn) == Some(envelope.dir) =>
            {
                out(&Event::Pushed(PushedEvent { at, kind }), &self.names, who);
            }
            Message::MdsMap(map) => self.map(at, map, who, out),
            other => {
                let names = &self.names;
                MoveEvent::read(envelope, other, who, |event, who| {
                    out(&Event::Move(event), names, who);
                });
            }
        }
        Ok(())
    }

    /// Most messages are of this type, and no name is learned from them: so it is decoded by itself, and not put
    /// among all others.
    fn caps(
        &mut self,
        envelope: &Envelope<'_>,
        who: &mut Who,
        out: &mut impl FnMut(&Event, &Names, &mut Who),
    ) -> Result<(), Fault> {
        let caps = ClientCaps::decode(envelope.header.version, envelope.sections)?;
        let event = Event::Cap(CapEvent::new(envelope, &caps));
        if let Event::Cap(event) = &event {
            self.count(event);
            tell(envelope, event.direction, who);
        }
        out(&event, &self.names, who);
        Ok(())
    }

    fn count(&mut self, event: &CapEvent) {
        match event.op() {
            _ if event.replayed => self.counts.replayed += 1,
            Some(op) => self.counts.ops.add(op),
            None => {}
        }
    }

    fn request(
        &mut self,
        envelope: &Envelope<'_>,
        request: &ClientRequest<'_>,
        who: &mut Who,
        out: &mut impl FnMut(&Event, &Names, &mut Who),
    ) {
        let (at, head) = (At::of(envelope), request.head());
        let tid = envelope.header.tid;
        let (dir, ino) = self.names.request(&at, tid, request);
        let counters = request.counters().map(|c| (c.num_retry, c.num_fwd));
        let again = counters.unwrap_or((head.num_retry.into(), head.num_fwd.into())) != (0, 0);
        out(
            &Event::Request(RequestEvent { at, tid, op: head.op, ino, dir, again }),
            &self.names,
            who,
        );
        // What is given up comes with the request and is dealt with first by the server; the client has
        // done so before.
        for release in request.releases().iter() {
            out(&Event::Cap(CapEvent::given_up(envelope, &release)), &self.names, who);
        }
    }

    fn reply(
        &mut self,
        envelope: &Envelope<'_>,
        reply: &ClientReply<'_>,
        who: &mut Who,
        out: &mut impl FnMut(&Event, &Names, &mut Who),
    ) -> Result<(), Fault> {
        let (at, head) = (At::of(envelope), reply.head());
        let tid = envelope.header.tid;
        let answer = match head.safe {
            0 => Answer::Unsafe { result: head.result },
            _ => Answer::Safe { result: head.result },
        };
        out(&Event::Reply(ReplyEvent { at, tid, answer }), &self.names, who);
        let (trace, extra) = match reply.depends_on_encoding() {
            true => self.encodings.parts(at.conn, reply)?,
            false => (Trace::default(), Extra::Other(&[])),
        };
        self.names.reply(&at, tid, head, &trace);
        let mut issued = |inode: &Inode<'_>, names: &Names| {
            if let Some(event) = CapEvent::issued(envelope, inode) {
                out(&Event::Cap(event), names, who);
            }
        };
        if let Some(dentry) = &trace.dentry {
            issued(&dentry.dir, &self.names);
        }
        if let Some(target) = &trace.target {
            issued(target, &self.names);
        }
        if let Extra::Dir(listing) = &extra {
            for entry in listing.iter() {
                if let Some(dir) = &trace.target {
                    self.names.entry(&at, dir, entry.dname.0, &entry.inode);
                }
                issued(&entry.inode, &self.names);
            }
        }
        Ok(())
    }

    fn map(
        &mut self,
        at: At,
        map: &MdsMap<'_>,
        who: &mut Who,
        out: &mut impl FnMut(&Event, &Names, &mut Who),
    ) {
        let epoch = map.head().epoch;
        for (fs, rank, holder) in self.names.map(&at, map) {
            if holder.state.is_some() {
                holder.addrs.iter().for_each(|addr| who.learn_rank_at(*addr, rank));
            }
            let state = holder.state;
            out(&Event::Rank(RankEvent { at, fs, rank, state, epoch }), &self.names, who);
        }
    }
}

/// Whether a metadata server is known to have sent it.
fn is_from_mds(envelope: &Envelope<'_>, who: &Who) -> bool {
    who.sender(envelope.conn, envelope.dir).is(EntityType::MDS) == Some(true)
}

/// The messages on a connection show which end is the server, where nobody said so.
fn tell(envelope: &Envelope<'_>, direction: Direction, who: &mut Who) {
    let mds = match direction {
        Direction::MdsToClient => envelope.dir,
        Direction::ClientToMds => envelope.dir.flip(),
    };
    who.learn_kinds(envelope.conn, mds);
}

fn direction(op: SessionOp) -> Option<Direction> {
    Some(match op {
        SessionOp::OPEN
        | SessionOp::CLOSE
        | SessionOp::RENEWCAPS
        | SessionOp::STALE
        | SessionOp::RECALL_STATE
        | SessionOp::FLUSHMSG
        | SessionOp::FORCE_RO
        | SessionOp::REJECT => Direction::MdsToClient,
        SessionOp::REQUEST_OPEN
        | SessionOp::REQUEST_CLOSE
        | SessionOp::REQUEST_RENEWCAPS
        | SessionOp::FLUSHMSG_ACK
        | SessionOp::REQUEST_FLUSH_MDLOG => Direction::ClientToMds,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use ceph_codec::message::Sections;

    use super::*;
    use crate::stream::Dir;

    #[test]
    fn of_too_many_that_do_not_decode_the_first_are_listed() {
        let mut reader = Reader::default();
        let many = MAX_UNDECODED as u64 + 3;
        for frame in 0..many {
            let place = Place { frame, ..Place::default() };
            let header =
                &Header { kind: MessageType::CLIENT_CAPS, version: 11, ..Header::default() };
            let sections = Sections { front: b"short", ..Sections::default() };
            let (conn, dir, offset) = (ConnId(0), Dir::BToA, 0);
            let (replayed, from_mds) = (false, true);
            let envelope =
                Envelope { place, conn, dir, offset, header, sections, replayed, from_mds };
            reader.push(&envelope, &mut Who::default(), &mut |event, _, _| panic!("{event:?}"));
        }
        let Counts { undecoded, undecoded_total, .. } = reader.counts();
        assert_eq!((undecoded.len(), *undecoded_total), (MAX_UNDECODED, many));
        let last = undecoded.last().map(|undecoded| undecoded.place.frame);
        assert_eq!(last, Some(MAX_UNDECODED as u64 - 1));
    }
}
