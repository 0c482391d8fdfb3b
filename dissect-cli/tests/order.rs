//! Captures whose two directions were recorded in another order than the wire had them: a mirror port for each,
//! or a network card with several queues.

mod common;

use std::path::Path;

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
