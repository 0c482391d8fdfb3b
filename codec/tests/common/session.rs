//! MClientSession of any version and content.

use ceph_codec::message::NotInVersion;
use ceph_codec::message::client_session::{ClientSession, SessionHead, SessionOp};
use ceph_codec::types::Timespec;
use ceph_codec::{Entry, List, Text, Versioned};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Leaves, blob, number};

type Envelope = (u8, u8, Vec<u8>);

#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) version: u16,
    pub(crate) op: u32,
    pub(crate) n: Vec<u64>,
    pub(crate) metadata: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) features: Vec<u8>,
    pub(crate) metric_spec: Envelope,
    pub(crate) cap_auths: Vec<Envelope>,
    pub(crate) rest: Vec<u8>,
}

/// Any message of versions 0 to 9.
pub(crate) fn spec() -> impl Strategy<Value = Spec> {
    let envelope = || (any::<u8>(), any::<u8>(), blob());
    let op = prop_oneof![0_u32..14, any::<u32>()];
    let lists = (vec((blob(), blob()), 0..4), blob(), envelope(), vec(envelope(), 0..4), blob());
    (0_u16..=9, op, vec(number(), 7), lists).prop_map(
        |(version, op, n, (metadata, features, metric_spec, cap_auths, rest))| Spec {
            version,
            op,
            n,
            metadata,
            features,
            metric_spec,
            cap_auths,
            rest,
        },
    )
}

fn versioned((version, compat, bytes): &Envelope) -> Versioned<'_> {
    Versioned { version: *version, compat: *compat, bytes }
}

/// Room for the lists of a message under construction.
pub(crate) type Buffers = [[u8; 4096]; 2];

impl Spec {
    /// The message through the codec's interface.
    pub(crate) fn build<'a>(&'a self, [one, two]: &'a mut Buffers) -> ClientSession<'a> {
        let head = SessionHead {
            op: SessionOp(self.op),
            seq: self.n[0],
            stamp: Timespec { sec: self.n[1] as u32, nsec: self.n[2] as u32 },
            max_caps: self.n[3] as u32,
            max_leases: self.n[4] as u32,
        };
        let mut session = ClientSession::new(self.version, head);
        session.set_rest(&self.rest);
        let pairs = self.metadata.iter().map(|(k, v)| Entry { key: Text(k), value: Text(v) });
        let metadata = List::write(pairs, one).unwrap();
        let cap_auths = List::write(self.cap_auths.iter().map(versioned), two).unwrap();
        let tail = session.tail_mut();
        for (field, since, set) in [
            ("metadata", 2, tail.set_metadata(metadata)),
            ("features", 3, tail.set_features(&self.features)),
            ("metric_spec", 4, tail.set_metric_spec(versioned(&self.metric_spec))),
            ("flags", 5, tail.set_flags(self.n[5] as u32)),
            ("cap_auths", 6, tail.set_cap_auths(cap_auths)),
            ("oldest_client_tid", 7, tail.set_oldest_client_tid(self.n[6])),
        ] {
            let refused = Err(NotInVersion { field, version: self.version });
            assert_eq!(set, if self.version >= since { Ok(()) } else { refused });
        }
        session
    }

    /// The front section, field by field, from the protocol's table alone.
    pub(crate) fn leaves(&self) -> Leaves {
        let mut to = Leaves::default();
        let four = |n: u64| (n as u32).to_le_bytes();
        to.plain("op", &self.op.to_le_bytes());
        to.plain("seq", &self.n[0].to_le_bytes());
        to.plain("stamp", &[four(self.n[1]), four(self.n[2])].concat());
        to.plain("max_caps", &four(self.n[3]));
        to.plain("max_leases", &four(self.n[4]));
        if self.version >= 2 {
            to.count("metadata", self.metadata.len());
            for (key, value) in &self.metadata {
                to.counted("key", &[], key);
                to.counted("value", &[], value);
            }
        }
        if self.version >= 3 {
            to.counted("features", &[], &self.features);
        }
        if self.version >= 4 {
            let (version, compat, bytes) = &self.metric_spec;
            to.counted("metric_spec", &[*version, *compat], bytes);
        }
        if self.version >= 5 {
            to.plain("flags", &four(self.n[5]));
        }
        if self.version >= 6 {
            to.count("cap_auths", self.cap_auths.len());
            for (version, compat, bytes) in &self.cap_auths {
                to.counted("item", &[*version, *compat], bytes);
            }
        }
        if self.version >= 7 {
            to.plain("oldest_client_tid", &self.n[6].to_le_bytes());
        }
        to.plain("rest", &self.rest);
        to
    }
}
