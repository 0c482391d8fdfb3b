//! The classic pcap format.

use super::source::Window;
use super::{Found, Header, Limits, Link, Step, resync};
use crate::capture::FaultKind;
use crate::place::Time;
use pcap_parser::nom::{Err as NomErr, Needed};
use pcap_parser::pcap::{parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified};
use pcap_parser::{LegacyPcapBlock, PcapError, PcapHeader, parse_pcap_header};

/// Bytes of the file header.
const FILE_HEADER: usize = 24;

/// Seconds between the times of a packet and of the next one found behind damage.
const NEAR: u32 = 24 * 3600;
/// Seconds, ten years, by which a capture of few packets may go on from one to the next.
const YEARS: u32 = 3650 * NEAR;

/// Reader of the records of one pcap file.
pub(super) struct Pcap {
    parse: ParseRecord,
    /// Bytes in front of a packet's own.
    record_header: usize,
    nanos: bool,
    link: Link,
    snaplen: u32,
    big_endian: bool,
    /// Longest packet believed.
    limit: usize,
    max_packet: usize,
    max_block: usize,
    /// Seconds of the last packet's time.
    last: Option<u32>,
    /// True if the window's front is not where a record begins.
    lost: bool,
    /// How often packets may still be looked for behind damage.
    resumes: u32,
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
        let mut pcap = Pcap::new(&header, limits.max_packet, limits.max_block);
        pcap.resumes = limits.max_resumes;
        Ok(pcap)
    }

    fn new(header: &PcapHeader, max_packet: usize, max_block: usize) -> Pcap {
        let (parse, record_header): (ParseRecord, usize) = if header.is_modified_format() {
            (parse_pcap_frame_modified, 24)
        } else if header.is_bigendian() {
            (parse_pcap_frame_be, 16)
        } else {
            (parse_pcap_frame, 16)
        };
        // A writer that announces longer packets than usual is believed, up to the block limit.
        let announced = (header.snaplen as usize).min(max_block);
        Pcap {
            parse,
            record_header,
            nanos: header.is_nanosecond_precision(),
            // The upper half may hold the length of the frame check sequence.
            link: Link(header.network.0 as u16),
            snaplen: header.snaplen,
            big_endian: header.is_bigendian(),
            limit: max_packet.max(announced),
            last: None,
            lost: false,
            resumes: 0,
            max_packet,
            max_block,
        }
    }

    /// True if timestamps count nanoseconds.
    pub(super) fn nanos(&self) -> bool {
        self.nanos
    }

    /// What the header says of the packets.
    pub(super) fn header(&self) -> Header {
        Header { link: self.link, snaplen: self.snaplen, nanos: self.nanos }
    }

    /// The next record.
    pub(super) fn step(&mut self, window: &mut Window) -> Step {
        if std::mem::take(&mut self.lost) {
            let head = self.record_header;
            return match resync::find(window, head, |data| self.plausible(data)) {
                Some(skipped) => {
                    window.take(skipped);
                    Step::Bad(FaultKind::Resumed { skipped: skipped as u64 }, false)
                }
                None => Step::End,
            };
        }
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
        if self.another(window) {
            return Step::Nothing;
        }
        loop {
            let here = window.data().len();
            match (self.parse)(window.data()) {
                Ok((_, record)) if record.data.len() > self.limit => {
                    return self.too_long(record.data.len());
                }
                Ok((_, record)) => {
                    let (seconds, part) = (record.ts_sec, record.ts_usec);
                    let (len, orig_len) = (record.data.len(), record.origlen);
                    if self.is_none(window, [seconds, part, len as u32, orig_len]) {
                        return self.lose(FaultKind::PacketLength { length: len as u64 });
                    }
                    let unit = if self.nanos { 1 } else { 1000 };
                    let time = i64::from(seconds) * 1_000_000_000 + i64::from(part) * unit;
                    self.last = Some(seconds);
                    window.take(self.record_header + len);
                    return Step::Packet(Found {
                        back: len,
                        len,
                        time: Some(Time(time)),
                        link: self.link,
                        orig_len,
                        block: None,
                    });
                }
                Err(NomErr::Incomplete(Needed::Size(more))) => {
                    let needed = here.saturating_add(more.get());
                    if needed - self.record_header > self.limit {
                        return self.too_long(needed - self.record_header);
                    }
                    if !window.need(needed) {
                        // Packets behind its head show that it is its length that is wrong.
                        if resync::find(window, self.record_header, |d| self.plausible(d)).is_some()
                        {
                            let length = (needed - self.record_header) as u64;
                            return self.lose(FaultKind::PacketLength { length });
                        }
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

    /// True if another file's header was there and has been read: files were strung together. Were
    /// it a packet, it would be one of the year 2055.
    fn another(&mut self, window: &mut Window) -> bool {
        let Some(&[m0, m1, m2, m3, rest @ ..]) = window.data().first_chunk::<8>() else {
            return false;
        };
        if !Pcap::is_magic([m0, m1, m2, m3]) || !matches!(rest, [2, 0, 4, 0] | [0, 2, 0, 4]) {
            return false;
        }
        if !window.need(FILE_HEADER) {
            return false;
        }
        let Ok((_, header)) = parse_pcap_header(window.data()) else { return false };
        window.take(FILE_HEADER);
        *self =
            Pcap { resumes: self.resumes, ..Pcap::new(&header, self.max_packet, self.max_block) };
        true
    }

    fn too_long(&mut self, length: usize) -> Step {
        self.lose(FaultKind::PacketTooLong { length: length as u64, limit: self.limit as u64 })
    }

    /// What stands at the window's front is a packet of which nobody knows where it ends: looks for the next one.
    fn lose(&mut self, fault: FaultKind) -> Step {
        if self.resumes == 0 {
            return Step::Stop(fault);
        }
        self.resumes -= 1;
        self.lost = true;
        Step::Bad(fault, true)
    }

    /// Whether a record says what hardly any writer says, that it has more bytes than its packet or a time that is
    /// none or of another day than the last one, and no other record follows it.
    fn is_none(&self, window: &mut Window, head: [u32; 4]) -> bool {
        let [seconds, part, len, orig_len] = head;
        let strange = len > orig_len || orig_len == 0 || part >= self.parts();
        let Some(last) = self.last.filter(|last| strange || last.abs_diff(seconds) > NEAR) else {
            return strange && !self.leads_on(window, len, |next| next.abs_diff(seconds) <= NEAR);
        };
        // Between packets that are days apart, time goes on.
        let steady = |next: u32| {
            !strange
                && (last..last.saturating_add(YEARS)).contains(&seconds)
                && (seconds..seconds.saturating_add(YEARS)).contains(&next)
        };
        !self.leads_on(window, len, |next| {
            next.abs_diff(seconds) <= NEAR || next.abs_diff(last) <= NEAR || steady(next)
        })
    }

    /// Whether the input ends behind a packet of `len` bytes, or another record begins there, of a second that fits.
    fn leads_on(&self, window: &mut Window, len: u32, fits: impl Fn(u32) -> bool) -> bool {
        let at = self.record_header + len as usize;
        if !window.need(at + self.record_header) {
            return true;
        }
        let head = self.head(&window.data()[at..]);
        head.is_some_and(|[seconds, _, _, orig_len]| orig_len > 0 && fits(seconds))
    }

    /// Parts of a second that timestamps count.
    fn parts(&self) -> u32 {
        if self.nanos { 1_000_000_000 } else { 1_000_000 }
    }

    /// Length of the record that `data` begin with, if they look like one.
    fn plausible(&self, data: &[u8]) -> Option<usize> {
        let [seconds, _, len, _] = self.head(data)?;
        let near = self.last.is_none_or(|last| last.abs_diff(seconds) <= NEAR);
        (near && len > 0).then_some(self.record_header + len as usize)
    }

    /// The head of the record that `data` begin with, if they look like one.
    fn head(&self, data: &[u8]) -> Option<[u32; 4]> {
        let word = |i: usize| {
            let four = *data.get(i * 4..)?.first_chunk()?;
            Some(if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
        };
        let head @ [_, part, len, orig_len] = [word(0)?, word(1)?, word(2)?, word(3)?];
        let len_fits = len <= orig_len && orig_len as usize <= self.limit;
        (part < self.parts() && len_fits).then_some(head)
    }
}
