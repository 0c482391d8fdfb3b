//! Clients and ranks.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::names::{Cluster, FileSystem, Holder};
use crate::report::ClientInfo;

#[derive(Serialize)]
pub(super) struct ClientDoc<'r> {
    client: u64,
    addrs: Vec<String>,
    ranks: Vec<i32>,
    entity: Option<&'r str>,
    host: Option<&'r str>,
    version: Option<String>,
    root: Option<&'r str>,
    mount_point: Option<&'r str>,
    metadata: BTreeMap<&'r str, &'r str>,
}

impl<'r> ClientDoc<'r> {
    pub(super) fn of(info: &'r ClientInfo) -> Self {
        let said = info.said.as_ref();
        let pairs = said.into_iter().flat_map(|said| &said.metadata);
        ClientDoc {
            client: info.id,
            addrs: info.addrs.iter().map(ToString::to_string).collect(),
            ranks: info.ranks.iter().map(|rank| rank.0).collect(),
            entity: said.and_then(|said| said.entity()),
            host: said.and_then(|said| said.host()),
            version: said.and_then(|said| said.version()),
            root: said.and_then(|said| said.root()),
            mount_point: said.and_then(|said| said.mount_point()),
            metadata: pairs.map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ClusterDoc {
    fsid: String,
    time: String,
    file: u32,
    frame: u64,
}

impl ClusterDoc {
    pub(super) fn of(cluster: &Cluster) -> Self {
        let Cluster { fsid, since } = cluster;
        ClusterDoc {
            fsid: fsid.to_string(),
            time: since.time.to_string(),
            file: since.file,
            frame: since.frame,
        }
    }
}

#[derive(Serialize)]
pub(super) struct FileSystemDoc<'r> {
    name: &'r str,
    ranks: Vec<HolderDoc<'r>>,
}

#[derive(Serialize)]
struct HolderDoc<'r> {
    rank: i32,
    time: String,
    file: u32,
    frame: u64,
    epoch: u32,
    daemon: Option<&'r str>,
    gid: Option<u64>,
    state: Option<String>,
    addrs: Vec<String>,
}

impl<'r> FileSystemDoc<'r> {
    pub(super) fn of(fs: &'r FileSystem) -> Self {
        let of_rank = |(rank, history): (ceph_codec::types::Rank, &'r [Holder])| {
            history.iter().map(move |holder| {
                let held = holder.state.is_some();
                HolderDoc {
                    rank: rank.0,
                    time: holder.since.time.to_string(),
                    file: holder.since.file,
                    frame: holder.since.frame,
                    epoch: holder.epoch,
                    daemon: held.then_some(holder.name.as_str()),
                    gid: held.then_some(holder.gid),
                    state: holder.state.map(|state| state.to_string()),
                    addrs: holder.addrs.iter().map(ToString::to_string).collect(),
                }
            })
        };
        FileSystemDoc { name: &fs.name, ranks: fs.ranks().flat_map(of_rank).collect() }
    }
}
