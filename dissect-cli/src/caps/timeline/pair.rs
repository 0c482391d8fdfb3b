//! Which EXPORT and which IMPORT are one migration, as indices into the events of one inode.

use std::collections::{HashMap, HashSet};

use ceph_codec::message::client_caps::CapOp;

use super::MigrationState;
use super::collect::{Kept, Parties};
use crate::caps::Migrations;
use crate::event::{CapEvent, Peer};
use crate::session::Who;
use crate::stream::ConnId;

#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) export: Option<usize>,
    pub(super) import: Option<usize>,
    pub(super) state: MigrationState,
}

/// The migrations among the events of one inode, in the order of their first messages.
pub(super) fn pair(events: &[(Kept, Parties)], who: &Who) -> Vec<Link> {
    let mut migrations = Migrations::default();
    let mut links: Vec<Link> = Vec::new();
    // Every message begins somewhere else, so this finds it again.
    let mut link_of: HashMap<(ConnId, u64), usize> = HashMap::new();
    for (index, (Kept { event, .. }, _)) in events.iter().enumerate() {
        let pair = migrations.push(event, who);
        if event.replayed || !matches!(event.op(), Some(CapOp::EXPORT | CapOp::IMPORT)) {
            continue;
        }
        let exports = event.op() == Some(CapOp::EXPORT);
        let (export, import) = if exports { (Some(index), None) } else { (None, Some(index)) };
        let other = pair.map(|pair| if exports { pair.import } else { pair.export });
        match other.and_then(|other| link_of.remove(&(other.conn, other.offset))) {
            Some(link) => {
                let link = &mut links[link];
                link.export = link.export.or(export);
                link.import = link.import.or(import);
                link.state = MigrationState::Paired;
            }
            None => {
                link_of.insert((event.conn, event.offset), links.len());
                links.push(Link { export, import, state: alone(event) });
            }
        }
    }
    let due: HashSet<_> =
        migrations.lone_imports().iter().map(|l| (l.import.conn, l.import.offset)).collect();
    for (at, link) in link_of {
        if links[link].state == MigrationState::NoExport && !due.contains(&at) {
            links[link].state = MigrationState::NotDue;
        }
    }
    links
}

/// What an EXPORT or an IMPORT is as long as it has no counterpart.
fn alone(event: &CapEvent) -> MigrationState {
    match event.peer {
        _ if event.op() == Some(CapOp::IMPORT) => MigrationState::NoExport,
        Some(Peer::Importer(peer)) if peer.is_somewhere() => MigrationState::NoImport,
        Some(_) => MigrationState::Nowhere,
        None => MigrationState::Unnamed,
    }
}
