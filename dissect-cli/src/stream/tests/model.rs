//! The reassembler against a trivially right model: the stream itself.

use super::*;
use crate::net::TcpFlags;
use proptest::prelude::*;
use proptest::sample::Index;

/// A stream whose bytes tell where they belong.
fn stream(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
}

/// One way a piece of the stream is captured.
#[derive(Clone, Debug)]
struct Cut {
    from: Index,
    len: usize,
}

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let cut = (any::<Index>(), 1..400_usize).prop_map(|(from, len)| Cut { from, len });
    proptest::collection::vec(cut, 0..60)
}

fn collect(streams: &mut Streams, segs: &[(Seg, i64)]) -> (Vec<u8>, u64, Option<End>) {
    let (mut got, mut gaps, mut end) = (Vec::new(), 0, None);
    let mut take = |e: StreamEvent<'_>| {
        assert!(end.is_none());
        assert_eq!(e.offset, got.len() as u64 + gaps);
        match e.what {
            What::Bytes(bytes) => got.extend_from_slice(bytes),
            What::Gap(n) => gaps += n,
            What::End(e) => end = Some(e),
        }
    };
    for (n, (seg, time)) in segs.iter().enumerate() {
        let place = Place { file: 0, frame: n as u64 + 1, time: Time(*time) };
        let Seg { src, dst, seq, ack, flags, ref payload, missing } = *seg;
        let (src, dst) = (addr(src), addr(dst));
        streams.push(&Segment { place, src, dst, seq, ack, flags, payload, missing }, &mut |e| {
            if e.dir == AToB {
                take(e);
            }
        });
    }
    streams.finish(&mut |e| {
        if e.dir == AToB {
            take(e);
        }
    });
    (got, gaps, end)
}

proptest! {
    /// Any split, order, overlap, and duplication of a stream is that stream, also where its SYN comes late.
    #[test]
    fn any_order_gives_the_stream(
        len in 1..3000_usize,
        size in 1..300_usize,
        extra in cuts(),
        isn: u32,
        order in any::<u64>(),
        late in 0..60_usize,
    ) {
        let whole = stream(len);
        let seq = |at: usize| isn.wrapping_add(1).wrapping_add(at as u32);
        let mut segs: Vec<_> = whole
            .chunks(size)
            .enumerate()
            .map(|(i, piece)| Seg::a(seq(i * size)).data(piece))
            .collect();
        segs.extend(extra.iter().map(|cut| {
            let from = cut.from.index(len);
            Seg::a(seq(from)).data(&whole[from..len.min(from + cut.len)])
        }));
        segs.push(Seg::a(seq(len)).fin());
        // A shuffle that the seed decides.
        let mut state = order | 1;
        segs.sort_by_cached_key(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state >> 33
        });
        segs.insert(late.min(segs.len()), Seg::a(isn).syn());
        let segs: Vec<_> = segs.into_iter().map(|seg| (seg, 0)).collect();
        let mut streams = Streams::new();
        let (got, gaps, end) = collect(&mut streams, &segs);
        prop_assert_eq!(got, whole);
        prop_assert_eq!((gaps, end), (0, Some(End::Fin)));
        prop_assert_eq!(streams.held, 0);
    }

    /// With segments lost and acknowledged or not: what is handed on lies where it belongs, and
    /// bytes and gaps make up the whole.
    #[test]
    fn whatever_is_lost_is_a_gap(
        fates in proptest::collection::vec((0..10_u8, 0..2000_i64, 1..50_usize), 1..200),
        grace in 1..10_u64,
        max_held in 100..5000_u64,
    ) {
        let len = fates.iter().map(|f| f.2).sum();
        let whole = stream(len);
        let (mut at, mut time, mut seen) = (0, 0, vec![false; len]);
        let mut segs = vec![(Seg::a(0).syn(), 0)];
        for (fate, wait, size) in fates {
            time += wait * MS;
            let piece = &whole[at..at + size];
            if fate > 1 {
                segs.push((Seg::a(1 + at as u32).data(piece), time));
                seen[at..at + size].fill(true);
            }
            at += size;
            if fate % 2 == 0 {
                segs.push((Seg::b(7).ack(1 + at as u32), time));
            }
        }
        segs.push((Seg::a(1 + len as u32).fin(), time));
        let limits = Limits { ack_grace_packets: grace, max_held, ..Limits::default() };
        let mut streams = Streams::with_limits(limits);
        let (got, gaps, end) = collect(&mut streams, &segs);
        let expected: Vec<_> =
            whole.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(byte, _)| *byte).collect();
        prop_assert_eq!(got, expected);
        prop_assert_eq!(gaps, seen.iter().filter(|seen| !**seen).count() as u64);
        prop_assert_eq!(end, Some(End::Fin));
    }

    /// Nonsense from all sides: nothing panics, offsets are right, memory comes back.
    #[test]
    fn any_segments(segs in proptest::collection::vec((
        0..3_u16, 0..3_u16, any::<u32>(), 0..8_u32, any::<Option<u32>>(), 0..16_u8,
        0..40_usize, 0..30_u32, 0..4_000_i64,
    ), 0..300)) {
        let limits = Limits {
            max_live: 3,
            max_held: 2000,
            max_held_total: 3000,
            max_gaps_kept: 2,
            ..Limits::default()
        };
        let mut run = Run::with(limits);
        for (src, dst, seq, near, ack, flags, len, missing, wait) in segs {
            // Mostly numbers that meet each other.
            let near_seq = |n: u32| if near > 0 { n % 64 } else { n };
            let mut seg = Seg::new(src, dst, near_seq(seq)).data(stream(len)).missing(missing);
            seg.ack = ack.map(near_seq);
            seg.flags = TcpFlags {
                syn: flags == 1,
                fin: flags == 2,
                rst: flags == 3,
                ack: ack.is_some(),
            };
            run.wait(wait * MS).push(seg);
            prop_assert!(run.streams.held <= limits.max_held_total);
        }
        run.finish();
    }
}
