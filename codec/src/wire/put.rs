//! Where encoded bytes go: one encoder yields both the bytes and their number.

use core::fmt;

/// Takes bytes in wire order.
pub(crate) trait Put {
    /// The next bytes of the message.
    fn put(&mut self, bytes: &[u8]);
    /// Room for the next `len` bytes, to be filled; `None` where nobody keeps them.
    fn room(&mut self, len: usize) -> Option<&mut [u8]>;
}

/// Counts what would be written.
#[derive(Default)]
pub(crate) struct Count(pub(crate) usize);

impl Put for Count {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }

    #[inline]
    fn room(&mut self, len: usize) -> Option<&mut [u8]> {
        self.0 += len;
        None
    }
}

/// Writes into a caller's buffer and keeps count past its end.
#[derive(Debug)]
pub struct SliceWriter<'b> {
    buffer: &'b mut [u8],
    written: usize,
}

/// The buffer was too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// Bytes that the encoding needs.
    pub needed: usize,
    /// Bytes that the buffer has.
    pub available: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the encoding needs {} bytes, the buffer has {}", self.needed, self.available)
    }
}

impl core::error::Error for Full {}

impl<'b> SliceWriter<'b> {
    /// Starts at the buffer's first byte.
    #[inline]
    pub fn new(buffer: &'b mut [u8]) -> Self {
        SliceWriter { buffer, written: 0 }
    }

    /// Bytes written, or how many would have been needed.
    #[inline]
    pub fn finish(self) -> Result<usize, Full> {
        match self.buffer.len() {
            available if available < self.written => Err(Full { needed: self.written, available }),
            _ => Ok(self.written),
        }
    }
}

impl Put for SliceWriter<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let end = self.written + bytes.len();
        if let Some(room) = self.buffer.get_mut(self.written..end) {
            room.copy_from_slice(bytes);
        }
        self.written = end;
    }

    #[inline]
    fn room(&mut self, len: usize) -> Option<&mut [u8]> {
        let start = self.written;
        self.written += len;
        self.buffer.get_mut(start..self.written)
    }
}

#[cfg(feature = "alloc")]
impl Put for alloc::vec::Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn room(&mut self, len: usize) -> Option<&mut [u8]> {
        let start = self.len();
        self.resize(start + len, 0);
        self.get_mut(start..)
    }
}
