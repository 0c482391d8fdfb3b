use super::*;
use crate::message::{Message, MessageType, Sections};
use crate::types::{
    Address, Caps, DirFrag, EntityName, EntityType, Frag, InodeNo, Rank, Seq, SnapId,
};
use crate::wire::{Encoded, Entry, Envelope, List, Text, Versioned};
use std::string::ToString;
use std::vec::Vec;

const DIR: DirFrag = DirFrag { ino: InodeNo(0x100_0000_0000), frag: Frag(0x0180_0000) };
const CLIENT: i64 = 4130;

fn sections(front: &[u8]) -> Sections<'_> {
    Sections { front, ..Default::default() }
}

fn cap(cap_id: u64) -> Envelope<'static, CapExport<'static>> {
    let issued = Caps::FILE_RD;
    let mut cap = Envelope::<CapExport<'_>>::new(3, 2);
    let exported = ExportedCap { cap_id, issued, seq: Seq(6), mseq: Seq(1), ..Default::default() };
    cap.fields_mut().set_cap(exported).unwrap();
    cap.fields_mut().set_state(2).unwrap();
    cap.set_rest(b"later").unwrap();
    cap
}

fn inode<'a>(ino: u64, exports: ExportedCaps<'a>) -> Envelope<'a, ExportedInode<'a>> {
    let mut caps = Envelope::<AuthCaps<'_>>::new(1, 1);
    caps.fields_mut().set_exports(exports).unwrap();
    let mut inode = Envelope::<ExportedInode<'_>>::new(1, 1);
    inode.fields_mut().set_ino(InodeNo(ino)).unwrap();
    inode.fields_mut().set_last(SnapId::HEAD).unwrap();
    inode.fields_mut().set_state(Versioned { version: 5, compat: 4, bytes: b"state" }).unwrap();
    inode.fields_mut().set_caps(caps).unwrap();
    inode
}

fn dentry<'a>(name: &'a [u8], target: Target<'a>) -> ExportedDentry<'a> {
    let state = Versioned { version: 1, compat: 1, bytes: b"" };
    ExportedDentry { name: Text(name), last: SnapId::HEAD, state, target }
}

fn dir<'a>(frag: DirFrag, names: List<'a, ExportedDentry<'a>>) -> Envelope<'a, ExportedDir<'a>> {
    let mut dir = Envelope::<ExportedDir<'_>>::new(1, 1);
    dir.fields_mut().set_dirfrag(frag).unwrap();
    dir.fields_mut().set_dentries(names).unwrap();
    dir
}

/// Hands a message to `check`: two directories, every kind of name, one client.
fn with_export(check: impl FnOnce(ExportDir<'_>)) {
    let mut buffers = [[0; 1000]; 6];
    let [caps, above, below, data, clients, metadata] = &mut buffers;
    let exports = List::write([Entry { key: CLIENT, value: cap(7) }], caps).unwrap();
    let mut remote = Envelope::<RemoteLink<'_>>::new(2, 1);
    remote.fields_mut().set_ino(InodeNo(9)).unwrap();
    let mut primary = Envelope::<PrimaryLink<'_>>::new(2, 1);
    primary.fields_mut().set_inode(inode(0x100_0000_0001, exports)).unwrap();
    let names = [
        dentry(b"a", Target::Primary(primary)),
        dentry(b"b", Target::Null),
        dentry(b"c", Target::Remote(remote)),
        dentry(b"d", Target::BareRemote(BareRemoteLink { ino: InodeNo(9), d_type: 8 })),
    ];
    let names = List::write(names, above).unwrap();
    let old = dentry(b"e", Target::BarePrimary(inode(0x100_0000_0002, List::default())));
    let below = List::write([old], below).unwrap();
    let sub = DirFrag { ino: InodeNo(0x100_0000_0001), frag: Frag(0) };
    let data = ExportData::write([dir(DIR, names), dir(sub, below)], data).unwrap();

    let name = EntityName { kind: EntityType::CLIENT, number: CLIENT };
    let inst = ClientInst { name, address: Address::default() };
    let mut said = Envelope::<ClientMetadata<'_>>::new(3, 1);
    said.fields_mut().set_features(b"\xff").unwrap();
    let map = ClientMap {
        clients: List::write([Entry { key: CLIENT, value: inst }], clients).unwrap(),
        metadata: List::write([Entry { key: CLIENT, value: said }], metadata).unwrap(),
    };
    let fields = ExportDirFields {
        dirfrag: DIR,
        bounds: List::default(),
        export_data: Encoded::new(data),
        client_map: Encoded::new(map),
    };
    let mut built = ExportDir::new(1, fields);
    built.set_rest(b"newer");
    check(built);
}

#[test]
fn a_built_export_comes_back_with_every_kind_of_name() {
    with_export(|built| {
        let front = built.front_to_vec();
        assert_eq!(ExportDir::decode(1, sections(&front)), Ok(built));
        assert_eq!(built.to_string(), "export(0x10000000000.1*)");
        let inodes: Vec<_> = built.inodes().map(|i| (i.dir, i.name, i.ino, i.last)).collect();
        let sub = DirFrag { ino: InodeNo(0x100_0000_0001), frag: Frag(0) };
        assert_eq!(
            inodes,
            [
                (DIR, Text(b"a"), InodeNo(0x100_0000_0001), SnapId::HEAD),
                (sub, Text(b"e"), InodeNo(0x100_0000_0002), SnapId::HEAD),
            ]
        );
        let caps: Vec<_> = built.inodes().flat_map(|i| i.exports.caps()).collect();
        assert_eq!(caps.len(), 1);
        assert_eq!((caps[0].0, caps[0].1.cap_id, caps[0].1.seq), (CLIENT, 7, Seq(6)));
        assert_eq!(built.clients().map(|(id, _)| id).collect::<Vec<_>>(), [CLIENT]);
    });
}

#[test]
fn every_truncation_is_a_fault() {
    with_export(|built| {
        let front = built.front_to_vec();
        for len in (0..front.len() - built.rest().len()).step_by(crate::testing::STEP) {
            let fault = ExportDir::decode(1, sections(&front[..len])).unwrap_err();
            assert!(fault.at <= len && fault.within == "front", "{len}: {fault}");
        }
    });
}

#[test]
fn a_tree_of_another_form_is_kept() {
    with_export(|built| {
        let mut front = built.front_to_vec();
        // The letter of the first name without anything behind it.
        let letter = front.windows(8).position(|w| w == b"\x01\x01\0\0\0\0N\x01").unwrap() + 6;
        front[letter] = b'X';
        let export = ExportDir::decode(1, sections(&front)).unwrap();
        assert_eq!(export.fields().export_data.content(), None);
        assert_eq!(export.inodes().count(), 0);
        assert_eq!(export.clients().count(), 1);
        assert_eq!(export.front_to_vec(), front);
    });
}

#[test]
fn an_ack_names_the_new_caps() {
    let mut import = Envelope::<CapImport<'_>>::new(1, 1);
    let cap = ImportedCap { cap_id: 12, issue_seq: Seq(1), mseq: Seq(2) };
    import.fields_mut().set_cap(cap).unwrap();
    let mut buffers = [[0; 200]; 3];
    let [one, two, three] = &mut buffers;
    let caps = List::write([Entry { key: CLIENT, value: import }], one).unwrap();
    let inodes = List::write([Entry { key: InodeNo(5), value: caps }], two).unwrap();
    let fields = AckFields { dirfrag: DIR, imported_caps: Encoded::new(inodes) };
    let ack = ExportDirAck::new(1, fields);
    let front = ack.front_to_vec();
    assert_eq!(ExportDirAck::decode(1, sections(&front)), Ok(ack));
    assert_eq!(ack.imports().collect::<Vec<_>>(), [(InodeNo(5), CLIENT, cap)]);
    assert_eq!(ack.to_string(), "export_ack(0x10000000000.1*)");

    let ids = List::write([Entry { key: CLIENT, value: 7 }], three).unwrap();
    let content = CapsAckImports { imports: caps, peer_caps_ids: ids };
    let fields = CapsAckFields { ino: InodeNo(5), cap_bl: Encoded::new(content) };
    let ack = ExportCapsAck::new(1, fields);
    let front = ack.front_to_vec();
    assert_eq!(ExportCapsAck::decode(1, sections(&front)), Ok(ack));
    assert_eq!(ack.imports().collect::<Vec<_>>(), [(CLIENT, cap)]);
    assert_eq!(ack.to_string(), "export_caps_ack(0x5)");
}

#[test]
fn caps_without_a_tree_come_back() {
    let mut buffers = [[0; 200]; 3];
    let [one, two, three] = &mut buffers;
    let mut caps = Envelope::<InodeCaps<'_>>::new(1, 1);
    let exports = List::write([Entry { key: CLIENT, value: cap(7) }], one).unwrap();
    caps.fields_mut().set_exports(exports).unwrap();
    let clients = List::write([Entry { key: CLIENT, value: ClientInst::default() }], two).unwrap();
    let said = Entry { key: CLIENT, value: Envelope::<ClientMetadata<'_>>::new(2, 1) };
    let said = List::write([said], three).unwrap();
    for version in [1, 2] {
        let mut built = ExportCaps::new(version, InodeNo(5), Encoded::new(caps), clients);
        assert_eq!(built.tail_mut().set_client_metadata_map(said).is_ok(), version == 2);
        let front = built.front_to_vec();
        assert_eq!(ExportCaps::decode(version, sections(&front)), Ok(built));
        assert_eq!(built.exports().map(|(id, cap)| (id, cap.cap_id)).next(), Some((CLIENT, 7)));
        assert_eq!(built.to_string(), "export_caps(0x5)");
    }
}

#[test]
fn small_messages_say_what_the_daemons_log() {
    let tree = b"\0\0\0\0\0\x01\0\0\0\0\0\0";
    let auth = b"\x01\0\0\0\xfe\xff\xff\xff\x01\0\0\0\x02\0\0\0";
    for (kind, rest, line) in [
        (0x450, &b"\x01"[..], "export_discover_ack(0x10000000000 success)"),
        (0x450, b"\0", "export_discover_ack(0x10000000000 failure)"),
        (0x451, b"", "export_cancel(0x10000000000)"),
        (0x453, b"\0", "export_prep_ack(0x10000000000 fail)"),
        (
            0x458,
            &[&b"\0"[..], auth, &[0; 4]].concat(),
            "export_notify(0x10000000000 1,-2 -> 1,2 no ack)",
        ),
        (0x459, &auth[..8], "export_notify_ack(0x10000000000)"),
        (0x460, b"\x01", "export_finish(0x10000000000 last)"),
        (0x460, b"\0", "export_finish(0x10000000000)"),
    ] {
        let front = [&tree[..], rest].concat();
        let said = match Message::decode(MessageType(kind), 1, sections(&front)).unwrap() {
            Message::ExportDirDiscoverAck(m) => m.to_string(),
            Message::ExportDirCancel(m) => m.to_string(),
            Message::ExportDirPrepAck(m) => m.to_string(),
            Message::ExportDirNotify(m) => m.to_string(),
            Message::ExportDirNotifyAck(m) => m.to_string(),
            Message::ExportDirFinish(m) => m.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(said, line);
    }
    let gather = GatherCaps::decode(1, sections(b"\x05\0\0\0\0\0\0\0")).unwrap();
    assert_eq!(gather.to_string(), "gather_caps(0x5)");
    assert_eq!(GatherCaps::new(1, GatherCapsFields { ino: InodeNo(5) }), gather);
    let from = Rank(1);
    let path = crate::message::client_request::FilePath {
        encoding: 1,
        ino: InodeNo(1),
        path: Text(b"a/b"),
    };
    let discover = ExportDirDiscover::new(1, DiscoverFields { from, dirfrag: DIR, path });
    assert_eq!(discover.to_string(), "export_discover(0x10000000000.1* #0x1/a/b)");
}
