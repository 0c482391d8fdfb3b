//! What somebody may have meant.

/// Longer words are not compared with anything.
const MAX_WORD: usize = 64;
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
    let mut near: Vec<(f64, &str)> =
        names.map(|name| (likeness(&word, name), name)).filter(|(like, _)| *like >= LIKE).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.len().cmp(&b.1.len())));
    near.dedup_by_key(|(_, name)| *name);
    let best = near.first().map_or(0.0, |(like, _)| *like);
    near.retain(|(like, _)| *like >= best - BEHIND);
    near.into_iter().take(MAX_SUGGESTED).map(|(_, name)| name).collect()
}

fn likeness(word: &str, name: &str) -> f64 {
    let name = name.to_ascii_lowercase();
    let like = strsim::normalized_damerau_levenshtein;
    // Many know the end of a name, and not what it is part of.
    let last = name.rsplit('.').next().unwrap_or_default();
    match word.contains('.') {
        true => like(word, &name),
        false => like(word, &name).max(0.97 * like(word, last)),
    }
}

/// "did you mean ...?", or nothing.
pub(super) fn did_you_mean(near: &[&str]) -> Option<String> {
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}
