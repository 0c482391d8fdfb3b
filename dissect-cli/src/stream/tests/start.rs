//! The first packets of a connection, in another order than they were sent in.

use super::*;

/// The first packets of either side, as they are sent.
fn opening() -> Vec<Seg> {
    vec![
        Seg::a(100).syn(),
        Seg::b(500).syn().ack(101),
        Seg::a(101).ack(501),
        Seg::a(101).ack(501).data("banner "),
        Seg::b(501).ack(101).data("BANNER "),
        Seg::a(108).ack(508).data("hello"),
        Seg::b(508).ack(113).data("HELLO"),
    ]
}

/// All orders of so many things.
fn orders(of: usize) -> Vec<Vec<usize>> {
    match of {
        0 => vec![vec![]],
        _ => {
            let shorter = orders(of - 1);
            let longer = |at: usize| {
                shorter.iter().map(move |order| {
                    let mut order = order.clone();
                    order.insert(at, of - 1);
                    order
                })
            };
            (0..of).flat_map(longer).collect()
        }
    }
}

#[test]
fn a_connection_begins_with_its_syn_in_whatever_order_it_is_seen() {
    let all = opening();
    let orders = orders(all.len());
    assert_eq!(orders.len(), 5040);
    for order in orders {
        let mut run = Run::new();
        run.all(order.iter().map(|at| all[*at].clone())).wait(50 * MS).push(Seg::a(113).ack(513));
        assert_eq!(run.streams.conns().numbers(), 1, "{order:?}");
        let conn = run.conn(0);
        assert_eq!((conn.a, conn.syn_seen), (addr(A), true), "{order:?}");
        assert_eq!(conn.opened.frame, 1);
        assert_eq!(run.take(AToB), [bytes("banner hello")], "{order:?}");
        assert_eq!(run.take(BToA), [bytes("BANNER HELLO")], "{order:?}");
        assert_eq!((run.streams.held, run.streams.stats().gaps), (0, 0), "{order:?}");
    }
}

#[test]
fn without_a_syn_a_direction_begins_with_the_lowest_number_of_the_first_packets() {
    let mut run = Run::new();
    run.push(Seg::a(1010).data("three"))
        .push(Seg::b(70).ack(1015))
        .push(Seg::a(1005).data("two.."));
    assert!(run.streams.is_holding());
    run.push(Seg::a(1000).data("one..")).push(Seg::b(70).data("answer"));
    assert_eq!(run.events, []);
    run.wait(50 * MS).push(Seg::a(1015).data("!"));
    assert_eq!(run.take(AToB), [bytes("one..two..three!")]);
    assert_eq!(run.take(BToA), [bytes("answer")]);
    assert!(!run.streams.is_holding());
    // They came behind their acknowledgement.
    assert!(run.conn(0).a_to_b.inverted.is_some());
    // From now on, nothing waits.
    run.push(Seg::a(1016).data("on"));
    assert_eq!(run.take(AToB), [bytes("on")]);
}

#[test]
fn what_waits_for_its_beginning_waits_shortly() {
    let half = |run: &mut Run| run.push(Seg::a(1000).data("x")).events.len();
    // By time, also without a packet of its own.
    let mut run = Run::new();
    assert_eq!(half(&mut run), 0);
    run.wait(48 * MS).push(Seg::a(1001).data("y"));
    assert_eq!(run.take(AToB), []);
    run.wait(10 * MS).push(Seg::new(7, 8, 1));
    assert_eq!(run.take(AToB), [bytes("xy")]);
    // By packets of either direction.
    let mut run = Run::with(Limits { start_packets: 3, ..Limits::default() });
    half(&mut run);
    run.push(Seg::b(1)).push(Seg::b(1));
    assert_eq!(run.take(AToB), []);
    run.push(Seg::b(1));
    assert_eq!(run.take(AToB), [bytes("x")]);
    // By bytes.
    let mut run = Run::with(Limits { start_held: 250, ..Limits::default() });
    half(&mut run);
    run.push(Seg::a(1001).data([b'y'; 100]));
    assert_eq!(run.take(AToB), [Ev::Bytes("x".to_owned() + &"y".repeat(100))]);
    // By the end.
    let mut run = Run::new();
    half(&mut run);
    run.push(Seg::b(70).fin()).finish();
    assert_eq!(run.take(AToB), [bytes("x"), Ended(End::CaptureEnd)]);
    assert_eq!(run.take(BToA), [Ended(End::Fin)]);
}

#[test]
fn only_what_is_near_belongs_in_front_of_the_first_packet() {
    let far = 1 << 20;
    let mut run = Run::new();
    run.push(Seg::a(9 + far).data("first")).push(Seg::a(8).data("old"));
    run.push(Seg::a(9).data("x")).finish();
    let all = run.take(AToB);
    assert_eq!(all, [bytes("x"), Gap(far as u64 - 1), bytes("first"), Ended(End::CaptureEnd)]);
    assert_eq!(run.conn(0).a_to_b.dropped_bytes, 3);
    // Nor does a SYN that is not, or that comes behind what was seen.
    for syn in [7, 9 + far] {
        let mut run = Run::new();
        run.push(Seg::a(9 + far).data("first")).push(Seg::a(syn).syn()).finish();
        assert_eq!(run.take(AToB), [bytes("first"), Ended(End::CaptureEnd)]);
        assert!(!run.conn(0).syn_seen);
        assert_eq!(run.streams.stats().doubted_syns, 1);
    }
}

#[test]
fn the_answer_tells_where_the_question_begins() {
    let answer = Seg::b(500).syn().ack(101);
    for early in [true, false] {
        let mut run = Run::new();
        let mut packets = vec![Seg::a(105).data("said"), answer.clone()];
        if early {
            packets.swap(0, 1);
        }
        run.all(packets).push(Seg::b(501).ack(109)).wait(1000 * MS).push(Seg::b(501).ack(109));
        assert_eq!(run.take(AToB), [Gap(4), bytes("said")]);
        assert_eq!(run.conn(0).a, addr(A));
    }
}

#[test]
fn an_end_may_come_before_all_that_was_said() {
    let said = [Seg::a(101).data("said"), Seg::b(501).ack(105).data("heard")];
    for end in [End::Fin, End::Reset] {
        let last = match end {
            End::Fin => vec![Seg::a(105).fin(), Seg::b(506).fin()],
            _ => vec![Seg::a(105).rst()],
        };
        let mut run = Run::new();
        run.all(last.into_iter().chain(said.clone()))
            .wait(50 * MS)
            .push(Seg::new(7, 8, 1))
            .finish();
        assert_eq!(run.take(AToB), [bytes("said"), Ended(end)]);
        assert_eq!(run.take(BToA), [bytes("heard"), Ended(end)]);
    }
}

#[test]
fn a_syn_behind_a_reset_is_another_connection() {
    let mut run = Run::new();
    run.push(Seg::b(7).rst()).push(Seg::a(100).syn()).push(Seg::a(101).data("new"));
    assert_eq!(run.take_of(1, AToB), [bytes("new")]);
    assert_eq!(run.take_of(0, AToB), []);
}
