//! Patterns that select paths.

use std::fmt;
use std::str::FromStr;

/// A pattern for whole paths: `*` stands for any characters of one name, `?` for one, `**` for any number of
/// names. A pattern that does not begin where paths do, at `/`, `#` or `~`, may begin at any name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Char(char),
    /// One character of a name.
    One,
    /// Any number of them.
    Some,
    /// Any characters.
    All,
    /// Any number of names, each with the `/` behind it.
    Names,
}

/// A pattern of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a path such as /dir/file or /dir/**")]
pub struct NoPattern;

impl FromStr for Glob {
    type Err = NoPattern;

    fn from_str(text: &str) -> Result<Self, NoPattern> {
        if text.is_empty() {
            return Err(NoPattern);
        }
        let mut parts = Vec::new();
        if !text.starts_with(['/', '#', '~']) {
            parts.push(Part::Names);
        }
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let (part, len) = match c {
                _ if rest.starts_with("**/") => (Part::Names, 3),
                _ if rest.starts_with("**") => (Part::All, 2),
                '*' => (Part::Some, 1),
                '?' => (Part::One, 1),
                c => (Part::Char(c), c.len_utf8()),
            };
            parts.push(part);
            rest = rest.get(len..).unwrap_or_default();
        }
        Ok(Glob { text: text.to_owned(), parts })
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl Glob {
    /// The regular expression for the same paths, which are whole texts.
    pub fn regex(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Char(c) => regex::escape(c.encode_utf8(&mut [0; 4])),
            Part::One => "[^/]".to_owned(),
            Part::Some => "[^/]*".to_owned(),
            Part::All => "(?s:.*)".to_owned(),
            Part::Names => "(?s:.*/)?".to_owned(),
        });
        format!("^{}$", parts.collect::<String>())
    }

    /// Whether it stands for this path. Takes time in proportion to both lengths.
    pub fn matches(&self, path: &str) -> bool {
        // Whether the parts so far match the text up to each place.
        let text: Vec<char> = path.chars().collect();
        let mut reached = vec![false; text.len() + 1];
        reached[0] = true;
        for part in &self.parts {
            let mut next = vec![false; text.len() + 1];
            // Whether the part may have begun somewhere before.
            let mut begun = false;
            for place in 0..=text.len() {
                begun |= reached[place];
                let before = place.checked_sub(1).map(|at| (text[at], reached[at], next[at]));
                next[place] = match (part, before) {
                    (Part::Char(c), Some((last, true, _))) => last == *c,
                    (Part::One, Some((last, true, _))) => last != '/',
                    (Part::Char(_) | Part::One, _) => false,
                    (Part::Some, before) => {
                        reached[place] || before.is_some_and(|(last, _, on)| on && last != '/')
                    }
                    (Part::All, _) => begun,
                    (Part::Names, before) => {
                        reached[place] || begun && before.is_some_and(|(last, ..)| last == '/')
                    }
                };
            }
            reached = next;
        }
        reached.last() == Some(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_paths() {
        let cases = [
            ("/d/f0", "/d/f0", true),
            ("/d/f0", "/d/f01", false),
            ("/d/f0", "/e/d/f0", false),
            ("/d/*", "/d/f0", true),
            ("/d/*", "/d", false),
            ("/d/*", "/d/e/f0", false),
            ("/d/f?", "/d/f7", true),
            ("/d?f", "/d/f", false),
            ("/d/**", "/d/e/f0", true),
            ("/d/**", "/d", false),
            ("/d**", "/d", true),
            ("/d/**/f0", "/d/f0", true),
            ("/d/**/f0", "/d/a/b/f0", true),
            ("/d/**/f0", "/d/a/xf0", false),
            ("/**/b/*", "/a/b/c", true),
            ("f0", "/d/f0", true),
            ("f0", "/f0", true),
            ("f0", "/d/xf0", false),
            ("f0", "/f0/x", false),
            ("*.log", "/var/a.log", true),
            ("d/f*", "/x/d/f1", true),
            ("#0x1000/f", "#0x1000/f", true),
            ("f", "#0x1000/f", true),
            ("größe", "/größe", true),
            ("/gr??e", "/größe", true),
            ("**", "/", true),
            ("/", "/", true),
            ("/", "/f", false),
        ];
        for (pattern, path, want) in cases {
            let glob: Glob = pattern.parse().unwrap();
            assert_eq!(glob.matches(path), want, "{pattern} {path}");
        }
        assert_eq!("".parse::<Glob>(), Err(NoPattern));
    }

    #[test]
    fn many_stars_take_no_longer() {
        let glob: Glob = "/a*".repeat(200).parse().unwrap();
        assert!(!glob.matches(&"/aaaaaaaaaaaa".repeat(199)));
    }
}
