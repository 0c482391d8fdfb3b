//! What a finding's facts say, as parts of a sentence.

use super::text::{duration, printable};
use crate::findings::{Fact, FactValue};

/// How a fact is told.
struct Phrase {
    /// The rules that have the fact and tell it so.
    codes: &'static [&'static str],
    fact: &'static str,
    /// `{}` stands for the value.
    says: &'static str,
    /// Instead, where there is none: 0, `0 us`, `-`, `?`, `none`, `no`.
    none: &'static str,
}

const fn phrase(
    codes: &'static [&'static str],
    fact: &'static str,
    says: &'static str,
    none: &'static str,
) -> Phrase {
    Phrase { codes, fact, says, none }
}

/// What stands for a value.
const VALUE: &str = "{}";

/// In the order of the rules' facts. An empty `none`: the value is told as it is.
const PHRASES: &[Phrase] = &[
    phrase(&["cap-id-changed"], "held_cap", "the client holds cap {}", "the client holds no cap"),
    phrase(&["cap-lost-at-reconnect"], "cap_id", "it was cap {}", ""),
    phrase(&["cap-lost-at-reconnect"], "held", "the client held {}", "it held no bits"),
    phrase(&["cap-lost-at-reconnect"], "wanted", "it wanted {}", "it wanted nothing more"),
    phrase(
        &["cap-lost-at-reconnect", "export-to-nowhere"],
        "flushing",
        "state of {} was being written back",
        "nothing was being written back",
    ),
    phrase(&["conflicting-issue"], "bits", "the later client has {}", ""),
    phrase(&["conflicting-issue"], "other", "the earlier one is {}", ""),
    phrase(&["conflicting-issue"], "other's bits", "it has {}", ""),
    phrase(&["conflicting-issue"], "other's frame", "since frame {}", ""),
    phrase(&["conflicting-issue"], "for", "the conflict lasts {}", ""),
    phrase(&["counted-not-seen"], "unseen", "counted messages that were not seen: {}", ""),
    phrase(&["counted-not-seen"], "counted", "the rank's count is {}", ""),
    phrase(&["counted-not-seen"], "seen", "the capture has {}", ""),
    phrase(&["counted-not-seen"], "since", "they are missing from frame {} on at the earliest", ""),
    phrase(&["counted-not-seen"], "behind", "which is the {}", ""),
    phrase(&["duplicate-migration"], "first", "the first of the two is frame {}", ""),
    phrase(&["export-to-nowhere"], "version", "the message has version {}", ""),
    phrase(
        &["export-to-nowhere"],
        "wanted",
        "the client wanted {}",
        "the client wanted nothing more",
    ),
    phrase(
        &["export-to-nowhere"],
        "again",
        "it got a cap of the inode again in frame {}",
        "it got no other cap of the inode",
    ),
    phrase(&["export-without-import"], "cause", "the cause: {}", ""),
    phrase(
        &["export-without-import"],
        "unseen",
        "messages that the importer counted then and the capture does not have: {}",
        "no message that the importer counted is missing",
    ),
    phrase(
        &["export-without-import", "import-without-export"],
        "migration",
        "between the ranks: export {}",
        "what the ranks said to each other is not in the capture",
    ),
    phrase(&["exporter-seq-mismatch"], "held_seq", "seq of the client's cap: {}", ""),
    phrase(&["exporter-seq-mismatch"], "held_mseq", "mseq of the client's cap: {}", ""),
    phrase(&["flush-unacked"], "bits", "state of {} was written back", ""),
    phrase(&["flush-unacked"], "tid", "flush tid {}", ""),
    phrase(&["flush-unacked"], "sent", "times sent: {}", ""),
    phrase(&["flush-unacked"], "for", "not acknowledged for {}", ""),
    phrase(&["message-after-export", "placeholder-used"], "since", "{} after the EXPORT", ""),
    phrase(&["migration-incomplete"], "migration tid", "export tid {}", ""),
    phrase(&["migration-incomplete"], "came to", "the last step was {}", ""),
    phrase(&["migration-incomplete"], "waits for", "{} should have come next", ""),
    phrase(&["migration-incomplete"], "inodes", "inodes in the tree: {}", "the tree was not sent"),
    phrase(&["migration-incomplete"], "caps", "caps: {}", "no caps"),
    phrase(&["mseq-regression"], "held_mseq", "the client's cap has mseq {}", ""),
    phrase(&["peer-disagreement"], "of", "they disagree on the {}", ""),
    phrase(&["peer-disagreement"], "export", "the EXPORT says {}", ""),
    phrase(&["peer-disagreement"], "import", "the IMPORT says {}", ""),
    phrase(&["ping-pong"], "between", "the last turn began at {}", ""),
    phrase(&["ping-pong"], "and", "it ended at {}", ""),
    phrase(&["ping-pong"], "times", "{} turns within a minute", ""),
    phrase(&["ping-pong"], "total", "{} in all", ""),
    phrase(&["ping-pong"], "bits", "bits that went: {}", ""),
    phrase(&["recall-not-followed"], "may keep", "the client may keep {} caps", ""),
    phrase(&["recall-not-followed"], "held", "it had {} then", "how many it had is not known"),
    phrase(&["recall-not-followed"], "least", "came down to {}", ""),
    phrase(&["recall-not-followed"], "now", "has {} now", ""),
    phrase(&["recall-not-followed"], "released", "released {}", ""),
    phrase(&["recall-not-followed"], "asked", "times asked: {}", ""),
    phrase(&["reconnect-denied"], "told", "the client told {} caps", ""),
    phrase(&["reconnect-denied"], "answer", "the rank answered {}", ""),
    phrase(&["reconnect-denied"], "after", "{} later", ""),
    phrase(
        &["reconnect-denied"],
        "blocklisted",
        "the client is blocklisted",
        "nothing is said of a blocklist",
    ),
    phrase(&["release-ignored"], "issue_seq", "the release gives issue {} back", ""),
    phrase(&["release-ignored"], "last_issue", "the last issue is {}", ""),
    phrase(
        &["revoke-unanswered"],
        "bits",
        "asked back: {}",
        "asked back: unknown, as what the client had is",
    ),
    phrase(&["revoke-unanswered"], "seq", "seq {}", ""),
    phrase(&["revoke-unanswered"], "for", "open for {}", ""),
    phrase(&["revoke-unanswered"], "answer", "answered by {}", "no answer"),
    phrase(&["revoke-unanswered"], "waits", "waiting for it: {}", "no request waits for it"),
    phrase(&["seq-gap"], "seq", "the message has seq {}", ""),
    phrase(&["seq-gap"], "held_seq", "the one before had {}", ""),
    phrase(
        &["stale-client-message", "stale-export"],
        "held_cap",
        "the client holds cap {} instead",
        "the client holds no other cap",
    ),
    phrase(&["stale-client-message"], "gone", "how the cap that it speaks of went: {}", ""),
    phrase(&["stale-client-message"], "since", "{} before", "when is not known"),
    phrase(&["stale-session-used"], "used", "the client says it keeps {}", ""),
    phrase(&["target-session-missing"], "target", "the importer is mds.{}", ""),
    phrase(&["wanted-not-granted"], "bits", "wanted and not granted: {}", ""),
    phrase(&["wanted-not-granted"], "for", "for {} by the end", ""),
];

/// What words of the protocol mean, where they do not say it themselves.
const WORDS: &[(&str, &str)] = &[
    (
        "lost-before-session",
        "the rank counted messages before the session was open (lost-before-session)",
    ),
    ("lost-in-session", "the rank counted messages that never came (lost-in-session)"),
    ("importer-lost", "the importer went down (importer-lost)"),
    ("connection-lost", "the connection to the importer was lost (connection-lost)"),
    ("request_open", "message that asks for the session (request_open)"),
    ("reconnect", "client's return (reconnect)"),
    ("last count", "rank's last count"),
    ("not held", "not known, it was never seen"),
];

/// A value as it is shown.
pub(super) fn value(value: &FactValue) -> String {
    match value {
        FactValue::Caps(caps) => caps.to_string(),
        FactValue::Number(number) => number.to_string(),
        FactValue::Lasting(ns) => duration(*ns),
        FactValue::At(place) => place.frame.to_string(),
        FactValue::Word(word) => (*word).to_owned(),
        FactValue::Text(text) => printable(text),
    }
}

/// What a fact says, as part of a sentence.
pub(super) fn says(code: &str, fact: &Fact) -> String {
    let Some(phrase) =
        PHRASES.iter().find(|phrase| phrase.fact == fact.name && phrase.codes.contains(&code))
    else {
        return format!("{} {}", fact.name, value(&fact.value));
    };
    let shown = value(&fact.value);
    let none = matches!(shown.as_str(), "0" | "0 us" | "-" | "?" | "none" | "no");
    if none && !phrase.none.is_empty() {
        return phrase.none.to_owned();
    }
    let word = WORDS.iter().find(|(word, _)| *word == shown).map(|(_, meaning)| *meaning);
    phrase.says.replace(VALUE, word.unwrap_or(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::RULES;

    #[test]
    fn every_fact_of_every_rule_has_its_phrase() {
        let mut facts: Vec<_> = RULES
            .iter()
            .flat_map(|rule| rule.facts.iter().map(|fact| (rule.code, *fact)))
            .collect();
        let all = |phrase: &'static Phrase| phrase.codes.iter().map(|code| (*code, phrase.fact));
        let mut phrases: Vec<_> = PHRASES.iter().flat_map(all).collect();
        facts.sort_unstable();
        phrases.sort_unstable();
        assert_eq!(phrases, facts);
    }

    #[test]
    fn a_value_or_its_absence_is_in_the_sentence() {
        let fact = |name, value| Fact { name, value };
        let unseen = |n| says("export-without-import", &fact("unseen", FactValue::Number(n)));
        assert_eq!(
            unseen(3),
            "messages that the importer counted then and the capture does not have: 3"
        );
        assert_eq!(unseen(0), "no message that the importer counted is missing");
        let cause = fact("cause", FactValue::Word("importer-lost"));
        assert_eq!(
            says("export-without-import", &cause),
            "the cause: the importer went down (importer-lost)"
        );
        let waits = |value| says("revoke-unanswered", &fact("waits", value));
        assert_eq!(waits(FactValue::Word("-")), "no request waits for it");
        assert_eq!(waits(FactValue::Text("client.1 open".into())), "waiting for it: client.1 open");
    }
}
