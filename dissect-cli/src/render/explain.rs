//! What findings mean, for people.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::line::{Ink, Line};
use super::markdown;
use super::text::Style;
use crate::findings::{Rule, Severity};

/// Writes a rule's page.
pub fn explain(rule: &Rule, style: &Style, out: &mut impl Write) -> io::Result<()> {
    markdown::write(rule.page, style, out)
}

/// Lists rules, those first whose findings may be worst.
pub fn explain_all(rules: &[Rule], style: &Style, out: &mut impl Write) -> io::Result<()> {
    let mut rules: Vec<_> = rules.iter().collect();
    let worst = |rule: &Rule| rule.severities.iter().max().copied().unwrap_or(Severity::Info);
    rules.sort_by_key(|rule| (Reverse(worst(rule)), rule.code));
    let widest = rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    for rule in rules {
        let (ink, word) = match worst(rule) {
            Severity::Info => (Ink::Move, "info"),
            Severity::Warning => (Ink::Take, "warning"),
            Severity::Error => (Ink::Alarm, "error"),
        };
        let mut line = Line::of(ink, word);
        line.pad_to("warning  ".len());
        line.push(Ink::Strong, rule.code);
        line.pad_to("warning  ".len() + widest + 2);
        line.push(Ink::Plain, rule.title);
        let indent = "warning  ".len() + widest + 2;
        let indent = if indent * 2 > style.width { "warning  ".len() } else { indent };
        for line in line.broken(style.width, indent) {
            line.write(style, out)?;
        }
    }
    Ok(())
}
