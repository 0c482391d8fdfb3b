//! Files and pipes to packets.
//!
//! [`Capture`] reads its inputs one after the other, pcap or pcapng, packed by gzip or zstd or not
//! at all, all told by their bytes and not by their names. Each packet is lent from the read
//! buffer. What cannot be read becomes a [`CaptureFault`], and reading goes on behind it where
//! that can be found.

mod ahead;
mod fault;
mod guess;
mod gzip;
mod link;
mod order;
mod pcap;
mod pcapng;
mod piece;
mod resync;
mod source;
#[cfg(test)]
mod tests;
mod write;

pub use fault::{CaptureFault, FaultClass, FaultKind};
pub use link::Link;
pub use order::{Misplaced, Misplacement, misplaced};
pub use piece::{Block, Header, Origin, Piece, Section};
pub use source::Compression;
pub use write::Writer;

use crate::place::{Place, Time};
use ahead::{Ahead, Stop, is_stopped};
use serde::Serialize;
use source::{Input, Window};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// One captured packet, lent from the read buffer.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// File, frame number, time.
    pub place: Place,
    /// What `bytes` begins with.
    pub link: Link,
    /// Bytes the packet had on the wire.
    pub orig_len: u32,
    /// Bytes captured: all of them, or the first ones.
    pub bytes: &'a [u8],
}

/// Bounds of the capture stage.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes read at a time, 1 MiB. The buffer grows for longer blocks and packets.
    pub read_buffer: usize,
    /// Longest packet of a pcap file: 256 KiB, the most that libpcap writes. Raised by a longer
    /// snap length in the file's header up to `max_block`. Beyond: [`FaultKind::PacketTooLong`],
    /// and reading goes on where packets are found again within the next MiB, if they are.
    pub max_packet: usize,
    /// Longest pcapng block that has to be looked into, 16 MiB. Beyond:
    /// [`FaultKind::PacketTooLong`], and reading goes on behind it.
    pub max_block: usize,
    /// Interfaces of a pcapng section, 65536. Packets of later ones are
    /// [`FaultKind::NoInterface`].
    pub max_interfaces: usize,
    /// Damaged places of one file that packets are looked for behind, 100. Beyond: its rest is
    /// lost.
    pub max_resumes: u32,
    /// Faults kept, 1000; later ones are only counted ([`Capture::faults_total`]).
    pub max_faults: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            read_buffer: 1 << 20,
            max_packet: 256 << 10,
            max_block: 16 << 20,
            max_interfaces: 1 << 16,
            max_resumes: 100,
            max_faults: 1000,
        }
    }
}

/// The format of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// pcap, microseconds.
    Pcap,
    /// pcap, nanoseconds.
    PcapNanos,
    /// pcapng.
    PcapNg,
}

/// What is known of one input so far.
#[derive(Clone, Debug, Serialize)]
pub struct FileInfo {
    /// The name as given; `-` is standard input.
    pub name: String,
    /// Bytes on disk, if it is a file that has a length.
    pub size: Option<u64>,
    /// How it is packed.
    pub compression: Compression,
    /// Its format, once its first bytes were read.
    pub format: Option<Format>,
    /// Packets read, those that had to be left out included: the last frame number.
    pub packets: u64,
    /// Earliest time of a packet.
    pub first: Option<Time>,
    /// Latest time of a packet.
    pub last: Option<Time>,
    /// Link types of its packets, in order of appearance.
    pub links: Vec<Link>,
}

/// Reads packets out of a list of inputs, in the order given.
pub struct Capture {
    limits: Limits,
    waiting: VecDeque<(u32, Opener)>,
    files: Vec<FileInfo>,
    current: Option<Current>,
    /// The read buffer between two files.
    spare: Vec<u8>,
    /// Bytes on disk of the files behind us.
    done: u64,
    /// For packets that have no time of their own.
    last_time: Time,
    faults: Vec<CaptureFault>,
    faults_total: u64,
    stop: Option<Stop>,
}

enum Opener {
    Path(PathBuf),
    Reader(Input),
}

struct Current {
    file: u32,
    window: Window,
    reader: FormatReader,
}

enum FormatReader {
    Pcap(pcap::Pcap),
    PcapNg(pcapng::PcapNg),
}

/// What a format's reader found next.
enum Step {
    /// A packet, just taken from the window.
    Packet(Found),
    /// A block that is no packet, just taken from the window: so many bytes. Only where whole blocks are
    /// [wanted](pcapng::PcapNg::whole).
    Block(Block, usize, Option<FaultKind>),
    /// Something that is no packet.
    Nothing,
    /// Something bad, passed over; true if it counts as a packet.
    Bad(FaultKind, bool),
    /// Something bad that nothing can be read behind.
    Stop(FaultKind),
    /// The proper end.
    End,
}

struct Found {
    /// Where the packet's bytes begin, counted back from the front of the window.
    back: usize,
    len: usize,
    time: Option<Time>,
    link: Link,
    orig_len: u32,
    /// Of a pcapng block: what else it says.
    block: Option<Framing>,
}

/// What a pcapng block says around a packet.
#[derive(Clone, Copy)]
struct Framing {
    interface: u32,
    /// `None`: it has no time.
    ticks: Option<u64>,
    /// Where the options begin, counted back from the front of the window, and their length.
    options: (usize, usize),
}

/// What comes next in an input.
enum Next {
    Packet(Found),
    Block(Block, usize),
}

impl Capture {
    /// Reads `paths` one after the other; `-` is standard input. Files are opened when it is their
    /// turn: one that cannot be opened becomes a fault then.
    pub fn open(paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Capture {
        Capture::with_limits(paths, Limits::default())
    }

    /// As [`Capture::open`], with other bounds.
    pub fn with_limits(
        paths: impl IntoIterator<Item = impl Into<PathBuf>>,
        limits: Limits,
    ) -> Capture {
        let mut capture = Capture::empty(limits);
        for path in paths {
            let path = path.into();
            let name = path.to_string_lossy().into_owned();
            let size = std::fs::metadata(&path).ok().filter(|m| m.is_file()).map(|m| m.len());
            capture.add(name, size, Opener::Path(path));
        }
        capture
    }

    /// Reads from `readers`, each with the name to call it by.
    pub fn from_readers(
        readers: impl IntoIterator<Item = (String, Box<dyn std::io::Read + Send>)>,
        limits: Limits,
    ) -> Capture {
        let mut capture = Capture::empty(limits);
        for (name, reader) in readers {
            capture.add(name, None, Opener::Reader(reader));
        }
        capture
    }

    /// Lets go of an input that is silent when `stop` is set, be it a pipe or a reader: then it seems to end, without a
    /// fault, and what comes behind it is not read. Those inputs are read on a thread, and up to 1 MiB ahead.
    /// Files are read as ever.
    #[must_use]
    pub fn until(mut self, stop: &'static AtomicBool) -> Capture {
        self.stop = Some(stop);
        self
    }

    /// The next packet of any input, `None` when all are read.
    #[allow(clippy::should_implement_trait)] // It lends: `Iterator` cannot.
    pub fn next(&mut self) -> Option<Packet<'_>> {
        let Next::Packet(found) = self.advance(false)? else { return None };
        let file = self.current.as_ref()?.file;
        let place = self.note(file, &found);
        let window = &self.current.as_ref()?.window;
        let bytes = window.taken(found.back, found.len);
        Some(Packet { place, link: found.link, orig_len: found.orig_len, bytes })
    }

    /// The same with what lies around the packets: for writing them again.
    pub fn piece(&mut self) -> Option<Piece<'_>> {
        let next = self.advance(true)?;
        let file = self.current.as_ref()?.file;
        let found = match next {
            Next::Packet(found) => found,
            Next::Block(block, len) => {
                let current = self.current.as_ref()?;
                let FormatReader::PcapNg(reader) = &current.reader else { return None };
                let bytes = current.window.taken(len, len);
                return Some(Piece::Block(reader.section_of(file), block, bytes));
            }
        };
        let place = self.note(file, &found);
        let current = self.current.as_ref()?;
        let bytes = current.window.taken(found.back, found.len);
        let packet = Packet { place, link: found.link, orig_len: found.orig_len, bytes };
        let origin = match (&current.reader, found.block) {
            (FormatReader::Pcap(reader), _) => Origin::Record(reader.header()),
            (FormatReader::PcapNg(reader), Some(framing)) => Origin::Block {
                section: reader.section_of(file),
                interface: framing.interface,
                ticks: (framing.ticks)
                    .unwrap_or_else(|| reader.ticks(framing.interface, place.time)),
                options: current.window.taken(framing.options.0, framing.options.1),
            },
            (FormatReader::PcapNg(_), None) => return None,
        };
        Some(Piece::Packet(packet, origin))
    }

    /// The next packet; if `whole`, also the next block that is none.
    fn advance(&mut self, whole: bool) -> Option<Next> {
        loop {
            let Some(current) = &mut self.current else {
                self.open_next()?;
                continue;
            };
            let offset = current.window.offset();
            let step = match &mut current.reader {
                FormatReader::Pcap(reader) => reader.step(&mut current.window),
                FormatReader::PcapNg(reader) => {
                    reader.whole = whole;
                    reader.step(&mut current.window)
                }
            };
            let file = current.file;
            match step {
                Step::Packet(found) => return Some(Next::Packet(found)),
                Step::Block(block, len, fault) => {
                    if let Some(what) = fault {
                        self.fault(file, offset, what);
                    }
                    return Some(Next::Block(block, len));
                }
                Step::Nothing => {}
                Step::Bad(what, is_packet) => {
                    self.fault(file, offset, what);
                    self.files[file as usize].packets += u64::from(is_packet);
                }
                Step::Stop(what) => self.close(Some((offset, what))),
                Step::End => self.close(None),
            }
        }
    }

    /// What could not be read so far, in order.
    pub fn faults(&self) -> &[CaptureFault] {
        &self.faults
    }

    /// Number of faults, those beyond [`Limits::max_faults`] included.
    pub fn faults_total(&self) -> u64 {
        self.faults_total
    }

    /// The inputs in order, with what is known of them so far.
    pub fn files(&self) -> &[FileInfo] {
        &self.files
    }

    /// Bytes read so far, as they lie on disk.
    pub fn bytes_read(&self) -> u64 {
        self.done + self.current.as_ref().map_or(0, |c| c.window.raw_read())
    }

    /// Bytes on disk of all inputs; `None` if one is a pipe.
    pub fn bytes_total(&self) -> Option<u64> {
        self.files.iter().map(|f| f.size).sum()
    }

    fn empty(limits: Limits) -> Capture {
        Capture {
            limits,
            waiting: VecDeque::new(),
            files: Vec::new(),
            current: None,
            spare: Vec::new(),
            done: 0,
            last_time: Time::default(),
            faults: Vec::new(),
            faults_total: 0,
            stop: None,
        }
    }

    fn add(&mut self, name: String, size: Option<u64>, opener: Opener) {
        self.waiting.push_back((self.files.len() as u32, opener));
        self.files.push(FileInfo {
            name,
            size,
            compression: Compression::None,
            format: None,
            packets: 0,
            first: None,
            last: None,
            links: Vec::new(),
        });
    }

    /// Counts a packet; its place.
    fn note(&mut self, file: u32, found: &Found) -> Place {
        let info = &mut self.files[file as usize];
        info.packets += 1;
        let frame = info.packets;
        if let Some(time) = found.time {
            self.last_time = time;
            info.first = Some(info.first.map_or(time, |t| t.min(time)));
            info.last = Some(info.last.map_or(time, |t| t.max(time)));
        }
        if info.links.last() != Some(&found.link) && !info.links.contains(&found.link) {
            info.links.push(found.link);
            if found.link.name().is_none() {
                let offset = self.current.as_ref().map_or(0, |c| c.window.offset());
                let at = offset - found.back as u64;
                let fault = FaultKind::UnknownLink(found.link);
                self.push_fault(file, frame, at, fault);
            }
        }
        Place { file, frame, time: self.last_time }
    }

    /// Opens the next input; `None` if there is none.
    fn open_next(&mut self) -> Option<()> {
        let (file, opener) = self.waiting.pop_front()?;
        let path = match &opener {
            Opener::Path(path) => Some(path.clone()),
            Opener::Reader(_) => None,
        };
        let input = match (opener, self.stop) {
            (Opener::Reader(input), None) => Ok(input),
            (Opener::Reader(input), Some(stop)) => {
                Ahead::until(stop, || Ok(input)).map(|input| Box::new(input) as source::Input)
            }
            (Opener::Path(path), stop) => source::open(&path, stop),
        };
        let mut buf = std::mem::take(&mut self.spare);
        let size = self.limits.read_buffer.max(64);
        if buf.is_empty() {
            // Zeroed by the system, page by page as it is used.
            buf = vec![0; size];
        }
        buf.resize(size, 0);
        let (mut window, compression) = match input.and_then(|input| Window::new(input, buf)) {
            Ok(opened) => opened,
            Err(error) if is_stopped(&error) => {
                self.waiting.clear();
                return None;
            }
            Err(error) => {
                let why = path.map_or_else(|| guess::said(&error), |p| guess::unopened(&p, &error));
                self.fault(file, 0, FaultKind::Unreadable(why));
                return Some(());
            }
        };
        self.files[file as usize].compression = compression;
        match self.recognise(file, &mut window) {
            Ok(reader) => self.current = Some(Current { file, window, reader }),
            Err(what) => {
                match window.stopped() {
                    true => self.waiting.clear(),
                    false => self.fault(file, 0, what),
                }
                self.done += window.raw_read();
                self.spare = window.into_buf();
            }
        }
        Some(())
    }

    fn recognise(&mut self, file: u32, window: &mut Window) -> Result<FormatReader, FaultKind> {
        window.need(4);
        let Some(&head) = window.data().first_chunk::<4>() else {
            return Err(match (window.take_error(), window.data()) {
                (Some(e), _) => FaultKind::Unreadable(guess::said(&e)),
                (None, []) => FaultKind::Empty,
                (None, some) => FaultKind::NotACapture(some.to_vec()),
            });
        };
        let (reader, format) = if pcap::Pcap::is_magic(head) {
            let reader = pcap::Pcap::open(window, &self.limits)?;
            let format = if reader.nanos() { Format::PcapNanos } else { Format::Pcap };
            (FormatReader::Pcap(reader), format)
        } else if pcapng::PcapNg::is_magic(head) {
            (FormatReader::PcapNg(pcapng::PcapNg::new(&self.limits)), Format::PcapNg)
        } else {
            window.need(guess::LOOK);
            return Err(FaultKind::NotACapture(guess::beginning(window.data()).to_vec()));
        };
        self.files[file as usize].format = Some(format);
        Ok(reader)
    }

    /// Done with the current input.
    fn close(&mut self, fault: Option<(u64, FaultKind)>) {
        let Some(Current { file, mut window, .. }) = self.current.take() else { return };
        self.done += window.raw_read();
        let (at, fault) = match (window.take_error(), fault) {
            (Some(_), _) if window.stopped() => {
                self.waiting.clear();
                (0, None)
            }
            // The error is why something seemed to end.
            (Some(e), _) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                (window.offset(), Some(FaultKind::CompressedEnded(e.to_string())))
            }
            (Some(e), _) if gzip::is_behind(&e) => {
                (window.offset(), Some(FaultKind::BehindCompressed))
            }
            (Some(e), _) => (window.offset(), Some(FaultKind::Read(e.to_string()))),
            (None, Some((at, fault))) => (at, Some(fault)),
            (None, None) => (0, None),
        };
        if let Some(fault) = fault {
            self.fault(file, at, fault);
        }
        self.spare = window.into_buf();
    }

    fn fault(&mut self, file: u32, offset: u64, what: FaultKind) {
        let frame = self.files[file as usize].packets + 1;
        self.push_fault(file, frame, offset, what);
    }

    fn push_fault(&mut self, file: u32, frame: u64, offset: u64, what: FaultKind) {
        self.faults_total += 1;
        if self.faults.len() < self.limits.max_faults {
            let name = self.files[file as usize].name.clone();
            self.faults.push(CaptureFault { file, name, frame, offset, what });
        }
    }
}
