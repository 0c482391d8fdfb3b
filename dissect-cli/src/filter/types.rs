//! What can be asked of what fields hold.

use crate::fields::Type;

/// The values of a comparison have to be of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Caps,
    Time,
    Elapsed,
    Text,
    Addr,
    Group,
}

impl Type {
    pub(super) fn kind(self) -> Kind {
        match self {
            Type::Uint
            | Type::Int
            | Type::Bool
            | Type::Ino
            | Type::Snap
            | Type::Named(_)
            | Type::Of(_) => Kind::Number,
            Type::Caps => Kind::Caps,
            Type::Time => Kind::Time,
            Type::Elapsed => Kind::Elapsed,
            Type::Text | Type::Path | Type::Bytes | Type::Entity | Type::Label(_) => Kind::Text,
            Type::Addr => Kind::Addr,
            Type::Group => Kind::Group,
        }
    }

    /// Whether its values are greater and smaller than others.
    pub(super) fn is_ordered(self) -> bool {
        use Type::{Addr, Bool, Caps, Entity, Group, Label};
        !matches!(self, Bool | Caps | Addr | Entity | Label(_) | Group)
    }

    /// Whether its bits mean something.
    pub(super) fn has_bits(self) -> bool {
        use Type::{Caps, Ino, Int, Named, Snap, Uint};
        matches!(self, Uint | Int | Ino | Caps | Snap | Named(_))
    }

    /// Whether it is, or has, text to look into.
    pub(super) fn has_text(self) -> bool {
        self.kind() == Kind::Text || matches!(self, Type::Named(_))
    }

    /// What it holds, as in "holds ...".
    pub(super) fn what(self) -> &'static str {
        match self {
            Type::Uint | Type::Int => "numbers",
            Type::Bool => "true or false",
            Type::Ino => "inode numbers",
            Type::Caps => "sets of caps",
            Type::Snap => "snapshot ids",
            Type::Time => "moments",
            Type::Elapsed => "spans of time",
            Type::Text => "text",
            Type::Path => "paths",
            Type::Bytes => "bytes",
            Type::Addr => "addresses",
            Type::Named(_) => "numbers with names",
            Type::Entity => "daemons and clients",
            Type::Of(_) => "their numbers",
            Type::Label(_) => "one of a few names",
            Type::Group => "fields",
        }
    }

    /// What can be written for its values.
    pub(super) fn expected(self) -> String {
        match self {
            Type::Uint => "a number such as 3 or 0x1f".to_owned(),
            Type::Int => "a number such as 3, -1 or 0x1f".to_owned(),
            Type::Bool => "true or false".to_owned(),
            Type::Ino => "an inode number such as 0x10000000001".to_owned(),
            Type::Caps => {
                "caps as Ceph writes them, such as pAsLsXsFscr or Fw, or - for none".to_owned()
            }
            Type::Snap => "a snapshot id in hexadecimal such as 1f, or head, or snapdir".to_owned(),
            Type::Time => "a moment such as 2026-11-23T04:17:32.4Z".to_owned(),
            Type::Elapsed => "seconds such as 8.5, or a span such as 250ms".to_owned(),
            Type::Text => "text such as \"name\"".to_owned(),
            Type::Path => "a path such as \"/dir/file\"".to_owned(),
            Type::Bytes => "bytes in hexadecimal such as 0a:ff or 0x0aff, or \"text\"".to_owned(),
            Type::Addr => "an address such as 10.0.0.1, 10.0.0.1:6800 or 10.0.0.0/24".to_owned(),
            Type::Named(_) => match self.example() {
                Some(name) => format!("a name such as {name}, or a number"),
                None => "a number".to_owned(),
            },
            Type::Entity => "a daemon or client such as mds.0 or client.4125".to_owned(),
            Type::Of(kind) => format!("a number such as 1, or {kind}.1"),
            Type::Label(_) => match self.example() {
                Some(name) => format!("a name such as {name}"),
                None => "a name".to_owned(),
            },
            Type::Group => "nothing".to_owned(),
        }
    }

    fn example(self) -> Option<&'static str> {
        self.names().first().copied()
    }
}
