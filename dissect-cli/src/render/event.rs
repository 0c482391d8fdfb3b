//! One machine-readable record for each event.

mod json;
mod runs;

use std::io::{self, Write};

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{CapsText, InodeNo, SnapId};
use runs::{Addresses, Moment};

use crate::event::{CapEvent, Direction};
use crate::findings::PeerCap;
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
    moment: Moment,
}

/// A record. Inode numbers and snapshot ids are text in Ceph's notation: they pass 2^53.
struct Row<'a> {
    source: &'static str,
    time: &'a str,
    file: u32,
    frame: u64,
    direction: &'static str,
    mds: Option<i32>,
    mds_addr: &'a str,
    client: Option<u64>,
    client_addr: &'a str,
    version: u16,
    op: &'a str,
    ino: InodeNo,
    cap_id: u64,
    seq: u32,
    issue_seq: u32,
    mseq: u32,
    tid: u64,
    caps: CapsText,
    wanted: CapsText,
    dirty: CapsText,
    follows: SnapId,
    size: Option<u64>,
    max_size: Option<u64>,
    peer: Option<PeerCap>,
    connection: u32,
    offset: u64,
    replayed: bool,
    path: Option<&'a str>,
}

/// The columns of the CSV, in order; `peer` becomes five.
const COLUMNS: &str = "source,time,file,frame,direction,mds,mds_addr,client,client_addr,version,op,ino,cap_id,\
    seq,issue_seq,mseq,tid,caps,wanted,dirty,follows,size,max_size,peer_cap_id,peer_seq,peer_mseq,peer_mds,\
    peer_flags,connection,offset,replayed,path";

impl<W: Write> Events<W> {
    /// Nothing is written yet.
    pub fn new(out: W, format: Format) -> Self {
        let (addresses, moment) = (Addresses::default(), Moment::default());
        Events { out, format, begun: false, line: Vec::new(), addresses, moment }
    }

    /// Writes one record; `path` is that of its inode, if it is known.
    pub fn write(&mut self, event: &CapEvent, ends: &Ends, path: Option<&str>) -> io::Result<()> {
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
        self.moment.show(event.place.time);
        let row = Row {
            source: event.source.name(),
            time: &self.moment.text,
            file: event.place.file,
            frame: event.place.frame,
            direction: match event.direction {
                Direction::MdsToClient => "mds_to_client",
                Direction::ClientToMds => "client_to_mds",
            },
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
            caps: event.caps.text(),
            wanted: event.wanted.text(),
            dirty: event.dirty.text(),
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
            Format::Ndjson => json::json(&row, &mut self.line)?,
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
    write!(out, "{},{},{},{},{},", row.source, row.time, row.file, row.frame, row.direction)?;
    write!(out, "{},{},{},{},", cell(row.mds), row.mds_addr, cell(row.client), row.client_addr)?;
    write!(out, "{},{},{},{},{},", row.version, row.op, row.ino, row.cap_id, row.seq)?;
    write!(
        out,
        "{},{},{},{},{},{},",
        row.issue_seq,
        row.mseq,
        row.tid,
        row.caps.as_str(),
        row.wanted.as_str(),
        row.dirty.as_str()
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
