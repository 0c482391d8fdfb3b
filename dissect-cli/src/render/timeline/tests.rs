use std::path::Path;

use proptest::prelude::*;

use super::{View, render};
use crate::caps::timeline::samples::{
    EXPORT_FIRST, IMPORT_FIRST, IMPORTER_CRASH, Sample, any_lines,
};
use crate::caps::timeline::{Filter, Timelines};
use crate::render::Style;

fn text(timelines: &Timelines, view: &View, style: &Style) -> String {
    let mut out = Vec::new();
    render(timelines, view, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn style(width: usize) -> Style {
    Style { width, color: false, unicode: true }
}

/// Compares with `expected/NAME.txt`; with `UPDATE_EXPECTED` in the environment it becomes what was expected.
fn expect(name: &str, timelines: &Timelines, view: &View, style: &Style) {
    let text = text(timelines, view, style);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render/timeline/expected");
    let path = path.join(name).with_extension("txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{} is not\n{text}", path.display());
}

#[test]
fn an_importer_crash() {
    let timelines = Sample::new(0x100_0000_01fa, IMPORTER_CRASH).timelines();
    expect("importer-crash-100", &timelines, &View::default(), &style(100));
    expect("importer-crash-60", &timelines, &View::default(), &style(60));
}

#[test]
fn notes_that_found_no_room_are_told() {
    let mut timelines = Sample::new(1, EXPORT_FIRST).timelines();
    let said = |timelines: &Timelines| {
        text(timelines, &View::default(), &style(100))
            .contains("7 notes of sessions and ranks left out")
    };
    assert!(!said(&timelines));
    timelines.notes_dropped = 7;
    assert!(said(&timelines));
}

#[test]
fn the_export_first() {
    let timelines = Sample::new(0x100_0000_0001, EXPORT_FIRST).timelines();
    expect("export-first-100", &timelines, &View::default(), &style(100));
}

#[test]
fn the_import_first_in_ascii() {
    let timelines = Sample::new(0x100_0000_0001, IMPORT_FIRST).timelines();
    expect(
        "import-first-ascii",
        &timelines,
        &View::default(),
        &Style { unicode: false, ..style(100) },
    );
}

#[test]
fn an_arrow_past_a_rank_that_holds_a_cap_too() {
    let sample = Sample::new(
        0x1000,
        "1.0 < 7 1 grant 5 2 0 0 pLs - - 0 -
         1.1 < 7 0 grant 1 2 0 0 pAsLsXsFr pFr - 0 -
         1.2 < 7 0 export 1 0 0 0 - - - 0 (3, 1, 1, 2, 0)
         1.3 < 7 1 revoke 5 3 0 0 p - - 0 -
         1.4 < 7 2 import 3 1 0 1 pAsLsXsFr pFr - 0 (1, 2, 0, 0, 1)
         1.5 > 7 1 update 5 3 3 0 p - Fw 9 -
         1.6 < 7 2 export 3 0 0 0 - - - 0 (0, 0, 0, -1, 0)
         1.7 > 7 2 update 3 1 1 1 pAs - - 0 -",
    );
    expect("past-a-rank", &sample.timelines(), &View::default(), &style(80));
}

#[test]
fn too_many_lanes_become_names() {
    let mut sample = Sample::default();
    for client in 4100..4112 {
        sample.add(0x1000, &format!("1.5 < {client} 0 revoke 3 2 0 0 pLs - - 0 -"));
    }
    sample.add(0x1000, "1.6 > 4105 0 update 3 2 0 0 pLs - Fw 3 -");
    expect("many-lanes-100", &sample.timelines(), &View::default(), &style(100));
    expect("many-lanes-60", &sample.timelines(), &View::default(), &style(60));
}

#[test]
fn many_inodes_get_a_table_and_what_is_left_out_is_said() {
    let mut sample = Sample::new(1, "0.5 < 4146 0 revoke 1 2 0 0 pLs - - 0 -");
    sample.add(2, IMPORTER_CRASH);
    sample.add(3, IMPORT_FIRST);
    sample.add(4, "95.0 < 4146 0 grant 1 2 0 0 pLs - - 0 -");
    let timelines = sample.filtered(Filter::default(), sample.events.len() - 3);
    expect("table", &timelines, &View { max_inodes: 1 }, &style(72));
}

#[test]
fn nothing_is_said_of_nothing() {
    let text = text(&Timelines::default(), &View::default(), &style(100));
    assert_eq!(text, "0 events on 0 inodes\n");
}

fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest)));
    plain
}

#[test]
fn colour_changes_no_text() {
    let timelines = Sample::new(0x100_0000_01fa, IMPORTER_CRASH).timelines();
    let plain = text(&timelines, &View::default(), &style(100));
    let coloured = text(&timelines, &View::default(), &Style { color: true, ..style(100) });
    assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
    assert_eq!(without_escapes(&coloured), plain);
}

proptest! {
    #[test]
    fn anything_can_be_drawn_within_the_width(
        lines in any_lines(), width in 72..130_usize, unicode: bool, since in 0..60_i64,
    ) {
        let mut sample = Sample::default();
        lines.iter().for_each(|(ino, line)| sample.add(*ino, line));
        let since = Some(crate::place::Time(since * 1_000_000_000));
        for filter in [Filter::default(), Filter { since, ..Filter::default() }] {
            let timelines = sample.filtered(filter, 1000);
            let text = text(&timelines, &View::default(), &Style { unicode, ..style(width) });
            for line in text.lines() {
                prop_assert!(line.chars().count() <= width, "{}", line);
                prop_assert!(unicode || line.is_ascii(), "{}", line);
            }
        }
    }

    #[test]
    fn no_width_is_too_small(lines in any_lines(), width in 0..60_usize) {
        let mut sample = Sample::default();
        lines.iter().for_each(|(ino, line)| sample.add(*ino, line));
        text(&sample.timelines(), &View { max_inodes: 0 }, &style(width));
        text(&sample.timelines(), &View::default(), &style(width));
    }
}
