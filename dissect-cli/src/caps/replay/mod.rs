//! What each client makes of the messages that it gets, and what it says itself: its own view of its caps.
//!
//! The client's code is followed branch by branch, see [`Branch`]. What a message shows to be amiss is an
//! [`Oddity`]; whether it is a defect, and how sure that is, rules decide later.

use ceph_codec::types::{Caps, Rank, Seq};

use crate::event::{CapEvent, Event};
use crate::place::Place;
use crate::session::Who;

/// A cap of one client from one rank, as the client has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub cap_id: u64,
    /// What the client may use.
    pub issued: Caps,
    /// What it still uses: bits asked back stay here until the client has given them up.
    pub implemented: Caps,
    /// What it told the rank that it wants.
    pub wanted: Caps,
    /// Number of the cap's last message.
    pub seq: Seq,
    /// `seq` when bits were last issued.
    pub issue_seq: Seq,
    /// How often the cap moved.
    pub mseq: Seq,
    /// It is the cap of the inode's authority.
    pub auth: bool,
    /// How it came.
    pub origin: Origin,
    /// Since when.
    pub since: Place,
}

/// How a cap came to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It was there before the capture, or its first message is missing.
    Assumed,
    /// With a reply.
    Issued,
    /// With an IMPORT.
    Imported,
    /// Made by the client from an EXPORT's peer, while the IMPORT is still to come.
    Placeholder,
    /// Told by the client to a rank that came back.
    Reasserted,
}

/// What an event does to a client's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The cap of the event's rank before it.
    pub before: Option<Held>,
    /// And behind it.
    pub after: Option<Held>,
    /// EXPORT and IMPORT change the cap of the other rank as well.
    pub other: Option<Other>,
    /// Every cap of this session was seen coming: one that is not there is not held.
    pub known: bool,
    /// Which way the client's code goes.
    pub branch: Branch,
    /// What is amiss.
    pub oddity: Option<Oddity>,
}

/// What happens to the other rank's cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other {
    /// The rank.
    pub mds: Rank,
    /// Its cap before.
    pub before: Option<Held>,
    /// And behind.
    pub after: Option<Held>,
}

/// The ways that a client's code can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Branch {
    /// Delivered before: nothing.
    Replayed,
    /// Nothing that changes the view.
    Nothing,
}

/// What is amiss with a message, seen from the client's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Its seq does not follow the held one.
    SeqGap {
        /// The held one.
        held: Seq,
    },
    /// Its mseq is older than the held one.
    MseqRegression {
        /// The held one.
        held: Seq,
    },
    /// An IMPORT says of the exporter's cap another seq or mseq than the client holds.
    PeerMismatch {
        /// The held seq.
        seq: Seq,
        /// The held mseq.
        mseq: Seq,
    },
    /// An EXPORT of a cap that the client does not hold, and that no IMPORT replaced.
    StaleExport {
        /// The cap held instead.
        held: Option<u64>,
    },
    /// The rank speaks of another cap than the held one, and nothing told why.
    CapIdChanged {
        /// The held one.
        held: u64,
    },
    /// A rank speaks of a cap that it has exported.
    AfterExport {
        /// The EXPORT.
        export: Place,
    },
    /// The same migration message came before, as another message.
    Repeated {
        /// The first one.
        first: Place,
    },
    /// The client speaks of a cap that it does not hold from this rank any more.
    StaleClientMessage {
        /// The cap held.
        held: Option<u64>,
    },
    /// The client held the cap, and did not tell it to the rank that came back.
    LostAtReconnect,
    /// A release names a `issue_seq` older than that of the last issue: the rank ignores it.
    ReleaseIgnored {
        /// The last issue.
        issued: Seq,
    },
    /// The client used a placeholder before the IMPORT came.
    PlaceholderUsed,
    /// An EXPORT names a rank with which the client has no session.
    TargetSessionMissing,
    /// A client used a cap of a session that had gone stale.
    StaleSessionUsed,
}

/// All clients' views.
#[derive(Debug, Default)]
pub struct Replay {}

impl Replay {
    /// Takes the next event, in the order of the capture; answers what it does to a cap.
    pub fn push(&mut self, event: &Event, _who: &Who) -> Option<Step> {
        let Event::Cap(event) = event else { return None };
        let branch = if event.replayed { Branch::Replayed } else { Branch::Nothing };
        let step =
            Step { before: None, after: None, other: None, known: false, branch, oddity: None };
        Some(step)
    }

    /// What was amiss, in the order of the capture.
    pub fn oddities(&self) -> &[(CapEvent, Oddity)] {
        &[]
    }
}
