use std::string::ToString;
use std::vec::Vec;

use super::*;
use crate::FaultKind;
use crate::wire::{NoSink, finish};

const MODERN: &[u8] = &[
    1, 1, 1, 28, 0, 0, 0, // marker, version, compat, length
    2, 0, 0, 0, 123, 0, 0, 0, 16, 0, 0, 0, // v2, nonce, length
    2, 0, 0x1a, 0x90, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, // 10.0.0.1:6800
];

fn decode(bytes: &[u8]) -> Result<(usize, AddressVector<'_>), Fault> {
    let input = Wire::new(bytes, "frame");
    finish(AddressVector::decode(input, "addresses", &mut NoSink)).map(|(rest, v)| (rest.at, v))
}

fn encoded(vector: &AddressVector<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Field::encode(vector, &mut out);
    out
}

#[test]
fn a_modern_address_reads_as_ceph_writes_it() {
    let (used, vector) = decode(MODERN).unwrap();
    assert_eq!(used, MODERN.len());
    assert_eq!(vector.to_string(), "v2:10.0.0.1:6800/123");
    assert_eq!(encoded(&vector), MODERN);
    let sockaddr = Sockaddr::new("10.0.0.1:6800".parse().unwrap());
    let address = Address::Modern(ModernAddress::new(AddressKind::V2, 123, &sockaddr));
    assert_eq!(vector, AddressVector::One(address));
}

#[test]
fn ipv6_keeps_its_scope() {
    let socket = "[fe80::1%3]:6789".parse().unwrap();
    let sockaddr = Sockaddr::new(socket);
    assert_eq!(sockaddr.as_bytes().len(), 28);
    let address = ModernAddress::new(AddressKind::V1, 7, &sockaddr);
    assert_eq!(address.socket(), Some(socket));
    assert_eq!(Address::Modern(address).to_string(), "v1:[fe80::1%3]:6789/7");
}

#[test]
fn the_legacy_form_stands_where_a_modern_one_is_expected() {
    let legacy = LegacyAddress::new("192.168.1.2:6801".parse().unwrap(), 9);
    let vector = AddressVector::One(Address::Legacy(legacy));
    let bytes = encoded(&vector);
    assert_eq!(bytes.len(), 136);
    assert_eq!(bytes[..16], [0, 0, 0, 0, 9, 0, 0, 0, 0, 2, 0x1a, 0x91, 192, 168, 1, 2]);
    assert_eq!(decode(&bytes), Ok((136, vector)));
    assert_eq!(vector.to_string(), "v1:192.168.1.2:6801/9");
    assert_eq!(vector.find(AddressKind::V1), Some(Address::Legacy(legacy)));
    assert_eq!(LegacyAddress::default().to_string(), "-");
}

#[test]
fn a_vector_holds_each_address_and_what_follows_is_left() {
    let mut bytes = std::vec![2, 2, 0, 0, 0];
    bytes.extend_from_slice(MODERN);
    let mut second = MODERN.to_vec();
    second[7] = 1;
    second[3] += 2;
    second.extend_from_slice(b"xy");
    bytes.extend_from_slice(&second);
    bytes.extend_from_slice(b"behind");
    let (used, vector) = decode(&bytes).unwrap();
    assert_eq!(used, bytes.len() - 6);
    assert_eq!(vector.to_string(), "[v2:10.0.0.1:6800/123,v1:10.0.0.1:6800/123]");
    assert_eq!(encoded(&vector), bytes[..used]);
    let Some(Address::Modern(last)) = vector.iter().last() else { panic!() };
    assert_eq!(last.rest, b"xy");
    let AddressVector::List(list) = vector else { panic!() };
    assert_eq!(AddressList::new(2, &bytes[5..]), Ok(list));
    assert_eq!((list.len(), AddressVector::default().iter().count()), (2, 0));
}

#[test]
fn every_truncation_and_bad_marker_is_a_fault_at_its_place() {
    let mut bytes = std::vec![2, 1, 0, 0, 0];
    bytes.extend_from_slice(MODERN);
    for len in 0..bytes.len() {
        let fault = decode(&bytes[..len]).unwrap_err();
        assert!(fault.at <= len && matches!(fault.kind, FaultKind::Short { .. }), "{fault}");
    }
    // Inner lengths that say too little.
    for len in 0..28 {
        bytes[8] = len;
        assert!(decode(&bytes).is_err());
    }
    bytes[5] = 3;
    let fault = decode(&bytes).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "address at byte 5 of frame: is 0x3, expected address marker 0 or 1"
    );
    // A count that the bytes cannot hold.
    assert!(decode(&[2, 255, 255, 255, 255]).is_err());
}
