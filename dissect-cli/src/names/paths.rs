//! Paths of inodes, over time.

use std::collections::HashMap;

use ceph_codec::types::InodeNo;

use crate::place::{Place, Time};

/// Dentries known.
#[derive(Debug, Default)]
pub struct Paths {
    /// Where an inode is: directory and name, as last told.
    parents: HashMap<InodeNo, (InodeNo, Box<[u8]>)>,
    children: HashMap<(InodeNo, Box<[u8]>), InodeNo>,
}

/// Dentries kept, 1 million. Beyond: new ones are not remembered.
const MAX_DENTRIES: usize = 1 << 20;
/// Names of one path; beyond, it is cut off in front.
const MAX_DEPTH: usize = 256;

impl Paths {
    /// Takes what a name in a directory is from then on; `None`: nothing.
    pub(super) fn link(&mut self, _: Place, dir: InodeNo, name: &[u8], ino: Option<InodeNo>) {
        match ino {
            Some(ino) if self.parents.len() < MAX_DENTRIES => {
                let known = self.parents.get(&ino);
                if known.is_some_and(|(d, n)| *d == dir && **n == *name) {
                    return;
                }
                self.parents.insert(ino, (dir, name.into()));
                self.children.insert((dir, name.into()), ino);
            }
            Some(_) => {}
            None => {
                self.children.remove(&(dir, Box::from(name)));
            }
        }
    }

    /// The path of an inode at a moment, as far up as it is known.
    pub fn path(&self, ino: InodeNo, _at: Time) -> Option<String> {
        let mut names = Vec::new();
        let mut ino = ino;
        while let Some((dir, name)) = self.parents.get(&ino) {
            names.push(String::from_utf8_lossy(name));
            ino = *dir;
            if names.len() > MAX_DEPTH {
                break;
            }
        }
        names.reverse();
        (!names.is_empty()).then(|| format!("/{}", names.join("/")))
    }

    /// The directory in which a path's last name is, and the inode that it means, as far as known.
    pub(super) fn resolve(&self, base: InodeNo, path: &[u8]) -> (Option<InodeNo>, Option<InodeNo>) {
        let (mut dir, mut ino) = (None, Some(base));
        for name in path.split(|b| *b == b'/').filter(|name| !name.is_empty()) {
            dir = ino;
            ino = dir.and_then(|dir| self.children.get(&(dir, Box::from(name))).copied());
        }
        (dir, ino)
    }
}
