//! Capture files built byte for byte, and read.

use crate::capture::{Capture, Limits, Link};
use crate::place::Place;
use std::io::{Cursor, Read};

/// Writes numbers in either byte order.
#[derive(Clone, Copy)]
pub(in crate::capture) enum Order {
    Little,
    Big,
}

impl Order {
    pub(in crate::capture) fn u16(self, n: u16) -> [u8; 2] {
        if matches!(self, Order::Big) { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    pub(in crate::capture) fn u32(self, n: u32) -> [u8; 4] {
        if matches!(self, Order::Big) { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    pub(in crate::capture) fn u64(self, n: u64) -> [u8; 8] {
        if matches!(self, Order::Big) { n.to_be_bytes() } else { n.to_le_bytes() }
    }
}

pub(in crate::capture) const BOTH: [Order; 2] = [Order::Little, Order::Big];

pub(in crate::capture) fn pcap(order: Order, magic: u32, link: u32) -> Vec<u8> {
    let mut file = order.u32(magic).to_vec();
    file.extend([order.u16(2), order.u16(4)].concat());
    file.extend([order.u32(0), order.u32(0), order.u32(65535), order.u32(link)].concat());
    file
}

pub(in crate::capture) fn record(
    order: Order,
    seconds: u32,
    part: u32,
    orig_len: u32,
    bytes: &[u8],
) -> Vec<u8> {
    let len = bytes.len() as u32;
    let head = [order.u32(seconds), order.u32(part), order.u32(len), order.u32(orig_len)];
    [&head.concat(), bytes].concat()
}

pub(in crate::capture) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = body.len().next_multiple_of(4) - body.len();
    let len = order.u32((12 + body.len() + padding) as u32);
    [&order.u32(kind)[..], &len, body, &[0; 3][..padding], &len].concat()
}

pub(in crate::capture) fn section(order: Order) -> Vec<u8> {
    let version = [order.u16(1), order.u16(0)].concat();
    let body = [&order.u32(0x1a2b_3c4d)[..], &version, &order.u64(u64::MAX)].concat();
    block(order, 0x0a0d_0d0a, &body)
}

pub(in crate::capture) fn interface(
    order: Order,
    link: u16,
    snaplen: u32,
    options: &[(u16, &[u8])],
) -> Vec<u8> {
    let mut body = [&order.u16(link)[..], &order.u16(0), &order.u32(snaplen)].concat();
    for (code, value) in options {
        body.extend([order.u16(*code), order.u16(value.len() as u16)].concat());
        body.extend_from_slice(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    if !options.is_empty() {
        body.extend([0; 4]);
    }
    block(order, 1, &body)
}

pub(in crate::capture) fn enhanced(
    order: Order,
    id: u32,
    ticks: u64,
    orig_len: u32,
    bytes: &[u8],
) -> Vec<u8> {
    let numbers = [id, (ticks >> 32) as u32, ticks as u32, bytes.len() as u32, orig_len];
    let mut body = numbers.map(|n| order.u32(n)).concat();
    body.extend_from_slice(bytes);
    block(order, 6, &body)
}

/// A packet, owned: place, link type, length on the wire, bytes.
pub(in crate::capture) type Owned = (Place, Link, u32, Vec<u8>);

pub(in crate::capture) fn read_all(files: Vec<Vec<u8>>, limits: Limits) -> (Vec<Owned>, Capture) {
    let readers = files.into_iter().enumerate().map(|(i, file)| {
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        (format!("file {i}"), reader)
    });
    let mut capture = Capture::from_readers(readers, limits);
    let mut packets = Vec::new();
    while let Some(p) = capture.next() {
        packets.push((p.place, p.link, p.orig_len, p.bytes.to_vec()));
    }
    (packets, capture)
}

pub(in crate::capture) fn read(file: Vec<u8>) -> (Vec<Owned>, Capture) {
    read_all(vec![file], Limits::default())
}
