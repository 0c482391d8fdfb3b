//! Messages as people look at them: a line each, or every field, or every byte.

mod control;
mod hex;
mod json;
mod line;
mod tree;
mod value;

pub use hex::hex;
pub use json::Record;
pub use line::{Clock, line};
pub use tree::tree;
pub(in crate::render) use value::Told;

use std::fmt;

use ceph_codec::message::Header;

use crate::dissect::{Dissected, Party};
use crate::names::Names;
use crate::place::Time;

/// A message, and what is known of it beside its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    /// The message.
    pub dissected: &'r Dissected<'r, 'r>,
    /// Who says it, and to whom.
    pub parties: Option<[Party; 2]>,
    /// What inodes and ranks are called.
    pub names: &'r Names,
    /// When the capture begins.
    pub origin: Time,
    /// When the message before it was seen, if there was one.
    pub before: Option<Time>,
    /// Codes of the findings that it gave rise to.
    pub findings: &'r [&'static str],
}

impl Row<'_> {
    /// What the messenger says of it, if it is a message.
    fn header(&self) -> Option<&Header> {
        self.dissected.spoken.header()
    }

    /// Who says it, or receives it: `client.4125`, `mds.0 (b)`.
    fn party(&self, which: usize) -> String {
        let Some(party) = self.parties.map(|parties| parties[which]) else { return String::new() };
        match party.daemon(self.names, self.dissected.spoken.place) {
            Some(daemon) => format!("{party} ({daemon})"),
            None => party.to_string(),
        }
    }

    /// What a log would say of it.
    pub fn summary(&self) -> impl fmt::Display + '_ {
        control::Summary(self)
    }
}
