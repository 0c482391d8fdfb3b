//! Bytes of one input: opened, decompressed, buffered.

use super::ahead::{Ahead, Counted, Stop, is_stopped};
use super::gzip::Members;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// How an input is packed, told by its first bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, one or more members.
    Gzip,
    /// zstd, one or more frames.
    Zstd,
}

/// A reader of any kind.
pub(super) type Input = Box<dyn Read + Send>;

/// Opens `path`; `-` is standard input. What may be silent is waited for until `stop` is set.
pub(super) fn open(path: &Path, stop: Option<Stop>) -> io::Result<Input> {
    let stop = stop.filter(|_| may_be_silent(path));
    if path.as_os_str() == "-" {
        return match stop {
            Some(stop) => Ok(Box::new(Ahead::until(stop, || Ok(io::stdin()))?)),
            None => Ok(Box::new(io::stdin())),
        };
    }
    if let Some(stop) = stop {
        let path = PathBuf::from(path);
        // Opening waits too, for somebody who writes.
        return Ok(Box::new(Ahead::until(stop, move || File::open(path))?));
    }
    let file = File::open(path)?;
    // Opening a directory succeeds; saying so now beats a strange read error later.
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok(Box::new(file))
}

/// Whether it is a pipe or the like, which may give nothing for a long time.
fn may_be_silent(path: &Path) -> bool {
    if path.as_os_str() == "-" {
        return !is_file(&io::stdin());
    }
    std::fs::metadata(path).is_ok_and(|of| !of.is_file() && !of.is_dir())
}

/// Whether standard input comes from a file.
#[cfg(unix)]
fn is_file(stdin: &io::Stdin) -> bool {
    use std::os::fd::AsFd;
    let same = stdin.as_fd().try_clone_to_owned().map(File::from);
    same.and_then(|file| file.metadata()).is_ok_and(|of| of.is_file())
}

/// Whether standard input comes from a file.
#[cfg(not(unix))]
fn is_file(_: &io::Stdin) -> bool {
    false
}

/// A window over the decompressed bytes of one input: a few bytes to megabytes are there at a
/// time, taken from the front, refilled at the back.
pub(super) struct Window {
    reader: Reader,
    buf: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the decompressed input of `buf[start]`.
    offset: u64,
    ended: bool,
    error: Option<io::Error>,
    stopped: bool,
}

impl Window {
    /// A window that reads `input` in pieces of `buf`'s length. Reads the first bytes to see how
    /// they are packed.
    pub(super) fn new(input: Input, buf: Vec<u8>) -> io::Result<(Window, Compression)> {
        let (reader, compression) = Reader::new(input)?;
        let window = Window {
            reader,
            buf,
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            error: None,
            stopped: false,
        };
        Ok((window, compression))
    }

    /// Gives the buffer back, for the next input.
    pub(super) fn into_buf(self) -> Vec<u8> {
        self.buf
    }

    /// What is there, from the front.
    pub(super) fn data(&self) -> &[u8] {
        &self.buf[self.start..self.end]
    }

    /// Offset in the decompressed input of the front.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes read of the input as it lies on disk.
    pub(super) fn raw_read(&self) -> u64 {
        self.reader.raw_read()
    }

    /// The error that ended the input, if one did.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Whether it ended because it was not to be waited for any more.
    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }

    /// Reads until `n` bytes are there or the input ends; true if they are there. The buffer
    /// grows as bytes arrive, so that a length nobody backs with bytes costs no memory.
    pub(super) fn need(&mut self, n: usize) -> bool {
        while self.end - self.start < n {
            if self.ended || !self.refill(n) {
                return false;
            }
        }
        true
    }

    /// Takes `n` bytes (no more than are there) from the front. They stay readable by
    /// [`Window::taken`] until the next `need` or `skip`.
    pub(super) fn take(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.offset += n as u64;
    }

    /// `len` bytes that begin `back` bytes before the front.
    pub(super) fn taken(&self, back: usize, len: usize) -> &[u8] {
        let from = self.start.saturating_sub(back);
        &self.buf[from..self.start.min(from.saturating_add(len))]
    }

    /// Passes over `n` bytes, however many; returns how many there were.
    pub(super) fn skip(&mut self, n: u64) -> u64 {
        let mut left = n;
        loop {
            let here = left.min((self.end - self.start) as u64);
            self.take(here as usize);
            left -= here;
            if left == 0 || !self.need(1) {
                return n - left;
            }
        }
    }

    /// One read at the back; false if it brought nothing.
    fn refill(&mut self, wanted: usize) -> bool {
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buf.len() {
            let len = wanted.min(self.buf.len().saturating_mul(2)).max(self.buf.len() + 1);
            self.buf.resize(len, 0);
        }
        loop {
            match self.reader.read(&mut self.buf[self.end..]) {
                Ok(0) => break,
                Ok(n) => {
                    self.end += n;
                    return true;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.stopped = is_stopped(&e);
                    self.error = Some(e);
                    break;
                }
            }
        }
        self.ended = true;
        false
    }
}

enum Reader {
    Plain(Raw),
    /// gzip or zstd.
    Packed(Ahead),
}

/// Longest window of a zstd frame, 128 MiB, as a power of two: what it takes to unpack one. Beyond: the file
/// cannot be read.
pub(super) const WINDOW_LOG: u32 = 27;

/// Compressed bytes read at a time.
const PACKED_READ: usize = 128 << 10;

impl Reader {
    fn new(input: Input) -> io::Result<(Reader, Compression)> {
        let mut raw = Raw { head: [0; 4], head_at: 0, head_len: 0, input, failed: None, read: 0 };
        while raw.head_len < raw.head.len() {
            match raw.input.read(&mut raw.head[raw.head_len..]) {
                Ok(0) => break,
                Ok(n) => raw.head_len += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // Half a magic number may still be one packed byte short: let the parser say.
                Err(e) if raw.head_len > 0 => {
                    raw.failed = Some(e);
                    break;
                }
                Err(e) => return Err(e),
            }
        }
        Ok(match raw.head {
            [0x1f, 0x8b, ..] => {
                let (raw, count) = Counted::new(raw);
                let packed = BufReader::with_capacity(PACKED_READ, raw);
                let decoder = Members::new(packed);
                (Reader::Packed(Ahead::new(decoder, count)?), Compression::Gzip)
            }
            // A frame, or one of the skippable frames that parallel compressors put first.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                let (raw, count) = Counted::new(raw);
                let packed = BufReader::with_capacity(PACKED_READ, raw);
                let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
                decoder.window_log_max(WINDOW_LOG)?;
                (Reader::Packed(Ahead::new(decoder, count)?), Compression::Zstd)
            }
            _ => (Reader::Plain(raw), Compression::None),
        })
    }

    fn raw_read(&self) -> u64 {
        match self {
            Reader::Plain(raw) => raw.read,
            Reader::Packed(ahead) => ahead.raw_read(),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Reader::Plain(raw) => raw.read(buf),
            Reader::Packed(ahead) => ahead.read(buf),
        }
    }
}

/// The input as it lies on disk, with the bytes that were looked at put back in front.
struct Raw {
    head: [u8; 4],
    head_at: usize,
    head_len: usize,
    input: Input,
    /// What came behind these bytes; an input need not say it twice.
    failed: Option<io::Error>,
    read: u64,
}

impl Read for Raw {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = if self.head_at < self.head_len {
            let n = buf.len().min(self.head_len - self.head_at);
            buf[..n].copy_from_slice(&self.head[self.head_at..self.head_at + n]);
            self.head_at += n;
            n
        } else if let Some(error) = self.failed.take() {
            return Err(error);
        } else {
            self.input.read(buf)?
        };
        self.read += n as u64;
        Ok(n)
    }
}
