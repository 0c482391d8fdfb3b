//! Every story of the fixtures, from its packets to its findings, through the library.

mod common;

use common::{Seen, as_the_table_says, found, must_find, read_story, shown, told};
use fixtures::scenes::{self, Named};

/// Stories of which the capture does not say who is at every end.
const UNNAMED: &[&str] = &[
    "mid-stream-v2",
    "mid-stream-v2-rev0",
    "mid-frame",
    "mid-stream-unknown",
    "importer-seen-late-v2",
];

/// Stories in which what completes a message is not its own last packet: one before it comes later, or the
/// footer's length shows only with the next message.
const LATER: &[&str] = &["there-and-back", "late", "mid-stream-v1-unsigned"];

/// Runs a check on every story and reports all that fail.
fn each(check: impl Fn(&Named, &Seen) -> Result<(), String>) {
    let mut faults = Vec::new();
    for named in scenes::all() {
        let seen = read_story(&named.story());
        if let Err(fault) = check(named, &seen) {
            faults.push(format!("{}: {}\n{fault}", named.name, named.what));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n\n"));
}

/// What is in only one of two lists.
fn difference(want: &[String], got: &[String]) -> Result<(), String> {
    let mut extra = got.to_vec();
    let mut missing = Vec::new();
    for row in want {
        match extra.iter().position(|other| other == row) {
            Some(at) => drop(extra.remove(at)),
            None => missing.push(row),
        }
    }
    match missing.is_empty() && extra.is_empty() {
        true => Ok(()),
        false => Err(format!("  missing {missing:#?}\n  not told {extra:#?}")),
    }
}

#[test]
fn every_message_is_found_once_with_all_its_fields() {
    each(|named, seen| {
        let story = named.story();
        let want: Vec<_> = story.told.iter().filter(|t| t.seen).map(told).collect();
        let once = seen.events.iter().filter(|(event, _)| !event.replayed);
        let got: Vec<_> = once.map(|(event, ends)| shown(event, ends)).collect();
        difference(&want, &got)
    });
}

#[test]
fn every_message_has_the_time_of_the_packet_that_completed_it() {
    each(|named, seen| {
        let story = named.story();
        let timely = !LATER.contains(&named.name);
        for row in story.told.iter().filter(|t| timely && t.seen && t.time.is_some()) {
            let text = told(row);
            let of = |(event, ends): &&(_, _)| shown(event, ends) == text;
            let times: Vec<_> =
                seen.events.iter().filter(of).map(|(event, _)| event.place.time.0).collect();
            if !row.time.is_some_and(|time| times.contains(&time)) {
                return Err(format!("  {text}\n  at {:?}, found at {times:?}", row.time));
            }
        }
        Ok(())
    });
}

#[test]
fn events_come_in_the_order_of_the_capture() {
    each(|_, seen| {
        let places = seen.events.iter().map(|(event, _)| (event.place.file, event.place.frame));
        places.is_sorted().then_some(()).ok_or_else(|| "  out of order".to_owned())
    });
}

#[test]
fn everybody_has_the_right_name_or_none() {
    each(|named, seen| {
        let story = named.story();
        for (event, ends) in &seen.events {
            let text = shown(event, ends);
            let Some(row) = story.told.iter().find(|row| told(row) == text) else { continue };
            let (client, mds) = (row.message.client, row.message.rank);
            let may_miss = UNNAMED.contains(&named.name);
            let client_right = ends.client.map_or(may_miss, |c| c == client);
            let mds_right = ends.mds.map_or(may_miss, |m| m.0 == mds);
            if !client_right || !mds_right {
                return Err(format!("  {:?} {:?} for {text}", ends.client, ends.mds));
            }
        }
        Ok(())
    });
}

#[test]
fn findings_are_those_of_the_story() {
    each(|named, seen| {
        let got: Vec<_> = seen.report.findings.iter().map(|f| format!("{:?}", found(f))).collect();
        let want: Vec<_> = named.finds.iter().map(|f| format!("{:?}", must_find(f))).collect();
        difference(&want, &got)
    });
}

#[test]
fn findings_are_as_the_table_of_rules_says() {
    each(|_, seen| seen.report.findings.iter().try_for_each(as_the_table_says));
}

#[test]
fn every_message_that_arrived_whole_is_decoded() {
    each(|_, seen| match seen.report.undecoded_total {
        0 => Ok(()),
        _ => Err(format!("  {:?}", seen.report.undecoded)),
    });
}

#[test]
fn a_doubt_is_said_in_words() {
    each(|_, seen| {
        for finding in &seen.report.findings {
            let certain = finding.certainty() == ceph_dissect::findings::Certainty::Certain;
            let why = finding.doubt.map(|doubt| doubt.to_string());
            if certain != why.as_ref().is_none_or(String::is_empty) {
                return Err(format!("  {why:?}"));
            }
        }
        Ok(())
    });
}
