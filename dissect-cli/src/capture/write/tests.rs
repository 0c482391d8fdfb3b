//! What is written is read again.

use std::io::{Cursor, Read};

use proptest::prelude::*;

use super::super::tests::build::{
    BOTH, Order, Owned, block, enhanced, interface, pcap, read, record, section,
};
use super::Writer;
use crate::capture::{Capture, Limits, Piece};

/// Reads files piece by piece and writes them again, each packet with the comments that `say` gives it.
fn again(files: Vec<Vec<u8>>, say: impl Fn(u64) -> Vec<String>) -> (Vec<u8>, usize) {
    let readers = files.into_iter().map(|file| {
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        ("file".to_owned(), reader)
    });
    let mut capture = Capture::from_readers(readers, Limits::default());
    let mut writer = Writer::new(Vec::new());
    while let Some(piece) = capture.piece() {
        let comments = match &piece {
            Piece::Packet(packet, _) => say(packet.place.frame),
            Piece::Block(..) => Vec::new(),
        };
        writer.write(&piece, &comments).unwrap();
    }
    (writer.finish().unwrap(), capture.faults().len())
}

/// Time, link type, length on the wire, bytes.
type Told = Vec<(i64, u16, u32, Vec<u8>)>;

fn told(file: Vec<u8>) -> Told {
    let (packets, capture) = read(file);
    assert_eq!(capture.faults(), []);
    packets
        .into_iter()
        .map(|(place, link, len, bytes)| (place.time.0, link.0, len, bytes))
        .collect()
}

/// A packet in a file of any kind.
#[derive(Clone, Debug)]
struct Any {
    seconds: u32,
    part: u32,
    interface: u32,
    bytes: Vec<u8>,
    more: u32,
}

fn any() -> impl Strategy<Value = Any> {
    let bytes = proptest::collection::vec(any_byte(), 0..50);
    // No packet has no bytes, and none is of a day long ago.
    (1_700_000_000..1_700_080_000_u32, 0..1_000_000_u32, 0..3_u32, bytes, 1..9_u32).prop_map(
        |(seconds, part, interface, bytes, more)| Any { seconds, part, interface, bytes, more },
    )
}

fn any_byte() -> impl Strategy<Value = u8> {
    proptest::num::u8::ANY
}

fn pcap_of(order: Order, nanos: bool, packets: &[Any]) -> Vec<u8> {
    let mut file = pcap(order, if nanos { 0xa1b2_3c4d } else { 0xa1b2_c3d4 }, 1);
    for p in packets {
        file.extend(record(order, p.seconds, p.part, p.bytes.len() as u32 + p.more, &p.bytes));
    }
    file
}

fn pcapng_of(order: Order, packets: &[Any]) -> Vec<u8> {
    let mut file = section(order);
    file.extend(interface(order, 1, 0, &[(2, b"eth0")]));
    file.extend(interface(order, 113, 99, &[(9, &[9]), (14, &order.u64(1800))]));
    file.extend(interface(order, 276, 0, &[(9, &[0x8a])]));
    for p in packets {
        let ticks = u64::from(p.seconds) * 1_000 + u64::from(p.part);
        let orig_len = p.bytes.len() as u32 + p.more;
        file.extend(enhanced(order, p.interface, ticks, orig_len, &p.bytes));
        file.extend(block(order, 0xbad, b"something else"));
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn packets_of_any_files_come_back_as_they_were(
        packets in proptest::collection::vec(any(), 0..8),
        kinds in proptest::collection::vec((0..3_u8, 0..2_usize), 1..4),
        words in proptest::collection::vec("\\PC{0,20}", 0..3),
    ) {
        let files: Vec<_> = kinds
            .iter()
            .map(|(kind, order)| match kind {
                0 => pcapng_of(BOTH[*order], &packets),
                kind => pcap_of(BOTH[*order], *kind == 1, &packets),
            })
            .collect();
        let before: Told = files.iter().cloned().flat_map(told).collect();
        let (plain, _) = again(files.clone(), |_| Vec::new());
        prop_assert_eq!(&told(plain), &before);
        let (file, _) = again(files, |_| words.clone());
        for word in words.iter().filter(|_| !packets.is_empty()) {
            let count = file.windows(word.len().max(1)).filter(|w| *w == word.as_bytes()).count();
            prop_assert!(word.is_empty() || count >= packets.len() * kinds.len());
        }
        prop_assert_eq!(&told(file.clone()), &before);
        // Once more changes nothing: comments stay where they are.
        prop_assert_eq!(again(vec![file.clone()], |_| Vec::new()).0, file);
    }

    #[test]
    fn whatever_can_be_read_of_damage_can_be_written(
        bytes in proptest::collection::vec(proptest::sample::select(&[0_u8, 1, 6, 10, 13, 28, 32, 0x0a, 0xff][..]), 0..300),
        packets in proptest::collection::vec(any(), 1..4),
        order in 0..2_usize,
    ) {
        let mut file = pcapng_of(BOTH[order], &packets);
        file.extend(bytes);
        file.extend(pcapng_of(BOTH[1 - order], &packets));
        let (packets, _) = read(file.clone());
        let told = |(place, link, len, bytes): Owned| (place.time.0, link.0, len, bytes);
        let want: Told = packets.into_iter().map(told).collect();
        let (after, _) = read(again(vec![file], |_| vec!["!".to_owned()]).0);
        prop_assert_eq!(after.into_iter().map(told).collect::<Told>(), want);
    }
}

#[test]
fn blocks_between_packets_stay() {
    for order in BOTH {
        let mut file = section(order);
        file.extend(interface(order, 1, 0, &[(2, b"eth0"), (1, b"in the rack")]));
        file.extend(block(order, 4, b"names"));
        file.extend(enhanced(order, 0, 1, 3, b"abc"));
        file.extend(block(order, 5, b"statistics"));
        // What a custom block says of itself: not to be copied.
        file.extend(block(order, 0x4000_0bad, b"mine"));
        let (again, faults) = again(vec![file], |_| Vec::new());
        assert_eq!(faults, 0);
        let has = |text: &[u8]| again.windows(text.len()).any(|window| window == text);
        for text in [&b"eth0"[..], b"in the rack", b"names", b"statistics", b"abc"] {
            assert!(has(text), "{text:?}");
        }
        assert!(!has(b"mine"));
    }
}

#[test]
fn options_of_a_packet_stay_in_front_of_what_is_said() {
    for order in BOTH {
        let numbers = [0, 0, 77, 3, 3].map(|n| order.u32(n)).concat();
        let options = [
            &order.u16(1)[..],
            &order.u16(5),
            b"first\0\0\0", // a comment
            &order.u16(2),
            &order.u16(4),
            &order.u32(0xabcd), // flags
        ]
        .concat();
        // With its end, without it, and with one that claims more bytes than there are.
        for end in [&[0; 4][..], &[], &[order.u16(4), order.u16(999)].concat()] {
            let body = [&numbers[..], b"abc\0", &options, end].concat();
            let file =
                [section(order), interface(order, 1, 0, &[]), block(order, 6, &body)].concat();
            let (again, _) = again(vec![file], |_| vec!["second".to_owned()]);
            let want =
                [&options[..], &order.u16(1), &order.u16(6), b"second\0\0", &[0; 4]].concat();
            assert!(again.windows(want.len()).any(|window| window == want), "{end:?}");
            assert_eq!(told(again), [(77_000, 1, 3, b"abc".to_vec())]);
        }
    }
}

#[test]
fn packets_of_other_blocks_keep_their_times() {
    for order in BOTH {
        let mut file = section(order);
        file.extend(interface(order, 1, 0, &[]));
        file.extend(enhanced(order, 0, 5_000_001, 3, b"abc"));
        file.extend(block(order, 3, &[&order.u32(6)[..], b"simple"].concat()));
        let mut old = [order.u16(0), order.u16(77)].concat();
        old.extend([0, 9, 2, 5].map(|n| order.u32(n)).concat());
        old.extend(b"yz");
        file.extend(block(order, 2, &old));
        let before = told(file.clone());
        assert_eq!(before.len(), 3);
        assert_eq!(told(again(vec![file], |_| vec!["!".to_owned()]).0), before);
    }
}

#[test]
fn an_interface_that_cannot_be_read_keeps_its_place() {
    let order = Order::Little;
    let file = [
        section(order),
        // A resolution that cannot be: microseconds are taken.
        interface(order, 1, 7, &[(9, &[77])]),
        interface(order, 113, 0, &[]),
        enhanced(order, 1, 5, 1, b"b"),
        enhanced(order, 0, 5, 1, b"a"),
    ]
    .concat();
    let (again, faults) = again(vec![file], |_| Vec::new());
    assert_eq!(faults, 1);
    assert_eq!(told(again), [(5_000, 113, 1, b"b".to_vec()), (5_000, 1, 1, b"a".to_vec())]);
}

#[test]
fn of_nothing_comes_a_file_that_can_be_read() {
    let (file, _) = again(Vec::new(), |_| Vec::new());
    assert_eq!(told(file), []);
}

#[test]
fn files_of_one_kind_share_a_section_and_an_interface() {
    let one = pcap_of(
        Order::Little,
        false,
        &[Any { seconds: 1, part: 0, interface: 0, bytes: vec![1], more: 0 }],
    );
    let nanos = pcap_of(
        Order::Big,
        true,
        &[Any { seconds: 1, part: 7, interface: 0, bytes: vec![1], more: 0 }],
    );
    let (file, _) = again(vec![one.clone(), one, nanos], |_| Vec::new());
    let count = |number: u32| {
        let mut rest = &file[..];
        let mut count = 0;
        while rest.len() >= 8 {
            let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            count += u32::from(word(0) == number);
            rest = &rest[word(4) as usize..];
        }
        count
    };
    assert_eq!([super::SECTION, super::INTERFACE, super::PACKET].map(count), [1, 2, 3]);
}
