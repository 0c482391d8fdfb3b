//! Frames that real peers sent: read, described, and written back to the same bytes.
//!
//! msgr1: an MDS of Ceph 16.2.15 to a Linux 6.1 client; msgr2: daemons and libcephfs of Ceph 18.2.7, crc
//! mode. Throw-away clusters.
#![cfg(feature = "alloc")]

use ceph_codec::message::MessageType;
use ceph_codec::msgr::v2::{Control, Revision};
use ceph_codec::msgr::{Checked, Framer, Item, Limits, Start, Step, Terms, Want, Wrapping, v1, v2};
use ceph_codec::types::{EntityName, EntityType};

const V1_FORWARD: &str = "070300000000000000020000000000000019007f000100090000000000000000000000000002020000000000\
    000001000000cc730fd7000000000100000001afec7aca000000000000000028468f006ff6368c05";
const V2_HELLO: &str = "010124000000080000000000000000000000000000000000000000003fbd6b06080101011c0000000200000000\
    0000001000000002000ce40a4f0001000000000000000039bea489";
const V2_AUTH_REQUEST: &str = "02012200000008000000000000000000000000000000000000000000b04e5e08020000000100000001\
    000000120000000a040000000100000030000000000000000076913a38";
const V2_SERVER_IDENT: &str = "0901580000000800000000000000000000000000000000000000000083a1f3e6020100000001010\
    11c00000002000000000000001000000002000ce40a4f0001000000000000000000000000000000000100000000000000fffffdffbfcf01\
    3f000004020002010c010000000000000000000000000000006f96ad76";
const V2_KEEPALIVE2_ACK: &str = "13010800000008000000000000000000000000000000000000000000ec5ee03bfaa5036b4ebaa321\
    55460502";
const V2_GET_MAP: &str = "11012900000008000000000000000000000000000000000000000000af9604f00100000000000000000000\
    000000000005007f00010000000000000000000000000000000301000000073be540";
const V2_FORWARD: &str = "11022900000008000900000008000000000000000000000000000000cc321213040000000000000002000000\
    0000000019007f00010000000000000004000000000000000301000000404344460000000001000000010ef37b608e0000000000000000";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |b: &u8| (*b as char).to_digit(16).unwrap() as u8;
    hex.as_bytes().chunks(2).map(|pair| digit(&pair[0]) << 4 | digit(&pair[1])).collect()
}

/// The one item that these bytes are, in a stream that is in step.
fn item<'b>(stream: &'b [u8], terms: Terms) -> Item<'b> {
    let mut framer = Framer::new(Start::MidStream, Limits::default());
    framer.learn(terms);
    framer.finish();
    match framer.step(stream, |_| Want::Whole) {
        Step::Item { item, used } if used == stream.len() => item,
        other => panic!("{other:?}"),
    }
}

fn v2_control(hex: &str) -> String {
    let stream = bytes(hex);
    let Item::V2(v2::Item::Control(frame)) = item(&stream, Terms::default()) else { panic!() };
    assert!(frame.rest.is_empty());
    let mut again = Vec::new();
    frame.encode(Revision::Rev1, &mut again);
    assert_eq!(again, stream);
    match frame.control {
        Control::Hello(hello) => format!("{} sees {}", hello.entity_type, hello.peer_address),
        Control::AuthRequest(request) => {
            let modes: Vec<_> = request.preferred_modes.iter().collect();
            format!("{} {modes:?} {}", request.method, request.payload.len())
        }
        Control::ServerIdent(ident) => {
            format!("{} {} {:#x}", ident.addresses, ident.number, ident.supported)
        }
        Control::Keepalive2Ack(ack) => ack.timestamp.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn control_frames_of_msgr2() {
    assert_eq!(v2_control(V2_HELLO), "client sees v2:10.79.0.1:3300/0");
    assert_eq!(v2_control(V2_AUTH_REQUEST), "2 [1] 18");
    assert_eq!(v2_control(V2_SERVER_IDENT), "v2:10.79.0.1:3300/0 0 0x3f01cfbffffdffff");
    assert_eq!(v2_control(V2_KEEPALIVE2_ACK), "1795401210.564378190");
}

#[test]
fn messages_of_msgr2() {
    for (hex, kind, front) in [
        (V2_GET_MAP, MessageType::MON_GET_MAP, 0),
        (V2_FORWARD, MessageType::CLIENT_REQUEST_FORWARD, 9),
    ] {
        let stream = bytes(hex);
        let Item::Message(parcel) = item(&stream, Terms::default()) else { panic!() };
        assert_eq!((parcel.header.kind, parcel.header.front_len), (kind, front));
        assert_eq!(parcel.checked, Checked::Right);
        let Wrapping::V2 { header } = parcel.wrapping else { panic!() };
        let mut again = Vec::new();
        let ack = header.ack_seq;
        v2::encode_message(&parcel.header, ack, &parcel.sections, Revision::Rev1, &mut again);
        assert_eq!(again, stream);
    }
}

#[test]
fn a_message_of_msgr1() {
    let stream = bytes(V1_FORWARD);
    let Item::Message(parcel) = item(&stream, Terms::default()) else { panic!() };
    assert_eq!(parcel.header.kind, MessageType::CLIENT_REQUEST_FORWARD);
    assert_eq!(parcel.header.source, Some(EntityName { kind: EntityType::MDS, number: 2 }));
    assert_eq!(parcel.checked, Checked::Right);
    let Wrapping::V1 { footer, .. } = parcel.wrapping else { panic!() };
    assert_eq!(footer.signature(), Some(0x8c36_f66f_008f_4628));
    // But for the signature, our own bytes are the same.
    let mut again = Vec::new();
    v1::encode_message(&parcel.header, &parcel.sections, true, &mut again);
    let signature = stream.len() - 9;
    assert_eq!(again[..signature], stream[..signature]);
    assert_eq!(again.len(), stream.len());
}
