//! Things of the earlier stages in words for the page.

use crate::caps::replay::{Branch, Oddity};
use crate::caps::timeline::{Cause, MigrationState, Note, What};
use crate::event::{Answer, Direction};
use crate::render::text::{bytes, count};
use crate::report::page::{Said, Unread};
use crate::stream::End;

/// Why something was not read.
pub(super) fn unread(why: Unread) -> String {
    match why {
        Unread::Hole { bytes: n, before, after } => {
            format!("{} not read, between frames {before} and {after}", bytes(n))
        }
        Unread::Unreadable => "encrypted, or not understood: not read".to_owned(),
        Unread::SeenLate => {
            "said before the capture understood this connection: not read".to_owned()
        }
    }
}

/// What happened to a session or a rank, and whether something went wrong or ended; `None` for holes, which
/// are shown as gaps.
pub(super) fn note(note: &Note) -> Option<(bool, String)> {
    Some(match note.what {
        What::Rank(Some(state)) => (false, state.to_string()),
        What::Rank(None) => (true, "nobody holds the rank".to_owned()),
        What::Asked => (false, "asks for a session".to_owned()),
        What::Opened => (false, "session opened".to_owned()),
        What::Stale => (true, "session stale".to_owned()),
        What::Renewed => (false, "session renewed".to_owned()),
        What::Closed => (true, "session closed".to_owned()),
        What::Rejected => (true, "session refused".to_owned()),
        What::Reconnected { caps } => {
            (false, format!("reconnects, tells {}", count(u64::from(caps), "cap")))
        }
        What::Ended(End::Fin) => (true, "connection closed".to_owned()),
        What::Ended(End::Reset) => (true, "connection reset".to_owned()),
        What::Ended(End::Replaced) => (true, "connection replaced".to_owned()),
        What::Ended(End::Evicted | End::CaptureEnd) => {
            (true, "connection not followed any more".to_owned())
        }
        What::Connected => (false, "new connection".to_owned()),
        What::Hole { .. } => return None,
    })
}

/// What a request asks for, or what a reply says.
pub(super) fn told(said: Said) -> String {
    match said {
        Said::Asks { op, within, again } => {
            let (within, again) =
                (if within { ", a name in it" } else { "" }, if again { ", again" } else { "" });
            format!("{op}{within}{again}")
        }
        Said::Answers(Answer::Unsafe { result: 0 }) => "done, not yet safe".to_owned(),
        Said::Answers(Answer::Safe { result: 0 }) => "done".to_owned(),
        Said::Answers(Answer::Unsafe { result } | Answer::Safe { result }) => {
            format!("result {result}")
        }
        Said::Answers(Answer::Forward { to }) => format!("mds.{} has to do it", to.0),
    }
}

/// Why a holding changed.
pub(super) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Granted => "granted",
        Cause::Revoked => "revoked",
        Cause::Imported => "imported",
        Cause::Exported => "exported",
        Cause::Named => "named by the EXPORT of another rank",
        Cause::Replaced => "replaced by the IMPORT of another rank",
        Cause::Retained => "retained",
        Cause::Released => "released",
        Cause::Reasserted => "re-asserted",
        Cause::Closed => "session closed",
    }
}

/// The number by which the script knows a migration's state.
pub(super) fn state(state: MigrationState) -> u8 {
    match state {
        MigrationState::Paired => 0,
        MigrationState::NoImport => 1,
        MigrationState::NoExport => 2,
        MigrationState::NotDue => 3,
        MigrationState::Nowhere => 4,
        MigrationState::Unnamed => 5,
    }
}

/// Who sends, as a number.
pub(super) fn way(direction: Direction) -> u8 {
    match direction {
        Direction::ClientToMds => 0,
        Direction::MdsToClient => 1,
    }
}

/// The way that the client's code goes, in the words of `timeline --replay`.
pub(super) fn branch(branch: Branch) -> String {
    word(&branch)
}

/// What is amiss, in a word.
pub(super) fn oddity(oddity: Oddity) -> String {
    let name = match serde_json::to_value(oddity) {
        Ok(serde_json::Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    };
    name.replace('_', " ")
}

fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name.replace('-', " "),
        _ => String::new(),
    }
}
