use std::collections::BTreeSet;
use std::path::Path;

use ceph_codec::message::client_reply::Encoding;
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::{Sink, Span, Value};

use super::aliases::{ALIASES, WIRESHARK};
use super::*;

fn field(name: &str) -> &'static Field {
    Registry::get().find(name).unwrap_or_else(|| panic!("no field {name}"))
}

#[test]
fn fields_have_the_names_that_people_look_for() {
    for (name, ty, place) in [
        ("caps.op", "named", "caps.head.op"),
        ("caps.ino", "ino", "caps.head.ino"),
        ("caps.mseq", "uint", "caps.head.mseq"),
        ("caps.caps", "caps", "caps.head.caps"),
        ("caps.size", "uint", "caps.state.size"),
        ("caps.snap_trace.ino", "ino", "caps.snap_trace.item.info.head.ino"),
        ("caps.flags", "uint", "caps.flags"),
        ("session.op", "named", "session.head.op"),
        ("request.op", "named", "request.head.op"),
        ("request.path", "text", "request.path.path"),
        ("request.open.flags", "uint", "request.args.open.flags"),
        ("request.gids", "uint", "request.gids.item"),
        ("reply.result", "int", "reply.head.result"),
        ("reply.target.cap.cap_id", "uint", "reply.trace.target.head.cap.cap_id"),
        ("reply.target.version", "uint", "reply.trace.target.head.version"),
        ("reply.entry.dname", "text", "reply.extra.entry.dname"),
        ("reply.extra", "bytes", "reply.extra.extra"),
        ("reconnect.ino", "ino", "reconnect.caps.item.key"),
        ("release.cap_id", "uint", "release.items.item.cap_id"),
        ("quota.max_bytes", "int", "quota.fields.quota.max_bytes"),
        ("mdsmap.infos.state", "named", "mdsmap.encoded.map.infos.item.value.state"),
        ("mdsmap.damaged", "int", "mdsmap.encoded.map.damaged.item"),
        (
            "export_dir.inode.ino",
            "ino",
            "export_dir.fields.export_data.content.item.dentries.item.target.primary.inode.ino",
        ),
        (
            "export_caps_ack.cap.mseq",
            "uint",
            "export_caps_ack.fields.cap_bl.content.imports.item.value.cap.mseq",
        ),
    ] {
        let found = field(name);
        assert_eq!((found.name.as_str(), found.ty.name()), (name, ty));
        assert_eq!(field(place).id, found.id, "{place}");
    }
    assert_eq!(field("caps.peer").ty, Type::Group);
    assert_eq!(
        field("caps.peer.cap_id").places,
        ["caps.export.peer.cap_id", "caps.import_peer.cap_id"]
    );
    assert_eq!((field("caps.peer.cap_id").since, field("caps.btime").since), (3, 9));
    let names = field("caps.op").ty.names();
    assert_eq!(
        names,
        ceph_codec::message::client_caps::CapOp::KNOWN.iter().map(|k| k.1).collect::<Vec<_>>()
    );
}

#[test]
fn every_name_is_that_of_one_field() {
    let registry = Registry::get();
    let mut names = BTreeSet::new();
    for name in registry.names() {
        assert!(names.insert(name), "{name} is there twice");
        assert!(registry.find(name).is_some(), "{name}");
    }
    for field in registry.fields() {
        assert_eq!(registry.field(field.id).map(|f| f.id), Some(field.id));
        for name in field.places.iter().map(String::as_str).chain(field.aliases.iter().copied()) {
            // A place that is the name of another field is not a name of this one; there should be none.
            assert_eq!(registry.find(name).map(|f| &f.name), Some(&field.name), "{name}");
        }
        assert!(!field.doc.is_empty() && field.doc == field.doc.trim(), "{field:?}");
    }
}

/// Places that say different things and would have the same name keep their paths. Where that is not for the
/// encoding's own sake, they are to be called something.
#[test]
fn no_name_is_ambiguous() {
    let deep = ["head", "fields", "item", "content", "encoded", "map", "info", "args", "value"];
    let groups = |name: &str| {
        name.rsplit_once('.')
            .is_some_and(|(groups, _)| groups.split('.').any(|group| deep.contains(&group)))
    };
    let left: Vec<_> = Registry::get()
        .fields()
        .iter()
        .filter(|field| !field.is_framing && groups(&field.name))
        .collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn what_somebody_looks_for_is_selected() {
    let select = |pattern: &str| -> Vec<&str> {
        Registry::get().select(pattern).iter().map(|field| field.name.as_str()).collect()
    };
    assert_eq!(select("caps.peer.cap_id"), ["caps.peer.cap_id"]);
    assert_eq!(select("caps.import_peer.cap_id"), ["caps.peer.cap_id"]);
    assert_eq!(select("caps.peer").len(), 6);
    assert_eq!(select("MClientCaps"), select("caps"));
    assert_eq!(select("client_caps"), select("caps"));
    let caps = select("caps");
    assert_eq!(caps.first(), Some(&"caps"));
    assert!(caps[1..].iter().all(|name| name.starts_with("caps.")));
    assert_eq!(select("session.max_*"), ["session.max_caps", "session.max_leases"]);
    assert_eq!(
        select("*caprel*"),
        ["release", "release.ino", "release.cap_id", "release.mseq", "release.issue_seq"]
    );
    // In what it means.
    assert!(select("Blocklisted").contains(&"session.flags"));
    assert_eq!(select("no such thing"), [""; 0]);
}

#[test]
fn aliases_are_other_names_of_fields_that_exist() {
    for (alias, name) in ALIASES.iter().chain(WIRESHARK) {
        assert_eq!(field(name).name, *name, "{alias} is to be called by the field's own name");
        assert_eq!(field(alias).name, *name);
    }
}

#[test]
fn what_every_message_has_comes_first_and_by_number() {
    let fields = Registry::get().fields();
    let common = fields.iter().take_while(|field| field.message.is_none()).count();
    assert!(fields[common..].iter().all(|field| field.message.is_some()));
    for (id, name) in
        [(FRAME, "frame"), (TIME_UTC, "time.utc"), (TYPE, "type"), (SUMMARY, "summary")]
    {
        assert_eq!(fields[usize::from(id.0)].name, name);
    }
    assert_eq!(usize::from(SUMMARY.0) + 1, common);
    let Type::Named(types) = field("type").ty else { panic!("types have names") };
    for name in ["client_caps", "MClientCaps", "caps"] {
        assert!(types.contains(&(0x310, name)), "{name}");
    }
    for (number, name) in types {
        let others = types.iter().filter(|(n, same)| same == name && n != number);
        assert_eq!(others.count(), 0, "{name} is two types");
    }
    assert!(field("finding").ty.names().contains(&"export-without-import"));
}

#[test]
fn the_inodes_that_a_message_is_about() {
    let about: Vec<_> =
        Registry::get().fields().iter().filter(|f| f.is_about).map(|f| &f.name[..]).collect();
    for name in [
        "caps.ino",
        "lease.ino",
        "release.ino",
        "reconnect.ino",
        "reply.target.ino",
        "request.path.ino",
        "export_dir.inode.ino",
    ] {
        assert!(about.contains(&name), "{name}");
    }
    for name in
        ["caps.realm", "caps.snap_trace.ino", "reconnect.realms.ino", "export_dir.bounds.ino"]
    {
        assert!(field(name).ty == Type::Ino && !about.contains(&name), "{name}");
    }
}

/// Looks up everything that it is told, in both ways.
struct Told {
    walker: Walker,
    flat: Walker,
    depth: usize,
    values: u32,
    unknown: Vec<String>,
}

impl Told {
    fn of(kind: MessageType) -> Self {
        let (mut walker, mut flat) = (Walker::default(), Walker::default());
        walker.begin(kind);
        flat.begin(kind);
        Told { walker, flat, depth: 0, values: 0, unknown: Vec::new() }
    }
}

impl Sink for Told {
    fn field(&mut self, span: Span, value: Value<'_>) {
        let id = self.walker.field(span.name);
        assert_eq!(self.flat.at(self.depth, span.name), id);
        self.values += 1;
        match id.and_then(|id| Registry::get().field(id)) {
            None => self.unknown.push(format!("{span:?}")),
            Some(field) => {
                let is_of = match value {
                    Value::Uint(_) => field.ty == Type::Uint,
                    Value::Int(_) => matches!(field.ty, Type::Int | Type::Named(_)),
                    Value::Named(..) => matches!(field.ty, Type::Named(_)),
                    Value::Ino(_) => field.ty == Type::Ino,
                    Value::Caps(_) => field.ty == Type::Caps,
                    Value::Snap(_) => field.ty == Type::Snap,
                    Value::Time(_) => field.ty == Type::Time,
                    Value::Socket(_) => field.ty == Type::Addr,
                    Value::Text(_) => field.ty == Type::Text,
                    _ => matches!(field.ty, Type::Bytes | Type::Addr),
                };
                assert!(is_of, "{} is {:?} and holds {value:?}", field.name, field.ty);
                let place = |place: &String| place.ends_with(&format!(".{}", span.name));
                assert!(field.places.iter().any(place), "{span:?} is no {}", field.name);
            }
        }
    }

    fn open(&mut self, span: Span) {
        let id = self.walker.open(span.name);
        assert_eq!(self.flat.at(self.depth, span.name), id);
        self.depth += 1;
    }

    fn close(&mut self, _: usize) {
        self.walker.close();
        self.depth -= 1;
    }
}

/// Everything that decoders tell has a field: of every message in the fuzz targets' corpus.
#[test]
fn a_walker_finds_the_field_of_everything_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/message");
    let Ok(files) = std::fs::read_dir(&folder) else {
        return eprintln!("skipped: no corpus at {}", folder.display());
    };
    let mut values = 0;
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let Some((&[kind0, kind1, version, middle0, middle1], rest)) = bytes.split_first_chunk()
        else {
            continue;
        };
        let kind = MessageType(u16::from_le_bytes([kind0, kind1]));
        let middle = usize::from(u16::from_le_bytes([middle0, middle1])).min(rest.len());
        let (front, middle) = rest.split_at(rest.len() - middle);
        let sections = match kind {
            MessageType::CLIENT_RECONNECT => Sections { front: &[], middle, data: front },
            _ => Sections { front, middle, data: &[] },
        };
        let mut told = Told::of(kind);
        let message = Message::decode_with(kind, u16::from(version), sections, &mut told);
        assert_eq!(told.unknown, [""; 0]);
        values += told.values;
        if let Ok(Message::ClientReply(reply)) = message {
            for encoding in Encoding::KNOWN {
                let mut told = Told::of(kind);
                told.open(Span { name: "trace", within: "front", at: 0, len: 0 });
                _ = reply.trace_with(encoding, &mut told);
                told.close(0);
                told.open(Span { name: "extra", within: "front", at: 0, len: 0 });
                _ = reply.extra_with(encoding, &mut told);
                assert_eq!(told.unknown, [""; 0]);
            }
        }
    }
    assert!(values > 1000, "{values}");
}

#[test]
fn what_is_in_no_table_has_no_field() {
    let mut walker = Walker::default();
    // Nothing begun.
    assert_eq!((walker.field("op"), walker.open("head")), (None, None));
    walker.begin(MessageType::OSD_MAP);
    assert_eq!(walker.field("epoch"), None);
    walker.begin(MessageType::CLIENT_CAPS);
    assert_eq!(walker.open("nowhere"), None);
    assert_eq!((walker.open("head"), walker.field("op")), (None, None));
    walker.close();
    walker.close();
    assert_eq!((walker.open("head"), walker.field("op")), (None, Some(field("caps.op").id)));
    // Again, and backwards.
    assert_eq!(walker.field("mseq"), Some(field("caps.mseq").id));
    assert_eq!(walker.field("ino"), Some(field("caps.ino").id));
    walker.close();
    walker.close();
    walker.close();
    assert_eq!(walker.field("op"), None);
}
