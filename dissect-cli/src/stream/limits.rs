//! Bounds and counters.

use serde::Serialize;

/// Bounds of the stream stage.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections followed at a time, 65536. Beyond: [`End::Evicted`](super::End::Evicted) for the one longest
    /// without a packet.
    pub max_live: usize,
    /// Connections remembered in all, 1 million. Beyond: no new ones are followed,
    /// [`StreamStats::not_followed`](super::StreamStats::not_followed).
    pub max_connections: usize,
    /// Bytes held out of order for one direction, 64 MiB. Beyond: the hole in front is a gap.
    pub max_held: u64,
    /// Bytes held out of order in all, 512 MiB. Beyond: holes are gaps, in the connections longest
    /// without a packet first.
    pub max_held_total: u64,
    /// Gaps listed per direction, 64. Beyond: they are merged into the last.
    pub max_gaps_kept: usize,
    /// Packets of the connection in which something may still come that belongs in front of the first one seen of a
    /// direction, 64.
    pub start_packets: u64,
    /// Nanoseconds of the same, 50 ms.
    pub start_grace: u64,
    /// Bytes held meanwhile, 256 KiB. Beyond: the direction begins with the first ones that are there.
    pub start_held: u64,
    /// Bytes in front of the first packet seen that may still come, 1 MiB. Beyond: dropped,
    /// [`StreamStats::before_start`](super::StreamStats::before_start).
    pub start_reach: u32,
    /// Packets of the connection behind an acknowledgement in which data may still follow, 64.
    pub ack_grace_packets: u64,
    /// Nanoseconds of the same, 1 s.
    pub ack_grace: i64,
    /// Bytes behind everything seen that one acknowledgement may tell of, 64 KiB. Beyond: another one has to tell
    /// of them too.
    pub ack_slack: u64,
    /// Nanoseconds data wait behind a hole if nothing is acknowledged, 3 s.
    pub unacked_grace: i64,
    /// Nanoseconds after which everything held is looked at, also in connections without a packet, 10 ms.
    pub sweep: i64,
    /// Nanoseconds without a packet after which a SYN is believed at once, 60 s.
    pub reuse_idle: i64,
    /// Bytes ahead of the stream that a segment may be, 1 GiB: TCP's largest window. Beyond:
    /// ignored, [`StreamStats::far_segments`](super::StreamStats::far_segments).
    pub max_ahead: u32,
    /// Bytes behind the stream that a segment may be, 64 MiB: more than any retransmission.
    /// Beyond: the same.
    pub max_behind: u32,
    /// Segments in a row, each following the other, that are far from the stream before it goes
    /// on with them, 4.
    pub jump_segments: u32,
    /// Bytes between two such segments, 1 MiB.
    pub jump_slack: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        const SECOND: i64 = 1_000_000_000;
        Limits {
            max_live: 1 << 16,
            max_connections: 1 << 20,
            max_held: 64 << 20,
            max_held_total: 512 << 20,
            max_gaps_kept: 64,
            start_packets: 64,
            start_grace: 50_000_000,
            start_held: 256 << 10,
            start_reach: 1 << 20,
            ack_grace_packets: 64,
            ack_grace: SECOND,
            ack_slack: 64 << 10,
            unacked_grace: 3 * SECOND,
            sweep: SECOND / 100,
            reuse_idle: 60 * SECOND,
            max_ahead: 1 << 30,
            max_behind: 64 << 20,
            jump_segments: 4,
            jump_slack: 1 << 20,
        }
    }
}

/// What became of the segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StreamStats {
    /// Segments pushed.
    pub segments: u64,
    /// Payload bytes handed on.
    pub bytes: u64,
    /// Payload bytes seen before: retransmissions, and packets captured twice.
    pub duplicate_bytes: u64,
    /// Segments held because something in front of them was missing.
    pub out_of_order: u64,
    /// Gaps handed on.
    pub gaps: u64,
    /// Bytes of them.
    pub gap_bytes: u64,
    /// Segments with bytes from before the first one seen, dropped.
    pub before_start: u64,
    /// Segments with bytes behind the end of the stream, dropped.
    pub after_end: u64,
    /// Segments far from their stream, ignored.
    pub far_segments: u64,
    /// Acknowledgements far from their stream, ignored.
    pub far_acks: u64,
    /// Streams that went on far from where they were.
    pub resyncs: u64,
    /// Segments with bytes that the other side had acknowledged in a packet before: the capture's order is not
    /// that of the wire.
    pub inverted: u64,
    /// SYNs sent again.
    pub repeated_syns: u64,
    /// SYNs between the ports of a connection in use that were ignored until something follows
    /// them.
    pub doubted_syns: u64,
    /// Connections whose ports were used again before they ended.
    pub replaced: u64,
    /// Connections evicted.
    pub evicted: u64,
    /// Gaps declared because too much was held.
    pub held_overflows: u64,
    /// Segments of connections beyond [`Limits::max_connections`].
    pub not_followed: u64,
}
