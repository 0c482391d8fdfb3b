//! Several addresses of one entity.

use core::fmt;

use super::{Address, AddressKind, LegacyAddress, ModernAddress};
use crate::Fault;
use crate::wire::{Field, NoSink, Put, Shape, Sink, Step, Wire, finish, group, rows};

/// The addresses of one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressVector<'a> {
    /// Marker 0 or 1: one address, as sent to peers that know no vectors.
    One(Address<'a>),
    /// Marker 2: a u32 count, then as many addresses.
    List(AddressList<'a>),
}

/// Addresses one after the other, each of them checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressList<'a> {
    count: u32,
    bytes: &'a [u8],
}

impl<'a> AddressVector<'a> {
    /// The addresses in their order.
    pub fn iter(&self) -> impl Iterator<Item = Address<'a>> + use<'a> {
        let (one, mut list) = match *self {
            AddressVector::One(address) => (Some(address), AddressList::default()),
            AddressVector::List(list) => (None, list),
        };
        one.into_iter().chain(core::iter::from_fn(move || list.pop()))
    }

    /// Appends the encoding.
    #[cfg(feature = "alloc")]
    pub fn append_to(&self, out: &mut alloc::vec::Vec<u8>) {
        Field::encode(self, out);
    }

    /// The first address that belongs to the messenger `kind`.
    #[must_use]
    pub fn find(&self, kind: AddressKind) -> Option<Address<'a>> {
        self.iter().find(|address| address.kind() == kind)
    }
}

impl<'a> AddressList<'a> {
    /// The list that these bytes hold: `count` addresses. What is behind them is left out.
    pub fn new(count: u32, bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut rest = Wire::new(bytes, "addresses");
        for _ in 0..count {
            (rest, _) = finish(Address::decode(rest, "address", &mut NoSink))?;
        }
        Ok(AddressList { count, bytes: &bytes[..rest.at] })
    }

    /// How many addresses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn pop(&mut self) -> Option<Address<'a>> {
        self.count = self.count.checked_sub(1)?;
        let input = Wire::new(self.bytes, "addresses");
        let (rest, address) = Address::decode(input, "address", &mut NoSink).ok()?;
        self.bytes = rest.bytes;
        Some(address)
    }
}

impl Default for AddressVector<'_> {
    fn default() -> Self {
        AddressVector::List(AddressList::default())
    }
}

impl fmt::Display for AddressVector<'_> {
    /// As Ceph writes it: one address as it is, several in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = self.iter().nth(1).is_some();
        f.write_str(if several { "[" } else { "" })?;
        for (i, address) in self.iter().enumerate() {
            write!(f, "{}{address}", if i > 0 { "," } else { "" })?;
        }
        f.write_str(if several { "]" } else { "" })
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for AddressVector<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'a> Field<'a> for AddressVector<'a> {
    const SHAPE: &'static Shape = &Shape::Either(&[
        <LegacyAddress as Field<'static>>::SHAPE,
        <ModernAddress<'_> as Field<'static>>::SHAPE,
        &Shape::Group(&[rows! {[
            /// 2, where one address has 0 or 1
            marker: u8,
            /// how many there are
            count: u32,
            /// each of them
            address: Address<'_>,
        ]}]),
    ]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        if input.bytes.first() != Some(&2) {
            let (rest, address) = Address::decode(input, name, sink)?;
            return Ok((rest, AddressVector::One(address)));
        }
        group(input, name, sink, |input, sink| {
            let (list, _marker) = u8::decode(input, "marker", sink)?;
            let (list, count) = u32::decode(list, "count", sink)?;
            // An address has at least its marker: a count beyond the bytes fails at the first missing one.
            let mut rest = list;
            for _ in 0..count {
                (rest, _) = Address::decode(rest, "address", sink)?;
            }
            let bytes = &list.bytes[..rest.at - list.at];
            Ok((rest, AddressVector::List(AddressList { count, bytes })))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        match self {
            AddressVector::One(address) => address.encode(out),
            AddressVector::List(list) => {
                out.put(&[2]);
                list.count.encode(out);
                out.put(list.bytes);
            }
        }
    }
}
