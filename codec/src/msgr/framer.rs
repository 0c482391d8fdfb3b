//! The state machine around both messengers: what is pending, what is passed over, what was lost.

use super::scan::{self, Found};
use super::{
    Item, Limits, Look, Messenger, Mode, SkipReason, Start, Step, Terms, Turn, Want, v1, v2,
};
use crate::message::Header;
use crate::{Fault, FaultKind};

/// Finds items in one direction of one TCP connection.
///
/// ```
/// use ceph_codec::msgr::{Framer, Item, Limits, Start, Step, Want, v1};
///
/// let stream = b"ceph v027";
/// let mut framer = Framer::new(Start::Banner, Limits::default());
/// match framer.step(stream, |_header| Want::Whole) {
///     Step::Item { item: Item::V1(v1::Item::Banner), used } => assert_eq!(used, 9),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Framer {
    pub(super) limits: Limits,
    pub(super) terms: Terms,
    pub(super) state: State,
    /// Nothing more will be learned.
    pub(super) guessing: bool,
    /// No more bytes come.
    pub(super) last: bool,
    /// msgr1: the length of footers as the first ones showed it.
    pub(super) footer: Option<usize>,
    /// msgr2: a frame showed that the revision is the one that banners told. These have no checksum.
    pub(super) proven: bool,
    /// msgr2: it was found out once by the checksums of a frame, in spite of banners.
    pub(super) doubted: bool,
    /// A banner was expected and did not come, and nothing else was recognised since.
    foreign: bool,
    /// Bytes to pass over before anything else.
    skip: Option<(u64, SkipReason)>,
    /// The frame at the window's first byte, once its length is known.
    pending: Option<Pending>,
    /// How many bytes of damaged frames may still be looked at a second time.
    credit: u64,
}

/// Where in the protocol a stream stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// At the first byte seen.
    Start(Start),
    /// Looking for a frame. If a frame's length was verified before its payload turned out damaged, that is
    /// where the next one is expected first.
    Lost {
        /// Bytes to that place, and why they are passed over.
        expected: Option<(usize, SkipReason)>,
    },
    V1(v1::State),
    V2(v2::State),
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    total: usize,
    /// Whether the next frame begins there.
    exact: bool,
    header: Option<Header>,
}

impl Framer {
    /// A framer for a direction of which the first byte seen is `start`.
    #[must_use]
    pub fn new(start: Start, limits: Limits) -> Self {
        Framer {
            limits,
            terms: Terms::default(),
            state: State::Start(start),
            guessing: false,
            last: false,
            footer: None,
            proven: false,
            doubted: false,
            foreign: false,
            skip: None,
            pending: None,
            credit: limits.max_frame as u64,
        }
    }

    /// Looks at `window`, the contiguous bytes of the stream from the framer's position on.
    ///
    /// `want` is asked about a message as soon as its header is known to be right, once for each message. In
    /// msgr2.0 only the lengths are known by then: the header's checksum stands at the frame's end.
    pub fn step<'b>(&mut self, window: &'b [u8], want: impl FnMut(&Header) -> Want) -> Step<'b> {
        let mut step = Step::Need(1);
        self.step_into(window, want, &mut step);
        step
    }

    /// As [`step`](Framer::step), with the answer written to its place: it has some hundred bytes.
    pub fn step_into<'b>(
        &mut self,
        window: &'b [u8],
        mut want: impl FnMut(&Header) -> Want,
        step: &mut Step<'b>,
    ) {
        *step = Step::Need(1);
        self.look(&mut Look { window, want: &mut want, step });
    }

    /// Tells that the stream goes on behind a hole: the caller dropped `held` bytes that it had, and behind
    /// them `lost` bytes never came (`None`: nobody knows how many).
    ///
    /// A hole within a frame of known length, or within bytes that are passed over, costs only that frame:
    /// the next one begins where it should. The header of the message that was wanted and is cut comes back.
    pub fn gap(&mut self, held: usize, lost: Option<u64>) -> Option<Header> {
        self.last = false;
        let pending = self.pending.take();
        let hole = lost.map(|lost| lost.saturating_add(held as u64));
        let known = match (self.skip.take(), pending) {
            (Some((left, why)), _) => Some((left, why)),
            (None, Some(Pending { total, exact: true, .. })) => {
                Some((total as u64, SkipReason::Cut))
            }
            (None, _) => None,
        };
        match (known, hole) {
            (Some((left, why)), Some(hole)) if hole <= left => {
                self.skip = Some((left - hole, why)).filter(|(left, _)| *left > 0);
            }
            (None, Some(0)) => {}
            (None, hole) => self.state = self.state.behind(hole),
            _ => self.state = self.state.behind(None),
        }
        pending.and_then(|pending| pending.header)
    }

    /// Tells what both ends agreed on. What `terms` leaves open stays as it was.
    pub fn learn(&mut self, terms: Terms) {
        // What frames have shown counts for more than what banners said.
        let shown = self.terms.revision.filter(|_| self.proven || self.doubted);
        self.terms = terms.or(self.terms);
        self.terms.revision = shown.or(self.terms.revision);
        self.look_again();
    }

    /// Tells that no more is to be learned: from now on, what only the other direction knows is decided by
    /// what is most plausible, and [`Step::Wait`] never comes again.
    pub fn guess(&mut self) {
        self.guessing = true;
    }

    /// Tells that no more bytes come: what waits for the bytes behind it is decided without them. As
    /// [`guess`](Framer::guess) otherwise. What is then still needed is a frame that was cut off.
    pub fn finish(&mut self) {
        self.guessing = true;
        self.last = true;
        self.look_again();
    }

    /// Tells that the bytes behind those at hand never come, and others will: what only waits for them is decided
    /// without. The caller steps on as far as that goes, then tells of the [`gap`](Framer::gap).
    pub fn halt(&mut self) {
        self.last = true;
        self.look_again();
    }

    /// Whether it waits for bytes that only tell where what it has ends.
    #[must_use]
    pub fn is_unsure(&self) -> bool {
        self.pending.is_some_and(|pending| !pending.exact)
    }

    /// Which messenger this is, once it is known.
    #[must_use]
    pub fn messenger(&self) -> Option<Messenger> {
        match self.state {
            State::V1(_) => Some(Messenger::V1),
            State::V2(_) => Some(Messenger::V2),
            State::Start(_) | State::Lost { .. } => self.terms.messenger,
        }
    }
}

impl State {
    /// Where bytes begin behind a hole: what a sender has to say often begins with a segment.
    const HERE: State = State::Lost { expected: Some((0, SkipReason::Unrecognised)) };

    /// Where a stream stands behind a hole that no known length covers.
    fn behind(self, hole: Option<u64>) -> Self {
        match (self, hole.and_then(|hole| usize::try_from(hole).ok())) {
            (State::V2(v2::State::Secret), _) => self,
            (State::Lost { expected: Some((at, why)) }, Some(hole)) if hole <= at => {
                State::Lost { expected: Some((at - hole, why)) }
            }
            _ => State::HERE,
        }
    }
}

impl Framer {
    /// Looks at the window; the answer is in `look`.
    fn look(&mut self, look: &mut Look<'_, '_>) {
        match self.pending {
            Some(pending) if look.window.len() < pending.total => {
                *look.step = Step::Need(pending.total);
                return;
            }
            _ if look.window.is_empty() => return,
            _ => {}
        }
        loop {
            let turn = match (self.skip, self.state) {
                (Some((left, why)), _) => self.pass_over(left, why, look),
                (None, State::Start(start)) => self.start(start, look),
                (None, State::Lost { expected }) => self.search(expected, look),
                (None, State::V1(state)) => self.v1(state, look),
                (None, State::V2(state)) => self.v2(state, look),
            };
            if let Turn::Out = turn {
                return self.account(look.step);
            }
        }
    }

    fn pass_over(&mut self, left: u64, why: SkipReason, look: &mut Look<'_, '_>) -> Turn {
        let len = look.window.len();
        let bytes = usize::try_from(left).map_or(len, |left| left.min(len));
        self.skip = Some((left - bytes as u64, why)).filter(|(left, _)| *left > 0);
        look.out(Step::Skip { bytes, why })
    }

    /// A length that was only supposed may have become known.
    fn look_again(&mut self) {
        if let Some(pending) = self.pending.as_mut().filter(|pending| !pending.exact) {
            pending.total = 0;
        }
    }

    fn account(&mut self, step: &Step<'_>) {
        let used = match step {
            Step::Need(_) | Step::Wait(_) => return,
            Step::Skip { bytes, .. } => *bytes,
            Step::Item { item: Item::Damaged { .. }, used } => *used,
            Step::Item { used, .. } => {
                self.terms.messenger = self.messenger();
                *used
            }
        };
        self.pending = None;
        self.credit = self.credit.saturating_add(used as u64).min(self.limits.max_frame as u64);
    }

    /// The first bytes: a banner, or not.
    fn start(&mut self, start: Start, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        match scan::banner(window) {
            Some(Messenger::V1) => {
                self.state = State::V1(v1::State::Addresses);
                look.item(Item::V1(v1::Item::Banner), v1::BANNER.len())
            }
            Some(Messenger::V2) => {
                self.state = State::V2(v2::State::Banner);
                Turn::Again
            }
            None => {
                let begins = v1::BANNER.starts_with(window) || v2::BANNER.starts_with(window);
                if begins && !self.last {
                    return look.need(window.len() + 1);
                }
                self.foreign = start == Start::Banner;
                self.state = State::HERE;
                Turn::Again
            }
        }
    }

    /// Looks for the next frame.
    fn search(&mut self, expected: Option<(usize, SkipReason)>, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        if self.terms.mode == Some(Mode::Secure) {
            self.state = State::V2(v2::State::Secret);
            return Turn::Again;
        }
        if let Some((at, why)) = expected {
            match scan::at(self.messenger(), window.get(at..).unwrap_or(&[]), self.last) {
                Found::Short(more) if at + more <= self.limits.max_frame => {
                    return look.need(at + more);
                }
                Found::Frame(messenger) => {
                    self.resume(messenger);
                    self.pass_rest(at as u64, why);
                    return Turn::Again;
                }
                _ => self.state = State::Lost { expected: None },
            }
        }
        match scan::next(self.messenger(), window, self.last) {
            (0, Found::Frame(messenger)) => {
                self.resume(messenger);
                Turn::Again
            }
            (0, Found::Short(bytes)) => look.need(bytes),
            (passed, _) => {
                let why = match self.foreign {
                    true => SkipReason::Foreign,
                    false => SkipReason::Unrecognised,
                };
                look.out(Step::Skip { bytes: passed, why })
            }
        }
    }

    fn resume(&mut self, messenger: Messenger) {
        self.foreign = false;
        self.state = match messenger {
            Messenger::V1 => State::V1(v1::State::Tags),
            // Whether AUTH_DONE is still to come, the frames tell.
            Messenger::V2 => State::V2(v2::State::Opening),
        };
    }

    /// Asks for the whole of a frame whose length is verified.
    pub(super) fn await_frame(
        &mut self,
        total: usize,
        exact: bool,
        header: Option<Header>,
        look: &mut Look<'_, '_>,
    ) -> Turn {
        self.pending = Some(Pending { total, exact, header });
        look.need(total)
    }

    /// Whether the caller was asked about the frame at hand and wants it.
    pub(super) fn is_awaited(&self) -> bool {
        self.asked().is_some()
    }

    /// The message that the caller was asked about and wants.
    pub(super) fn asked(&self) -> Option<Header> {
        self.pending.and_then(|pending| pending.header)
    }

    /// Looks at a frame again, without asking about its message again.
    pub(super) fn again(&mut self, header: Option<Header>) -> Turn {
        self.pending =
            header.map(|header| Pending { total: 0, exact: false, header: Some(header) });
        Turn::Again
    }

    /// Reports a message by its header alone and passes over the rest.
    pub(super) fn pass(
        &mut self,
        header: Header,
        used: usize,
        bytes: u64,
        why: SkipReason,
        look: &mut Look<'_, '_>,
    ) -> Turn {
        self.pass_rest(bytes, why);
        look.item(Item::MessageSkipped { header, bytes, why }, used)
    }

    /// Passes over bytes before anything else.
    pub(super) fn pass_rest(&mut self, bytes: u64, why: SkipReason) {
        self.skip = Some((bytes, why)).filter(|(left, _)| *left > 0);
    }

    /// What stands here is not what must stand here.
    pub(super) fn astray(&mut self, fault: Fault, look: &mut Look<'_, '_>) -> Turn {
        self.footer = None;
        self.state = State::Lost { expected: None };
        look.item(Item::Damaged { header: None, fault }, 1)
    }

    /// Reports a damaged frame of which `used` bytes are beyond doubt and `total` are claimed.
    pub(super) fn damaged(
        &mut self,
        header: Option<Header>,
        fault: Fault,
        used: usize,
        total: u64,
        look: &mut Look<'_, '_>,
    ) -> Turn {
        self.doubt(Item::Damaged { header, fault }, used, total, SkipReason::Damaged, look)
    }

    /// Reports what the first `used` bytes of a frame say, and doubts its end.
    pub(super) fn doubt<'b>(
        &mut self,
        what: Item<'b>,
        used: usize,
        total: u64,
        why: SkipReason,
        look: &mut Look<'b, '_>,
    ) -> Turn {
        self.footer = None;
        // The bytes behind the head are looked at again, in case the frame lost some and swallowed others.
        // Each byte passed pays for one such look, so that hostile input cannot make it quadratic.
        let again = total - used as u64;
        let expected = match usize::try_from(again) {
            Ok(at) if again <= self.credit => {
                self.credit -= again;
                at
            }
            _ => {
                self.pass_rest(again, why);
                0
            }
        };
        self.state = State::Lost { expected: Some((expected, why)) };
        look.item(what, used)
    }
}

/// The checksum of a part is wrong.
pub(super) fn wrong(
    field: &'static str,
    at: usize,
    within: &'static str,
    found: u32,
    computed: u32,
) -> Fault {
    let (found, other) = (u64::from(found), u64::from(computed));
    Fault { field, at, within, kind: FaultKind::Mismatch { found, other, with: "the bytes' crc" } }
}
