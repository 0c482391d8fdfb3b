//! Which fields somebody means who does not know their names.

use ceph_codec::message::{Message, MessageLayout};

use super::{Field, Registry};
use crate::names::Glob;

impl Field {
    /// The message that can have it; `None` for what all have.
    pub fn layout(&self) -> Option<&'static MessageLayout> {
        Message::TABLE.iter().find(|message| Some(message.kind) == self.message)
    }
}

impl Registry {
    /// The fields that a text may mean, the first of these that there is:
    ///
    /// - the field that is called so, and its parts;
    /// - the fields of the message that is called so: `caps`, `MClientCaps`, `client_caps`;
    /// - those whose name matches it, if it has `*` or `?`;
    /// - those that have it anywhere in a name or in what they mean.
    pub fn select(&self, pattern: &str) -> Vec<&Field> {
        let of = |is_it: &dyn Fn(&Field) -> bool| -> Vec<&Field> {
            self.fields().iter().filter(|field| is_it(field)).collect()
        };
        if let Some(found) = self.find(pattern) {
            let parts = format!("{}.", found.name);
            return of(&|field| field.id == found.id || field.name.starts_with(&parts));
        }
        let message = Message::TABLE.iter().find(|message| {
            [Some(message.word), Some(message.name), message.kind.name()].contains(&Some(pattern))
        });
        if let Some(message) = message {
            return of(&|field| field.message == Some(message.kind));
        }
        if let Some(glob) = pattern.parse::<Glob>().ok().filter(|_| pattern.contains(['*', '?'])) {
            return of(&|field| field.all_names().any(|name| glob.matches(name)));
        }
        let pattern = pattern.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&pattern);
        of(&|field| field.all_names().any(has) || has(field.doc))
    }
}
