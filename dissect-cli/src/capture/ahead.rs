//! Reads or decompresses on a thread of its own, while what came before is used.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Bytes read or decompressed at a time. Where a packed file is damaged, what came in front of the damage with the same call is
/// lost.
const PIECE: usize = 32 << 10;
/// Pieces that may wait to be read: the bound on how far the thread is ahead.
const AHEAD: usize = 32;
/// How often it is looked whether a silent input is still to be waited for.
const LOOK: Duration = Duration::from_millis(100);

/// Set when nothing more is to be read.
pub(super) type Stop = &'static AtomicBool;

/// What ends an input that is not to be waited for any more.
#[derive(Debug, thiserror::Error)]
#[error("reading was stopped")]
struct Stopped;

/// Whether an input ended because it was not to be waited for any more.
pub(super) fn is_stopped(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Stopped>())
}

/// What is read, a piece at a time.
pub(super) struct Ahead {
    pieces: Receiver<Piece>,
    used: SyncSender<Vec<u8>>,
    piece: Vec<u8>,
    /// Where in `piece` the next byte is.
    at: usize,
    raw_read: u64,
    stop: Option<Stop>,
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
        Ahead::of("decompress", || Ok(decoder), count, None)
    }

    /// Reads what `open` opens, which may block too, and waits no longer for it when `stop` is set: then it ends with an
    /// [error](is_stopped).
    pub(super) fn until<R: Read>(
        stop: Stop,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> io::Result<Self> {
        Ahead::of("read", open, Arc::default(), Some(stop))
    }

    fn of<R: Read>(
        name: &str,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
        count: Arc<AtomicU64>,
        stop: Option<Stop>,
    ) -> io::Result<Self> {
        let (to_reader, pieces) = sync_channel(AHEAD);
        let (used, from_reader) = sync_channel(AHEAD + 1);
        let read = move || match open() {
            Ok(input) => read_on(input, &count, &to_reader, &from_reader),
            // Nobody may want to know any more.
            Err(error) => _ = to_reader.send(Piece::failed(error)),
        };
        thread::Builder::new().name(name.to_owned()).spawn(read)?;
        Ok(Ahead { pieces, used, piece: Vec::new(), at: 0, raw_read: 0, stop })
    }

    /// The next piece; `None` where the thread is gone, behind the end.
    fn next(&mut self) -> io::Result<Option<Piece>> {
        let Some(stop) = self.stop else { return Ok(self.pieces.recv().ok()) };
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(io::Error::other(Stopped));
            }
            match self.pieces.recv_timeout(LOOK) {
                Ok(piece) => return Ok(Some(piece)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// How many packed bytes had been read when the bytes at hand were decompressed.
    pub(super) fn raw_read(&self) -> u64 {
        self.raw_read
    }
}

impl Piece {
    fn failed(error: io::Error) -> Self {
        Piece { bytes: Vec::new(), raw_read: 0, error: Some(error) }
    }
}

fn read_on(
    mut input: impl Read,
    count: &AtomicU64,
    pieces: &SyncSender<Piece>,
    used: &Receiver<Vec<u8>>,
) {
    loop {
        let mut bytes = used.try_recv().unwrap_or_else(|_| vec![0; PIECE]);
        bytes.resize(PIECE, 0);
        let (len, error) = fill(&mut input, &mut bytes);
        bytes.truncate(len);
        let is_last = error.is_some() || len == 0;
        let piece = Piece { bytes, raw_read: count.load(Ordering::Relaxed), error };
        if pieces.send(piece).is_err() || is_last {
            return;
        }
    }
}

/// Reads once: what a pipe has given is handed on at once.
fn fill(input: &mut impl Read, bytes: &mut [u8]) -> (usize, Option<io::Error>) {
    loop {
        match input.read(bytes) {
            Ok(len) => return (len, None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (0, Some(error)),
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            let Some(Piece { bytes, raw_read, error }) = self.next()? else { return Ok(0) };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// It reads what is there for the taking, and no further than its bound.
    #[test]
    fn the_thread_waits_for_whom_it_is_ahead_of() {
        // At the reader, on the way, and the one that the thread holds.
        const MOST: u64 = ((AHEAD + 2) * PIECE) as u64;
        let (endless, count) = Counted::new(io::repeat(7));
        let mut ahead = Ahead::new(endless, Arc::clone(&count)).unwrap();
        let settled = |least: u64| {
            while count.load(Ordering::Relaxed) < least {
                thread::yield_now();
            }
            // Were it not to wait, it would be far ahead by now.
            thread::sleep(Duration::from_millis(20));
            count.load(Ordering::Relaxed)
        };
        let mut buf = vec![0; PIECE];
        for read in 0..5 {
            let taken = read * PIECE as u64;
            let there = settled(taken + (AHEAD * PIECE) as u64);
            assert!(there <= taken + MOST, "{there} bytes read, {taken} taken");
            ahead.read_exact(&mut buf).unwrap();
            assert!(buf.iter().all(|byte| *byte == 7));
        }
    }
}
