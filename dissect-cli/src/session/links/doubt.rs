//! Why it cannot be said whether somebody said something.

use std::fmt;

use ceph_codec::types::Rank;
use serde::Serialize;

use super::{Direction, Hole};
use crate::place::Place;

/// Why it cannot be said whether a rank sent something to a client, or a client to a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Doubt {
    /// Nobody said which client it is, so its other connections cannot be told from other clients'.
    ClientUnknown,
    /// The capture holds the two directions of the connection in another order than the wire did.
    Inverted {
        /// The first packet that was captured behind its acknowledgement.
        since: Place,
    },
    /// The capture's times step back on the connection.
    SetBack {
        /// The first packet that is earlier than the one in front of it.
        since: Place,
    },
    /// Maps of several clusters are in the capture, and both number their clients, ranks and inodes in the same way.
    Clusters {
        /// The first message that named another cluster.
        since: Place,
    },
    /// The files of the capture are not read in the order of time.
    Misplaced {
        /// The first one that begins before one in front of it ends, counted from 0.
        file: u32,
    },
    /// Nobody said which rank is at the end of the connection.
    RankUnknown {
        /// The connection's first packet.
        since: Place,
    },
    /// No connection that the client had with the rank at that time is in the capture.
    NoConnection {
        /// The rank.
        mds: Rank,
    },
    /// The only connection that may be the one does not say who is at its ends.
    Unnamed {
        /// The rank.
        mds: Rank,
        /// The connection's first packet.
        since: Place,
    },
    /// A connection that may be the one is encrypted, or was never understood.
    Unreadable {
        /// The rank.
        mds: Rank,
        /// The connection's first packet.
        since: Place,
    },
    /// The connection was there before the capture, and was first understood later than needed.
    SeenLate {
        /// The rank.
        mds: Rank,
        /// From where on it was.
        since: Place,
    },
    /// Nothing that its sender sent on the connection was read, or captured, that late.
    Unheard {
        /// The rank.
        mds: Rank,
        /// Which of the two sends.
        direction: Direction,
        /// Its last packet on that connection; the connection's first one if there is none at all.
        since: Place,
    },
    /// Part of what was sent was not captured, or could not be read.
    Hole {
        /// The rank.
        mds: Rank,
        /// Which of the two sends.
        direction: Direction,
        /// Where.
        hole: Hole,
    },
    /// The capture ended before the time was over in which the message may come.
    CaptureEnded {
        /// Nanoseconds from the event to the capture's end.
        left: i64,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::ClientUnknown => f.write_str("the capture does not say which client this is"),
            Doubt::Inverted { since } => write!(
                f,
                "packets of this connection were captured behind their own acknowledgements, as from frame {} \
                 on, so which of two messages came first is not sure",
                since.frame
            ),
            Doubt::SetBack { since } => write!(
                f,
                "the time of frame {} is before that of the packet in front of it, so how long something took \
                 is not sure",
                since.frame
            ),
            Doubt::Clusters { since } => write!(
                f,
                "MDS maps of several clusters are in the capture, as from frame {} on, and each numbers its \
                 clients, ranks and inodes in the same way",
                since.frame
            ),
            Doubt::Misplaced { file } => write!(
                f,
                "the files do not follow each other in time, as from number {} on, so which of two messages \
                 came first, and whether one is missing, is not sure",
                u64::from(*file) + 1
            ),
            Doubt::RankUnknown { since } => write!(
                f,
                "the capture does not say which rank the connection seen since frame {} is to",
                since.frame
            ),
            Doubt::NoConnection { mds } => {
                write!(
                    f,
                    "no connection that this client had with mds.{mds} at that time is in the capture"
                )
            }
            Doubt::Unnamed { mds, since } => write!(
                f,
                "the connection seen since frame {} may be the one to mds.{mds}, but who is at its ends \
                 is not in the capture",
                since.frame
            ),
            Doubt::Unreadable { mds, since } => {
                write!(
                    f,
                    "a connection to mds.{mds} since frame {} is encrypted or was not understood",
                    since.frame
                )
            }
            Doubt::SeenLate { mds, since } => write!(
                f,
                "the connection to mds.{mds} is seen from frame {} on only, in the middle of it",
                since.frame
            ),
            Doubt::Unheard { mds, direction, since } => {
                f.write_str("of what ")?;
                sender(*direction, *mds, "on that connection", f)?;
                write!(f, " nothing is in the capture after frame {}", since.frame)
            }
            Doubt::Hole { mds, direction, hole } => {
                // Zero: nobody knows how many.
                let were = match hole.bytes {
                    0 => f.write_str("what ").map(|()| "was"),
                    bytes => write!(f, "{bytes} bytes that ").map(|()| "were"),
                }?;
                sender(*direction, *mds, "", f)?;
                let (before, after) = (hole.before.frame, hole.after.frame);
                write!(
                    f,
                    " between frames {before} and {after} {were} not captured or not readable"
                )
            }
            Doubt::CaptureEnded { left } => {
                write!(f, "the capture ends {:.3} s later", *left as f64 / 1e9)
            }
        }
    }
}

/// Who sends: `mds.1 sent on that connection`, `the client sent to mds.1 on that connection`.
fn sender(direction: Direction, mds: Rank, on: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match direction {
        Direction::MdsToClient => write!(f, "mds.{mds} sent")?,
        Direction::ClientToMds => write!(f, "the client sent to mds.{mds}")?,
    }
    match on.is_empty() {
        true => Ok(()),
        false => write!(f, " {on}"),
    }
}
