//! Decompresses on a thread of its own, while what was decompressed before is read.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes decompressed at a time. Where a packed file is damaged, what came in front of the damage with the same call is
/// lost.
const PIECE: usize = 32 << 10;
/// Pieces that may wait to be read: the bound on how far the thread is ahead.
const AHEAD: usize = 32;

/// What is read, a piece at a time.
pub(super) struct Ahead {
    pieces: Receiver<Piece>,
    used: SyncSender<Vec<u8>>,
    piece: Vec<u8>,
    /// Where in `piece` the next byte is.
    at: usize,
    raw_read: u64,
}

/// The next bytes, and how many of the packed ones were read by then; nothing behind an error or the end.
struct Piece {
    bytes: Vec<u8>,
    raw_read: u64,
    error: Option<io::Error>,
}

/// Counts what is read through it.
pub(super) struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        (Counted { inner, count: Arc::clone(&count) }, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl Ahead {
    /// Reads `decoder`, which has read `count` packed bytes so far. The thread ends with the input, or when this
    /// is dropped and the input gives the next byte.
    pub(super) fn new(
        decoder: impl Read + Send + 'static,
        count: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let (to_reader, pieces) = sync_channel(AHEAD);
        let (used, from_reader) = sync_channel(AHEAD + 1);
        thread::Builder::new()
            .name("decompress".to_owned())
            .spawn(move || decompress(decoder, &count, &to_reader, &from_reader))?;
        Ok(Ahead { pieces, used, piece: Vec::new(), at: 0, raw_read: 0 })
    }

    /// How many packed bytes had been read when the bytes at hand were decompressed.
    pub(super) fn raw_read(&self) -> u64 {
        self.raw_read
    }
}

fn decompress(
    mut decoder: impl Read,
    count: &AtomicU64,
    pieces: &SyncSender<Piece>,
    used: &Receiver<Vec<u8>>,
) {
    loop {
        let mut bytes = used.try_recv().unwrap_or_else(|_| vec![0; PIECE]);
        bytes.resize(PIECE, 0);
        let (len, error) = fill(&mut decoder, &mut bytes);
        bytes.truncate(len);
        let is_last = error.is_some() || len == 0;
        let piece = Piece { bytes, raw_read: count.load(Ordering::Relaxed), error };
        if pieces.send(piece).is_err() || is_last {
            return;
        }
    }
}

/// Reads once: what a pipe has given is handed on at once.
fn fill(decoder: &mut impl Read, bytes: &mut [u8]) -> (usize, Option<io::Error>) {
    loop {
        match decoder.read(bytes) {
            Ok(len) => return (len, None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (0, Some(error)),
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            // The thread is gone behind the end: there is nothing any more.
            let Ok(Piece { bytes, raw_read, error }) = self.pieces.recv() else { return Ok(0) };
            let used = std::mem::replace(&mut self.piece, bytes);
            // It may be gone already.
            let _ = self.used.try_send(used);
            (self.at, self.raw_read) = (0, raw_read);
            if let Some(error) = error {
                return Err(error);
            }
        }
        let rest = &self.piece[self.at..];
        let len = rest.len().min(buf.len());
        buf[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }
}
