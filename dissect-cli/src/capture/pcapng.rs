//! The pcapng format: blocks in sections.

use super::source::Window;
use super::{Block, Found, Framing, Limits, Link, Section, Step, resync};
use crate::capture::FaultKind;
use crate::place::Time;
use pcap_parser::pcapng::{
    InterfaceDescriptionBlock, OptionCode, parse_interfacedescriptionblock_be,
    parse_interfacedescriptionblock_le,
};
use pcap_parser::{BOM_MAGIC, EPB_MAGIC, IDB_MAGIC, SHB_MAGIC, SPB_MAGIC};

/// The packet block of the first drafts, replaced by the enhanced one.
const OLD_PACKET: u32 = 2;
/// Type, length, and the length again at the end.
const FRAME: usize = 12;
/// The same plus byte order, version, and section length.
const SECTION_HEADER: usize = 28;
/// Bytes that a block may have beside its packet where it is too long to be looked into, 1 MiB.
const OPTIONS: u32 = 1 << 20;

/// The byte order mark as the other byte order writes it.
const SWAPPED_BOM: u32 = BOM_MAGIC.swap_bytes();

/// Reader of the blocks of one pcapng file.
pub(super) struct PcapNg {
    /// Whether blocks that are no packets are wanted, as far as they are not longer than may be looked into.
    pub(super) whole: bool,
    big_endian: bool,
    /// Sections begun.
    sections: u32,
    interfaces: Vec<Interface>,
    max_block: usize,
    max_interfaces: usize,
    /// True if the window's front is not where a block begins.
    lost: bool,
    /// How often packets may still be looked for behind damage.
    resumes: u32,
}

struct Interface {
    link: Link,
    snaplen: u32,
    unit: Unit,
    /// Nanoseconds to add to every timestamp.
    offset: i128,
}

/// What one tick of a timestamp is.
#[derive(Clone, Copy)]
enum Unit {
    /// A whole number of nanoseconds.
    Nanos(u64),
    /// A part of a second that is none.
    PerSecond(u128),
}

impl PcapNg {
    /// True if the bytes begin as a pcapng file does.
    pub(super) fn is_magic(head: [u8; 4]) -> bool {
        u32::from_le_bytes(head) == SHB_MAGIC
    }

    /// A reader at the beginning of a file.
    pub(super) fn new(limits: &Limits) -> PcapNg {
        PcapNg {
            whole: false,
            big_endian: false,
            sections: 0,
            interfaces: Vec::new(),
            max_block: limits.max_block,
            max_interfaces: limits.max_interfaces,
            lost: false,
            resumes: limits.max_resumes,
        }
    }

    /// The section that the reader is in, of a file.
    pub(super) fn section_of(&self, file: u32) -> Section {
        Section { file, number: self.sections, big_endian: self.big_endian }
    }

    /// A time in an interface's unit and from its offset.
    pub(super) fn ticks(&self, interface: u32, time: Time) -> u64 {
        self.interfaces.get(interface as usize).map_or(0, |interface| interface.ticks(time))
    }

    /// The next block.
    pub(super) fn step(&mut self, window: &mut Window) -> Step {
        if std::mem::take(&mut self.lost) {
            return match resync::find(window, FRAME, |data| self.plausible(data)) {
                Some(skipped) => {
                    window.take(skipped);
                    Step::Bad(FaultKind::Resumed { skipped: skipped as u64 }, false)
                }
                None => Step::End,
            };
        }
        if !window.need(8) {
            return match window.data().len() {
                0 => Step::End,
                n => ended("a block header", 8, n as u64),
            };
        }
        if window.data()[..4] == SHB_MAGIC.to_le_bytes() {
            return self.section(window);
        }
        let block = self.u32(window.data(), 0);
        let length = self.u32(window.data(), 4);
        if (length as usize) < FRAME || !length.is_multiple_of(4) {
            return self.lose(FaultKind::BlockLength { block, length });
        }
        if !matches!(block, IDB_MAGIC | EPB_MAGIC | SPB_MAGIC | OLD_PACKET) {
            return self.pass_over(window, block, length);
        }
        let len = length as usize;
        if len > self.max_block && self.outgrows_its_packet(window, block, length) {
            return self.lose(FaultKind::BlockLength { block, length });
        }
        if len > self.max_block {
            let fault =
                FaultKind::PacketTooLong { length: len as u64, limit: self.max_block as u64 };
            // The length is still good for finding the next block.
            return match self.pass_over(window, block, length) {
                Step::Nothing => Step::Bad(fault, block != IDB_MAGIC),
                stop => stop,
            };
        }
        if !window.need(len) {
            // Blocks behind its head show that it is its length that is wrong.
            if resync::find(window, FRAME, |data| self.plausible(data)).is_some() {
                return self.lose(FaultKind::BlockLength { block, length });
            }
            return ended("a block", len as u64, window.data().len() as u64);
        }
        let second = self.u32(window.data(), len - 4);
        if second != length {
            return self.lose(FaultKind::BlockTrailer { block, first: length, second });
        }
        let step = match block {
            IDB_MAGIC => self.interface(&window.data()[..len]),
            EPB_MAGIC => self.enhanced(&window.data()[..len]),
            SPB_MAGIC => self.simple(&window.data()[..len]),
            _ => self.old_packet(&window.data()[..len]),
        };
        window.take(len);
        step
    }

    /// A section header: byte order anew, interfaces forgotten.
    fn section(&mut self, window: &mut Window) -> Step {
        if !window.need(SECTION_HEADER) {
            let there = window.data().len() as u64;
            return ended("a section header", SECTION_HEADER as u64, there);
        }
        let order = [8, 9, 10, 11].map(|i| window.data()[i]);
        self.big_endian = match u32::from_le_bytes(order) {
            BOM_MAGIC => false,
            SWAPPED_BOM => true,
            _ => return Step::Stop(FaultKind::NotACapture(window.data()[..12].to_vec())),
        };
        let length = self.u32(window.data(), 4);
        if (length as usize) < SECTION_HEADER || !length.is_multiple_of(4) {
            return self.lose(FaultKind::BlockLength { block: SHB_MAGIC, length });
        }
        self.interfaces.clear();
        self.sections = self.sections.saturating_add(1);
        self.pass_over(window, SHB_MAGIC, length)
    }

    /// Passes over a block of any size, still looking at its second length.
    fn pass_over(&mut self, window: &mut Window, block: u32, length: u32) -> Step {
        let len = length as usize;
        if self.whole && len <= self.max_block && window.need(len) {
            let second = self.u32(window.data(), len - 4);
            if second != length {
                window.take(len - 4);
                return self.lose(FaultKind::BlockTrailer { block, first: length, second });
            }
            window.take(len);
            let kind = if block == SHB_MAGIC { Block::Section } else { Block::Other };
            return Step::Block(kind, len, None);
        }
        let skipped = window.skip(u64::from(length) - 4);
        if !window.need(4) {
            let there = skipped + window.data().len() as u64;
            return ended("a block", length.into(), there);
        }
        let second = self.u32(window.data(), 0);
        if second != length {
            return self.lose(FaultKind::BlockTrailer { block, first: length, second });
        }
        window.take(4);
        Step::Nothing
    }

    /// The window's front is no block that can be: looks for one next time.
    fn lose(&mut self, fault: FaultKind) -> Step {
        if self.resumes == 0 {
            return Step::Stop(fault);
        }
        self.resumes -= 1;
        self.lost = true;
        Step::Bad(fault, false)
    }

    /// Whether a block has room for more options than any packet has.
    fn outgrows_its_packet(&self, window: &mut Window, block: u32, length: u32) -> bool {
        let packet = match block {
            EPB_MAGIC | OLD_PACKET if window.need(24) => self.u32(window.data(), 20),
            SPB_MAGIC if window.need(12) => self.u32(window.data(), 8),
            _ => 0,
        };
        length.saturating_sub(packet) > OPTIONS
    }

    /// Length of the block that `data` begin with, if they look like one of the usual.
    fn plausible(&self, data: &[u8]) -> Option<usize> {
        let word = |at: usize| {
            let four = *data.get(at..)?.first_chunk()?;
            Some(if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
        };
        if word(0)? == SHB_MAGIC {
            // Its byte order is its own: the reader looks closer.
            return matches!(word(8)?, BOM_MAGIC | SWAPPED_BOM).then_some(resync::CERTAIN);
        }
        let (block, len) = (word(0)?, word(4)? as usize);
        let usual = matches!(block, 1..=6 | 9 | 10);
        let len_fits = len >= FRAME && len <= self.max_block && len.is_multiple_of(4);
        (usual && len_fits && word(len - 4)? as usize == len).then_some(len)
    }

    fn interface(&mut self, block: &[u8]) -> Step {
        if self.interfaces.len() >= self.max_interfaces {
            // Its packets will be reported as those of an unknown interface.
            return Step::Nothing;
        }
        if block.len() < FRAME + 8 {
            return bad("an interface description block", FRAME + 8, block.len());
        }
        let link = if self.big_endian { [block[8], block[9]] } else { [block[9], block[8]] };
        let mut interface = Interface {
            link: Link(u16::from_be_bytes(link)),
            snaplen: self.u32(block, 12),
            unit: Unit::Nanos(1000),
            offset: 0,
        };
        let parse = match self.big_endian {
            true => parse_interfacedescriptionblock_be,
            false => parse_interfacedescriptionblock_le,
        };
        let fault = match parse(block) {
            Ok((_, description)) => self.options(&description, &mut interface).err(),
            Err(_) => Some(FaultKind::BadBlock {
                block: "options of an interface description block",
                needed: 4,
                available: 0,
            }),
        };
        // Interfaces count by position: a bad one still takes its place.
        self.interfaces.push(interface);
        match fault {
            fault if self.whole => {
                Step::Block(Block::Interface { readable: fault.is_none() }, block.len(), fault)
            }
            Some(fault) => Step::Bad(fault, false),
            None => Step::Nothing,
        }
    }

    fn options(
        &self,
        description: &InterfaceDescriptionBlock<'_>,
        to: &mut Interface,
    ) -> Result<(), FaultKind> {
        let mut result = Ok(());
        for option in &description.options {
            let value = option.value();
            match option.code {
                OptionCode::IfTsresol => {
                    let code = value.first().copied().unwrap_or(6);
                    match Unit::from_option(code) {
                        Some(unit) => to.unit = unit,
                        None => result = Err(FaultKind::Resolution(code)),
                    }
                }
                OptionCode::IfTsoffset => {
                    if let Some(&bytes) = value.first_chunk() {
                        let seconds = match self.big_endian {
                            true => i64::from_be_bytes(bytes),
                            false => i64::from_le_bytes(bytes),
                        };
                        to.offset = i128::from(seconds) * 1_000_000_000;
                    }
                }
                _ => {}
            }
        }
        result
    }

    fn enhanced(&self, block: &[u8]) -> Step {
        if block.len() < FRAME + 20 {
            return bad_packet("an enhanced packet block", FRAME + 20, block.len());
        }
        let time = u64::from(self.u32(block, 12)) << 32 | u64::from(self.u32(block, 16));
        self.packet(block, self.u32(block, 8), Some(time), 28, self.u32(block, 20), 24)
    }

    fn old_packet(&self, block: &[u8]) -> Step {
        if block.len() < FRAME + 20 {
            return bad_packet("a packet block", FRAME + 20, block.len());
        }
        let id = if self.big_endian { [block[8], block[9]] } else { [block[9], block[8]] };
        let time = u64::from(self.u32(block, 12)) << 32 | u64::from(self.u32(block, 16));
        let id = u16::from_be_bytes(id).into();
        self.packet(block, id, Some(time), 28, self.u32(block, 20), 24)
    }

    fn simple(&self, block: &[u8]) -> Step {
        if block.len() < FRAME + 4 {
            return bad_packet("a simple packet block", FRAME + 4, block.len());
        }
        // It has no captured length: the interface's snap length tells where padding begins.
        let snaplen = match self.interfaces.first() {
            Some(interface) if interface.snaplen != 0 => interface.snaplen,
            _ => u32::MAX,
        };
        let there = (block.len() - FRAME - 4) as u32;
        let len = self.u32(block, 8).min(snaplen).min(there);
        self.packet(block, 0, None, 12, len, 8)
    }

    /// A packet of `len` bytes at `at` in `block`, its length on the wire at `orig_at`.
    fn packet(
        &self,
        block: &[u8],
        id: u32,
        time: Option<u64>,
        at: usize,
        len: u32,
        orig_at: usize,
    ) -> Step {
        let len = len as usize;
        if block.len() - 4 - at < len {
            return bad_packet("data of a packet block", at.saturating_add(len) + 4, block.len());
        }
        let Some(interface) = self.interfaces.get(id as usize) else {
            let known = self.interfaces.len() as u32;
            return Step::Bad(FaultKind::NoInterface { id, known }, true);
        };
        // Behind the data, up to the length at the end. A simple packet block has none.
        let options_at = match time {
            Some(_) => (at + len.next_multiple_of(4)).min(block.len() - 4),
            None => block.len() - 4,
        };
        Step::Packet(Found {
            back: block.len() - at,
            len,
            time: time.map(|ticks| interface.time(ticks)),
            link: interface.link,
            orig_len: self.u32(block, if time.is_some() { orig_at } else { 8 }),
            block: Some(Framing {
                interface: id,
                ticks: time,
                options: (block.len() - options_at, block.len() - 4 - options_at),
            }),
        })
    }

    /// The number at `at`, which must be there.
    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let four = [0, 1, 2, 3].map(|i| bytes[at + i]);
        if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    }
}

impl Interface {
    fn time(&self, ticks: u64) -> Time {
        let nanos = match self.unit {
            Unit::Nanos(n) => u128::from(ticks) * u128::from(n),
            Unit::PerSecond(n) => u128::from(ticks) * 1_000_000_000 / n,
        };
        let nanos = nanos as i128 + self.offset;
        Time(nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The ticks that come to a time, or next below it.
    fn ticks(&self, time: Time) -> u64 {
        let nanos = u128::try_from(i128::from(time.0) - self.offset).unwrap_or(0);
        let ticks = match self.unit {
            Unit::Nanos(n) => nanos / u128::from(n),
            Unit::PerSecond(n) => nanos.saturating_mul(n) / 1_000_000_000,
        };
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }
}

impl Unit {
    /// From `if_tsresol`: negative power of ten, or of two if the top bit is set.
    fn from_option(code: u8) -> Option<Unit> {
        let power = u32::from(code & 0x7f);
        match (code & 0x80 != 0, power) {
            (false, 0..=9) => Some(Unit::Nanos(10_u64.pow(9 - power))),
            (false, 10..=19) => Some(Unit::PerSecond(10_u128.pow(power))),
            (true, 0..=63) => Some(Unit::PerSecond(1 << power)),
            _ => None,
        }
    }
}

fn ended(part: &'static str, needed: u64, available: u64) -> Step {
    Step::Stop(FaultKind::Ended { part, needed, available })
}

fn bad(block: &'static str, needed: usize, available: usize) -> Step {
    let (needed, available) = (needed as u64, available as u64);
    Step::Bad(FaultKind::BadBlock { block, needed, available }, false)
}

fn bad_packet(block: &'static str, needed: usize, available: usize) -> Step {
    let (needed, available) = (needed as u64, available as u64);
    Step::Bad(FaultKind::BadBlock { block, needed, available }, true)
}
