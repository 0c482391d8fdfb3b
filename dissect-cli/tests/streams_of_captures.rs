//! Captures of real clusters through the first three stages, against a trivially right model.

use ceph_dissect::capture::Capture;
use ceph_dissect::net::{Net, Segment};
use ceph_dissect::stream::{ConnId, Dir, StreamEvent, Streams, What};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Number of packets that other programs find in the captures.
const PACKETS: [(&str, u64); 18] = [
    ("kernel-crc-importer-crash.pcapng", 909),
    ("kernel-secure-importer-crash.pcap", 747),
    ("kernel-v1.pcap", 4603),
    ("pacific-crc-importer-crash.pcapng", 16355),
    ("pacific-crc-lossy-link.pcap", 4941),
    ("pacific-crc-midstream.pcapng", 12130),
    ("pacific-crc.pcapng", 17650),
    ("pacific-secure.pcap", 17530),
    ("pacific-v1-exporter-crash.pcap", 15968),
    ("pacific-v1-importer-crash.pcap", 21855),
    ("pacific-v1-large.pcap.zst", 318_390),
    ("pacific-v1-midstream.pcap", 11731),
    ("pacific-v1.pcap", 17408),
    ("reef-compress.pcapng", 10919),
    ("reef-crc-importer-crash.pcapng", 3615),
    ("reef-crc-nautilus-clients.pcapng", 7611),
    ("reef-crc.pcapng", 8030),
    ("tentacle-secure.pcapng", 7948),
];

/// The captures that are there, with their number of packets.
fn captures() -> Vec<(PathBuf, u64)> {
    let dir = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/captures"));
    let all = PACKETS.map(|(name, packets)| (dir.join(name), packets));
    let (there, gone): (Vec<_>, Vec<_>) = all.into_iter().partition(|(path, _)| path.exists());
    for (path, _) in gone {
        eprintln!("skipped, not there: {}", path.display());
    }
    there
}

/// Runs all packets for which `keep(frame)` through the stages.
fn run(
    path: &PathBuf,
    keep: impl Fn(u64) -> bool,
    segment: &mut impl FnMut(&Segment<'_>),
    event: &mut impl FnMut(StreamEvent<'_>),
) -> (Capture, Net, Streams) {
    let (mut capture, mut net, mut streams) = (Capture::open([path]), Net::new(), Streams::new());
    while let Some(packet) = capture.next() {
        if keep(packet.place.frame) {
            net.push(&packet, &mut |s| {
                segment(&s);
                streams.push(&s, event);
            });
        }
    }
    net.finish();
    streams.finish(event);
    (capture, net, streams)
}

/// One direction of a connection, byte by byte.
#[derive(Default)]
struct Model {
    base: Option<u32>,
    bytes: Vec<u8>,
    seen: Vec<bool>,
}

impl Model {
    fn add(&mut self, s: &Segment<'_>) {
        let first = s.seq.wrapping_add(s.flags.syn.into());
        let base = *self.base.get_or_insert(first);
        let at = first.wrapping_sub(base);
        // An acknowledgement behind the end, or data from before the capture.
        if s.payload.is_empty() || at > 1 << 30 {
            return;
        }
        let (at, end) = (at as usize, at as usize + s.payload.len());
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
            self.seen.resize(end, false);
        }
        for (i, &byte) in (at..end).zip(s.payload) {
            if !std::mem::replace(&mut self.seen[i], true) {
                self.bytes[i] = byte;
            }
        }
    }
}

#[test]
fn every_byte_of_every_capture_once_and_in_order() {
    for (path, packets) in captures() {
        let name = path.display();
        // By sender, receiver, and which of the connections between them.
        let mut models: HashMap<(SocketAddr, SocketAddr), Vec<Model>> = HashMap::new();
        let mut got: HashMap<(ConnId, Dir), Vec<u8>> = HashMap::new();
        let mut add = |s: &Segment<'_>| {
            let lives = models.entry((s.src, s.dst)).or_insert_with(|| vec![Model::default()]);
            let again = |m: &Model| m.base.is_some_and(|b| b != s.seq.wrapping_add(1));
            if s.flags.syn && lives.last().is_some_and(again) {
                lives.push(Model::default());
            }
            if let Some(model) = lives.last_mut() {
                model.add(s);
            }
        };
        let mut take = |e: StreamEvent<'_>| {
            let stream = got.entry((e.conn, e.dir)).or_default();
            match e.what {
                What::Bytes(bytes) => {
                    assert_eq!(e.offset, stream.len() as u64, "{name}");
                    stream.extend_from_slice(bytes);
                }
                What::Gap(n) => panic!("{name}: {n} bytes lost at {:?}", e.place),
                What::End(_) => {}
            }
        };
        let (capture, net, streams) = run(&path, |_| true, &mut add, &mut take);
        assert_eq!(capture.faults(), [], "{name}");
        assert_eq!(capture.files()[0].packets, packets, "{name}");
        assert_eq!(Some(capture.bytes_read()), capture.bytes_total(), "{name}");
        assert_eq!(net.stats().segments, packets, "{name}");
        let mut lives: HashMap<(SocketAddr, SocketAddr), usize> = HashMap::new();
        for (conn, info) in streams.conns().iter() {
            for dir in [Dir::AToB, Dir::BToA] {
                let (src, dst) = (info.src(dir), info.src(dir.flip()));
                if info.dir(dir).first.is_none() {
                    continue;
                }
                let life = lives.entry((src, dst)).or_default();
                let model = &models[&(src, dst)][*life];
                *life += 1;
                assert!(model.seen.iter().all(|seen| *seen), "{name}: the model has a hole");
                let stream = got.remove(&(conn, dir)).unwrap_or_default();
                assert!(stream == model.bytes, "{name}: {conn:?} {dir:?} differs");
                let (from, to) = (info.dir(dir).first, info.last.time);
                assert!(from.is_some_and(|from| info.covered(dir, from.time, to)), "{name}");
            }
        }
        assert!(got.is_empty(), "{name}");
    }
}

#[test]
fn lost_packets_are_gaps_and_never_wrong_bytes() {
    for (path, _) in
        captures().into_iter().filter(|(p, _)| !p.ends_with("pacific-v1-large.pcap.zst"))
    {
        let name = path.display();
        // The streams as they are, with offsets by sequence number.
        let mut whole: HashMap<(ConnId, Dir), Vec<u8>> = HashMap::new();
        run(&path, |_| true, &mut |_| {}, &mut |e| {
            if let What::Bytes(bytes) = e.what {
                whole.entry((e.conn, e.dir)).or_default().extend_from_slice(bytes);
            }
        });
        // The same with every 40th packet lost: not the first few, so that connections are the same.
        let keep = |frame: u64| frame < 2000 || frame % 40 != 7;
        let (mut bytes_there, mut gap_bytes) = (0, 0);
        let check = &mut |e: StreamEvent<'_>| match e.what {
            What::Bytes(bytes) if e.conn.0 < 20 => {
                let Some(stream) = whole.get(&(e.conn, e.dir)) else {
                    panic!("{name}: bytes out of nowhere");
                };
                let at = e.offset as usize;
                assert!(stream.get(at..at + bytes.len()) == Some(bytes), "{name}: {:?}", e.place);
                bytes_there += bytes.len() as u64;
            }
            What::Gap(n) => gap_bytes += n,
            _ => {}
        };
        let (_, _, streams) = run(&path, keep, &mut |_| {}, check);
        assert_eq!(streams.stats().gap_bytes, gap_bytes, "{name}");
        assert!(streams.stats().held_overflows == 0 && bytes_there > 0, "{name}");
    }
}
