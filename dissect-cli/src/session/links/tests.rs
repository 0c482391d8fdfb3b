use std::net::SocketAddr;

use super::*;

fn place(second: i64) -> Place {
    Place { file: 0, frame: second as u64, time: Time(second * 1_000_000_000) }
}

fn time(second: i64) -> Time {
    place(second).time
}

/// Client 4100 to rank 1, seen from second 0 to 100.
fn link() -> Link {
    Link {
        conn: ConnId(0),
        ends: ends(Some(4100), Some(1)),
        from_start: true,
        opened: place(0),
        last: place(100),
        resumed: false,
        ended: None,
        readable: true,
        mds: heard(),
        client: heard(),
        session_asked: None,
        closed: None,
    }
}

fn heard() -> Heard {
    Heard { since: place(0), last: Some(place(100)), spoken: true, holes: Vec::new() }
}

/// The rank's words, but for those of `heard`.
fn mds(heard: Heard) -> Link {
    Link { mds: heard, ..link() }
}

fn ends(client: Option<u64>, mds: Option<i32>) -> Ends {
    Ends {
        client,
        // Connections without a name are all of different clients.
        party: ConnId(if client.is_none() { 7 } else { 0 }),
        client_addr: SocketAddr::from(([10, 0, 0, 1], 1000)),
        mds: mds.map(Rank),
        mds_addr: SocketAddr::from(([10, 0, 0, 11], 6800)),
    }
}

const WAIT: i64 = 5_000_000_000;

/// The client that is asked about, as its connection to rank 0 shows it.
fn asker() -> Ends {
    ends(Some(4100), Some(0))
}

fn hole(from: i64, to: i64) -> Hole {
    Hole { before: place(from), after: place(to), bytes: 9, merged: 0, within: None }
}

/// Rank 1's words were lost there.
fn lost(hole: Hole) -> Doubt {
    Doubt::Hole { mds: Rank(1), direction: Direction::MdsToClient, hole }
}

fn unheard(since: Place) -> Option<Doubt> {
    Some(Doubt::Unheard { mds: Rank(1), direction: Direction::MdsToClient, since })
}

/// Whether rank 1's words to client 4100 around second 50, from 45 to 55, were all read.
fn doubt(links: Vec<Link>) -> Option<Doubt> {
    Links::new(links, place(100)).doubt(&ends(Some(4100), Some(0)), Rank(1), time(50), WAIT)
}

#[test]
fn a_connection_seen_throughout_leaves_no_doubt() {
    assert_eq!(doubt(vec![link()]), None);
}

#[test]
fn a_connection_that_ended_leaves_none_either() {
    let lost = Link {
        last: place(51),
        ended: Some((End::Reset, place(51))),
        ..mds(Heard { last: Some(place(51)), ..heard() })
    };
    assert_eq!(doubt(vec![lost]), None);
}

#[test]
fn without_a_connection_nothing_can_be_said() {
    let mds = Rank(1);
    assert_eq!(doubt(vec![]), Some(Doubt::NoConnection { mds }));
    let other = Link { ends: ends(Some(4200), Some(1)), ..link() };
    assert_eq!(doubt(vec![other]), Some(Doubt::NoConnection { mds }));
    // One that was over before, and one that came after: between them there may have been another.
    let over = Link { last: place(48), ended: Some((End::Reset, place(48))), ..link() };
    assert_eq!(doubt(vec![over.clone()]), Some(Doubt::NoConnection { mds }));
    let next = Link { opened: place(52), ..link() };
    assert_eq!(doubt(vec![over, next]), Some(Doubt::NoConnection { mds }));
}

#[test]
fn silence_proves_nothing_until_the_rank_is_heard_again() {
    let silent = |last| mds(Heard { last, ..heard() });
    assert_eq!(doubt(vec![silent(Some(place(52)))]), unheard(place(52)));
    assert_eq!(doubt(vec![silent(Some(place(55)))]), None);
    assert_eq!(doubt(vec![silent(None)]), unheard(place(0)));
    // Only packets without a word of the messenger.
    let mute = mds(Heard { spoken: false, ..heard() });
    assert!(matches!(doubt(vec![mute]), Some(Doubt::Unheard { .. })));
    // A connection that ended has nothing more to say, but it has to have been heard after the message.
    let over = |last| Link { ended: Some((End::Reset, place(52))), ..silent(Some(last)) };
    assert_eq!(doubt(vec![over(place(51))]), None);
    assert_eq!(doubt(vec![over(place(49))]), unheard(place(49)));
}

#[test]
fn a_session_asked_later_shows_that_there_was_none_before() {
    let opened = Link { opened: place(51), session_asked: Some(place(52)), ..link() };
    assert_eq!(doubt(vec![opened]), None);
}

#[test]
fn a_hole_matters_only_while_the_message_could_come() {
    let with = |hole| mds(Heard { holes: vec![hole], ..heard() });
    for (from, to) in [(10, 44), (56, 60)] {
        assert_eq!(doubt(vec![with(hole(from, to))]), None);
    }
    for (from, to) in [(10, 45), (47, 48), (52, 53), (55, 60), (10, 90)] {
        let hole = hole(from, to);
        assert_eq!(doubt(vec![with(hole)]), Some(lost(hole)));
    }
}

#[test]
fn a_hole_within_a_message_hides_none_of_another_type() {
    let within = |kind| Hole { within: Some(kind), ..hole(49, 51) };
    let with = |hole| vec![mds(Heard { holes: vec![hole], ..heard() })];
    assert_eq!(doubt(with(within(MessageType::CLIENT_REPLY))), None);
    let caps = within(MessageType::CLIENT_CAPS);
    assert_eq!(doubt(with(caps)), Some(lost(caps)));
    // Whoever asks for everything is told.
    let reply = within(MessageType::CLIENT_REPLY);
    let links = Links::new(with(reply), place(100));
    let covered = links.covered(&asker(), Rank(1), Direction::MdsToClient, time(45), time(55));
    assert_eq!(covered, Err(lost(reply)));
}

#[test]
fn holes_become_one_that_hides_what_either_may() {
    let reply = Hole { within: Some(MessageType::CLIENT_REPLY), ..hole(1, 2) };
    let mut both = reply;
    both.merge(&Hole { within: Some(MessageType::CLIENT_REPLY), ..hole(3, 4) });
    assert_eq!(both, Hole { bytes: 18, merged: 1, after: place(4), ..reply });
    both.merge(&hole(5, 6));
    assert_eq!(both, Hole { bytes: 27, merged: 2, ..hole(1, 6) });
}

#[test]
fn each_direction_has_its_own_holes() {
    use Direction::{ClientToMds, MdsToClient};
    let hole = hole(49, 51);
    let client = Link { client: Heard { holes: vec![hole], ..heard() }, ..link() };
    let links = Links::new(vec![client.clone()], place(100));
    let covered = |direction, from, to| {
        let all = links.covered(&asker(), Rank(1), direction, time(from), time(to));
        assert_eq!(all, links.covered_on(client.conn, direction, time(from), time(to)));
        all
    };
    assert_eq!(covered(MdsToClient, 45, 55), Ok(()));
    let lost = Doubt::Hole { mds: Rank(1), direction: ClientToMds, hole };
    assert_eq!(covered(ClientToMds, 45, 55), Err(lost));
    assert_eq!(covered(ClientToMds, 52, 100), Ok(()));
    let left = 48_000_000_000;
    assert_eq!(covered(ClientToMds, 52, 101), Err(Doubt::CaptureEnded { left }));
}

#[test]
fn what_came_on_a_later_connection_counts() {
    let first = Link { last: place(50), ended: Some((End::Reset, place(50))), ..link() };
    let next = Link { conn: ConnId(1), opened: place(52), ..link() };
    let cover = |next| {
        Links::new(vec![first.clone(), next], place(100)).covered(
            &asker(),
            Rank(1),
            Direction::ClientToMds,
            time(45),
            time(60),
        )
    };
    assert_eq!(cover(next.clone()), Ok(()));
    let encrypted = Link { readable: false, ..next.clone() };
    let since = place(52);
    assert_eq!(cover(encrypted), Err(Doubt::Unreadable { mds: Rank(1), since }));
    // Of one that nobody named it cannot be said.
    let hole = hole(53, 54);
    let holed = Link { client: Heard { holes: vec![hole], ..heard() }, ..next };
    let direction = Direction::ClientToMds;
    assert_eq!(cover(holed), Err(Doubt::Hole { mds: Rank(1), direction, hole }));
}

#[test]
fn one_connection_among_many_is_found_by_its_client() {
    let many = (0..50u32).map(|n| Link {
        conn: ConnId(n),
        ends: Ends { client: Some(4100 + u64::from(n) / 2), party: ConnId(n), ..link().ends },
        ..link()
    });
    let links = Links::new(many.collect(), place(100));
    let of = |client| {
        let conns = links.between(Ends { party: ConnId(77), ..ends(client, None) }, Rank(1));
        conns.map(|link| link.conn.0).collect::<Vec<_>>()
    };
    assert_eq!(of(Some(4103)), [6, 7]);
    assert!(of(Some(4999)).is_empty());
    assert!(of(None).is_empty());
    assert_eq!(links.link(ConnId(31)).map(|link| link.ends.client), Some(Some(4115)));
    assert!(links.link(ConnId(50)).is_none());
    // Who has no name may be anybody on that host.
    assert_eq!(links.near(&Ends { party: ConnId(77), ..ends(None, None) }).count(), 50);
}

#[test]
fn a_connection_seen_late_may_have_said_it_before() {
    let since = place(52);
    let late = Link { from_start: false, ..mds(Heard { since, ..heard() }) };
    assert_eq!(doubt(vec![late.clone()]), Some(Doubt::SeenLate { mds: Rank(1), since }));
}

#[test]
fn an_encrypted_connection_says_nothing() {
    let since = place(0);
    let encrypted = Link { readable: false, ..link() };
    assert_eq!(doubt(vec![encrypted]), Some(Doubt::Unreadable { mds: Rank(1), since }));
}

#[test]
fn an_encrypted_connection_without_names_may_be_the_one() {
    let since = place(0);
    let unnamed = Link { ends: ends(None, None), readable: false, ..link() };
    assert_eq!(
        doubt(vec![link(), unnamed.clone()]),
        Some(Doubt::Unreadable { mds: Rank(1), since })
    );
    let mut elsewhere = unnamed;
    elsewhere.ends.client_addr.set_ip([10, 0, 0, 99].into());
    assert_eq!(doubt(vec![link(), elsewhere]), None);
}

#[test]
fn the_capture_may_end_too_early() {
    let links = Links::new(vec![Link { last: place(52), ..link() }], place(52));
    let doubt = links.doubt(&ends(Some(4100), Some(0)), Rank(1), time(50), WAIT);
    assert_eq!(doubt, Some(Doubt::CaptureEnded { left: 2_000_000_000 }));
}

#[test]
fn without_the_clients_name_its_other_connections_are_unknown() {
    let links = Links::new(vec![link()], place(100));
    assert_eq!(
        links.doubt(&ends(None, Some(0)), Rank(1), time(50), WAIT),
        Some(Doubt::ClientUnknown)
    );
}
