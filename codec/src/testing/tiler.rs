//! A sink that checks that fields lie one behind the other.

use crate::{Fault, FaultKind, Sink, Span, Value};

/// Groups within each other, more than any message has.
const DEEPEST: usize = 24;

/// Follows the fields of one byte string, or of a message's front and then its middle. Allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Tiler {
    /// Where the next field has to begin.
    at: usize,
    /// Of everything that is open where it begins, and its length, 0 where that is known at its end only.
    open: [(usize, usize); DEEPEST],
    depth: usize,
    /// Something was closed before its end: it could not be read.
    broken: bool,
    /// End of the front, once a field of the middle has come.
    front: Option<usize>,
}

impl Tiler {
    /// Of bytes within others, the first of which has this offset.
    pub(super) fn starting_at(at: usize) -> Self {
        Tiler { at, ..Tiler::default() }
    }

    /// Checks that the fields are those up to a fault. A value that cannot be may itself have been told, and
    /// what it contradicts; bytes that are not there cannot.
    pub(super) fn assert_broke(&self, fault: Fault) {
        assert!(self.depth == 0, "{self:?}");
        let told = match fault.kind {
            FaultKind::Short { .. } => self.broken || self.at == fault.at,
            _ => self.broken || self.at >= fault.at,
        };
        assert!(told, "{self:?}: {fault}");
    }

    /// Checks that the fields are all of the front and all of the middle.
    pub(super) fn assert_whole(&self, front: usize, middle: usize) {
        let found = match self.front {
            Some(front) => (front, self.at),
            None => (self.at, 0),
        };
        assert!(self.depth == 0 && !self.broken, "{self:?}");
        assert!(found == (front, middle), "{found:?} of {front} and {middle} bytes");
    }

    #[inline]
    fn begin(&mut self, span: Span) {
        if self.depth == 0 && self.front.is_none() && span.within == "middle" {
            self.front = Some(core::mem::take(&mut self.at));
        }
        assert!(!self.broken, "{span:?} behind a fault");
        assert!(!span.name.is_empty() && !span.within.is_empty());
        assert!(span.at == self.at, "{span:?}, and not at {}", self.at);
    }
}

impl Sink for Tiler {
    #[inline]
    fn field(&mut self, span: Span, _: Value<'_>) {
        self.begin(span);
        self.at += span.len;
    }

    #[inline]
    fn open(&mut self, span: Span) {
        self.begin(span);
        self.open[self.depth] = (span.at, span.len);
        self.depth += 1;
    }

    #[inline]
    fn close(&mut self, end: usize) {
        self.depth -= 1;
        let (at, len) = self.open[self.depth];
        assert!(end >= self.at, "ends at {end}, its parts at {}", self.at);
        assert!(len == 0 || end <= at + len, "{len} bytes from {at} end at {end}");
        self.broken |= end > self.at;
    }
}
