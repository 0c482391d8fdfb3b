//! Patterns: regular expressions, and globs for paths. Both run without backtracking.

use regex::bytes::{Regex, RegexBuilder};

use super::{MAX_DEPTH, MAX_PATTERN_SIZE};
use crate::names::Glob;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) text: Box<str>,
    pub(super) sort: Sort,
    regex: Regex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// As `--path` takes it; for the whole path.
    Glob,
    /// For any part of the text, letters in either case.
    Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text && self.sort == other.sort
    }
}

impl Pattern {
    /// Compiles it, or says why not.
    pub(super) fn new(text: &str, sort: Sort) -> Result<Pattern, String> {
        let regex = match sort {
            Sort::Glob => text.parse::<Glob>().map_err(|no| no.to_string())?.regex(),
            Sort::Regex => text.to_owned(),
        };
        let regex = RegexBuilder::new(&regex)
            .case_insensitive(sort == Sort::Regex)
            .size_limit(MAX_PATTERN_SIZE)
            .dfa_size_limit(MAX_PATTERN_SIZE)
            .nest_limit(MAX_DEPTH as u32)
            .build()
            .map_err(|error| reason(&error))?;
        Ok(Pattern { text: text.into(), sort, regex })
    }

    pub(super) fn matches(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }
}

/// The part of an error that says what is wrong: the rest repeats the pattern.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("the pattern takes more than {} KiB", limit >> 10)
        }
        error => {
            let text = error.to_string();
            let reason = text.rsplit("error: ").next().unwrap_or_default();
            format!("no regular expression: {}", reason.trim())
        }
    }
}
