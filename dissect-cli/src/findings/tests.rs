//! The table against the pages, and the findings against the table.

use std::collections::BTreeSet;

use super::*;

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src");
/// What every page has, in this order.
const SECTIONS: &[&str] = &[
    "## What it means",
    "## How it comes about",
    "## What to do",
    "## Where it stems from",
    "## Facts and thresholds",
];

#[test]
fn every_rule_has_a_name_of_its_own() {
    let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), RULES.len());
    for rule in RULES {
        let plain = rule.code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(plain, "{}", rule.code);
        assert!(!rule.title.is_empty() && !rule.severities.is_empty(), "{}", rule.code);
        assert!(rule.severities.is_sorted_by(|a, b| a > b), "{}: worst first", rule.code);
    }
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let pages = std::fs::read_dir(format!("{BOOK}/findings")).unwrap();
    let pages: BTreeSet<_> =
        pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    let rules: BTreeSet<_> = RULES.iter().map(|rule| format!("{}.md", rule.code)).collect();
    assert_eq!(pages, rules);
    let summary = std::fs::read_to_string(format!("{BOOK}/SUMMARY.md")).unwrap();
    for rule in RULES {
        let line = format!("  - [{code}](findings/{code}.md)\n", code = rule.code);
        assert!(summary.contains(&line), "SUMMARY.md lacks {line}");
    }
}

#[test]
fn every_page_has_its_sections_and_names_its_facts_and_thresholds() {
    for Rule { code, page, facts, thresholds, .. } in RULES {
        assert!(page.starts_with(&format!("# {code}\n\n")), "{code}: its name comes first");
        let sections: Vec<_> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(sections, SECTIONS, "{code}");
        let mut parts = page.split("\n## ");
        let says_something = |part: &str| part.lines().skip(1).any(|line| !line.is_empty());
        assert!(parts.all(says_something), "{code}: an empty section");
        let (_, last) = page.split_once("## Facts and thresholds").unwrap();
        for name in facts.iter().chain(*thresholds) {
            assert!(last.contains(&format!("`{name}`")), "{code} does not say what {name} is");
        }
    }
}
