//! Link types: what the first byte of a packet is the first byte of.

use serde::Serialize;
use std::fmt;

/// A link type as capture files number it (`LINKTYPE_*`). Unknown numbers survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Link(pub u16);

impl Link {
    /// BSD loopback: address family in the byte order of the capturing host.
    pub const NULL: Link = Link(0);
    /// Ethernet.
    pub const ETHERNET: Link = Link(1);
    /// Raw IP, the number of most systems' `DLT_RAW`, found in files written without mapping it.
    pub const RAW_12: Link = Link(12);
    /// Raw IP, OpenBSD's `DLT_RAW`.
    pub const RAW_14: Link = Link(14);
    /// Raw IP, version 4 or 6.
    pub const RAW: Link = Link(101);
    /// OpenBSD loopback: address family in network byte order.
    pub const LOOP: Link = Link(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: Link = Link(113);
    /// Raw IPv4.
    pub const IPV4: Link = Link(228);
    /// Raw IPv6.
    pub const IPV6: Link = Link(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Link = Link(276);

    /// The name of a link type that can be read; `None` if packets of it cannot be.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Link::NULL => "BSD loopback",
            Link::ETHERNET => "Ethernet",
            Link::RAW_12 | Link::RAW_14 | Link::RAW => "raw IP",
            Link::LOOP => "OpenBSD loopback",
            Link::LINUX_SLL => "Linux cooked v1",
            Link::IPV4 => "raw IPv4",
            Link::IPV6 => "raw IPv6",
            Link::LINUX_SLL2 => "Linux cooked v2",
            _ => return None,
        })
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "link type {}", self.0),
        }
    }
}
