//! Tests with captures built here, byte for byte.

use super::*;
use std::io::Write;

pub(super) mod build;

use build::*;

fn place(file: u32, frame: u64, time: i64) -> Place {
    Place { file, frame, time: Time(time) }
}

fn kinds(capture: &Capture) -> Vec<&FaultKind> {
    capture.faults().iter().map(|f| &f.what).collect()
}

#[test]
fn pcap_of_both_orders_and_resolutions() {
    for order in BOTH {
        for (magic, part, nanos) in [(0xa1b2_c3d4, 123_456, 123_456_000), (0xa1b2_3c4d, 7, 7)] {
            let mut file = pcap(order, magic, 1);
            file.extend(record(order, 10, part, 3, b"abc"));
            file.extend(record(order, 4_000_000_000, part, 100, b""));
            let (packets, capture) = read(file);
            let first = (place(0, 1, 10_000_000_000 + nanos), Link::ETHERNET, 3, b"abc".to_vec());
            assert_eq!(packets[0], first);
            let later = 4_000_000_000_000_000_000 + nanos;
            assert_eq!(packets[1], (place(0, 2, later), Link::ETHERNET, 100, vec![]));
            assert_eq!(packets.len(), 2);
            assert_eq!(capture.faults(), []);
            let info = &capture.files()[0];
            assert_eq!(
                (info.packets, info.first, info.last),
                (2, Some(Time(10_000_000_000 + nanos)), Some(Time(later)))
            );
        }
    }
}

#[test]
fn link_type_of_a_pcap_may_share_its_word() {
    let mut file = pcap(Order::Little, 0xa1b2_c3d4, 0x1400_0001);
    file.extend(record(Order::Little, 0, 0, 1, b"a"));
    assert_eq!(read(file).0[0].1, Link::ETHERNET);
}

#[test]
fn modified_pcap_has_longer_record_headers() {
    let mut file = pcap(Order::Little, 0xa1b2_cd34, 1);
    for text in [b"abc", b"def"] {
        let record = record(Order::Little, 1, 2, 3, text);
        file.extend([&record[..16], &[9; 8], &record[16..]].concat());
    }
    let (packets, _) = read(file);
    assert_eq!(packets.iter().map(|p| &p.3[..]).collect::<Vec<_>>(), [b"abc", b"def"]);
}

#[test]
fn pcapng_sections_interfaces_and_packet_blocks() {
    let mut file = Vec::new();
    for order in BOTH {
        file.extend(section(order));
        file.extend(interface(order, 1, 0, &[]));
        // Nanoseconds, and half an hour later.
        let offset = order.u64(1800);
        file.extend(interface(order, 113, 4, &[(9, &[9]), (14, &offset), (2, b"eth0")]));
        // 2^-10 seconds.
        file.extend(interface(order, 276, 0, &[(9, &[0x8a])]));
        file.extend(enhanced(order, 0, 5_000_001, 3, b"abc"));
        file.extend(block(order, 4, b"names to pass over"));
        file.extend(enhanced(order, 1, 5_000_000_001, 9, b"abcd"));
        file.extend(block(order, 0xbad, &[7; 64]));
        file.extend(enhanced(order, 2, 512, 1, b"x"));
        // Obsolete: interface and drops share a word.
        let mut old = [order.u16(1), order.u16(77)].concat();
        old.extend([0, 1, 2, 5].map(|n| order.u32(n)).concat());
        old.extend(b"yz");
        file.extend(block(order, 2, &old));
        // Simple: no time, and a length that only the snap length limits.
        file.extend(block(order, 3, &[&order.u32(6)[..], b"simple"].concat()));
    }
    let (packets, capture) = read(file);
    assert_eq!(capture.faults(), []);
    for (n, section) in packets.chunks(5).enumerate() {
        let frame = 5 * n as u64 + 1;
        let [a, b, c, d, e] = section else { panic!("{} packets", section.len()) };
        assert_eq!(*a, (place(0, frame, 5_000_001_000), Link::ETHERNET, 3, b"abc".to_vec()));
        let later = 1_800_000_000_000;
        assert_eq!(
            *b,
            (place(0, frame + 1, later + 5_000_000_001), Link(113), 9, b"abcd".to_vec())
        );
        assert_eq!(*c, (place(0, frame + 2, 500_000_000), Link(276), 1, b"x".to_vec()));
        assert_eq!(*d, (place(0, frame + 3, later + 1), Link(113), 5, b"yz".to_vec()));
        assert_eq!(*e, (place(0, frame + 4, later + 1), Link::ETHERNET, 6, b"simple".to_vec()));
    }
    assert_eq!(packets.len(), 10);
}

#[test]
fn simple_packet_blocks_end_at_the_snap_length() {
    let order = Order::Little;
    let body = [&order.u32(500)[..], b"abcde"].concat();
    let file = [section(order), interface(order, 1, 5, &[]), block(order, 3, &body)].concat();
    let (packets, _) = read(file);
    assert_eq!((packets[0].2, &packets[0].3[..]), (500, &b"abcde"[..]));
}

#[test]
fn packed_files_are_known_by_their_bytes() {
    let order = Order::Little;
    let head = pcap(order, 0xa1b2_c3d4, 1);
    let records: Vec<_> = (0..3000).map(|n| record(order, n, 0, 60, &[n as u8; 60])).collect();
    let (front, back) = ([head, records[..1000].concat()].concat(), records[1000..].concat());
    let gzip = |bytes: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    // Two members, two frames; a frame to skip first.
    let gz = [gzip(&front), gzip(&back)].concat();
    // Zeros behind them are of whatever it was stored on.
    let (packets, capture) = read([&gz[..], &vec![0; 100_000]].concat());
    assert_eq!((packets.len(), capture.faults()), (3000, &[][..]));
    // Something else behind them is told, and costs nothing.
    let (packets, capture) = read([&gz[..], b"something else"].concat());
    assert_eq!((packets.len(), kinds(&capture)), (3000, vec![&FaultKind::BehindCompressed]));
    let zst = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    let skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd".to_vec();
    let zst = [skipped, zst(&front), zst(&back)].concat();
    let packed = [(gz, Compression::Gzip), (zst, Compression::Zstd)];
    for (file, compression) in packed {
        let size = file.len() as u64;
        let (packets, capture) = read(file.clone());
        assert_eq!(packets.len(), 3000);
        assert_eq!(capture.faults(), []);
        assert_eq!(capture.files()[0].compression, compression);
        assert_eq!(capture.bytes_read(), size);
        // Cut: what is there is read, and one fault says that it ended.
        let (packets, capture) = read(file[..file.len() - 20].to_vec());
        assert!(packets.len() >= 1000, "{}", packets.len());
        assert_eq!(capture.faults().len(), 1, "{:?}", capture.faults());
        assert_eq!(capture.faults()[0].what.class(), FaultClass::EndedEarly);
    }
}

/// Gives some bytes, and then nothing for ever.
struct Silent {
    bytes: std::io::Cursor<Vec<u8>>,
    ever: std::sync::mpsc::Receiver<()>,
}

impl std::io::Read for Silent {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        match self.bytes.read(buf)? {
            0 => self.ever.recv().map(|()| 0).map_err(std::io::Error::other),
            len => Ok(len),
        }
    }
}

#[test]
fn a_silent_input_is_let_go_of_without_a_fault() {
    let order = Order::Little;
    let file = [pcap(order, 0xa1b2_c3d4, 1), record(order, 1, 0, 3, b"abc")].concat();
    let half = [&file[..], &record(order, 2, 0, 5, b"defgh")[..18]].concat();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&half).unwrap();
    gz.flush().unwrap();
    let mut zst = zstd::Encoder::new(Vec::new(), 1).unwrap();
    zst.write_all(&half).unwrap();
    zst.flush().unwrap();
    let (gz, zst) = (gz.get_ref().clone(), zst.get_ref().clone());
    let cuts = [0, 2, 4, 20].map(|len| (file[..len].to_vec(), 0));
    let packed = [(gz[..12].to_vec(), 0), (zst[..3].to_vec(), 0), (gz, 1), (zst, 1)];
    for (bytes, packets) in cuts.into_iter().chain([(file.clone(), 1), (half, 1)]).chain(packed) {
        let stop: &'static AtomicBool = Box::leak(Box::default());
        let (_silence, ever) = std::sync::mpsc::channel();
        let silent = Silent { bytes: std::io::Cursor::new(bytes.clone()), ever };
        let inputs: [(String, Box<dyn std::io::Read + Send>); 2] = [
            ("silent".to_owned(), Box::new(silent)),
            ("behind".to_owned(), Box::new(std::io::Cursor::new(file.clone()))),
        ];
        let mut capture = Capture::from_readers(inputs, Limits::default()).until(stop);
        // What it gave is there although it goes on.
        for _ in 0..packets {
            assert_eq!(capture.next().unwrap().bytes, b"abc");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(capture.next().is_none(), "{bytes:?}");
        assert_eq!(capture.faults(), [], "{bytes:?}");
        let read: Vec<_> = capture.files().iter().map(|file| file.packets).collect();
        assert_eq!(read, [packets, 0]);
    }
}

#[test]
fn an_input_on_a_thread_is_read_as_any_other() {
    let order = Order::Little;
    let file = [pcap(order, 0xa1b2_c3d4, 1), record(order, 1, 0, 3, b"abc")].concat();
    let never: &'static AtomicBool = Box::leak(Box::default());
    for len in [0, 3, 20, 30, file.len()] {
        let input = || -> [(String, Box<dyn std::io::Read + Send>); 1] {
            [("any".to_owned(), Box::new(std::io::Cursor::new(file[..len].to_vec())))]
        };
        let seen = |mut capture: Capture| {
            let mut packets = 0;
            while capture.next().is_some() {
                packets += 1;
            }
            (packets, capture.faults().to_vec(), capture.bytes_read())
        };
        let plain = seen(Capture::from_readers(input(), Limits::default()));
        assert_eq!(seen(Capture::from_readers(input(), Limits::default()).until(never)), plain);
        assert_eq!(plain.0 == 1, len == file.len());
    }
}

#[test]
fn packets_larger_than_the_read_buffer() {
    let order = Order::Little;
    let mut file = pcap(order, 0xa1b2_c3d4, 1);
    let large = vec![3; 100_000];
    for _ in 0..3 {
        file.extend(record(order, 1, 0, 5, b"small"));
        file.extend(record(order, 1, 0, 100_000, &large));
    }
    let limits = Limits { read_buffer: 64, ..Limits::default() };
    let (packets, capture) = read_all(vec![file], limits);
    assert_eq!(packets.len(), 6);
    assert_eq!(packets[5].3, large);
    assert_eq!(capture.faults(), []);
}

#[test]
fn inputs_that_cannot_be_used_leave_the_others_alone() {
    let order = Order::Little;
    let good = [pcap(order, 0xa1b2_c3d4, 1), record(order, 1, 0, 1, b"a")].concat();
    let files = vec![vec![], b"PK\x03\x04 a zip".to_vec(), good.clone(), b"x".to_vec(), good];
    let (packets, capture) = read_all(files, Limits::default());
    let places: Vec<_> = packets.iter().map(|p| (p.0.file, p.0.frame)).collect();
    assert_eq!(places, [(2, 1), (4, 1)]);
    let zip = FaultKind::NotACapture(b"PK\x03\x04 a zip".to_vec());
    assert_eq!(kinds(&capture), [&FaultKind::Empty, &zip, &FaultKind::NotACapture(b"x".to_vec())]);
    assert!(capture.faults().iter().all(|f| f.what.class() == FaultClass::Unusable));
    let text = "file 1: is not a packet capture: it begins with 50 4b 03 04 as a zip archive does; unpack it first";
    assert_eq!(capture.faults()[1].to_string(), text);

    let mut capture = Capture::open(["does/not/exist.pcap", "src"]);
    assert!(capture.next().is_none());
    assert_eq!(capture.faults().len(), 2);
    assert!(kinds(&capture).iter().all(|k| matches!(k, FaultKind::Unreadable(_))));
}

#[test]
fn every_truncation_is_told_and_keeps_what_is_whole() {
    let order = Order::Little;
    let pcap = [
        pcap(order, 0xa1b2_c3d4, 1),
        record(order, 1, 0, 3, b"abc"),
        record(order, 2, 0, 5, b"defgh"),
    ];
    let ng = [
        [section(order), interface(order, 1, 0, &[(9, &[9])])].concat(),
        enhanced(order, 0, 1, 3, b"abc"),
        enhanced(order, 0, 2, 5, b"defgh"),
    ];
    for parts in [pcap, ng] {
        let whole = parts.concat();
        let ends = [parts[0].len(), parts[0].len() + parts[1].len(), whole.len()];
        for len in 4..=whole.len() {
            let (packets, capture) = read(whole[..len].to_vec());
            let expected = ends.iter().filter(|&&end| end <= len).count().saturating_sub(1);
            assert_eq!(packets.len(), expected, "at {len}");
            let clean = ends.contains(&len) || parts[0][..4] == [10, 13, 13, 10] && len == 28;
            let classes: Vec<_> = kinds(&capture).iter().map(|k| k.class()).collect();
            let ended: &[_] = if clean { &[] } else { &[FaultClass::EndedEarly] };
            assert_eq!(classes, ended, "at {len}");
        }
    }
}

#[test]
fn an_insane_length_is_told_and_packets_are_found_again() {
    let order = Order::Little;
    let mut file = pcap(order, 0xa1b2_c3d4, 1);
    for n in 0..10_u8 {
        if n == 4 {
            file.extend(
                [order.u32(1), order.u32(0), order.u32(0x7fff_ffff), order.u32(60)].concat(),
            );
            file.extend([0xee; 60]);
        }
        file.extend(record(order, 1, n.into(), 60, &[n; 60]));
    }
    let (packets, capture) = read(file.clone());
    assert_eq!(packets.iter().map(|p| p.3[0]).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    let too_long = FaultKind::PacketTooLong { length: 0x7fff_ffff, limit: 256 << 10 };
    assert_eq!(kinds(&capture), [&too_long, &FaultKind::Resumed { skipped: 76 }]);
    assert_eq!((capture.faults()[0].frame, capture.faults()[0].offset), (5, 24 + 4 * 76));
    // The bad one counts as a packet: it was one.
    assert_eq!(packets[4].0.frame, 6);

    let limits = Limits { max_resumes: 0, ..Limits::default() };
    let (packets, capture) = read_all(vec![file], limits);
    assert_eq!(packets.len(), 4);
    assert_eq!(kinds(&capture), [&too_long]);
}

#[test]
fn pcap_files_strung_together_are_read_on() {
    let order = Order::Little;
    let one = [
        pcap(order, 0xa1b2_c3d4, 1),
        (0..5)
            .map(|n| record(order, 1_700_000_000 + n, 0, 60, &[n as u8; 60]))
            .collect::<Vec<_>>()
            .concat(),
    ]
    .concat();
    let mut other = pcap(Order::Big, 0xa1b2_3c4d, 113);
    other.extend(record(Order::Big, 1_700_000_009, 5, 60, &[5; 60]));
    let (packets, capture) = read([one.clone(), one, other].concat());
    let seen: Vec<_> = packets.iter().map(|p| p.3[0]).collect();
    assert_eq!(seen, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5]);
    assert_eq!(packets[10].0, place(0, 11, 1_700_000_009_000_000_005));
    assert_eq!(packets[10].1, Link::LINUX_SLL);
    assert_eq!(capture.faults(), []);
}

#[test]
fn bad_blocks_are_told_and_blocks_are_found_again() {
    let order = Order::Big;
    let packet = |n: u8| enhanced(order, 0, 1, 4, &[n; 4]);
    let start = [section(order), interface(order, 1, 0, &[])].concat();
    let mut short = packet(1);
    short[7] = 8;
    let mut unlike = packet(1);
    unlike.pop();
    unlike.push(44);
    let mut claims = packet(1);
    claims[23] = 200;
    let stranger = enhanced(order, 7, 1, 4, b"abcd");
    let tests: [(Vec<u8>, Vec<FaultKind>); 4] = [
        (
            short,
            vec![
                FaultKind::BlockLength { block: 6, length: 8 },
                FaultKind::Resumed { skipped: 36 },
            ],
        ),
        (
            unlike,
            vec![
                FaultKind::BlockTrailer { block: 6, first: 36, second: 44 },
                FaultKind::Resumed { skipped: 36 },
            ],
        ),
        (
            claims,
            vec![FaultKind::BadBlock {
                block: "data of a packet block",
                needed: 232,
                available: 36,
            }],
        ),
        (stranger, vec![FaultKind::NoInterface { id: 7, known: 1 }]),
    ];
    for (bad, faults) in tests {
        let file = [&start[..], &packet(0), &bad, &packet(2), &packet(3), &packet(4)].concat();
        let (packets, capture) = read(file);
        assert_eq!(kinds(&capture), faults.iter().collect::<Vec<_>>());
        assert_eq!(packets.iter().map(|p| p.3[0]).collect::<Vec<_>>(), [0, 2, 3, 4]);
        assert_eq!(capture.faults()[0].frame, 2);
    }
}

#[test]
fn a_section_begins_behind_a_cut_one() {
    let order = Order::Little;
    let one =
        [section(order), interface(order, 1, 0, &[]), enhanced(order, 0, 1, 99, &[5; 99])].concat();
    let file = [
        &one[..one.len() - 50],
        &section(Order::Big),
        &interface(Order::Big, 113, 0, &[]),
        &enhanced(Order::Big, 0, 1, 1, b"a"),
    ]
    .concat();
    let (packets, capture) = read(file);
    assert_eq!(packets.len(), 1, "{:?}", capture.faults());
    assert_eq!(packets[0].1, Link::LINUX_SLL);
    assert_eq!(capture.faults().len(), 2);
}

#[test]
fn what_is_not_known_is_told_once() {
    let order = Order::Little;
    let mut file = pcap(order, 0xa1b2_c3d4, 9);
    file.extend([record(order, 1, 0, 1, b"a"), record(order, 1, 0, 1, b"b")].concat());
    let (packets, capture) = read(file);
    assert_eq!(packets.len(), 2);
    assert_eq!(kinds(&capture), [&FaultKind::UnknownLink(Link(9))]);
    assert_eq!(capture.faults()[0].frame, 1);
    assert_eq!(capture.faults()[0].offset, 40);
    let text =
        "file 0: link type 9 is not known: its packets are counted, not read (frame 1, byte 40)";
    assert_eq!(capture.faults()[0].to_string(), text);

    let file =
        [section(order), interface(order, 1, 0, &[(9, &[200])]), enhanced(order, 0, 7, 1, b"a")];
    let (packets, capture) = read(file.concat());
    assert_eq!(packets[0].0.time, Time(7000));
    assert_eq!(kinds(&capture), [&FaultKind::Resolution(200)]);
}

#[test]
fn a_wrong_length_costs_one_packet() {
    let order = Order::Little;
    let day = 1_700_000_000;
    let pcaps: Vec<_> = (0..40).map(|n| record(order, day, n, 60, &[n as u8; 60])).collect();
    let blocks: Vec<_> = (0..40).map(|n| enhanced(order, 0, 1, 60, &[n as u8; 60])).collect();
    let start = [section(order), interface(order, 1, 0, &[])].concat();
    for (head, records, at) in [(pcap(order, 0xa1b2_c3d4, 1), pcaps, 8), (start, blocks, 4)] {
        for bit in 0..32 {
            let mut bad = records.clone();
            bad[7][at + bit / 8] ^= 1 << (bit % 8);
            let (packets, capture) = read([head.clone(), bad.concat()].concat());
            let seen: Vec<_> = packets.iter().map(|p| p.3[0]).filter(|n| *n != 7).collect();
            assert_eq!(seen, (0..40).filter(|n| *n != 7).collect::<Vec<_>>(), "bit {bit}");
            assert!(!capture.faults().is_empty(), "bit {bit}");
        }
    }
}

#[test]
fn packets_are_looked_for_in_the_next_mebibyte() {
    let order = Order::Little;
    let head = pcap(order, 0xa1b2_c3d4, 1);
    let records: Vec<_> = (0..9).map(|n| record(order, 1, n, 60, &[n as u8; 60])).collect();
    for (noise, found) in [(1 << 19, 18), (3 << 20, 9)] {
        let bad = [order.u32(1), order.u32(0), order.u32(0x7fff_ffff), order.u32(60)].concat();
        let parts = [&head[..], &records.concat(), &bad, &vec![0xee; noise], &records.concat()];
        let (packets, capture) = read(parts.concat());
        assert_eq!(packets.len(), found);
        assert!(matches!(capture.faults()[0].what, FaultKind::PacketTooLong { .. }));
    }
}

#[test]
fn what_needs_too_much_memory_to_unpack_is_a_fault() {
    let order = Order::Little;
    let file = [pcap(order, 0xa1b2_c3d4, 1), record(order, 1, 0, 60, &[1; 60])].concat();
    let pack = |window| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window).unwrap();
        encoder.write_all(&file).unwrap();
        encoder.finish().unwrap()
    };
    let (packets, capture) = read(pack(super::source::WINDOW_LOG));
    assert_eq!((packets.len(), capture.faults().len()), (1, 0));
    let (packets, capture) = read(pack(super::source::WINDOW_LOG + 1));
    assert_eq!(packets.len(), 0);
    let faults = kinds(&capture);
    assert!(
        matches!(
            faults[..],
            [FaultKind::NotACapture(_) | FaultKind::Read(_) | FaultKind::Unreadable(_)]
        ),
        "{faults:?}"
    );
}

#[test]
fn limits_have_their_outcomes() {
    let order = Order::Little;
    let file = [
        section(order),
        interface(order, 1, 0, &[]),
        interface(order, 113, 0, &[]),
        enhanced(order, 0, 1, 500, &[1; 500]),
        enhanced(order, 1, 1, 1, b"a"),
        enhanced(order, 0, 1, 1, b"b"),
    ]
    .concat();
    let limits = Limits { max_block: 100, max_interfaces: 1, ..Limits::default() };
    let (packets, capture) = read_all(vec![file.clone()], limits);
    assert_eq!(packets.len(), 1);
    assert_eq!((packets[0].0.frame, &packets[0].3[..]), (3, &b"b"[..]));
    let too_long = FaultKind::PacketTooLong { length: 532, limit: 100 };
    assert_eq!(kinds(&capture), [&too_long, &FaultKind::NoInterface { id: 1, known: 1 }]);
    let limits = Limits { max_faults: 1, ..limits };
    let (_, capture) = read_all(vec![file], limits);
    assert_eq!((capture.faults().len(), capture.faults_total()), (1, 2));
}

proptest::proptest! {
    /// Whatever the bytes: an end is reached, and nothing is lent that was not there.
    #[test]
    fn any_bytes_behind_a_header(
        kind in 0..4_usize,
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400),
        cut in 0..100_usize,
    ) {
        let order = Order::Little;
        let start = [section(order), interface(order, 1, 0, &[])].concat();
        let packet = enhanced(order, 0, 1, 9, &[7; 9]);
        let head = [pcap(order, 0xa1b2_c3d4, 1), pcap(Order::Big, 0xa1b2_3c4d, 1), start, vec![]];
        let mut file = head[kind].clone();
        file.extend(&packet[..packet.len().min(cut)]);
        file.extend(&bytes);
        file.extend(&packet);
        let len = file.len();
        let (packets, _) = read(file);
        proptest::prop_assert!(packets.iter().map(|p| p.3.len()).sum::<usize>() <= len);
    }
}

/// The unpacker forgets what came in front of a damage with the same call.
#[test]
fn a_damaged_gzip_file_is_read_up_to_the_damage() {
    let mut file = pcap(Order::Little, 0xa1b2_c3d4, 1);
    for n in 0..2000_u32 {
        let byte = |i: u32| (n.wrapping_mul(2_654_435_761) ^ i.wrapping_mul(40_503) >> 7) as u8;
        let bytes: Vec<_> = (0..100).map(byte).collect();
        file.extend(record(Order::Little, n, 0, 100, &bytes));
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&file[..24 + 1000 * 116]).unwrap();
    gzip.flush().unwrap();
    // No block begins so.
    let gzip = [&gzip.get_ref()[..], &[0xff; 100]].concat();
    let (packets, capture) = read(gzip);
    // What a call or two unpacked may be gone: 283 packets each.
    assert!((400..=1000).contains(&packets.len()), "{} packets", packets.len());
    assert!(matches!(kinds(&capture)[..], [FaultKind::Read(_)]), "{:?}", capture.faults());
}
