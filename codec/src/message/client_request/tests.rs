use std::string::ToString;
use std::vec::Vec;

use super::*;
use crate::message::Sections;
use crate::types::{Caps, InodeNo, Seq};
use crate::wire::Text;

fn decode(version: u16, front: &[u8]) -> Result<ClientRequest<'_>, Fault> {
    ClientRequest::decode(version, Sections { front, ..Default::default() })
}

fn head(op: RequestOp) -> RequestHead {
    RequestHead { op, caller_uid: 7, ..RequestHead::default() }
}

fn path(ino: u64, path: &str) -> FilePath<'_> {
    FilePath { encoding: 1, ino: InodeNo(ino), path: Text(path.as_bytes()) }
}

#[test]
fn the_head_grows_with_the_versions() {
    // Two empty paths are 2 * 13 bytes; from version 2 on there is a stamp, from 4 on a list of groups.
    for (version, head_version, len) in
        [(1, 0, 88), (3, 9, 88 + 8), (4, 1, 98 + 12), (5, 2, 106 + 16), (6, 3, 118 + 24)]
    {
        let request = ClientRequest::new(version, head_version, head(RequestOp::LOOKUP));
        let front = request.front_to_vec();
        assert_eq!(front.len(), len + 26, "version {version}, head {head_version}");
        assert_eq!(decode(version, &front), Ok(request));
        assert_eq!(request.counters().is_some(), version >= 5);
        assert_eq!(request.owner().is_some(), version >= 6);
        // The operation stands behind the head's version, where there is one.
        assert_eq!(front[20 + usize::from(version >= 4) * 2..][..2], [0, 1]);
    }
}

#[test]
fn what_was_set_comes_back() {
    let mut buffer = [0; 200];
    let release = |dname: &'static [u8]| Release {
        ino: InodeNo(1),
        cap_id: 5,
        caps: Caps::PIN,
        seq: Seq(2),
        dname: Text(dname),
        ..Release::default()
    };
    let releases = List::write([release(b""), release(b"name")], &mut buffer).unwrap();
    let mut request = ClientRequest::new(6, 3, head(RequestOp::RENAME));
    request.set_paths(path(1, "a"), path(2, "b"));
    request.set_releases(releases).unwrap();
    request.set_counters(Counters { num_retry: 300, num_fwd: 1 }).unwrap();
    request.set_owner(Owner { uid: 1, gid: 2 }).unwrap();
    request.set_head_rest(b"newer head").unwrap();
    request.set_args(&[9; 56]).unwrap();
    request.tail_mut().set_alternate_name(Text(b"alt")).unwrap();
    request.set_rest(b"newer message");
    let front = request.front_to_vec();
    assert_eq!(decode(6, &front), Ok(request));
    assert_eq!(
        request.to_string(),
        "client_request(rename #0x1/a (alt) #0x2/b RETRY=300 caller_uid=7, caller_gid=0{})"
    );
    let caps: Vec<_> = request.releases().iter().map(|release| release.cap_id).collect();
    assert_eq!((caps.len(), request.args()), (2, Args::Other(&[9; 56])));
}

#[test]
fn what_a_version_lacks_is_refused() {
    let mut request = ClientRequest::new(3, 0, head(RequestOp::GETATTR));
    let refused = |field| Err(NotInVersion { field, version: 3 });
    assert_eq!(request.set_counters(Counters::default()), refused("counters"));
    assert_eq!(request.set_owner(Owner::default()), refused("owner"));
    assert_eq!(request.set_head_rest(b"x"), refused("head_rest"));
    assert_eq!(request.set_args(&[0; 56]), refused("args"));
    assert_eq!(request.tail_mut().set_gids(List::default()), refused("gids"));
    assert_eq!(request.head_version(), None);
}

#[test]
fn a_head_shorter_than_its_fields_is_no_head() {
    let request = ClientRequest::new(6, 3, head(RequestOp::LOOKUP));
    let mut front = request.front_to_vec();
    front[106] = 117;
    assert_eq!(
        decode(6, &front).unwrap_err().to_string(),
        "struct_len at byte 106 of front: is 0x75, expected 118 or more, the bytes of the head"
    );
    front[106..110].fill(0xff);
    let fault = decode(6, &front).unwrap_err();
    assert_eq!((fault.field, fault.at), ("head_rest", 118));
}

#[test]
fn more_releases_than_there_are_end_in_a_fault() {
    let mut front = ClientRequest::new(1, 0, head(RequestOp::LOOKUP)).front_to_vec();
    front[18..20].fill(0xff);
    let fault = decode(1, &front).unwrap_err();
    assert_eq!((fault.field, fault.at, fault.within), ("ino", front.len(), "front"));
}
