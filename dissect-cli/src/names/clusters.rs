//! Which clusters are in a capture.

use std::fmt;

use crate::place::Place;

/// What a cluster is called for good: its fsid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fsid(pub [u8; 16]);

impl fmt::Display for Fsid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// A cluster that somebody named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name.
    pub fsid: Fsid,
    /// The first message that named it.
    pub since: Place,
}

/// Clusters kept, 64; beyond, they are ignored.
const MAX_CLUSTERS: usize = 64;

/// The clusters that were named, the first one first.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    all: Vec<Cluster>,
}

impl Clusters {
    /// All of them, in the order in which they were first named.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Cluster> {
        self.all.iter()
    }

    /// The second one: from there on, a number may be of either.
    pub fn second(&self) -> Option<&Cluster> {
        self.all.get(1)
    }

    /// Somebody names a cluster.
    pub(super) fn learn(&mut self, since: Place, fsid: [u8; 16]) {
        let fsid = Fsid(fsid);
        let known = self.all.iter().any(|cluster| cluster.fsid == fsid);
        // All zeros are no name.
        if !known && fsid.0 != [0; 16] && self.all.len() < MAX_CLUSTERS {
            self.all.push(Cluster { fsid, since });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(frame: u64) -> Place {
        Place { frame, ..Place::default() }
    }

    #[test]
    fn a_cluster_is_named_once_however_often_it_is_told() {
        let mut clusters = Clusters::default();
        for (frame, fsid) in [(1, 0), (2, 7), (3, 7), (4, 9), (5, 7)] {
            clusters.learn(place(frame), [fsid; 16]);
        }
        let all: Vec<_> = clusters.iter().map(|c| (c.fsid.0[0], c.since.frame)).collect();
        assert_eq!(all, [(7, 2), (9, 4)]);
        assert_eq!(clusters.second().map(|cluster| cluster.since.frame), Some(4));
        (0..=255).for_each(|fsid| clusters.learn(place(6), [fsid; 16]));
        assert_eq!(clusters.iter().len(), MAX_CLUSTERS);
    }

    #[test]
    fn its_name_is_written_as_ceph_writes_it() {
        let bytes: [u8; 16] = std::array::from_fn(|at| at as u8 * 17);
        assert_eq!(Fsid(bytes).to_string(), "00112233-4455-6677-8899-aabbccddeeff");
    }
}
