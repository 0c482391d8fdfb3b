//! Every message that we decode, out of every capture at hand, is encoded back to the bytes that were sent.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use ceph_codec::Fault;
use ceph_codec::message::client_caps::Body;
use ceph_codec::message::client_reply::{ClientReply, Encoding};
use ceph_codec::message::{Message, MessageType};
use ceph_dissect::capture::Capture;
use ceph_dissect::net::Net;
use ceph_dissect::session::Sessions;
use ceph_dissect::stream::Streams;
use common::captures;

/// The parts of a reply come back too, and one encoding alone reads them.
fn check_parts(reply: &ClientReply<'_>) -> Result<(), Fault> {
    let encoding = reply.find_encoding()?;
    let (trace, extra) = (reply.trace(encoding)?, reply.extra(encoding)?);
    let mut buffer = vec![0; trace.encoded_len()];
    trace.encode(&mut buffer).unwrap();
    assert_eq!(buffer, reply.trace_bytes());
    buffer.resize(extra.encoded_len(), 0);
    extra.encode(&mut buffer).unwrap();
    assert_eq!(buffer, reply.extra_bytes());
    if reply.depends_on_encoding() {
        let fits = |e: &&Encoding| reply.trace(**e).is_ok() && reply.extra(**e).is_ok();
        let fitting: Vec<_> = Encoding::KNOWN.iter().filter(fits).collect();
        assert_eq!(fitting, [&encoding], "{reply}");
    }
    Ok(())
}

/// What one rank says to another is read to the last blob, and not only kept.
fn check_blobs(message: &Message<'_>) {
    let rest = match message {
        Message::ExportDir(m) => {
            let (data, map) = (&m.fields().export_data, &m.fields().client_map);
            data.content().and(map.content()).map(|_| [data.rest(), map.rest()].concat())
        }
        Message::ExportDirAck(m) => {
            let caps = &m.fields().imported_caps;
            caps.content().map(|_| caps.rest().to_vec())
        }
        Message::ExportCaps(m) => m.cap_bl().content().map(|_| m.cap_bl().rest().to_vec()),
        Message::ExportCapsAck(m) => {
            let caps = &m.fields().cap_bl;
            caps.content().map(|_| caps.rest().to_vec())
        }
        _ => return,
    };
    assert_eq!(rest, Some(Vec::new()), "{message:?}");
}

/// Decoded messages of each type, and EXPORTs among them.
fn round_trip(path: &Path) -> (BTreeMap<MessageType, u64>, u64) {
    let mut capture = Capture::open([path]);
    let (mut net, mut streams, mut sessions) =
        (Net::new(), Streams::new(), Sessions::new(Message::is_decoded));
    let (mut messages, mut exports) = (BTreeMap::new(), 0);
    while let Some(packet) = capture.next() {
        net.push(&packet, &mut |segment| {
            streams.push(&segment, &mut |event| {
                sessions.push(&event, &mut |spoken, _| {
                    let Some(envelope) = spoken.envelope() else { return };
                    let (header, sections) = (envelope.header, envelope.sections);
                    let place = format!(
                        "{}, frame {}, {}",
                        path.display(),
                        envelope.place.frame,
                        header.kind
                    );
                    let message = Message::decode(header.kind, header.version, sections)
                        .unwrap_or_else(|fault| panic!("{place}: {fault}"));
                    check_blobs(&message);
                    let (front, rest) = match &message {
                        Message::ClientCaps(caps) => {
                            assert_eq!(caps.xattrs(), sections.middle, "{place}");
                            if let Body::Export(export) = caps.body() {
                                assert!(export.unused.is_zero(), "{place}: bytes behind the peer");
                                exports += 1;
                            }
                            (caps.front_to_vec(), caps.rest())
                        }
                        Message::ClientReply(reply) => {
                            check_parts(reply).unwrap_or_else(|e| panic!("{place}: {e}"));
                            (reply.front_to_vec(), reply.rest())
                        }
                        Message::ClientRequest(request) => (request.front_to_vec(), request.rest()),
                        Message::ClientRequestForward(m) => (m.front_to_vec(), m.rest()),
                        Message::ClientSession(session) => (session.front_to_vec(), session.rest()),
                        Message::MdsMap(map) => (map.front_to_vec(), map.rest()),
                        Message::ClientLease(lease) => {
                            // Linux always sends room for a name of 255 bytes.
                            let padded = lease.name().0.len() + lease.rest().len() == 255;
                            let rest = if padded { &[] } else { lease.rest() };
                            (lease.front_to_vec(), rest)
                        }
                        Message::ClientSnap(snap) => (snap.front_to_vec(), snap.rest()),
                        Message::ClientCapRelease(release) => {
                            (release.front_to_vec(), release.rest())
                        }
                        Message::ClientMetrics(m) => (m.front_to_vec(), m.rest()),
                        Message::ClientQuota(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirDiscover(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirDiscoverAck(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirCancel(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirPrep(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirPrepAck(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDir(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirAck(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirNotify(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirNotifyAck(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportDirFinish(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportCaps(m) => (m.front_to_vec(), m.rest()),
                        Message::ExportCapsAck(m) => (m.front_to_vec(), m.rest()),
                        Message::GatherCaps(m) => (m.front_to_vec(), m.rest()),
                        // The whole of it is data.
                        Message::ClientReconnect(reconnect) => {
                            assert_eq!(reconnect.data_to_vec(), sections.data, "{place}");
                            (Vec::new(), reconnect.rest())
                        }
                        other => panic!("{place}: {other:?} is no message that was asked for"),
                    };
                    assert_eq!(front, sections.front, "{place}");
                    assert!(rest.is_empty(), "{place}: {} bytes without a name", rest.len());
                    *messages.entry(header.kind).or_default() += 1;
                });
            });
        });
    }
    assert!(capture.faults().is_empty(), "{:?}", capture.faults());
    (messages, exports)
}

fn check(dir: &str) {
    for path in captures(dir) {
        let (messages, exports) = round_trip(&path);
        let counts: Vec<_> = messages.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
        eprintln!("{}: {exports} EXPORTs, {}", path.display(), counts.join(", "));
        let encrypted = path.to_string_lossy().contains("secure");
        assert_eq!(exports > 0, !encrypted, "{}", path.display());
    }
}

#[test]
fn captures_of_the_project() {
    assert!(!captures("../fixtures/data").is_empty());
    check("../fixtures/data");
}

#[test]
fn captures_beside_the_project() {
    check("../../shared/captures");
}
