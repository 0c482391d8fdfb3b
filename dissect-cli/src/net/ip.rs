//! IP headers.

use super::{Datagram, Limits, NetStats, Skip};
use etherparse::{Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice, err};

/// What an IP packet holds.
pub(super) struct Ip<'a> {
    pub(super) datagram: Datagram<'a>,
    pub(super) fragment: Option<Fragment>,
}

/// Where in its datagram a fragment belongs.
#[derive(Clone, Copy)]
pub(super) struct Fragment {
    pub(super) id: u32,
    /// Bytes in front of it.
    pub(super) offset: usize,
    pub(super) more: bool,
}

/// Reads an IPv4 packet of which `bytes` were captured and `wire_len` sent.
pub(super) fn v4<'a>(
    bytes: &'a [u8],
    wire_len: usize,
    stats: &mut NetStats,
) -> Result<Ip<'a>, Skip> {
    let header = Ipv4HeaderSlice::from_slice(bytes).map_err(|e| match e {
        err::ipv4::HeaderSliceError::Len(_) => cut_or_malformed(bytes, wire_len, 20),
        err::ipv4::HeaderSliceError::Content(_) => Skip::Malformed,
    })?;
    let header_len = header.slice().len();
    let total = usize::from(header.total_len());
    let (payload, wire_len) = bounds(bytes, wire_len, header_len, total, stats)?;
    let datagram = Datagram {
        src: header.source_addr().into(),
        dst: header.destination_addr().into(),
        protocol: header.protocol().0,
        payload,
        wire_len,
    };
    let fragment = header.is_fragmenting_payload().then(|| Fragment {
        id: header.identification().into(),
        offset: usize::from(header.fragments_offset().value()) * 8,
        more: header.more_fragments(),
    });
    Ok(Ip { datagram, fragment })
}

/// Reads an IPv6 packet of which `bytes` were captured and `wire_len` sent.
pub(super) fn v6<'a>(
    bytes: &'a [u8],
    wire_len: usize,
    limits: &Limits,
    stats: &mut NetStats,
) -> Result<Ip<'a>, Skip> {
    let header = Ipv6HeaderSlice::from_slice(bytes).map_err(|e| match e {
        err::ipv6::HeaderSliceError::Len(_) => cut_or_malformed(bytes, wire_len, 40),
        err::ipv6::HeaderSliceError::Content(_) => Skip::Malformed,
    })?;
    let total = match header.payload_length() {
        0 => 0,
        n => 40 + usize::from(n),
    };
    let (mut payload, mut wire_len) = bounds(bytes, wire_len, 40, total, stats)?;
    let mut protocol = header.next_header().0;
    let mut fragment = None;
    for _ in 0..limits.max_extension_headers {
        let length = match protocol {
            // Hop by hop, routing, destination, mobility, HIP, shim6: eights, the first not counted.
            0 | 43 | 60 | 135 | 139 | 140 => 8 * (1 + usize::from(*byte(payload, 1)?)),
            // Authentication header: fours, the first two not counted.
            51 => 4 * (2 + usize::from(*byte(payload, 1)?)),
            44 => {
                let header = Ipv6FragmentHeaderSlice::from_slice(payload).map_err(|_| Skip::Cut)?;
                if header.is_fragmenting_payload() {
                    fragment = Some(Fragment {
                        id: header.identification(),
                        offset: usize::from(header.fragment_offset().value()) * 8,
                        more: header.more_fragments(),
                    });
                }
                8
            }
            _ => break,
        };
        if length > wire_len {
            return Err(Skip::Malformed);
        }
        protocol = *byte(payload, 0)?;
        payload = payload.get(length..).ok_or(Skip::Cut)?;
        wire_len -= length;
        if fragment.is_some() {
            break;
        }
    }
    let (src, dst) = (header.source_addr().into(), header.destination_addr().into());
    let datagram = Datagram { src, dst, protocol, payload, wire_len };
    Ok(Ip { datagram, fragment })
}

/// The captured part of an IP payload and its length on the wire, from the packet's `total` length
/// as its header says it, 0 for unknown.
fn bounds<'a>(
    bytes: &'a [u8],
    wire_len: usize,
    header_len: usize,
    total: usize,
    stats: &mut NetStats,
) -> Result<(&'a [u8], usize), Skip> {
    let total = match total {
        0 => {
            stats.length_zero += 1;
            wire_len
        }
        n if n < header_len => return Err(Skip::Malformed),
        n => {
            stats.length_beyond_packet += u64::from(n > wire_len);
            // A device may have cut the packet, and a bit may be wrong: what is taken for missing would take the
            // place of what the next packet brings there.
            if n > wire_len && is_damaged(bytes, header_len) { wire_len } else { n }
        }
    };
    let there = bytes.len().min(total);
    Ok((bytes.get(header_len..there).ok_or(Skip::Cut)?, total - header_len))
}

/// Whether the header is one of version 4 and its checksum is wrong. Network cards fill it in later: 0 is none.
fn is_damaged(bytes: &[u8], header_len: usize) -> bool {
    let header = bytes.get(..header_len).filter(|h| h[0] >> 4 == 4 && h[10..12] != [0, 0]);
    let sum =
        header.map(|h| h.chunks_exact(2).map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum());
    sum.is_some_and(|sum: u32| !matches!((sum >> 16) + (sum & 0xffff), 0xffff | 0x1_fffe))
}

fn cut_or_malformed(bytes: &[u8], wire_len: usize, least: usize) -> Skip {
    if wire_len > bytes.len() && wire_len >= least { Skip::Cut } else { Skip::Malformed }
}

fn byte(bytes: &[u8], at: usize) -> Result<&u8, Skip> {
    bytes.get(at).ok_or(Skip::Cut)
}
