//! The fields of this program's messages, for the language.

use super::{FieldId, Fields, Type};
use crate::fields::Registry;

impl Fields for Registry {
    fn find(&self, name: &str) -> Option<(FieldId, Type)> {
        self.find(name).map(|field| (field.id, field.ty))
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.names())
    }

    fn instead_of(&self, name: &str) -> Option<String> {
        self.instead_of(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    fn parse(text: &str) -> Result<String, String> {
        let filter = Filter::parse(text, Registry::get());
        filter.map(|filter| filter.to_string()).map_err(|error| error.show(text).to_string())
    }

    #[test]
    fn fields_of_messages_can_be_asked_for() {
        for (text, shown) in [
            ("caps.op == export && caps.peer.mseq > 2", "caps.op == export && caps.peer.mseq > 2"),
            ("type == MClientCaps", "type == client_caps"),
            ("type == caps and client == client.4125", "type == client_caps && client == 4125"),
            ("ceph.msg.client_caps.inode == 0x1", "ceph.msg.client_caps.inode == 0x1"),
            ("caps.head.mseq == 1", "caps.head.mseq == 1"),
            (
                "caps.issued contains Fw && ino in {0x1, 2}",
                "caps.issued contains Fw && ino in {0x1, 0x2}",
            ),
            ("caps.peer && !reply.target", "caps.peer && !reply.target"),
            ("caps or mdsmap", "caps || mdsmap"),
            // As it is shown where it has no name.
            ("caps.op == unknown(99)", "caps.op == 99"),
            ("caps.op in {unknown(99), export}", "caps.op in {99, export}"),
            ("!(type == unknown(7777)) && caps", "!(type == 7777) && caps"),
            ("type contains session", "type contains \"session\""),
            ("finding == export-without-import", "finding == export-without-import"),
            ("mdsmap.infos.state == up:rejoin", "mdsmap.infos.state == up:rejoin"),
        ] {
            assert_eq!(parse(text), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        for (text, says) in [
            ("caps.mesq == 1", "caps.mseq"),
            ("caps.peer == 1", "caps.peer holds fields"),
            ("caps.cap_id == caps.peer", "caps.peer holds fields"),
            ("caps.op == exprt", "export"),
            ("caps.op == unknown()", "known are grant"),
            ("caps.mseq == unknown(9)", "expected a number"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
