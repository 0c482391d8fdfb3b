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
        heard: Some(place(100)),
        ended: None,
        readable: true,
        spoken: true,
        holes: Vec::new(),
        session_asked: None,
        closed: None,
    }
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

/// Whether rank 1's words to client 4100 around second 50, from 45 to 55, were all read.
fn doubt(links: Vec<Link>) -> Option<Doubt> {
    Links { links, end: place(100) }.doubt(&ends(Some(4100), Some(0)), Rank(1), time(50), WAIT)
}

#[test]
fn a_connection_seen_throughout_leaves_no_doubt() {
    assert_eq!(doubt(vec![link()]), None);
}

#[test]
fn a_connection_that_ended_leaves_none_either() {
    let lost = Link {
        last: place(51),
        heard: Some(place(51)),
        ended: Some((End::Reset, place(51))),
        ..link()
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
    let silent = |heard| Link { heard, ..link() };
    let (mds, since) = (Rank(1), place(52));
    assert_eq!(doubt(vec![silent(Some(since))]), Some(Doubt::Unheard { mds, since }));
    assert_eq!(doubt(vec![silent(Some(place(55)))]), None);
    assert_eq!(doubt(vec![silent(None)]), Some(Doubt::Unheard { mds, since: place(0) }));
    // Only packets without a word of the messenger.
    let mute = Link { spoken: false, ..link() };
    assert!(matches!(doubt(vec![mute]), Some(Doubt::Unheard { .. })));
    // A connection that ended has nothing more to say, but it has to have been heard after the message.
    let over = |heard| Link { heard: Some(heard), ended: Some((End::Reset, place(52))), ..link() };
    assert_eq!(doubt(vec![over(place(51))]), None);
    assert_eq!(doubt(vec![over(place(49))]), Some(Doubt::Unheard { mds, since: place(49) }));
}

#[test]
fn a_session_asked_later_shows_that_there_was_none_before() {
    let opened = Link { opened: place(51), session_asked: Some(place(52)), ..link() };
    assert_eq!(doubt(vec![opened]), None);
}

#[test]
fn a_hole_matters_only_while_the_message_could_come() {
    let hole = |from, to| Hole { before: place(from), after: place(to), bytes: 9, merged: 0 };
    let with = |hole| Link { holes: vec![hole], ..link() };
    for (from, to) in [(10, 44), (56, 60)] {
        assert_eq!(doubt(vec![with(hole(from, to))]), None);
    }
    for (from, to) in [(10, 45), (47, 48), (52, 53), (55, 60), (10, 90)] {
        let hole = hole(from, to);
        assert_eq!(doubt(vec![with(hole)]), Some(Doubt::Hole { mds: Rank(1), hole }));
    }
}

#[test]
fn a_connection_seen_late_may_have_said_it_before() {
    let late = Link { from_start: false, opened: place(52), ..link() };
    assert_eq!(doubt(vec![late.clone()]), Some(Doubt::SeenLate { mds: Rank(1), since: place(52) }));
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
    let links = Links { links: vec![Link { last: place(52), ..link() }], end: place(52) };
    let doubt = links.doubt(&ends(Some(4100), Some(0)), Rank(1), time(50), WAIT);
    assert_eq!(doubt, Some(Doubt::CaptureEnded { left: 2_000_000_000 }));
}

#[test]
fn without_the_clients_name_its_other_connections_are_unknown() {
    let links = Links { links: vec![link()], end: place(100) };
    assert_eq!(
        links.doubt(&ends(None, Some(0)), Rank(1), time(50), WAIT),
        Some(Doubt::ClientUnknown)
    );
}
