//! What connections leave behind when they are over.

use std::net::{Ipv4Addr, SocketAddr};

use allocation_counter::measure;
use ceph_dissect::capture::{Link, Packet};
use ceph_dissect::pipeline::Pipeline;
use ceph_dissect::place::{Place, Time};
use ceph_dissect::stream::{Limits, Streams};
use fixtures::ip;
use fixtures::msgr::Protocol;
use fixtures::scene::Scene;
use fixtures::tcp::{MILLI, Side, Tcp};

/// Of that many connections it is measured what each leaves behind; a power of two, so that tables are as full at
/// the end as at the beginning.
const MANY: u32 = 1 << 8;

/// Reads packets; those who followed more than a few connections at a time have given them up.
fn read(packets: impl Iterator<Item = ip::Packet>) -> Pipeline {
    let mut pipeline = Pipeline::default();
    pipeline.front.streams = Streams::with_limits(Limits { max_live: 4, ..Limits::default() });
    for (index, packet) in packets.enumerate() {
        let place = Place { file: 0, frame: index as u64 + 1, time: Time(packet.time) };
        let orig_len = packet.ip.len() as u32;
        let packet = Packet { place, link: Link::RAW, orig_len, bytes: &packet.ip };
        pipeline.push(&packet, &mut |_, _, _| {});
    }
    pipeline
}

/// Bytes in memory for each of the connections that `talk` makes, after they are over.
fn each<I: Iterator<Item = ip::Packet>>(talk: impl Fn(u32) -> I) -> i64 {
    let of = |many: u32| {
        let mut pipeline = None;
        let used = measure(|| pipeline = Some(read(talk(many))));
        let opened = pipeline.map_or(0, |pipeline| pipeline.front.streams.conns().numbers());
        assert_eq!(opened, many as usize);
        used.bytes_current
    };
    (of(2 * MANY) - of(MANY)) / i64::from(MANY)
}

/// Connections to a port, one after the other, on which this is said.
fn foreign(many: u32, port: u16, say: impl Fn(&mut Tcp, i64)) -> impl Iterator<Item = ip::Packet> {
    (0..many).flat_map(move |n| {
        let host = Ipv4Addr::from_bits(0x0a00_0000 + n / 60_000);
        let a = SocketAddr::from((host, 1024 + (n % 60_000) as u16));
        let mut tcp = Tcp::new(a, SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        say(&mut tcp, 1_000_000_000 + i64::from(n) * 100 * MILLI);
        tcp.finish()
    })
}

#[test]
fn connections_that_are_not_cephs_leave_next_to_nothing() {
    let web = |tcp: &mut Tcp, at| {
        tcp.open(at);
        tcp.send(at + MILLI, Side::A, b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
        tcp.send(at + 2 * MILLI, Side::B, &[b'x'; 3000]);
        tcp.fin(at + 3 * MILLI, Side::A);
        tcp.fin(at + 4 * MILLI, Side::B);
    };
    let middle = |tcp: &mut Tcp, at| {
        tcp.send(at, Side::B, &[b'y'; 2000]);
        tcp.send(at + MILLI, Side::A, b"more of the same");
    };
    let refused = |tcp: &mut Tcp, at| tcp.rst(at, Side::B);
    // The address of whoever opened it begins so.
    let is_opener = |packet: &ip::Packet| packet.ip.get(12) == Some(&10);
    let measured = [
        ("whole", each(|many| foreign(many, 80, web))),
        ("from the middle", each(|many| foreign(many, 6800, middle))),
        ("refused", each(|many| foreign(many, 6789, refused))),
        ("one direction", each(|many| foreign(many, 80, web).filter(is_opener))),
        ("the other one", each(|many| foreign(many, 80, web).filter(|p| !is_opener(p)))),
        ("one end of the middle", each(|many| foreign(many, 3300, middle).filter(is_opener))),
    ];
    println!("{measured:?}");
    for (what, bytes) in measured {
        assert!(bytes <= 24, "{what}: {bytes} bytes for each");
    }
}

#[test]
fn what_a_connection_of_cephs_leaves_is_known() {
    for protocol in [Protocol::V1, Protocol::V2] {
        for (session, most) in [(false, 1600), (true, 3200)] {
            let bytes = each(|many| {
                let mut scene = Scene::new(protocol);
                for _ in 0..many {
                    match session {
                        false => scene.connect(4000, 0),
                        true => scene.open(4000, 0),
                    }
                    scene.hang_up(4000, 0);
                }
                scene.finish().packets.into_iter()
            });
            println!("{protocol:?}, session {session}: {bytes} bytes for each");
            assert!(bytes <= most, "{protocol:?}, session {session}: {bytes} bytes for each");
        }
    }
}
