use super::*;
use crate::types::{InodeNo, Rank, Seq};

fn head(op: CapOp) -> Head {
    Head {
        op,
        ino: InodeNo(0x100_0000_0001),
        cap_id: 7,
        seq: Seq(3),
        mseq: Seq(1),
        ..Head::default()
    }
}

#[test]
fn fields_stand_where_the_kernel_puts_them() {
    let peer = ExportPeer {
        cap_id: 0x0102_0304_0506_0708,
        seq: Seq(9),
        mseq: Seq(2),
        mds: Rank(1),
        ..Default::default()
    };
    let export = Export { peer, ..Export::default() };
    let caps = ClientCaps::new(3, head(CapOp::EXPORT), Body::Export(export)).unwrap();
    let front = caps.front_to_vec();
    assert_eq!(front.len(), 176 + 4);
    assert_eq!(front[92..100], [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(front[100], 9);
    assert_eq!(front[108], 1);
    assert_eq!(ClientCaps::decode(3, Sections { front: &front, ..Default::default() }), Ok(caps));
}

/// A front of `len` bytes with this operation, all else zero.
fn zeros(op: CapOp, len: usize) -> std::vec::Vec<u8> {
    let mut front = std::vec![0; len];
    front[..4].copy_from_slice(&op.0.to_le_bytes());
    front
}

fn decode(version: u16, front: &[u8]) -> Result<ClientCaps<'_>, Fault> {
    ClientCaps::decode(version, Sections { front, ..Default::default() })
}

#[test]
fn an_export_names_a_peer_from_version_3_on() {
    let mut front = zeros(CapOp::EXPORT, 180);
    front[92] = 7;
    let (v2, v3) = (decode(2, &front).unwrap(), decode(3, &front).unwrap());
    assert_eq!(v2.export_peer(), None);
    assert!(matches!(v2.body(), Body::Unread(left) if left.0[0] == 7));
    assert_eq!(v3.export_peer().unwrap().cap_id, 7);
    // Neither says anything of the inode.
    assert_eq!((v2.state(), v3.state()), (None, None));
}

#[test]
fn an_import_names_a_peer_behind_flock_from_version_3_on() {
    let mut front = zeros(CapOp::IMPORT, 180 + 2 + 21);
    front[176] = 2;
    front[182] = 7;
    let (v2, v3) = (decode(2, &front).unwrap(), decode(3, &front).unwrap());
    assert_eq!((v2.import_peer(), v2.rest().len()), (None, 21));
    assert_eq!((v3.import_peer().unwrap().cap_id, v3.rest().len()), (7, 0));
    // Other operations of the version do not have it.
    front[0] = 0;
    assert_eq!(decode(3, &front).unwrap().import_peer(), None);
}

#[test]
fn versions_0_and_1_end_with_the_snap_trace() {
    for version in [0, 1] {
        let mut front = zeros(CapOp::UPDATE, 180);
        front[60] = 4;
        let caps = decode(version, &front).unwrap();
        assert_eq!((caps.snap_trace().len(), caps.rest().len()), (4, 0));
        assert_eq!(caps.tail().flock(), None);
        let fault = decode(version, &front[..179]).unwrap_err();
        assert_eq!(
            std::format!("{fault}"),
            "snap_trace at byte 176 of front: needs 4 bytes, 3 are there"
        );
    }
}

#[test]
fn what_a_newer_version_appends_is_kept() {
    // All of version 14 with empty byte strings, and 5 bytes of whatever comes next.
    let newest = ClientCaps::new(14, head(CapOp::GRANT), Body::State(State::default())).unwrap();
    let mut front = newest.front_to_vec();
    front.extend(*b"later");
    assert_eq!(decode(NEWEST, &front).unwrap().rest(), b"later");
    let newer = decode(NEWEST + 1, &front).unwrap();
    assert_eq!(newer.rest(), b"later");
    assert_eq!(newer.front_to_vec(), front);
}
