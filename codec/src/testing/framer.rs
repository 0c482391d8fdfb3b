//! Any bytes as the two directions of a connection.

use alloc::vec::Vec;

use super::tiler::Tiler;
use crate::message::{Header, Sections};
use crate::msgr::v1::ReplyTag;
use crate::msgr::v2::Revision;
use crate::msgr::{
    Agreement, Framer, Item, Limits, Messenger, Mode, Parcel, Role, SkipReason, Start, Step, Terms,
    Want, Wrapping, v1, v2,
};
use crate::{Sink, Span, Value};

/// [`Limits::max_frame`], one of these.
const MAX_FRAME: [usize; 4] = [200, 2000, 1 << 16, 64 << 20];
/// Streams shorter than this are also read byte by byte.
const BYTE_BY_BYTE: usize = 200;
/// Reasons for which bytes are passed over.
const REASONS: usize = SkipReason::Encrypted as usize + 1;
/// The longest thing of a handshake, which no limit shortens.
const HANDSHAKE: usize = 66_000;

/// Two directions as msgr1.
///
/// The input is a byte of flags, the number of operations, three bytes for each of them, the length of the
/// first direction's stream as u32, and both streams. See [`Op`] and [`Flags`]. With the highest bit of the number
/// items are not encoded again, which takes longer than everything else.
///
/// - Nothing panics. Every step asks for more than there is, or takes at least a byte and at most all.
/// - Nothing is asked for beyond the limits; about no message the caller is asked twice.
/// - After [`Framer::guess`] nothing waits.
/// - Every item's fields lie one behind the other, none left out; encoded and read again, it is the same.
/// - Where nothing is lost or learned on the way, pieces make no difference.
pub fn msgr1(data: &[u8]) {
    run(Messenger::V1, data);
}

/// Two directions as msgr2. As [`msgr1`].
pub fn msgr2(data: &[u8]) {
    run(Messenger::V2, data);
}

fn run(messenger: Messenger, data: &[u8]) {
    let Some((&[flags, count], rest)) = data.split_first_chunk() else { return };
    let flags = Flags { bits: flags, again: count & 0x80 == 0, messenger };
    let Some((ops, rest)) = rest.split_at_checked(3 * usize::from(count % 64)) else { return };
    let Some((&first, streams)) = rest.split_first_chunk() else { return };
    let first = (u32::from_le_bytes(first) as usize).min(streams.len());
    let (first, second) = streams.split_at(first);
    let ops = ops.chunks_exact(3).map(Op::read);
    match flags.pieces() {
        false => converse(flags, ops, [first, second]),
        true => pieces(flags, ops, first),
    }
}

/// What holds for a whole run.
#[derive(Clone, Copy)]
struct Flags {
    bits: u8,
    /// Items are encoded again.
    again: bool,
    messenger: Messenger,
}

impl Flags {
    fn pieces(self) -> bool {
        self.bits & 0x80 != 0
    }

    /// Side 0 is known to be the connector.
    fn opened(self) -> bool {
        self.bits & 0x40 != 0
    }

    fn start(self) -> Start {
        if self.bits & 0x20 != 0 { Start::MidStream } else { Start::Banner }
    }

    /// The messenger is known, and everything else that fixes the framing.
    fn told(self) -> bool {
        // Two messengers at once are told apart by checksums, and those are all right when fuzzing.
        self.bits & 0x10 != 0 || self.pieces()
    }

    fn limits(self) -> Limits {
        Limits { max_frame: MAX_FRAME[usize::from(self.bits >> 2 & 3)] }
    }

    fn want(self, header: &Header) -> Want {
        match self.bits & 3 {
            0 => Want::Whole,
            1 => Want::Skip,
            _ if header.seq & 1 == 0 => Want::Whole,
            _ => Want::Skip,
        }
    }

    fn framer(self) -> Framer {
        let mut framer = Framer::new(self.start(), self.limits());
        if self.told() {
            framer.learn(Terms { messenger: Some(self.messenger), ..terms(self.bits.into()) });
        }
        framer
    }
}

/// Any terms.
fn terms(bits: u16) -> Terms {
    let bit = |i: u16| bits >> i & 1 != 0;
    let [low, _] = bits.to_le_bytes();
    Terms {
        messenger: None,
        role: bit(8).then_some(if bit(0) { Role::Connector } else { Role::Acceptor }),
        replies: bit(9).then_some((u32::from(low >> 4), ReplyTag(low & 15))),
        features: bit(10).then_some(if bit(1) { v1::feature::MSG_AUTH } else { 0 }),
        revision: bit(11).then_some(if bit(2) { Revision::Rev0 } else { Revision::Rev1 }),
        mode: bit(12).then_some(if bit(3) && bit(13) { Mode::Secure } else { Mode::Crc }),
    }
}

/// One thing that happens to one direction.
#[derive(Clone, Copy, Debug)]
enum What {
    /// So many more bytes come.
    Feed(usize),
    /// So many bytes are lost, and the framer is told this number.
    Lose(usize, Option<u64>),
    Learn(Terms),
    Guess,
    Finish,
}

#[derive(Clone, Copy, Debug)]
struct Op {
    side: usize,
    what: What,
}

impl Op {
    /// A byte that says what and where, and a number.
    fn read(bytes: &[u8]) -> Self {
        let number = u16::from_le_bytes([bytes[1], bytes[2]]);
        let lost = usize::from(number % 2048);
        let what = match bytes[0] >> 1 & 7 {
            0..=2 => What::Feed(number.into()),
            3 => What::Lose(lost, Some(lost as u64)),
            4 => What::Lose(lost, None),
            5 => What::Lose(lost, Some(u64::from(number).pow(4))),
            6 => What::Learn(terms(number)),
            _ if number & 7 == 0 => What::Finish,
            _ => What::Guess,
        };
        Op { side: usize::from(bytes[0] & 1), what }
    }
}

/// Both directions, in the order of the operations; then all that is left of either.
fn converse(flags: Flags, ops: impl Iterator<Item = Op>, streams: [&[u8]; 2]) {
    let mut sides = streams.map(|stream| Side::new(flags, stream));
    let mut agreement = match flags.opened() {
        true => Agreement::opened_by(0),
        false => Agreement::default(),
    };
    let rest = streams.map(<[u8]>::len);
    let last = [0, 1].into_iter().flat_map(|side| {
        [What::Feed(rest[side]), What::Guess, What::Finish].map(|what| Op { side, what })
    });
    for Op { side, what } in ops.chain(last) {
        sides[side].apply(what);
        // What one direction says may be what the other one waits for, and so on.
        let (mut turn, mut news) = (side, true);
        while news {
            news = false;
            sides[turn].look(|_, item| {
                let changed = agreement.hear(turn, item);
                news |= changed;
                changed.then(|| agreement.terms(turn))
            });
            turn ^= 1;
            if news {
                sides[turn].framer.learn(agreement.terms(turn));
            }
        }
    }
    for side in &sides {
        assert_eq!(side.end, side.stream.len());
    }
}

/// What came of a direction: every item and its first byte, bytes passed over for each reason, all bytes.
#[derive(PartialEq)]
struct Seen<'s> {
    items: Vec<(usize, Item<'s>)>,
    skipped: [usize; REASONS],
    at: usize,
}

/// One direction whole, in pieces, and byte by byte.
fn pieces(flags: Flags, ops: impl Iterator<Item = Op>, stream: &[u8]) {
    let feeds = ops.filter_map(|op| match op.what {
        What::Feed(bytes) => Some(bytes),
        _ => None,
    });
    let whole = seen(flags, stream, core::iter::empty());
    // Of the same items the same is to be said.
    let flags = Flags { again: false, ..flags };
    assert!(whole == seen(flags, stream, feeds), "pieces make a difference");
    if stream.len() < BYTE_BY_BYTE {
        let bytes = core::iter::repeat_n(1, stream.len());
        assert!(whole == seen(flags, stream, bytes), "bytes make a difference");
    }
}

fn seen<'s>(flags: Flags, stream: &'s [u8], pieces: impl Iterator<Item = usize>) -> Seen<'s> {
    let (mut side, mut items) = (Side::new(flags, stream), Vec::new());
    let mut keep = |at, item: &Item<'s>| {
        items.push((at, *item));
        None
    };
    side.apply(What::Guess);
    for piece in pieces.chain([stream.len()]) {
        side.apply(What::Feed(piece));
        side.look(&mut keep);
    }
    side.apply(What::Finish);
    side.look(&mut keep);
    Seen { items, skipped: side.skipped, at: side.at }
}

/// One direction.
struct Side<'s> {
    flags: Flags,
    framer: Framer,
    stream: &'s [u8],
    /// Where the framer's window begins, and where it ends.
    at: usize,
    end: usize,
    guessing: bool,
    /// The caller was asked about the message at hand.
    asked: bool,
    /// Bytes passed over, for each reason.
    skipped: [usize; REASONS],
}

impl<'s> Side<'s> {
    fn new(flags: Flags, stream: &'s [u8]) -> Self {
        Side {
            flags,
            framer: flags.framer(),
            stream,
            at: 0,
            end: 0,
            guessing: false,
            asked: false,
            skipped: [0; REASONS],
        }
    }

    fn apply(&mut self, what: What) {
        match what {
            What::Feed(bytes) => self.end = self.stream.len().min(self.end + bytes),
            What::Lose(bytes, told) => {
                self.framer.gap(self.end - self.at, told);
                self.end = self.stream.len().min(self.end + bytes);
                self.at = self.end;
                self.asked = false;
            }
            What::Learn(terms) => self.framer.learn(terms),
            What::Guess => {
                self.framer.guess();
                self.guessing = true;
            }
            What::Finish => {
                self.framer.finish();
                self.guessing = true;
            }
        }
    }

    /// Steps as far as the bytes go. `learned` is told every item and its first byte, and answers what is to be
    /// learned.
    fn look(&mut self, mut learned: impl FnMut(usize, &Item<'s>) -> Option<Terms>) {
        let stream: &'s [u8] = self.stream;
        loop {
            let window = &stream[self.at..self.end];
            let (flags, asked) = (self.flags, &mut self.asked);
            let step = self.framer.step(window, |header| {
                assert!(!core::mem::replace(asked, true), "asked again about {header:?}");
                flags.want(header)
            });
            let taken = match step {
                Step::Need(need) => {
                    assert!(need > window.len(), "{need} bytes are there");
                    assert!(need <= flags.limits().max_frame + HANDSHAKE, "{need} bytes?");
                    return;
                }
                Step::Wait(_) => return assert!(!self.guessing, "it was to guess"),
                Step::Skip { bytes, why } => {
                    self.skipped[why as usize] += bytes;
                    bytes
                }
                Step::Item { item, used } => {
                    check_item(&item, &window[..used], flags.again);
                    if let Some(terms) = learned(self.at, &item) {
                        self.framer.learn(terms);
                    }
                    used
                }
            };
            assert!((1..=window.len()).contains(&taken), "{taken} of {} bytes", window.len());
            self.at += taken;
            self.asked = false;
        }
    }
}

/// Checks what an item says of the bytes that it took, and what is read of it when it is encoded `again`.
fn check_item(item: &Item<'_>, bytes: &[u8], again: bool) {
    let sections = match item {
        Item::Message(Parcel { sections: Sections { front, middle, data }, .. }) => {
            Some([*front, *middle, *data])
        }
        _ => None,
    };
    let mut shown = Shown { tiler: Tiler::default(), sections };
    let told = item.describe(bytes, &mut shown);
    let Shown { tiler, sections } = shown;
    assert!(sections.is_none_or(|left| left == [&[]; 3]), "{item:?}: {sections:?} are not shown");
    match told {
        Ok(()) => tiler.assert_whole(bytes.len(), 0),
        Err(fault) => {
            assert!(matches!(item, Item::Damaged { .. }), "{item:?}: {fault}");
            assert!(fault.at <= bytes.len(), "{fault}");
            tiler.assert_broke(fault);
        }
    }
    if again {
        encode_again(item, bytes);
    }
}

fn encode_again(item: &Item<'_>, bytes: &[u8]) {
    match item {
        Item::Message(parcel) => check_parcel(parcel),
        Item::V1(v1::Item::Aborted(_)) => {}
        Item::V1(item) => {
            let mut again = Vec::new();
            item.encode(&mut again);
            assert_eq!(again, bytes, "{item:?}");
        }
        Item::V2(v2::Item::Banner(banner)) => {
            let mut again = Vec::new();
            banner.encode_banner(&mut again);
            // A banner may have a tail.
            assert_eq!(again[10..], bytes[10..again.len()], "{item:?}");
        }
        Item::V2(v2::Item::Control(frame)) => {
            let revision = revision(bytes.len() as u64);
            let encode = |out: &mut Vec<u8>| frame.encode(revision, out);
            read_again(Messenger::V2, revision, encode, |again| assert_eq!(again, *item));
        }
        Item::MessageSkipped { .. } | Item::V2(_) | Item::Damaged { .. } => {}
    }
}

/// Checks that fields lie one behind the other, and that the sections of a message are shown in their order.
struct Shown<'a> {
    tiler: Tiler,
    /// Of a message what is still to be shown of front, middle and data.
    sections: Option<[&'a [u8]; 3]>,
}

impl Sink for Shown<'_> {
    #[inline]
    fn field(&mut self, span: Span, value: Value<'_>) {
        self.tiler.field(span, value);
        let Some(sections) = &mut self.sections else { return };
        if let ("front" | "middle" | "data", Value::Bytes(bytes)) = (span.name, value) {
            let next = sections.iter_mut().find(|section| !section.is_empty());
            match next.map(|next| (next.strip_prefix(bytes), next)) {
                Some((Some(rest), next)) => *next = rest,
                Some((None, next)) => panic!("{span:?} is {bytes:?}, and not {next:?}"),
                None => assert!(bytes.is_empty(), "{span:?} is {bytes:?}, and was whole"),
            }
        }
    }

    #[inline]
    fn open(&mut self, span: Span) {
        self.tiler.open(span);
    }

    #[inline]
    fn close(&mut self, end: usize) {
        self.tiler.close(end);
    }
}

fn check_parcel(parcel: &Parcel<'_>) {
    let Parcel { header, sections, wrapping, .. } = parcel;
    let same = |again: Item<'_>| match again {
        Item::Message(again) => {
            assert_eq!((again.header, again.sections), (*header, *sections));
        }
        other => panic!("{other:?} for {parcel:?}"),
    };
    let revision = revision(header.tid);
    match wrapping {
        Wrapping::V1 { .. } => {
            let encode = |out: &mut Vec<u8>| {
                v1::encode_message(header, sections, revision == Revision::Rev1, out);
            };
            read_again(Messenger::V1, revision, encode, same);
        }
        Wrapping::V2 { header: header2 } => {
            let encode = |out: &mut Vec<u8>| {
                v2::encode_message(header, header2.ack_seq, sections, revision, out);
            };
            read_again(Messenger::V2, revision, encode, same);
        }
    }
}

/// Something encoded again is so in one of the revisions: which one, its own bytes say.
fn revision(number: u64) -> Revision {
    if number & 1 == 0 { Revision::Rev0 } else { Revision::Rev1 }
}

/// Hands over what is read of encoded bytes that stand behind a handshake. In place of a revision, msgr1 has
/// a feature.
fn read_again(
    messenger: Messenger,
    revision: Revision,
    encode: impl FnOnce(&mut Vec<u8>),
    check: impl FnOnce(Item<'_>),
) {
    let newer = revision == Revision::Rev1;
    let mut stream = Vec::new();
    match messenger {
        Messenger::V1 => {
            let (own, peer) = Default::default();
            let features = if newer { v1::feature::MSG_AUTH } else { 0 };
            let reply = v1::ConnectReply { tag: ReplyTag::READY, features, ..Default::default() };
            v1::Item::Banner.encode(&mut stream);
            v1::Item::AcceptorAddresses { own, peer }.encode(&mut stream);
            v1::Item::Reply { reply, authorizer: &[] }.encode(&mut stream);
        }
        Messenger::V2 => {
            v2::Banner { supported: newer.into(), required: 0 }.encode_banner(&mut stream);
        }
    }
    let start = stream.len();
    encode(&mut stream);
    let mut framer = Framer::new(Start::Banner, Limits::default());
    framer.learn(Terms {
        role: Some(Role::Acceptor),
        revision: Some(revision),
        mode: Some(Mode::Crc),
        ..Terms::default()
    });
    let mut at = 0;
    loop {
        match framer.step(&stream[at..], |_| Want::Whole) {
            Step::Item { item, used } if at == start => {
                assert_eq!(at + used, stream.len(), "{item:?}");
                return check(item);
            }
            Step::Item { used, .. } => at += used,
            other => panic!("{other:?} at {at} of {stream:?}"),
        }
    }
}
