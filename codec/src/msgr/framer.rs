//! The state machine around both messengers: what is pending, what is passed over, what was lost.

use super::scan::{self, Found};
use super::{Item, Limits, Messenger, SkipReason, Start, Step, Terms, Turn, Want, v1, v2};
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
    pub(super) guessing: bool,
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
        /// Bytes to that place.
        expected: Option<usize>,
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
            skip: None,
            pending: None,
            credit: limits.max_frame as u64,
        }
    }

    /// Looks at `window`, the contiguous bytes of the stream from the framer's position on.
    ///
    /// `want` is asked about a message as soon as its header is known to be right, once for each message.
    pub fn step<'b>(
        &mut self,
        window: &'b [u8],
        mut want: impl FnMut(&Header) -> Want,
    ) -> Step<'b> {
        self.look(window, &mut want)
    }

    /// Tells that the stream goes on behind a hole: the caller dropped `held` bytes that it had, and behind
    /// them `lost` bytes never came (`None`: nobody knows how many).
    ///
    /// A hole within a frame of known length, or within bytes that are passed over, costs only that frame:
    /// the next one begins where it should. The header of the message that was wanted and is cut comes back.
    pub fn gap(&mut self, held: usize, lost: Option<u64>) -> Option<Header> {
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
            _ => self.lose(),
        }
        pending.and_then(|pending| pending.header)
    }

    /// Tells what both ends agreed on. What `terms` leaves open stays as it was.
    pub fn learn(&mut self, terms: Terms) {
        self.terms = terms.or(self.terms);
    }

    /// Tells that no more is to be learned, and perhaps no more bytes come: what is still open is decided by
    /// what is most plausible.
    pub fn guess(&mut self) {
        self.guessing = true;
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

impl Framer {
    fn look<'b>(&mut self, window: &'b [u8], want: &mut dyn FnMut(&Header) -> Want) -> Step<'b> {
        match self.pending {
            Some(pending) if window.len() < pending.total => return Step::Need(pending.total),
            _ if window.is_empty() => return Step::Need(1),
            _ => {}
        }
        loop {
            if let Some((left, why)) = self.skip {
                let bytes = usize::try_from(left).map_or(window.len(), |n| n.min(window.len()));
                self.skip = Some((left - bytes as u64, why)).filter(|(left, _)| *left > 0);
                return self.account(Step::Skip { bytes, why });
            }
            let turn = match self.state {
                State::Start(start) => self.start(start, window),
                State::Lost { expected } => self.search(expected, window),
                State::V1(state) => self.v1(state, window, want),
                State::V2(state) => self.v2(state, window, want),
            };
            if let Turn::Out(step) = turn {
                return self.account(step);
            }
        }
    }

    fn account<'b>(&mut self, step: Step<'b>) -> Step<'b> {
        let used = match step {
            Step::Need(_) | Step::Wait(_) => return step,
            Step::Item { used, .. } => used,
            Step::Skip { bytes, .. } => bytes,
        };
        self.pending = None;
        self.credit = self.credit.saturating_add(used as u64).min(self.limits.max_frame as u64);
        step
    }

    /// The first bytes: a banner, or not.
    fn start<'b>(&mut self, start: Start, window: &'b [u8]) -> Turn<'b> {
        match scan::banner(window) {
            Some(Messenger::V1) => {
                self.state = State::V1(v1::State::Addresses);
                self.terms.messenger = Some(Messenger::V1);
                item(Item::V1(v1::Item::Banner), v1::BANNER.len())
            }
            Some(Messenger::V2) => {
                self.state = State::V2(v2::State::Banner);
                self.terms.messenger = Some(Messenger::V2);
                Turn::Again
            }
            None => {
                let begins = v1::BANNER.starts_with(window) || v2::BANNER.starts_with(window);
                if begins && !self.guessing {
                    return Turn::Out(Step::Need(window.len() + 1));
                }
                let _ = start;
                self.lose();
                Turn::Again
            }
        }
    }

    /// Looks for the next frame.
    fn search<'b>(&mut self, expected: Option<usize>, window: &'b [u8]) -> Turn<'b> {
        if self.terms.mode == Some(super::Mode::Secure) {
            self.state = State::V2(v2::State::Secret);
            return Turn::Again;
        }
        if let Some(at) = expected {
            match scan::at(self.messenger(), window.get(at..).unwrap_or(&[])) {
                Found::Short(more) if !self.guessing => return Turn::Out(Step::Need(at + more)),
                Found::Frame { messenger, .. } => {
                    self.resume(messenger);
                    self.skip =
                        Some((at as u64, SkipReason::Damaged)).filter(|(left, _)| *left > 0);
                    return Turn::Again;
                }
                _ => self.state = State::Lost { expected: None },
            }
        }
        let (passed, found) = scan::next(self.messenger(), window, self.guessing);
        if passed > 0 {
            return Turn::Out(Step::Skip { bytes: passed, why: SkipReason::Unrecognised });
        }
        match found {
            Found::Frame { messenger, .. } => {
                self.resume(messenger);
                Turn::Again
            }
            Found::Short(need) => Turn::Out(Step::Need(need)),
            Found::Nothing => Turn::Out(Step::Skip { bytes: 1, why: SkipReason::Unrecognised }),
        }
    }

    fn resume(&mut self, messenger: Messenger) {
        self.state = match messenger {
            Messenger::V1 => State::V1(v1::State::Tags),
            Messenger::V2 => State::V2(v2::State::Frames),
        };
    }

    /// From here on, nothing is known but what was agreed.
    pub(super) fn lose(&mut self) {
        if !matches!(self.state, State::V2(v2::State::Secret)) {
            self.state = State::Lost { expected: None };
        }
    }

    /// Asks for the whole of a frame whose length is verified.
    pub(super) fn await_frame<'b>(
        &mut self,
        total: usize,
        exact: bool,
        header: Option<Header>,
    ) -> Turn<'b> {
        self.pending = Some(Pending { total, exact, header });
        Turn::Out(Step::Need(total))
    }

    /// Whether the caller was asked about the frame at hand and wants it.
    pub(super) fn is_awaited(&self) -> bool {
        self.pending.is_some_and(|pending| pending.header.is_some())
    }

    /// Reports a message by its header alone and passes over the rest.
    pub(super) fn pass<'b>(
        &mut self,
        header: Header,
        used: usize,
        bytes: u64,
        why: SkipReason,
    ) -> Turn<'b> {
        self.skip = Some((bytes, why)).filter(|(left, _)| *left > 0);
        item(Item::MessageSkipped { header, bytes, why }, used)
    }

    /// Passes over what is left of a message.
    pub(super) fn pass_rest(&mut self, bytes: u64) {
        self.skip = Some((bytes, SkipReason::Unwanted));
    }

    /// Passes over a frame that is not a message.
    pub(super) fn pass_frame<'b>(&mut self, total: u64) -> Turn<'b> {
        self.skip = Some((total, SkipReason::TooLong));
        Turn::Again
    }

    /// What stands here is not what must stand here.
    pub(super) fn astray<'b>(&mut self, fault: Fault) -> Turn<'b> {
        self.lose();
        item(Item::Damaged { header: None, fault }, 1)
    }

    /// Reports a damaged frame of which `used` bytes are beyond doubt and `total` are claimed.
    pub(super) fn damaged<'b>(
        &mut self,
        header: Option<Header>,
        fault: Fault,
        used: usize,
        total: usize,
    ) -> Turn<'b> {
        // The bytes behind the header are looked at again, in case the frame lost some and swallowed others.
        // Each byte passed pays for one such look, so that hostile input cannot make it quadratic.
        let again = (total - used) as u64;
        if again <= self.credit {
            self.credit -= again;
            self.state = State::Lost { expected: Some(total - used) };
        } else {
            self.skip = Some((again, SkipReason::Damaged)).filter(|(left, _)| *left > 0);
            self.state = State::Lost { expected: None };
        }
        item(Item::Damaged { header, fault }, used)
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

/// Asks for a window of so many bytes.
pub(super) fn need<'b>(bytes: usize) -> Turn<'b> {
    Turn::Out(Step::Need(bytes))
}

/// An item of `used` bytes.
pub(super) fn item(item: Item<'_>, used: usize) -> Turn<'_> {
    Turn::Out(Step::Item { item, used })
}
