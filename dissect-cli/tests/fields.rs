//! Everything that the messages of every capture at hand have in them has a field, and it holds what the field says.

mod common;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ceph_codec::Value;
use ceph_dissect::capture::Capture;
use ceph_dissect::dissect::{Content, Detail, Dissected, Dissector};
use ceph_dissect::fields::{Registry, Type, Walker};
use ceph_dissect::pipeline::{Front, Heard};
use common::captures;

/// Looks every place of a message up. The names of the fields go to `seen`.
fn check(dissected: &Dissected<'_, '_>, walker: &mut Walker, seen: &mut BTreeSet<&'static str>) {
    let Some(envelope) = dissected.spoken.envelope() else { return };
    walker.begin(envelope.header.kind);
    for node in dissected.payload.nodes() {
        let field = walker.at(usize::from(node.depth), node.name);
        let Some(field) = field.and_then(|id| Registry::get().field(id)) else {
            let kind = envelope.header.kind;
            assert!(
                matches!(node.content, Content::Group),
                "{} of a {kind} has no field",
                node.name
            );
            continue;
        };
        assert_eq!(field.message, Some(envelope.header.kind));
        if let Some(value) = dissected.value(node) {
            let fits = match value {
                // What has no name is a number.
                Value::Int(_) => matches!(field.ty, Type::Int | Type::Named(_)),
                Value::Named(number, Some(name)) => {
                    matches!(field.ty, Type::Named(names) if names.contains(&(number, name)))
                }
                Value::Named(_, None) => matches!(field.ty, Type::Named(_)),
                Value::Uint(_) => field.ty == Type::Uint,
                Value::Ino(_) => field.ty == Type::Ino,
                Value::Caps(_) => field.ty == Type::Caps,
                Value::Snap(_) => field.ty == Type::Snap,
                Value::Time(_) => field.ty == Type::Time,
                Value::Socket(_) => field.ty == Type::Addr,
                Value::Text(_) => field.ty == Type::Text,
                // An address of no family is bytes.
                _ => matches!(field.ty, Type::Bytes | Type::Addr),
            };
            assert!(fits, "{} is {:?} and holds {value:?}", field.name, field.ty);
        }
        seen.insert(&field.name);
    }
}

#[test]
fn everything_in_every_message_has_a_field() {
    let mut seen = BTreeSet::new();
    // The largest one has nothing that the others have not.
    let mut paths = [captures("../fixtures/data"), captures("../../shared/captures")].concat();
    paths.retain(|path| !path.to_string_lossy().contains("large"));
    for path in paths {
        let (mut dissector, mut walker) = (Dissector::default(), Walker::default());
        Front::new(|_| true).run(
            &mut Capture::open([path]),
            |_| ControlFlow::Continue(()),
            &mut |heard| {
                if let Heard::Said(spoken) = heard {
                    check(&dissector.dissect(spoken, Detail::Fields), &mut walker, &mut seen);
                }
            },
        );
    }
    for name in [
        "caps.peer.cap_id",
        "caps.snap_trace.ino",
        "reply.target.cap.caps",
        "reply.dname",
        "reply.created.ino",
        "request.releases.mseq",
        "reconnect.ino",
        "release.cap_id",
        "mdsmap.infos.state",
        "mdsmap.up.gid",
        "session.metadata.value",
        "export_dir.inode.ino",
        "export_dir.cap.client",
        "export_dir_ack.cap.cap_id",
    ] {
        assert!(seen.contains(name), "no capture has {name}: {seen:?}");
    }
    let fields = Registry::get().fields().iter().filter(|field| field.message.is_some());
    eprintln!("{} of {} fields of messages were seen", seen.len(), fields.count());
}
