//! `ping-pong`: an inode goes to and fro.
//!
//! Between ranks: the balancer, or somebody who pins, moves it there and back. Between clients: they take bits
//! from each other in turn. Either costs more than it brings.

use std::cmp::Reverse;
use std::time::Duration;

use ceph_codec::types::InodeNo;

use super::{FactValue, Finding, Known, Rule, Settings, Severity, page};
use crate::caps::watch::{SeatId, Turns};
use crate::event::At;

/// The time in which turns are counted.
const MINUTE: Duration = Duration::from_secs(60);
/// Findings of each kind that are told, 100: the worst.
const MAX_TOLD: usize = 100;

pub(super) const RULE: Rule = Rule {
    code: "ping-pong",
    title: "an inode goes to and fro",
    severities: &[Severity::Info],
    facts: &["between", "and", "times", "total", "bits"],
    thresholds: &["--ping-pong-moves", "--ping-pong-turns", "MAX_TOLD"],
    page: page!("ping-pong"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let pingpong = &known.story.watch.pingpong;
    let Settings { ping_pong_moves, ping_pong_turns, .. } = *known.settings;
    tell(
        known,
        pingpong.moves(),
        ping_pong_moves,
        |rank| FactValue::Text(format!("mds.{rank}")),
        found,
    );
    let client = |seat: SeatId| {
        let conn = known.story.watch.seats.get(seat).conn;
        let ends = known.who.ends(conn);
        FactValue::Text(match (ends.and_then(|ends| ends.client), ends) {
            (Some(id), _) => format!("client.{id}"),
            (None, Some(ends)) => ends.client_addr.to_string(),
            (None, None) => "?".to_owned(),
        })
    };
    tell(known, pingpong.turns(), ping_pong_turns, client, found);
}

fn tell<'a, T: Copy + PartialEq + 'a>(
    known: &Known<'_>,
    all: impl Iterator<Item = (InodeNo, &'a Turns<T>)>,
    allowed: u32,
    name: impl Fn(T) -> FactValue,
    found: &mut Vec<Finding>,
) {
    let worst = |(ino, turns): (InodeNo, &'a Turns<T>)| {
        let (times, last) = turns.most_within(MINUTE);
        (times > allowed).then_some((times, ino, turns, last?))
    };
    let mut worst: Vec<_> = all.filter_map(worst).collect();
    worst.sort_by_key(|(times, ino, ..)| (Reverse(*times), *ino));
    for (times, ino, turns, last) in worst.into_iter().take(MAX_TOLD) {
        let conn = known.story.watch.seats.get(last.seat).conn;
        let Some(ends) = known.who.ends(conn) else { continue };
        let at = At { place: last.place, conn, offset: 0, replayed: false };
        let finding = Finding::new(RULE.code, Severity::Info, at, ends);
        let bits = match turns.bits.is_empty() {
            true => FactValue::Word("all"),
            false => FactValue::Caps(turns.bits),
        };
        found.push(
            Finding { ino: Some(ino), ..finding }
                .fact("between", name(last.from))
                .fact("and", name(last.to))
                .fact("times", FactValue::Number(times.into()))
                .fact("total", FactValue::Number(turns.total))
                .fact("bits", bits),
        );
    }
}
