//! A message with all that is known of it.

use std::ops::ControlFlow;

use ceph_codec::Value;
use ceph_codec::message::Header;

use super::{Dissected, Node, Party, Summary};
use crate::fields::{self, FieldId, Registry};
use crate::filter;
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
    /// The name of its file.
    pub file: &'r str,
    /// When the capture begins.
    pub origin: Time,
    /// When the message before it was seen, if there was one.
    pub before: Option<Time>,
    /// Codes of the findings that it gave rise to.
    pub findings: &'r [&'static str],
}

impl<'r> Row<'r> {
    /// What the messenger says of it, if it is a message.
    pub fn header(&self) -> Option<&Header> {
        self.dissected.spoken.header()
    }

    /// Who says it, or receives it: `client.4125`, `mds.0 (b)`.
    pub fn party(&self, which: usize) -> String {
        let Some(party) = self.parties.map(|parties| parties[which]) else { return String::new() };
        match party.daemon(self.names, self.dissected.spoken.place) {
            Some(daemon) => format!("{party} ({daemon})"),
            None => party.to_string(),
        }
    }

    /// What a log would say of it.
    pub fn summary(&self) -> Summary<'_> {
        let from = self.parties.map(|[from, _]| from);
        Summary { dissected: self.dissected, from }
    }

    /// The fields of the payload that have this number.
    pub fn nodes(&self, field: FieldId) -> impl Iterator<Item = &'r Node> {
        let nodes = self.dissected.payload.nodes().iter();
        nodes.filter(move |node| node.field == Some(field))
    }

    fn of_header(&self, field: FieldId) -> Option<Value<'static>> {
        let header = self.header()?;
        let number = match field {
            fields::TYPE => {
                return Some(Value::Named(header.kind.0.into(), header.kind.name()));
            }
            fields::VERSION => header.version.into(),
            fields::COMPAT => header.compat_version.into(),
            fields::SEQ => header.seq,
            fields::TID => header.tid,
            fields::PRIO => header.priority.into(),
            fields::FRONT_LEN => header.front_len.into(),
            fields::MIDDLE_LEN => header.middle_len.into(),
            fields::DATA_LEN => header.data_len.into(),
            fields::LEN => {
                let lens = [header.front_len, header.middle_len, header.data_len];
                lens.into_iter().map(u64::from).sum()
            }
            fields::REPLAYED => self.dissected.spoken.replayed.into(),
            // The message itself: as with a group, it is there.
            _ if Registry::get().message(header.kind) == Some(field) => 1,
            _ => return None,
        };
        Some(Value::Uint(number))
    }
}

impl filter::Row for Row<'_> {
    fn each(&self, field: FieldId, take: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) {
        let spoken = &self.dissected.spoken;
        let place = spoken.place;
        let mut text = |text: &str| take(Value::Text(text.as_bytes()));
        _ = match field {
            fields::FRAME => take(Value::Uint(place.frame)),
            fields::FILE => text(self.file),
            fields::TIME => take(Value::Int(place.time.since(self.origin))),
            fields::TIME_UTC => take(Value::Int(place.time.0)),
            fields::TIME_DELTA => {
                take(Value::Int(self.before.map_or(0, |before| place.time.since(before))))
            }
            fields::CONN => take(Value::Uint(spoken.conn.0.into())),
            fields::SRC | fields::DST => match self.parties {
                Some(parties) => text(&parties[usize::from(field == fields::DST)].to_string()),
                None => ControlFlow::Continue(()),
            },
            fields::SRC_ADDR | fields::DST_ADDR => match self.parties {
                Some(parties) => {
                    take(Value::Socket(parties[usize::from(field == fields::DST_ADDR)].addr))
                }
                None => ControlFlow::Continue(()),
            },
            fields::CLIENT => {
                let ids = self.parties.iter().flatten().filter_map(Party::client);
                all(ids.map(Value::Uint), take)
            }
            fields::MDS => {
                let ranks = self.parties.iter().flatten().filter_map(Party::rank);
                all(ranks.map(|rank| Value::Int(rank.0.into())), take)
            }
            fields::MDS_NAME => {
                let daemon = |party: &Party| party.daemon(self.names, place).map(str::to_owned);
                let names = self.parties.iter().flatten().filter_map(daemon);
                names.into_iter().try_for_each(|name| take(Value::Text(name.as_bytes())))
            }
            fields::INO => all(self.dissected.inodes().map(Value::Ino), take),
            fields::PATH => self.dissected.inodes().try_for_each(|ino| {
                match self.names.paths().path(ino, place.time) {
                    Some(path) => take(Value::Text(path.as_bytes())),
                    None => ControlFlow::Continue(()),
                }
            }),
            fields::FINDING => {
                self.findings.iter().try_for_each(|code| take(Value::Text(code.as_bytes())))
            }
            fields::SUMMARY => text(&self.summary().to_string()),
            field => match self.of_header(field) {
                Some(value) => take(value),
                None => self.nodes(field).try_for_each(|node| {
                    // A group has no value, but it is there.
                    take(self.dissected.value(node).unwrap_or(Value::Uint(1)))
                }),
            },
        };
    }
}

fn all<'v>(
    mut values: impl Iterator<Item = Value<'v>>,
    take: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    values.try_for_each(take)
}
