//! The messengers: where in a byte stream one message ends and the next begins.
//!
//! A [`Framer`] is driven with the bytes of one direction of one TCP connection. It owns no bytes: items
//! borrow the caller's window, nothing is copied or allocated, and no length is believed before the checksum
//! over it was right. What one direction cannot know (which features both ends have, what the other one
//! answered) is [`learned`](Framer::learn) as a [`Terms`] value, which an [`Agreement`] gathers from the
//! items of both directions.

mod describe;
mod framer;
mod scan;
mod terms;
pub mod v1;
pub mod v2;

pub use framer::Framer;
pub use terms::{Agreement, Messenger, Mode, Role, Terms};

use crate::Fault;
use crate::message::{Header, Sections};

/// What stands at the first byte that a framer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The connection's first byte: a banner is expected.
    Banner,
    /// Any byte of the stream. A banner is recognised if there happens to be one.
    MidStream,
}

/// Bounds on what a framer may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the longest frame that is looked at as a whole; longer ones are passed over and counted.
    /// Heads, banners and handshake records (at most 64 KiB and a little) do not count.
    pub max_frame: usize,
}

impl Default for Limits {
    /// 64 MiB. Nothing of CephFS metadata comes near it; what is longer is bulk data of large object writes
    /// (`osd_max_write_size`, 90 MB).
    fn default() -> Self {
        Limits { max_frame: 64 << 20 }
    }
}

/// What the caller wants of a message whose header it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// All of it, checksums verified.
    Whole,
    /// Nothing but the header; the payload need not be kept.
    Skip,
}

/// What a framer made of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "lives on the stack; boxing would allocate")]
pub enum Step<'b> {
    /// Nothing yet: call again when the window has at least that many bytes, more than it has now.
    Need(usize),
    /// Something whole; the next window begins `used` bytes further on.
    Item {
        /// What it is.
        item: Item<'b>,
        /// Its bytes, at least 1 and never more than the window has.
        used: usize,
    },
    /// Bytes that become no item; the next window begins `bytes` further on.
    Skip {
        /// How many, at least 1 and never more than the window has.
        bytes: usize,
        /// Why.
        why: SkipReason,
    },
    /// The other direction must speak first: call again after [`Framer::learn`], or after
    /// [`Framer::guess`] if nothing is to be learned any more.
    Wait(WaitFor),
}

/// What only the other direction can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// msgr1: the acceptor's reply to the connect request, which decides what the connector sends next.
    ConnectReply,
    /// msgr2: whether AUTH_DONE turned encryption on.
    AuthDone,
}

/// Why bytes were passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SkipReason {
    /// The payload of a message that nobody asked for.
    Unwanted,
    /// A frame longer than [`Limits::max_frame`].
    TooLong,
    /// The rest of a frame of which a part was lost.
    Cut,
    /// The rest of a frame whose checksum was wrong.
    Damaged,
    /// The rest of a frame that its sender gave up.
    Aborted,
    /// No frame was recognised in them.
    Unrecognised,
    /// The same, in a connection that did not begin with a banner: not Ceph at all, as far as one can see.
    Foreign,
    /// Encrypted.
    Encrypted,
}

/// Something whole in a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Item<'b> {
    /// A message that was asked for. Its checksums are right.
    Message(Parcel<'b>),
    /// The header of a message whose payload is passed over next.
    MessageSkipped {
        /// What the message is.
        header: Header,
        /// Bytes that will be passed over.
        bytes: u64,
        /// [`SkipReason::Unwanted`] or [`SkipReason::TooLong`].
        why: SkipReason,
    },
    /// msgr1: everything but messages.
    V1(v1::Item<'b>),
    /// msgr2: everything but messages.
    V2(v2::Item<'b>),
    /// A frame that is not right. The framer finds its way to the next one.
    Damaged {
        /// The message it was, where its header was right.
        header: Option<Header>,
        /// What is wrong. Offsets count from the frame's first byte.
        fault: Fault,
    },
}

/// A message as the messenger delivers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel<'b> {
    /// What both messengers say.
    pub header: Header,
    /// The payload.
    pub sections: Sections<'b>,
    /// Whether the payload's checksums are right or were never computed.
    pub checked: Checked,
    /// What only one messenger says.
    pub wrapping: Wrapping,
}

/// What is known of a payload's checksums. Wrong ones make it [`Item::Damaged`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// All are right.
    Right,
    /// The sender did not compute that of the data, or any at all.
    NotComputed,
}

/// What only one messenger says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// msgr1.
    V1 {
        /// The header as it was on the wire.
        header: v1::MessageHeader,
        /// The footer.
        footer: v1::Footer,
    },
    /// msgr2.
    V2 {
        /// The header as it was on the wire.
        header: v2::Header2,
    },
}

/// Whether a checksum is right. A fuzzer cannot guess checksums, so that for it all of them are.
#[inline]
pub(crate) fn agree(found: u32, computed: u32) -> bool {
    cfg!(fuzzing) || found == computed
}

/// What a messenger's own rules make of a window.
#[must_use]
pub(crate) enum Turn {
    /// The answer for the caller is in [`Look::step`].
    Out,
    /// The state has changed, nothing was consumed: look again.
    Again,
}

/// One look at a window.
///
/// The answer is written to its place once: a step has some hundred bytes, and handing it up from rule to rule would
/// take as long as finding it.
pub(crate) struct Look<'b, 'w> {
    /// The contiguous bytes of the stream from the framer's position on.
    pub(crate) window: &'b [u8],
    /// Whom to ask about a message.
    pub(crate) want: &'w mut dyn FnMut(&Header) -> Want,
    /// The answer.
    pub(crate) step: &'w mut Step<'b>,
}

impl<'b> Look<'b, '_> {
    /// An answer for the caller.
    #[inline]
    pub(crate) fn out(&mut self, step: Step<'b>) -> Turn {
        *self.step = step;
        Turn::Out
    }

    /// Asks for a window of so many bytes.
    #[inline]
    pub(crate) fn need(&mut self, bytes: usize) -> Turn {
        self.out(Step::Need(bytes))
    }

    /// An item of `used` bytes.
    #[inline]
    pub(crate) fn item(&mut self, item: Item<'b>, used: usize) -> Turn {
        self.out(Step::Item { item, used })
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
