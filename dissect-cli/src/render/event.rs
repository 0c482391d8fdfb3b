//! One machine-readable record for each event.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{InodeNo, SnapId};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Serializer};

use crate::event::{CapEvent, Direction};
use crate::findings::PeerCap;
use crate::place::Time;
use crate::session::Ends;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header line.
    Csv,
}

/// Writes records, one by one.
#[derive(Debug)]
pub struct Events<W> {
    out: W,
    format: Format,
    begun: bool,
    /// The record being written.
    line: Vec<u8>,
    addresses: Addresses,
}

/// Addresses as text. Events come in runs of one connection.
#[derive(Debug, Default)]
struct Addresses {
    of: Option<(SocketAddr, SocketAddr)>,
    mds: String,
    client: String,
}

impl Addresses {
    fn show(&mut self, ends: &Ends) {
        let of = Some((ends.mds_addr, ends.client_addr));
        if self.of != of {
            *self = Addresses {
                of,
                mds: ends.mds_addr.to_string(),
                client: ends.client_addr.to_string(),
            };
        }
    }
}

/// A record. Inode numbers and snapshot ids are text in Ceph's notation: they pass 2^53.
#[derive(Serialize)]
struct Row<'a> {
    source: &'static str,
    time: Time,
    file: u32,
    frame: u64,
    direction: Direction,
    mds: Option<i32>,
    mds_addr: &'a str,
    client: Option<u64>,
    client_addr: &'a str,
    version: u16,
    op: &'a str,
    #[serde(serialize_with = "shown")]
    ino: InodeNo,
    cap_id: u64,
    seq: u32,
    issue_seq: u32,
    mseq: u32,
    tid: u64,
    caps: &'a str,
    wanted: &'a str,
    dirty: &'a str,
    #[serde(serialize_with = "shown")]
    follows: SnapId,
    size: Option<u64>,
    max_size: Option<u64>,
    peer: Option<PeerCap>,
    connection: u32,
    offset: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
    path: Option<&'a str>,
}

/// As text, into the output at once.
fn shown<S: serde::Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The columns of the CSV, in order; `peer` becomes five.
const COLUMNS: &str = "source,time,file,frame,direction,mds,mds_addr,client,client_addr,version,op,ino,cap_id,\
    seq,issue_seq,mseq,tid,caps,wanted,dirty,follows,size,max_size,peer_cap_id,peer_seq,peer_mseq,peer_mds,\
    peer_flags,connection,offset,replayed,path";

impl<W: Write> Events<W> {
    /// Nothing is written yet.
    pub fn new(out: W, format: Format) -> Self {
        let (line, addresses) = (Vec::new(), Addresses::default());
        Events { out, format, begun: false, line, addresses }
    }

    /// Writes one record; `path` is that of its inode, if it is known.
    pub fn write(&mut self, event: &CapEvent, ends: &Ends, path: Option<&str>) -> io::Result<()> {
        let (caps, wanted, dirty) = (event.caps.text(), event.wanted.text(), event.dirty.text());
        let unknown;
        let op = match event.op().and_then(CapOp::name) {
            Some(name) => name,
            None => {
                unknown = event.source.to_string();
                &unknown
            }
        };
        self.header()?;
        self.addresses.show(ends);
        let row = Row {
            source: event.source.name(),
            time: event.place.time,
            file: event.place.file,
            frame: event.place.frame,
            direction: event.direction,
            mds: ends.mds.map(|rank| rank.0),
            mds_addr: &self.addresses.mds,
            client: ends.client,
            client_addr: &self.addresses.client,
            version: event.version,
            op,
            ino: event.ino,
            cap_id: event.cap_id,
            seq: event.seq.0,
            issue_seq: event.issue_seq.0,
            mseq: event.mseq.0,
            tid: event.tid,
            caps: caps.as_str(),
            wanted: wanted.as_str(),
            dirty: dirty.as_str(),
            follows: event.follows,
            size: event.size.map(|(size, _)| size),
            max_size: event.size.map(|(_, max)| max),
            peer: event.peer.map(PeerCap::from),
            connection: event.conn.0,
            offset: event.offset,
            replayed: event.replayed,
            path,
        };
        self.line.clear();
        match self.format {
            Format::Ndjson => {
                row.serialize(&mut Serializer::with_formatter(&mut self.line, CompactFormatter))?;
                self.line.push(b'\n');
            }
            Format::Csv => csv(&row, &mut self.line)?,
        }
        self.out.write_all(&self.line)
    }

    fn header(&mut self) -> io::Result<()> {
        if self.format == Format::Csv && !self.begun {
            self.begun = true;
            writeln!(self.out, "{COLUMNS}")?;
        }
        Ok(())
    }

    /// Hands on what was written so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Flushes what was written.
    pub fn finish(mut self) -> io::Result<()> {
        self.header()?;
        self.out.flush()
    }
}

/// No field but the path can hold a comma or a quote: they are numbers, names from our own tables, and
/// addresses. None can hold a line break.
fn csv(row: &Row<'_>, out: &mut impl Write) -> io::Result<()> {
    fn cell<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(String::new, |v| v.to_string())
    }
    let direction = match row.direction {
        Direction::MdsToClient => "mds_to_client",
        Direction::ClientToMds => "client_to_mds",
    };
    write!(out, "{},{},{},{},{direction},", row.source, row.time, row.file, row.frame)?;
    write!(out, "{},{},{},{},", cell(row.mds), row.mds_addr, cell(row.client), row.client_addr)?;
    write!(out, "{},{},{},{},{},", row.version, row.op, row.ino, row.cap_id, row.seq)?;
    write!(
        out,
        "{},{},{},{},{},{},",
        row.issue_seq, row.mseq, row.tid, row.caps, row.wanted, row.dirty
    )?;
    write!(out, "{},{},{},", row.follows, cell(row.size), cell(row.max_size))?;
    let peer = row.peer;
    write!(out, "{},{},", cell(peer.map(|p| p.cap_id)), cell(peer.map(|p| p.seq)))?;
    write!(out, "{},{},", cell(peer.map(|p| p.mseq)), cell(peer.map(|p| p.mds)))?;
    writeln!(
        out,
        "{},{},{},{},{}",
        cell(peer.map(|p| p.flags)),
        row.connection,
        row.offset,
        row.replayed,
        row.path.map_or_else(String::new, quoted)
    )
}

/// Text as a cell, in quotes where it has to be.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_path_is_one_cell() {
        assert_eq!(quoted("/d/f 0"), "/d/f 0");
        assert_eq!(quoted("/a,b"), "\"/a,b\"");
        assert_eq!(quoted("/\"x\""), "\"/\"\"x\"\"\"");
    }
}
