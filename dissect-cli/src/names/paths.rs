//! Paths of inodes, over time.
//!
//! What is kept is dentries: a name in a directory, the inode that it stands for, and from when to when it
//! did. A name that was told at some moment is taken to have been there before, as long as nothing says
//! otherwise; it ends where something shows that it did.

use std::fmt::Write;

use ceph_codec::types::InodeNo;

use super::intern::{Interner, NameId};
use super::text;
use crate::hash::HashMap;
use crate::place::Time;

/// Dentries kept, those that are gone included, 1 million of about 200 bytes beside the name. Beyond: new ones
/// are not remembered, [`Paths::not_kept`].
const MAX_DENTRIES: usize = 1 << 20;
/// Dentries of one inode, 64. Beyond: the first one told is forgotten.
const MAX_OF_ONE: u32 = 64;
/// Names of one path, 256. Beyond: what is in front of them is not shown.
const MAX_DEPTH: usize = 256;

/// The end of a dentry that was there when it was last heard of.
const OPEN: Time = Time(i64::MAX);
/// The end of an inode's chain.
const NONE: u32 = u32::MAX;

/// Dentries known.
#[derive(Debug)]
pub struct Paths {
    names: Interner,
    dentries: Vec<Dentry>,
    /// The dentries that were told of an inode.
    of: HashMap<InodeNo, Chain>,
    /// What a name in a directory stands for now.
    at: HashMap<(InodeNo, NameId), u32>,
    max_dentries: usize,
    not_kept: u64,
}

/// Dentries of one inode, each of which leads to the next.
#[derive(Clone, Copy, Debug)]
struct Chain {
    first: u32,
    last: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
struct Dentry {
    dir: InodeNo,
    ino: InodeNo,
    /// When it was first told.
    from: Time,
    /// When it was shown to be gone.
    until: Time,
    name: NameId,
    /// The next one of this inode.
    next: u32,
    /// It began at `from`, and was not there before.
    made: bool,
    /// The inode is stored here; other names are links to it.
    primary: bool,
    /// There is another dentry of this inode, or was.
    shared: bool,
}

/// What somebody says of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    pub(super) time: Time,
    pub(super) dir: InodeNo,
    pub(super) name: &'a [u8],
    pub(super) ino: InodeNo,
    /// The inode has no other name.
    pub(super) alone: bool,
    /// The name was not there before.
    pub(super) made: bool,
    /// The inode is stored there.
    pub(super) primary: bool,
}

/// A name that an inode has or had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The whole path, as it was in the beginning.
    pub path: String,
    /// When it got it; `None` where that is not known: it may have had it all the time.
    pub from: Option<Time>,
    /// When it lost it; `None` where it did not, as far as was seen.
    pub until: Option<Time>,
}

/// How a dentry stands at a moment, the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// There, and the inode is stored there.
    Primary,
    /// There.
    Live,
    /// Told only later.
    Later,
    /// Gone by then.
    Gone,
    /// Not there yet.
    NotYet,
}

impl Default for Paths {
    fn default() -> Self {
        Paths::new(MAX_DENTRIES)
    }
}

impl Paths {
    /// Keeps at most so many dentries.
    fn new(max_dentries: usize) -> Self {
        Paths {
            names: Interner::default(),
            dentries: Vec::new(),
            of: HashMap::default(),
            at: HashMap::default(),
            max_dentries: max_dentries.min(NONE as usize),
            not_kept: 0,
        }
    }

    /// Takes what a name stands for.
    pub(super) fn link(&mut self, link: &Link<'_>) {
        let Link { time, dir, ino, .. } = *link;
        let Some(name) = self.names.intern(link.name) else {
            self.not_kept += 1;
            return;
        };
        if let Some(&index) = self.at.get(&(dir, name))
            && let Some(dentry) = self.dentries.get_mut(index as usize)
        {
            if dentry.ino == ino {
                if !dentry.made {
                    dentry.from = dentry.from.min(time);
                }
                dentry.primary |= link.primary;
                if dentry.shared {
                    self.others_end(link, index);
                }
                return;
            }
            // What waited behind a gap is older than it looks.
            if time < dentry.from {
                return;
            }
            self.end(index, time);
        }
        let index = match u32::try_from(self.dentries.len()) {
            Ok(index) if self.dentries.len() < self.max_dentries => index,
            _ => {
                self.not_kept += 1;
                return;
            }
        };
        let Link { made, primary, .. } = *link;
        let shared = self.append(ino, index);
        let (from, until, next) = (time, OPEN, NONE);
        self.dentries.push(Dentry { dir, ino, from, until, name, next, made, primary, shared });
        self.at.insert((dir, name), index);
        if shared {
            self.others_end(link, index);
        }
    }

    /// Puts a new dentry behind the others of its inode; answers whether there are any.
    fn append(&mut self, ino: InodeNo, index: u32) -> bool {
        let Some(chain) = self.of.get_mut(&ino) else {
            self.of.insert(ino, Chain { first: index, last: index, len: 1 });
            return false;
        };
        let (first, last) = (chain.first, chain.last);
        (chain.last, chain.len) = (index, chain.len + 1);
        if let Some(dentry) = self.dentries.get_mut(last as usize) {
            dentry.next = index;
        }
        // Those after it are shared already.
        let second = self.dentries.get_mut(first as usize).map(|dentry| {
            dentry.shared = true;
            dentry.next
        });
        if chain.len > MAX_OF_ONE
            && let Some(second) = second
        {
            (chain.first, chain.len) = (second, chain.len - 1);
            self.end(first, OPEN);
        }
        true
    }

    /// Other names of the inode that cannot be there beside this one are gone.
    fn others_end(&mut self, link: &Link<'_>, this: u32) {
        if !link.alone && !link.primary {
            return;
        }
        let mut index = self.of.get(&link.ino).map_or(NONE, |chain| chain.first);
        while let Some(dentry) = self.dentries.get(index as usize) {
            let next = dentry.next;
            let beside = dentry.until == OPEN && dentry.from <= link.time && index != this;
            if beside && (link.alone || dentry.primary) {
                self.end(index, link.time);
            }
            index = next;
        }
    }

    /// A name stands for nothing any more, if it does so for `ino`, or for whatever.
    pub(super) fn unlink(&mut self, time: Time, dir: InodeNo, name: &[u8], ino: Option<InodeNo>) {
        let Some(&index) = self.names.find(name).and_then(|name| self.at.get(&(dir, name))) else {
            return;
        };
        let Some(dentry) = self.dentries.get(index as usize) else { return };
        if ino.is_none_or(|ino| ino == dentry.ino) && dentry.from <= time {
            self.end(index, time);
        }
    }

    fn end(&mut self, index: u32, time: Time) {
        let Some(dentry) = self.dentries.get_mut(index as usize) else { return };
        dentry.until = time.max(dentry.from);
        let key = (dentry.dir, dentry.name);
        if self.at.get(&key) == Some(&index) {
            self.at.remove(&key);
        }
    }

    /// Somebody says by which path an inode is found from `base` on. `alone` says whether it has no other
    /// name; `None`: whoever says it need not be right, so what is known counts for more.
    pub(super) fn place(
        &mut self,
        time: Time,
        (base, path): (InodeNo, &[u8]),
        ino: InodeNo,
        alone: Option<bool>,
    ) {
        let Some((dir, name)) = self.deepest(base, path) else { return };
        // Of several names in a row it is not known which inodes are between them; such a path is kept as if
        // it were one name, until something better comes.
        let sure = alone.filter(|_| !name.contains(&b'/'));
        if sure.is_none() {
            let is_known = |(dentry, standing)| {
                let _: &Dentry = dentry;
                standing <= Standing::Live
            };
            if self.standing(ino, time).is_some_and(is_known) || self.child(dir, name).is_some() {
                return;
            }
        }
        let (alone, made, primary) = (sure.unwrap_or(false), false, false);
        self.link(&Link { time, dir, name, ino, alone, made, primary });
    }

    /// The last directory of a path that is known, and the names after it, at least one. `None` where there is
    /// no name, or where the path goes through a snapshot: there it has an empty name.
    pub(super) fn deepest<'p>(&self, base: InodeNo, path: &'p [u8]) -> Option<(InodeNo, &'p [u8])> {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if base.0 == 0 || path.split(|b| *b == b'/').any(is_virtual) {
            return None;
        }
        let (mut dir, mut rest) = (base, path);
        while let Some(slash) = rest.iter().position(|b| *b == b'/') {
            let (name, behind) = rest.split_at(slash);
            let Some(next) = self.child(dir, name) else { break };
            (dir, rest) = (next, behind.get(1..).unwrap_or_default());
        }
        Some((dir, rest))
    }

    /// What a name stands for now.
    pub(super) fn child(&self, dir: InodeNo, name: &[u8]) -> Option<InodeNo> {
        let index = self.at.get(&(dir, self.names.find(name)?))?;
        self.dentries.get(*index as usize).map(|dentry| dentry.ino)
    }

    /// The directory in which a path's last name is, and the inode that it means, as far as known now.
    pub(super) fn resolve(&self, base: InodeNo, path: &[u8]) -> (Option<InodeNo>, Option<InodeNo>) {
        if path.is_empty() {
            return (None, Some(base).filter(|base| base.0 != 0));
        }
        match self.deepest(base, path) {
            Some((dir, name)) => {
                let dir_known = !name.contains(&b'/');
                (Some(dir).filter(|_| dir_known), self.child(dir, name))
            }
            None => (None, None),
        }
    }

    /// The path that an inode had at a moment: where it has several, that of the name under which it is stored
    /// if that is known, else of the first one told. A name that was told only later counts as well; so
    /// does, where nothing else is left, the last one before it was gone.
    ///
    /// The names' bytes are escaped where they are no UTF-8 or cannot be shown, `\xff`, and so is a
    /// backslash. A path whose beginning is not known starts with the inode up to which it is:
    /// `#0x10000000000/file`.
    pub fn path(&self, ino: InodeNo, at: Time) -> Option<String> {
        self.whole(ino, at).map(|(path, _)| path)
    }

    /// The same; a path that is gone at that moment is marked.
    pub fn shown(&self, ino: InodeNo, at: Time) -> Option<String> {
        self.whole(ino, at).map(|(path, gone)| if gone { path + " (deleted)" } else { path })
    }

    /// Every name that an inode was seen to have, in the order in which they were told.
    pub fn history(&self, ino: InodeNo) -> Vec<Named> {
        let named = |dentry: &Dentry| Named {
            path: self.below(dentry.dir, &[self.names.name(dentry.name)], dentry.from).0,
            from: dentry.made.then_some(dentry.from),
            until: Some(dentry.until).filter(|until| *until != OPEN),
        };
        self.chain(ino).map(named).collect()
    }

    /// The inodes that once had a path for which `is` says yes.
    pub fn inodes(&self, is: impl Fn(&str) -> bool) -> impl Iterator<Item = InodeNo> {
        let had = move |dentry: &&Dentry| {
            // What is above it may have been renamed meanwhile.
            [dentry.from, Time(dentry.until.0.saturating_sub(1))]
                .iter()
                .any(|at| is(&self.below(dentry.dir, &[self.names.name(dentry.name)], *at).0))
        };
        self.dentries.iter().filter(had).map(|dentry| dentry.ino)
    }

    /// Dentries known, those that are gone included.
    pub fn len(&self) -> usize {
        self.dentries.len()
    }

    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.dentries.is_empty()
    }

    /// How often a dentry was not remembered, since there was no room.
    pub fn not_kept(&self) -> u64 {
        self.not_kept
    }

    fn chain(&self, ino: InodeNo) -> impl Iterator<Item = &Dentry> {
        let mut index = self.of.get(&ino).map_or(NONE, |chain| chain.first);
        std::iter::from_fn(move || {
            let dentry = self.dentries.get(index as usize)?;
            index = dentry.next;
            Some(dentry)
        })
    }

    /// The dentry that tells best where an inode is at a moment.
    fn standing(&self, ino: InodeNo, at: Time) -> Option<(&Dentry, Standing)> {
        let rate = |dentry: &Dentry| {
            let there = dentry.from <= at && at < dentry.until;
            match () {
                () if there && dentry.primary => (Standing::Primary, 0),
                () if there => (Standing::Live, 0),
                () if dentry.until <= at => (Standing::Gone, dentry.until.0.saturating_neg()),
                () if dentry.made => (Standing::NotYet, dentry.from.0),
                () => (Standing::Later, dentry.from.0),
            }
        };
        let best = self.chain(ino).min_by_key(|dentry| rate(dentry))?;
        Some((best, rate(best).0))
    }

    /// An inode's path, and whether it is gone.
    fn whole(&self, ino: InodeNo, at: Time) -> Option<(String, bool)> {
        if let Some(path) = fixed(ino) {
            return Some((if path.is_empty() { "/".to_owned() } else { path }, false));
        }
        let (dentry, standing) = self.standing(ino, at)?;
        let (path, gone) = self.below(dentry.dir, &[self.names.name(dentry.name)], at);
        Some((path, gone || standing == Standing::Gone))
    }

    /// The path of a directory and `names` behind it, and whether the directory is gone.
    fn below(&self, dir: InodeNo, name: &[&[u8]], at: Time) -> (String, bool) {
        let mut names: Vec<&[u8]> = name.to_vec();
        let (mut dir, mut gone) = (dir, false);
        let mut path = loop {
            if let Some(path) = fixed(dir) {
                break path;
            }
            match self.standing(dir, at) {
                Some((dentry, standing)) if names.len() < MAX_DEPTH => {
                    gone |= standing == Standing::Gone;
                    names.push(self.names.name(dentry.name));
                    dir = dentry.dir;
                }
                _ => break format!("#{dir}"),
            }
        };
        for name in names.iter().rev() {
            path.push('/');
            text::push(&mut path, name);
        }
        (path, gone)
    }
}

/// A name that no directory has: empty for that of snapshots, or one that means a place.
fn is_virtual(name: &[u8]) -> bool {
    matches!(name, b"" | b"." | b".." | b".snap")
}

/// The path of the inodes that have theirs by their number: the root, and for each rank its own directory
/// and the ten in it for what is unlinked and still in use. Source: `MDS_INO_*` in `src/mds/mdstypes.h`.
fn fixed(ino: InodeNo) -> Option<String> {
    const RANKS: u64 = 0x100;
    const STRAYS: u64 = 10;
    let mut path = String::new();
    match ino.0 {
        1 => {}
        0x100..0x200 => _ = write!(path, "~mds{}", ino.0 - 0x100),
        0x600.. if ino.0 - 0x600 < RANKS * STRAYS => {
            let number = ino.0 - 0x600;
            _ = write!(path, "~mds{}/stray{}", number / STRAYS, number % STRAYS);
        }
        _ => return None,
    }
    Some(path)
}

#[cfg(test)]
mod tests;
