//! What finds no room in single parts.

use super::*;
use crate::caps::Story;
use crate::caps::watch::conflicts::{MAX_HOLDERS, MAX_OF_INODE};
use crate::caps::watch::holders::MAX_SAMPLES;
use crate::caps::watch::latency::{LONGEST, Latency};
use crate::caps::watch::pingpong::MAX_TURNS;
use crate::caps::watch::requests::{MAX_BLOCKED, MAX_BLOCKERS};

/// Rank 0 asks the second client for something.
fn revoke(ms: u64) -> Event {
    Event::Cap(op(ms, 2, CapOp::REVOKE, ms as u32, "pAs"))
}

#[test]
fn of_many_revokes_a_request_is_noted_with_the_first() {
    let many = MAX_BLOCKERS as u64 + 3;
    let before: Vec<_> = (1..=many).map(revoke).chain([ask(50, 0, 3)]).collect();
    let after: Vec<_> = [ask(1, 0, 3)].into_iter().chain((2..2 + many).map(revoke)).collect();
    for (events, first) in [(before, 1), (after, 2)] {
        let seen = watch(&events);
        assert_eq!(open(&seen).len() as u64, many);
        let requests = seen.requests.open_ones(&seen.seats);
        let [request] = &requests[..] else { panic!("{requests:?}") };
        let frames: Vec<_> =
            request.blockers.iter().map(|blocker| blocker.revoke.event.place.frame).collect();
        assert_eq!(frames, (first..first + MAX_BLOCKERS as u64).collect::<Vec<_>>());
    }
}

#[test]
fn of_many_requests_a_revoke_is_noted_with_the_first() {
    let many = MAX_BLOCKED as u64 + 3;
    let events: Vec<_> = (1..=many).map(|n| ask(n, 0, n)).chain([revoke(100)]).collect();
    let seen = watch(&events);
    let requests = seen.requests.open_ones(&seen.seats);
    assert_eq!(requests.len() as u64, many);
    for request in requests {
        let noted = request.event.tid <= MAX_BLOCKED as u64;
        assert_eq!(request.blockers.len(), usize::from(noted), "{}", request.event.tid);
    }
}

/// The inode goes from one rank to the other.
fn moves(ms: u64, ino: u64, from: u32) -> Event {
    let mds = Rank(1 - from as i32);
    let peer = ExportPeer { cap_id: 9, seq: Seq(1), mseq: Seq(1), mds, flags: PeerFlags(0) };
    let peer = Some(Peer::Importer(peer));
    Event::Cap(CapEvent { peer, ino: InodeNo(ino), ..op(ms, from, CapOp::EXPORT, 0, "-") })
}

#[test]
fn the_last_turns_are_kept_and_all_are_counted() {
    let many = MAX_TURNS as u64 + 5;
    let seen = watch(&(0..many).map(|n| moves(n, 1, n as u32 % 2)).collect::<Vec<_>>());
    let (_, turns) = seen.pingpong.moves().next().unwrap();
    assert_eq!((turns.total, turns.iter().count()), (many, MAX_TURNS));
    assert_eq!(turns.iter().next().map(|turn| turn.place.frame), Some(5));
    assert_eq!(turns.first.frame, 0);
}

#[test]
fn further_inodes_that_go_to_and_fro_are_not_followed() {
    let limits = Limits { pingpong: 2, ..Limits::default() };
    let mut seen = Watch::new(limits, &Selected::default());
    let (mut replay, who) = (Replay::default(), who());
    let on = |ino, event| Event::Cap(CapEvent { ino: InodeNo(ino), ..event });
    for ino in 1..=4 {
        // Bits are given to the two clients and asked back, in turn.
        for (ms, conn) in [(10, 0), (20, 2), (30, 0)] {
            let given = op(ms, conn, CapOp::GRANT, ms as u32, "pAsFw");
            let asked = op(ms + 1, conn, CapOp::REVOKE, ms as u32 + 1, "pAs");
            for event in [on(ino, given), on(ino, asked)] {
                let step = replay.push(&event, &who);
                seen.push(&event, step.as_ref(), &who);
            }
        }
    }
    for (ms, ino) in [(40, 1), (41, 2), (42, 3), (43, 4)] {
        seen.push(&moves(ms, ino, 0), None, &who);
    }
    // Those that are followed go on.
    seen.push(&moves(50, 2, 1), None, &who);
    let mut moved: Vec<_> = seen.pingpong.moves().map(|(ino, t)| (ino.0, t.total)).collect();
    let mut turned: Vec<_> = seen.pingpong.turns().map(|(ino, t)| (ino.0, t.total)).collect();
    moved.sort_unstable();
    turned.sort_unstable();
    assert_eq!((moved, turned), (vec![(1, 1), (2, 2)], vec![(1, 2), (2, 2)]));
}

/// So many clients with a connection to rank 0 each.
fn many(clients: u32) -> Who {
    let mut who = Who::default();
    for n in 0..clients {
        let conn = ConnId(n);
        who.add(conn, ([10, 0, 1, n as u8], 1000).into(), ([10, 0, 0, 10], 6800).into());
        let name = |kind, number| EntityName { kind, number };
        who.learn(conn, Dir::AToB, name(EntityType::CLIENT, 4100 + i64::from(n)));
        who.learn(conn, Dir::BToA, name(EntityType::MDS, 0));
    }
    who
}

/// The rank gives a client these bits.
fn issue(ms: u64, conn: u32, ino: u64, bits: &str) -> Event {
    let event = cap(ms, conn, Source::ClientReply { auth: true }, 1, bits);
    Event::Cap(CapEvent { ino: InodeNo(ino), ..event })
}

fn told(limits: Limits, who: &Who, events: impl IntoIterator<Item = Event>) -> Story {
    let watch = Watch::new(limits, &Selected::default());
    let mut story = Story { watch, ..Story::default() };
    events.into_iter().for_each(|event| _ = story.push(&event, who));
    story
}

fn conflicts(story: &Story) -> Vec<(u64, u32)> {
    let open = story.watch.conflicts.open_ones(&story.replay);
    open.iter().map(|conflict| (conflict.event.ino.0, conflict.event.conn.0)).collect()
}

#[test]
fn conflicts_of_further_inodes_are_not_followed() {
    let limits = Limits { conflicts: 2, ..Limits::default() };
    let both = |ino| [issue(ino, 0, ino, "pFx"), issue(ino, 1, ino, "pFr")];
    let mut story = told(limits, &many(2), (1..=3).flat_map(both));
    assert_eq!(conflicts(&story), [(1, 1), (2, 1)]);
    // One is settled: there is room again.
    let gone = CapEvent { issue_seq: Seq(1), ..cap(8, 0, Source::CapRelease, 0, "-") };
    story.push(&Event::Cap(CapEvent { ino: InodeNo(1), ..gone }), &many(2));
    both(4).iter().for_each(|event| _ = story.push(event, &many(2)));
    assert_eq!(conflicts(&story), [(2, 1), (4, 1)]);
}

#[test]
fn further_conflicts_of_an_inode_are_not_followed() {
    // Each of five clients with each other: ten.
    let story = told(Limits::default(), &many(5), (0..5).map(|n| issue(n.into(), n, 1, "pFx")));
    assert_eq!(conflicts(&story).len(), MAX_OF_INODE);
}

#[test]
fn further_holders_of_an_inode_are_not_compared() {
    for (others, found) in [(MAX_HOLDERS as u32 - 2, 1), (MAX_HOLDERS as u32, 0)] {
        let first = issue(1, 0, 1, "pFx");
        let rest = (1..=others).map(|n| issue(2, n, 1, "pAs"));
        let last = issue(3, others + 1, 1, "pFr");
        let events = [first].into_iter().chain(rest).chain([last]);
        let story = told(Limits::default(), &many(others + 2), events);
        assert_eq!(conflicts(&story).len(), found, "{others}");
    }
}

#[test]
fn samples_are_taken_half_as_often_when_there_are_too_many() {
    let series = |last: u64| {
        let issued = (0..=last).map(|n| issue(n * 10, 0, 1 + n, "pAs"));
        let story = told(Limits::default(), &who(), issued);
        let (_, holder) = story.watch.holders.iter().next().unwrap();
        (story.watch.holders.interval(), holder.samples().to_vec())
    };
    let full = MAX_SAMPLES as u64;
    let (interval, samples) = series(full - 1);
    assert_eq!((interval, samples), (10_000_000, (1..=full as u32).collect()));
    let (interval, samples) = series(full);
    let halved = (0..=full as u32 / 2).map(|n| n * 2 + 1).collect();
    assert_eq!((interval, samples), (20_000_000, halved));
}

#[test]
fn longer_than_the_longest_counts_as_that() {
    let mut latency = Latency::default();
    let longest = LONGEST as i64 * 1000;
    latency.record(longest * 4, Place::default());
    latency.record(longest * 8, Place::default());
    assert_eq!((latency.count(), latency.max().0), (2, longest * 8));
    let off = latency.percentile(50.0) - longest;
    assert!((0..=longest / 100).contains(&off), "{off}");
}
