//! What is made of the items of one direction of one connection.

use std::net::SocketAddr;

use ceph_codec::message::{Header, MessageType};
use ceph_codec::msgr::v2::Control;
use ceph_codec::msgr::{Item, Messenger, SkipReason, Terms, Want, v1, v2};
use ceph_codec::types::{EntityName, EntityType};

use super::conn::{Said, SessionKey, Talk};
use super::half::Listener;
use super::links::Hole;
use super::who::Who;
use super::{Spoken, Tally};
use crate::hash::HashMap;
use crate::place::Place;
use crate::stream::{ByConn, ConnId, Dir, End, Opening};

/// Listens while one stream event is looked at.
pub(super) struct Ear<'s, F> {
    pub(super) conn: ConnId,
    pub(super) dir: Dir,
    /// The packet that brought what is heard just now.
    pub(super) place: Place,
    pub(super) opening: Opening,
    pub(super) talk: &'s mut Talk,
    /// Those of the other connections.
    pub(super) talks: &'s ByConn<Talk>,
    pub(super) who: &'s mut Who,
    pub(super) by_session: &'s mut HashMap<SessionKey, ConnId>,
    pub(super) tally: &'s mut HashMap<MessageType, Tally>,
    pub(super) wanted: fn(MessageType) -> bool,
    pub(super) max_holes: usize,
    /// The terms have changed, and the other direction has not been told.
    pub(super) news: bool,
    pub(super) out: &'s mut F,
}

impl<F: FnMut(Spoken<'_>, &mut Who)> Listener for Ear<'_, F> {
    fn at(&mut self, place: Place) {
        self.place = place;
    }

    fn want(&mut self, header: &Header) -> Want {
        match (self.wanted)(header.kind) {
            true => Want::Whole,
            false => Want::Skip,
        }
    }

    fn item(&mut self, item: &Item<'_>, bytes: &[u8], offset: u64) -> Option<Terms> {
        let (mut replayed, mut terms) = (false, None);
        match item {
            Item::Damaged { .. } => {
                self.settle_gap();
                self.said().damaged += 1;
                self.lost(0, None);
            }
            Item::Message(parcel) => {
                self.understood(false);
                replayed = self.header(&parcel.header);
            }
            Item::MessageSkipped { header, why, .. } => {
                self.understood(false);
                replayed = self.header(header);
                if *why == SkipReason::TooLong {
                    self.said().damaged += 1;
                }
            }
            Item::V2(v2::Item::Compressed(_)) => {
                self.understood(false);
                self.said().compressed += 1;
                self.lost(0, None);
            }
            _ => {
                let is_banner =
                    matches!(item, Item::V1(v1::Item::Banner) | Item::V2(v2::Item::Banner(_)));
                self.understood(is_banner);
                terms = self.handshake(item);
            }
        }
        let is_small = matches!(
            item,
            Item::V1(
                v1::Item::Ack(_)
                    | v1::Item::Close
                    | v1::Item::Keepalive
                    | v1::Item::Keepalive2(_)
                    | v1::Item::Keepalive2Ack(_)
            )
        );
        self.said().running |=
            is_small || matches!(item, Item::Message(_) | Item::MessageSkipped { .. });
        let from_mds = self.who.sender(self.conn, self.dir).is(EntityType::MDS) == Some(true);
        let place = match item {
            // Nothing was understood here: what was so last is older.
            Item::Damaged { .. } => self.place.max(self.said().last),
            _ => self.said().last,
        };
        let (conn, dir) = (self.conn, self.dir);
        (self.out)(Spoken { place, conn, dir, offset, bytes, item, replayed, from_mds }, self.who);
        terms
    }

    fn skip(&mut self, why: SkipReason, bytes: u64) {
        self.skipped(why, bytes);
    }
}

// Holes

impl<F> Ear<'_, F> {
    fn talk(&mut self) -> &mut Talk {
        self.talk
    }

    fn said(&mut self) -> &mut Said {
        let side = self.dir as usize;
        &mut self.talk().said[side]
    }

    /// Bytes were not captured. Whether that matters shows with what comes next.
    pub(super) fn gap(&mut self, missing: u64, cut: Option<MessageType>) {
        let said = self.said();
        // Of several gaps without a word between them, not all need be within one message.
        said.cut = cut.filter(|_| said.gap == 0 && said.open.is_none());
        // An unknown number of bytes is at least one.
        said.gap += missing.max(1);
    }

    /// The gap, if there was one, was not within a payload that nobody asked for.
    fn settle_gap(&mut self) {
        let gap = std::mem::take(&mut self.said().gap);
        if gap > 0 {
            self.lost(gap, None);
        }
    }

    /// These bytes may have held messages; if they were `within` one, no other ones.
    fn lost(&mut self, bytes: u64, within: Option<MessageType>) {
        let (place, Opening { syn_seen: from_start, since, .. }) = (self.place, self.opening);
        let said = self.said();
        // Before the first thing understood there is nothing to miss where the capture begins in the middle.
        if said.understood.is_some() || from_start {
            let before = if said.understood.is_some() { said.last } else { since };
            let (after, merged) = (place, 0);
            let new = || Box::new(Hole { before, after, bytes: 0, merged, within });
            let hole = said.open.get_or_insert_with(new);
            hole.bytes += bytes;
            hole.within = hole.within.filter(|kind| within == Some(*kind));
            if within.is_none_or(self.wanted) {
                self.who.lost(self.conn, before);
            }
        }
    }

    fn skipped(&mut self, why: SkipReason, bytes: u64) {
        self.said().skipped.add(why, bytes);
        match why {
            SkipReason::Unwanted => self.said().gap = 0,
            // Encrypted is what a connection is; what its sender gave up is no loss, and what is not
            // Ceph's is none either.
            SkipReason::Encrypted | SkipReason::Aborted | SkipReason::Foreign => {}
            // The framer goes on at the end of the message that lost bytes.
            SkipReason::Cut if self.said().cut.is_some() => {
                let said = self.said();
                let (gap, cut) = (std::mem::take(&mut said.gap), said.cut);
                self.lost(gap + bytes, cut);
            }
            _ => {
                self.settle_gap();
                self.lost(bytes, None);
            }
        }
    }

    /// Something was read: an open hole ends here.
    fn understood(&mut self, is_banner: bool) {
        self.settle_gap();
        // Both ends begin with a banner. Where one begins with something else, its first packets were not captured,
        // although the connection's opening was.
        let begins = self.said().understood.is_none() && self.said().open.is_none();
        if begins && self.opening.syn_seen && !is_banner {
            self.lost(0, None);
        }
        let (place, max) = (self.place, self.max_holes.max(1));
        let said = self.said();
        // Bytes that waited for earlier ones are complete with the last of those.
        let place = place.max(said.last);
        said.cut = None;
        said.understood.get_or_insert(place);
        said.last = place;
        let Some(hole) = said.open.take() else { return };
        let hole = Hole { after: place, ..*hole };
        let full = said.holes.len() >= max;
        match said.holes.last_mut().filter(|_| full) {
            Some(last) => last.merge(&hole),
            None => said.holes.push(hole),
        }
    }

    /// The direction ends; `left` bytes were no item.
    pub(super) fn end(&mut self, how: End, left: u64) {
        // An end that was not captured but acknowledged looks like one byte missing in front of it.
        if self.said().gap == 1 && left == 0 {
            self.said().gap = 0;
        }
        self.settle_gap();
        match how {
            // What a connection's end cut off reached nobody; the sender repeats it on the next one.
            End::Fin | End::Reset | End::Replaced => self.said().skipped.add(SkipReason::Cut, left),
            End::CaptureEnd | End::Evicted if left > 0 => self.skipped(SkipReason::Cut, left),
            End::CaptureEnd | End::Evicted => {}
        }
    }
}

// Negotiation

impl<F> Ear<'_, F> {
    pub(super) fn messenger(&mut self, messenger: Option<Messenger>) {
        let talk = self.talk();
        talk.messenger = talk.messenger.or(messenger);
    }

    pub(super) fn terms(&mut self) -> Terms {
        let side = self.dir as usize;
        self.talk().agreement.terms(side)
    }

    /// Whether something was said in this direction that is only said behind the handshake.
    pub(super) fn is_past_handshake(&self, dir: Dir) -> bool {
        self.talk.dir(dir).running
    }

    /// Turns to the other direction if there is something to tell it.
    pub(super) fn turn(&mut self) -> bool {
        self.dir = self.dir.flip();
        std::mem::take(&mut self.news)
    }

    fn acceptor(&self, connector: Dir) -> SocketAddr {
        self.opening.src(connector.flip())
    }

    fn handshake(&mut self, item: &Item<'_>) -> Option<Terms> {
        match item {
            Item::V1(item) => self.handshake_v1(item),
            Item::V2(v2::Item::Control(frame)) => self.handshake_v2(&frame.control),
            _ => {}
        }
        let side = self.dir as usize;
        let changed = self.talk().agreement.hear(side, item);
        let terms = self.terms();
        self.talk().mode = terms.mode;
        self.news |= changed;
        changed.then_some(terms)
    }

    fn handshake_v1(&mut self, item: &v1::Item<'_>) {
        match item {
            v1::Item::ConnectorAddress(address) => {
                let connector = address.socket().unwrap_or(self.opening.src(self.dir));
                let acceptor = self.acceptor(self.dir);
                self.talk().session =
                    Some(SessionKey::V1 { connector, nonce: address.nonce, acceptor });
            }
            v1::Item::Connect { request, .. } => {
                self.talk().connect_seq = request.connect_seq;
                self.learn(self.dir, EntityName { kind: request.host(), number: -1 });
            }
            v1::Item::Reply { reply, .. } if reply.tag == v1::ReplyTag::RESETSESSION => {
                self.reset()
            }
            v1::Item::Reply { reply, .. } if reply.tag.opens_session() => {
                let resumed = self.talk().connect_seq > 0;
                self.begin_session(resumed);
            }
            _ => {}
        }
    }

    fn handshake_v2(&mut self, control: &Control<'_>) {
        match control {
            Control::Hello(hello) => {
                self.learn(self.dir, EntityName { kind: hello.entity_type, number: -1 })
            }
            Control::AuthDone(done) => {
                // For a client, and only for a client, the global id is what it is called by.
                let connector = self.dir.flip();
                if self.who.sender(self.conn, connector).is(EntityType::CLIENT) == Some(true)
                    && let Ok(number) = i64::try_from(done.global_id)
                {
                    self.learn(connector, EntityName { kind: EntityType::CLIENT, number });
                }
            }
            Control::ClientIdent(ident) => {
                let acceptor = self.acceptor(self.dir);
                self.talk().session = Some(SessionKey::V2 { cookie: ident.cookie, acceptor });
                self.number(ident.number);
            }
            Control::ServerIdent(ident) => {
                self.number(ident.number);
                self.begin_session(false);
            }
            Control::SessionReconnect(again) => {
                let acceptor = self.acceptor(self.dir);
                self.talk().session =
                    Some(SessionKey::V2 { cookie: again.client_cookie, acceptor });
            }
            Control::SessionReconnectOk(_) => self.begin_session(true),
            Control::SessionReset(_) => self.reset(),
            _ => {}
        }
    }

    /// Messages follow. If the session is an older one, its numbering and its ends go on.
    fn begin_session(&mut self, resumed: bool) {
        let Some(key) = self.talk().session else { return };
        let before = self.by_session.insert(key, self.conn);
        let Some(before) = before.filter(|before| resumed && *before != self.conn) else { return };
        let before_said = self.talks.get(before).map(|talk| &talk.said);
        let seqs = before_said.map_or([0; 2], |said| said.each_ref().map(|said| said.seq));
        let flipped = self.who.resume(before, self.conn);
        let talk = self.talk();
        talk.resumed = true;
        for (side, said) in talk.said.iter_mut().enumerate() {
            said.seq = seqs[if flipped { 1 - side } else { side }];
        }
    }

    /// Numbering starts again, and what the session held is gone.
    fn reset(&mut self) {
        let place = self.place;
        let talk = self.talk();
        talk.reset = Some(place);
        talk.connect_seq = 0;
    }

    fn number(&mut self, number: i64) {
        if let Some(kind) = self.who.sender(self.conn, self.dir).kind {
            self.learn(self.dir, EntityName { kind, number });
        }
    }

    fn learn(&mut self, dir: Dir, name: EntityName) {
        self.who.learn(self.conn, dir, name);
    }
}

// Messages

impl<F> Ear<'_, F> {
    /// Counts a message. Answers whether an earlier connection of the session had delivered it.
    fn header(&mut self, header: &Header) -> bool {
        let tally = self.tally.entry(header.kind).or_default();
        tally.messages += 1;
        tally.bytes +=
            u64::from(header.front_len) + u64::from(header.middle_len) + u64::from(header.data_len);
        if let Some(source) = header.source {
            self.learn(self.dir, source);
        }
        let resumed = self.talk().resumed;
        let said = self.said();
        said.messages += 1;
        let replayed = resumed && header.seq <= said.seq;
        said.seq = said.seq.max(header.seq);
        replayed
    }
}
