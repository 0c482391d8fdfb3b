//! How long one MClientCaps takes. The messages are of the sizes that clusters send: no snapshots, a realm of
//! one level with IMPORT, no extended attributes.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use ceph_codec::message::client_caps::{
    Body, CapOp, ClientCaps, Export, ExportPeer, Head, ImportPeer, State,
};
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::types::{Caps, InodeNo, Rank, Seq};
use ceph_codec::{Sink, Span, Value};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A realm without snapshots.
const TRACE: [u8; 48] = [0; 48];

/// The messages to measure: name, and the message.
fn messages() -> [(&'static str, ClientCaps<'static>); 4] {
    let mut head = Head::default();
    head.ino = InodeNo(0x100_0000_0001);
    head.cap_id = 6;
    head.seq = Seq(2);
    head.mseq = Seq(1);
    head.caps = Caps(0xd55);
    head.wanted = Caps(0xd55);
    let state = State { size: 120, max_size: 4 << 20, ..State::default() };
    let peer =
        ExportPeer { cap_id: 9, seq: Seq(1), mseq: Seq(2), mds: Rank(1), ..Default::default() };
    let export = Export { peer, ..Export::default() };
    let message = |op, version, body| {
        let mut head = head;
        head.op = op;
        ClientCaps::new(version, head, body).expect("the body of this operation")
    };

    let mut import = message(CapOp::IMPORT, 11, Body::State(state));
    let peer = ImportPeer { cap_id: 6, seq: Seq(2), ..ImportPeer::default() };
    import.tail_mut().set_import_peer(peer).expect("IMPORT v11 has it");
    import.set_snap_trace(&TRACE).expect("a short trace");

    let mut update = message(CapOp::UPDATE, 12, Body::State(state));
    update.tail_mut().set_fscrypt_file(&[120, 0, 0, 0, 0, 0, 0, 0]).expect("v12 has it");

    [
        ("grant_v11", message(CapOp::GRANT, 11, Body::State(state))),
        ("export_v11", message(CapOp::EXPORT, 11, Body::Export(export))),
        ("import_v11", import),
        ("update_v12", update),
    ]
}

/// The cheapest sink that cannot be optimised away.
struct Counter(u64);

impl Sink for Counter {
    fn field(&mut self, span: Span, _: Value<'_>) {
        self.0 += span.len as u64;
    }
    fn open(&mut self, _: Span) {
        self.0 += 1;
    }
    fn close(&mut self, _: usize) {}
}

/// Runs `work` on every message.
fn each(c: &mut Criterion, name: &str, work: impl Fn(&ClientCaps<'_>, &[u8], &mut [u8])) {
    let mut group = c.benchmark_group(name);
    for (kind, caps) in messages() {
        let front = caps.front_to_vec();
        let mut buffer = vec![0; front.len()];
        group.throughput(Throughput::ElementsAndBytes { elements: 1, bytes: front.len() as u64 });
        group.bench_function(kind, |b| b.iter(|| work(&caps, &front, &mut buffer)));
    }
    group.finish();
}

fn sections(front: &[u8]) -> Sections<'_> {
    Sections { front: black_box(front), ..Sections::default() }
}

fn decode(c: &mut Criterion) {
    let kind = MessageType::CLIENT_CAPS;
    each(c, "decode", |caps, front, _| {
        black_box(&ClientCaps::decode(caps.version(), sections(front)));
    });
    each(c, "decode_message", |caps, front, _| {
        black_box(&Message::decode(black_box(kind), caps.version(), sections(front)));
    });
    each(c, "decode_counting_sink", |caps, front, _| {
        let mut sink = Counter(0);
        black_box(&Message::decode_with(kind, caps.version(), sections(front), &mut sink));
        black_box(sink.0);
    });
}

fn encode(c: &mut Criterion) {
    each(c, "encode", |caps, _, buffer| {
        black_box(&black_box(caps).encode_front(black_box(buffer)));
    });
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
