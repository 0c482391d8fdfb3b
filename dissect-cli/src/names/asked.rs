//! What was asked for and is not answered yet: a reply does not repeat the paths of its request.

use ceph_codec::message::client_request::{ClientRequest, RequestOp};
use ceph_codec::types::InodeNo;

use crate::hash::HashMap;
use crate::stream::ConnId;

/// Requests remembered, 65,536. Beyond: the older half is forgotten.
const MAX_ASKED: usize = 1 << 16;

/// A request whose paths tell more than its reply.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) op: RequestOp,
    pub(super) path: (InodeNo, Box<[u8]>),
    pub(super) path2: (InodeNo, Box<[u8]>),
}

/// Requests without an answer.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    young: HashMap<(ConnId, u64), Asked>,
    old: HashMap<(ConnId, u64), Asked>,
}

impl Outstanding {
    /// Remembers a request, by its connection and number.
    pub(super) fn put(&mut self, conn: ConnId, tid: u64, request: &ClientRequest<'_>) {
        if self.young.len() >= MAX_ASKED / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        let (path, path2) = (request.path(), request.path2());
        let asked = Asked {
            op: request.head().op,
            path: (path.ino, path.path.0.into()),
            path2: (path2.ino, path2.path.0.into()),
        };
        self.young.insert((conn, tid), asked);
    }

    /// It is answered.
    pub(super) fn take(&mut self, conn: ConnId, tid: u64) -> Option<Asked> {
        if self.young.is_empty() && self.old.is_empty() {
            return None;
        }
        let key = (conn, tid);
        self.young.remove(&key).or_else(|| self.old.remove(&key))
    }
}
