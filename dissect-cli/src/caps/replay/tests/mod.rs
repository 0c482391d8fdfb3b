//! Each way that a client's code can go, with hand-made events; recorded ones are in `tests/replay.rs`.

mod any;
mod bounds;
mod late_names;
mod migration;
mod old_client;
mod plain;
mod sessions;

use ceph_codec::message::client_session::SessionOp;
use ceph_codec::types::{InodeNo, Rank};

use super::{Branch, Exit, Gone, Held, Holding, Limits, Mode, Oddity, Origin, Replay, Step};
use crate::caps::timeline::samples::Sample;
use crate::event::{At, CapEvent, Event, ReconnectEvent, SessionEvent};
use crate::place::{Place, Time};
use crate::stream::ConnId;

const INO: InodeNo = InodeNo(0x1000);

/// A replay that is told events as lines, as [`samples`](crate::caps::timeline::samples) has them. What is
/// about a session says only `time direction client rank operation`.
#[derive(Default)]
struct Scene {
    sample: Sample,
    replay: Replay,
    lines: u64,
}

impl Scene {
    fn new(mode: Mode) -> Scene {
        Scene { replay: Replay::new(mode, Limits::default()), ..Scene::default() }
    }

    /// A client's sessions with ranks 0 and 1 were seen opening.
    fn open() -> Scene {
        let mut scene = Scene::default();
        for rank in 0..2 {
            scene.step(&format!("0.1 > 1 {rank} request_open"));
            scene.step(&format!("0.2 < 1 {rank} open"));
        }
        scene
    }

    /// The same with this cap of rank 0 in a reply: id 7, seq 1, mseq 3.
    fn with_cap() -> Scene {
        let mut scene = Scene::open();
        scene.step("0.5 < 1 0 issue 7 1 1 3 pAsLsXsFrw pFrw - 0 -");
        scene
    }

    fn step(&mut self, line: &str) -> Step {
        self.lines += 1;
        let event = self.event(line);
        let step = self.replay.push(&event, &self.sample.who);
        step.unwrap_or_else(|| panic!("no step: {line}"))
    }

    fn event(&mut self, line: &str) -> Event {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [time, _, client, rank, op, ..] = *words else { panic!("not an event: {line}") };
        let conn = self.sample.conn(client.parse().unwrap(), rank.parse().unwrap());
        let time = Time((time.parse::<f64>().unwrap() * 1e9) as i64);
        let place = Place { file: 0, frame: self.lines, time };
        let at = At { place, conn, offset: 0, replayed: false };
        if op == "reconnected" {
            return Event::Reconnect(ReconnectEvent { at, caps: 0, more: words.len() > 5 });
        }
        match SessionOp::KNOWN.iter().find(|(_, name)| *name == op) {
            Some((op, _)) => Event::Session(SessionEvent {
                at,
                op: *op,
                seq: 0,
                max_caps: 0,
                blocklisted: false,
            }),
            None => {
                let event = self.sample.event(INO, line);
                let event = event.unwrap_or_else(|| panic!("not an event: {line}"));
                Event::Cap(CapEvent { place, ..event })
            }
        }
    }

    fn conn(&mut self, client: u64, rank: i32) -> ConnId {
        self.sample.conn(client, rank)
    }

    /// Client 1's cap from a rank.
    fn cap(&mut self, rank: i32) -> Option<Held> {
        let of = |holding: &Holding| (holding.client, holding.mds) == (Some(1), Some(Rank(rank)));
        let holding = self.replay.holders(INO).find(of)?;
        let conn = self.conn(1, rank);
        // As long as nothing was heard on its connection, a session is not found by it.
        let found = self.replay.cap_of(conn, INO);
        assert!(found.is_none_or(|held| held == holding.held));
        Some(holding.held)
    }

    /// The same in short: id, issued, implemented, seq, issue_seq, mseq, auth.
    fn short(&mut self, rank: i32) -> String {
        match self.cap(rank) {
            None => "none".to_owned(),
            Some(held) => {
                let Held { cap_id, issued, implemented, seq, issue_seq, mseq, auth, .. } = held;
                let auth = if auth { " auth" } else { "" };
                format!("{cap_id} {issued}/{implemented} {seq}/{issue_seq} {mseq}{auth}")
            }
        }
    }

    /// Each line leads to the branch behind its arrow.
    fn plays(&mut self, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (line, branch) = line.split_once("=>").unwrap_or_else(|| panic!("{line}"));
            let step = self.step(line.trim());
            let name = serde_json::to_value(step.branch).unwrap();
            assert_eq!(name.as_str(), Some(branch.trim()), "{line}: {step:?}");
        }
    }
}
