//! Where somebody can be reached: entity addresses and vectors of them.

mod vector;

pub use vector::{AddressList, AddressVector};

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use nom::Err;

use super::{Opaque, named_number};
use crate::Fault;
use crate::wire::{
    BYTES, Field, Fixed, Kind, NoSink, Put, REST, Row, Shape, Sink, Span, Step, Value, Wire, group,
    record, rows, take,
};

named_number! {
    /// What speaks at an address. Source: `entity_addr_t::type_t` in `src/msg/msg_types.h`.
    pub struct AddressKind(u32) {
        /// No address.
        0 NONE "none",
        /// The first messenger.
        1 V1 "v1",
        /// The second messenger.
        2 V2 "v2",
        /// Either messenger.
        3 ANY "any",
        /// A network, in block lists.
        4 CIDR "cidr",
    }
}

record! {
    /// `struct ceph_entity_addr`, 136 bytes: the address of msgr1's handshake, and of every field for peers
    /// without the feature MSG_ADDR2.
    pub struct LegacyAddress: 136 {
        /// 0 on the wire, although it is a v1 address
        0 => pub kind: AddressKind,
        /// tells processes at one address apart
        4 => pub nonce: u32,
        /// `sockaddr_storage` with a big-endian family
        8 => pub storage: Opaque<128>,
    }
}

impl LegacyAddress {
    /// The address of a socket.
    #[must_use]
    pub fn new(socket: SocketAddr, nonce: u32) -> Self {
        let mut storage = Opaque([0; 128]);
        let ip = socket.ip();
        storage.0[..2].copy_from_slice(&family_of(ip).to_be_bytes());
        storage.0[2..4].copy_from_slice(&socket.port().to_be_bytes());
        match ip {
            IpAddr::V4(ip) => storage.0[4..8].copy_from_slice(&ip.octets()),
            IpAddr::V6(ip) => storage.0[8..24].copy_from_slice(&ip.octets()),
        }
        LegacyAddress { kind: AddressKind::NONE, nonce, storage }
    }

    /// IP address and port; `None` where the family is neither IPv4 nor IPv6.
    #[must_use]
    pub fn socket(&self) -> Option<SocketAddr> {
        let b = &self.storage.0;
        socket_of(u16::from_be_bytes([b[0], b[1]]), b)
    }

    /// The kind that Ceph takes it for: v1 if there is an address at all, whatever the bytes say.
    #[must_use]
    pub fn effective_kind(&self) -> AddressKind {
        match self.socket() {
            Some(_) if self.kind == AddressKind::NONE => AddressKind::V1,
            _ => self.kind,
        }
    }
}

impl fmt::Display for LegacyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.effective_kind(), self.socket(), self.nonce)
    }
}

/// An address of the modern form: u8 marker 1, then version, oldest compatible version and length of
/// u32 kind, u32 nonce, u32 length, `sockaddr` with a little-endian family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ModernAddress<'a> {
    /// Version of the encoding.
    pub version: u8,
    /// The oldest version whose decoder can read it.
    pub compat_version: u8,
    /// What speaks there.
    pub kind: AddressKind,
    /// Tells processes at one address apart.
    pub nonce: u32,
    /// 16 bytes for IPv4, 28 for IPv6, none for no address.
    pub sockaddr: &'a [u8],
    /// What a newer version put behind the known fields.
    pub rest: &'a [u8],
}

impl<'a> ModernAddress<'a> {
    /// An address in the one version that there is.
    #[must_use]
    pub fn new(kind: AddressKind, nonce: u32, sockaddr: &'a Sockaddr) -> Self {
        let sockaddr = sockaddr.as_bytes();
        ModernAddress { version: 1, compat_version: 1, kind, nonce, sockaddr, rest: &[] }
    }

    /// IP address and port; `None` where there is none, or of another family.
    #[must_use]
    pub fn socket(&self) -> Option<SocketAddr> {
        let family = self.sockaddr.first_chunk().map(|b| u16::from_le_bytes(*b))?;
        socket_of(family, self.sockaddr)
    }
}

/// The `sockaddr` of a modern address: little-endian family, big-endian port, IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sockaddr {
    bytes: [u8; 28],
    len: usize,
}

impl Sockaddr {
    /// The encoding of a socket's address.
    #[must_use]
    pub fn new(socket: SocketAddr) -> Self {
        let mut bytes = [0; 28];
        bytes[..2].copy_from_slice(&family_of(socket.ip()).to_le_bytes());
        bytes[2..4].copy_from_slice(&socket.port().to_be_bytes());
        let len = match socket {
            SocketAddr::V4(socket) => {
                bytes[4..8].copy_from_slice(&socket.ip().octets());
                16
            }
            SocketAddr::V6(socket) => {
                bytes[8..24].copy_from_slice(&socket.ip().octets());
                bytes[24..28].copy_from_slice(&socket.scope_id().to_le_bytes());
                28
            }
        };
        Sockaddr { bytes, len }
    }

    /// 16 bytes for IPv4, 28 for IPv6.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// An address in either form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Address<'a> {
    /// Marker 0, which is the first byte of the legacy form's kind.
    Legacy(LegacyAddress),
    /// Marker 1.
    Modern(ModernAddress<'a>),
}

impl Address<'_> {
    /// IP address and port.
    #[must_use]
    pub fn socket(&self) -> Option<SocketAddr> {
        match self {
            Address::Legacy(address) => address.socket(),
            Address::Modern(address) => address.socket(),
        }
    }

    /// Tells processes at one address apart.
    #[must_use]
    pub fn nonce(&self) -> u32 {
        match self {
            Address::Legacy(address) => address.nonce,
            Address::Modern(address) => address.nonce,
        }
    }

    /// What speaks there.
    #[must_use]
    pub fn kind(&self) -> AddressKind {
        match self {
            Address::Legacy(address) => address.effective_kind(),
            Address::Modern(address) => address.kind,
        }
    }

    /// Appends the encoding.
    #[cfg(feature = "alloc")]
    pub fn append_to(&self, out: &mut alloc::vec::Vec<u8>) {
        Field::encode(self, out);
    }
}

impl Default for Address<'_> {
    fn default() -> Self {
        let kind = AddressKind::NONE;
        Address::Modern(ModernAddress {
            version: 1,
            compat_version: 1,
            kind,
            nonce: 0,
            sockaddr: &[],
            rest: &[],
        })
    }
}

impl fmt::Display for Address<'_> {
    /// As Ceph writes it: `v2:10.0.0.1:6800/123`, `-` for none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.kind(), self.socket(), self.nonce())
    }
}

impl<'a> Field<'a> for Address<'a> {
    const SHAPE: &'static Shape =
        &Shape::Either(&[<LegacyAddress as Fixed>::SHAPE, &Shape::Group(&[ModernAddress::LAYOUT])]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        match input.bytes.first() {
            Some(0) => LegacyAddress::decode(input, name, sink)
                .map(|(rest, address)| (rest, Address::Legacy(address))),
            Some(1) => ModernAddress::decode(input, name, sink)
                .map(|(rest, address)| (rest, Address::Modern(address))),
            Some(marker) => Err(Err::Error(Fault::invalid(
                name,
                input.at,
                input.within,
                u64::from(*marker),
                "address marker 0 or 1",
            ))),
            None => Err(Err::Error(Fault::short(name, input.at, input.within, 1, 0))),
        }
    }

    fn encode(&self, out: &mut impl Put) {
        match self {
            Address::Legacy(address) => address.encode(out),
            Address::Modern(address) => address.encode(out),
        }
    }
}

impl ModernAddress<'_> {
    pub(crate) const LAYOUT: &'static [Row] = rows! {[
        /// 1, where the legacy form has its kind
        marker: u8,
        /// version of the encoding
        version: u8,
        /// the oldest version whose decoder can read it
        compat_version: u8,
        /// bytes that follow
        length: u32,
        /// what speaks there
        kind: AddressKind,
        /// tells processes at one address apart
        nonce: u32,
        /// IP address and port; bytes for other families
        sockaddr: &'static [u8] = &Shape::Either(&[&Shape::Leaf(Kind::Socket), BYTES]),
    ] (REST)};
}

impl<'a> Field<'a> for ModernAddress<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[Self::LAYOUT]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (body, _marker) = u8::decode(input, "marker", sink)?;
            let (body, version) = u8::decode(body, "version", sink)?;
            let (body, compat_version) = u8::decode(body, "compat_version", sink)?;
            let (body, len) = u32::decode(body, "length", sink)?;
            let (after, body) = take(body, name, u64::from(len))?;
            let (body, kind) = AddressKind::decode(body.named(name), "kind", sink)?;
            let (body, nonce) = u32::decode(body, "nonce", sink)?;
            let (rest, sockaddr) = <&[u8]>::decode(body, "sockaddr", &mut NoSink)?;
            let address =
                ModernAddress { version, compat_version, kind, nonce, sockaddr, rest: rest.bytes };
            if S::ON {
                let len = 4 + sockaddr.len();
                let span = Span { name: "sockaddr", within: body.within, at: body.at, len };
                match address.socket() {
                    Some(socket) => sink.field(span, Value::Socket(socket)),
                    None => sink.field(span, Value::Bytes(sockaddr)),
                }
                if !rest.bytes.is_empty() {
                    let len = rest.bytes.len();
                    let span = Span { name: "rest", within: rest.within, at: rest.at, len };
                    sink.field(span, Value::Bytes(rest.bytes));
                }
            }
            Ok((after, address))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        out.put(&[1, self.version, self.compat_version]);
        let len = 12 + self.sockaddr.len() + self.rest.len();
        u32::try_from(len).unwrap_or(u32::MAX).encode(out);
        self.kind.encode(out);
        self.nonce.encode(out);
        self.sockaddr.encode(out);
        out.put(self.rest);
    }
}

fn family_of(ip: IpAddr) -> u16 {
    match ip {
        IpAddr::V4(_) => 2,
        IpAddr::V6(_) => 10,
    }
}

fn socket_of(family: u16, b: &[u8]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes(*b.get(2..)?.first_chunk()?);
    match family {
        2 => Some((Ipv4Addr::from_octets(*b.get(4..)?.first_chunk()?), port).into()),
        10 => {
            let ip = Ipv6Addr::from_octets(*b.get(8..)?.first_chunk()?);
            let scope =
                b.get(24..).and_then(<[u8]>::first_chunk).map_or(0, |s| u32::from_le_bytes(*s));
            Some(SocketAddrV6::new(ip, port, 0, scope).into())
        }
        _ => None,
    }
}

fn show(
    f: &mut fmt::Formatter<'_>,
    kind: AddressKind,
    socket: Option<SocketAddr>,
    nonce: u32,
) -> fmt::Result {
    match (kind, socket) {
        (AddressKind::NONE, _) => f.write_str("-"),
        (AddressKind::ANY, Some(socket)) => write!(f, "{socket}/{nonce}"),
        (kind, Some(socket)) => write!(f, "{kind}:{socket}/{nonce}"),
        (kind, None) => write!(f, "{kind}::/{nonce}"),
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
