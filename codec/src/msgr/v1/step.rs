//! Where msgr1's items begin and end.

use super::{
    Connect, ConnectReply, Footer, FooterFlags, Item, MessageHeader, PlainFooter, ReplyTag,
    SignedFooter, Tag, feature,
};
use crate::message::Sections;
use crate::msgr::framer::{self, wrong};
use crate::msgr::scan::Found;
use crate::msgr::{
    self, Checked, Framer, Look, Messenger, Parcel, Role, SkipReason, Step, Turn, WaitFor, Want,
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
    pub(in crate::msgr) fn v1(&mut self, state: State, look: &mut Look<'_, '_>) -> Turn {
        match state {
            State::Addresses => self.addresses(look),
            State::Connect { sent } => self.connect(sent, look),
            State::Answer { reply, features } => self.answer(reply, features, look),
            State::Reply => self.reply(look),
            State::Seq => match read::<u64>(look.window, 0) {
                Some(seq) => self.then(State::Tags, Item::Seq(seq), 8, look),
                None => look.need(8),
            },
            State::Tags => self.tagged(look),
            State::Footer => self.footer(look),
        }
    }

    fn then<'b>(
        &mut self,
        state: State,
        what: Item<'b>,
        used: usize,
        look: &mut Look<'b, '_>,
    ) -> Turn {
        self.state = framer::State::V1(state);
        look.item(msgr::Item::V1(what), used)
    }

    fn go(&mut self, state: State) -> Turn {
        self.state = framer::State::V1(state);
        Turn::Again
    }

    fn addresses(&mut self, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        const ONE: usize = LegacyAddress::SIZE;
        let Some(first) = read::<LegacyAddress>(window, 0) else { return look.need(ONE) };
        let role = match self.terms.role {
            Some(role) => role,
            // A connect request begins with features, whose low half is never 0; a second address does.
            None => match window.get(ONE..ONE + 4) {
                Some([0, 0, 0, 0]) => Role::Acceptor,
                Some(_) => Role::Connector,
                None => return look.need(ONE + 4),
            },
        };
        match role {
            Role::Connector => {
                self.then(State::Connect { sent: 0 }, Item::ConnectorAddress(first), ONE, look)
            }
            Role::Acceptor => match read::<LegacyAddress>(window, ONE) {
                Some(peer) => {
                    let addresses = Item::AcceptorAddresses { own: first, peer };
                    self.then(State::Reply, addresses, 2 * ONE, look)
                }
                None => look.need(2 * ONE),
            },
        }
    }

    fn connect(&mut self, sent: u32, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let Some(request) = read::<Connect>(window, 0) else { return look.need(Connect::SIZE) };
        match authorizer(window, Connect::SIZE, 28, request.authorizer_len) {
            Ok(authorizer) => {
                let used = Connect::SIZE + authorizer.len();
                let next = State::Answer { reply: sent + 1, features: request.features };
                self.then(next, Item::Connect { request, authorizer }, used, look)
            }
            Err(Ok(total)) => look.need(total),
            Err(Err(fault)) => self.astray(fault, look),
        }
    }

    /// What the connector sends depends on the acceptor's reply.
    fn answer(&mut self, number: u32, features: u64, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let next = match self.terms.replies {
            Some((seen, _)) if seen > number => State::Connect { sent: number },
            Some((seen, tag)) if seen == number => match tag {
                ReplyTag::READY => State::Tags,
                ReplyTag::SEQ => State::Seq,
                _ => State::Connect { sent: number },
            },
            _ if !self.guessing => return look.out(Step::Wait(WaitFor::ConnectReply)),
            // Another request repeats the features of the one before it.
            _ => match read::<u64>(window, 0) {
                None => return look.need(8),
                Some(repeated) if repeated == features => State::Connect { sent: number },
                Some(_) => match items_follow(window, self.last) {
                    Found::Frame(_) => State::Tags,
                    Found::Short(more) if !self.last => return look.need(more),
                    _ => State::Seq,
                },
            },
        };
        self.go(next)
    }

    fn reply(&mut self, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let Some(reply) = read::<ConnectReply>(window, 0) else {
            return look.need(ConnectReply::SIZE);
        };
        if reply.tag.name().is_none() {
            let found = u64::from(reply.tag.0);
            let expected = "the tag of a connect reply";
            let fault = Fault::invalid("tag", 0, "connect reply", found, expected);
            return self.astray(fault, look);
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
                self.then(next, Item::Reply { reply, authorizer }, used, look)
            }
            Err(Ok(total)) => look.need(total),
            Err(Err(fault)) => self.astray(fault, look),
        }
    }

    fn tagged(&mut self, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let time = read::<Timespec>(window, 1);
        let number = read::<u64>(window, 1);
        let (what, used) = match Tag(window[0]) {
            Tag::MSG => return self.message(look),
            Tag::CLOSE => (Some(Item::Close), 1),
            Tag::KEEPALIVE => (Some(Item::Keepalive), 1),
            Tag::ACK => (number.map(Item::Ack), 9),
            Tag::KEEPALIVE2 => (time.map(Item::Keepalive2), 9),
            Tag::KEEPALIVE2_ACK => (time.map(Item::Keepalive2Ack), 9),
            Tag(tag) => {
                let fault = Fault::invalid("tag", 0, "stream", u64::from(tag), "a tag");
                return self.astray(fault, look);
            }
        };
        match what {
            Some(what) => self.then(State::Tags, what, used, look),
            None => look.need(used),
        }
    }

    fn message(&mut self, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let Some(head) = read::<MessageHeader>(window, 1) else { return look.need(HEAD) };
        let computed = crc32c(0, &window[1..HEAD - 4]);
        if !agree(head.crc, computed) {
            let fault = wrong("crc", HEAD - 4, "message header", head.crc, computed);
            return self.astray(fault, look);
        }
        let header = head.header();
        let sections = head.payload_len();
        let footer = self.footer_len();
        if !self.is_awaited() {
            let whole = HEAD as u64 + sections + footer.unwrap_or(SignedFooter::SIZE) as u64;
            let why = match (look.want)(&header) {
                Want::Skip => Some(SkipReason::Unwanted),
                Want::Whole if whole > self.limits.max_frame as u64 => Some(SkipReason::TooLong),
                Want::Whole => None,
            };
            if let Some(why) = why {
                let bytes = sections + footer.unwrap_or(0) as u64;
                let turn = self.pass(header, HEAD, bytes, why, look);
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
                    Err(more) => return self.await_frame(at + more, false, Some(header), look),
                }
            }
        };
        let total = at + footer;
        let Some(frame) = window.get(..total) else {
            return self.await_frame(total, true, Some(header), look);
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
                look.item(msgr::Item::V1(Item::Aborted(head)), total)
            }
            Ok(checked) => {
                self.footer = Some(total - at);
                let wrapping = Wrapping::V1 { header: head, footer };
                let parcel = Parcel { header, sections, checked, wrapping };
                look.item(msgr::Item::Message(parcel), total)
            }
            Err(fault) => self.damaged(Some(header), fault, HEAD, total as u64, look),
        }
    }

    /// A footer of unknown length behind a payload that was passed over.
    fn footer(&mut self, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let len = match self.footer_len() {
            Some(len) => len,
            None => match settle(window, self.last) {
                Ok(len) => len,
                Err(more) => return look.need(more),
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
