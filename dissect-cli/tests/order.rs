//! Captures whose two directions were recorded in another order than the wire had them: a mirror port for each,
//! or a network card with several queues.

mod common;

use std::path::Path;

use ceph_codec::message::client_session::SessionOp;
use fixtures::msgr::Protocol;
use fixtures::scene::Scene;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Ethernet, IPv4 without options.
const PORTS: usize = RECORD_HEADER + 14 + 20;

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// The capture with every packet that a daemon sent `shift` microseconds later, in the order of time.
fn shifted(file: &[u8], shift: i64) -> Vec<u8> {
    let (head, mut rest) = file.split_at(FILE_HEADER);
    let fraction = if number(head, 0) == 0xa1b2_3c4d { 1_000_000_000 } else { 1_000_000 };
    let mut records = Vec::new();
    while rest.len() >= RECORD_HEADER {
        let (record, behind) = rest.split_at(RECORD_HEADER + number(rest, 8) as usize);
        rest = behind;
        let port = record.get(PORTS..PORTS + 2).map_or(0, |p| u16::from_be_bytes([p[0], p[1]]));
        let daemon = matches!(port, 3300 | 6789 | 6800..=7568);
        let mut time = i64::from(number(record, 0)) * fraction + i64::from(number(record, 4));
        if daemon {
            time += shift * fraction / 1_000_000;
        }
        let mut record = record.to_vec();
        record[..4].copy_from_slice(&u32::try_from(time / fraction).unwrap().to_le_bytes());
        record[4..8].copy_from_slice(&u32::try_from(time % fraction).unwrap().to_le_bytes());
        records.push((time, record));
    }
    records.sort_by_key(|(time, _)| *time);
    records.iter().fold(head.to_vec(), |mut file, (_, record)| {
        file.extend_from_slice(record);
        file
    })
}

#[test]
fn what_rests_on_an_order_that_is_not_the_wires_is_never_certain() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/v1-healthy.pcap");
    let file = std::fs::read(path).unwrap();
    let mut doubtful = 0;
    for shift in [-20_000, -2000, -500, -100, 0, 20, 100, 500, 2000, 20_000] {
        let report = common::read(vec![shifted(&file, shift)]).report;
        for finding in &report.findings {
            assert!(!finding.is_certain_fault(), "{shift} us: {finding:#?}");
        }
        assert!(shift != 0 || report.stream.inverted == 0, "in order as it is");
        assert!(shift.abs() < 500 || report.stream.inverted > 10, "{shift} us goes unnoticed");
        doubtful += report.findings.iter().filter(|finding| finding.doubt.is_some()).count();
    }
    assert!(doubtful > 0, "nothing was upset by any of it: the test shows nothing");
}

/// A pcapng file of one byte order without the packets that `lost` names by number and source port.
fn without(file: &[u8], lost: impl Fn(u64, u16) -> bool) -> Vec<u8> {
    const PACKET: u32 = 6;
    const BLOCK_PORTS: usize = 28 + 14 + 20;
    let (mut rest, mut kept, mut frame) = (file, Vec::new(), 0);
    while rest.len() >= 12 {
        let (block, behind) = rest.split_at(number(rest, 4) as usize);
        rest = behind;
        let is_packet = number(block, 0) == PACKET;
        frame += u64::from(is_packet);
        let port = block.get(BLOCK_PORTS..BLOCK_PORTS + 2);
        let port = port.map_or(0, |p| u16::from_be_bytes([p[0], p[1]]));
        if !is_packet || !lost(frame, port) {
            kept.extend_from_slice(block);
        }
    }
    kept
}

/// EXPORTs wait behind a lost packet that the capture never shows acknowledged, while the client reconnects to the
/// importer elsewhere: what became of the caps is what it was.
#[test]
fn what_waits_behind_a_hole_is_not_taken_for_what_comes_after_it() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/crc-importer-crash.pcapng");
    let file = std::fs::read(path).unwrap();
    let became = |file: Vec<u8>| {
        let report = common::read(vec![file]).report;
        let lone = report.findings.iter().filter(|f| f.code == "export-without-import");
        let mut all: Vec<_> = lone
            .filter_map(|f| Some((f.ino?.0, f.ends.client, f.resolution, f.evidence.len())))
            .collect();
        all.sort_unstable_by_key(|(ino, client, ..)| (*ino, *client));
        (all, report.stream)
    };
    let (whole, _) = became(without(&file, |_, _| false));
    assert_eq!(whole.len(), 9);
    // The client's end of its connection to the exporter.
    let client = 47_502;
    let (damaged, stream) = became(without(&file, |frame, port| {
        frame == 1415 || port == client && (1415..1900).contains(&frame)
    }));
    assert!(stream.gaps > 0, "nothing was lost: the test shows nothing");
    assert_eq!(damaged, whole);
}

/// The packets of a pcap file, and the file's header.
fn records(file: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (head, mut rest) = file.split_at(FILE_HEADER);
    let mut records = Vec::new();
    while rest.len() >= RECORD_HEADER {
        let (record, behind) = rest.split_at(RECORD_HEADER + number(rest, 8) as usize);
        records.push(record);
        rest = behind;
    }
    (head, records)
}

/// The ends of the connection of a packet of TCP, the lower one first.
fn ends(record: &[u8]) -> Option<[&[u8]; 4]> {
    let (ip, tcp) = (RECORD_HEADER + 14, PORTS);
    let is_tcp = record.get(ip..tcp + 20)?[9] == 6;
    let [a, b] = [12, 16].map(|at| &record[ip + at..ip + at + 4]);
    let [p, q] = [0, 2].map(|at| &record[tcp + at..tcp + at + 2]);
    is_tcp.then_some(if (a, p) < (b, q) { [a, p, b, q] } else { [b, q, a, p] })
}

/// Every cap event with its time, in the order in which they are told, and the codes of what is certain.
fn told(file: Vec<u8>) -> (Vec<(i64, String)>, Vec<&'static str>) {
    let seen = common::read(vec![file]);
    let shown = |(event, ends): &(_, _)| common::shown(event, ends);
    let events = seen.events.iter().map(|event| (event.0.place.time.0, shown(event))).collect();
    let certain = seen.report.findings.iter().filter(|finding| finding.doubt.is_none());
    (events, certain.map(|finding| finding.code).collect())
}

/// Whatever packet of its beginning a connection lacks: what is there is told where it was, in its order, and nothing
/// is certain that is not so without the loss.
#[test]
fn a_lost_packet_of_a_beginning_moves_nothing() {
    /// As long as handshakes are, and some more.
    const BEGINNING: usize = 14;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/v1-healthy.pcap");
    let file = std::fs::read(path).unwrap();
    let (head, all) = records(&file);
    let (whole, certain) = told(file.clone());
    assert!(whole.len() > 300 && certain.is_empty());
    let (mut seen, mut lost) = (std::collections::HashMap::new(), 0);
    for (index, record) in all.iter().enumerate() {
        let Some(ends) = ends(record) else { continue };
        let count = seen.entry(ends).or_insert(0);
        *count += 1;
        if *count > BEGINNING {
            continue;
        }
        lost += 1;
        let rest = [&all[..index], &all[index + 1..]].concat();
        let (events, certain) = told([&[head][..], &rest].concat().concat());
        assert!(certain.is_empty(), "without {}: {certain:?}", index + 1);
        // One packet may have held a message or two.
        assert!(events.len() + 3 > whole.len(), "without {}", index + 1);
        let mut left = whole.iter();
        for event in &events {
            let found = left.any(|whole| whole == event);
            assert!(found, "without {}: {event:?} is not where it was", index + 1);
        }
    }
    assert!(lost > 200, "{lost}");
}

/// The first packets of what a daemon said on a connection are missing, its SYN's answer among them; those of its client
/// are there. That is a hole, of as many bytes as the client acknowledged, and nothing is certain that was not so before.
#[test]
fn a_direction_that_begins_late_has_a_hole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/v1-healthy.pcap");
    let file = std::fs::read(path).unwrap();
    let (head, all) = records(&file);
    let is_answer = |record: &[u8]| ends(record).is_some() && record[PORTS + 13] & 0x12 == 0x12;
    let port = |record: &[u8], at| u16::from_be_bytes([record[PORTS + at], record[PORTS + at + 1]]);
    let daemons = 6800..=7568;
    let answers = all.iter().filter(|record| is_answer(record));
    let flows: Vec<_> = answers.map(|r| (port(r, 0), port(r, 2))).collect();
    let mut longest = 0;
    for (from, to) in flows.into_iter().filter(|(from, _)| daemons.contains(from)) {
        let says = |record: &[u8]| {
            ends(record).is_some() && (port(record, 0), port(record, 2)) == (from, to)
        };
        let len = |record: &[u8]| record.len() - PORTS - 4 * usize::from(record[PORTS + 12] >> 4);
        for lost in [1, 2, 5, 20, 60] {
            let (mut gone, mut bytes, mut behind) = (0, 0, 0);
            let rest = all.iter().filter(|record| {
                let is_lost = says(record) && gone < lost;
                gone += usize::from(is_lost);
                bytes += if is_lost { len(record) } else { 0 };
                behind += if says(record) && !is_lost { len(record) } else { 0 };
                !is_lost
            });
            let kept: Vec<_> = std::iter::once(head).chain(rest.copied()).collect();
            let report = common::read(vec![kept.concat()]).report;
            for finding in &report.findings {
                assert!(!finding.is_certain_fault(), "{from} to {to}, {lost} lost: {finding:#?}");
            }
            // Of a direction of which nothing is left it is told that nothing is.
            if behind > 0 {
                assert_eq!(report.stream.gap_bytes as usize, bytes, "{from} to {to}, {lost} lost");
                longest = longest.max(bytes);
            }
        }
    }
    assert!(longest > 5000, "{longest}");
}

/// The answer to a SYN is written down when the messengers have long begun to talk.
#[test]
fn a_late_answer_to_a_syn_moves_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/v1-healthy.pcap");
    let file = std::fs::read(path).unwrap();
    let (head, all) = records(&file);
    let (whole, _) = told(file.clone());
    let is_answer = |record: &[u8]| ends(record).is_some() && record[PORTS + 13] & 0x12 == 0x12;
    for behind in [25, 100, 300] {
        let places = all.iter().enumerate().map(|(place, record)| match is_answer(record) {
            true => (place + behind, *record),
            false => (place, *record),
        });
        let mut places: Vec<_> = places.collect();
        places.sort_by_key(|(place, _)| *place);
        let (mut late, mut time, mut moved) = (head.to_vec(), &all[0][..8], 0);
        for (_, record) in places {
            // Only what is late has another time.
            if is_answer(record) {
                moved += 1;
            } else {
                time = &record[..8];
            }
            late.extend_from_slice(time);
            late.extend_from_slice(&record[8..]);
        }
        assert!(moved > 10, "{moved}");
        let (events, certain) = told(late);
        assert!(certain.is_empty(), "{behind} packets: {certain:?}");
        assert_eq!(events, whole, "{behind} packets");
    }
}

/// What asks for a session is written down behind what the rank then sends, and counts.
#[test]
fn a_count_is_in_doubt_where_what_it_begins_with_is_out_of_order() {
    const CLIENT: u64 = 4100;
    const LATE: i64 = 200_000_000;
    let counted = |late: i64| {
        let mut scene = Scene::new(Protocol::V2);
        scene.connect(CLIENT, 0);
        let mut packets = scene.take();
        scene.session(CLIENT, 0, SessionOp::REQUEST_OPEN);
        let mut asked = scene.take();
        let from = asked[0].ip[12..16].to_vec();
        asked.iter_mut().filter(|packet| packet.ip[12..16] == from).for_each(|packet| {
            packet.time += late;
        });
        packets.extend(asked);
        scene.session(CLIENT, 0, SessionOp::OPEN);
        scene.lookup(CLIENT, 0, (1, "dir"), 0x100, "pAsLsXsFs");
        scene.grant(CLIENT, 0, 0x100, "pAsLsXs");
        scene.wait(3000);
        scene.chat(CLIENT, 0);
        scene.flushmsg(CLIENT, 0);
        packets.extend(scene.finish().packets);
        packets.sort_by_key(|packet| packet.time);
        let file = fixtures::pcap::write(&packets, &fixtures::pcap::Options::default());
        let report = common::read(vec![file]).report;
        let found = report.findings.iter().filter(|finding| finding.code == "counted-not-seen");
        found.map(|finding| finding.doubt.is_some()).collect::<Vec<_>>()
    };
    assert!(counted(0).is_empty());
    assert_eq!(counted(LATE), [true]);
}
