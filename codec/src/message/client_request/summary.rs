//! A request in the daemons' words.

use core::fmt;

use crate::types::EntityName;
use crate::wire::{List, Text};

use super::{Args, ClientRequest, RequestOp};

impl<'a> ClientRequest<'a> {
    /// The message as a daemon logs it, times left out. Client and tid stand in the messenger's header and
    /// are part of that line.
    #[must_use]
    pub fn summary(&self, client: EntityName, tid: u64) -> Summary<'_, 'a> {
        Summary { request: self, client, tid }
    }
}

/// A message in the daemons' own words; see [`ClientRequest::summary`].
#[derive(Clone, Copy, Debug)]
pub struct Summary<'m, 'a> {
    request: &'m ClientRequest<'a>,
    client: EntityName,
    tid: u64,
}

impl fmt::Display for Summary<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client_request({}:{} ", self.client, self.tid)?;
        self.request.words(f)
    }
}

impl fmt::Display for ClientRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("client_request(")?;
        self.words(f)
    }
}

impl ClientRequest<'_> {
    /// The line from the operation on.
    fn words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = &self.head;
        write!(f, "{}", head.op)?;
        match self.args() {
            Args::Getattr(args) if head.op == RequestOp::GETATTR => write!(f, " {}", args.mask)?,
            Args::Setattr(args) => write!(f, "{args}")?,
            Args::FileLock(args) => write!(f, "{args}")?,
            _ => {}
        }
        write!(f, " {}", self.paths[0])?;
        if let Some(name @ Text([_, ..])) = self.tail.alternate_name() {
            write!(f, " ({name})")?;
        }
        if !self.paths[1].is_empty() {
            write!(f, " {}", self.paths[1])?;
        }
        let num_retry = match self.counters() {
            Some(counters) => counters.num_retry,
            None => u32::from(head.num_retry),
        };
        if num_retry != 0 {
            write!(f, " RETRY={num_retry}")?;
        }
        if head.flags & 4 != 0 {
            f.write_str(" ASYNC")?;
        }
        if head.flags & 1 != 0 {
            f.write_str(" REPLAY")?;
        }
        write!(f, " caller_uid={}, caller_gid={}{{", head.caller_uid, head.caller_gid)?;
        for gid in self.tail.gids().iter().flat_map(List::iter) {
            write!(f, "{gid},")?;
        }
        f.write_str("})")
    }
}
