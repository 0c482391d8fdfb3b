//! The part of the corpus that comes out of the recorded captures. Written anew by
//! `cargo test -p ceph-dissect --lib seeds -- --ignored`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ceph_codec::message::{Message, MessageType};
use ceph_codec::msgr::Messenger;

use crate::capture::Capture;
use crate::net::Net;
use crate::session::Sessions;
use crate::stream::{ConnId, Dir, Streams, What};

const CAPTURES: [&str; 3] =
    ["v1-healthy.pcap", "crc-healthy.pcap.zst", "crc-importer-crash.pcapng"];
/// Bytes of a message's front, below which it is taken. A tree that moves is never so short as the others.
const LONGEST: usize = 2000;
const LONGEST_TREE: usize = 4000;
/// Bytes of each direction of a connection.
const STREAM: usize = 1200;
/// Packets of a capture, and bytes of the longest one.
const PACKETS: usize = 30;
const PACKET: usize = 1600;

/// What the seeds are cut out of.
#[derive(Default)]
struct Recorded {
    /// Both directions of the connections, as many bytes as are wanted of them and more.
    streams: BTreeMap<ConnId, [Vec<u8>; 2]>,
    messengers: HashMap<ConnId, Messenger>,
    /// Decoded types: what makes a message different from the others, and its seed.
    messages: BTreeMap<String, Vec<u8>>,
    /// The first message of each type: connection, direction, offset.
    first: BTreeMap<u16, (ConnId, Dir, u64)>,
    packets: Vec<Recording>,
}

struct Recording {
    link: u16,
    orig_len: u32,
    time: i64,
    bytes: Vec<u8>,
    ends: BTreeSet<SocketAddr>,
    /// An EXPORT or IMPORT ends here.
    migrates: bool,
}

fn read(path: PathBuf) -> Recorded {
    let mut all = Recorded::default();
    let mut capture = Capture::open([path]);
    let (mut net, mut streams, mut sessions) =
        (Net::new(), Streams::new(), Sessions::new(|_| true));
    while let Some(packet) = capture.next() {
        let (mut ends, mut migrates) = (BTreeSet::new(), false);
        net.push(&packet, &mut |segment| {
            ends.extend([segment.src, segment.dst]);
            streams.push(&segment, &mut |event| {
                if let What::Bytes(bytes) = event.what {
                    all.streams.entry(event.conn).or_default()[event.dir as usize]
                        .extend_from_slice(bytes);
                }
                sessions.push(&event, &mut |spoken, _| {
                    let Some(envelope) = spoken.envelope() else { return };
                    let (header, front) = (envelope.header, envelope.sections.front);
                    let place = (envelope.conn, envelope.dir, envelope.offset);
                    all.first.entry(header.kind.0).or_insert(place);
                    // One message has everything in its data section.
                    let front = match header.kind {
                        MessageType::CLIENT_RECONNECT => envelope.sections.data,
                        _ => front,
                    };
                    let longest = match header.kind {
                        MessageType::MDS_EXPORT_DIR => LONGEST_TREE,
                        _ => LONGEST,
                    };
                    if !Message::is_decoded(header.kind) || !(4..longest).contains(&front.len()) {
                        return;
                    }
                    let middle = envelope.sections.middle;
                    // In messages between metadata servers the first byte is a part of a number.
                    let op = if header.kind.0 < 0x449 { front[0] } else { 0 };
                    migrates |= header.kind.0 == 0x310 && matches!(op, 3 | 4);
                    let different = format!(
                        "{}-v{}-op{op}{}",
                        header.kind,
                        header.version,
                        if middle.is_empty() { "" } else { "-middle" }
                    );
                    all.messages.entry(different).or_insert_with(|| {
                        let middle_len = (middle.len() as u16).to_le_bytes();
                        let [kind0, kind1] = header.kind.0.to_le_bytes();
                        let head =
                            [kind0, kind1, header.version as u8, middle_len[0], middle_len[1]];
                        [&head, front, middle].concat()
                    });
                });
            });
        });
        let bytes = packet.bytes.to_vec();
        let (link, orig_len, time) = (packet.link.0, packet.orig_len, packet.place.time.0);
        all.packets.push(Recording { link, orig_len, time, bytes, ends, migrates });
    }
    for conn in all.streams.keys() {
        if let Some(messenger) = sessions.talk(*conn).and_then(|talk| talk.messenger) {
            all.messengers.insert(*conn, messenger);
        }
    }
    all
}

/// The input of the messenger targets: flags, operations, both directions.
fn conversation(flags: u8, pieces: &[u16], [a, b]: [&[u8]; 2]) -> Vec<u8> {
    let mut seed = vec![flags, 2 * pieces.len() as u8];
    for piece in pieces {
        let [low, high] = piece.to_le_bytes();
        // The same for either direction.
        seed.extend([0, low, high, 1, low, high]);
    }
    seed.extend((a.len() as u32).to_le_bytes());
    seed.extend_from_slice(a);
    seed.extend_from_slice(b);
    seed
}

/// One block of a pcapng file.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = body.len().next_multiple_of(4) - body.len();
    let len = ((12 + body.len() + padding) as u32).to_le_bytes();
    [&kind.to_le_bytes()[..], &len, body, &[0; 3][..padding], &len].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn pcapng(packets: &[&Recording]) -> Vec<u8> {
    let mut file = block(0x0a0d_0d0a, &words(&[0x1a2b_3c4d, 1, u32::MAX, u32::MAX]));
    file.extend(block(1, &words(&[packets[0].link.into(), 0])));
    for packet in packets {
        let micros = packet.time / 1000;
        let len = packet.bytes.len() as u32;
        let mut body = words(&[0, (micros >> 32) as u32, micros as u32, len, packet.orig_len]);
        body.extend_from_slice(&packet.bytes);
        file.extend(block(6, &body));
    }
    file
}

/// Nanoseconds. With `bare`, packets begin with their IP header.
fn pcap(packets: &[&Recording], bare: bool) -> Vec<u8> {
    let link = if bare { 101 } else { packets[0].link.into() };
    let mut file = words(&[0xa1b2_3c4d, 4 << 16 | 2, 0, 0, 65535, link]);
    for packet in packets {
        let cut = match packet.link {
            1 if bare => 14,
            113 if bare => 16,
            276 if bare => 20,
            _ => 0,
        };
        let bytes = &packet.bytes[cut.min(packet.bytes.len())..];
        let (seconds, nanos) = (packet.time / 1_000_000_000, packet.time % 1_000_000_000);
        let orig_len = packet.orig_len - cut as u32;
        file.extend(words(&[seconds as u32, nanos as u32, bytes.len() as u32, orig_len]));
        file.extend_from_slice(bytes);
    }
    file
}

/// A capture for the target of files: in pieces of 4 bytes, and without an error.
fn file(name: &str, capture: &[u8]) {
    put("pipeline", name, capture);
    if capture.len() < 4000 {
        put("capture", name, &[&[6, 0], capture].concat());
    }
}

/// The input for reassembly: flags, both initial sequence numbers, the length, five bytes for each segment.
fn segments(flags: u8, segments: &[[u8; 5]]) -> Vec<u8> {
    let head = [flags, 0xf0, 0xff, 0xff, 0xff, 1, 0, 0, 0, 25];
    [&head[..], &segments.concat()].concat()
}

fn put_segments() {
    // In order, each direction in pieces of 50 bytes, then FINs; backwards; with overlaps; with acknowledgements,
    // one piece cut off and one lost.
    let pieces = || (0..4).flat_map(|i| [0, 1].map(|side| [side, 50 * i, 0, 50, 0]));
    let fins = [0, 1].map(|side| [0x0e | side, 200, 0, 0, 0]);
    let in_order: Vec<_> = pieces().chain(fins).collect();
    let backwards: Vec<_> = in_order.iter().rev().copied().collect();
    let overlaps: Vec<_> = pieces().map(|[side, at, ..]| [side, at / 2, 0, 90, 0]).collect();
    let acks = (0..4).flat_map(|i| [[0, 50 * i, 0, 50, 1], [3, 0, 0, 0, 6 * (i + 1)]]);
    let lost = acks.clone().chain([[0x0a, 10, 0, 10, 0], [6, 20, 0, 30, 20], [8, 0, 0, 0, 255]]);
    for (name, flags, ops) in [
        ("in-order", 0, in_order),
        ("backwards", 0, backwards.clone()),
        ("overlaps", 0, overlaps),
        ("acknowledged", 1, acks.collect()),
        ("lost", 1, lost.collect()),
        // Either SYN comes later, the one that answers first.
        ("late-syns", 1 << 5 | 3 << 2, backwards.clone()),
        ("any", 2, backwards),
    ] {
        put("reassembly", name, &segments(flags, &ops));
    }
}

/// Puts a seed where its target finds it.
fn put(target: &str, name: &str, seed: &[u8]) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join(format!("seed-{name}")), seed).unwrap();
}

#[test]
#[ignore = "writes fuzz/corpus"]
fn seeds() {
    let mut messages = BTreeMap::new();
    for capture in CAPTURES {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data");
        let all = read(data.join(capture));
        let name = capture.split('.').next().unwrap_or_default();
        messages.extend(all.messages.clone());
        put_streams(name, &all);
        put_captures(name, &all);
    }
    put_segments();
    for (different, seed) in messages {
        put("message", &different, &seed);
    }
}

fn put_streams(name: &str, all: &Recorded) {
    let target = |conn| match all.messengers.get(conn) {
        Some(Messenger::V1) => Some("msgr1"),
        Some(Messenger::V2) => Some("msgr2"),
        None => None,
    };
    let none = Default::default();
    // How connections begin: one for each type of message that is the first of its kind there.
    let conns: BTreeSet<_> = all.first.values().map(|(conn, ..)| *conn).collect();
    for (i, conn) in conns.iter().take(5).enumerate() {
        let Some(target) = target(conn) else { continue };
        let [a, b] = all.streams.get(conn).unwrap_or(&none);
        let both = [&a[..a.len().min(STREAM)], &b[..b.len().min(STREAM)]];
        let name = format!("{name}-opening-{i}");
        put(target, &name, &conversation(0x4c, &[9, 100, 30, 300], both));
        put(target, &format!("{name}-pieces"), &conversation(0x8c, &[9, 100, 30], both));
    }
    // Messages in the middle, each with the bytes before and behind it.
    for (kind, (conn, dir, offset)) in all.first.iter().step_by(4) {
        let Some(target) = target(conn) else { continue };
        let stream = &all.streams.get(conn).unwrap_or(&none)[*dir as usize];
        let from = (*offset as usize).saturating_sub(20).min(stream.len());
        let cut = &stream[from..stream.len().min(from + 500)];
        put(target, &format!("{name}-middle-{kind:x}"), &conversation(0x2e, &[50], [cut, &[]]));
    }
}

fn put_captures(name: &str, all: &Recorded) {
    let short = |packet: &&Recording| packet.bytes.len() <= PACKET && packet.ends.len() == 2;
    let migrations = all.packets.iter().filter(|packet| packet.migrates);
    let ends: BTreeSet<_> = migrations.map(|packet| &packet.ends).collect();
    // Connections on which capabilities migrate: how they begin.
    for (i, ends) in ends.iter().take(2).enumerate() {
        let of = |packet: &&Recording| packet.ends == **ends;
        let packets: Vec<_> = all.packets.iter().filter(of).filter(short).take(PACKETS).collect();
        file(&format!("{name}-opening-{i}.pcap"), &pcap(&packets, i == 1));
    }
    // A migration, on all connections that have some; the same packed.
    let Some(first) = all.packets.iter().position(|packet| packet.migrates) else { return };
    let of = |packet: &&Recording| ends.contains(&packet.ends);
    let from = first.saturating_sub(PACKETS);
    let packets: Vec<_> =
        all.packets[from..].iter().filter(of).filter(short).take(2 * PACKETS).collect();
    file(&format!("{name}-migration.pcapng"), &pcapng(&packets));
    let few = pcap(&packets[..packets.len().min(8)], false);
    put("capture", &format!("{name}.pcapng"), &[&[6, 0], &pcapng(&packets[..4])[..]].concat());
    put("capture", &format!("{name}.pcap"), &[&[7, 9], &pcap(&packets[..4], false)[..]].concat());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&few).unwrap();
    file(&format!("{name}.pcap.gz"), &gzip.finish().unwrap());
    file(&format!("{name}.pcap.zst"), &zstd::encode_all(&few[..], 19).unwrap());
}
