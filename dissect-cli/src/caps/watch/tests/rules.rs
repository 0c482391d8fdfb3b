//! What rules ask of a watch that notes no times.

use super::*;

/// Everything that a rule asks, of which the order is told too.
fn asked(seen: &Watch) -> impl PartialEq + std::fmt::Debug {
    let seats = &seen.seats;
    let open: Vec<_> = open(seen).iter().map(|revoke| revoke.id).collect();
    let late = seen.revokes.late(0, seats);
    let mut late: Vec<_> = late.iter().map(|settled| (settled.revoke.id, settled.place)).collect();
    late.sort_unstable();
    let flushes = seen.flushes.open_ones(seats);
    let flushes: Vec<_> = flushes.iter().map(|flush| (flush.event.tid, flush.last)).collect();
    let waits = seen.requests.waits().sorted().into_iter();
    let waits: Vec<_> =
        waits.map(|(took, wait)| (*took, wait.request.event.tid, wait.blocker.revoke.id)).collect();
    let requests: Vec<_> =
        seen.requests.open_ones(seats).iter().map(|request| request.event.tid).collect();
    (open, late, flushes, waits, requests, seen.unwatched())
}

proptest! {
    #[test]
    fn what_rules_ask_does_not_depend_on_times(
        steps in prop::collection::vec((0_u32..4, 0_u32..9, 1_u32..5), 0..100),
    ) {
        let (mut all, mut few) = (keep_all(), Watch::new(Limits::for_rules(), &Selected::default()));
        let who = who();
        for (ms, (conn, what, seq)) in steps.into_iter().enumerate() {
            let (ms, tid) = (ms as u64, u64::from(seq));
            let event = match what {
                0 | 1 => Event::Cap(op(ms, conn, CapOp::REVOKE, seq, "pAs")),
                2 => Event::Cap(op(ms, conn, CapOp::UPDATE, seq, "p")),
                3 => Event::Cap(flush(ms, conn, tid)),
                4 => Event::Cap(ack(ms, conn, tid)),
                5 => ask(ms, conn, tid),
                6 => reply(ms, conn, tid, Answer::Unsafe { result: 0 }),
                7 => reply(ms, conn, tid, Answer::Safe { result: 0 }),
                _ => session(ms, conn, SessionOp::CLOSE),
            };
            all.push(&event, None, &who);
            few.push(&event, None, &who);
            prop_assert_eq!(few.revokes.stats().all().count(), 0);
        }
        prop_assert_eq!(asked(&all), asked(&few));
    }
}
