//! Messages of any shape, each described twice: as the values that the codec's own interface takes, and as
//! the bytes that the protocol's tables ask for, put together here without the codec.
#![allow(dead_code, reason = "every test file uses a part of it")]

pub(crate) mod caps;
pub(crate) mod corpus;
pub(crate) mod recorder;
pub(crate) mod session;
#[path = "../../src/testing/shaped.rs"]
pub(crate) mod shaped;

use std::vec::Vec;

use ceph_codec as codec;
use ceph_codec::message::Message;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Keeps inputs that failed beside the test, in `NAME.regressions`, and tries them first.
pub(crate) fn config() -> ProptestConfig {
    let kept = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// Where to cut so many bytes: everywhere. Under Miri, which is some thousand times slower, at a dozen places, the
/// first and the last ones among them.
pub(crate) fn cuts(len: usize) -> impl Iterator<Item = usize> {
    let step = if cfg!(miri) { len / 8 + 1 } else { 1 };
    (0..len).filter(move |cut| cut % step == 0 || cut + 2 >= len || *cut < 2)
}

/// The section that has the message's payload, encoded again, and the bytes in it that have no name.
pub(crate) fn payload<'a>(message: &Message<'a>) -> (Vec<u8>, &'a [u8]) {
    match message {
        Message::MdsMap(message) => (message.front_to_vec(), message.rest()),
        Message::ClientSession(message) => (message.front_to_vec(), message.rest()),
        Message::ClientReconnect(message) => (message.data_to_vec(), message.rest()),
        Message::ClientCaps(message) => (message.front_to_vec(), message.rest()),
        Message::ClientLease(message) => (message.front_to_vec(), message.rest()),
        Message::ClientSnap(message) => (message.front_to_vec(), message.rest()),
        Message::ClientCapRelease(message) => (message.front_to_vec(), message.rest()),
        Message::ClientRequest(message) => (message.front_to_vec(), message.rest()),
        Message::ClientRequestForward(message) => (message.front_to_vec(), message.rest()),
        Message::ClientReply(message) => (message.front_to_vec(), message.rest()),
        Message::ClientMetrics(message) => (message.front_to_vec(), message.rest()),
        Message::ClientQuota(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirDiscover(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirDiscoverAck(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirCancel(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirPrep(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirPrepAck(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDir(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirAck(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirNotify(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirNotifyAck(message) => (message.front_to_vec(), message.rest()),
        Message::ExportDirFinish(message) => (message.front_to_vec(), message.rest()),
        Message::ExportCaps(message) => (message.front_to_vec(), message.rest()),
        Message::ExportCapsAck(message) => (message.front_to_vec(), message.rest()),
        Message::GatherCaps(message) => (message.front_to_vec(), message.rest()),
        other => panic!("no payload of {other:?}"),
    }
}

/// A field's name and its bytes, length prefix included; without parts of its own.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) name: &'static str,
    /// The name under which a fault speaks of it.
    pub(crate) fault: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Bytes of the length prefix, of what stands before it in the same field, or none.
    pub(crate) prefix: usize,
}

/// The leaves of a message in wire order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaves(pub(crate) Vec<Leaf>);

impl Leaves {
    pub(crate) fn plain(&mut self, name: &'static str, bytes: &[u8]) {
        self.0.push(Leaf { name, fault: name, bytes: bytes.to_vec(), prefix: 0 });
    }

    /// The count of `list`: with it the whole list is missing.
    pub(crate) fn count(&mut self, list: &'static str, count: usize) {
        let bytes = (count as u32).to_le_bytes().to_vec();
        self.0.push(Leaf { name: "count", fault: list, bytes, prefix: 0 });
    }

    /// Bytes behind `before` and a u32 that counts them.
    pub(crate) fn counted(&mut self, name: &'static str, before: &[u8], bytes: &[u8]) {
        let len = (bytes.len() as u32).to_le_bytes();
        let prefix = before.len() + 4;
        self.0.push(Leaf { name, fault: name, bytes: [before, &len, bytes].concat(), prefix });
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|leaf| leaf.bytes.iter().copied()).collect()
    }

    /// Every leaf that has bytes, with the offset of its first one.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (usize, &Leaf)> {
        let mut end = 0;
        self.0.iter().filter(|leaf| !leaf.bytes.is_empty()).map(move |leaf| {
            end += leaf.bytes.len();
            (end - leaf.bytes.len(), leaf)
        })
    }

    /// The leaf that misses a byte when only `len` are left; none if all the named ones are whole.
    pub(crate) fn cut_at(&self, len: usize) -> Option<(usize, &Leaf)> {
        self.placed()
            .find(|(at, leaf)| at + leaf.bytes.len() > len)
            .filter(|(_, leaf)| leaf.name != "rest")
    }
}

impl Leaf {
    /// What the field says it needs when `available` bytes of it are there.
    pub(crate) fn needs(&self, available: usize) -> u64 {
        let known = if available < self.prefix { self.prefix } else { self.bytes.len() };
        known as u64
    }
}

/// Byte strings: mostly short, often empty.
pub(crate) fn blob() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![2 => Just(Vec::new()), 3 => vec(any::<u8>(), 1..40), 1 => vec(any::<u8>(), 0..300)]
}

/// Numbers with their extremes.
pub(crate) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), Just(u64::MAX - 1), any::<u64>(), 1_u64..100]
}
