//! Fields that every message has: of its packet, its connection, its header.

use ceph_codec::message::{Message, MessageLayout, MessageType};

use super::{FieldId, Type};
use crate::findings::RULES;

/// A field of every message.
pub(super) struct Common {
    pub(super) name: &'static str,
    pub(super) ty: Type,
    pub(super) doc: &'static str,
    pub(super) aliases: &'static [&'static str],
}

/// `/// help` `CONST "name" ["alias", ...]: Type,` for each. The constant is the field's id.
macro_rules! common {
    ($( $(#[doc = $doc:literal])+ $CONST:ident $name:literal $([$($alias:literal),+])?: $ty:expr, )+) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "only their numbers are used")]
        enum Number { $( $CONST ),+ }

        $(
            #[doc = concat!("`", $name, "`:")]
            $(#[doc = $doc])+
            pub const $CONST: FieldId = FieldId(Number::$CONST as u16);
        )+

        /// All of them, by number.
        pub(super) const COMMON: &[Common] = &[$( Common {
            name: $name,
            ty: $ty,
            doc: concat!($($doc),+),
            aliases: &[$($($alias),+)?],
        } ),+];
    };
}

common! {
    /// number of the packet that completed it, within its file, from 1
    FRAME "frame" ["frame.number"]: Type::Uint,
    /// name of that file
    FILE "file": Type::Text,
    /// seconds since the first packet
    TIME "time" ["frame.time_relative"]: Type::Elapsed,
    /// when the packet was captured
    TIME_UTC "time.utc" ["time.abs", "frame.time"]: Type::Time,
    /// seconds since the message before it
    TIME_DELTA "time.delta" ["frame.time_delta"]: Type::Elapsed,
    /// number of the connection within this run, from 0
    CONN "conn": Type::Uint,
    /// who said it
    SRC "src": Type::Entity,
    /// to whom
    DST "dst": Type::Entity,
    /// address and port of who said it
    SRC_ADDR "src.addr": Type::Addr,
    /// address and port of the receiver
    DST_ADDR "dst.addr": Type::Addr,
    /// global id of the client at either end
    CLIENT "client": Type::Of("client"),
    /// rank of a metadata server at either end
    MDS "mds": Type::Of("mds"),
    /// name of the daemon that holds the rank at the time
    MDS_NAME "mds.name": Type::Text,
    /// the message's type
    TYPE "type": Type::Named(&TYPES),
    /// version of the message's encoding
    VERSION "version": Type::Uint,
    /// the oldest version whose decoder can read it
    COMPAT "compat": Type::Uint,
    /// number of the message in its direction of the session
    SEQ "seq": Type::Uint,
    /// transaction id; of MClientCaps the flush tid
    TID "tid": Type::Uint,
    /// priority; higher is sooner
    PRIO "prio" ["priority"]: Type::Uint,
    /// bytes of front, middle and data section
    LEN "len": Type::Uint,
    /// bytes of the front section
    FRONT_LEN "front_len": Type::Uint,
    /// bytes of the middle section
    MIDDLE_LEN "middle_len": Type::Uint,
    /// bytes of the data section
    DATA_LEN "data_len": Type::Uint,
    /// whether the session had delivered it before, on an earlier connection
    REPLAYED "replayed": Type::Bool,
    /// inodes that the message is about; not those of snap realms, and not directories that only bound a tree
    INO "ino": Type::Ino,
    /// paths of these inodes at the time, as far as they are known
    PATH "path": Type::Path,
    /// codes of the findings that rest on it
    FINDING "finding": Type::Label(&CODES),
    /// what the daemons log of it
    SUMMARY "summary": Type::Text,
}

/// Types of messages by our name for them, as `client_caps`; of those that are decoded also by Ceph's and by the
/// word that their fields begin with, if that is not the name of another type.
const TYPES: [(u64, &str); MessageType::KNOWN.len() + 2 * Message::TABLE.len()] = {
    let mut types = [(0, ""); MessageType::KNOWN.len() + 2 * Message::TABLE.len()];
    let mut at = 0;
    while at < MessageType::KNOWN.len() {
        let (kind, name) = MessageType::KNOWN[at];
        types[at] = (kind.0 as u64, name);
        at += 1;
    }
    let mut message = 0;
    while message < Message::TABLE.len() {
        let MessageLayout { kind, word, name, .. } = Message::TABLE[message];
        types[at] = (kind.0 as u64, name);
        types[at + 1] = (kind.0 as u64, if is_type(word) { name } else { word });
        (message, at) = (message + 1, at + 2);
    }
    types
};

/// Whether a type has this name.
const fn is_type(word: &str) -> bool {
    let mut at = 0;
    while at < MessageType::KNOWN.len() {
        let (word, name) = (word.as_bytes(), MessageType::KNOWN[at].1.as_bytes());
        let mut same = 0;
        while same < word.len() && same < name.len() && word[same] == name[same] {
            same += 1;
        }
        if same == word.len() && same == name.len() {
            return true;
        }
        at += 1;
    }
    false
}

/// Codes of findings.
const CODES: [&str; RULES.len()] = {
    let mut codes = [""; RULES.len()];
    let mut at = 0;
    while at < RULES.len() {
        codes[at] = RULES[at].code;
        at += 1;
    }
    codes
};
