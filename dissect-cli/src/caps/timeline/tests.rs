use ceph_codec::types::{Caps, InodeNo, Rank};
use proptest::prelude::*;

use super::samples::{EXPORT_FIRST, IMPORT_FIRST, IMPORTER_CRASH, Sample};
use super::*;

const INO: u64 = 0x100_0000_01fa;

fn caps(text: &str) -> Caps {
    text.parse().unwrap()
}

fn lane(timeline: &Timeline, client: u64, rank: i32) -> &Lane {
    let is = |lane: &&Lane| lane.client == Client::Id(client) && lane.server == Server::Rank(rank);
    timeline.lanes.iter().find(is).expect("lane")
}

/// A lane's holdings and what began them.
fn story(lane: &Lane) -> Vec<(String, Option<Cause>)> {
    let text = |holding| match holding {
        Holding::Unknown => "?".to_owned(),
        Holding::Nothing => "nothing".to_owned(),
        Holding::Placeholder { cap_id, caps } => {
            format!("placeholder {cap_id} {caps}")
        }
        Holding::Cap { cap_id, caps } => format!("{cap_id} {caps}"),
    };
    lane.spans.iter().map(|span| (text(span.holding), span.began.map(|edge| edge.cause))).collect()
}

fn told(story: &[(&str, Option<Cause>)]) -> Vec<(String, Option<Cause>)> {
    story.iter().map(|(text, cause)| ((*text).to_owned(), *cause)).collect()
}

#[test]
fn a_placeholder_survives_its_importer() {
    let timeline = Sample::new(INO, IMPORTER_CRASH).timeline();
    assert_eq!(
        story(lane(&timeline, 4146, 1)),
        told(&[
            ("nothing", None),
            ("placeholder 19 pAsLsXsFrw", Some(Cause::Named)),
            ("19 pAsLsXsFrw", Some(Cause::Granted)),
            ("19 pAsxLsXsxFrw", Some(Cause::Granted)),
            ("19 pAsxLsXsxFsxcrwb", Some(Cause::Granted)),
            ("nothing", Some(Cause::Exported)),
        ])
    );
    assert_eq!(
        story(lane(&timeline, 4146, 0))[4..],
        told(&[
            ("nothing", Some(Cause::Exported)),
            ("placeholder 27 pAsxLsXsxFsxcrwb", Some(Cause::Named)),
            ("27 pAsxLsXsxFsxcrwb", Some(Cause::Imported)),
            ("27 pAsLsXsFsc", Some(Cause::Retained)),
        ])
    );
    let states: Vec<_> = timeline.migrations.iter().map(|m| m.state).collect();
    assert_eq!(
        states,
        [MigrationState::NoImport, MigrationState::NoImport, MigrationState::Paired]
    );
    assert_eq!(timeline.unmatched(), 2);
}

#[test]
fn the_import_may_come_first() {
    let timeline = Sample::new(INO, IMPORT_FIRST).timeline();
    assert_eq!(
        story(lane(&timeline, 4146, 0)),
        told(&[
            ("?", None),
            ("9 pAsLsXsFrw", Some(Cause::Retained)),
            ("nothing", Some(Cause::Replaced)),
        ])
    );
    assert_eq!(
        story(lane(&timeline, 4146, 1))[..2],
        told(&[("nothing", None), ("35 pAsLsXsFrw", Some(Cause::Imported))])
    );
    assert_eq!(timeline.unmatched(), 0);
    let migration = timeline.migrations[0];
    assert!(migration.import.unwrap().place < migration.export.unwrap().place);
    assert_eq!(timeline.entries[migration.export.unwrap().entry.unwrap()].migration, Some(0));
}

#[test]
fn or_the_export() {
    let timeline = Sample::new(INO, EXPORT_FIRST).timeline();
    assert_eq!(
        story(lane(&timeline, 4148, 1)),
        told(&[
            ("nothing", None),
            ("placeholder 9 pAsLsXsFrw", Some(Cause::Named)),
            ("9 pAsLsXsFrw", Some(Cause::Imported)),
            ("nothing", Some(Cause::Exported)),
        ])
    );
    assert!(timeline.migrations.iter().all(|m| m.state == MigrationState::Paired));
}

#[test]
fn a_revoke_takes_nothing_until_it_is_answered() {
    let timeline = Sample::new(
        INO,
        "10.165863 < 4146 0 grant 1 5 0 0 pAsLsXsxFsxcrwb pAsxXsxFsxcrwb - 0 -
         10.167626 < 4146 0 revoke 1 6 0 0 pAsLsXsFrw pAsxXsxFsxcrwb - 0 -
         10.168314 > 4146 0 update 1 6 1 0 pAsLsXsFcrwb pAsxXsxFsxcrwb - 0 -
         10.169282 > 4146 0 update 1 6 1 0 pAsLsXsFrw pAsxXsxFsxcrwb - 0 -",
    )
    .timeline();
    let [_, revoke, part, rest] = timeline.entries[..] else { panic!() };
    assert_eq!((revoke.lost(), revoke.asked), (Caps::NONE, caps("XxFsxcb")));
    assert_eq!((part.lost(), rest.lost()), (caps("XxFsx"), caps("Fcb")));
    assert_eq!(revoke.outcome, Outcome::Answered { by: 3, after: 1_656_000 });
}

#[test]
fn an_answer_does_not_give_back_what_was_granted_meanwhile() {
    let timeline = Sample::new(
        INO,
        "1.769088 < 4145 0 grant 1 7 0 0 pAsxLsXsFsxcrwb pAsxXsxFsxcrwb - 0 -
         1.769909 < 4145 0 revoke 1 8 0 0 pAsxLsXsFcb pAsxXsxFsxcrwb - 0 -
         1.770094 < 4145 0 grant 1 9 0 0 pAsxLsXsxFcb pAsxXsxFsxcrwb - 0 -
         1.775153 > 4145 0 update 1 8 3 0 pAsxLsXsFcb pAsxXsxFsxcrwb - 0 -",
    )
    .timeline();
    assert_eq!(timeline.entries[3].after.caps(), Some(caps("pAsxLsXsxFcb")));
    assert_eq!(timeline.entries[1].outcome, Outcome::Answered { by: 3, after: 5_244_000 });
}

#[test]
fn what_was_there_before_the_capture_is_unknown() {
    let timeline = Sample::new(
        INO,
        "10.166674 < 4148 0 revoke 12 2 0 0 pLs - - 0 -
         10.167483 > 4148 0 update 12 2 1 0 pLs pFscr - 0 -",
    )
    .timeline();
    assert_eq!(story(&timeline.lanes[0]), told(&[("?", None), ("12 pLs", Some(Cause::Revoked))]));
    assert_eq!(timeline.entries[0].outcome, Outcome::Answered { by: 1, after: 809_000 });
}

#[test]
fn a_late_message_to_the_old_server_changes_nothing() {
    let timeline = Sample::new(
        INO,
        "1.0 < 1 0 grant 7 2 0 0 pAsLsXsFrw pFr - 0 -
         2.0 < 1 0 export 7 0 0 0 - - - 0 (9, 1, 1, 1, 0)
         2.1 > 1 0 update 7 2 2 0 pAs - Fw 5 -
         2.2 < 1 1 import 9 1 0 1 pAsLsXsFrw pFr - 0 (7, 2, 0, 0, 1)
         2.3 > 1 1 update 9 1 1 1 pAs - Fw 5 -
         2.4 < 1 1 flush_ack 9 1 0 0 pAs - Fw 5 -",
    )
    .timeline();
    assert!(timeline.entries[2].stale);
    assert_eq!(lane(&timeline, 1, 0).spans.last().unwrap().holding, Holding::Nothing);
    // Nobody acknowledges it there; it is repeated to the new server.
    assert_eq!(timeline.entries[2].outcome, Outcome::Overtaken { by: 4 });
    assert_eq!(timeline.entries[4].outcome, Outcome::Answered { by: 5, after: 100_000_000 });
}

#[test]
fn a_cap_that_moves_to_where_there_was_one() {
    let timeline = Sample::new(
        INO,
        "1.0 < 1 1 grant 19 5 0 0 pLs - - 0 -
         1.5 < 1 0 grant 7 2 0 0 pAsFr - - 0 -
         2.0 < 1 0 export 7 0 0 0 - - - 0 (19, 6, 1, 1, 0)
         2.2 < 1 1 import 19 6 0 1 pAsLsFr - - 0 (7, 2, 0, 0, 1)",
    )
    .timeline();
    assert_eq!(
        story(lane(&timeline, 1, 1)),
        told(&[("?", None), ("19 pLs", Some(Cause::Granted)), ("19 pAsLsFr", Some(Cause::Named))])
    );
}

#[test]
fn exports_to_nowhere_and_imports_without_export() {
    let timeline = Sample::new(
        INO,
        "1.0 < 1 0 grant 7 2 0 0 pAsFr - - 0 -
         2.0 < 1 0 export 7 0 0 0 - - - 0 (0, 0, 0, -1, 0)
         2.1 < 2 1 import 8 1 0 1 pAsFr - - 0 (3, 1, 0, 0, 1)
         2.2 < 3 1 import 8 1 0 1 pAsFr - - 0 (3, 1, 0, 0, 2)
         2.3 < 4 1 import 8 1 0 1 pAsFr - - 0 (3, 0, 0, 0, 0)",
    )
    .timeline();
    let states: Vec<_> = timeline.migrations.iter().map(|m| m.state).collect();
    use MigrationState::*;
    assert_eq!(states, [Nowhere, NoExport, NotDue, NotDue]);
}

#[test]
fn what_the_selection_cuts_off_is_neither_unknown_nor_unmatched() {
    let sample = Sample::new(INO, EXPORT_FIRST);
    let only = |since: i64, until: i64| Filter {
        since: Some(Time(since * 1_000_000)),
        until: Some(Time(until * 1_000_000)),
        ..Filter::default()
    };
    // From behind the first grant to between the EXPORT and the IMPORT of client 4148.
    let timelines = sample.filtered(only(11_000, 11_017), 100);
    let timeline = &timelines.inodes[0];
    assert_eq!(timelines.counts.entries as usize, timeline.entries.len());
    assert!(timelines.counts.outside > 0);
    assert_eq!(lane(timeline, 4146, 0).spans[1].holding.caps(), Some(caps("pAsLsXsFrw")));
    assert_eq!(lane(timeline, 4146, 0).spans[1].began.unwrap().entry, None);
    assert_eq!(timeline.unmatched(), 0);
    assert!(timeline.migrations.iter().all(|m| m.state == MigrationState::Paired));
}

#[test]
fn a_rank_is_selected_with_the_other_half_of_its_migrations() {
    let sample = Sample::new(INO, EXPORT_FIRST);
    let filter = Filter { ranks: [Rank(1)].into(), clients: [4146].into(), ..Filter::default() };
    let timelines = sample.filtered(filter, 100);
    let timeline = &timelines.inodes[0];
    assert!(timeline.lanes.iter().all(|lane| lane.client == Client::Id(4146)));
    assert!(timeline.migrations.iter().all(|m| m.state == MigrationState::Paired));
    let Filter { inodes, .. } = Filter { inodes: [InodeNo(1)].into(), ..Filter::default() };
    let none = sample.filtered(Filter { inodes, ..Filter::default() }, 100);
    assert_eq!((none.inodes.len(), none.counts.outside), (0, sample.events.len() as u64));
}

#[test]
fn who_is_not_known_is_said() {
    let mut sample = Sample::new(INO, EXPORT_FIRST);
    sample.who = crate::session::Who::default();
    let timelines = sample.timelines();
    assert!(timelines.inodes[0].lanes.iter().any(|lane| matches!(lane.client, Client::Conn(_))));
    let filter = Filter { clients: [4146].into(), ..Filter::default() };
    let timelines = sample.filtered(filter, 100);
    assert_eq!(
        (timelines.inodes.len(), timelines.counts.undecided),
        (0, sample.events.len() as u64)
    );
}

#[test]
fn what_finds_no_room_is_counted() {
    let sample = Sample::new(INO, EXPORT_FIRST);
    let timelines = sample.filtered(Filter::default(), 3);
    assert_eq!(timelines.counts.entries, 3);
    assert_eq!(timelines.counts.dropped, sample.events.len() as u64 - 3);
    assert_eq!(timelines.dropped_from, Some(sample.events[3].place));
}

#[test]
fn of_too_many_open_revokes_the_oldest_stay_without_an_answer() {
    let last = answers::MAX_REVOKES as u32 + 2;
    let mut sample = Sample::new(INO, "1.0 < 1 0 grant 7 1 0 0 pAsFrw pFr - 0 -");
    for seq in 2..2 + last {
        sample.add(INO, &format!("2.0 < 1 0 revoke 7 {seq} 0 0 pAs pFr - 0 -"));
    }
    sample.add(INO, &format!("3.0 > 1 0 update 7 {} 1 0 pAs - - 0 -", 1 + last));
    let timeline = sample.timeline();
    let outcomes: Vec<_> = timeline.entries.iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes[1..3], [Outcome::Open; 2]);
    let answered = Outcome::Answered { by: outcomes.len() - 1, after: 1_000_000_000 };
    assert!(outcomes[3..=last as usize].iter().all(|outcome| *outcome == answered));
}

#[test]
fn the_most_telling_inodes_come_in_order_of_appearance() {
    let mut sample = Sample::new(1, "0.5 < 4146 0 grant 1 2 0 0 pLs - - 0 -");
    sample.add(2, IMPORTER_CRASH);
    sample.add(3, "95.0 < 4146 0 grant 1 2 0 0 pLs - - 0 -");
    sample.add(4, EXPORT_FIRST);
    let timelines = sample.timelines();
    assert_eq!(timelines.most_telling(9), [0, 1, 2, 3]);
    assert_eq!(timelines.most_telling(2), [1, 3]);
    assert_eq!(timelines.most_telling(1), [1]);
}

#[test]
fn replayed_events_change_nothing() {
    let mut sample = Sample::new(INO, IMPORT_FIRST);
    let once = sample.timeline();
    for mut event in sample.events.clone() {
        event.replayed = true;
        event.place.frame += 1000;
        sample.events.push(event);
    }
    let twice = sample.timeline();
    assert_eq!(twice.migrations, once.migrations);
    assert_eq!(twice.lanes, once.lanes);
}

proptest! {
    #[test]
    fn any_order_of_any_events_is_told_in_full(
        lines in samples::any_lines(),
        room in 0..80_usize,
        since in proptest::option::of(0..60_i64),
        ranks in proptest::collection::btree_set((0..2_i32).prop_map(Rank), 0..2),
    ) {
        let mut sample = Sample::default();
        for (ino, line) in &lines {
            sample.add(*ino, line);
        }
        let filter = Filter { since: since.map(|s| Time(s * 1_000_000_000)), ranks, ..Filter::default() };
        let timelines = sample.filtered(filter, room);
        let counts = timelines.counts;
        prop_assert_eq!(counts.seen, lines.len() as u64);
        prop_assert_eq!(counts.seen, counts.entries + counts.outside + counts.undecided + counts.dropped);
        let entries: usize = timelines.inodes.iter().map(|t| t.entries.len()).sum();
        prop_assert_eq!(entries as u64, counts.entries);
        for timeline in &timelines.inodes {
            for lane in &timeline.lanes {
                prop_assert!(!lane.spans.is_empty());
                prop_assert!(lane.spans[1..].iter().all(|span| span.began.is_some()));
                let at = |span: &Span| span.began.map(|edge| edge.entry);
                prop_assert!(lane.spans.is_sorted_by(|a, b| at(a) <= at(b) && a.holding != b.holding));
            }
            for entry in &timeline.entries {
                prop_assert!(entry.lane < timeline.lanes.len());
                prop_assert!(entry.migration.is_none_or(|m| m < timeline.migrations.len()));
            }
        }
    }
}
