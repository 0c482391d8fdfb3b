//! What the metadata servers say to each other of an export against what they then tell the clients, in every
//! capture that has both.

mod common;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use ceph_codec::message::client_caps::ClientCaps;
use ceph_codec::message::mds_export::{ExportDir, Target};
use ceph_codec::message::{Message, MessageType};
use ceph_codec::types::{InodeNo, Seq};
use ceph_dissect::capture::Capture;
use ceph_dissect::net::Net;
use ceph_dissect::session::Sessions;
use ceph_dissect::stream::Streams;

/// A cap as a peer field names it: inode, id, seq, mseq.
type Named = (InodeNo, u64, Seq, Seq);

/// What one capture says.
#[derive(Default)]
struct Said {
    /// Caps that exporters gave away.
    given: HashSet<Named>,
    /// Caps that importers made of them.
    taken: HashSet<Named>,
    /// Peers of the EXPORTs that clients got.
    exports: Vec<Named>,
    /// Peers of the IMPORTs.
    imports: Vec<Named>,
    /// What the names of the trees stand for.
    targets: BTreeMap<&'static str, u64>,
}

impl Said {
    fn caps(&mut self, caps: &ClientCaps<'_>) {
        let ino = caps.head().ino;
        // The root's caps are handed over in a rejoin, not in an export.
        if ino == InodeNo(1) {
            return;
        }
        if let Some(peer) = caps.export_peer() {
            self.exports.push((ino, peer.cap_id, peer.seq, peer.mseq));
        }
        if let Some(peer) = caps.import_peer() {
            self.imports.push((ino, peer.cap_id, peer.seq, peer.mseq));
        }
    }

    fn tree(&mut self, export: &ExportDir<'_>) {
        for inode in export.inodes() {
            for (_, cap) in inode.exports.caps() {
                // On its way it counts this move.
                let mseq = Seq(cap.mseq.0.wrapping_sub(1));
                self.given.insert((inode.ino, cap.cap_id, cap.seq, mseq));
            }
        }
        let data = export.fields().export_data.content().expect("a tree that is read");
        for dentry in data.dirs().flat_map(|dir| dir.fields().dentries().unwrap().iter()) {
            let target = match dentry.target {
                Target::Null => "nothing",
                Target::Primary(_) => "inode",
                Target::Remote(_) => "link",
                _ => "of an older form",
            };
            *self.targets.entry(target).or_default() += 1;
        }
    }
}

fn read(path: &Path) -> Said {
    let wanted = |kind| {
        [MessageType::CLIENT_CAPS, MessageType::MDS_EXPORT_DIR, MessageType::MDS_EXPORT_DIR_ACK]
            .contains(&kind)
    };
    let mut said = Said::default();
    let mut capture = Capture::open([path]);
    let (mut net, mut streams, mut sessions) = (Net::new(), Streams::new(), Sessions::new(wanted));
    while let Some(packet) = capture.next() {
        net.push(&packet, &mut |segment| {
            streams.push(&segment, &mut |event| {
                sessions.push(&event, &mut |spoken, _| {
                    let Some(envelope) = spoken.envelope() else { return };
                    let (header, sections) = (envelope.header, envelope.sections);
                    match Message::decode(header.kind, header.version, sections).unwrap() {
                        Message::ClientCaps(caps) => said.caps(&caps),
                        Message::ExportDir(export) => said.tree(&export),
                        Message::ExportDirAck(ack) => said.taken.extend(
                            ack.imports()
                                .map(|(ino, _, cap)| (ino, cap.cap_id, cap.issue_seq, cap.mseq)),
                        ),
                        other => panic!("{other:?} was not asked for"),
                    }
                });
            });
        });
    }
    said
}

/// How many captures have both.
fn check(dir: &str) -> usize {
    let mut checked = 0;
    for path in common::captures(dir) {
        let said = read(&path);
        // Of most captures that were taken at a client, and of encrypted ones, half is missing.
        if said.taken.is_empty() {
            continue;
        }
        checked += 1;
        for export in &said.exports {
            assert!(said.taken.contains(export), "{}: EXPORT {export:?}", path.display());
        }
        for import in &said.imports {
            assert!(said.given.contains(import), "{}: IMPORT {import:?}", path.display());
        }
        let (exports, imports) = (said.exports.len(), said.imports.len());
        assert!(exports > 0 && imports > 0, "{}", path.display());
        let targets = said.targets;
        eprintln!("{}: {exports} EXPORTs, {imports} IMPORTs, names {targets:?}", path.display());
    }
    checked
}

#[test]
fn captures_of_the_project() {
    assert_eq!(check("../fixtures/data"), 3);
}

#[test]
fn captures_beside_the_project() {
    check("../../shared/captures");
}
