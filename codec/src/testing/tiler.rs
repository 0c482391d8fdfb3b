//! A sink that checks that fields lie one behind the other.

use alloc::vec::Vec;

use crate::{Fault, FaultKind, Sink, Span, Value};

/// Follows the fields of one byte string, or of a message's front and then its middle.
#[derive(Debug, Default)]
pub(super) struct Tiler {
    /// Where the next field has to begin.
    at: usize,
    open: Vec<Span>,
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
        assert!(self.open.is_empty(), "{self:?}");
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
        assert!(self.open.is_empty() && !self.broken, "{self:?}");
        assert_eq!(found, (front, middle));
    }

    fn begin(&mut self, span: Span) {
        if self.open.is_empty() && span.within == "middle" && self.front.is_none() {
            self.front = Some(core::mem::take(&mut self.at));
        }
        assert!(!self.broken, "{span:?} behind a fault");
        assert!(!span.name.is_empty() && !span.within.is_empty());
        assert_eq!(span.at, self.at, "{span:?}");
    }
}

impl Sink for Tiler {
    fn field(&mut self, span: Span, value: Value<'_>) {
        self.begin(span);
        super::format(&value);
        self.at += span.len;
    }

    fn open(&mut self, span: Span) {
        self.begin(span);
        self.open.push(span);
    }

    fn close(&mut self, end: usize) {
        let span = self.open.pop().expect("closed and not opened");
        assert!(end >= self.at, "{span:?} ends at {end}, its parts at {}", self.at);
        assert!(span.len == 0 || end <= span.at + span.len, "{span:?} ends at {end}");
        self.broken |= end > self.at;
    }
}
