//! Where msgr1's items begin and end.

use super::{
    Connect, ConnectReply, Footer, FooterFlags, Item, MessageHeader, PlainFooter, ReplyTag,
    SignedFooter, Tag, feature,
};
use crate::message::{Header, Sections};
use crate::msgr::framer::{self, item, need, wrong};
use crate::msgr::scan::Found;
use crate::msgr::{
    self, Checked, Framer, Messenger, Parcel, Role, SkipReason, Step, Turn, WaitFor, Want,
    Wrapping, agree,
};
use crate::types::{LegacyAddress, Timespec};
use crate::wire::Fixed;
use crate::{Fault, crc32c};

/// Tag and header of a message.
const HEAD: usize = 1 + MessageHeader::SIZE;
/// Bound on an authorizer. Nothing but the bytes themselves says that a length in the handshake is right;
/// cephx authorizers have a few hundred bytes.
const MAX_AUTHORIZER: u32 = 1 << 16;

/// Where in the protocol a direction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::msgr) enum State {
    /// Behind the banner.
    Addresses,
    /// The connector's request, after so many.
    Connect { sent: u32 },
    /// The connector's answer to the reply with this number.
    Answer { reply: u32, features: u64 },
    /// The acceptor's reply.
    Reply,
    /// The u64 that follows the reply SEQ.
    Seq,
    /// Tagged items.
    Tags,
    /// A message's footer, the message itself having been passed over.
    Footer,
}

impl Framer {
    pub(in crate::msgr) fn v1<'b>(
        &mut self,
        state: State,
        window: &'b [u8],
        want: &mut dyn FnMut(&Header) -> Want,
    ) -> Turn<'b> {
        match state {
            State::Addresses => self.addresses(window),
            State::Connect { sent } => self.connect(sent, window),
            State::Answer { reply, features } => self.answer(reply, features, window),
            State::Reply => self.reply(window),
            State::Seq => match read::<u64>(window, 0) {
                Some(seq) => self.then(State::Tags, Item::Seq(seq), 8),
                None => need(8),
            },
            State::Tags => self.tagged(window, want),
            State::Footer => self.footer(window),
        }
    }

    fn then<'b>(&mut self, state: State, what: Item<'b>, used: usize) -> Turn<'b> {
        self.state = framer::State::V1(state);
        item(msgr::Item::V1(what), used)
    }

    fn go<'b>(&mut self, state: State) -> Turn<'b> {
        self.state = framer::State::V1(state);
        Turn::Again
    }

    fn addresses<'b>(&mut self, window: &'b [u8]) -> Turn<'b> {
        const ONE: usize = LegacyAddress::SIZE;
        let Some(first) = read::<LegacyAddress>(window, 0) else { return need(ONE) };
        let role = match self.terms.role {
            Some(role) => role,
            // A connect request begins with features, whose low half is never 0; a second address does.
            None => match window.get(ONE..ONE + 4) {
                Some([0, 0, 0, 0]) => Role::Acceptor,
                Some(_) => Role::Connector,
                None => return need(ONE + 4),
            },
        };
        match role {
            Role::Connector => {
                self.then(State::Connect { sent: 0 }, Item::ConnectorAddress(first), ONE)
            }
            Role::Acceptor => match read::<LegacyAddress>(window, ONE) {
                Some(peer) => {
                    let addresses = Item::AcceptorAddresses { own: first, peer };
                    self.then(State::Reply, addresses, 2 * ONE)
                }
                None => need(2 * ONE),
            },
        }
    }

    fn connect<'b>(&mut self, sent: u32, window: &'b [u8]) -> Turn<'b> {
        let Some(request) = read::<Connect>(window, 0) else { return need(Connect::SIZE) };
        match authorizer(window, Connect::SIZE, 28, request.authorizer_len) {
            Ok(authorizer) => {
                let used = Connect::SIZE + authorizer.len();
                let next = State::Answer { reply: sent + 1, features: request.features };
                self.then(next, Item::Connect { request, authorizer }, used)
            }
            Err(Ok(total)) => need(total),
            Err(Err(fault)) => self.astray(fault),
        }
    }

    /// What the connector sends depends on the acceptor's reply.
    fn answer<'b>(&mut self, number: u32, features: u64, window: &'b [u8]) -> Turn<'b> {
        let next = match self.terms.replies {
            Some((seen, _)) if seen > number => State::Connect { sent: number },
            Some((seen, tag)) if seen == number => match tag {
                ReplyTag::READY => State::Tags,
                ReplyTag::SEQ => State::Seq,
                _ => State::Connect { sent: number },
            },
            _ if !self.guessing => return Turn::Out(Step::Wait(WaitFor::ConnectReply)),
            // Another request repeats the features of the one before it.
            _ => match read::<u64>(window, 0) {
                None => return need(8),
                Some(repeated) if repeated == features => State::Connect { sent: number },
                Some(_) => match items_follow(window, self.last) {
                    Found::Frame(_) => State::Tags,
                    Found::Short(more) if !self.last => return need(more),
                    _ => State::Seq,
                },
            },
        };
        self.go(next)
    }

    fn reply<'b>(&mut self, window: &'b [u8]) -> Turn<'b> {
        let Some(reply) = read::<ConnectReply>(window, 0) else { return need(ConnectReply::SIZE) };
        if reply.tag.name().is_none() {
            return self.astray(Fault::invalid(
                "tag",
                0,
                "connect reply",
                u64::from(reply.tag.0),
                "the tag of a connect reply",
            ));
        }
        match authorizer(window, ConnectReply::SIZE, 21, reply.authorizer_len) {
            Ok(authorizer) => {
                let used = ConnectReply::SIZE + authorizer.len();
                if reply.tag.opens_session() {
                    // Already those that both ends have.
                    self.terms.features = self.terms.features.or(Some(reply.features));
                }
                let next = match reply.tag {
                    ReplyTag::READY => State::Tags,
                    ReplyTag::SEQ => State::Seq,
                    _ => State::Reply,
                };
                self.then(next, Item::Reply { reply, authorizer }, used)
            }
            Err(Ok(total)) => need(total),
            Err(Err(fault)) => self.astray(fault),
        }
    }

    fn tagged<'b>(&mut self, window: &'b [u8], want: &mut dyn FnMut(&Header) -> Want) -> Turn<'b> {
        let time = read::<Timespec>(window, 1);
        let number = read::<u64>(window, 1);
        let (what, used) = match Tag(window[0]) {
            Tag::MSG => return self.message(window, want),
            Tag::CLOSE => (Some(Item::Close), 1),
            Tag::KEEPALIVE => (Some(Item::Keepalive), 1),
            Tag::ACK => (number.map(Item::Ack), 9),
            Tag::KEEPALIVE2 => (time.map(Item::Keepalive2), 9),
            Tag::KEEPALIVE2_ACK => (time.map(Item::Keepalive2Ack), 9),
            Tag(tag) => {
                return self.astray(Fault::invalid("tag", 0, "stream", u64::from(tag), "a tag"));
            }
        };
        match what {
            Some(what) => self.then(State::Tags, what, used),
            None => need(used),
        }
    }

    fn message<'b>(&mut self, window: &'b [u8], want: &mut dyn FnMut(&Header) -> Want) -> Turn<'b> {
        let Some(head) = read::<MessageHeader>(window, 1) else { return need(HEAD) };
        let computed = crc32c(0, &window[1..HEAD - 4]);
        if !agree(head.crc, computed) {
            return self.astray(wrong("crc", HEAD - 4, "message header", head.crc, computed));
        }
        let header = head.header();
        let sections = head.payload_len();
        let footer = self.footer_len();
        if !self.is_awaited() {
            let whole = HEAD as u64 + sections + footer.unwrap_or(SignedFooter::SIZE) as u64;
            let why = match want(&header) {
                Want::Skip => Some(SkipReason::Unwanted),
                Want::Whole if whole > self.limits.max_frame as u64 => Some(SkipReason::TooLong),
                Want::Whole => None,
            };
            if let Some(why) = why {
                let bytes = sections + footer.unwrap_or(0) as u64;
                let turn = self.pass(header, HEAD, bytes, why);
                if footer.is_none() {
                    self.state = framer::State::V1(State::Footer);
                }
                return turn;
            }
        }
        // Bounded by max_frame just now or when it was first asked for.
        let at = HEAD + usize::try_from(sections).unwrap_or(usize::MAX - 1024);
        let footer = match footer {
            Some(len) => len,
            None => {
                match window.get(at..).map_or(Err(PlainFooter::SIZE), |b| settle(b, self.last)) {
                    Ok(len) => len,
                    Err(more) => return self.await_frame(at + more, false, Some(header)),
                }
            }
        };
        let total = at + footer;
        let Some(frame) = window.get(..total) else {
            return self.await_frame(total, true, Some(header));
        };
        let sections = split(&frame[HEAD..at], &head);
        let footer = match footer {
            SignedFooter::SIZE => Footer::Signed(SignedFooter::read(&frame[at..])),
            _ => Footer::Plain(PlainFooter::read(&frame[at..])),
        };
        self.state = framer::State::V1(State::Tags);
        match check(&sections, &footer, at) {
            // A sender that gives up fills the rest with zeros, the footer too.
            Ok(_) if !footer.flags().contains(FooterFlags::COMPLETE) => {
                item(msgr::Item::V1(Item::Aborted(head)), total)
            }
            Ok(checked) => {
                self.footer = Some(total - at);
                let wrapping = Wrapping::V1 { header: head, footer };
                let parcel = Parcel { header, sections, checked, wrapping };
                item(msgr::Item::Message(parcel), total)
            }
            Err(fault) => self.damaged(Some(header), fault, HEAD, total as u64),
        }
    }

    /// A footer of unknown length behind a payload that was passed over.
    fn footer<'b>(&mut self, window: &'b [u8]) -> Turn<'b> {
        let len = match self.footer_len() {
            Some(len) => len,
            None => match settle(window, self.last) {
                Ok(len) => len,
                Err(more) => return need(more),
            },
        };
        self.pass_rest(len as u64, SkipReason::Unwanted);
        self.go(State::Tags)
    }

    fn footer_len(&self) -> Option<usize> {
        let told = self.terms.features.map(|features| match features & feature::MSG_AUTH {
            0 => PlainFooter::SIZE,
            _ => SignedFooter::SIZE,
        });
        told.or(self.footer)
    }
}

/// Whether the first byte begins a message.
pub(in crate::msgr) fn probe(window: &[u8]) -> Found {
    if window.first() != Some(&Tag::MSG.0) {
        return Found::Nothing;
    }
    let Some(head) = read::<MessageHeader>(window, 1) else { return Found::Short(HEAD) };
    // The CRC of zeros is zero: ask for something that is never zero in a real header.
    let plausible = head.kind.0 != 0 && head.source.kind.name().is_some();
    match plausible && agree(head.crc, crc32c(0, &window[1..HEAD - 4])) {
        true => Found::Frame(Messenger::V1),
        false => Found::Nothing,
    }
}

/// Whether tagged items begin here: small ones up to a message, or several of them.
pub(in crate::msgr) fn items_follow(window: &[u8], last: bool) -> Found {
    const SEVERAL: u32 = 4;
    let mut at = 0;
    for seen in 0..SEVERAL {
        let rest = window.get(at..).unwrap_or(&[]);
        at += match rest.first().map(|tag| Tag(*tag)) {
            Some(Tag::MSG) => {
                return match probe(rest) {
                    Found::Short(more) => Found::Short(at + more),
                    found => found,
                };
            }
            Some(Tag::ACK | Tag::KEEPALIVE2 | Tag::KEEPALIVE2_ACK) => 9,
            Some(Tag::KEEPALIVE | Tag::CLOSE) => 1,
            Some(_) => return Found::Nothing,
            None if last && at == window.len() && seen > 1 => break,
            None => return Found::Short(at + 1),
        };
    }
    Found::Frame(Messenger::V1)
}

/// The length of a footer, by its flags and what follows it. `Err`: so many bytes would tell.
fn settle(bytes: &[u8], last: bool) -> Result<usize, usize> {
    const LONG: usize = SignedFooter::SIZE;
    const SHORT: usize = PlainFooter::SIZE;
    let Some(flags) = bytes.get(SHORT - 1) else { return Err(SHORT) };
    // Only a footer with a signature has the flag that says so; one that is not complete is rare.
    if !matches!(flags, 1 | 3) {
        return if bytes.len() < LONG { Err(LONG) } else { Ok(LONG) };
    }
    let tag = |at: usize| bytes.get(at).map(|tag| Tag(*tag).name().is_some());
    let long = bytes.get(LONG - 1).map(|flags| *flags & 1 == 1 && *flags < 8);
    match (tag(SHORT), long, tag(LONG)) {
        (Some(false), _, _) => Ok(LONG),
        (_, Some(false), _) | (Some(true), Some(true), Some(false)) => Ok(SHORT),
        (Some(true), Some(true), Some(true)) => Ok(LONG),
        (None, _, _) if last => Ok(SHORT),
        (Some(true), Some(true), None) if last => Ok(LONG),
        (Some(true), None, _) if last => Ok(SHORT),
        (_, None, _) => Err(LONG),
        (_, Some(true), None) => Err(LONG + 1),
        (None, Some(true), Some(_)) => Ok(LONG),
    }
}

fn split<'b>(payload: &'b [u8], head: &MessageHeader) -> Sections<'b> {
    let (front, rest) = payload.split_at(head.front_len as usize);
    let (middle, data) = rest.split_at(head.middle_len as usize);
    Sections { front, middle, data }
}

/// Compares the sections with the CRCs of their footer, which begins at byte `at` of the frame.
fn check(sections: &Sections<'_>, footer: &Footer, at: usize) -> Result<Checked, Fault> {
    let found = footer.crcs();
    let unchecked = footer.flags().contains(FooterFlags::NO_DATA_CRC);
    let parts = [
        ("front_crc", sections.front),
        ("middle_crc", sections.middle),
        ("data_crc", sections.data),
    ];
    for (i, (name, bytes)) in parts.into_iter().enumerate() {
        if i == 2 && unchecked {
            continue;
        }
        let computed = crc32c(0, bytes);
        if !agree(found[i], computed) {
            // A sender that computes none writes none.
            return match found == [0; 3] {
                true => Ok(Checked::NotComputed),
                false => Err(wrong(name, at + 4 * i, "message footer", found[i], computed)),
            };
        }
    }
    Ok(if unchecked && !sections.data.is_empty() { Checked::NotComputed } else { Checked::Right })
}

/// The bytes behind a record, or how many bytes are needed for them, or why they cannot be right.
fn authorizer(
    window: &[u8],
    record: usize,
    at: usize,
    len: u32,
) -> Result<&[u8], Result<usize, Fault>> {
    if len > MAX_AUTHORIZER {
        return Err(Err(Fault::invalid(
            "authorizer_len",
            at,
            "handshake",
            u64::from(len),
            "at most 65536",
        )));
    }
    let total = record + len as usize;
    window.get(record..total).ok_or(Ok(total))
}

fn read<T: Fixed>(window: &[u8], at: usize) -> Option<T> {
    window.get(at..at + T::SIZE).map(T::read)
}
