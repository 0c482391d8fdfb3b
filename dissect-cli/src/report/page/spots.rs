//! Where in the timelines findings have their spots.

use std::collections::{HashMap, HashSet};

use ceph_codec::types::InodeNo;

use crate::caps::timeline::Timelines;
use crate::findings::Finding;
use crate::stream::ConnId;

/// Where a finding leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// The inode that it is about, an index into [`Timelines::inodes`]; `None` if it is about none, or if its
    /// timeline was left out.
    pub inode: Option<usize>,
    /// The message that gave rise to it, an index into that inode's entries.
    pub entry: Option<usize>,
}

/// What a message and an inode in it are known by.
type Key = (ConnId, u64, InodeNo);

/// The spot of each finding.
pub(super) fn spots(findings: &[Finding], timelines: &Timelines) -> Vec<Spot> {
    let key = |finding: &Finding| -> Option<Key> {
        Some((finding.at.conn, finding.at.offset, finding.ino?))
    };
    let wanted: HashSet<Key> = findings.iter().filter_map(key).collect();
    // What is told of several messages together has only a packet.
    let packet = |finding: &Finding| {
        let place = finding.at.place;
        Some((place.file, place.frame, finding.ino?))
    };
    let told: HashSet<_> = findings.iter().filter_map(packet).collect();
    let mut inodes = HashMap::new();
    let mut entries = HashMap::new();
    let mut packets = HashMap::new();
    for (index, timeline) in timelines.inodes.iter().enumerate() {
        inodes.insert(timeline.ino, index);
        for (number, entry) in timeline.entries.iter().enumerate() {
            let at = (entry.event.conn, entry.event.offset, timeline.ino);
            if wanted.contains(&at) {
                entries.entry(at).or_insert(number);
            }
            let place = entry.event.place;
            let at = (place.file, place.frame, timeline.ino);
            if told.contains(&at) {
                packets.entry(at).or_insert(number);
            }
        }
    }
    findings
        .iter()
        .map(|finding| Spot {
            inode: finding.ino.and_then(|ino| inodes.get(&ino).copied()),
            entry: key(finding)
                .and_then(|key| entries.get(&key))
                .or_else(|| packets.get(&packet(finding)?))
                .copied(),
        })
        .collect()
}
