//! Pieces to pcapng.
//!
//! Sections and interfaces of pcapng inputs stay what they are, byte order included, so that whatever lies
//! between the packets can be copied as it is. Packets of pcap inputs get a section of their own, with an
//! interface for each header that they stand behind.

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::{Block, Header, Origin, Packet, Piece, Section};

const SECTION: u32 = 0x0a0d_0d0a;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
/// A block that nobody may copy into another file.
const NOT_TO_BE_COPIED: u32 = 0x4000_0bad;

const END_OF_OPTIONS: u16 = 0;
const COMMENT: u16 = 1;
/// What wrote a section.
const SECTION_APPLICATION: u16 = 4;
/// Digits of a second in an interface's times.
const INTERFACE_RESOLUTION: u16 = 9;

/// Bytes of an interface's description before its options.
const INTERFACE_HEAD: usize = 16;

/// Writes pieces as one pcapng file.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    now: Now,
    big_endian: bool,
    /// The block that is being made.
    block: Vec<u8>,
}

/// The section being written.
#[derive(Debug)]
enum Now {
    /// Nothing is written yet.
    Nowhere,
    /// One of the input's.
    Copied(Section),
    /// One for packets that were in none, with its interfaces.
    Own(Vec<Header>),
}

impl<W: Write> Writer<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Writer<W> {
        Writer { out, now: Now::Nowhere, big_endian: false, block: Vec::new() }
    }

    /// Writes a piece, a packet with these comments behind those that it has.
    pub fn write<S: AsRef<str>>(&mut self, piece: &Piece<'_>, comments: &[S]) -> io::Result<()> {
        match *piece {
            Piece::Block(section, Block::Section, bytes) => {
                self.now = Now::Copied(section);
                self.big_endian = section.big_endian;
                self.block.clear();
                self.block.extend_from_slice(bytes);
                // Of another length than it was: which one need not be said.
                if let Some(length) = self.block.get_mut(16..24) {
                    length.fill(0xff);
                }
                self.out.write_all(&self.block)
            }
            Piece::Block(section, kind, bytes) => {
                self.enter(section)?;
                self.copy(kind, bytes)
            }
            Piece::Packet(packet, Origin::Block { section, interface, ticks, options }) => {
                self.enter(section)?;
                self.packet(&packet, interface, ticks, options, comments)
            }
            Piece::Packet(packet, Origin::Record(header)) => {
                let interface = self.interface(header)?;
                self.packet(&packet, interface, header.ticks(packet.place.time), &[], comments)
            }
        }
    }

    /// Hands everything on, and the writer back. Of nothing at all an empty section is made.
    pub fn finish(mut self) -> io::Result<W> {
        if matches!(self.now, Now::Nowhere) {
            self.begin(false)?;
        }
        self.out.flush()?;
        Ok(self.out)
    }

    /// A section of the input's goes on; if its header was lost, it gets another.
    fn enter(&mut self, section: Section) -> io::Result<()> {
        match &self.now {
            Now::Copied(now) if *now == section => Ok(()),
            _ => {
                self.begin(section.big_endian)?;
                self.now = Now::Copied(section);
                Ok(())
            }
        }
    }

    /// The number of the interface for packets behind such a header.
    fn interface(&mut self, header: Header) -> io::Result<u32> {
        if !matches!(self.now, Now::Own(_)) {
            self.begin(false)?;
            self.now = Now::Own(Vec::new());
        }
        let Now::Own(known) = &mut self.now else { return Ok(0) };
        if let Some(index) = known.iter().position(|other| *other == header) {
            return Ok(index as u32);
        }
        known.push(header);
        let index = known.len() as u32 - 1;
        self.open(INTERFACE);
        self.u16(header.link.0);
        self.u16(0);
        self.u32(header.snaplen);
        self.option(INTERFACE_RESOLUTION, &[if header.nanos { 9 } else { 6 }]);
        self.option(END_OF_OPTIONS, &[]);
        self.close()?;
        Ok(index)
    }

    fn begin(&mut self, big_endian: bool) -> io::Result<()> {
        self.big_endian = big_endian;
        self.open(SECTION);
        self.u32(BYTE_ORDER);
        self.u16(1);
        self.u16(0);
        // Its length is not known.
        self.block.extend_from_slice(&[0xff; 8]);
        self.option(
            SECTION_APPLICATION,
            concat!("ceph-dissect ", env!("CARGO_PKG_VERSION")).as_bytes(),
        );
        self.option(END_OF_OPTIONS, &[]);
        self.close()
    }

    fn copy(&mut self, kind: Block, bytes: &[u8]) -> io::Result<()> {
        let type_of = bytes.first_chunk().map(|four| self.number(*four));
        match (kind, bytes.get(8..INTERFACE_HEAD)) {
            // Without what nobody can read, as it was understood: its times count microseconds.
            (Block::Interface { readable: false }, Some(head)) => {
                self.open(INTERFACE);
                self.block.extend_from_slice(head);
                self.close()
            }
            _ if type_of == Some(NOT_TO_BE_COPIED) => Ok(()),
            _ => self.out.write_all(bytes),
        }
    }

    fn packet<S: AsRef<str>>(
        &mut self,
        packet: &Packet<'_>,
        interface: u32,
        ticks: u64,
        options: &[u8],
        comments: &[S],
    ) -> io::Result<()> {
        self.open(PACKET);
        self.u32(interface);
        self.u32((ticks >> 32) as u32);
        self.u32(ticks as u32);
        self.u32(packet.bytes.len() as u32);
        self.u32(packet.orig_len);
        self.block.extend_from_slice(packet.bytes);
        self.pad();
        let before = self.block.len();
        let readable = self.readable(options);
        self.block.extend_from_slice(options.get(..readable).unwrap_or_default());
        for comment in comments {
            let text = comment.as_ref();
            let end = text.floor_char_boundary(u16::MAX.into());
            self.option(COMMENT, text.get(..end).unwrap_or_default().as_bytes());
        }
        if self.block.len() > before {
            self.option(END_OF_OPTIONS, &[]);
        }
        self.close()
    }

    /// How many of these bytes are whole options, the end not among them.
    fn readable(&self, options: &[u8]) -> usize {
        let mut at = 0;
        while let Some(&[c0, c1, l0, l1]) = options.get(at..).and_then(|rest| rest.first_chunk()) {
            let number = |two| {
                if self.big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
            };
            let next = at + 4 + usize::from(number([l0, l1])).next_multiple_of(4);
            if number([c0, c1]) == END_OF_OPTIONS || next > options.len() {
                break;
            }
            at = next;
        }
        at
    }
}

// Bytes

impl<W: Write> Writer<W> {
    fn number(&self, four: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    }

    fn u16(&mut self, n: u16) {
        let two = if self.big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        self.block.extend_from_slice(&two);
    }

    fn u32(&mut self, n: u32) {
        let four = if self.big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        self.block.extend_from_slice(&four);
    }

    fn pad(&mut self) {
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        self.u16(code);
        self.u16(value.len() as u16);
        self.block.extend_from_slice(value);
        self.pad();
    }

    /// Begins a block. Its length comes when it is known.
    fn open(&mut self, kind: u32) {
        self.block.clear();
        self.u32(kind);
        self.u32(0);
    }

    fn close(&mut self) -> io::Result<()> {
        let len = self.block.len() as u32 + 4;
        self.u32(len);
        let length = if self.big_endian { len.to_be_bytes() } else { len.to_le_bytes() };
        if let Some(place) = self.block.get_mut(4..8) {
            place.copy_from_slice(&length);
        }
        self.out.write_all(&self.block)
    }
}
