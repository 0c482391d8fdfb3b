//! The names of everything that a message can have in it, for who selects messages and who shows them.
//!
//! The fields of messages come from the codec's [`Message::TABLE`](ceph_codec::message::Message::TABLE): nothing is
//! named twice. How a place in a message comes to its name is written in `naming`. What every message has by its
//! packet and its header is in the table of `common`; each of those has a constant here.
//!
//! A [`Walker`] goes along while a message is told, and says which field each place is.

mod aliases;
mod build;
mod common;
mod naming;
mod select;
mod types;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

use ceph_codec::message::MessageType;

pub use common::*;
pub use types::{Names, Type};
pub use walk::Walker;

use walk::Node;

/// A field's number in this program's table. It may be another in the next version: say names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u16);

/// A field: a value, or a group of them. A message may have it several times.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its number.
    pub id: FieldId,
    /// Its name, such as `caps.mseq`.
    pub name: String,
    /// What it holds. What is a value in one message may be a group in another, whose parts are fields themselves.
    pub ty: Type,
    /// What it means, in a few words.
    pub doc: &'static str,
    /// The message that can have it; `None` for what all have.
    pub message: Option<MessageType>,
    /// The message's version that brought it; 0 for all versions.
    pub since: u16,
    /// Whether it is there for the encoding alone.
    pub is_framing: bool,
    /// Whether it is an unsigned number of 64 bits.
    pub is_wide: bool,
    /// Whether it is a value in one message where another has parts.
    pub has_parts: bool,
    /// Whether it is an inode that the message is [about](INO).
    pub is_about: bool,
    /// Other names that people have for it.
    pub aliases: Vec<&'static str>,
    /// Where it stands, as in the layout tables: the message's word and all groups. None of what all messages have.
    pub places: Vec<String>,
}

impl Field {
    /// Its name and its other names.
    fn all_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().copied())
    }
}

/// All fields.
#[derive(Debug)]
pub struct Registry {
    fields: Vec<Field>,
    /// Every name of every field.
    names: HashMap<String, FieldId>,
    /// Places in messages.
    nodes: Vec<Node>,
    /// Where each message begins, in the order of its numbers.
    roots: Vec<(MessageType, u32)>,
}

impl Registry {
    /// The table; made when it is asked for the first time.
    pub fn get() -> &'static Registry {
        static REGISTRY: OnceLock<Registry> = OnceLock::new();
        REGISTRY.get_or_init(build::registry)
    }

    /// All fields: those of every message first, then message by message in wire order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of a number that this table gave out.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(usize::from(id.0))
    }

    /// The field of this name: its own, an alias, or a place.
    pub fn find(&self, name: &str) -> Option<&Field> {
        self.names.get(name).and_then(|id| self.field(*id))
    }

    /// The field that a message of this type is as a whole, which has the name that all its fields begin with.
    pub fn message(&self, kind: MessageType) -> Option<FieldId> {
        let root = self.roots.binary_search_by_key(&kind, |(kind, _)| *kind).ok()?;
        let (_, node) = self.roots.get(root)?;
        self.nodes.get(*node as usize)?.field
    }

    /// What to ask instead of a name that is no field's, where that is known: Wireshark's, or a message's type.
    pub fn instead_of(&self, name: &str) -> Option<String> {
        let is_type = || self.field(TYPE).is_some_and(|field| field.ty.names().contains(&name));
        aliases::elsewhere(name)
            .or_else(|| is_type().then(|| format!("messages of this type are `type == {name}`")))
    }

    /// Every name and alias, without the places: what may be meant by a name that is none.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().flat_map(Field::all_names)
    }
}
