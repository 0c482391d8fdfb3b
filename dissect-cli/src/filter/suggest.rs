//! What somebody may have meant.

use super::Fields;

/// Longer words are not compared with anything.
const MAX_WORD: usize = 64;
/// Fields that are named where only the beginning of their names was given.
const MAX_LISTED: usize = 5;
/// How many are suggested.
const MAX_SUGGESTED: usize = 3;
/// How much alike two words have to be, 1 for the same.
const LIKE: f64 = 0.62;
/// How much less alike than the likest one may be.
const BEHIND: f64 = 0.2;

/// Those names that are most like the word, the likest first.
pub(super) fn near<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if word.is_empty() || word.len() > MAX_WORD {
        return Vec::new();
    }
    let word = word.to_ascii_lowercase();
    let word = Letters::of(&word);
    let mut near: Vec<(f64, &str)> =
        names.map(|name| (likeness(&word, name), name)).filter(|(like, _)| *like >= LIKE).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.len().cmp(&b.1.len())));
    near.dedup_by_key(|(_, name)| *name);
    let best = near.first().map_or(0.0, |(like, _)| *like);
    near.retain(|(like, _)| *like >= best - BEHIND);
    near.into_iter().take(MAX_SUGGESTED).map(|(_, name)| name).collect()
}

fn likeness(word: &Letters<'_>, name: &str) -> f64 {
    let name = name.to_ascii_lowercase();
    // Many know the end of a name, and not what it is part of.
    let last = name.rsplit('.').next().unwrap_or_default();
    match word.text.contains('.') {
        true => word.like(&name),
        false => word.like(&name).max(0.97 * word.like(last)),
    }
}

/// A word that is compared with many.
struct Letters<'w> {
    text: &'w str,
    /// How often it has each letter of ASCII; the last one is for all others.
    counts: [usize; 129],
}

impl<'w> Letters<'w> {
    fn of(text: &'w str) -> Self {
        let mut counts = [0; 129];
        text.chars().for_each(|c| counts[letter(c)] += 1);
        Letters { text, counts }
    }

    /// 1 for the same, 0 for what has nothing in common or is not worth a suggestion.
    fn like(&self, other: &str) -> f64 {
        // Comparing takes long, and of most names the letters alone tell that they are others: as many changes are
        // needed as there are letters in the longer one that the other has not.
        let (mut left, mut common, mut length) = (self.counts, 0, 0);
        for c in other.chars() {
            length += 1;
            if let Some(rest) = left[letter(c)].checked_sub(1) {
                left[letter(c)] = rest;
                common += 1;
            }
        }
        let longer = self.counts.iter().sum::<usize>().max(length);
        match (common as f64) < LIKE * longer as f64 {
            true => 0.0,
            false => strsim::normalized_damerau_levenshtein(self.text, other),
        }
    }
}

fn letter(c: char) -> usize {
    (c as usize).min(128)
}

/// "did you mean ...?", or nothing.
pub(super) fn did_you_mean(near: &[&str]) -> Option<String> {
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

/// What to ask instead of a field that does not exist.
pub(super) fn instead_of(name: &str, fields: &dyn Fields) -> String {
    if let Some(known) = fields.instead_of(name) {
        return known;
    }
    let is_within =
        |field: &&str| field.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let within: Vec<_> = fields.names().filter(is_within).take(MAX_LISTED).collect();
    match within.is_empty() {
        true => did_you_mean(&near(name, fields.names()))
            .unwrap_or_else(|| "`ceph-dissect fields` lists them all".to_owned()),
        false => format!("names that begin so are {}", within.join(", ")),
    }
}
