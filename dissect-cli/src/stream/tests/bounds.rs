//! What is far, and what is forgotten.

use super::*;

#[test]
fn a_segment_too_far_behind_is_ignored() {
    let mut run = Run::with(Limits { max_behind: 10, ..Limits::default() });
    run.open().push(Seg::a(101).data("0123456789abcdef"));
    // Ten bytes back is a retransmission, eleven are from somewhere else.
    run.push(Seg::a(107).data("6"));
    assert_eq!((run.streams.stats().duplicate_bytes, run.streams.stats().far_segments), (1, 0));
    run.push(Seg::a(106).data("5"));
    assert_eq!((run.streams.stats().duplicate_bytes, run.streams.stats().far_segments), (1, 1));
    run.push(Seg::a(117).data("g")).finish();
    assert_eq!(run.take(AToB), [bytes("0123456789abcdefg"), Ended(End::CaptureEnd)]);
}

#[test]
fn what_is_over_is_asked_about_once_and_forgotten() {
    let mut run = Run::with(Limits { max_live: 2, ..Limits::default() });
    for port in 0..4 {
        run.push(Seg::new(A + port, B, 1).data("x"));
    }
    let mut asked = Vec::new();
    run.streams.let_go(|conn| {
        asked.push(conn.0);
        conn.0 != 0
    });
    assert_eq!(asked, [0, 1], "the others are followed");
    run.streams.let_go(|conn| panic!("{conn:?}"));
    let known: Vec<_> = run.streams.conns().iter().map(|(conn, _)| conn.0).collect();
    assert_eq!((known, run.streams.conns().numbers()), (vec![1, 2, 3], 4));
    assert!(run.streams.conn(ConnId(0)).is_none());
    // Its ports are used again, and it has its number no more.
    run.wait(MS).push(Seg::new(A, B, 1).data("x")).finish();
    assert_eq!(run.conn(4).a, addr(A));
    // What was to be remembered once is not asked about again.
    run.streams.let_go(|_| false);
    let known: Vec<_> = run.streams.conns().iter().map(|(conn, _)| conn.0).collect();
    assert_eq!((known, run.streams.conns().numbers()), (vec![1], 5));
}
