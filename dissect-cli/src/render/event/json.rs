//! A record as one line of JSON.
//!
//! Names are part of the text around them, and of the values only a path can hold what JSON has to escape: the others
//! are numbers, names from our own tables, and addresses. So most of a line is copied as it is.

use std::io;

use ceph_codec::types::SnapId;
use serde::Serialize;

use super::Row;

/// A name with what stands around it.
macro_rules! name {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}

/// Writes a record with the names that [`COLUMNS`](super::COLUMNS) has, but `peer` is an object.
pub(super) fn json(row: &Row<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    text(out, "{\"source\":", row.source.as_bytes());
    text(out, name!("time"), row.time.as_bytes());
    value(out, name!("file"), &row.file)?;
    value(out, name!("frame"), &row.frame)?;
    text(out, name!("direction"), row.direction.as_bytes());
    value(out, name!("mds"), &row.mds)?;
    text(out, name!("mds_addr"), row.mds_addr.as_bytes());
    value(out, name!("client"), &row.client)?;
    text(out, name!("client_addr"), row.client_addr.as_bytes());
    value(out, name!("version"), &row.version)?;
    text(out, name!("op"), row.op.as_bytes());
    out.extend_from_slice(concat!(name!("ino"), "\"0x").as_bytes());
    hex(out, row.ino.0);
    out.push(b'"');
    value(out, name!("cap_id"), &row.cap_id)?;
    value(out, name!("seq"), &row.seq)?;
    value(out, name!("issue_seq"), &row.issue_seq)?;
    value(out, name!("mseq"), &row.mseq)?;
    value(out, name!("tid"), &row.tid)?;
    text(out, name!("caps"), row.caps.as_bytes());
    text(out, name!("wanted"), row.wanted.as_bytes());
    text(out, name!("dirty"), row.dirty.as_bytes());
    match row.follows {
        SnapId::HEAD | SnapId::SNAPDIR => value(out, name!("follows"), &row.follows.to_string())?,
        SnapId(id) => {
            out.extend_from_slice(concat!(name!("follows"), "\"").as_bytes());
            hex(out, id);
            out.push(b'"');
        }
    }
    value(out, name!("size"), &row.size)?;
    value(out, name!("max_size"), &row.max_size)?;
    value(out, name!("peer"), &row.peer)?;
    value(out, name!("connection"), &row.connection)?;
    value(out, name!("offset"), &row.offset)?;
    if row.replayed {
        value(out, name!("replayed"), &true)?;
    }
    value(out, name!("path"), &row.path)?;
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// Text that needs no escape.
fn text(out: &mut Vec<u8>, name: &str, text: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

fn value(out: &mut Vec<u8>, name: &str, value: &impl Serialize) -> io::Result<()> {
    out.extend_from_slice(name.as_bytes());
    Ok(serde_json::to_writer(out, value)?)
}

/// A number in hexadecimal digits.
fn hex(out: &mut Vec<u8>, number: u64) {
    let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(number >> (4 * digit)) as usize & 0xf]);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use ceph_codec::message::client_caps::CapOp;
    use ceph_codec::types::{Caps, InodeNo, Rank, Seq};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::{Events, Format};
    use super::*;
    use crate::event::{CapEvent, Direction, Source};
    use crate::place::{Place, Time};
    use crate::session::Ends;
    use crate::stream::ConnId;

    fn event(ino: u64, follows: u64, time: i64, op: u32, caps: u32) -> CapEvent {
        CapEvent {
            place: Place { file: 1, frame: 2, time: Time(time) },
            conn: ConnId(3),
            offset: 4,
            direction: Direction::MdsToClient,
            replayed: op == 7,
            version: 12,
            tid: ino,
            source: Source::ClientCaps(CapOp(op)),
            ino: InodeNo(ino),
            cap_id: follows,
            seq: Seq(5),
            issue_seq: Seq(6),
            mseq: Seq(7),
            caps: Caps(caps),
            wanted: Caps::NONE,
            dirty: Caps::PIN,
            follows: SnapId(follows),
            size: (caps != 0).then_some((ino, follows)),
            peer: None,
        }
    }

    #[test]
    fn a_line_is_an_object_that_says_what_the_event_does() {
        let snap =
            prop_oneof![any::<u64>(), Just(SnapId::HEAD.0), Just(SnapId::SNAPDIR.0), 0..20_u64];
        let ino = prop_oneof![any::<u64>(), 0..20_u64];
        let drawn = (ino, snap, any::<i64>(), 0..20_u32, any::<u32>());
        let path = prop::option::of(any::<String>());
        proptest!(|((ino, follows, time, op, caps) in drawn, path in path)| {
            let event = event(ino, follows, time, op, caps);
            let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let ends = Ends {
                client: None,
                party: event.conn,
                client_addr: at(1),
                mds: Some(Rank(-1)),
                mds_addr: at(2),
            };
            let mut out = Vec::new();
            Events::new(&mut out, Format::Ndjson).write(&event, &ends, path.as_deref()).unwrap();
            prop_assert_eq!(out.iter().position(|byte| *byte == b'\n'), Some(out.len() - 1));
            let said: Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(&said["ino"], &event.ino.to_string());
            prop_assert_eq!(&said["follows"], &event.follows.to_string());
            prop_assert_eq!(&said["time"], &event.place.time.to_string());
            prop_assert_eq!(&said["op"], &event.source.to_string());
            prop_assert_eq!(&said["caps"], &event.caps.to_string());
            prop_assert_eq!(said["tid"].as_u64(), Some(ino));
            prop_assert_eq!(said["size"].as_u64(), event.size.map(|(size, _)| size));
            prop_assert_eq!(said["mds"].as_i64(), Some(-1));
            prop_assert!(said["client"].is_null());
            prop_assert_eq!(said["path"].as_str(), path.as_deref());
            prop_assert_eq!(said.get("replayed").is_some(), event.replayed);
        });
    }
}
