//! What things are called: inodes their paths, ranks their daemons, clients what they say of themselves.

mod asked;
mod clients;
mod clusters;
mod glob;
mod intern;
mod paths;
mod ranks;
mod text;

use ceph_codec::message::Message;
use ceph_codec::message::client_reply::{Inode, ReplyHead, Trace, TraceDentry};
use ceph_codec::message::client_request::{ClientRequest, RequestOp};
use ceph_codec::message::mds_export::ExportDir;
use ceph_codec::message::mds_map::MdsMap;
use ceph_codec::types::{InodeNo, SnapId};

use crate::event::At;
use crate::session::Who;

pub use clients::{Client, Clients};
pub use clusters::{Cluster, Clusters, Fsid};
pub use glob::{Glob, NoPattern};
pub use paths::{Named, Paths};
pub use ranks::{FileSystem, FsIndex, Holder, Ranks};

use asked::{Asked, Outstanding};
use paths::Link;
use ranks::Change;
pub(crate) use text::is_hidden;

/// Everything learned so far.
#[derive(Debug, Default)]
pub struct Names {
    paths: Paths,
    ranks: Ranks,
    clients: Clients,
    clusters: Clusters,
    asked: Outstanding,
}

impl Names {
    /// Paths of inodes.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Daemons of ranks.
    pub fn ranks(&self) -> &Ranks {
        &self.ranks
    }

    /// The clusters of which maps were told.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// What clients said of themselves.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Takes what a message says by itself. Requests, replies and maps are told in other ways: they need more
    /// than their bytes.
    pub(crate) fn learn(&mut self, at: &At, message: &Message<'_>, who: &Who) {
        let time = at.place.time;
        match message {
            Message::ClientSession(session) => {
                if let Some(said) = session.tail().metadata() {
                    self.clients.opens(at.place, at.conn, said, who);
                }
            }
            Message::ClientReconnect(reconnect) => {
                for held in reconnect.caps().iter().filter(|held| !held.path.0.is_empty()) {
                    self.paths.place(time, (held.pathbase, held.path.0), held.ino, None);
                }
            }
            Message::ExportDirDiscover(discover) => {
                let fields = discover.fields();
                let path = (fields.path.ino, fields.path.path.0);
                self.paths.place(time, path, fields.dirfrag.ino, Some(true));
            }
            Message::ExportDir(export) => self.export(at, export),
            _ => {}
        }
    }

    /// A tree moves from rank to rank, with all its names and the clients that have caps in it.
    fn export(&mut self, at: &At, export: &ExportDir<'_>) {
        let time = at.place.time;
        for moved in export.inodes().filter(|moved| moved.last == SnapId::HEAD) {
            let (dir, name, ino) = (moved.dir.ino, moved.name.0, moved.ino);
            let (alone, made, primary) = (false, false, true);
            self.paths.link(&Link { time, dir, name, ino, alone, made, primary });
        }
        let clients = export.fields().client_map.content();
        for entry in clients.iter().flat_map(|map| map.metadata.iter()) {
            if let (Ok(id), Some(said)) = (entry.key.try_into(), entry.value.fields().metadata()) {
                self.clients.told(at.place, id, said);
            }
        }
    }

    /// A client asks for something. Answers the directory in which its path's last name is, and the inode that
    /// it means, as far as known.
    pub(crate) fn request(
        &mut self,
        at: &At,
        tid: u64,
        request: &ClientRequest<'_>,
    ) -> (Option<InodeNo>, Option<InodeNo>) {
        let path = request.path();
        let (dir, ino) = self.paths.resolve(path.ino, path.path.0);
        let tells = match request.head().op {
            RequestOp::RENAME | RequestOp::UNLINK | RequestOp::RMDIR => true,
            // Their replies name what they are about.
            op if names_dentry(op) => false,
            _ => ino.is_none() && !path.path.0.is_empty(),
        };
        if tells && !at.replayed {
            self.asked.put(at.conn, tid, Asked::of(request));
        }
        (dir, ino)
    }

    /// A request is sent on to another rank, where the client asks again.
    pub(crate) fn forward(&mut self, at: &At, tid: u64) {
        self.asked.take(at.conn, tid);
    }

    /// A request is answered.
    pub(crate) fn reply(&mut self, at: &At, tid: u64, head: &ReplyHead, trace: &Trace<'_>) {
        if at.replayed {
            return;
        }
        let time = at.place.time;
        let asked = self.asked.take(at.conn, tid).filter(|_| head.result >= 0);
        let target = trace.target.as_deref().filter(|inode| inode.head.snapid == SnapId::HEAD);
        if let Some(Asked { op: RequestOp::RENAME, path2: (base, path), .. }) = &asked
            && let Some((dir, name)) = self.paths.deepest(*base, path)
        {
            let ino = target.map(|inode| inode.head.ino);
            let moved = ino.or_else(|| self.paths.child(dir, name));
            self.paths.unlink(time, dir, name, moved);
            // A reply that repeats an earlier one has no trace.
            if let (None, Some(asked), Some(moved)) = (&trace.dentry, &asked, moved) {
                self.paths.place(time, (asked.path.0, &asked.path.1), moved, Some(false));
            }
        }
        match (&trace.dentry, target) {
            (Some(dentry), _) => self.dentry(at, head.op, dentry, trace.target.as_deref()),
            (None, target) => {
                let Some(Asked { op, path: (base, path), .. }) = asked else { return };
                match (op, target) {
                    (RequestOp::RENAME, _) => {}
                    (RequestOp::UNLINK | RequestOp::RMDIR, _) => {
                        if let Some((dir, name)) = self.paths.deepest(base, &path) {
                            self.paths.unlink(time, dir, name, None);
                        }
                    }
                    // What it answers is another inode than that of the path.
                    (RequestOp::LOOKUPPARENT | RequestOp::LOOKUPINO, _) | (_, None) => {}
                    (_, Some(inode)) => {
                        self.paths.place(time, (base, &path), inode.head.ino, Some(alone(inode)));
                    }
                }
            }
        }
    }

    /// A reply says what a name in a directory is: an inode, or nothing.
    fn dentry(
        &mut self,
        at: &At,
        op: RequestOp,
        dentry: &TraceDentry<'_>,
        target: Option<&Inode<'_>>,
    ) {
        let (time, dir, name) = (at.place.time, dentry.dir.head.ino, dentry.dname.0);
        // What a snapshot shows may have another name by now.
        if dentry.dir.head.snapid != SnapId::HEAD {
            return;
        }
        match target {
            None => self.paths.unlink(time, dir, name, None),
            Some(inode) if inode.head.snapid == SnapId::HEAD => {
                let ino = inode.head.ino;
                let alone = alone(inode) && op != RequestOp::LINK;
                let made = matches!(
                    op,
                    RequestOp::MKNOD
                        | RequestOp::MKDIR
                        | RequestOp::SYMLINK
                        | RequestOp::LINK
                        | RequestOp::RENAME
                );
                self.paths.link(&Link { time, dir, name, ino, alone, made, primary: false });
            }
            Some(_) => {}
        }
    }

    /// A listing of a directory says what a name in it is.
    pub(crate) fn entry(&mut self, at: &At, dir: &Inode<'_>, name: &[u8], inode: &Inode<'_>) {
        let heads = [dir.head.snapid, inode.head.snapid];
        if at.replayed || heads != [SnapId::HEAD; 2] {
            return;
        }
        let (time, dir, ino) = (at.place.time, dir.head.ino, inode.head.ino);
        let (alone, made, primary) = (alone(inode), false, false);
        self.paths.link(&Link { time, dir, name, ino, alone, made, primary });
    }

    /// Takes a map; answers what it changes.
    pub(crate) fn map(&mut self, at: &At, map: &MdsMap<'_>) -> Vec<Change> {
        self.clusters.learn(at.place, map.head().fsid.0);
        self.ranks.learn(at.place, map)
    }
}

/// Whether an inode has one name only.
fn alone(inode: &Inode<'_>) -> bool {
    const TYPE: u32 = 0o170_000;
    const DIRECTORY: u32 = 0o040_000;
    inode.head.nlink <= 1 || inode.head.mode & TYPE == DIRECTORY
}

/// Whether the replies to an operation have the dentry that it was about.
fn names_dentry(op: RequestOp) -> bool {
    matches!(
        op,
        RequestOp::LOOKUP
            | RequestOp::CREATE
            | RequestOp::MKNOD
            | RequestOp::MKDIR
            | RequestOp::SYMLINK
            | RequestOp::LINK
            | RequestOp::LOOKUPSNAP
            | RequestOp::LSSNAP
            | RequestOp::MKSNAP
            | RequestOp::RMSNAP
            | RequestOp::RENAMESNAP
    )
}

#[cfg(test)]
mod tests;
