//! Decoding and encoding into a buffer allocate nothing.
#![cfg(feature = "alloc")]

mod common;

use allocation_counter::measure;
use ceph_codec::message::client_caps::ClientCaps;
use ceph_codec::message::client_session::ClientSession;
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::{Sink, Span, Value};
use proptest::prelude::*;

use common::{caps, session};

struct Counter(u64);

impl Sink for Counter {
    fn field(&mut self, _: Span, _: Value<'_>) {
        self.0 += 1;
    }
    fn open(&mut self, _: Span) {}
    fn close(&mut self, _: usize) {}
}

#[test]
fn allocations_are_counted() {
    assert_eq!(measure(|| drop(std::hint::black_box(Box::new(7)))).count_total, 1);
}

proptest! {
    #![proptest_config(common::config())]

    #[test]
    fn caps_allocate_nothing(spec in caps::spec(), cut in any::<prop::sample::Index>()) {
        let front = spec.leaves().bytes();
        let mut buffer = [0; 4096];
        let info = measure(|| {
            let sections = spec.sections(&front);
            let caps = ClientCaps::decode(spec.version, sections).unwrap();
            assert_eq!(caps.encode_front(&mut buffer), Ok(front.len()));
            assert_eq!(caps.front_len(), front.len());
            let mut sink = Counter(0);
            let cut = Sections { front: &front[..cut.index(front.len())], ..sections };
            let kind = MessageType::CLIENT_CAPS;
            for sections in [sections, cut] {
                let _ = Message::decode_with(kind, spec.version, sections, &mut sink);
            }
            assert!(sink.0 > 0);
        });
        prop_assert_eq!(info.count_total, 0);
    }

    #[test]
    fn sessions_allocate_nothing(spec in session::spec()) {
        let front = spec.leaves().bytes();
        let mut buffer = [0; 8192];
        let info = measure(|| {
            let sections = Sections { front: &front, ..Default::default() };
            let session = ClientSession::decode(spec.version, sections).unwrap();
            let items = session.tail().metadata().map_or(0, |list| list.iter().count());
            assert!(items <= 4);
            assert_eq!(session.encode_front(&mut buffer), Ok(front.len()));
        });
        prop_assert_eq!(info.count_total, 0);
    }
}
