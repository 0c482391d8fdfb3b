//! What is said on standard error, a sentence each: what was asked for and is not there, and files that do not
//! follow each other.

use std::fmt::Display;

use super::text::{count, duration, printable};
use crate::capture::{Misplaced, Misplacement};
use crate::place::Time;
use crate::report::Unmatched;

/// Numbers that are listed, 8; of more, how many there are.
const LISTED: usize = 8;

/// A sentence for something that is not there, and what there is instead. `start`: what seconds count from.
pub fn unmatched(what: &Unmatched, start: Time) -> String {
    let seconds = |time: &Time| {
        let ns = time.since(start);
        format!("{}{:.3} s", if ns < 0 { "-" } else { "" }, ns.unsigned_abs() as f64 / 1e9)
    };
    match what {
        Unmatched::Inode { ino, inodes, more } => {
            let than = if *more { "more than " } else { "" };
            let there = count(*inodes as u64, "other inode");
            format!("nothing is said of inode {ino}: the capture speaks of {than}{there}")
        }
        Unmatched::Path { path, known: 0, .. } => {
            let path = printable(&path.to_string());
            format!("no inode has the path {path}: the capture tells no names at all")
        }
        Unmatched::Path { path, known, near } => {
            let path = printable(&path.to_string());
            let instead = match &near[..] {
                [] => format!("the capture tells {}", count(*known as u64, "other name")),
                near => format!("near it {}", list(near.iter().map(|path| printable(path)))),
            };
            format!("no inode has the path {path}: {instead}")
        }
        Unmatched::Client { id, clients } => {
            let there = among(clients.iter().map(|id| format!("client.{id}")), "client");
            format!("client.{id} is not in the capture: {there}")
        }
        Unmatched::Rank { rank, ranks } => {
            let there = among(ranks.iter().map(|rank| format!("mds.{rank}")), "rank");
            format!("mds.{rank} is not in the capture: {there}")
        }
        Unmatched::Backwards { since, until } => {
            let (since, until) = (seconds(since), seconds(until));
            format!("nothing can be selected: --since {since} is later than --until {until}")
        }
        Unmatched::Outside { option, time, span: (first, last) } => {
            let (by, side) = match time < first {
                true => (first.since(*time), "before the capture begins"),
                false => (time.since(*last), "after the capture ends"),
            };
            let (by, long) = (duration(by), duration(last.since(*first)));
            format!("{option} is {by} {side}: it goes from {first} to {last}, {long}")
        }
    }
}

/// A sentence for a file that does not follow the one in front of it.
pub fn misplaced(of: &Misplaced<'_>) -> String {
    let (file, behind) = (printable(&of.file.name), printable(&of.behind.name));
    let by = duration(of.by);
    match of.how {
        Misplacement::Twice => {
            format!("{file} has the times and the number of packets of {behind}: give it only once")
        }
        Misplacement::Earlier => format!(
            "{file} begins {by} before {behind} ends, and is all from before it: files are read as they are \
             given, so give them in the order of time"
        ),
        Misplacement::Overlaps => format!(
            "{file} begins {by} before {behind} ends: files are read one after the other, so merge the two \
             first, as with mergecap"
        ),
    }
}

/// `a, b and c`
fn list(items: impl Iterator<Item = impl Display>) -> String {
    let items: Vec<_> = items.map(|item| item.to_string()).collect();
    match &items[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What there is, by name if there are few.
fn among(items: impl ExactSizeIterator<Item = String>, what: &str) -> String {
    match items.len() {
        0 => format!("no {what} is known there"),
        1..=LISTED => format!("there is {}", list(items)),
        n => format!("there are {}", count(n as u64, what)),
    }
}
