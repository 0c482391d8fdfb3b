//! Tests with packets built here, byte for byte.

use super::*;
use crate::capture::Link;
use crate::place::Time;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A TCP header and its payload: ports 1000 to 6800, sequence number 7, acknowledgement 9.
fn tcp(flags: u8, options: usize, payload: &[u8]) -> Vec<u8> {
    let mut out = [&1000_u16.to_be_bytes()[..], &6800_u16.to_be_bytes()].concat();
    out.extend([7_u32.to_be_bytes(), 9_u32.to_be_bytes()].concat());
    out.extend([((5 + options / 4) << 4) as u8, flags, 1, 0, 0, 0, 0, 0]);
    out.resize(out.len() + options, 1);
    out.extend(payload);
    out
}

fn ipv4_fragment(id: u16, offset: usize, more: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x45, 0];
    out.extend(((20 + payload.len()) as u16).to_be_bytes());
    out.extend(id.to_be_bytes());
    out.extend((u16::from(more) << 13 | (offset / 8) as u16).to_be_bytes());
    out.extend([64, TCP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    out.extend(payload);
    out
}

fn ipv4(payload: &[u8]) -> Vec<u8> {
    ipv4_fragment(1, 0, false, payload)
}

/// With `extensions` in front of the payload, the first of the type `next`.
fn ipv6(next: u8, extensions: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x60, 0, 0, 0];
    out.extend(((extensions.len() + payload.len()) as u16).to_be_bytes());
    out.extend([next, 64]);
    out.extend(Ipv6Addr::LOCALHOST.octets());
    out.extend(Ipv6Addr::from_bits(2).octets());
    out.extend(extensions);
    out.extend(payload);
    out
}

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[2; 12][..], &ether_type.to_be_bytes(), payload].concat()
}

/// What a segment says, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    src: SocketAddr,
    dst: SocketAddr,
    payload: Vec<u8>,
    missing: u32,
}

fn push_at(net: &mut Net, time: i64, link: Link, orig_len: usize, bytes: &[u8]) -> Option<Seen> {
    let place = Place { file: 0, frame: 1, time: Time(time) };
    let packet = Packet { place, link, orig_len: orig_len as u32, bytes };
    let mut seen = None;
    net.push(&packet, &mut |s| {
        assert!(seen.is_none());
        assert_eq!((s.seq, s.place), (7, place));
        let payload = s.payload.to_vec();
        seen = Some(Seen { src: s.src, dst: s.dst, payload, missing: s.missing });
    });
    seen
}

fn push(net: &mut Net, link: Link, bytes: &[u8]) -> Option<Seen> {
    push_at(net, 0, link, bytes.len(), bytes)
}

fn seen_v4(payload: &[u8], missing: u32) -> Option<Seen> {
    Some(Seen {
        src: (Ipv4Addr::new(10, 0, 0, 1), 1000).into(),
        dst: (Ipv4Addr::new(10, 0, 0, 2), 6800).into(),
        payload: payload.to_vec(),
        missing,
    })
}

fn seen_v6(payload: &[u8], missing: u32) -> Option<Seen> {
    Some(Seen {
        src: (Ipv6Addr::LOCALHOST, 1000).into(),
        dst: (Ipv6Addr::from_bits(2), 6800).into(),
        payload: payload.to_vec(),
        missing,
    })
}

#[test]
fn every_link_type_leads_to_ip() {
    let (v4, v6) = (ipv4(&tcp(0x10, 0, b"four")), ipv6(TCP, &[], &tcp(0x10, 12, b"six")));
    let sll = |ether_type: u16| [&[0; 14][..], &ether_type.to_be_bytes()].concat();
    let sll2 = |ether_type: u16| [&ether_type.to_be_bytes()[..], &[0; 18]].concat();
    let tagged = |ether_type: u16| {
        let tags = [&[0, 5, 0x81, 0, 0, 6, 0x91, 0, 0, 7][..], &ether_type.to_be_bytes()].concat();
        ethernet(0x88a8, &tags)
    };
    let heads: Vec<(Link, Vec<u8>, Vec<u8>)> = vec![
        (Link::ETHERNET, ethernet(0x800, b""), ethernet(0x86dd, b"")),
        (Link::ETHERNET, tagged(0x800), tagged(0x86dd)),
        (Link::LINUX_SLL, sll(0x800), sll(0x86dd)),
        (Link::LINUX_SLL2, sll2(0x800), sll2(0x86dd)),
        (Link::NULL, vec![2, 0, 0, 0], vec![30, 0, 0, 0]),
        (Link::NULL, vec![0, 0, 0, 2], vec![0, 0, 0, 24]),
        (Link::LOOP, vec![0, 0, 0, 2], vec![0, 0, 0, 10]),
        (Link::RAW, vec![], vec![]),
        (Link::RAW_12, vec![], vec![]),
        (Link::RAW_14, vec![], vec![]),
    ];
    let mut net = Net::new();
    for (link, head4, head6) in heads {
        let packet = [&head4[..], &v4].concat();
        assert_eq!(push(&mut net, link, &packet), seen_v4(b"four", 0), "{link}");
        let packet = [&head6[..], &v6].concat();
        assert_eq!(push(&mut net, link, &packet), seen_v6(b"six", 0), "{link}");
    }
    assert_eq!(push(&mut net, Link::IPV4, &v4), seen_v4(b"four", 0));
    assert_eq!(push(&mut net, Link::IPV6, &v6), seen_v6(b"six", 0));
    assert_eq!(net.stats().segments, net.stats().packets);
}

#[test]
fn flags_and_acknowledgement() {
    let mut net = Net::new();
    for bits in 0..=255_u8 {
        let bytes = ipv4(&tcp(bits, 0, b""));
        let place = Place::default();
        let packet = Packet { place, link: Link::RAW, orig_len: bytes.len() as u32, bytes: &bytes };
        let mut flags = None;
        net.push(&packet, &mut |s| {
            assert_eq!(s.ack, s.flags.ack.then_some(9));
            flags = Some(s.flags);
        });
        let expected = TcpFlags {
            fin: bits & 1 != 0,
            syn: bits & 2 != 0,
            rst: bits & 4 != 0,
            ack: bits & 16 != 0,
        };
        assert_eq!(flags, Some(expected));
    }
}

#[test]
fn padding_is_cut_off_and_what_was_cut_is_missing() {
    let mut net = Net::new();
    let payload = [9; 100];
    let packet = ethernet(0x800, &ipv4(&tcp(0x10, 8, &payload)));
    let padded = [&packet[..], &[0; 40]].concat();
    assert_eq!(push(&mut net, Link::ETHERNET, &padded), seen_v4(&payload, 0));
    let payload_at = 14 + 20 + 28;
    for len in 0..packet.len() {
        let seen = push_at(&mut net, 0, Link::ETHERNET, packet.len(), &packet[..len]);
        let there = len.saturating_sub(payload_at);
        let expected =
            (len >= 14 + 40).then(|| seen_v4(&payload[..there], 100 - there as u32)).flatten();
        assert_eq!(seen, expected, "{len}");
    }
    let stats = net.stats();
    assert_eq!((stats.cut_headers, stats.malformed, stats.non_ip), (54, 0, 0));
    assert_eq!(stats.cut_segments, 8 + 100);
    assert_eq!(stats.cut_bytes, 8 * 100 + (1..=100).sum::<u64>());

    // A writer that forgot the length on the wire: the IP header still knows.
    let seen = push(&mut net, Link::ETHERNET, &packet[..payload_at + 60]);
    assert_eq!(seen, seen_v4(&payload[..60], 40));
    assert_eq!(net.stats().length_beyond_packet, 1);
}

#[test]
fn length_left_to_the_network_card() {
    let mut net = Net::new();
    let payload = vec![5; 70_000];
    let mut packet = ipv4(&tcp(0x10, 0, &payload));
    packet[2..4].copy_from_slice(&[0, 0]);
    assert_eq!(push(&mut net, Link::RAW, &packet), seen_v4(&payload, 0));
    let seen = push_at(&mut net, 0, Link::RAW, packet.len(), &packet[..1040]);
    assert_eq!(seen, seen_v4(&payload[..1000], 69_000));
    // A jumbogram says so, and its length in a header of its own.
    let mut packet = ipv6(0, &[TCP, 0, 0xc2, 4, 0, 1, 0, 0], &tcp(0x10, 0, &payload));
    packet[4..6].copy_from_slice(&[0, 0]);
    assert_eq!(push(&mut net, Link::RAW, &packet), seen_v6(&payload, 0));
    assert_eq!(net.stats().length_zero, 3);
}

#[test]
fn extension_headers_are_walked_over() {
    let mut net = Net::new();
    let segment = tcp(0x10, 0, b"abc");
    let extensions = [
        &[60, 0, 1, 4, 0, 0, 0, 0][..], // hop by hop
        &[43, 1, 1, 12, 0, 0, 0, 0],    // destination, of sixteen bytes
        &[0; 8],
        &[51, 0, 0, 0, 0, 0, 0, 0],             // routing
        &[44, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], // authentication, of twelve
        &[TCP, 0, 0, 0, 0, 0, 0, 1],            // a fragment that is all
    ]
    .concat();
    let packet = ipv6(0, &extensions, &segment);
    assert_eq!(push(&mut net, Link::RAW, &packet), seen_v6(b"abc", 0));
    let endless = [0; 40 * 8];
    assert_eq!(push(&mut net, Link::RAW, &ipv6(0, &endless, &segment)), None);
    let beyond = [TCP, 200, 0, 0, 0, 0, 0, 0];
    assert_eq!(push(&mut net, Link::RAW, &ipv6(60, &beyond, &segment)), None);
    assert_eq!((net.stats().non_tcp, net.stats().malformed), (1, 1));
}

#[test]
fn a_length_beyond_the_packet_counts_if_its_checksum_is_right() {
    let mut net = Net::new();
    let payload = [5; 100];
    let mut packet = ipv4(&tcp(0x10, 0, &payload));
    let sum: u32 = packet[..20].chunks(2).map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum();
    let sum = !(((sum >> 16) + (sum & 0xffff)) as u16);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    // Something on the way cut the packet.
    assert_eq!(push(&mut net, Link::RAW, &packet[..100]), seen_v4(&payload[..60], 40));
    // A bit of the length is wrong.
    packet[2] ^= 4;
    assert_eq!(push(&mut net, Link::RAW, &packet), seen_v4(&payload, 0));
    assert_eq!(net.stats().length_beyond_packet, 2);
}

#[test]
fn everything_else_is_counted() {
    let mut net = Net::new();
    let mut udp = ipv4(&tcp(0x10, 0, b""));
    udp[9] = 17;
    let mut short_total = ipv4(&tcp(0x10, 0, b""));
    short_total[3] = 19;
    let mut short_header = ipv4(&tcp(0x10, 0, b""));
    short_header[32] = 0x40;
    let mut long_header = ipv4(&tcp(0x10, 0, b""));
    long_header[32] = 0xf0;
    let mut version = ipv4(&tcp(0x10, 0, b""));
    version[0] = 0x55;
    let tags = [[0x81, 0, 0, 1]; 9].concat();
    let tests = [
        (Link(147), vec![1, 2, 3]),
        (Link::ETHERNET, ethernet(0x806, &[0; 28])),
        (Link::NULL, vec![7, 0, 0, 0]),
        (Link::RAW, version.clone()),
        (Link::RAW, udp),
        (Link::RAW, ipv4(&[1; 19])),
        (Link::RAW, short_total),
        (Link::RAW, short_header),
        (Link::RAW, long_header),
        (Link::IPV4, version),
        (Link::ETHERNET, [&[0; 12][..], &tags, &[8, 0]].concat()),
    ];
    for (link, packet) in &tests {
        assert_eq!(push(&mut net, *link, packet), None);
    }
    let expected = NetStats {
        packets: tests.len() as u64,
        unknown_link: 1,
        non_ip: 3,
        non_tcp: 1,
        malformed: 6,
        ..NetStats::default()
    };
    assert_eq!(*net.stats(), expected);
}

/// Fragments of a datagram in pieces of eight bytes.
fn fragments(id: u16, payload: &[u8]) -> Vec<Vec<u8>> {
    let segment = tcp(0x10, 0, payload);
    let n = segment.len().div_ceil(8);
    let pieces = segment.chunks(8).enumerate();
    pieces.map(|(i, piece)| ipv4_fragment(id, i * 8, i + 1 < n, piece)).collect()
}

#[test]
fn fragments_in_any_order_and_twice() {
    let payload: Vec<u8> = (0..50).collect();
    let mut order = fragments(3, &payload);
    let n = order.len();
    for turn in 0..n {
        let mut net = Net::new();
        order.rotate_left(1);
        let mut twice = [&order[..n / 2], &order[..n / 2], &order[n / 2..]].concat();
        if turn % 2 == 0 {
            twice.reverse();
            twice.sort_by_key(|f| f[7] % 3);
        }
        let seen: Vec<_> = twice.iter().filter_map(|f| push(&mut net, Link::RAW, f)).collect();
        assert_eq!(seen, [seen_v4(&payload, 0).unwrap()], "{turn}");
        net.finish();
        let stats = net.stats();
        assert_eq!((stats.fragments, stats.fragments_complete), (twice.len() as u64, 1));
        assert!(stats.fragments_incomplete <= 1);
    }
}

#[test]
fn of_overlapping_fragments_the_first_wins() {
    let mut net = Net::new();
    let segment = tcp(0x10, 0, &[1; 28]);
    assert_eq!(push(&mut net, Link::RAW, &ipv4_fragment(1, 0, true, &segment[..24])), None);
    assert_eq!(push(&mut net, Link::RAW, &ipv4_fragment(1, 32, false, &[2; 16])), None);
    let seen = push(&mut net, Link::RAW, &ipv4_fragment(1, 16, true, &[3; 24]));
    let expected = [&[1; 4][..], &[3; 8], &[2; 16]].concat();
    assert_eq!(seen, seen_v4(&expected, 0));
}

#[test]
fn a_fragment_beyond_the_longest_datagram_belongs_to_none() {
    for (len, waits) in [(7, 1), (8, 0)] {
        let mut net = Net::new();
        assert_eq!(
            push(&mut net, Link::RAW, &ipv4_fragment(1, 65_528, false, &[0; 8][..len])),
            None
        );
        net.finish();
        let stats = net.stats();
        assert_eq!((stats.fragments, stats.fragments_incomplete), (1, waits), "{len}");
    }
}

#[test]
fn fragments_of_different_datagrams_do_not_mix() {
    let mut net = Net::new();
    let (one, two) = (fragments(1, b"first datagram"), fragments(2, b"second one"));
    let mut seen = Vec::new();
    for (i, piece) in one.iter().enumerate() {
        seen.extend(push(&mut net, Link::RAW, piece));
        seen.extend(two.get(i).and_then(|f| push(&mut net, Link::RAW, f)));
    }
    assert_eq!(seen, [seen_v4(b"second one", 0).unwrap(), seen_v4(b"first datagram", 0).unwrap()]);
}

#[test]
fn fragments_of_ipv6() {
    let mut net = Net::new();
    let segment = tcp(0x10, 0, &[6; 20]);
    let head = |offset: u8, more: u8| [TCP, 0, 0, offset | more, 0, 0, 0, 4];
    assert_eq!(push(&mut net, Link::RAW, &ipv6(44, &head(24, 0), &segment[24..])), None);
    let seen = push(&mut net, Link::RAW, &ipv6(44, &head(0, 1), &segment[..24]));
    assert_eq!(seen, seen_v6(&[6; 20], 0));
}

#[test]
fn cut_fragments_leave_the_rest_missing() {
    let mut net = Net::new();
    let segment = tcp(0x10, 0, &[4; 28]);
    let first = ipv4_fragment(1, 0, true, &segment[..32]);
    let last = ipv4_fragment(1, 32, false, &segment[32..]);
    assert_eq!(push_at(&mut net, 0, Link::RAW, first.len(), &first[..20 + 26]), None);
    assert_eq!(push(&mut net, Link::RAW, &last), seen_v4(&[4; 6], 22));
}

#[test]
fn fragments_are_given_up() {
    let limits = Limits { max_fragmented: 2, max_pieces: 3, ..Limits::default() };
    let mut net = Net::with_limits(limits);
    let mut late = fragments(1, b"abcdef");
    let last = late.pop().unwrap();
    for f in &late {
        push(&mut net, Link::RAW, f);
    }
    let timeout = limits.fragment_timeout;
    assert_eq!(push_at(&mut net, timeout + 1, Link::RAW, last.len(), &last), None);
    assert_eq!(net.stats().fragments_incomplete, 1);
    // One waits; two more push it out.
    for id in [7, 8] {
        push_at(&mut net, timeout + 1, Link::RAW, 28, &fragments(id, b"")[0]);
    }
    assert_eq!(net.stats().fragments_incomplete, 2);
    // Every other piece of eight bytes.
    for i in 1..5 {
        let piece = ipv4_fragment(9, 16 * i, true, &[0; 8]);
        push_at(&mut net, timeout + 1, Link::RAW, piece.len(), &piece);
    }
    assert_eq!(net.stats().fragments_incomplete, 4);
    net.finish();
    assert_eq!(net.stats().fragments_incomplete, 5);
}

proptest::proptest! {
    /// Whatever the bytes: no panic, and every packet is counted once.
    #[test]
    fn any_bytes(
        packets in proptest::collection::vec((
            proptest::sample::select(vec![0_u16, 1, 12, 101, 108, 113, 228, 229, 276, 9]),
            0..4_usize,
            proptest::collection::vec(proptest::num::u8::ANY, 0..120),
            0..200_u32,
        ), 0..20),
    ) {
        let mut net = Net::new();
        for (link, kind, bytes, orig_len) in packets {
            let head = [vec![], ethernet(0x800, &[0x45]), ethernet(0x86dd, &[0x60]), vec![0x45, 0]];
            let bytes = [&head[kind][..], &bytes].concat();
            let place = Place::default();
            let packet = Packet { place, link: Link(link), orig_len, bytes: &bytes };
            net.push(&packet, &mut |s| assert!(s.payload.len() <= 120 + 15));
        }
        let s = *net.stats();
        let skipped = s.unknown_link + s.non_ip + s.non_tcp + s.cut_headers + s.malformed;
        let counted = s.segments + skipped + s.fragments - s.fragments_complete;
        proptest::prop_assert_eq!(s.packets, counted);
    }
}
