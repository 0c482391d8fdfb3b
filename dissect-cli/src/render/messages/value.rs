//! A field's value in words.

use std::fmt;

use ceph_codec::{Text, Value};

/// Bytes that are shown of a longer string of them.
const SHORT: usize = 16;

/// A value as one would type it in a filter: `export`, `pAsLsXsFs`, `0x10000000001`.
pub(super) struct Plain<'a>(pub(super) Value<'a>);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Uint(n) => n.fmt(f),
            Value::Int(n) => n.fmt(f),
            Value::Named(_, Some(name)) => f.write_str(name),
            Value::Named(n, None) => write!(f, "unknown({n})"),
            Value::Ino(ino) => ino.fmt(f),
            Value::Caps(caps) => caps.fmt(f),
            Value::Snap(snap) => snap.fmt(f),
            Value::Time(time) => time.fmt(f),
            Value::Socket(socket) => socket.fmt(f),
            Value::Text(text) => Text(text).fmt(f),
            Value::Bytes(bytes) => hex(bytes, f),
            _ => f.write_str("?"),
        }
    }
}

/// A value with its number behind its name, for reading.
pub(in crate::render) struct Told<'a>(
    pub(in crate::render) &'static str,
    pub(in crate::render) Value<'a>,
);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Value::Named(n, Some(name)) => write!(f, "{name} ({n})"),
            Value::Caps(caps) => write!(f, "{caps} ({:#x})", caps.0),
            Value::Uint(mode) if self.0 == "mode" => write!(f, "{mode:#o}"),
            Value::Text(text) => write!(f, "\"{}\"", Text(text)),
            Value::Bytes([]) => f.write_str("(none)"),
            Value::Bytes(bytes) if bytes.iter().all(|byte| *byte == 0) => {
                write!(f, "{} bytes, all zero", bytes.len())
            }
            Value::Bytes(bytes) => {
                hex(&bytes[..bytes.len().min(SHORT)], f)?;
                if bytes.len() > SHORT { write!(f, "... ({} bytes)", bytes.len()) } else { Ok(()) }
            }
            value => Plain(value).fmt(f),
        }
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
