//! What clients say of themselves when they open a session.

use std::collections::BTreeMap;
use std::fmt;

use ceph_codec::{Entry, List, Text};

use super::text;
use crate::hash::HashMap;
use crate::place::Place;
use crate::session::Who;
use crate::stream::ConnId;

/// Clients kept, 65,536. Beyond: new ones are known by their number only.
const MAX_CLIENTS: usize = 1 << 16;
/// Pairs kept of each, 32; the rest is not.
const MAX_PAIRS: usize = 32;
/// Bytes of a key or a value, 256; the rest is cut off.
const MAX_TEXT: usize = 256;

/// What a client said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The first message that told it.
    pub since: Place,
    /// Keys and values, as it gave them; escaped where they cannot be shown.
    pub metadata: Vec<(String, String)>,
}

impl Client {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let pair = self.metadata.iter().find(|(k, value)| k == key && !value.is_empty());
        pair.map(|(_, value)| value.as_str())
    }

    /// The machine that it runs on. One that was never given a name calls itself `(none)`, which is none.
    pub fn host(&self) -> Option<&str> {
        self.get("hostname").filter(|host| *host != "(none)")
    }

    /// Its name at the cluster, behind `client.`.
    pub fn entity(&self) -> Option<&str> {
        self.get("entity_id")
    }

    /// Which software it is, short: `kernel 6.1.0` or `ceph 16.2.15`.
    pub fn version(&self) -> Option<String> {
        if let Some(kernel) = self.get("kernel_version") {
            return Some(format!("kernel {}", kernel.split(['-', ' ']).next().unwrap_or(kernel)));
        }
        let ceph = self.get("ceph_version")?;
        let number = ceph.strip_prefix("ceph version ").unwrap_or(ceph);
        Some(format!("ceph {}", number.split(['-', ' ']).next().unwrap_or(number)))
    }

    /// The directory of the file system that it has mounted.
    pub fn root(&self) -> Option<&str> {
        self.get("root")
    }

    /// Where it has mounted it; of Ceph's FUSE client only.
    pub fn mount_point(&self) -> Option<&str> {
        self.get("mount_point")
    }
}

impl fmt::Display for Client {
    /// Host, software and root: `web1, kernel 6.1.0, /vol`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version();
        let mut comma = "";
        for part in [self.host(), version.as_deref(), self.root()].into_iter().flatten() {
            write!(f, "{comma}{part}")?;
            comma = ", ";
        }
        Ok(())
    }
}

/// All clients that said something.
#[derive(Clone, Debug)]
pub struct Clients {
    max: usize,
    by_id: BTreeMap<u64, Client>,
    /// Those whose number was not known then.
    by_conn: HashMap<ConnId, Client>,
}

impl Default for Clients {
    fn default() -> Self {
        Clients::new(MAX_CLIENTS)
    }
}

impl Clients {
    /// Keeps at most `max` of them.
    fn new(max: usize) -> Clients {
        Clients { max, by_id: BTreeMap::new(), by_conn: HashMap::default() }
    }

    /// What the client with this global id said.
    pub fn get(&self, id: u64) -> Option<&Client> {
        self.by_id.get(&id)
    }

    /// All of them, by global id.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Client)> {
        self.by_id.iter().map(|(id, client)| (*id, client))
    }

    /// The same clients, with the numbers that `who` knows by now.
    pub fn settled(&self, who: &Who) -> Clients {
        let mut by_id = self.by_id.clone();
        for (conn, client) in &self.by_conn {
            if let Some(id) = who.ends(*conn).and_then(|ends| ends.client) {
                by_id.entry(id).or_insert_with(|| client.clone());
            }
        }
        Clients { by_id, ..Clients::new(self.max) }
    }

    /// A client opens a session.
    pub(super) fn opens(&mut self, since: Place, conn: ConnId, said: Pairs<'_>, who: &Who) {
        if said.is_empty() || self.by_id.len() + self.by_conn.len() >= self.max {
            return;
        }
        let client = || Client { since, metadata: metadata(said) };
        match who.ends(conn).and_then(|ends| ends.client) {
            Some(id) => _ = self.by_id.entry(id).or_insert_with(client),
            None => _ = self.by_conn.entry(conn).or_insert_with(client),
        }
    }

    /// Somebody else says what a client said.
    pub(super) fn told(&mut self, since: Place, id: u64, said: Pairs<'_>) {
        if !said.is_empty() && self.by_id.len() + self.by_conn.len() < self.max {
            let client = || Client { since, metadata: metadata(said) };
            self.by_id.entry(id).or_insert_with(client);
        }
    }
}

pub(super) type Pairs<'a> = List<'a, Entry<Text<'a>, Text<'a>>>;

fn metadata(said: Pairs<'_>) -> Vec<(String, String)> {
    let cut = |t: Text<'_>| text::text(t.0.get(..MAX_TEXT).unwrap_or(t.0));
    said.iter().take(MAX_PAIRS).map(|pair| (cut(pair.key), cut(pair.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client's words, as they are sent.
    fn said(pairs: &[(&str, &str)], take: impl FnOnce(Pairs<'_>)) {
        let entries = pairs
            .iter()
            .map(|(key, value)| Entry { key: Text(key.as_bytes()), value: Text(value.as_bytes()) });
        let mut buffer = vec![0; 1 << 16];
        take(List::write(entries, &mut buffer).unwrap());
    }

    #[test]
    fn further_clients_are_known_by_their_number_only() {
        let mut clients = Clients::new(3);
        said(&[("hostname", "web")], |said| {
            // One whose number nobody said yet is one, too.
            clients.opens(Place::default(), ConnId(7), said, &Who::default());
            (1..5).for_each(|id| clients.told(Place::default(), id, said));
            clients.opens(Place::default(), ConnId(8), said, &Who::default());
        });
        assert_eq!(clients.iter().map(|(id, _)| id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(clients.by_conn.keys().collect::<Vec<_>>(), [&ConnId(7)]);
    }

    #[test]
    fn what_is_longer_is_cut() {
        let mut clients = Clients::default();
        let long = "x".repeat(MAX_TEXT + 1);
        let mut pairs = vec![(long.as_str(), long.as_str())];
        pairs.extend([("key", "value"); MAX_PAIRS]);
        said(&pairs, |said| clients.told(Place::default(), 1, said));
        let metadata = &clients.get(1).unwrap().metadata;
        assert_eq!(metadata.len(), MAX_PAIRS);
        let (key, value) = &metadata[0];
        assert_eq!((key.len(), value.len()), (MAX_TEXT, MAX_TEXT));
    }
}
