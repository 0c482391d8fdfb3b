//! What fields hold.

use std::fmt;

use ceph_codec::Kind;

/// Numbers that have names, with their names. A number may have several: the first is the one to show.
pub type Names = &'static [(u64, &'static str)];

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// An unsigned number.
    Uint,
    /// A signed number.
    Int,
    /// Yes or no.
    Bool,
    /// An inode number.
    Ino,
    /// A set of capability bits.
    Caps,
    /// A snapshot id.
    Snap,
    /// A moment: nanoseconds since the Unix epoch, UTC.
    Time,
    /// A span of time, in nanoseconds. Also one that began with the capture.
    Elapsed,
    /// Text.
    Text,
    /// The path of a file.
    Path,
    /// Bytes.
    Bytes,
    /// An IP address and a port.
    Addr,
    /// A number with names.
    Named(Names),
    /// A daemon or client: `client.4125`, `mds.0`.
    Entity,
    /// The number of a daemon or client of one kind, such as `client`: `4125` and `client.4125` are the same.
    Of(&'static str),
    /// One of a few texts.
    Label(&'static [&'static str]),
    /// Other fields: it is there or it is not.
    Group,
}

impl Type {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Uint => "uint",
            Type::Int => "int",
            Type::Bool => "bool",
            Type::Ino => "ino",
            Type::Caps => "caps",
            Type::Snap => "snap",
            Type::Time => "time",
            Type::Elapsed => "seconds",
            Type::Text => "text",
            Type::Path => "path",
            Type::Bytes => "bytes",
            Type::Addr => "address",
            Type::Named(_) => "named",
            Type::Entity => "entity",
            Type::Of(_) => "id",
            Type::Label(_) => "label",
            Type::Group => "group",
        }
    }

    /// The names that its values can have, if it has some.
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Type::Named(all) => all.iter().map(|(_, name)| *name).collect(),
            Type::Label(all) => all.to_vec(),
            _ => Vec::new(),
        }
    }
}

/// The type of a field that decoders report.
impl From<Kind> for Type {
    fn from(kind: Kind) -> Type {
        match kind {
            Kind::Uint => Type::Uint,
            Kind::Int => Type::Int,
            Kind::Named(names) => Type::Named(names),
            Kind::Ino => Type::Ino,
            Kind::Caps => Type::Caps,
            Kind::Snap => Type::Snap,
            Kind::Time => Type::Time,
            Kind::Socket => Type::Addr,
            Kind::Text => Type::Text,
            // Also kinds of the future: whatever they are, they are bytes.
            _ => Type::Bytes,
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
