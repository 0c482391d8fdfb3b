//! What the two ends of a connection agreed on.

use super::v1::{self, ReplyTag};
use super::{Item, v2};

/// Which messenger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messenger {
    /// The first one, `ceph v027`.
    V1,
    /// The second one, `ceph v2`.
    V2,
}

/// Who sends in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The side that opened the connection.
    Connector,
    /// The side that it was opened to.
    Acceptor,
}

/// How msgr2 protects frames once both sides know each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By checksums.
    Crc,
    /// By encryption.
    Secure,
}

/// What a framer cannot see in its own direction. What is not known is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The messenger.
    pub messenger: Option<Messenger>,
    /// Who sends in this direction.
    pub role: Option<Role>,
    /// msgr1: how many replies the acceptor has sent, and the tag of the last.
    pub replies: Option<(u32, ReplyTag)>,
    /// msgr1: features that both ends have.
    pub features: Option<u64>,
    /// msgr2: the framing's revision.
    pub revision: Option<v2::Revision>,
    /// msgr2: what AUTH_DONE said.
    pub mode: Option<Mode>,
}

/// Gathers the [`Terms`] of a connection from the items of both directions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Agreement {
    terms: Terms,
    connector: Option<usize>,
    offered: Option<u64>,
    replies: u32,
    banners: [Option<u64>; 2],
}

impl Agreement {
    /// A connection whose connector is known, say from its SYN. Sides are 0 and 1.
    #[must_use]
    pub fn opened_by(side: usize) -> Self {
        Agreement { connector: Some(side & 1), ..Self::default() }
    }

    /// Takes note of an item of side 0 or 1. `true` if the terms have changed, so that both framers should
    /// learn them.
    pub fn hear(&mut self, side: usize, item: &Item<'_>) -> bool {
        let side = side & 1;
        let before = (self.terms, self.connector);
        match item {
            Item::V1(item) => self.hear_v1(side, item),
            Item::V2(item) => self.hear_v2(side, item),
            _ => {}
        }
        before != (self.terms, self.connector)
    }

    /// The terms for the direction in which side 0 or 1 sends.
    #[must_use]
    pub fn terms(&self, side: usize) -> Terms {
        let role = self.connector.map(|connector| match connector == side & 1 {
            true => Role::Connector,
            false => Role::Acceptor,
        });
        Terms { role, ..self.terms }
    }

    fn hear_v1(&mut self, side: usize, item: &v1::Item<'_>) {
        self.terms.messenger = Some(Messenger::V1);
        match item {
            v1::Item::ConnectorAddress(_) => self.connector = Some(side),
            v1::Item::AcceptorAddresses { .. } => self.connector = Some(1 - side),
            v1::Item::Connect { request, .. } => {
                self.connector = Some(side);
                self.offered = Some(request.features);
            }
            v1::Item::Reply { reply, .. } => {
                self.connector = Some(1 - side);
                self.replies += 1;
                self.terms.replies = Some((self.replies, reply.tag));
                if reply.tag.opens_session() {
                    // Where the request was not seen: acceptors reply with what both have.
                    self.terms.features = Some(reply.features & self.offered.unwrap_or(u64::MAX));
                }
            }
            _ => {}
        }
    }

    fn hear_v2(&mut self, side: usize, item: &v2::Item<'_>) {
        self.terms.messenger = Some(Messenger::V2);
        match item {
            v2::Item::Banner(banner) => {
                self.banners[side] = Some(banner.supported);
                self.terms.revision = match self.banners {
                    [Some(a), Some(b)] => Some(v2::Revision::of(a & b)),
                    // Without the bit on one side it is settled already.
                    [Some(a), None] | [None, Some(a)] => {
                        Some(v2::Revision::of(a)).filter(|r| *r == v2::Revision::Rev0)
                    }
                    [None, None] => None,
                };
            }
            v2::Item::Control(frame) => {
                if let v2::Control::AuthDone(done) = &frame.control {
                    self.terms.mode = done.mode.mode();
                }
                match frame.tag().sender() {
                    Some(Role::Connector) => self.connector = Some(side),
                    Some(Role::Acceptor) => self.connector = Some(1 - side),
                    None => {}
                }
            }
            _ => {}
        }
    }
}

impl Terms {
    /// These terms, and where they are silent those of `other`.
    #[must_use]
    pub(crate) fn or(self, other: Terms) -> Terms {
        Terms {
            messenger: self.messenger.or(other.messenger),
            role: self.role.or(other.role),
            replies: self.replies.or(other.replies),
            features: self.features.or(other.features),
            revision: self.revision.or(other.revision),
            mode: self.mode.or(other.mode),
        }
    }
}
