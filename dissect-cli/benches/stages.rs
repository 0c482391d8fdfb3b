//! How long the stages take, each with all in front of it: what one adds is the difference to the line before.
//!
//! The captures are those of `fixtures::load`: caps alone, full segments; and file data with a few caps.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;
use std::io::{Cursor, Read};
use std::time::Duration;

use ceph_dissect::capture::{Capture, Limits, Packet};
use ceph_dissect::event::Reader;
use ceph_dissect::net::Net;
use ceph_dissect::pipeline::{Front, Pipeline};
use ceph_dissect::stream::Streams;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixtures::load::{self, Load};
use fixtures::msgr::Protocol;

/// Hands all packets of a capture on.
fn each(file: &'static [u8], mut push: impl FnMut(&Packet<'_>)) {
    let input: Box<dyn Read + Send> = Box::new(Cursor::new(file));
    let mut capture = Capture::from_readers([("load".to_owned(), input)], Limits::default());
    while let Some(packet) = capture.next() {
        push(&packet);
    }
}

fn segments(file: &'static [u8]) {
    let mut net = Net::new();
    each(file, |packet| net.push(packet, &mut |segment| _ = black_box(segment.seq)));
}

fn streams(file: &'static [u8]) {
    let (mut net, mut streams) = (Net::new(), Streams::new());
    each(file, |packet| {
        net.push(packet, &mut |segment| {
            streams.push(&segment, &mut |event| _ = black_box(event.offset));
        });
    });
}

fn heads(file: &'static [u8]) {
    let mut front = Front::new(|_| false);
    each(file, |packet| front.push(packet, &mut |spoken, _| _ = black_box(spoken.offset)));
}

fn messages(file: &'static [u8]) {
    let mut front = Front::new(Reader::wants);
    each(file, |packet| front.push(packet, &mut |spoken, _| _ = black_box(spoken.offset)));
}

/// Answers how many.
fn events(file: &'static [u8]) -> u64 {
    let (mut front, mut reader, mut count) = (Front::new(Reader::wants), Reader::default(), 0);
    each(file, |packet| {
        front.push(packet, &mut |spoken, who| {
            if let Some(envelope) = spoken.envelope().filter(|e| Reader::wants(e.header.kind)) {
                reader.push(&envelope, who, &mut |event, _, _| {
                    black_box(event.at());
                    count += 1;
                });
            }
        });
    });
    count
}

fn story(file: &'static [u8]) {
    let mut pipeline = Pipeline::default();
    each(file, |packet| pipeline.push(packet, &mut |_, _, _| {}));
    black_box(pipeline.caps.migrations.pairs());
}

fn stages(c: &mut Criterion) {
    for (name, load, protocol, bytes) in [
        ("caps_v1", Load::Caps, Protocol::V1, 40_000_000),
        ("caps_v2", Load::Caps, Protocol::V2, 40_000_000),
        ("data_v1", Load::Data, Protocol::V1, 40_000_000),
    ] {
        let mut file = Vec::new();
        load::write(load, protocol, bytes, &mut file).expect("a vector takes everything");
        // Readers own what they read; there are three of these.
        let file: &'static [u8] = file.leak();
        let mut group = c.benchmark_group(name);
        // Elements are cap events.
        group.throughput(Throughput::ElementsAndBytes {
            elements: events(file),
            bytes: file.len() as u64,
        });
        group.sample_size(10).measurement_time(Duration::from_secs(2));
        group.bench_function("capture", |b| b.iter(|| each(file, |p| _ = black_box(p.orig_len))));
        group.bench_function("net", |b| b.iter(|| segments(file)));
        group.bench_function("stream", |b| b.iter(|| streams(file)));
        group.bench_function("session_heads", |b| b.iter(|| heads(file)));
        group.bench_function("session", |b| b.iter(|| messages(file)));
        group.bench_function("event", |b| b.iter(|| events(file)));
        group.bench_function("caps", |b| b.iter(|| story(file)));
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
