//! One story in every file format, link type and packing: always the same events.

mod common;

use std::io::Write;

use common::{read, shown};
use fixtures::link::Link;
use fixtures::pcap::{Options, Order};
use fixtures::pcapng::{Resolution, Writer};
use fixtures::scene::Story;
use fixtures::scenes::named_story;

fn story() -> Story {
    named_story("migration-v2").story()
}

/// What must come out, with the times.
fn rows(files: Vec<Vec<u8>>) -> Vec<String> {
    let seen = read(files);
    assert_eq!(seen.report.faults, []);
    let row = |(event, ends): &(_, _)| {
        let event: &ceph_dissect::event::CapEvent = event;
        format!("{} {}", event.place.time.0, shown(event, ends))
    };
    seen.events.iter().map(row).collect()
}

fn plain() -> Vec<String> {
    let rows = rows(vec![fixtures::pcap::write(&story().packets, &Options::default())]);
    assert_eq!(rows.len(), 8);
    rows
}

#[test]
fn pcap_of_every_kind_and_link_type() {
    let want = plain();
    let links = [
        Link::Ethernet,
        Link::Vlan(7),
        Link::DoubleVlan(8, 7),
        Link::Sll,
        Link::Sll2,
        Link::Null,
        Link::Raw,
        Link::Ipv4,
    ];
    for link in links {
        for order in [Order::Little, Order::Big] {
            for nanos in [false, true] {
                let options = Options { link, order, nanos, ..Options::default() };
                let file = fixtures::pcap::write(&story().packets, &options);
                assert_eq!(rows(vec![file]), want, "{options:?}");
            }
        }
    }
}

#[test]
fn ipv6_on_every_link_type() {
    let packets = named_story("ipv6").story().packets;
    for link in
        [Link::Ethernet, Link::Vlan(7), Link::Sll, Link::Sll2, Link::Null, Link::Raw, Link::Ipv6]
    {
        let options = Options { link, ..Options::default() };
        let seen = read(vec![fixtures::pcap::write(&packets, &options)]);
        assert_eq!((seen.events.len(), seen.report.pairs), (6, 1), "{link:?}");
    }
}

#[test]
fn pcapng_with_sections_interfaces_and_resolutions() {
    let want = plain();
    let packets = story().packets;
    for order in [Order::Little, Order::Big] {
        let mut writer = Writer::new(order);
        writer.other(5, &[0; 20]);
        let ids = [
            writer.interface(Link::Sll2, Resolution::Default),
            writer.interface(Link::Ethernet, Resolution::Decimal(9)),
            writer.interface(Link::Raw, Resolution::Decimal(6)),
        ];
        let (first, second) = packets.split_at(packets.len() / 2);
        for (i, packet) in first.iter().enumerate() {
            writer.packet(ids[i % 3], packet);
        }
        // The next section counts its interfaces anew, and in the other byte order.
        writer.section(if order == Order::Big { Order::Little } else { Order::Big });
        let vlan = writer.interface(Link::Vlan(9), Resolution::Decimal(9));
        second.iter().for_each(|packet| writer.packet(vlan, packet));
        assert_eq!(rows(vec![writer.finish()]), want, "{order:?}");
    }
}

#[test]
fn a_resolution_in_powers_of_two_is_as_close_as_it_can_be() {
    let packets = story().packets;
    let mut writer = Writer::new(Order::Little);
    let interface = writer.interface(Link::Ethernet, Resolution::Binary(30));
    packets.iter().for_each(|packet| writer.packet(interface, packet));
    let seen = read(vec![writer.finish()]);
    let told = story().told;
    for ((event, _), told) in seen.events.iter().zip(&told) {
        let off = told.time.map(|time| (event.place.time.0 - time).abs());
        assert!(off.is_some_and(|off| off <= 1), "{off:?}");
    }
}

#[test]
fn files_in_order_make_one_capture() {
    let want = plain();
    let packets = story().packets;
    let pcap = |packets: &[_]| fixtures::pcap::write(packets, &Options::default());
    for at in 0..packets.len() {
        let (first, second) = packets.split_at(at);
        let files = vec![pcap(first), fixtures::pcapng::write(second, Link::Sll)];
        assert_eq!(rows(files), want, "cut behind packet {at}");
    }
}

#[test]
fn packed_files_are_known_by_their_bytes() {
    let want = plain();
    let file = fixtures::pcap::write(&story().packets, &Options::default());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&file).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&file[..], 1).unwrap();
    assert_eq!(rows(vec![gzip.clone()]), want);
    assert_eq!(rows(vec![zstd]), want);
    assert_eq!(rows(vec![[gzip, Vec::new()].concat()]), want);
}

#[test]
fn a_link_type_that_is_not_known_is_said_and_counted() {
    let options = Options { link: Link::Other(147), ..Options::default() };
    let seen = read(vec![fixtures::pcap::write(&story().packets, &options)]);
    assert_eq!(seen.events.len(), 0);
    assert_eq!(seen.report.faults.len(), 1);
    assert!(seen.report.faults[0].to_string().contains("147"), "{}", seen.report.faults[0]);
}

#[test]
fn a_short_snap_length_costs_messages_and_certainty() {
    let packets = named_story("importer-silent").story().packets;
    for snaplen in [54, 96, 128, 200] {
        let options = Options { snaplen, ..Options::default() };
        let seen = read(vec![fixtures::pcap::write(&packets, &options)]);
        let certain = seen.report.findings.iter().filter(|f| f.doubt.is_none()).count();
        assert_eq!(certain, 0, "snaplen {snaplen}");
    }
}

#[test]
fn every_cut_of_a_file_gives_the_whole_messages_before_it() {
    let packets = story().packets;
    let want = plain();
    let file = fixtures::pcap::write(&packets, &Options::default());
    // Where each packet's record ends: up to there it is whole.
    let mut ends = Vec::new();
    let mut at = 24;
    for packet in &packets {
        at += 16 + 14 + packet.ip.len();
        ends.push((at, packet.time));
    }
    assert_eq!(at, file.len());
    let time = |row: &String| row.split(' ').next().and_then(|t| t.parse::<i64>().ok());
    for cut in 0..file.len() {
        let seen = read(vec![file[..cut].to_vec()]);
        let until = ends.iter().take_while(|(end, _)| *end <= cut).last().map(|(_, time)| *time);
        let whole = want.iter().take_while(|row| time(row) <= until).count();
        assert_eq!(seen.events.len(), whole, "cut at {cut}");
        let clean = cut == 24 || ends.iter().any(|(end, _)| *end == cut);
        assert_eq!(seen.report.faults.is_empty(), clean, "cut at {cut}: {:?}", seen.report.faults);
    }
}

#[test]
fn every_cut_of_a_pcapng_file_is_survived() {
    let file = fixtures::pcapng::write(&story().packets, Link::Ethernet);
    let mut most = 0;
    for cut in 0..file.len() {
        let seen = read(vec![file[..cut].to_vec()]);
        assert!(seen.events.len() >= most, "cut at {cut}");
        most = seen.events.len();
    }
    assert_eq!(most, 8);
}
