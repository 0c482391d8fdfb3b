//! How long a MClientCaps of version 12 takes in a stream of them: found, its checksums verified, decoded. What
//! reads packets and puts streams together is not in it.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use ceph_codec::message::client_caps::{Body, CapOp, ClientCaps, Head, State};
use ceph_codec::message::{Header, Message, MessageType, Sections};
use ceph_codec::msgr::{Framer, Item, Limits, Messenger, Mode, Role, Start, Step, Terms, Want};
use ceph_codec::msgr::{v1, v2};
use ceph_codec::types::{Caps, EntityName, EntityType, InodeNo, Seq};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A realm without snapshots.
const TRACE: [u8; 48] = [0; 48];
const MESSAGES: u64 = 1000;

/// A stream of messages, each written by `encode`.
fn stream(encode: impl Fn(&Header, &Sections<'_>, &mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 1..=MESSAGES {
        let mut head = Head::default();
        head.op = CapOp::GRANT;
        head.ino = InodeNo(0x100_0000_0000 + number);
        head.cap_id = number;
        head.seq = Seq(2);
        head.caps = Caps(0xd55);
        let state = State { size: 120, max_size: 4 << 20, ..State::default() };
        let mut caps = ClientCaps::new(12, head, Body::State(state)).expect("a body of this kind");
        caps.tail_mut().set_fscrypt_file(&[120, 0, 0, 0, 0, 0, 0, 0]).expect("v12 has it");
        caps.set_snap_trace(&TRACE).expect("a short trace");
        let front = caps.front_to_vec();
        let source = EntityName { kind: EntityType::MDS, number: 0 };
        let header = Header {
            seq: number,
            kind: MessageType::CLIENT_CAPS,
            version: 12,
            source: Some(source),
            ..Header::default()
        };
        encode(&header, &Sections { front: &front, ..Sections::default() }, &mut bytes);
    }
    bytes
}

/// Reads the whole stream; answers how many caps were granted.
fn read(framer: &mut Framer, bytes: &[u8]) -> u64 {
    let (mut at, mut granted) = (0, 0);
    while at < bytes.len() {
        match framer.step(&bytes[at..], |_| Want::Whole) {
            Step::Item { item, used } => {
                at += used;
                let Item::Message(parcel) = &item else { panic!("{item:?}") };
                let header = &parcel.header;
                let message = Message::decode(header.kind, header.version, parcel.sections);
                let Ok(Message::ClientCaps(caps)) = &message else { panic!("{message:?}") };
                granted += u64::from(caps.head().op == CapOp::GRANT);
            }
            // Asked for once: the whole stream is there.
            Step::Need(need) => assert!(need <= bytes.len() - at, "{need} at {at}"),
            step => panic!("{step:?}"),
        }
    }
    granted
}

fn streams(c: &mut Criterion) {
    let v1 = stream(|header, sections, out| v1::encode_message(header, sections, true, out));
    let v2 = stream(|header, sections, out| {
        v2::encode_message(header, 0, sections, v2::Revision::Rev1, out);
    });
    let terms = [
        Terms { messenger: Some(Messenger::V1), features: Some(u64::MAX), ..Terms::default() },
        Terms {
            messenger: Some(Messenger::V2),
            revision: Some(v2::Revision::Rev1),
            mode: Some(Mode::Crc),
            role: Some(Role::Acceptor),
            ..Terms::default()
        },
    ];
    let mut group = c.benchmark_group("stream");
    for (name, bytes, terms) in [("msgr1", v1, terms[0]), ("msgr2", v2, terms[1])] {
        group.throughput(Throughput::ElementsAndBytes {
            elements: MESSAGES,
            bytes: bytes.len() as u64,
        });
        group.bench_function(name, |b| {
            let mut framer = Framer::new(Start::MidStream, Limits::default());
            framer.learn(terms);
            b.iter(|| assert_eq!(read(&mut framer, black_box(&bytes)), MESSAGES));
        });
    }
    group.finish();
}

criterion_group!(benches, streams);
criterion_main!(benches);
