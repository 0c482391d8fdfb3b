//! Tests with segments built here.

use super::*;
use crate::place::Time;

mod bounds;
mod model;
mod run;
mod start;

use run::{A, B, Ev, MS, Run, Seg, addr, bytes};

use Dir::{AToB, BToA};
use Ev::{End as Ended, Gap};

#[test]
fn a_whole_life() {
    let mut run = Run::new();
    run.open();
    run.push(Seg::a(101).ack(501).data("question"));
    run.push(Seg::b(501).ack(109).data("answer"));
    run.push(Seg::a(109).ack(507).data("!").fin());
    run.push(Seg::b(507).ack(111).fin());
    run.push(Seg::a(111).ack(508));
    assert_eq!(run.take(AToB), [bytes("question!"), Ended(End::Fin)]);
    assert_eq!(run.take(BToA), [bytes("answer"), Ended(End::Fin)]);
    run.finish();
    assert_eq!(run.events, []);
    let info = run.conn(0);
    assert_eq!((info.a, info.b, info.syn_seen, info.packets), (addr(A), addr(B), true, 8));
    assert_eq!((info.a_to_b.bytes, info.b_to_a.bytes), (9, 6));
    assert_eq!(info.a_to_b.end.map(|(end, place)| (end, place.frame)), Some((End::Fin, 6)));
    let stats = StreamStats { segments: 8, bytes: 15, ..StreamStats::default() };
    assert_eq!(*run.streams.stats(), stats);
    let t = |frame: i64| Time(frame * MS);
    assert!(info.covered(AToB, t(1), t(8)) && info.covered(BToA, t(2), t(8)));
    assert!(!info.covered(BToA, t(1), t(7)) && !info.covered(AToB, t(1), t(9)));
}

#[test]
fn who_opened_it() {
    let mut run = Run::new();
    run.push(Seg::b(500).syn().ack(101)).push(Seg::a(100).syn()).push(Seg::b(501).data("b"));
    run.push(Seg::new(6800, 7, 1).data("x")).push(Seg::new(7, 6800, 1).data("y"));
    run.finish();
    assert_eq!(run.streams.conns().numbers(), 2);
    assert_eq!((run.conn(0).a, run.conn(0).syn_seen), (addr(A), true));
    assert_eq!((run.conn(1).a, run.conn(1).syn_seen), (addr(6800), false));
    assert_eq!(run.take(BToA), [bytes("b"), Ended(End::CaptureEnd)]);
    assert_eq!(run.take(AToB), [Ended(End::CaptureEnd)]);
}

#[test]
fn sequence_numbers_wrap_and_offsets_do_not() {
    let mut run = Run::new();
    let start = u32::MAX - 2;
    run.push(Seg::a(start).data("abc")).push(Seg::a(4).data("hi")).push(Seg::a(0).data("defg"));
    run.push(Seg::a(6).data("j").fin()).finish();
    assert_eq!(run.take(AToB), [bytes("abcdefghij"), Ended(End::Fin)]);
}

#[test]
fn retransmissions_and_packets_seen_twice() {
    let mut run = Run::new();
    run.open();
    run.push(Seg::a(101).data("abcd")).push(Seg::a(101).data("abcd"));
    run.push(Seg::a(103).data("cdEF")).push(Seg::a(101).data("xxxxxx").fin());
    assert_eq!(run.take(AToB), [bytes("abcdEF"), Ended(End::Fin)]);
    run.push(Seg::a(101).data("abcdEF").fin()).push(Seg::a(107).data("beyond"));
    assert_eq!(run.events, []);
    let info = &run.conn(0).a_to_b;
    assert_eq!((info.bytes, info.duplicate_bytes, info.dropped_bytes), (6, 18, 6));
    assert_eq!(run.streams.stats().after_end, 1);
}

#[test]
fn of_overlapping_bytes_the_first_seen_stand() {
    let mut run = Run::new();
    run.open();
    run.push(Seg::a(103).data("CD")).push(Seg::a(107).data("G")).push(Seg::a(102).data("bxxExG"));
    assert_eq!(run.take(AToB), []);
    run.push(Seg::a(101).data("ayyyyFy"));
    assert_eq!(run.take(AToB), [bytes("abCDExG")]);
}

#[test]
fn keepalives_are_nothing() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).ack(501).data("abc"));
    for _ in 0..3 {
        run.push(Seg::a(103).ack(501)).push(Seg::b(501).ack(104));
        run.push(Seg::a(103).ack(501).data("\0")).push(Seg::b(501).ack(104)).wait(75_000 * MS);
    }
    run.push(Seg::a(104).data("d"));
    assert_eq!(run.take(AToB), [bytes("abcd")]);
    // As the first packet seen.
    let mut run = Run::new();
    run.push(Seg::a(103).ack(501)).push(Seg::b(501).ack(104)).push(Seg::a(104).data("d"));
    run.push(Seg::b(501).ack(105)).finish();
    assert_eq!(run.take(AToB), [bytes("d"), Ended(End::CaptureEnd)]);
}

#[test]
fn data_that_came_before_the_capture_are_dropped() {
    let mut run = Run::new();
    run.push(Seg::a(200).data("now")).wait(50 * MS).push(Seg::a(190).data("before"));
    run.push(Seg::a(197).data("oldnownew"));
    assert_eq!(run.take(AToB), [bytes("nownew")]);
    let info = &run.conn(0).a_to_b;
    assert_eq!((info.duplicate_bytes, info.dropped_bytes), (3, 9));
    assert_eq!(run.streams.stats().before_start, 2);
}

#[test]
fn a_hole_is_waited_for_as_long_as_nobody_acknowledged_it() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::a(107).data("three"));
    for _ in 0..500 {
        run.push(Seg::b(501).ack(104)).wait(100 * MS);
    }
    assert_eq!(run.take(AToB), [bytes("one")]);
    run.push(Seg::a(104).data("two"));
    assert_eq!(run.take(AToB), [bytes("twothree")]);
    assert_eq!(run.streams.stats().gaps, 0);
}

#[test]
fn an_acknowledgement_may_overtake_the_data() {
    let mut run = Run::new();
    run.open().push(Seg::b(501).ack(112));
    for _ in 0..50 {
        run.push(Seg::b(501).ack(112));
    }
    run.push(Seg::a(106).data("second")).push(Seg::a(101).data("first"));
    assert_eq!(run.take(AToB), [bytes("firstsecond")]);
    assert_eq!(run.streams.stats().gaps, 0);
}

#[test]
fn acknowledged_holes_are_gaps_after_the_grace() {
    // By packets, and by time.
    for (packets, wait) in [(64, 0), (1, 1000 * MS)] {
        let mut run = Run::new();
        run.open().push(Seg::a(101).data("one")).push(Seg::a(107).data("three"));
        run.push(Seg::b(501).ack(112)).wait(wait);
        for n in 0..packets {
            assert_eq!(run.take(AToB), if n == 0 { vec![bytes("one")] } else { vec![] });
            run.push(Seg::b(501).ack(112));
        }
        assert_eq!(run.take(AToB), [Gap(3), bytes("three")]);
        let frame = run.frame;
        run.push(Seg::a(104).data("two")).finish();
        assert_eq!(run.take(AToB), [Ended(End::CaptureEnd)]);
        let info = run.conn(0);
        assert_eq!((info.a_to_b.gaps, info.a_to_b.gap_bytes), (1, 3));
        let gap = &info.a_to_b.gap_list[0];
        assert_eq!((gap.offset, gap.len, gap.merged), (3, 3, 0));
        assert_eq!((gap.before.frame, gap.after.frame), (4, 5));
        let t = |frame: i64| Time(frame * MS);
        assert!(info.covered(AToB, t(1), t(3)) && info.covered(AToB, t(6), Time(run.time)));
        assert!(!info.covered(AToB, t(1), t(4)) && !info.covered(AToB, t(5), t(6)));
        assert!(info.covered(BToA, t(2), t(frame as i64)));
    }
}

#[test]
fn only_what_was_acknowledged_of_a_hole_is_lost() {
    let mut run = Run::new();
    run.open().push(Seg::a(107).data("three")).push(Seg::b(501).ack(104));
    for _ in 0..70 {
        run.push(Seg::b(501).ack(104));
    }
    assert_eq!(run.take(AToB), [Gap(3)]);
    run.push(Seg::a(104).data("two"));
    assert_eq!(run.take(AToB), [bytes("twothree")]);
}

#[test]
fn a_lost_tail_is_known_from_its_acknowledgement() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::b(501).ack(120)).wait(2000 * MS);
    run.push(Seg::b(501).ack(120).data("x"));
    assert_eq!(run.take(AToB), [bytes("one"), Gap(16)]);
    run.push(Seg::b(502).ack(130)).push(Seg::a(130).fin()).push(Seg::b(502).ack(131));
    run.finish();
    assert_eq!(run.take(AToB), [Gap(10), Ended(End::Fin)]);
    assert_eq!(run.take(BToA), [bytes("x"), Ended(End::CaptureEnd)]);
}

#[test]
fn the_acknowledgement_of_a_fin_is_not_one_of_a_byte() {
    let mut run = Run::new();
    run.open().push(Seg::b(501).ack(105)).push(Seg::a(101).data("abc").fin());
    assert_eq!(run.take(AToB), [bytes("abc"), Ended(End::Fin)]);
    run.finish();
    assert_eq!(run.streams.stats().gaps, 0);
}

#[test]
fn many_holes_do_not_wait_for_each_other() {
    let mut run = Run::with(Limits { max_held: 20_000, ..Limits::default() });
    run.open();
    let mut seq = 101;
    for n in 0..2000 {
        if n % 5 == 0 {
            seq += 10; // Lost at the capture point, and received.
        }
        run.push(Seg::a(seq).data([b'a'; 10]));
        seq += 10;
        run.push(Seg::b(501).ack(seq));
    }
    let stats = *run.streams.stats();
    assert_eq!(stats.held_overflows, 0);
    assert!(stats.gaps >= 350, "{stats:?}");
    run.finish();
    assert_eq!(run.streams.stats().gap_bytes, 4000);
    assert_eq!(run.streams.stats().bytes, 20_000);
    let info = &run.conn(0).a_to_b;
    assert_eq!((info.gaps, info.gap_list.len()), (400, 64));
    assert_eq!(info.gap_list[63].merged, 400 - 64);
    assert_eq!(info.gap_list.iter().map(|g| g.len).sum::<u64>(), info.gap_bytes);
}

#[test]
fn one_direction_alone_waits_three_seconds() {
    let mut run = Run::new();
    run.push(Seg::a(101).data("one")).push(Seg::a(107).data("three")).wait(2900 * MS);
    run.push(Seg::a(112).data("four"));
    assert_eq!(run.take(AToB), [bytes("one")]);
    run.wait(200 * MS).push(Seg::a(116).data("five"));
    assert_eq!(run.take(AToB), [Gap(3), bytes("threefourfive")]);
    run.push(Seg::a(130).fin()).wait(3000 * MS).push(Seg::a(130));
    assert_eq!(run.take(AToB), [Gap(10), Ended(End::Fin)]);
    // The same when the other direction is no longer captured.
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::b(501).ack(104)).push(Seg::a(107).data("3"));
    run.wait(3000 * MS).push(Seg::a(108).data("4"));
    assert_eq!(run.take(AToB), [bytes("one"), Gap(3), bytes("34")]);
}

#[test]
fn cut_segments_are_bytes_and_a_gap() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("ab").missing(8)).push(Seg::a(121).data("ef").missing(8));
    assert_eq!(run.take(AToB), [bytes("ab"), Gap(8)]);
    run.push(Seg::a(131).missing(10)).push(Seg::a(111).data("cd").missing(8));
    run.push(Seg::a(135).missing(10).fin());
    let expected = [bytes("cd"), Gap(8), bytes("ef"), Gap(8), Gap(10), Gap(4), Ended(End::Fin)];
    assert_eq!(run.take(AToB), expected);
}

#[test]
fn resets_end_both_directions() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).ack(501).data("abc")).push(Seg::b(501).ack(104).rst().data("why"));
    assert_eq!(run.take(AToB), [bytes("abc"), Ended(End::Reset)]);
    assert_eq!(run.take(BToA), [Ended(End::Reset)]);
    for seq in [104, 107, 110, 113, 116, 119] {
        run.push(Seg::a(seq).data("def")); // On its way before the reset came.
    }
    run.finish();
    assert_eq!((run.events.len(), run.streams.conns().numbers()), (0, 1));
    assert_eq!(run.streams.stats().after_end, 6);
    // Not from nowhere.
    let mut run = Run::new();
    run.open().push(Seg::a(101 + (1 << 31)).rst()).push(Seg::a(101).data("on"));
    assert_eq!(run.take(AToB), [bytes("on")]);
}

#[test]
fn a_reset_may_overtake_data_too() {
    let mut run = Run::new();
    run.open().push(Seg::a(104).data("def")).push(Seg::b(501).rst()).push(Seg::a(101).data("abc"));
    assert_eq!(run.take(AToB), [bytes("abcdef"), Ended(End::Reset)]);
    let mut run = Run::new();
    run.open().push(Seg::a(104).data("def")).push(Seg::b(501).rst()).wait(1000 * MS);
    run.push(Seg::a(110).data("later"));
    assert_eq!(run.take(AToB), [Gap(3), bytes("def"), Ended(End::Reset)]);
    assert_eq!(run.conn(0).a_to_b.end.map(|e| e.1.frame), Some(5));
}

#[test]
fn ports_are_used_again() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one").fin());
    run.push(Seg::a(9000).syn()).push(Seg::a(9000).syn()).push(Seg::b(70).syn().ack(9001));
    run.push(Seg::a(9001).data("two")).push(Seg::b(71).data("2")).finish();
    assert_eq!(run.take_of(0, AToB), [bytes("one"), Ended(End::Fin)]);
    assert_eq!(run.take_of(0, BToA), [Ended(End::Replaced)]);
    assert_eq!(run.take_of(1, AToB), [bytes("two"), Ended(End::CaptureEnd)]);
    assert_eq!(run.take_of(1, BToA), [bytes("2"), Ended(End::CaptureEnd)]);
    let stats = run.streams.stats();
    assert_eq!((stats.replaced, stats.repeated_syns), (1, 1));
}

#[test]
fn a_syn_in_the_middle_is_believed_when_answered_or_followed() {
    let middle = |run: &mut Run| {
        run.open().push(Seg::a(101).data("one")).push(Seg::a(1 << 30).syn());
        run.push(Seg::a(104).data("more"));
        assert_eq!(run.take(AToB), [bytes("onemore")]);
    };
    let first = (1 << 30) + 1;
    let mut run = Run::new();
    middle(&mut run);
    run.push(Seg::b(70).syn().ack(first)).push(Seg::b(71).data("b")).push(Seg::a(first).data("a"));
    assert_eq!(run.take(AToB), [Ended(End::Replaced)]);
    assert_eq!(run.take_of(1, AToB), [bytes("a")]);
    assert_eq!(run.take_of(1, BToA), [bytes("b")]);
    assert_eq!(run.conn(1).a, addr(A));

    let mut run = Run::new();
    middle(&mut run);
    run.push(Seg::a(first).data("a"));
    assert_eq!(run.take_of(1, AToB), [bytes("a")]);

    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).wait(60_000 * MS).push(Seg::a(7).syn());
    assert_eq!(run.take(AToB), [bytes("one"), Ended(End::Replaced)]);
}

#[test]
fn ports_used_again_without_an_opening() {
    let mut run = Run::new();
    run.open().push(Seg::b(501).rst());
    let far = 101 + (1 << 31);
    run.all((0..4).map(|n| Seg::a(far + n * 3).data("abc")));
    assert_eq!(run.streams.conns().numbers(), 2);
    run.push(Seg::a(far + 12).fin()).push(Seg::b(5).fin()).wait(60_000 * MS);
    run.push(Seg::a(far + 50).data("later"));
    assert_eq!(run.take_of(1, AToB), [bytes("abc"), Ended(End::Fin)]);
    run.finish();
    assert_eq!(run.take_of(2, AToB), [bytes("later"), Ended(End::CaptureEnd)]);
}

#[test]
fn absurd_numbers_are_ignored_until_they_persist() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one"));
    let far = 104_u32.wrapping_add(1 << 31);
    for n in 0..3 {
        run.push(Seg::a(far + n * (8 << 20)).data("nonsense"));
        run.push(Seg::b(501).ack(far));
    }
    run.push(Seg::a(104).data("two"));
    assert_eq!(run.take(AToB), [bytes("onetwo")]);
    run.all((0..5).map(|n| Seg::a(far + n * 3).data("abc"))).finish();
    assert_eq!(run.take(AToB), [Gap(0), bytes("abcabc"), Ended(End::CaptureEnd)]);
    let stats = run.streams.stats();
    assert_eq!((stats.far_segments, stats.far_acks, stats.resyncs), (7, 3, 1));
    let info = run.conn(0);
    assert_eq!((info.a_to_b.gaps, info.a_to_b.gap_bytes), (1, 0));
    assert!(!info.covered(AToB, Time(0), Time(run.time)));
}

#[test]
fn held_bytes_are_bounded_per_direction_and_in_all() {
    let mut run = Run::with(Limits { max_held: 10_000, ..Limits::default() });
    run.open();
    for n in 0..100 {
        run.push(Seg::a(102 + n * 1000).data([b'x'; 1000])).push(Seg::b(501).ack(101));
        assert!(run.streams.held <= 10_000);
    }
    let stats = *run.streams.stats();
    assert_eq!((stats.held_overflows, stats.gap_bytes, stats.bytes), (1, 1, 100_000));

    let mut run = Run::with(Limits { max_held_total: 20_000, ..Limits::default() });
    for port in 0..100 {
        run.push(Seg::new(port, B, 1)).push(Seg::new(port, B, 5).data([b'x'; 2000]));
        assert!(run.streams.held <= 20_000);
    }
    // The oldest have let go, the newest still wait.
    assert_eq!(run.take_of(0, AToB).len(), 2);
    assert_eq!(run.take_of(99, AToB), []);
    run.finish();
    assert_eq!(run.streams.stats().bytes, 200_000);
}

#[test]
fn connections_are_bounded_live_and_in_all() {
    let mut run = Run::with(Limits { max_live: 2, max_connections: 4, ..Limits::default() });
    for port in [1, 2, 1, 3] {
        run.push(Seg::new(port, B, 1).data("a"));
    }
    assert_eq!(run.take_of(1, AToB), [bytes("a"), Ended(End::Evicted)]);
    run.push(Seg::new(2, B, 2).data("b")).push(Seg::new(9, B, 2).data("c")).finish();
    assert_eq!(run.take_of(3, AToB), [bytes("b"), Ended(End::CaptureEnd)]);
    let stats = run.streams.stats();
    assert_eq!((stats.evicted, stats.not_followed, run.streams.conns().numbers()), (2, 1, 4));
}

#[test]
fn one_acknowledgement_alone_does_not_tell_of_a_long_gap() {
    let wrong = 101 + (1 << 20);
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::b(501).ack(wrong)).wait(2000 * MS);
    run.push(Seg::b(501).ack(104)).push(Seg::a(104).data("two")).wait(2000 * MS);
    // Nor do two that say different things.
    run.push(Seg::b(501).ack(wrong + 1)).push(Seg::b(501).ack(wrong)).wait(2000 * MS);
    run.push(Seg::a(107).data("three"));
    assert_eq!(run.take(AToB), [bytes("onetwothree")]);
    // Two that agree do, and so does one that tells of less.
    run.push(Seg::b(501).ack(wrong)).push(Seg::b(501).ack(wrong)).wait(2000 * MS);
    run.push(Seg::b(501).ack(wrong));
    assert_eq!(run.take(AToB), [Gap((1 << 20) - 11)]);
    run.push(Seg::b(501).ack(wrong + 1000)).wait(2000 * MS).push(Seg::b(501).ack(wrong + 1000));
    assert_eq!(run.take(AToB), [Gap(1000)]);
}

#[test]
fn bytes_that_come_after_all_from_a_long_gap_are_read() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::a(104 + (1 << 20)).data("wrong"));
    let wrong = 109 + (1 << 20);
    run.push(Seg::b(501).ack(wrong)).wait(2000 * MS).push(Seg::b(501).ack(wrong));
    assert_eq!(run.take(AToB), [bytes("one"), Gap(1 << 20), bytes("wrong")]);
    // One alone may be a retransmission that came late.
    run.all([104, 107, 110].map(|seq| Seg::a(seq).data("old")));
    assert_eq!(run.take(AToB), []);
    run.all([113, 116].map(|seq| Seg::a(seq).data("new"))).finish();
    assert_eq!(run.take(AToB), [Gap(0), bytes("newnew"), Ended(End::CaptureEnd)]);
}

#[test]
fn a_reset_tells_how_far_its_sender_was() {
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::a(107).rst());
    run.push(Seg::a(104).data("two"));
    assert_eq!(run.take(AToB), [bytes("onetwo"), Ended(End::Reset)]);
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::a(107).rst()).finish();
    assert_eq!(run.take(AToB), [bytes("one"), Gap(3), Ended(End::Reset)]);
    // Its number may be anything.
    let mut run = Run::new();
    run.open().push(Seg::a(101).data("one")).push(Seg::a(101 + (1 << 20)).rst()).finish();
    assert_eq!(run.take(AToB), [bytes("one"), Ended(End::Reset)]);
}

#[test]
fn a_connection_that_goes_on_did_not_end() {
    let ends = [Seg::b(501).rst(), Seg::a(104).rst(), Seg::a(104).fin()];
    for (n, end) in ends.into_iter().enumerate() {
        let mut run = Run::new();
        run.open().push(Seg::a(101).ack(501).data("one")).push(end);
        run.push(Seg::a(104).ack(501).data("two")).push(Seg::b(501).ack(107).data("2"));
        run.push(Seg::a(107).ack(502).data("three")).push(Seg::b(502).ack(112).data("3")).finish();
        assert_eq!(run.streams.conns().numbers(), 2, "{n}");
        assert_eq!(run.conn(1).continues, Some(ConnId(0)));
        assert_eq!((run.conn(1).a, run.conn(1).syn_seen), (run.conn(0).a, false));
        assert_eq!(run.take_of(1, AToB), [bytes("three"), Ended(End::CaptureEnd)]);
    }
}

#[test]
fn times_that_step_back_are_noted() {
    let mut run = Run::new();
    run.open().wait(-500 * MS).push(Seg::a(101).data("a"));
    assert_eq!(run.conn(0).set_back, None);
    run.wait(-1100 * MS).push(Seg::a(102).data("b")).push(Seg::a(103).data("c"));
    assert_eq!(run.conn(0).set_back.map(|place| place.frame), Some(5));
}

#[test]
fn gaps_beyond_the_bound_are_merged() {
    let mut run = Run::with(Limits { max_gaps_kept: 2, ..Limits::default() });
    run.open();
    for n in 0..5 {
        run.push(Seg::a(101 + n * 10).data("cut").missing(7));
    }
    let info = &run.conn(0).a_to_b;
    assert_eq!((info.gap_list.len(), info.gaps, info.gap_bytes), (2, 5, 35));
    let last = info.gap_list[1];
    assert_eq!((last.len, last.merged, last.after.frame), (28, 3, 8));
}
