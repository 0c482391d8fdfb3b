use super::*;
use crate::types::{Caps, InodeNo, SnapId};
use crate::wire::{Entry, Envelope, List, Text};
use std::string::ToString;
use std::vec::Vec;

fn decode(version: u16, data: &[u8]) -> Result<ClientReconnect<'_>, Fault> {
    ClientReconnect::decode(version, Sections { data, ..Default::default() })
}

const CAP: CapReconnect = CapReconnect {
    cap_id: 19,
    wanted: Caps::FILE_RD,
    issued: Caps(0xd55),
    snaprealm: InodeNo(1),
    pathbase: InodeNo(0x1_0000_0000),
};

/// The one cap of these messages, as bytes by hand: path, fixed fields, locks.
fn item(fixed: &str) -> Vec<u8> {
    let mut bytes = b"\x03\0\0\0a/b".to_vec();
    let digits = fixed.split_whitespace().collect::<Vec<_>>().concat();
    for at in (0..digits.len()).step_by(2) {
        bytes.push(u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    }
    bytes
}

fn message(parts: &[&[u8]]) -> Vec<u8> {
    let head = b"\x01\0\0\0\x05\0\0\0\0\x01\0\0";
    [&head[..], &parts.concat()].concat()
}

const FIXED: &str = "1300000000000000 00080000 550d0000 0100000000000000 0000000001000000";

#[test]
fn the_five_versions_say_the_same_of_a_cap() {
    let realm = b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let old = item(
        "1300000000000000 00080000 550d0000 0000000000000000 01000000 00000000 02000000 00000000
         0100000000000000 0000000001000000",
    );
    let locks = b"\x02\0\0\0ab";
    let bare = [&item(FIXED)[..], locks].concat();
    let enveloped = [&b"\x02\x01\x39\0\0\0"[..], &bare, b"\x07\0\0\0\0\0\0\0", b"next"].concat();
    assert_eq!(enveloped.len(), 6 + 0x39);
    let counted = [&b"\x01\0\0\0\x01\x01\x18\0\0\0"[..], realm].concat();
    for (version, data) in [
        (1, message(&[&old, realm])),
        (2, message(&[&bare, realm])),
        (3, message(&[&enveloped, realm])),
        (4, message(&[&enveloped, &counted])),
        (5, message(&[&enveloped, &counted, b"\x01"])),
    ] {
        let reconnect = decode(version, &data).unwrap_or_else(|fault| panic!("{version}: {fault}"));
        let caps: Vec<_> = reconnect.caps().iter().collect();
        assert_eq!(caps.len(), 1, "{version}");
        let held = HeldCap {
            ino: InodeNo(0x100_0000_0005),
            path: Text(b"a/b"),
            cap_id: CAP.cap_id,
            wanted: CAP.wanted,
            issued: CAP.issued,
            snaprealm: CAP.snaprealm,
            pathbase: CAP.pathbase,
            flock: if version < 2 { b"" } else { b"ab" },
            snap_follows: (version > 2).then_some(SnapId(7)),
        };
        assert_eq!(caps[0], held);
        let realms: Vec<_> = reconnect.realms().iter().collect();
        assert_eq!(
            realms,
            [RealmReconnect { ino: InodeNo(1), seq: SnapId(2), ..Default::default() }]
        );
        assert_eq!(reconnect.tail().more(), (version == 5).then_some(1));
        assert_eq!(reconnect.to_string(), "client_reconnect(1 caps 1 realms )");
        assert_eq!(reconnect.data_to_vec(), data, "{version}");
        for len in (0..data.len()).step_by(crate::testing::STEP) {
            let fault = match decode(version, &data[..len]) {
                // Before version 4 nothing says that a realm is missing.
                Ok(cut) => {
                    assert!(version < 4 && cut.realms().is_empty(), "{version} cut to {len}");
                    continue;
                }
                Err(fault) => fault,
            };
            assert!(fault.at <= len && fault.within == "data", "{version}: {fault}");
        }
    }
}

#[test]
fn built_messages_come_back() {
    let mut envelope = Envelope::<CapItem<'_>>::new(2, 1);
    envelope.fields_mut().set_path(Text(b"name")).unwrap();
    envelope.fields_mut().set_cap(CAP).unwrap();
    envelope.fields_mut().set_snap_follows(SnapId(3)).unwrap();
    envelope.set_rest(b"later").unwrap();
    let mut buffer = [0; 200];
    let entry = Entry { key: InodeNo(1), value: envelope };
    let caps = CapItems::Enveloped(List::write([entry, entry], &mut buffer).unwrap());
    let realms = RealmItems::Enveloped(List::default());
    let mut built = ClientReconnect::new(5, caps, realms).unwrap();
    built.tail_mut().set_more(1).unwrap();
    built.set_rest(b"newer").unwrap();
    let data = built.data_to_vec();
    assert_eq!(decode(5, &data), Ok(built));
    assert_eq!(ClientReconnect::new(2, caps, realms), None);
    assert_eq!(ClientReconnect::new(3, caps, realms), None);
}

#[test]
fn a_fault_in_an_envelope_says_where_in_the_section() {
    // The envelope's length ends in the middle of the fixed fields.
    let body = item(FIXED);
    let data = message(&[b"\x01\x01\x10\0\0\0", &body]);
    assert_eq!(
        decode(5, &data).unwrap_err().to_string(),
        "wanted at byte 33 of value: needs 4 bytes, 1 are there"
    );
}
