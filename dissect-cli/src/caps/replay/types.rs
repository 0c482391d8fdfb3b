//! What the replay hands on.

use ceph_codec::types::{Caps, InodeNo, Rank, Seq};

use crate::event::At;
use crate::place::Place;
use crate::stream::ConnId;

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
    /// `seq` when the cap was last issued as a whole: with a reply, an IMPORT, or from an EXPORT's peer. A GRANT
    /// leaves it alone.
    pub issue_seq: Seq,
    /// The message with which that was.
    pub issued_at: Place,
    /// How often the cap moved.
    pub mseq: Seq,
    /// It is the cap of the inode's authority.
    pub auth: bool,
    /// How it came.
    pub origin: Origin,
    /// Since when it is there in this way.
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
    /// What is amiss; if several things are, the first in the order of [`Oddity`].
    pub oddity: Option<Oddity>,
    /// How the cap that the rank had given this client before went, if it is not there any more.
    pub gone: Option<Gone>,
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

/// The last of a cap that is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its id.
    pub cap_id: u64,
    /// Number of its last message.
    pub seq: Seq,
    /// Its `mseq`.
    pub mseq: Seq,
    /// How it went.
    pub how: Exit,
    /// The message with which it went.
    pub at: Place,
}

/// How a cap goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// With its EXPORT.
    Exported,
    /// With another rank's IMPORT.
    Imported,
    /// The same, and the client tells its rank in a release of its own.
    ImportedReleasing,
    /// The client dropped it.
    Released,
    /// The session ended.
    SessionEnded,
    /// The client did not tell it to the rank that came back.
    NotReasserted,
}

/// The ways that a client's code can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Branch {
    /// Delivered before: nothing.
    Replayed,
    /// Nothing that changes the view.
    Nothing,
    /// The first that is heard of a cap whose beginning was not seen: it is taken as the message says.
    Assumed,

    /// GRANT, or a REVOKE that takes nothing: bits are added or stay.
    Granted,
    /// Bits are asked back; they stay implemented until the client has given them up.
    Revoked,
    /// A GRANT, REVOKE or reply whose seq is not newer than the held one: it was sent before the IMPORT of a cap
    /// that came by EXPORT, so it takes nothing away, and seq and mseq stay.
    Late,
    /// Of a cap that the client does not hold any more: passed over. Recent clients answer GRANT and REVOKE with
    /// a release.
    Ignored,
    /// A cap comes with a reply.
    Issued,
    /// A held cap comes again with a reply.
    Reissued,

    /// EXPORT of a cap that the client does not hold under this id.
    ExportIgnored,
    /// The same, since the IMPORT came first.
    ExportAfterImport,
    /// EXPORT without a target: the cap is removed, nothing is put in its place.
    ExportToNowhere,
    /// EXPORT to a rank that has given the client a cap of this id, older than the peer says: it is brought up to
    /// date.
    ExportUpdates,
    /// EXPORT to a rank whose cap has another id, or is not older than the peer says: that one stays as it is.
    ExportLeaves,
    /// EXPORT to a rank from which the client has no cap: a placeholder is put in its place.
    ExportReplaces,

    /// IMPORT while the exporter's cap is still there: it is removed.
    ImportFirst,
    /// The same, and the exporter is to be told by a release.
    ImportFirstRelease,
    /// IMPORT of a cap whose placeholder is there.
    ImportReplaces,
    /// IMPORT of a cap that the rank has given before; the exporter's is not there.
    ImportUpdates,
    /// IMPORT whose seq is not newer than the held one: bits are added, nothing else.
    ImportLate,
    /// IMPORT of an inode's only cap. A client that does not know the inode gives it back at once.
    ImportAlone,
    /// IMPORT of a cap besides those of other ranks, neither of which is the exporter's.
    ImportBeside,

    /// [`Mode::BeforeExportPeer`](super::Mode): EXPORT, the cap is removed and its bits remembered until an IMPORT
    /// comes.
    ExportRemembers,
    /// [`Mode::BeforeExportPeer`](super::Mode): EXPORT of a cap that another rank has a newer one of.
    ExportForgets,
    /// [`Mode::BeforeExportPeer`](super::Mode): IMPORT, the remembered bits are dropped.
    ImportSettles,
    /// [`Mode::BeforeExportPeer`](super::Mode): the captured client tells a cap that this one does not have.
    ReassertMissing,

    /// What the client flushed under this tid or before is safe.
    Flushed,
    /// The flushed snapshot state is safe.
    SnapFlushed,
    /// Acknowledgement of a flush that is not under way, as far as was seen.
    AckUnmatched,

    /// The client tells what it keeps and wants.
    Told,
    /// The same, and dirty state with it.
    Flush,
    /// Dirty state that was sent before under the same tid.
    FlushAgain,
    /// State of a snapshot.
    FlushSnap,
    /// Bits given up with a request.
    GivenUp,
    /// The cap is dropped.
    Released,
    /// Release of an issue that is not the last: the cap has been issued again since, and stays.
    ReleasedBefore,
    /// Release of a cap that has gone already.
    ReleasedGone,
    /// The client speaks of a cap that it does not hold.
    ToldStale,
    /// The client tells a held cap to a rank that came back; seq, issue_seq and mseq start from 0.
    Reasserted,
    /// The same of one that it was not known to hold.
    ReassertedUnknown,

    /// The client asks for a session, so it has none: all caps but placeholders are gone.
    SessionAsked,
    /// The session is open.
    SessionOpened,
    /// The session is stale: its caps count as pin only until they are issued again.
    SessionStale,
    /// The session is not stale any more.
    SessionRenewed,
    /// The session is closed: its caps are gone, and with the last auth cap all dirty state.
    SessionClosed,
    /// The session is rejected: the same.
    SessionRejected,
    /// All caps have been told to the rank that came back; those that were not are gone.
    Reconnected,
}

/// What is amiss with a message, seen from the client's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// The same migration message came before, as another message.
    Repeated {
        /// The first one.
        first: Place,
    },
    /// An EXPORT of a cap that the client does not hold, and that no IMPORT replaced.
    StaleExport {
        /// The cap held instead.
        held: Option<u64>,
    },
    /// An EXPORT names a rank with which the client has no session.
    TargetSessionMissing,
    /// An IMPORT says of the exporter's cap another seq or mseq than the client holds.
    PeerMismatch {
        /// The held seq.
        seq: Seq,
        /// The held mseq.
        mseq: Seq,
    },
    /// A rank speaks of a cap that it has exported.
    AfterExport {
        /// The EXPORT.
        export: Place,
    },
    /// The rank speaks of another cap than the held one, and nothing told why.
    CapIdChanged {
        /// The held one.
        held: u64,
    },
    /// Its mseq is older than the held one; of an IMPORT: not newer than that of the inode's auth cap, which
    /// therefore stays the auth cap.
    MseqRegression {
        /// The held one.
        held: Seq,
    },
    /// Its seq does not follow the held one.
    SeqGap {
        /// The held one.
        held: Seq,
    },
    /// The client speaks of a cap that it does not hold from this rank any more.
    StaleClientMessage {
        /// The cap held.
        held: Option<u64>,
    },
    /// A release names an `issue_seq` older than that of the last issue: the rank ignores it.
    ReleaseIgnored {
        /// The last issue.
        issued: Seq,
    },
    /// The client used a placeholder before the IMPORT came.
    PlaceholderUsed,
    /// A client kept more than the pin of a cap of a session that had gone stale.
    StaleSessionUsed,
}

impl Oddity {
    /// Number of kinds.
    pub(super) const KINDS: usize = 12;

    /// Which kind it is, from 0.
    pub(super) fn kind(self) -> usize {
        match self {
            Oddity::Repeated { .. } => 0,
            Oddity::StaleExport { .. } => 1,
            Oddity::TargetSessionMissing => 2,
            Oddity::PeerMismatch { .. } => 3,
            Oddity::AfterExport { .. } => 4,
            Oddity::CapIdChanged { .. } => 5,
            Oddity::MseqRegression { .. } => 6,
            Oddity::SeqGap { .. } => 7,
            Oddity::StaleClientMessage { .. } => 8,
            Oddity::ReleaseIgnored { .. } => 9,
            Oddity::PlaceholderUsed => 10,
            Oddity::StaleSessionUsed => 11,
        }
    }
}

/// A cap that a client lost otherwise than by a message about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The message with which it went: MClientSession or MClientReconnect.
    pub at: At,
    /// Of which inode.
    pub ino: InodeNo,
    /// The cap.
    pub cap: Held,
    /// Dirty state that was being flushed and is dropped with the inode's auth cap.
    pub flushing: Caps,
    /// How it went: [`Exit::SessionEnded`] or [`Exit::NotReasserted`].
    pub how: Exit,
    /// The client had asked for the session's end.
    pub asked: bool,
    /// Every cap of the session had been seen coming.
    pub known: bool,
}

/// What an inode's caps of all ranks come to for one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// What the client may use: issued by any rank, but for what the authority is asking back.
    pub issued: Caps,
    /// What it still uses.
    pub implemented: Caps,
    /// Rank of the auth cap; `None` if there is none, or its rank is unknown.
    pub auth: Option<Rank>,
    /// There is an auth cap. Without one nothing can be flushed.
    pub has_auth: bool,
    /// Dirty bits sent and not acknowledged.
    pub flushing: Caps,
    /// To which rank they have to be flushed, if known.
    pub flushing_to: Option<Rank>,
    /// [`Mode::BeforeExportPeer`](super::Mode): bits of an exported cap that the client goes on using.
    pub exporting_issued: Caps,
}

/// Dirty state on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flushing {
    /// Number of the flush, the client's own.
    pub tid: u64,
    /// Which bits.
    pub caps: Caps,
    /// It is the state of a snapshot.
    pub snap: bool,
    /// First sent.
    pub first: Place,
    /// Last sent.
    pub last: Place,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Nothing was said of it.
    #[default]
    Unknown,
    /// The client asked for it.
    Asked,
    /// It is open.
    Open,
    /// Its caps have expired.
    Stale,
    /// The client is telling its caps to a rank that came back.
    Reconnecting,
    /// It has told them, and waits for the answer.
    Reconnected,
    /// The client asked for its end.
    Closing,
    /// It has ended.
    Closed,
    /// It was refused.
    Rejected,
}

/// A client's session with a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The client's global id, if known.
    pub client: Option<u64>,
    /// A connection of that client.
    pub conn: ConnId,
    /// The rank, if known.
    pub mds: Option<Rank>,
    /// Where it stands.
    pub state: SessionState,
    /// Number of live caps.
    pub caps: u32,
    /// Every cap was seen coming, holes aside.
    pub known: bool,
    /// Something said on its connections behind this place could not be read, so that the view may be wrong.
    pub uncertain: Option<Place>,
}
