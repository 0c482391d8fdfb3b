//! Link layers: to the ether type and the first byte of the network layer.

use super::{Limits, Skip};
use crate::capture::Link;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;
const VLAN: u16 = 0x8100;
const PROVIDER_VLAN: u16 = 0x88a8;
const OLD_DOUBLE_VLAN: u16 = 0x9100;

/// Ether type of the network layer and where in `bytes` it begins (not beyond their end).
pub(super) fn network(link: Link, bytes: &[u8], limits: &Limits) -> Result<(u16, usize), Skip> {
    match link {
        Link::ETHERNET => tags(bytes, be16(bytes, 12)?, 14, limits),
        Link::LINUX_SLL => tags(bytes, be16(bytes, 14)?, 16, limits),
        Link::LINUX_SLL2 => {
            let ether_type = be16(bytes, 0)?;
            be16(bytes, 18)?;
            tags(bytes, ether_type, 20, limits)
        }
        Link::NULL => {
            let family = *bytes.first_chunk::<4>().ok_or(Skip::Cut)?;
            // Written in the byte order of a host we do not know; families are small numbers.
            let family = u32::from_le_bytes(family).min(u32::from_be_bytes(family));
            Ok((from_family(family)?, 4))
        }
        Link::LOOP => {
            let family = *bytes.first_chunk::<4>().ok_or(Skip::Cut)?;
            Ok((from_family(u32::from_be_bytes(family))?, 4))
        }
        Link::RAW | Link::RAW_12 | Link::RAW_14 => match bytes.first().ok_or(Skip::Cut)? >> 4 {
            4 => Ok((IPV4, 0)),
            6 => Ok((IPV6, 0)),
            _ => Err(Skip::NonIp),
        },
        Link::IPV4 => Ok((IPV4, 0)),
        Link::IPV6 => Ok((IPV6, 0)),
        _ => Err(Skip::UnknownLink),
    }
}

/// Walks over VLAN tags, which stand between an ether type and the next.
fn tags(
    bytes: &[u8],
    mut ether_type: u16,
    mut at: usize,
    limits: &Limits,
) -> Result<(u16, usize), Skip> {
    let mut tags = 0;
    while matches!(ether_type, VLAN | PROVIDER_VLAN | OLD_DOUBLE_VLAN) {
        if tags == limits.max_vlan_tags {
            return Err(Skip::Malformed);
        }
        ether_type = be16(bytes, at + 2)?;
        at += 4;
        tags += 1;
    }
    Ok((ether_type, at))
}

/// The address families of Linux and the BSDs: one of IPv4, and everybody has their own of IPv6.
fn from_family(family: u32) -> Result<u16, Skip> {
    match family {
        2 => Ok(IPV4),
        10 | 24 | 28 | 30 => Ok(IPV6),
        _ => Err(Skip::NonIp),
    }
}

fn be16(bytes: &[u8], at: usize) -> Result<u16, Skip> {
    match bytes.get(at..at + 2) {
        Some(&[a, b]) => Ok(u16::from_be_bytes([a, b])),
        _ => Err(Skip::Cut),
    }
}
