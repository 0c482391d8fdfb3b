//! Packets to TCP segments: link, VLAN, IP with its fragments, TCP header.
//!
//! [`Net::push`] takes one packet and hands on at most one [`Segment`] that borrows from it, or,
//! if the packet was the last missing fragment of a datagram, from the reassembled one. What is
//! not handed on is counted by its reason in [`NetStats`].
//!
//! Checksums are not looked at: network cards fill them in behind the point of capture.

mod fragment;
mod ip;
mod link;
#[cfg(test)]
mod tests;

use crate::capture::Packet;
use crate::place::Place;
use fragment::Fragments;
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};

/// One TCP segment as captured.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// The packet; of a fragmented datagram the one that completed it.
    pub place: Place,
    /// Sender.
    pub src: SocketAddr,
    /// Receiver.
    pub dst: SocketAddr,
    /// Sequence number of the segment's first byte, or of its SYN.
    pub seq: u32,
    /// Acknowledgement number if the ACK flag is set.
    pub ack: Option<u32>,
    /// The flags that matter here.
    pub flags: TcpFlags,
    /// The payload as far as it was captured.
    pub payload: &'a [u8],
    /// Payload bytes behind `payload` that were on the wire and not captured.
    pub missing: u32,
}

/// TCP flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags {
    /// Opens a direction.
    pub syn: bool,
    /// Closes a direction.
    pub fin: bool,
    /// Aborts the connection.
    pub rst: bool,
    /// The acknowledgement number counts.
    pub ack: bool,
}

/// Bounds of the net stage.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// VLAN tags in front of an IP header, 8. Beyond: [`NetStats::malformed`].
    pub max_vlan_tags: usize,
    /// IPv6 extension headers, 16. Beyond: [`NetStats::malformed`].
    pub max_extension_headers: usize,
    /// Fragmented datagrams kept at a time, 256 of at most 64 KiB. Beyond: the oldest is dropped,
    /// [`NetStats::fragments_incomplete`].
    pub max_fragmented: usize,
    /// Pieces of one fragmented datagram, 512. Beyond: it is dropped,
    /// [`NetStats::fragments_incomplete`].
    pub max_pieces: usize,
    /// Nanoseconds of capture time a fragmented datagram is waited for, 30 s. After that it is
    /// dropped, [`NetStats::fragments_incomplete`].
    pub fragment_timeout: i64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_vlan_tags: 8,
            max_extension_headers: 16,
            max_fragmented: 256,
            max_pieces: 512,
            fragment_timeout: 30_000_000_000,
        }
    }
}

/// What became of the packets. `packets` is the sum of the counters from `segments` to `malformed`,
/// plus `fragments` less `fragments_complete`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NetStats {
    /// Packets pushed.
    pub packets: u64,
    /// Segments handed on.
    pub segments: u64,
    /// Packets of a link type that is not known.
    pub unknown_link: u64,
    /// Packets that carry something else than IP.
    pub non_ip: u64,
    /// IP packets that carry something else than TCP.
    pub non_tcp: u64,
    /// Packets cut off by the snap length before the end of the fixed TCP header.
    pub cut_headers: u64,
    /// Packets whose headers make no sense.
    pub malformed: u64,
    /// Packets that hold a fragment of a datagram.
    pub fragments: u64,
    /// Fragmented datagrams put together and handed on.
    pub fragments_complete: u64,
    /// Fragmented datagrams given up: not complete in time, or dropped at a limit.
    pub fragments_incomplete: u64,
    /// Segments whose payload was cut off by the snap length.
    pub cut_segments: u64,
    /// Payload bytes that were cut off.
    pub cut_bytes: u64,
    /// IP packets that claim more bytes than were on the wire; handed on, with the rest missing. If the
    /// header's checksum is wrong, the length on the wire was taken.
    pub length_beyond_packet: u64,
    /// IP packets that claim no length (left to the network card, or a jumbogram): the length on
    /// the wire was taken.
    pub length_zero: u64,
}

/// Turns packets into segments.
#[derive(Debug, Default)]
pub struct Net {
    limits: Limits,
    stats: NetStats,
    fragments: Fragments,
}

/// Why a packet is not handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    UnknownLink,
    NonIp,
    NonTcp,
    Cut,
    Malformed,
    Fragment,
}

/// An IP payload with what its IP header says.
struct Datagram<'a> {
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    payload: &'a [u8],
    /// Bytes of the payload on the wire.
    wire_len: usize,
}

impl Net {
    /// With the usual bounds.
    pub fn new() -> Net {
        Net::default()
    }

    /// With other bounds.
    pub fn with_limits(limits: Limits) -> Net {
        Net { limits, ..Net::default() }
    }

    /// Takes one packet; `out` gets the segment it carries or completes, if any.
    pub fn push(&mut self, packet: &Packet<'_>, out: &mut impl FnMut(Segment<'_>)) {
        self.stats.packets += 1;
        if let Err(skip) = self.packet(packet, out) {
            let counter = match skip {
                Skip::UnknownLink => &mut self.stats.unknown_link,
                Skip::NonIp => &mut self.stats.non_ip,
                Skip::NonTcp => &mut self.stats.non_tcp,
                Skip::Cut => &mut self.stats.cut_headers,
                Skip::Malformed => &mut self.stats.malformed,
                Skip::Fragment => &mut self.stats.fragments,
            };
            *counter += 1;
        }
    }

    /// To be called behind the last packet: what is still incomplete stays so.
    pub fn finish(&mut self) {
        self.stats.fragments_incomplete += self.fragments.clear();
    }

    /// What became of the packets so far.
    pub fn stats(&self) -> &NetStats {
        &self.stats
    }

    fn packet(
        &mut self,
        packet: &Packet<'_>,
        out: &mut impl FnMut(Segment<'_>),
    ) -> Result<(), Skip> {
        let (ether_type, at) = link::network(packet.link, packet.bytes, &self.limits)?;
        let bytes = &packet.bytes[at..];
        // Bytes on the wire from the IP header on; a writer that says fewer than it gives errs.
        let wire_len = (packet.orig_len as usize).saturating_sub(at).max(bytes.len());
        let ip = match ether_type {
            link::IPV4 => ip::v4(bytes, wire_len, &mut self.stats)?,
            link::IPV6 => ip::v6(bytes, wire_len, &self.limits, &mut self.stats)?,
            _ => return Err(Skip::NonIp),
        };
        let Some(fragment) = ip.fragment else {
            let segment = segment(packet.place, &ip.datagram)?;
            self.count(&segment);
            out(segment);
            return Ok(());
        };
        let Net { limits, stats, fragments } = self;
        let Some(whole) = fragments.push(packet.place.time, &ip.datagram, fragment, limits, stats)
        else {
            return Err(Skip::Fragment);
        };
        stats.fragments += 1;
        stats.fragments_complete += 1;
        let datagram = Datagram { payload: &whole.bytes, wire_len: whole.wire_len, ..ip.datagram };
        let segment = segment(packet.place, &datagram)?;
        self.count(&segment);
        out(segment);
        Ok(())
    }

    fn count(&mut self, segment: &Segment<'_>) {
        self.stats.segments += 1;
        if segment.missing > 0 {
            self.stats.cut_segments += 1;
            self.stats.cut_bytes += u64::from(segment.missing);
        }
    }
}

const TCP: u8 = 6;

/// Reads the TCP header by hand: of a packet cut within its options the rest is still good.
fn segment<'a>(place: Place, ip: &Datagram<'a>) -> Result<Segment<'a>, Skip> {
    if ip.protocol != TCP {
        return Err(Skip::NonTcp);
    }
    let Some(&head) = ip.payload.first_chunk::<20>() else {
        return Err(if ip.wire_len < 20 { Skip::Malformed } else { Skip::Cut });
    };
    let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, data_offset, bits, ..] = head;
    let header_len = usize::from(data_offset >> 4) * 4;
    if header_len < 20 || header_len > ip.wire_len {
        return Err(Skip::Malformed);
    }
    let flags = TcpFlags {
        fin: bits & 0x01 != 0,
        syn: bits & 0x02 != 0,
        rst: bits & 0x04 != 0,
        ack: bits & 0x10 != 0,
    };
    let payload = ip.payload.get(header_len..).unwrap_or_default();
    let missing = ip.wire_len - header_len - payload.len();
    Ok(Segment {
        place,
        src: SocketAddr::new(ip.src, u16::from_be_bytes([s0, s1])),
        dst: SocketAddr::new(ip.dst, u16::from_be_bytes([d0, d1])),
        seq: u32::from_be_bytes([q0, q1, q2, q3]),
        ack: flags.ack.then_some(u32::from_be_bytes([a0, a1, a2, a3])),
        flags,
        payload,
        missing: u32::try_from(missing).unwrap_or(u32::MAX),
    })
}
