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

impl Asked {
    pub(super) fn of(request: &ClientRequest<'_>) -> Asked {
        let (path, path2) = (request.path(), request.path2());
        Asked {
            op: request.head().op,
            path: (path.ino, path.path.0.into()),
            path2: (path2.ino, path2.path.0.into()),
        }
    }
}

/// Requests without an answer.
#[derive(Debug)]
pub(super) struct Outstanding {
    max: usize,
    young: HashMap<(ConnId, u64), Asked>,
    old: HashMap<(ConnId, u64), Asked>,
}

impl Default for Outstanding {
    fn default() -> Self {
        Outstanding::new(MAX_ASKED)
    }
}

impl Outstanding {
    /// Remembers at most `max` requests.
    pub(super) fn new(max: usize) -> Self {
        Outstanding { max, young: HashMap::default(), old: HashMap::default() }
    }

    /// Remembers a request, by its connection and number.
    pub(super) fn put(&mut self, conn: ConnId, tid: u64, asked: Asked) {
        if self.young.len() >= self.max / 2 {
            self.old = std::mem::take(&mut self.young);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_half_is_forgotten() {
        let mut asked = Outstanding::new(6);
        for tid in 1..=7 {
            let path = (InodeNo(tid), Box::default());
            let (op, path2) = (RequestOp::RENAME, path.clone());
            asked.put(ConnId(0), tid, Asked { op, path, path2 });
            assert!(asked.young.len() + asked.old.len() <= 6);
        }
        let known = (1..=7).filter(|tid| asked.take(ConnId(0), *tid).is_some());
        assert_eq!(known.collect::<Vec<_>>(), [4, 5, 6, 7]);
    }
}
