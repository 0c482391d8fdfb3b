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
