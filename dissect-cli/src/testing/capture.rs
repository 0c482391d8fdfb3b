//! The body of the fuzz target for files.

use std::io::{self, Cursor, Read};

use super::longest;
use crate::capture::{Capture, CaptureFault, FaultKind, Limits, Link, Packet, Piece, Writer};
use crate::place::Place;

/// Larger than any input.
const LARGE: usize = 66 << 10;
/// Packets that are compared.
const MOST: usize = 1000;

/// Reads any bytes as a capture file: pcap or pcapng, packed or not.
///
/// The input is a byte that says in which pieces the bytes come, a byte that says when reading fails, and the file.
///
/// - Nothing panics, and every fault says something.
/// - In whatever pieces the bytes come, packets and faults are the same.
/// - Who asks for everything around the packets gets the same packets; all of it can be written again, and what was
///   written is read as the same packets.
pub fn capture(data: &[u8]) {
    let Some((&[pieces, fails], file)) = data.split_first_chunk() else { return };
    let file = &file[..file.len().min(longest(file))];
    let whole = Trickle { piece: usize::MAX, interrupts: false, fails: None };
    // All of it at once; not the usual buffer, which takes longer to clear than everything else.
    let large = Limits { read_buffer: LARGE, ..Limits::default() };
    let (packets, faults) = packets(whole.over(file), large);
    for fault in &faults {
        assert!(!fault.to_string().is_empty());
    }
    let small = Limits { read_buffer: 64, ..Limits::default() };
    let piece = usize::from(pieces >> 1) + 1;
    let trickle = Trickle { piece, interrupts: pieces & 1 != 0, fails: None };
    let (again, other_faults) = self::packets(trickle.over(file), small);
    // How much of a packed file comes out in front of a damage, the unpacker decides by the pieces that it gets.
    let damaged =
        |faults: &[CaptureFault]| faults.iter().any(|fault| is_of_the_reader(&fault.what));
    if damaged(&faults) || damaged(&other_faults) {
        assert!(packets.starts_with(&again) || again.starts_with(&packets));
    } else {
        assert_eq!((&again, &other_faults), (&packets, &faults));
    }
    written_again(file, &packets);
    if fails != 0 {
        let fails = Some(usize::from(fails) * 16);
        let (before, told) = self::packets(Trickle { fails, ..trickle }.over(file), small);
        assert!(before == packets || !told.is_empty(), "an error that nobody told");
        // Where lengths make no sense, packets are looked for, and what comes later has a say in that.
        if faults.is_empty() {
            assert!(packets.starts_with(&before), "other packets because of what comes later");
        }
    }
}

fn is_of_the_reader(fault: &FaultKind) -> bool {
    matches!(
        fault,
        FaultKind::Read(_)
            | FaultKind::BehindCompressed
            | FaultKind::CompressedEnded(_)
            | FaultKind::Unreadable(_)
    )
}

/// What is compared of a packet.
type Seen = (Place, Link, u32, Vec<u8>);

fn seen(packet: &Packet<'_>) -> Seen {
    (packet.place, packet.link, packet.orig_len, packet.bytes.to_vec())
}

fn open(reader: impl Read + Send + 'static, limits: Limits) -> Capture {
    let reader: Box<dyn Read + Send> = Box::new(reader);
    Capture::from_readers([("any".to_owned(), reader)], limits)
}

fn packets(reader: impl Read + Send + 'static, limits: Limits) -> (Vec<Seen>, Vec<CaptureFault>) {
    let mut capture = open(reader, limits);
    let mut packets = Vec::new();
    while let Some(packet) = capture.next() {
        if packets.len() < MOST {
            packets.push(seen(&packet));
        }
    }
    (packets, capture.faults().to_vec())
}

fn written_again(file: &[u8], packets: &[Seen]) {
    let large = Limits { read_buffer: LARGE, ..Limits::default() };
    let mut capture = open(Cursor::new(file.to_vec()), large);
    let (mut out, mut count) = (Vec::new(), 0);
    let mut writer = Writer::new(&mut out);
    while let Some(piece) = capture.piece() {
        if let Piece::Packet(packet, _) = &piece {
            if count == MOST {
                break;
            }
            assert_eq!(packets.get(count), Some(&seen(packet)));
            count += 1;
        }
        assert!(writer.write(&piece, &[] as &[&str]).is_ok());
    }
    assert_eq!(count, packets.len());
    let (again, _) = self::packets(Cursor::new(out), large);
    let bare = |packets: &[Seen]| -> Vec<_> {
        packets.iter().map(|(_, link, _, bytes)| (*link, bytes.clone())).collect()
    };
    assert_eq!(bare(&again), bare(packets), "written again it is something else");
}

/// A reader that gives a few bytes at a time.
#[derive(Clone, Copy)]
struct Trickle {
    piece: usize,
    /// Every other read is interrupted.
    interrupts: bool,
    /// Offset of an error.
    fails: Option<usize>,
}

impl Trickle {
    fn over(self, bytes: &[u8]) -> impl Read + Send + 'static {
        Trickling { how: self, bytes: bytes.to_vec(), at: 0, interrupted: false }
    }
}

struct Trickling {
    how: Trickle,
    bytes: Vec<u8>,
    at: usize,
    interrupted: bool,
}

impl Read for Trickling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = self.how.interrupts && !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.how.fails.is_some_and(|at| at <= self.at) {
            return Err(io::Error::other("the disk is gone"));
        }
        let left = self.bytes.get(self.at..).unwrap_or(&[]);
        let len = left.len().min(self.how.piece).min(buffer.len());
        buffer[..len].copy_from_slice(&left[..len]);
        self.at += len;
        Ok(len)
    }
}
