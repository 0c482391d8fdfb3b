//! One direction of a connection: bytes in, items out, and the little that has to be kept in between.

use std::collections::VecDeque;

use crate::place::{Place, Time};
use ceph_codec::message::Header;
use ceph_codec::msgr::{
    Framer, Item, Limits as FramerLimits, SkipReason, Start, Step, Terms, Want,
};

/// Bytes that one direction may hold while it waits for the other to say how to go on. Beyond, the framer
/// guesses: handshakes are a few hundred bytes long.
const MAX_WAITING: usize = 1 << 20;
/// Nanoseconds of capture time that it may do so from the packet on that it waits with, 3 s. Beyond, it guesses too:
/// what the other one said was not captured. No longer than [events wait](crate::event::InOrder) for older ones.
const PATIENCE: u64 = 3_000_000_000;
/// Packets remembered of those bytes, 1,024. Beyond: every second is forgotten, and what it brought counts as brought
/// by the one behind it.
const MAX_MARKS: usize = 1024;

/// A direction of a connection that is still followed.
#[derive(Debug)]
pub(super) struct Half {
    framer: Framer,
    /// Bytes that the framer has seen too few of.
    held: Vec<u8>,
    /// How many it needs.
    need: usize,
    waiting: bool,
    /// Since when it waits for the other direction.
    since: Option<Time>,
    /// The packet that brought the last bytes.
    seen: Place,
    /// Where the bytes of the packets before that one end that it waits with, as stream offsets.
    marks: VecDeque<(u64, Place)>,
    /// Stream offset behind the last byte that became an item or was passed over.
    at: u64,
    over: bool,
}

/// Whom a framer tells.
pub(super) trait Listener {
    /// The packet that brought the last byte of what comes next.
    fn at(&mut self, place: Place);
    /// Whether to read a message.
    fn want(&mut self, header: &Header) -> Want;
    /// An item, its bytes, and the stream offset of the first of them. Answers the terms if they have changed.
    fn item(&mut self, item: &Item<'_>, bytes: &[u8], offset: u64) -> Option<Terms>;
    /// Bytes passed over.
    fn skip(&mut self, why: SkipReason, bytes: u64);
}

impl Half {
    pub(super) fn new(start: Start, limits: FramerLimits) -> Self {
        Half {
            framer: Framer::new(start, limits),
            held: Vec::new(),
            need: 0,
            waiting: false,
            since: None,
            seen: Place::default(),
            marks: VecDeque::new(),
            at: 0,
            over: false,
        }
    }

    pub(super) fn learn(&mut self, terms: Terms) {
        self.framer.learn(terms);
    }

    pub(super) fn messenger(&self) -> Option<ceph_codec::msgr::Messenger> {
        self.framer.messenger()
    }

    /// The next bytes of the stream. In the common case, whole items lie in `bytes` and nothing is copied.
    pub(super) fn bytes(&mut self, seen: Place, mut bytes: &[u8], listener: &mut impl Listener) {
        if bytes.is_empty() {
            return;
        }
        self.see(seen);
        while !self.held.is_empty() {
            let more = match self.waiting {
                true => bytes.len(),
                false => self.need.saturating_sub(self.held.len()).min(bytes.len()),
            };
            self.held.extend_from_slice(&bytes[..more]);
            bytes = &bytes[more..];
            if self.waiting && self.held.len() > MAX_WAITING {
                self.framer.guess();
            }
            if self.held.len() < self.need {
                return;
            }
            self.retry(listener);
            if bytes.is_empty() {
                return;
            }
        }
        let used = self.feed(bytes, listener);
        self.held.extend_from_slice(&bytes[used..]);
    }

    /// A packet brings more bytes.
    fn see(&mut self, seen: Place) {
        if self.held.is_empty() {
            self.seen = seen;
            return;
        }
        if self.waiting {
            if self.marks.len() >= MAX_MARKS {
                let mut odd = false;
                self.marks.retain(|_| {
                    odd = !odd;
                    !odd
                });
            }
            self.marks.push_back((self.at + self.held.len() as u64, self.seen));
        }
        // What is held is whole with the last of its packets.
        self.seen = self.seen.max(seen);
    }

    /// The packet that brought the byte in front of this offset, which is not behind any asked for before.
    fn brought(&mut self, end: u64) -> Place {
        while let Some((to, place)) = self.marks.front() {
            if *to >= end {
                return *place;
            }
            self.marks.pop_front();
            if self.marks.is_empty() {
                self.marks = VecDeque::new();
            }
        }
        self.seen
    }

    /// Whether it waits for the other direction.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Goes on without the other direction if that says no more how to: at `now` it has been waited for long
    /// enough, or it is `past` all that could tell.
    pub(super) fn stop_waiting(&mut self, now: Time, past: bool, listener: &mut impl Listener) {
        // Where times step back by more than that, they tell nothing.
        let since = *self.since.get_or_insert(self.seen.time);
        if past || now.since(since).unsigned_abs() >= PATIENCE {
            self.framer.guess();
            self.retry(listener);
        }
    }

    /// The bytes behind those held are missing: what only waits for them, or for the other direction, is decided.
    pub(super) fn halt(&mut self, listener: &mut impl Listener) {
        if self.waiting {
            self.framer.guess();
        }
        if self.waiting || self.framer.is_unsure() {
            self.framer.halt();
            self.retry(listener);
        }
    }

    /// Looks at the held bytes again, since there are more of them or the terms have changed.
    pub(super) fn retry(&mut self, listener: &mut impl Listener) {
        if self.held.is_empty() {
            return;
        }
        let mut held = std::mem::take(&mut self.held);
        let used = self.feed(&held, listener);
        held.drain(..used);
        self.held = held;
    }

    /// Steps through the window as far as that goes. Answers how many bytes were consumed.
    fn feed(&mut self, window: &[u8], listener: &mut impl Listener) -> usize {
        (self.need, self.waiting) = (0, false);
        let mut used = 0;
        let mut step = Step::Need(1);
        while used < window.len() {
            let rest = &window[used..];
            self.framer.step_into(rest, |header| listener.want(header), &mut step);
            match &step {
                Step::Need(need) => {
                    self.need = *need;
                    break;
                }
                Step::Wait(_) => {
                    self.waiting = true;
                    break;
                }
                Step::Item { item, used: bytes } => {
                    listener.at(self.brought(self.at + *bytes as u64));
                    let terms = listener.item(item, &rest[..*bytes], self.at);
                    used += bytes;
                    self.at += *bytes as u64;
                    if let Some(terms) = terms {
                        self.framer.learn(terms);
                    }
                }
                Step::Skip { bytes, why } => {
                    listener.at(self.brought(self.at + *bytes as u64));
                    listener.skip(*why, *bytes as u64);
                    used += bytes;
                    self.at += *bytes as u64;
                }
            }
        }
        if !self.waiting {
            self.since = None;
        }
        used
    }

    /// Bytes are missing. Answers how many in all, those included that were held in front of them, and the
    /// header of the message in which they begin, if it was read and wanted.
    pub(super) fn gap(&mut self, lost: u64) -> (u64, Option<Header>) {
        let held = self.held.len();
        let header = self.framer.gap(held, (lost > 0).then_some(lost));
        self.held.clear();
        self.marks = VecDeque::new();
        (self.need, self.waiting, self.since) = (0, false, None);
        let missing = held as u64 + lost;
        self.at += missing;
        (missing, header)
    }

    /// Nothing more comes: what waits for an answer is decided by what is likely.
    pub(super) fn finish(&mut self, listener: &mut impl Listener) {
        self.over = true;
        self.framer.finish();
        self.retry(listener);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Bytes at the end that never became an item.
    pub(super) fn left(&self) -> u64 {
        self.held.len() as u64
    }
}
