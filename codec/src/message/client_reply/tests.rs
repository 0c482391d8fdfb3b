use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::message::NotInVersion;
use crate::message::Sections;
use crate::types::{Caps, InodeNo, Rank, Seq, SnapId};
use crate::wire::{List, Text, Versioned};

const WRAPPED: Form = Form::Wrapped { version: 6, compat: 1 };

fn inode<'a>(form: Form, ino: u64) -> InodeStat<'a> {
    let cap = InodeCap { caps: Caps::PIN, cap_id: 5, seq: Seq(1), ..InodeCap::default() };
    let head = InodeHead { ino: InodeNo(ino), snapid: SnapId::HEAD, cap, ..InodeHead::default() };
    let mut inode = Inode::new(form, head);
    inode.middle.symlink = Text(b"target");
    Stat::new(form, inode).unwrap()
}

fn form(encoding: Encoding) -> Form {
    match encoding {
        Encoding::Wrapped => WRAPPED,
        Encoding::Bare(bare) => Form::Bare(bare),
    }
}

fn trace(form: Form) -> Trace<'static> {
    let dir_stat = Stat::new(form, Dir { auth: Rank::NONE, ..Dir::default() }).unwrap();
    let lease = Stat::new(form, Lease::none(form)).unwrap();
    let dentry = TraceDentry { dir: inode(form, 1), dir_stat, dname: Text(b"name"), lease };
    Trace { dentry: Some(dentry), target: Some(inode(form, 2)) }
}

fn bytes(trace: &Trace<'_>) -> Vec<u8> {
    let mut bytes = vec![0; trace.encoded_len()];
    trace.encode(&mut bytes).unwrap();
    bytes
}

fn reply(op: RequestOp) -> ClientReply<'static> {
    ClientReply::new(1, ReplyHead { op, is_dentry: 1, is_target: 1, ..ReplyHead::default() })
}

#[test]
fn a_trace_comes_back_in_every_encoding_and_tells_which_it_is() {
    for encoding in Encoding::KNOWN {
        let trace = trace(form(encoding));
        let bytes = bytes(&trace);
        let mut reply = reply(RequestOp::LOOKUP);
        reply.set_trace_bytes(&bytes);
        let front = reply.front_to_vec();
        let read = ClientReply::decode(1, Sections { front: &front, ..Default::default() });
        assert_eq!(read, Ok(reply));
        assert_eq!(reply.trace(encoding), Ok(trace));
        assert_eq!(reply.find_encoding(), Ok(encoding));
        assert_eq!(trace.to_string(), "0x1/name 0x2 cap 5 p seq 1 mseq 0");
    }
}

#[test]
fn an_inode_has_the_bytes_that_the_features_ask_for() {
    let len = |form| inode(form, 1).encoded_len();
    let none = Form::Bare(Bare::of_features(0));
    // The head, no fragments, 6 letters, no attributes.
    assert_eq!(len(none), 217 + 4 + 10 + 4);
    for (bit, more) in [(7, 8), (40, 8 + 4), (47, 6), (58, 4), (59, 16)] {
        assert_eq!(len(Form::Bare(Bare::of_features(1 << bit))), len(none) + more, "bit {bit}");
    }
    let all = len(Form::Bare(Bare::of_features(u64::MAX)));
    let wrapped = |version| len(Form::Wrapped { version, compat: 1 });
    assert_eq!(wrapped(1), 6 + all);
    let more: Vec<_> = (2..=10).map(|v| wrapped(v) - wrapped(v - 1)).collect();
    assert_eq!(more, [4, 8, 8, 4, 1, 8, 6, 8, 0]);
}

#[test]
fn what_newer_servers_append_to_an_inode_is_kept() {
    let mut newer = inode(Form::Wrapped { version: 12, compat: 1 }, 2);
    newer.set_rest(b"later").unwrap();
    let trace = Trace { dentry: None, target: Some(newer) };
    let bytes = bytes(&trace);
    let mut reply = reply(RequestOp::GETATTR);
    reply.head.is_dentry = 0;
    reply.set_trace_bytes(&bytes);
    let read = reply.trace(Encoding::Wrapped).unwrap();
    assert_eq!((read.target.unwrap().rest(), read), (&b"later"[..], trace));
    let bare = Bare::of_features(0);
    let refused = Err(NotInVersion { field: "rest", version: 0 });
    assert_eq!(inode(Form::Bare(bare), 1).set_rest(b"later"), refused);
}

#[test]
fn an_inode_of_one_form_does_not_pass_for_another() {
    let mut inode = Inode::new(WRAPPED, InodeHead::default());
    inode.tail_mut().set_quota(Versioned { version: 1, compat: 1, bytes: &[1; 16] }).unwrap();
    let refused = Err(NotInVersion { field: "subvolume_id", version: 6 });
    assert_eq!(inode.tail_mut().set_subvolume_id(1), refused);
    assert_eq!(Stat::new(Form::Wrapped { version: 7, compat: 1 }, inode), None);
    assert_eq!(Stat::new(Form::Bare(Bare::of_features(u64::MAX)), inode), None);
    assert!(Stat::new(WRAPPED, inode).is_some());
}

#[test]
fn a_snapshot_and_an_inode_without_an_id_have_no_cap() {
    let mut head = inode(WRAPPED, 1).head;
    assert!(Inode::new(WRAPPED, head).cap().is_some());
    head.snapid = SnapId(3);
    assert!(Inode::new(WRAPPED, head).cap().is_none());
    head.snapid = SnapId::HEAD;
    head.cap.cap_id = 0;
    assert!(Inode::new(WRAPPED, head).cap().is_none());
}

/// A listing of `count` entries by hand: its directory, the count, flags, and for each entry name, lease,
/// inode.
fn listing(encoding: Encoding, count: u32) -> Vec<u8> {
    let trace = trace(form(encoding));
    let dentry = trace.dentry.unwrap();
    let mut out = Vec::new();
    dentry.dir_stat.put(&mut out);
    out.extend(count.to_le_bytes());
    out.extend([1, 1]);
    for _ in 0..2 {
        dentry.dname.encode(&mut out);
        dentry.lease.put(&mut out);
        trace.target.unwrap().put(&mut out);
    }
    out
}

#[test]
fn a_directory_lists_its_entries() {
    for encoding in Encoding::KNOWN {
        let bytes = listing(encoding, 2);
        let mut reply = ClientReply::new(1, ReplyHead::default());
        reply.head.op = RequestOp::READDIR;
        reply.set_extra_bytes(&bytes);
        assert_eq!(reply.find_encoding(), Ok(encoding));
        let extra = reply.extra(encoding).unwrap();
        let Extra::Dir(dir) = extra else { panic!("{extra:?}") };
        assert_eq!((dir.len(), dir.flags(), dir.dir().auth), (2, 0x101, Rank::NONE));
        for entry in dir.iter() {
            assert_eq!((entry.dname, entry.inode.head.ino), (Text(b"name"), InodeNo(2)));
        }
        assert_eq!(extra.encoded_len(), bytes.len());

        // One entry less than there are bytes for, and one more.
        let (fewer, more) = (listing(encoding, 1), listing(encoding, 3));
        reply.set_extra_bytes(&fewer);
        let fault = reply.extra(encoding).unwrap_err();
        assert_eq!((fault.field, fault.within), ("extra", "extra"));
        reply.set_extra_bytes(&more);
        let fault = reply.extra(encoding).unwrap_err();
        assert_eq!((fault.field, fault.at), ("dname", 15 + 4 + 4 + more.len()));
    }
}

#[test]
fn a_create_says_the_number_with_and_without_an_envelope() {
    let mut reply = ClientReply::new(1, ReplyHead::default());
    reply.head.op = RequestOp::CREATE;
    let bare = 7_u64.to_le_bytes();
    reply.set_extra_bytes(&bare);
    for encoding in Encoding::KNOWN {
        let Extra::Created(created) = reply.extra(encoding).unwrap() else { panic!() };
        assert_eq!((created.ino, created.delegated()), (InodeNo(7), None));
    }
    let wrapped = b"\x01\x01\x0c\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0";
    reply.set_extra_bytes(wrapped);
    let extra = reply.extra(Encoding::KNOWN[1]).unwrap();
    let Extra::Created(created) = extra else { panic!() };
    assert_eq!((created.ino, created.delegated()), (InodeNo(7), Some(List::default())));
    assert_eq!(extra.encoded_len(), wrapped.len());
}

#[test]
fn errors_have_linux_words() {
    let says = |op, result, safe| {
        let head = ReplyHead { op, result, safe, ..ReplyHead::default() };
        ClientReply::new(1, head).summary(9).to_string()
    };
    assert_eq!(
        says(RequestOp::LOOKUP, -2, 1),
        "client_reply(???:9 = -2 (2) No such file or directory)"
    );
    assert_eq!(says(RequestOp::MKDIR, 0, 0), "client_reply(???:9 = 0 (0) Success unsafe)");
    assert_eq!(
        says(RequestOp::MKDIR, -999, 1),
        "client_reply(???:9 = -999 (999) Unknown error 999 safe)"
    );
    assert_eq!(says(RequestOp::GETFILELOCK, 3, 0), "client_reply(???:9 = 3)");
}
