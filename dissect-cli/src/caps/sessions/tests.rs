use ceph_codec::message::MessageType;
use ceph_codec::message::client_session::SessionOp;
use ceph_codec::message::mds_map::MdsState;
use ceph_codec::types::Rank;

use super::*;
use crate::event::{At, PushedEvent, RankEvent, ReconnectEvent, SessionEvent};
use crate::names::FsIndex;
use crate::place::{Place, Time};
use crate::session::{Ends, Heard, Link, Links};

fn place(second: i64) -> Place {
    Place { file: 0, frame: second as u64, time: Time(second * 1_000_000_000) }
}

fn at(conn: u32, second: i64) -> At {
    At { place: place(second), conn: ConnId(conn), offset: 0, replayed: false }
}

/// What happens on a connection, at each second.
enum Do {
    Say(SessionOp, u64),
    Recall(u32, Option<u32>),
    /// So many messages that are counted.
    Push(u32),
    Reconnect(u32),
    Hold(u32),
}

use Do::{Hold, Push, Recall as RecallTo, Reconnect, Say};

fn log(connections: &[(u32, i64, &[Do])]) -> SessionLog {
    let mut log = SessionLog::default();
    for (conn, start, told) in connections {
        for (second, what) in told.iter().enumerate() {
            let at = at(*conn, start + second as i64);
            let session = |op, seq, max_caps| {
                Event::Session(SessionEvent { at, op, seq, max_caps, blocklisted: false })
            };
            let pushed = Event::Pushed(PushedEvent { at, kind: MessageType::CLIENT_CAPS });
            match what {
                Say(op, seq) => log.push(&session(*op, *seq, 0), None),
                RecallTo(max, held) => log.push(&session(SessionOp::RECALL_STATE, 0, *max), *held),
                Push(n) => (0..*n).for_each(|_| log.push(&pushed, None)),
                Reconnect(caps) => {
                    let (caps, more) = (*caps, false);
                    log.push(&Event::Reconnect(ReconnectEvent { at, caps, more }), None);
                }
                Hold(held) => log.push(&session(SessionOp::OPEN, 0, 0), Some(*held)),
            }
        }
    }
    log
}

/// A connection of client 4100 to rank 1.
fn link(conn: u32, opened: i64, resumed: bool) -> Link {
    let heard = || Heard {
        since: place(opened),
        last: Some(place(opened + 20)),
        spoken: true,
        holes: Vec::new(),
    };
    Link {
        conn: ConnId(conn),
        ends: Ends {
            client: Some(4100),
            party: ConnId(0),
            client_addr: ([10, 0, 0, 1], 1000).into(),
            mds: Some(Rank(1)),
            mds_addr: ([10, 0, 0, 11], 6800).into(),
        },
        from_start: true,
        resumed,
        opened: place(opened),
        last: place(opened + 20),
        ended: None,
        readable: true,
        mds: heard(),
        client: heard(),
        session_asked: None,
        closed: None,
    }
}

/// `counted/seen since` of what is missing.
fn unseen(log: &SessionLog, links: Vec<Link>) -> Vec<String> {
    let links = Links::new(links, place(100));
    let histories = log.histories(&links);
    let all = histories.iter().flat_map(History::unseen);
    all.map(|u| format!("{}/{} {} {:?}", u.counted, u.expected, u.since.frame, u.beginning))
        .collect()
}

const OPENS: [Do; 2] = [Say(SessionOp::REQUEST_OPEN, 0), Say(SessionOp::OPEN, 0)];

/// These behind the opening of a session.
fn opened(then: Vec<Do>) -> Vec<Do> {
    OPENS.into_iter().chain(then).collect()
}

#[test]
fn a_count_that_is_right_is_nothing() {
    let told =
        opened(vec![Push(7), Say(SessionOp::FLUSHMSG, 7), Push(2), Say(SessionOp::STALE, 9)]);
    assert!(unseen(&log(&[(0, 0, &told)]), vec![link(0, 0, false)]).is_empty());
}

#[test]
fn what_was_counted_before_the_session_is_told_once() {
    let told = [
        Say(SessionOp::REQUEST_OPEN, 0),
        Say(SessionOp::OPEN, 300),
        Push(10),
        Say(SessionOp::FLUSHMSG, 310),
    ];
    let found = unseen(&log(&[(0, 0, &told)]), vec![link(0, 0, false)]);
    assert_eq!(found, ["300/0 0 Session"]);
}

#[test]
fn what_was_lost_between_two_counts_is_told_with_the_second() {
    let told =
        opened(vec![Push(4), Say(SessionOp::FLUSHMSG, 4), Push(3), Say(SessionOp::FLUSHMSG, 9)]);
    let found = unseen(&log(&[(0, 0, &told)]), vec![link(0, 0, false)]);
    assert_eq!(found, ["9/7 3 Count"]);
}

#[test]
fn an_open_without_a_count_says_nothing() {
    let told = opened(vec![Push(4), Say(SessionOp::OPEN, 0), Say(SessionOp::FLUSHMSG, 4)]);
    assert!(unseen(&log(&[(0, 0, &told)]), vec![link(0, 0, false)]).is_empty());
}

#[test]
fn from_the_middle_on_the_first_count_is_the_base() {
    let told = [Push(4), Say(SessionOp::FLUSHMSG, 90), Push(1), Say(SessionOp::FLUSHMSG, 93)];
    let middle = Link { from_start: false, ..link(0, 0, false) };
    assert_eq!(unseen(&log(&[(0, 0, &told)]), vec![middle]), ["93/91 1 Count"]);
}

#[test]
fn a_rank_that_came_back_counts_from_0() {
    let first = opened(vec![Push(50)]);
    let second =
        [Push(3), Reconnect(5), Say(SessionOp::OPEN, 0), Push(2), Say(SessionOp::FLUSHMSG, 4)];
    let log = log(&[(0, 0, &first), (1, 30, &second)]);
    let links = vec![link(0, 0, false), link(1, 30, false)];
    assert_eq!(unseen(&log, links), ["4/2 32 Count"]);
}

#[test]
fn a_connection_that_goes_on_with_a_session_goes_on_with_its_count() {
    let first = opened(vec![Push(50)]);
    let right = [Push(5), Say(SessionOp::FLUSHMSG, 55)];
    let wrong = [Push(5), Say(SessionOp::FLUSHMSG, 56)];
    let links = || vec![link(0, 0, false), link(1, 30, true)];
    assert!(unseen(&log(&[(0, 0, &first), (1, 30, &right)]), links()).is_empty());
    assert_eq!(unseen(&log(&[(0, 0, &first), (1, 30, &wrong)]), links()), ["56/55 1 Count"]);
}

#[test]
fn a_session_that_may_have_been_there_has_a_count_that_nobody_knows() {
    // The first connection was lost, and the rank may still have had its session.
    let first = opened(vec![Push(50)]);
    let again =
        [Say(SessionOp::REQUEST_OPEN, 0), Say(SessionOp::OPEN, 52), Say(SessionOp::FLUSHMSG, 52)];
    let log = log(&[(0, 0, &first), (1, 30, &again)]);
    assert!(unseen(&log, vec![link(0, 0, false), link(1, 30, false)]).is_empty());
}

#[test]
fn a_closed_session_is_followed_by_a_new_one() {
    let told = opened(vec![
        Push(5),
        Say(SessionOp::REQUEST_CLOSE, 5),
        Say(SessionOp::CLOSE, 0),
        Say(SessionOp::REQUEST_OPEN, 0),
        Say(SessionOp::OPEN, 1),
    ]);
    assert_eq!(unseen(&log(&[(0, 0, &told)]), vec![link(0, 0, false)]), ["1/0 5 Session"]);
}

#[test]
fn a_return_has_what_was_before_and_what_came_of_it() {
    let first = opened(vec![Push(1)]);
    let second = [Reconnect(5), Say(SessionOp::OPEN, 0), Push(1)];
    let log = log(&[(0, 0, &first), (1, 30, &second)]);
    let links = Links::new(vec![link(0, 0, false), link(1, 30, false)], place(100));
    let returns = log.histories(&links)[0].returns();
    let [back] = returns[..] else { panic!("{returns:?}") };
    assert_eq!((back.before, back.conn), (Some(ConnId(0)), ConnId(1)));
    assert_eq!(back.last_word, Some(place(2)));
    assert_eq!((back.told.at.place, back.caps), (place(30), 5));
    assert_eq!((back.opened, back.denied), (Some(place(31)), None));
    assert_eq!((back.first_word, back.first_reply), (Some(place(32)), None));
}

#[test]
fn a_return_may_be_denied() {
    for (end, asked) in
        [(SessionOp::CLOSE, false), (SessionOp::REJECT, false), (SessionOp::CLOSE, true)]
    {
        let mut told = vec![Reconnect(5)];
        told.extend(asked.then_some(Say(SessionOp::REQUEST_CLOSE, 0)));
        told.push(Say(end, 0));
        let log = log(&[(1, 30, &told)]);
        let links = Links::new(vec![link(1, 30, false)], place(100));
        let denied = log.histories(&links)[0].returns()[0].denied;
        assert_eq!(denied, (!asked).then_some((end, place(31))));
    }
}

#[test]
fn renewals_are_summed_up() {
    let mut log = SessionLog::default();
    let ops = [
        (0, SessionOp::REQUEST_RENEWCAPS),
        (1, SessionOp::RENEWCAPS),
        (20, SessionOp::REQUEST_RENEWCAPS),
        (25, SessionOp::REQUEST_RENEWCAPS),
        (27, SessionOp::RENEWCAPS),
        (40, SessionOp::REQUEST_RENEWCAPS),
    ];
    for (second, op) in ops {
        let event = SessionEvent { at: at(0, second), op, seq: 0, max_caps: 0, blocklisted: false };
        log.push(&Event::Session(event), None);
    }
    let renewals = log.leg(ConnId(0)).unwrap().renewals;
    assert_eq!((renewals.asked, renewals.answered), (4, 2));
    assert_eq!(renewals.slowest, Some((7_000_000_000, place(27))));
    assert_eq!(renewals.longest, Some((26_000_000_000, place(27))));
    assert_eq!((renewals.open, renewals.last), (Some(place(40)), Some(place(27))));
}

#[test]
fn a_recall_lasts_until_the_client_has_come_down() {
    let told = [
        Hold(1000),
        RecallTo(500, Some(1000)),
        Hold(900),
        RecallTo(400, Some(900)),
        Hold(450),
        Hold(400),
        Hold(420),
        RecallTo(600, Some(420)),
    ];
    let log = log(&[(0, 0, &told)]);
    let leg = log.leg(ConnId(0)).unwrap();
    let [first, second] = leg.recalls[..] else { panic!("{:?}", leg.recalls) };
    assert_eq!((first.times, first.max_caps, first.held), (2, 400, Some(1000)));
    assert_eq!((first.least, first.followed), (Some(400), Some(place(5))));
    assert_eq!((second.max_caps, second.followed), (600, Some(place(7))));
    assert_eq!(leg.most, Some((1000, place(0))));
}

#[test]
fn what_is_too_much_is_counted() {
    let limits = SessionLimits { max_notes: 1, max_legs: 1 };
    let mut log = SessionLog { limits, ..SessionLog::default() };
    for conn in [0, 0, 0, 1] {
        let (op, max_caps) = (SessionOp::OPEN, 0);
        let event = SessionEvent { at: at(conn, 1), op, seq: 0, max_caps, blocklisted: false };
        log.push(&Event::Session(event), None);
    }
    let leg = log.leg(ConnId(0)).unwrap();
    assert_eq!((leg.notes.len(), leg.dropped), (1, 2));
    assert!(log.leg(ConnId(1)).is_none());
}

#[test]
fn a_rank_leaves_and_comes_back() {
    let mut ranks = RankLog::default();
    let states = [
        (1, Some(MdsState::ACTIVE)),
        (10, Some(MdsState::REPLAY)),
        (12, Some(MdsState::RECONNECT)),
        (14, Some(MdsState::ACTIVE)),
        (20, None),
    ];
    for (second, state) in states {
        ranks.push(&RankEvent {
            at: at(9, second),
            rank: Rank(1),
            fs: FsIndex(0),
            state,
            epoch: 1,
        });
    }
    let left =
        |since, until| ranks.left_active(Rank(1), place(since), place(until)).map(|p| p.frame);
    assert_eq!(left(5, 100), Some(10));
    assert_eq!(left(5, 9), None);
    assert_eq!(left(15, 19), None);
    assert_eq!(left(15, 100), Some(20));
    assert_eq!(ranks.left_active(Rank(0), place(0), place(100)), None);
    assert_eq!(ranks.back(Rank(1), place(10), place(13)), Some(place(12)));
    assert_eq!(ranks.back(Rank(1), place(13), place(100)), None);
}
