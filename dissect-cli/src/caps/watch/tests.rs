mod bounds;
mod rules;

use std::net::SocketAddr;

use ceph_codec::message::client_caps::{CapOp, ExportPeer, ImportPeer, PeerFlags};
use ceph_codec::message::client_request::RequestOp;
use ceph_codec::message::client_session::SessionOp;
use ceph_codec::types::{Caps, EntityName, EntityType, Rank, Seq, SnapId};
use proptest::prelude::*;

use super::*;
use crate::caps::replay::Replay;
use crate::event::{
    Answer, At, CapEvent, Direction, Peer, ReconnectEvent, ReplyEvent, RequestEvent, SessionEvent,
    Source,
};
use crate::place::{Place, Time};
use crate::stream::{ConnId, Dir};

/// Clients 4100 and 4200, each with a connection to ranks 0 and 1: connections 0, 1 and 2, 3.
fn who() -> Who {
    let mut who = Who::default();
    let addr = |host: u8, port: u16| SocketAddr::from(([10, 0, 0, host], port));
    for (index, client) in [(0, 4100), (2, 4200)] {
        for rank in 0..2 {
            let conn = ConnId(index + rank);
            who.add(conn, addr(1, 1000 + conn.0 as u16), addr(10 + rank as u8, 6800));
            let name = |kind, number| EntityName { kind, number };
            who.learn(conn, Dir::AToB, name(EntityType::CLIENT, client));
            who.learn(conn, Dir::BToA, name(EntityType::MDS, i64::from(rank)));
        }
    }
    who
}

const INO: InodeNo = InodeNo(0x100);

/// What happens at a millisecond, on a connection.
fn at(ms: u64, conn: u32) -> At {
    let place = Place { file: 0, frame: ms, time: Time(ms as i64 * 1_000_000) };
    At { place, conn: ConnId(conn), offset: ms, replayed: false }
}

fn cap(ms: u64, conn: u32, source: Source, seq: u32, caps: &str) -> CapEvent {
    let At { place, conn, offset, replayed } = at(ms, conn);
    let direction = match source {
        Source::ClientCaps(CapOp::UPDATE | CapOp::FLUSH) => Direction::ClientToMds,
        Source::ClientCaps(_) | Source::ClientReply { .. } => Direction::MdsToClient,
        _ => Direction::ClientToMds,
    };
    CapEvent {
        place,
        conn,
        offset,
        direction,
        replayed,
        version: 11,
        tid: 0,
        source,
        ino: INO,
        cap_id: 7,
        seq: Seq(seq),
        issue_seq: Seq(0),
        mseq: Seq(0),
        caps: caps.parse().unwrap(),
        wanted: Caps::NONE,
        dirty: Caps::NONE,
        follows: SnapId(1),
        size: None,
        peer: None,
    }
}

fn op(ms: u64, conn: u32, op: CapOp, seq: u32, caps: &str) -> CapEvent {
    cap(ms, conn, Source::ClientCaps(op), seq, caps)
}

fn ask(ms: u64, conn: u32, tid: u64) -> Event {
    let (op, ino, dir) = (RequestOp::GETATTR, Some(INO), None);
    Event::Request(RequestEvent { at: at(ms, conn), tid, op, ino, dir, again: false })
}

fn reply(ms: u64, conn: u32, tid: u64, answer: Answer) -> Event {
    Event::Reply(ReplyEvent { at: at(ms, conn), tid, answer })
}

fn session(ms: u64, conn: u32, op: SessionOp) -> Event {
    let at = at(ms, conn);
    Event::Session(SessionEvent { at, op, seq: 0, max_caps: 0, blocklisted: false })
}

fn keep_all() -> Watch {
    Watch::new(Limits { slowest: 100, ..Limits::default() }, &Selected::default())
}

fn watch(events: &[Event]) -> Watch {
    let (mut replay, mut watch) = (Replay::default(), keep_all());
    let who = who();
    for event in events {
        let step = replay.push(event, &who);
        watch.push(event, step.as_ref(), &who);
    }
    watch
}

fn open(watch: &Watch) -> Vec<Revoke> {
    watch.revokes.open_ones(&watch.seats)
}

fn ended(watch: &Watch, end: RevokeEnd) -> u64 {
    watch.revokes.ended(end, &watch.seats)
}

#[test]
fn a_revoke_is_answered_by_what_gives_the_bits_back_with_its_seq() {
    let revoke = op(20, 0, CapOp::REVOKE, 2, "pAsFr");
    let before = [Event::Cap(op(10, 0, CapOp::GRANT, 1, "pAsFrw")), Event::Cap(revoke)];
    let released = CapEvent { issue_seq: Seq(1), ..cap(25, 0, Source::CapRelease, 0, "-") };
    let answers: [(CapEvent, Option<RevokeEnd>); 8] = [
        (op(25, 0, CapOp::UPDATE, 2, "pAsFr"), Some(RevokeEnd::Answered)),
        (op(25, 0, CapOp::FLUSH, 2, "p"), Some(RevokeEnd::Answered)),
        (cap(25, 0, Source::RequestRelease, 2, "p"), Some(RevokeEnd::GivenUp)),
        (released, Some(RevokeEnd::Released)),
        // Sent before the revoke arrived.
        (op(25, 0, CapOp::UPDATE, 1, "pAsFr"), None),
        // Still has what was asked for.
        (op(25, 0, CapOp::UPDATE, 2, "pAsFrw"), None),
        // Another rank's, another client's.
        (op(25, 1, CapOp::UPDATE, 2, "pAsFr"), None),
        (op(25, 2, CapOp::UPDATE, 2, "pAsFr"), None),
    ];
    for (answer, end) in answers {
        let watch = watch(&[&before[..], &[Event::Cap(answer)]].concat());
        assert_eq!(open(&watch).len(), usize::from(end.is_none()), "{answer:?}");
        if let Some(end) = end {
            assert_eq!(ended(&watch, end), 1);
            let slowest = watch.revokes.slowest().sorted();
            let [(took, settled)] = slowest[..] else { panic!("{slowest:?}") };
            assert_eq!((*took, settled.place.frame), (5_000_000, 25));
            assert_eq!(settled.revoke.asked, Some("Fw".parse().unwrap()));
            assert_eq!(watch.revokes.stats().all().max().0, 5_000_000);
        }
    }
}

#[test]
fn a_revoke_is_void_when_bits_come_again_the_cap_moves_or_the_session_ends() {
    let before = [
        Event::Cap(op(10, 0, CapOp::GRANT, 1, "pAsFrw")),
        Event::Cap(op(20, 0, CapOp::REVOKE, 2, "pAsFr")),
    ];
    let exporter =
        ImportPeer { cap_id: 7, seq: Seq(2), mseq: Seq(0), mds: Rank(0), flags: PeerFlags::AUTH };
    let import = CapEvent {
        cap_id: 9,
        peer: Some(Peer::Exporter(exporter)),
        ..op(30, 1, CapOp::IMPORT, 1, "pAsFrw")
    };
    let reconnect = ReconnectEvent { at: at(30, 0), caps: 1, more: false };
    for (what, end) in [
        (Event::Cap(op(30, 0, CapOp::GRANT, 3, "pAsFrw")), RevokeEnd::GrantedAgain),
        (Event::Cap(op(30, 0, CapOp::EXPORT, 0, "-")), RevokeEnd::Moved),
        (Event::Cap(import), RevokeEnd::Moved),
        (session(30, 0, SessionOp::CLOSE), RevokeEnd::SessionOver),
        (session(30, 0, SessionOp::REQUEST_OPEN), RevokeEnd::SessionOver),
        (Event::Reconnect(reconnect), RevokeEnd::SessionOver),
    ] {
        // A request of the same client makes the second rank known.
        let watch = watch(&[&[ask(1, 1, 1)], &before[..], &[what]].concat());
        assert!(open(&watch).is_empty(), "{what:?}");
        assert_eq!(ended(&watch, end), 1, "{what:?}");
        assert_eq!(watch.revokes.stats().all().count(), 0);
    }
    // What took long is remembered.
    let watch_closed = watch(&[&before[..], &[session(30, 0, SessionOp::CLOSE)]].concat());
    assert_eq!(watch_closed.revokes.late(10_000_000, &watch_closed.seats).len(), 1);
    assert!(watch_closed.revokes.late(10_000_001, &watch_closed.seats).is_empty());
    // Another session than its own.
    let watch = watch(&[&before[..], &[session(30, 1, SessionOp::CLOSE)]].concat());
    assert_eq!(open(&watch).len(), 1);
}

#[test]
fn a_later_answer_is_for_all_revokes_before_it() {
    let watch = watch(&[
        Event::Cap(op(1, 0, CapOp::GRANT, 1, "pAsFrwcb")),
        Event::Cap(op(2, 0, CapOp::REVOKE, 2, "pAsFrw")),
        Event::Cap(op(3, 0, CapOp::REVOKE, 3, "pAsFr")),
        Event::Cap(op(9, 0, CapOp::UPDATE, 3, "pAsFr")),
    ]);
    let took: Vec<_> = watch.revokes.slowest().sorted().iter().map(|(took, _)| *took).collect();
    assert_eq!(took, [7_000_000, 6_000_000]);
}

fn flush(ms: u64, conn: u32, tid: u64) -> CapEvent {
    let dirty = "Fw".parse().unwrap();
    CapEvent { tid, dirty, ..op(ms, conn, CapOp::FLUSH, 1, "pFw") }
}

fn ack(ms: u64, conn: u32, tid: u64) -> CapEvent {
    CapEvent { tid, ..op(ms, conn, CapOp::FLUSH_ACK, 1, "-") }
}

#[test]
fn a_flush_is_acknowledged_by_its_tid_at_whichever_rank_it_went_to_last() {
    // Begun at rank 0, sent again to rank 1, which acknowledges.
    let seen = watch(&[flush(1, 0, 5), flush(4, 1, 5), ack(9, 1, 5)].map(Event::Cap));
    let [(took, safe)] = seen.flushes.slowest().sorted()[..] else { panic!() };
    assert_eq!((*took, safe.flush.sent, safe.end), (8_000_000, 2, FlushEnd::Acked));
    assert_eq!(seen.flushes.sent_again(), 1);
    // A later one is good for those before it, another client's or inode's for none.
    let seen = watch(&[flush(1, 0, 5), flush(2, 0, 6), ack(9, 0, 6)].map(Event::Cap));
    assert_eq!((seen.flushes.acked(), seen.flushes.open_ones(&seen.seats).len()), (2, 0));
    let elsewhere = CapEvent { ino: InodeNo(1), ..ack(9, 0, 5) };
    let seen = watch(&[flush(1, 0, 5), ack(9, 2, 5), elsewhere, ack(9, 0, 4)].map(Event::Cap));
    assert_eq!((seen.flushes.acked(), seen.flushes.open_ones(&seen.seats).len()), (0, 1));
}

#[test]
fn a_snapshot_is_acknowledged_by_its_own_tid_only() {
    let snap =
        |event: CapEvent, op| Event::Cap(CapEvent { source: Source::ClientCaps(op), ..event });
    let seen = watch(&[
        snap(flush(1, 0, 5), CapOp::FLUSHSNAP),
        snap(flush(2, 0, 6), CapOp::FLUSHSNAP),
        Event::Cap(ack(3, 0, 5)),
        snap(ack(9, 0, 6), CapOp::FLUSHSNAP_ACK),
    ]);
    let open: Vec<_> = seen.flushes.open_ones(&seen.seats).iter().map(|f| f.event.tid).collect();
    assert_eq!(open, [5]);
}

#[test]
fn the_halves_of_a_migration_are_as_far_apart_as_their_packets() {
    let peer = ExportPeer { cap_id: 9, seq: Seq(1), mseq: Seq(1), mds: Rank(1), ..<_>::default() };
    let export = |ms| {
        let peer = Some(Peer::Importer(peer));
        Event::Cap(CapEvent { peer, ..op(ms, 0, CapOp::EXPORT, 0, "-") })
    };
    let import = |ms| {
        let flags = PeerFlags::AUTH;
        let peer = ImportPeer { cap_id: 7, seq: Seq(1), mseq: Seq(0), mds: Rank(0), flags };
        let peer = Some(Peer::Exporter(peer));
        Event::Cap(CapEvent { peer, cap_id: 9, ..op(ms, 1, CapOp::IMPORT, 1, "pAs") })
    };
    for (events, first) in [([export(2), import(5)], 0), ([import(2), export(5)], 1)] {
        let seen = watch(&events);
        assert_eq!(seen.transfers.import_first(), first);
        let parts: Vec<_> = seen.transfers.stats().seats().collect();
        let [(seat, latency)] = parts[..] else { panic!("{parts:?}") };
        assert_eq!(seen.seats.get(seat).server, Server::Rank(1), "the importer's");
        assert_eq!((latency.count(), latency.max().0), (1, 3_000_000));
    }
}

#[test]
fn a_request_waits_for_the_revoke_that_was_open_most_of_its_time() {
    let safe = Answer::Safe { result: 0 };
    let revoke = Event::Cap(op(11, 2, CapOp::REVOKE, 2, "pAs"));
    let answer = Event::Cap(op(19, 2, CapOp::UPDATE, 2, "pAs"));
    let grant = Event::Cap(op(1, 2, CapOp::GRANT, 1, "pAsFw"));
    let seen = watch(&[grant, ask(10, 0, 3), revoke, answer, reply(20, 0, 3, safe)]);
    let [(took, wait)] = seen.requests.waits().sorted()[..] else { panic!() };
    assert_eq!((*took, wait.blocked), (10_000_000, 8_000_000));
    assert_eq!(wait.blocker.revoke.asked, Some("Fw".parse().unwrap()));
    assert_eq!(wait.blocker.end.map(|(_, place)| place.frame), Some(19));
    // Begun before the request, as well.
    let seen = watch(&[grant, revoke, ask(12, 0, 3), answer, reply(20, 0, 3, safe)]);
    assert_eq!(seen.requests.blocked(), 1);
    // Answered although the revoke was not: it waited for something else.
    let seen = watch(&[grant, ask(10, 0, 3), revoke, reply(20, 0, 3, safe), answer]);
    assert_eq!(seen.requests.blocked(), 0);
    // Another rank's revoke.
    let other = Event::Cap(op(11, 3, CapOp::REVOKE, 2, "pAs"));
    let ends = Event::Cap(op(19, 3, CapOp::UPDATE, 2, "pAs"));
    let seen = watch(&[ask(10, 0, 3), other, ends, reply(20, 0, 3, safe)]);
    assert_eq!(seen.requests.blocked(), 0);
}

#[test]
fn a_request_that_nobody_answers_waits_at_the_rank_that_it_was_sent_to_last() {
    let seen = watch(&[
        ask(10, 0, 3),
        reply(11, 0, 3, Answer::Forward { to: Rank(1) }),
        ask(12, 1, 3),
        Event::Cap(op(13, 3, CapOp::REVOKE, 2, "pAs")),
    ]);
    let [request] = seen.requests.open_ones(&seen.seats)[..] else { panic!() };
    assert_eq!((request.sent, request.forwards), (2, 1));
    let blocker = request.blocker(Time(20_000_000)).unwrap();
    assert_eq!((blocker.0.revoke.event.place.frame, blocker.1), (13, 7_000_000));
    let [revoke] = open(&seen)[..] else { panic!() };
    let waiting: Vec<_> = seen.requests.waiting_for(&revoke, &seen.seats).collect();
    assert_eq!(waiting.len(), 1);
    // It is over with its session.
    let seen = watch(&[ask(10, 0, 3), session(11, 0, SessionOp::CLOSE)]);
    assert!(seen.requests.open_ones(&seen.seats).is_empty());
}

#[test]
fn an_unsafe_reply_ends_the_wait_and_a_safe_one_follows() {
    let result = 0;
    let seen = watch(&[
        ask(10, 0, 3),
        reply(12, 0, 3, Answer::Unsafe { result }),
        reply(50, 0, 3, Answer::Safe { result }),
        // Answered at once.
        ask(60, 0, 4),
        reply(61, 0, 4, Answer::Safe { result }),
    ]);
    let (first, safe) = (seen.requests.stats().all(), seen.requests.safe().all());
    assert_eq!((first.count(), first.max().0), (2, 2_000_000));
    assert_eq!((safe.count(), safe.max().0), (1, 40_000_000));
    assert!(seen.requests.open_ones(&seen.seats).is_empty());
}

#[test]
fn what_was_delivered_before_counts_once() {
    let mut events = [flush(1, 0, 5), flush(2, 0, 5), ack(9, 0, 5)];
    events[1].replayed = true;
    let seen = watch(&events.map(Event::Cap));
    assert_eq!((seen.flushes.acked(), seen.flushes.sent_again()), (1, 0));
}

#[test]
fn only_what_is_selected_is_counted_but_all_is_watched() {
    let filter = Filter { clients: [4100].into(), ..Filter::default() };
    let mut seen = Watch::new(Limits { slowest: 9, ..Limits::default() }, &Selected(filter));
    let safe = Answer::Safe { result: 0 };
    for event in [
        ask(10, 0, 3),
        Event::Cap(op(11, 2, CapOp::REVOKE, 2, "pAs")),
        Event::Cap(op(19, 2, CapOp::UPDATE, 2, "pAs")),
        reply(20, 0, 3, safe),
        ask(30, 2, 3),
        reply(31, 2, 3, safe),
    ] {
        seen.push(&event, None, &who());
    }
    assert_eq!(ended(&seen, RevokeEnd::Answered), 0);
    assert_eq!(seen.requests.stats().all().count(), 1);
    assert_eq!(seen.requests.blocked(), 1, "by a client that is not selected");
}

#[test]
fn beyond_the_bounds_it_is_counted() {
    let limits = Limits { seats: 3, open: 4, slowest: 2, stats: 1, ..Limits::default() };
    let mut seen = Watch::new(limits, &Selected::default());
    for ms in 1..=9 {
        seen.push(&Event::Cap(op(ms, 0, CapOp::REVOKE, ms as u32, "pAs")), None, &who());
        seen.push(&Event::Cap(flush(ms, 0, ms)), None, &who());
        seen.push(&ask(ms, 0, ms), None, &who());
        seen.push(&ask(ms, 3, ms), None, &who());
    }
    let open = [
        open(&seen).len(),
        seen.flushes.open_ones(&seen.seats).len(),
        seen.requests.open_ones(&seen.seats).len(),
    ];
    assert_eq!(open, [4, 4, 4]);
    assert_eq!(seen.unwatched(), 5 + 5 + 14);
    for conn in 0..4 {
        seen.push(&Event::Cap(op(20, conn, CapOp::GRANT, 30, "pAs")), None, &who());
    }
    assert_eq!(seen.unwatched(), 24 + 1, "the fourth client at a rank");
    seen.push(&Event::Cap(op(30, 0, CapOp::UPDATE, 9, "p")), None, &who());
    assert_eq!(seen.revokes.slowest().sorted().len(), 2);
    assert_eq!(seen.revokes.slowest().sorted()[0].0, 29_000_000);
}

proptest! {
    #[test]
    fn percentiles_are_those_of_a_sorted_list(times in prop::collection::vec(0_i64..1 << 45, 1..200)) {
        let mut stats = Stats::new(Limits::default());
        for ns in &times {
            stats.record(SeatId(0), *ns, Place::default());
        }
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let all = stats.all();
        prop_assert_eq!(all.count(), times.len() as u64);
        prop_assert_eq!(all.max().0, sorted[sorted.len() - 1]);
        for percent in [50.0, 90.0, 99.0] {
            let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
            let exact = sorted[rank.max(1) - 1];
            let off = (all.percentile(percent) - exact).abs();
            prop_assert!(off <= exact / 100 + 1000, "p{} {} {}", percent, exact, all.percentile(percent));
        }
        prop_assert_eq!(all.powers().iter().sum::<u64>(), times.len() as u64);
    }

    /// Whatever comes in whatever order: what was begun has one end or is open.
    #[test]
    fn every_revoke_is_counted_once(steps in prop::collection::vec((0_u32..4, 0_u32..9, 1_u32..5), 0..200)) {
        let mut seen = keep_all();
        let who = who();
        let mut begun = 0;
        for (ms, (conn, what, seq)) in steps.into_iter().enumerate() {
            let ms = ms as u64;
            let caps = ["p", "pAs", "pAsFr", "pAsFrw"][seq as usize - 1];
            let event = match what {
                0..=2 => Event::Cap(op(ms, conn, CapOp::REVOKE, seq, caps)),
                3 => Event::Cap(op(ms, conn, CapOp::GRANT, seq, caps)),
                4 | 5 => Event::Cap(op(ms, conn, CapOp::UPDATE, seq, caps)),
                6 => Event::Cap(op(ms, conn, CapOp::EXPORT, seq, caps)),
                7 => Event::Cap(cap(ms, conn, Source::CapRelease, seq, "-")),
                _ => session(ms, conn, SessionOp::CLOSE),
            };
            begun += u64::from(what <= 2);
            seen.push(&event, None, &who);
        }
        let ends = [
            RevokeEnd::Answered, RevokeEnd::GivenUp, RevokeEnd::Released,
            RevokeEnd::GrantedAgain, RevokeEnd::Moved, RevokeEnd::SessionOver,
        ];
        let ended: u64 = ends.iter().map(|end| ended(&seen, *end)).sum();
        prop_assert_eq!(ended + open(&seen).len() as u64, begun);
        let answers: u64 = ends.iter().filter(|e| e.is_answer()).map(|e| self::ended(&seen, *e)).sum();
        prop_assert_eq!(answers, seen.revokes.stats().all().count());
    }
}
