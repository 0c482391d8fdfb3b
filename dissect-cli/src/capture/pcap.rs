//! The classic pcap format.

use super::source::Window;
use super::{Found, Limits, Link, Step};
use crate::capture::FaultKind;
use crate::place::Time;
use pcap_parser::nom::{Err as NomErr, Needed};
use pcap_parser::pcap::{parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified};
use pcap_parser::{LegacyPcapBlock, PcapError, PcapHeader, parse_pcap_header};

/// Bytes of the file header.
const FILE_HEADER: usize = 24;

/// Reader of the records of one pcap file.
pub(super) struct Pcap {
    parse: ParseRecord,
    /// Bytes in front of a packet's own.
    record_header: usize,
    nanos: bool,
    link: Link,
    /// Longest packet believed.
    limit: usize,
}

type ParseRecord = fn(&[u8]) -> Result<(&[u8], LegacyPcapBlock<'_>), NomErr<PcapError<&[u8]>>>;

impl Pcap {
    /// True if the bytes begin as a pcap file does.
    pub(super) fn is_magic(head: [u8; 4]) -> bool {
        matches!(
            u32::from_le_bytes(head),
            0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34 | 0xd4c3_b2a1 | 0x4d3c_b2a1
        )
    }

    /// Reads the file header.
    pub(super) fn open(window: &mut Window, limits: &Limits) -> Result<Pcap, FaultKind> {
        if !window.need(FILE_HEADER) {
            return Err(FaultKind::Ended {
                part: "the file header",
                needed: FILE_HEADER as u64,
                available: window.data().len() as u64,
            });
        }
        let Ok((_, header)) = parse_pcap_header(window.data()) else {
            return Err(FaultKind::NotACapture(window.data()[..4].to_vec()));
        };
        window.take(FILE_HEADER);
        Ok(Pcap::new(&header, limits))
    }

    fn new(header: &PcapHeader, limits: &Limits) -> Pcap {
        let (parse, record_header): (ParseRecord, usize) = if header.is_modified_format() {
            (parse_pcap_frame_modified, 24)
        } else if header.is_bigendian() {
            (parse_pcap_frame_be, 16)
        } else {
            (parse_pcap_frame, 16)
        };
        // A writer that announces longer packets than usual is believed, up to the block limit.
        let announced = (header.snaplen as usize).min(limits.max_block);
        Pcap {
            parse,
            record_header,
            nanos: header.is_nanosecond_precision(),
            // The upper half may hold the length of the frame check sequence.
            link: Link(header.network.0 as u16),
            limit: limits.max_packet.max(announced),
        }
    }

    /// True if timestamps count nanoseconds.
    pub(super) fn nanos(&self) -> bool {
        self.nanos
    }

    /// The next record.
    pub(super) fn step(&mut self, window: &mut Window) -> Step {
        if !window.need(self.record_header) {
            return match window.data().len() {
                0 => Step::End,
                available => Step::Stop(FaultKind::Ended {
                    part: "a packet header",
                    needed: self.record_header as u64,
                    available: available as u64,
                }),
            };
        }
        loop {
            let here = window.data().len();
            match (self.parse)(window.data()) {
                Ok((_, record)) if record.data.len() > self.limit => {
                    return self.too_long(record.data.len());
                }
                Ok((_, record)) => {
                    let unit = if self.nanos { 1 } else { 1000 };
                    let time =
                        i64::from(record.ts_sec) * 1_000_000_000 + i64::from(record.ts_usec) * unit;
                    let len = record.data.len();
                    let orig_len = record.origlen;
                    window.take(self.record_header + len);
                    return Step::Packet(Found {
                        back: len,
                        len,
                        time: Some(Time(time)),
                        link: self.link,
                        orig_len,
                    });
                }
                Err(NomErr::Incomplete(Needed::Size(more))) => {
                    let needed = here.saturating_add(more.get());
                    if needed - self.record_header > self.limit {
                        return self.too_long(needed - self.record_header);
                    }
                    if !window.need(needed) {
                        return Step::Stop(FaultKind::Ended {
                            part: "a packet",
                            needed: needed as u64,
                            available: window.data().len() as u64,
                        });
                    }
                }
                Err(_) => {
                    return Step::Stop(FaultKind::Ended {
                        part: "a packet header",
                        needed: self.record_header as u64,
                        available: here as u64,
                    });
                }
            }
        }
    }

    fn too_long(&self, length: usize) -> Step {
        Step::Stop(FaultKind::PacketTooLong { length: length as u64, limit: self.limit as u64 })
    }
}
