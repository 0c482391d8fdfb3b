//! gzip, one member after the other.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// What ends an input that has something else behind its last member.
#[derive(Debug, thiserror::Error)]
#[error("what follows the compressed data is not gzip")]
struct Behind;

/// Whether an input ended because what follows is not gzip.
pub(super) fn is_behind(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Behind>())
}

/// Unpacks all members.
pub(super) struct Members<R> {
    /// `None` behind the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    pub(super) fn new(packed: R) -> Self {
        Members { member: Some(GzDecoder::new(packed)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = self.member.as_mut().filter(|_| !buf.is_empty()) {
            let len = member.read(buf)?;
            if len > 0 {
                return Ok(len);
            }
            // One byte tells, in whatever pieces they come. Zeros are what tapes and block devices fill up with.
            let next = next_but_zeros(member.get_mut())?;
            let packed = self.member.take().map(GzDecoder::into_inner);
            match next {
                None => {}
                Some(0x1f) => self.member = packed.map(GzDecoder::new),
                Some(_) => return Err(io::Error::other(Behind)),
            }
        }
        Ok(0)
    }
}

/// The next byte that is not zero; what is in front of it is taken.
fn next_but_zeros(packed: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let there = packed.fill_buf()?;
        let zeros = there.iter().take_while(|byte| **byte == 0).count();
        let next = there.get(zeros).copied();
        if next.is_some() || zeros == 0 {
            return Ok(next);
        }
        packed.consume(zeros);
    }
}
