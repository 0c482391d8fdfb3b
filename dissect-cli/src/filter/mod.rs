//! The display filter language: which messages somebody wants to see.
//!
//! ```text
//! caps.op == export && caps.mseq > 2 && client == 4125
//! caps.issued contains Fw and not path matches "/scratch/**"
//! ```
//!
//! A text is parsed once, against the [`Fields`] that there are, and then asked of every message, a [`Row`] of
//! values. All types are checked while parsing, so that asking cannot fail; it allocates nothing. What the
//! language says, and where it differs from Wireshark's, is in `docs/src/filters.md`.
//!
//! This module knows nothing of messages: where fields come from is the affair of who implements the two
//! traits.

mod error;
mod eval;
mod expr;
mod known;
mod literal;
mod moment;
mod parse;
mod pattern;
mod relation;
mod scan;
mod show;
mod suggest;
#[cfg(test)]
mod tests;
mod types;

use std::fmt;
use std::ops::ControlFlow;

use ceph_codec::Value;

pub use error::{Error, Shown};
pub use moment::Moment;

pub use crate::fields::{FieldId, Names, Type};

use expr::Expr;

/// Longest text of a filter, in bytes. Longer ones are errors.
pub const MAX_TEXT: usize = 64 << 10;
/// How deep parentheses and negations may be nested. Deeper ones are errors.
pub const MAX_DEPTH: usize = 64;
/// How many patterns (`matches`, `~`) a filter may have. More are an error.
pub const MAX_PATTERNS: usize = 64;
/// How much memory one compiled pattern may take, in bytes. Larger ones are errors.
pub const MAX_PATTERN_SIZE: usize = 1 << 20;

/// Which fields exist.
pub trait Fields {
    /// The field with this name.
    fn find(&self, name: &str) -> Option<(FieldId, Type)>;

    /// Every name, for suggestions.
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_>;

    /// What to ask instead of a name that is no field's, where more is known of it than what it is like.
    fn instead_of(&self, _name: &str) -> Option<String> {
        None
    }
}

/// The values of one message.
pub trait Row {
    /// Hands on each value of a field, in the order of the message, until `take` says
    /// [`Break`](ControlFlow::Break). A field that the message does not have has no value.
    ///
    /// How values stand for types:
    ///
    /// | type | values |
    /// | --- | --- |
    /// | [`Uint`](Type::Uint), [`Int`](Type::Int), [`Bool`](Type::Bool), [`Ino`](Type::Ino), [`Caps`](Type::Caps), [`Snap`](Type::Snap), [`Of`](Type::Of) | any that is a number |
    /// | [`Named`](Type::Named) | `Named`; any number, if the name is not asked for |
    /// | [`Time`](Type::Time) | `Time`, or `Int` with nanoseconds since the epoch |
    /// | [`Elapsed`](Type::Elapsed) | `Int` or `Uint` with nanoseconds |
    /// | [`Text`](Type::Text), [`Path`](Type::Path), [`Bytes`](Type::Bytes) | `Text` or `Bytes` |
    /// | [`Label`](Type::Label) | `Text`, or `Named` with the name |
    /// | [`Entity`](Type::Entity) | `Text` like `client.4125` |
    /// | [`Addr`](Type::Addr) | `Socket` |
    /// | [`Group`](Type::Group) | any: that it is there is all that can be asked |
    ///
    /// For a value of another sort, no comparison holds.
    fn each(&self, field: FieldId, take: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>);
}

/// A parsed filter.
///
/// Shown in a canonical form, which is parsed to an equal filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Nothing of an empty text.
    root: Option<Expr>,
    fields: Vec<FieldId>,
}

impl Filter {
    /// Reads a filter. An empty text, or one of blanks, holds for every message.
    ///
    /// # Errors
    ///
    /// If the text is no filter, names a field that does not exist, compares a field with what it cannot hold,
    /// or is beyond a bound.
    pub fn parse(text: &str, fields: &dyn Fields) -> Result<Filter, Error> {
        let (root, mut used) = parse::parse(text, fields)?;
        used.sort_unstable();
        used.dedup();
        Ok(Filter { root, fields: used })
    }

    /// The fields that it asks for, each once.
    pub fn fields(&self) -> impl Iterator<Item = FieldId> + '_ {
        self.fields.iter().copied()
    }

    /// Whether it holds for this message.
    pub fn holds(&self, row: &dyn Row) -> bool {
        self.root.as_ref().is_none_or(|root| root.holds(row))
    }
}

/// What to say of a field that does not exist, where no filter is to be shown: a line.
pub fn no_field(name: &str, fields: &dyn Fields) -> String {
    format!("no field is called {}; {}", error::quoted(name), suggest::instead_of(name, fields))
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Some(root) => write!(f, "{root}"),
            None => Ok(()),
        }
    }
}
