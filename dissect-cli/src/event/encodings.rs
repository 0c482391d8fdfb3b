//! How the replies on a connection are encoded.

use ceph_codec::Fault;
use ceph_codec::message::client_reply::{ClientReply, Encoding, Extra, Trace};

use crate::hash::HashMap;
use crate::stream::ConnId;

/// What the last reply on each connection showed: a reply does not say it of itself.
#[derive(Debug, Default)]
pub struct Encodings {
    known: HashMap<ConnId, Encoding>,
}

impl Encodings {
    /// The encoding of a reply's trace and extra bytes.
    pub fn of(&mut self, conn: ConnId, reply: &ClientReply<'_>) -> Result<Encoding, Fault> {
        match self.known.get(&conn) {
            Some(known) if parts(reply, *known).is_ok() => Ok(*known),
            _ => self.find(conn, reply),
        }
    }

    /// A reply's trace and extra bytes.
    pub fn parts<'a>(
        &mut self,
        conn: ConnId,
        reply: &ClientReply<'a>,
    ) -> Result<(Trace<'a>, Extra<'a>), Fault> {
        if let Some(parts) = self.known.get(&conn).and_then(|known| parts(reply, *known).ok()) {
            return Ok(parts);
        }
        parts(reply, self.find(conn, reply)?)
    }

    fn find(&mut self, conn: ConnId, reply: &ClientReply<'_>) -> Result<Encoding, Fault> {
        let encoding = reply.find_encoding()?;
        self.known.insert(conn, encoding);
        Ok(encoding)
    }
}

fn parts<'a>(reply: &ClientReply<'a>, encoding: Encoding) -> Result<(Trace<'a>, Extra<'a>), Fault> {
    Ok((reply.trace(encoding)?, reply.extra(encoding)?))
}
