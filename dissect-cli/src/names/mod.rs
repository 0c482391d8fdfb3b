//! What things are called: inodes their paths, ranks their daemons, clients what they say of themselves.

mod paths;
mod ranks;

use ceph_codec::message::Message;
use ceph_codec::message::client_reply::Inode;
use ceph_codec::message::client_request::FilePath;
use ceph_codec::message::mds_map::{MdsMap, MdsState};
use ceph_codec::types::{InodeNo, Rank};

use crate::event::At;
use crate::session::Who;

pub use paths::Paths;
pub use ranks::{Holder, Ranks};

/// Everything learned so far.
#[derive(Debug, Default)]
pub struct Names {
    paths: Paths,
    ranks: Ranks,
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

    /// Takes what a message says by itself; replies are told in their parts, see
    /// [`dentry`](Names::dentry) and [`entry`](Names::entry).
    pub fn learn(&mut self, _at: &At, _message: &Message<'_>, _who: &Who) {}

    /// A reply says what a name in a directory is: an inode, or nothing any more.
    pub fn dentry(&mut self, at: &At, dir: &Inode<'_>, name: &[u8], target: Option<&Inode<'_>>) {
        let target = target.map(|inode| inode.head.ino);
        self.paths.link(at.place, dir.head.ino, name, target);
    }

    /// A listing says the same of an entry.
    pub fn entry(&mut self, at: &At, dir: InodeNo, name: &[u8], inode: &Inode<'_>) {
        self.paths.link(at.place, dir, name, Some(inode.head.ino));
    }

    /// The directory in which a path's last name is, and the inode that it means, as far as known.
    pub fn resolve(&self, path: &FilePath<'_>) -> (Option<InodeNo>, Option<InodeNo>) {
        self.paths.resolve(path.ino, path.path.0)
    }

    /// Takes a map that is newer than all before; `news` gets the ranks whose state it changes.
    pub fn map(
        &mut self,
        at: &At,
        map: &MdsMap<'_>,
        news: &mut impl FnMut(Rank, Option<MdsState>),
    ) {
        self.ranks.learn(at.place, map, news);
    }
}
