//! Cap events as tests write them: a line each, as in
//! `19.184693 < 4146 0 export 1 0 0 0 - - - 0 (19, 1, 1, 1, 0)`
//! for seconds, direction (`<` to the client), client, rank, operation, cap id, seq, issue_seq, mseq, caps,
//! wanted, dirty, tid, and the peer's cap id, seq, mseq, rank, flags. Operations are those of MClientCaps, and
//! `issue` and `replica` for a cap in a reply, `cap_release`, `give_up` in a request, `reassert` in a reconnect.

use std::net::SocketAddr;

use ceph_codec::message::client_caps::{CapOp, ExportPeer, ImportPeer, PeerFlags};
use ceph_codec::types::{EntityName, EntityType, InodeNo, Rank, Seq, SnapId};

use proptest::prelude::*;

use super::{Collector, Filter, MAX_ENTRIES, Timeline, Timelines};
use crate::caps::replay::Replay;
use crate::event::{CapEvent, Direction, Event, Peer, Source};
use crate::place::{Place, Time};
use crate::session::{Links, Who};
use crate::stream::{ConnId, Dir};

/// The importer dies between EXPORT and IMPORT; its successor takes the placeholders over, and one cap
/// comes back later.
pub(crate) const IMPORTER_CRASH: &str = "\
16.815726 < 4148 0 revoke 19 2 0 0 pLs - - 0 -
16.816177 < 4146 0 revoke 1 6 0 0 pAsLsXsFrw pAsxXsxFsxcrwb - 0 -
16.816209 > 4148 0 update 19 2 1 0 pLs pFscr - 0 -
16.816695 > 4146 0 update 1 6 1 0 pAsLsXsFcrwb pAsxXsxFsxcrwb - 0 -
16.817516 > 4146 0 update 1 6 1 0 pAsLsXsFrw pAsxXsxFsxcrwb - 0 -
16.817769 < 4148 0 grant 19 4 0 0 pAsLsXsFrw pFscr - 0 -
19.184693 < 4146 0 export 1 0 0 0 - - - 0 (19, 1, 1, 1, 0)
19.188131 < 4148 0 export 19 0 0 0 - - - 0 (20, 1, 1, 1, 0)
64.002274 < 4146 1 grant 19 1 0 0 pAsLsXsFrw pAsxXsxFsxcrwb - 0 -
64.002636 < 4148 1 grant 20 1 0 0 pAsLsXsFrw pFscr - 0 -
71.169419 < 4146 1 grant 19 4 0 0 pAsxLsXsxFrw pAsxXsxFsxcrwb - 0 -
71.169419 < 4146 1 grant 19 5 0 0 pAsxLsXsxFsxcrwb pAsxXsxFsxcrwb - 0 -
71.923406 > 4146 1 update 19 6 6 0 pAsxLsXsxFsxcrwb pAsxXsxFsxcrwb Fw 16 -
71.928236 < 4146 1 flush_ack 19 6 0 0 pAsxLsXsxFsxcrwb - Fw 16 -
77.181179 < 4146 1 export 19 0 0 0 - - - 0 (27, 1, 1, 0, 0)
77.182623 < 4146 0 import 27 1 0 1 pAsxLsXsxFsxcrwb pAsxXsxFsxcrwb - 0 (19, 6, 0, 1, 1)
77.660364 > 4146 0 update 27 1 1 1 pAsxLsXsxFsxcrwb pAsxXsxFsxcrwb Fw 22 -
78.174373 < 4146 0 flush_ack 27 1 0 0 pAsxLsXsxFsxcrwb - Fw 22 -
89.734791 > 4146 0 update 27 1 1 1 pAsLsXsFsc - - 0 -";

/// Two clients' caps go to another rank and come back, the EXPORT before the IMPORT each time.
pub(crate) const EXPORT_FIRST: &str = "\
8.726500 > 4146 0 update 1 6 1 0 pAsLsXsFcrwb pAsxXsxFsxcrwb - 0 -
8.727612 > 4146 0 update 1 6 1 0 pAsLsXsFrw pAsxXsxFsxcrwb - 0 -
8.727808 < 4148 0 grant 5 4 0 0 pAsLsXsFrw pFscr - 0 -
11.016070 < 4148 0 export 5 0 0 0 - - - 0 (9, 1, 1, 1, 0)
11.016140 < 4146 0 export 1 0 0 0 - - - 0 (8, 1, 1, 1, 0)
11.016967 < 4146 1 import 8 1 0 1 pAsLsXsFrw pAsxXsxFsxcrwb - 0 (1, 6, 0, 0, 1)
11.017285 < 4148 1 import 9 1 0 1 pAsLsXsFrw pFscr - 0 (5, 4, 0, 0, 1)
15.043588 < 4146 1 export 8 0 0 1 - - - 0 (9, 1, 2, 0, 0)
15.044393 < 4148 1 export 9 0 0 1 - - - 0 (10, 1, 2, 0, 0)
15.044670 < 4148 0 import 10 1 0 2 pAsLsXsFrw pFscr - 0 (9, 1, 1, 1, 1)
15.044854 < 4146 0 import 9 1 0 2 pAsLsXsFrw pAsxXsxFsxcrwb - 0 (8, 1, 1, 1, 1)";

/// Two caps move, the IMPORT before the EXPORT each time.
pub(crate) const IMPORT_FIRST: &str = "\
22.578049 > 4146 0 update 9 1 1 2 pAsLsXsFrw pAsxXsxFsxcrwb Fw 12 -
23.162448 < 4146 0 flush_ack 9 1 0 0 pAsLsXsFrw - Fw 12 -
81.430794 < 4146 1 import 35 1 0 3 pAsLsXsFrw pAsxXsxFsxcrwb - 0 (9, 1, 2, 0, 1)
81.431006 < 4148 1 import 36 1 0 3 pAsLsXsFrw pFscr - 0 (10, 1, 2, 0, 1)
81.431782 < 4146 0 export 9 0 0 2 - - - 0 (35, 1, 3, 1, 0)
81.431844 < 4148 0 export 10 0 0 2 - - - 0 (36, 1, 3, 1, 0)
83.975210 > 4148 1 update 36 1 1 3 pAsLsXsFr - - 0 -
83.975800 < 4148 1 revoke 36 2 0 3 pLs - - 0 -
83.976361 > 4148 1 update 36 2 1 3 pLs - - 0 -
83.977625 < 4146 1 grant 35 2 0 3 pAsxLsXsxFsxcrwb pAsxXsxFsxcrwb - 0 -";

/// Events and who is who.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) events: Vec<CapEvent>,
    pub(crate) who: Who,
    conns: Vec<(u64, i32)>,
}

impl Sample {
    /// The events of `text`, all on `ino`.
    pub(crate) fn new(ino: u64, text: &str) -> Self {
        let mut sample = Sample::default();
        sample.add(ino, text);
        sample
    }

    pub(crate) fn add(&mut self, ino: u64, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let event =
                self.event(InodeNo(ino), line).unwrap_or_else(|| panic!("not an event: {line}"));
            self.events.push(event);
        }
    }

    /// The connection between a client and a rank.
    pub(crate) fn conn(&mut self, client: u64, rank: i32) -> ConnId {
        let known = self.conns.iter().position(|conn| *conn == (client, rank));
        let index = known.unwrap_or_else(|| {
            let index = self.conns.len();
            let conn = ConnId(index as u32);
            let addr = |host: u64, port| SocketAddr::from(([10, 0, 0, host as u8], port));
            self.who.add(
                conn,
                addr(100 + client, 40000 + index as u16),
                addr(1 + rank as u64, 6801),
            );
            self.learn(conn, Dir::AToB, EntityType::CLIENT, client as i64);
            self.learn(conn, Dir::BToA, EntityType::MDS, i64::from(rank));
            self.conns.push((client, rank));
            index
        });
        ConnId(index as u32)
    }

    fn learn(&mut self, conn: ConnId, dir: Dir, kind: EntityType, number: i64) {
        self.who.learn(conn, dir, EntityName { kind, number });
    }

    /// The event that a line is.
    pub(crate) fn event(&mut self, ino: InodeNo, line: &str) -> Option<CapEvent> {
        let (line, peer) = line.split_once('(').unwrap_or((line, ""));
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words.get(at)?.parse::<u32>().ok();
        let caps = |at: usize| words.get(at)?.parse().ok();
        let first = *words.first()?;
        let (seconds, fraction) = first.split_once('.').unwrap_or((first, ""));
        let nanos = format!("{seconds}{fraction:0<9}").parse().ok()?;
        let source = match *words.get(4)? {
            "issue" => Source::ClientReply { auth: true },
            "replica" => Source::ClientReply { auth: false },
            "cap_release" => Source::CapRelease,
            "give_up" => Source::RequestRelease,
            "reassert" => Source::Reconnect,
            op => Source::ClientCaps(CapOp::KNOWN.iter().find(|(_, name)| *name == op)?.0),
        };
        let op = source.op();
        let peer: Vec<i64> =
            peer.trim_end_matches(')').split(", ").filter_map(|n| n.parse().ok()).collect();
        let peer = match *peer {
            [cap_id, seq, mseq, mds, flags] => {
                let (cap_id, seq, mseq) = (cap_id as u64, Seq(seq as u32), Seq(mseq as u32));
                let (mds, flags) = (Rank(mds as i32), PeerFlags(flags as u8));
                Some(match op == Some(CapOp::EXPORT) {
                    true => Peer::Importer(ExportPeer { cap_id, seq, mseq, mds, flags }),
                    false => Peer::Exporter(ImportPeer { cap_id, seq, mseq, mds, flags }),
                })
            }
            _ => None,
        };
        let to_client = *words.get(1)? == "<";
        let frame = self.events.len() as u64 * 3 + 101;
        Some(CapEvent {
            place: Place { file: 0, frame, time: Time(nanos) },
            conn: self.conn(words.get(2)?.parse().ok()?, words.get(3)?.parse().ok()?),
            offset: frame * 300,
            direction: if to_client { Direction::MdsToClient } else { Direction::ClientToMds },
            replayed: false,
            version: 11,
            tid: words.get(12)?.parse().ok()?,
            source,
            ino,
            cap_id: words.get(5)?.parse().ok()?,
            seq: Seq(number(6)?),
            issue_seq: Seq(number(7)?),
            mseq: Seq(number(8)?),
            caps: caps(9)?,
            wanted: caps(10)?,
            dirty: caps(11)?,
            follows: SnapId(1),
            size: (op != Some(CapOp::EXPORT)).then_some((4096, 4_194_304)),
            peer,
        })
    }

    /// All of it through the stage.
    pub(crate) fn timelines(&self) -> Timelines {
        self.filtered(Filter::default(), MAX_ENTRIES)
    }

    pub(crate) fn filtered(&self, filter: Filter, max_entries: usize) -> Timelines {
        let mut collector = Collector::new(filter, max_entries);
        collector.starts_at(Time(0));
        let mut replay = Replay::default();
        for event in self.events.iter().copied().map(Event::Cap) {
            let step = replay.push(&event, &self.who);
            collector.push(&event, step.as_ref(), |_| None, &self.who);
        }
        collector.finish(&crate::names::Names::default(), &self.who, &Links::default())
    }

    /// The timeline of the only inode.
    pub(crate) fn timeline(&self) -> Timeline {
        let mut timelines = self.timelines();
        assert_eq!(timelines.inodes.len(), 1);
        timelines.inodes.remove(0)
    }
}

/// Lines of events with little variety, so that they have to do with each other, on one of two inodes.
pub(crate) fn any_lines() -> impl Strategy<Value = Vec<(u64, String)>> {
    let ops = CapOp::KNOWN.iter().map(|(_, name)| *name).collect::<Vec<_>>();
    let bits =
        prop_oneof![Just("-"), Just("p"), Just("pAsLsXsFrw"), Just("pAsxLsXsxFsxcrwb"), Just("Fw")];
    let numbers = (1..4_u64, 0..4_u32, 0..3_u32, 0..3_u64, 0..2_u64);
    let who = (prop_oneof![Just('<'), Just('>')], 1..3_u64, 0..3_i32, 1..3_u64);
    let peer = (0..3_u64, 0..4_u32, 0..3_u32, -1..3_i32, 0..3_u8);
    let line = (0..60_u32, who, proptest::sample::select(ops), numbers, [bits.clone(), bits.clone(), bits], peer)
        .prop_map(|(time, (way, client, rank, ino), op, (cap, seq, mseq, tid, _), [caps, wanted, dirty], peer)| {
            let named = matches!(op, "export" | "import");
            let peer = if named { format!("{peer:?}") } else { "-".to_owned() };
            let line = format!(
                "{time}.0 {way} {client} {rank} {op} {cap} {seq} 0 {mseq} {caps} {wanted} {dirty} {tid} {peer}"
            );
            (ino, line)
        });
    proptest::collection::vec(line, 0..80)
}
