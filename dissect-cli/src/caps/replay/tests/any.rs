//! Any events in any order: nothing panics, and what is always true stays true.

use std::collections::{HashMap, HashSet};

use ceph_codec::message::client_caps::CapOp;
use proptest::prelude::*;

use super::late_names::Unnamed;
use super::*;

/// What happens next.
#[derive(Clone, Debug)]
enum Next {
    Cap(u32, u64, String),
    Session(u32, SessionOp),
    Reconnected(u32, bool),
    Client(u32, i64),
    Rank(u32, i64),
    Same(u32, u32),
    Lost(u32),
}

fn next() -> impl Strategy<Value = Next> {
    let extra = ["issue", "replica", "cap_release", "give_up", "reassert"].into_iter();
    let ops: Vec<&str> = CapOp::KNOWN.iter().map(|(_, name)| *name).chain(extra).collect();
    let bits =
        prop_oneof![Just("-"), Just("p"), Just("pAsLsXsFrw"), Just("pAsxLsXsxFscr"), Just("Fw")];
    let numbers = (1..4_u64, 0..5_u32, 0..4_u32, 0..4_u32, 0..4_u64);
    let peer = (0..4_u64, 0..5_u32, 0..4_u32, -1..3_i32, 0..4_u8);
    let way = prop_oneof![Just('<'), Just('>')];
    let cap = (0..4_u32, 1..4_u64, way, proptest::sample::select(ops), numbers, [bits.clone(), bits.clone(), bits], peer)
        .prop_map(|(conn, ino, way, op, (cap, seq, issue, mseq, tid), [caps, wanted, dirty], peer)| {
            let peer = match op {
                "export" | "import" => format!("{peer:?}"),
                _ => "-".to_owned(),
            };
            let way = match op {
                "issue" | "replica" | "grant" | "revoke" | "export" | "import" => '<',
                "cap_release" | "give_up" | "reassert" | "update" | "flush" => '>',
                _ => way,
            };
            let line = format!("1 {way} 1 0 {op} {cap} {seq} {issue} {mseq} {caps} {wanted} {dirty} {tid} {peer}");
            Next::Cap(conn, ino, line)
        });
    let sessions: Vec<SessionOp> = SessionOp::KNOWN.iter().map(|(op, _)| *op).collect();
    prop_oneof![
        20 => cap,
        2 => (0..4_u32, proptest::sample::select(sessions)).prop_map(|(conn, op)| Next::Session(conn, op)),
        1 => (0..4_u32, any::<bool>()).prop_map(|(conn, more)| Next::Reconnected(conn, more)),
        1 => (0..4_u32, 1..3_i64).prop_map(|(conn, number)| Next::Client(conn, number)),
        1 => (0..4_u32, 0..3_i64).prop_map(|(conn, number)| Next::Rank(conn, number)),
        1 => (0..4_u32, 0..4_u32).prop_map(|(one, other)| Next::Same(one, other)),
        1 => (0..4_u32).prop_map(Next::Lost),
    ]
}

fn holds(scene: &Unnamed) {
    let replay = &scene.replay;
    let mut live = 0;
    for ino in (1..4).map(InodeNo) {
        let mut auth = HashSet::new();
        let mut ranks: HashMap<_, u32> = HashMap::new();
        for holding in replay.holders(ino) {
            live += 1;
            assert_eq!(holding.ino, ino);
            assert!(holding.held.implemented.contains(holding.held.issued), "{holding:?}");
            assert!(!holding.held.auth || auth.insert(holding.conn), "two auth caps: {holding:?}");
            if let Some(mds) = holding.mds {
                *ranks.entry((holding.conn, mds)).or_default() += 1;
            }
        }
        assert!(ranks.values().all(|n| *n == 1), "{ranks:?}");
    }
    assert_eq!(live, replay.live());
    assert_eq!(replay.sessions().map(|session| session.caps as usize).sum::<usize>(), live);
    for conn in (0..4).map(ConnId) {
        let session = replay.session(conn);
        let caps = replay.caps_of_session(conn).count();
        assert_eq!(caps, session.map_or(0, |session| session.caps as usize));
    }
}

fn run(mode: Mode, nexts: &[Next]) {
    let mut scene = Unnamed::new(mode, 4);
    for (n, next) in nexts.iter().enumerate() {
        let place = Place { file: 0, frame: n as u64, time: Time(n as i64) };
        let at = |conn: &u32| At { place, conn: ConnId(*conn), offset: 0, replayed: false };
        match next {
            Next::Cap(conn, ino, line) => {
                let step = scene.step(*conn, InodeNo(*ino), line);
                let after = scene.replay.cap_of(ConnId(*conn), InodeNo(*ino));
                assert_eq!(step.after, after, "{line}: {step:?}");
                let made = step.other.and_then(|other| other.after);
                if let (Branch::ExportReplaces, Some(held)) = (step.branch, made) {
                    assert_eq!(held.origin, Origin::Placeholder);
                    assert_eq!(held.issue_seq, held.seq);
                }
            }
            Next::Session(conn, op) => {
                let (at, op) = (at(conn), *op);
                let event = SessionEvent { at, op, seq: 0, max_caps: 0, blocklisted: false };
                scene.replay.push(&Event::Session(event), &scene.who);
            }
            Next::Reconnected(conn, more) => {
                let event = ReconnectEvent { at: at(conn), caps: 0, more: *more };
                scene.replay.push(&Event::Reconnect(event), &scene.who);
            }
            Next::Client(conn, number) => scene.client(*conn, *number),
            Next::Rank(conn, number) => scene.rank(*conn, *number),
            Next::Same(one, other) => scene.who.infer_same_client(ConnId(*one), ConnId(*other)),
            Next::Lost(conn) => scene.who.lost(ConnId(*conn), place),
        }
        holds(&scene);
    }
    // With every session's end everything is gone.
    for conn in 0..4 {
        let at = At { place: Place::default(), conn: ConnId(conn), offset: 0, replayed: false };
        let op = SessionOp::CLOSE;
        let event = SessionEvent { at, op, seq: 0, max_caps: 0, blocklisted: false };
        scene.replay.push(&Event::Session(event), &scene.who);
        holds(&scene);
    }
}

proptest! {
    #[test]
    fn any_events(nexts in proptest::collection::vec(next(), 0..120)) {
        for mode in [Mode::Now, Mode::BeforeExportPeer] {
            run(mode, &nexts);
        }
    }
}
