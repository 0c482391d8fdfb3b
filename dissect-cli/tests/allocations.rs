//! What reading allocates once it has met everybody: nothing for a packet, nothing for a message.

use allocation_counter::measure;
use ceph_dissect::capture::{Capture, Limits};
use ceph_dissect::pipeline::Pipeline;
use fixtures::load::{self, Load};
use fixtures::msgr::Protocol;

/// Reads a capture; answers packets and allocations of its second half.
fn second_half(file: &[u8]) -> (u64, u64) {
    let read = |until: u64| {
        let mut packets = 0;
        let used = measure(|| {
            let input: Box<dyn std::io::Read + Send> =
                Box::new(std::io::Cursor::new(file.to_vec()));
            let mut capture =
                Capture::from_readers([("load".to_owned(), input)], Limits::default());
            let mut pipeline = Pipeline::default();
            while packets < until
                && let Some(packet) = capture.next()
            {
                pipeline.push(&packet, &mut |_, _, _| {});
                packets += 1;
            }
        });
        (packets, used.count_total)
    };
    let (all, of_all) = read(u64::MAX);
    let (half, of_half) = read(all / 2);
    (all - half, of_all - of_half)
}

#[test]
fn in_steady_state_nothing_is_allocated() {
    for (load, bytes) in [(Load::Data, 60_000_000), (Load::Caps, 40_000_000)] {
        for protocol in [Protocol::V1, Protocol::V2] {
            let mut file = Vec::new();
            load::write(load, protocol, bytes, &mut file).unwrap();
            let (packets, allocations) = second_half(&file);
            println!("{load:?} {protocol:?}: {allocations} allocations for {packets} packets");
            assert!(packets > 10_000);
            // What is left is tables that still grow now and then, by doubling.
            assert!(allocations < packets / 1000, "{load:?} {protocol:?}: {allocations}");
        }
    }
}
