//! What clients asked ranks to do with an inode, and what they were answered.

use std::collections::{BTreeMap, HashMap};

use ceph_codec::message::client_request::RequestOp;
use ceph_codec::types::InodeNo;

use crate::caps::timeline::{Client, Outcome, Server, Timelines, parties};
use crate::event::{Answer, At, Event, ReplyEvent, RequestEvent};
use crate::session::Who;

/// Requests kept, 65,536 of about 100 bytes. Beyond: counted in [`Asked::left_out`].
const MAX_REQUESTS: usize = 1 << 16;
/// Replies kept, 262,144: there may be two to a request, and it may be sent on. Beyond: not shown, and of no
/// request is said any more that it has no answer.
const MAX_REPLIES: usize = 1 << 18;

/// Keeps requests and replies until it is known who everybody is and which inodes have lanes.
#[derive(Debug, Default)]
pub struct Requests {
    kept: Vec<Kept>,
    requests: usize,
    replies: usize,
    left_out: u64,
    cut: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kept {
    Request(RequestEvent),
    Reply(ReplyEvent),
}

/// All requests that have a lane, and their replies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Inode by inode, each in the order of the capture.
    pub rows: Vec<AskedRow>,
    /// Requests about inodes of which this client has no lane at this rank, or about no inode that is known.
    pub elsewhere: u64,
    /// Requests that found no room.
    pub left_out: u64,
}

/// A request, or a reply to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedRow {
    /// The inode, an index into [`Timelines::inodes`].
    pub inode: usize,
    /// The lane, an index into that inode's lanes.
    pub lane: usize,
    /// Where it was seen.
    pub at: At,
    /// Number of the request.
    pub tid: u64,
    /// What is said.
    pub said: Said,
    /// What became of it. Entries in it are rows of this inode.
    pub outcome: Outcome,
}

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The client asks.
    Asks {
        /// What for.
        op: RequestOp,
        /// It is about a name in this directory, not about the directory.
        within: bool,
        /// It was sent before.
        again: bool,
    },
    /// The rank answers.
    Answers(Answer),
}

impl Requests {
    /// Takes an event, if it is a request or a reply.
    pub fn push(&mut self, event: &Event) {
        match event {
            _ if event.at().replayed => {}
            Event::Request(request) if self.requests < MAX_REQUESTS => {
                self.requests += 1;
                self.kept.push(Kept::Request(*request));
            }
            Event::Request(_) => self.left_out += 1,
            Event::Reply(reply) if self.replies < MAX_REPLIES => {
                self.replies += 1;
                self.kept.push(Kept::Reply(*reply));
            }
            Event::Reply(_) => self.cut = true,
            _ => {}
        }
    }

    /// Those that have a lane.
    pub(super) fn finish(self, timelines: &Timelines, who: &Who) -> Asked {
        let inodes = timelines.inodes.iter().enumerate();
        let mut placed = Placed {
            timelines,
            inodes: inodes.map(|(index, timeline)| (timeline.ino, index)).collect(),
            rows: BTreeMap::new(),
            open: HashMap::new(),
        };
        let mut elsewhere = 0;
        for kept in &self.kept {
            match kept {
                Kept::Request(request) => {
                    let (client, server) = parties(request.at.conn, who);
                    elsewhere += u64::from(!placed.request(request, client, server));
                }
                Kept::Reply(reply) => {
                    let (client, server) = parties(reply.at.conn, who);
                    placed.reply(reply, client, server);
                }
            }
        }
        let mut rows: Vec<_> = placed.rows.into_values().flatten().collect();
        if self.cut {
            let open = rows.iter_mut().filter(|row| row.outcome == Outcome::Open);
            open.for_each(|row| row.outcome = Outcome::NotAwaited);
        }
        Asked { rows, elsewhere, left_out: self.left_out }
    }
}

/// Requests and replies at their inodes.
struct Placed<'a> {
    timelines: &'a Timelines,
    inodes: HashMap<InodeNo, usize>,
    rows: BTreeMap<usize, Vec<AskedRow>>,
    /// The last request with this number of this client to this rank: its inode and its row there.
    open: HashMap<(Client, Server, u64), (usize, usize)>,
}

impl Placed<'_> {
    /// Puts a request at its inode, or else at the directory that its name is in. Whether there is a lane.
    fn request(&mut self, request: &RequestEvent, client: Client, server: Server) -> bool {
        let RequestEvent { at, tid, op, again, .. } = *request;
        let spot = |ino: Option<InodeNo>| {
            let inode = *self.inodes.get(&ino?)?;
            let mut lanes = self.timelines.inodes.get(inode)?.lanes.iter();
            Some((inode, lanes.position(|lane| lane.client == client && lane.server == server)?))
        };
        let own = spot(request.ino).map(|spot| (spot, false));
        let found = own.or_else(|| Some((spot(request.dir)?, true)));
        let key = (client, server, tid);
        let Some(((inode, lane), within)) = found else {
            self.open.remove(&key);
            return false;
        };
        let rows = self.rows.entry(inode).or_default();
        let number = rows.len();
        let said = Said::Asks { op, within, again };
        rows.push(AskedRow { inode, lane, at, tid, said, outcome: Outcome::Open });
        if let Some((was, row)) = self.open.insert(key, (inode, number)) {
            let row = self.rows.get_mut(&was).and_then(|rows| rows.get_mut(row));
            if let Some(row) = row.filter(|row| row.outcome == Outcome::Open) {
                row.outcome = match was == inode {
                    true => Outcome::Overtaken { by: number },
                    false => Outcome::NotAwaited,
                };
            }
        }
        true
    }

    /// Puts a reply at its request.
    fn reply(&mut self, reply: &ReplyEvent, client: Client, server: Server) {
        let ReplyEvent { at, tid, answer } = *reply;
        let key = (client, server, tid);
        let Some((inode, asked)) = self.open.get(&key).copied() else { return };
        // A safe answer may follow an unsafe one; behind the others there is nothing.
        if !matches!(answer, Answer::Unsafe { .. }) {
            self.open.remove(&key);
        }
        let Some(rows) = self.rows.get_mut(&inode) else { return };
        let by = rows.len();
        let Some(request) = rows.get_mut(asked) else { return };
        let lane = request.lane;
        if request.outcome == Outcome::Open {
            let after = at.place.time.since(request.at.place.time);
            request.outcome = Outcome::Answered { by, after };
        }
        let (said, outcome) = (Said::Answers(answer), Outcome::NotAwaited);
        rows.push(AskedRow { inode, lane, at, tid, said, outcome });
    }
}
