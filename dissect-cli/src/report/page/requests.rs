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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caps::timeline::{Lane, Timeline};
    use crate::place::{Place, Time};
    use crate::stream::ConnId;
    use ceph_codec::types::Rank;

    const FILE: InodeNo = InodeNo(0x1001);
    const DIR: InodeNo = InodeNo(0x1000);

    fn at(frame: u64) -> At {
        let place = Place { file: 0, frame, time: Time(frame as i64 * 10) };
        At { place, conn: ConnId(7), offset: frame, replayed: false }
    }

    fn request(frame: u64, tid: u64, ino: Option<InodeNo>, dir: Option<InodeNo>) -> Event {
        let (at, op) = (at(frame), RequestOp::GETATTR);
        Event::Request(RequestEvent { at, tid, op, ino, dir, again: false })
    }

    fn reply(frame: u64, tid: u64, answer: Answer) -> Event {
        Event::Reply(ReplyEvent { at: at(frame), tid, answer })
    }

    /// A directory without a lane of this client, and a file with one.
    fn timelines() -> Timelines {
        let lane = Lane { client: Client::Conn(7), server: Server::Conn(7), spans: Vec::new() };
        let timeline = |ino, lanes| Timeline {
            ino,
            path: None,
            names: Vec::new(),
            lanes,
            entries: Vec::new(),
            migrations: Vec::new(),
            notes: Vec::new(),
        };
        let inodes = vec![timeline(InodeNo(1), Vec::new()), timeline(FILE, vec![lane])];
        Timelines { inodes, ..Timelines::default() }
    }

    fn asked(requests: Requests) -> Asked {
        requests.finish(&timelines(), &Who::default())
    }

    fn told(events: &[Event]) -> Requests {
        let mut requests = Requests::default();
        events.iter().for_each(|event| requests.push(event));
        requests
    }

    fn outcomes(asked: &Asked) -> Vec<Outcome> {
        asked.rows.iter().map(|row| row.outcome).collect()
    }

    #[test]
    fn the_first_answer_is_what_became_of_a_request() {
        let asked = asked(told(&[
            request(1, 5, Some(FILE), None),
            request(2, 6, Some(FILE), None),
            reply(3, 5, Answer::Unsafe { result: 0 }),
            reply(4, 5, Answer::Safe { result: 0 }),
            // Safe is the end of it: this one belongs to nothing.
            reply(5, 5, Answer::Safe { result: 0 }),
            reply(6, 6, Answer::Forward { to: Rank(1) }),
        ]));
        let none = Outcome::NotAwaited;
        let (five, six) =
            (Outcome::Answered { by: 2, after: 20 }, Outcome::Answered { by: 4, after: 40 });
        assert_eq!(outcomes(&asked), [five, six, none, none, none]);
        assert!(asked.rows.iter().all(|row| (row.inode, row.lane) == (1, 0)));
    }

    #[test]
    fn what_is_sent_again_waits_no_more() {
        let again = [request(1, 5, Some(FILE), None), request(2, 5, Some(FILE), None)];
        assert_eq!(
            outcomes(&asked(told(&again))),
            [Outcome::Overtaken { by: 1 }, Outcome::Open],
            "of the last one no answer was seen"
        );
    }

    #[test]
    fn a_name_in_a_directory_and_what_has_no_lane() {
        let said = |ino, dir| asked(told(&[request(1, 5, ino, dir)]));
        for (ino, dir, within) in [
            (Some(FILE), Some(DIR), false),
            (None, Some(FILE), true),
            (Some(DIR), Some(FILE), true),
        ] {
            let asked = said(ino, dir);
            let want = Said::Asks { op: RequestOp::GETATTR, within, again: false };
            assert_eq!(asked.rows.first().map(|row| row.said), Some(want));
        }
        for (ino, dir) in [(None, None), (Some(DIR), None), (Some(InodeNo(1)), None)] {
            let asked = said(ino, dir);
            assert_eq!((asked.rows.len(), asked.elsewhere), (0, 1), "{ino:?} in {dir:?}");
        }
    }

    #[test]
    fn beyond_the_bounds_nothing_is_said_that_is_not_known() {
        let mut requests = told(&[request(1, 5, Some(FILE), None)]);
        requests.replies = MAX_REPLIES;
        requests.requests = MAX_REQUESTS;
        requests.push(&reply(2, 5, Answer::Safe { result: 0 }));
        requests.push(&request(3, 6, Some(FILE), None));
        let asked = asked(requests);
        assert_eq!(outcomes(&asked), [Outcome::NotAwaited], "its reply may have found no room");
        assert_eq!(asked.left_out, 1);
    }
}
