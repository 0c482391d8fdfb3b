//! Names as text. They are anybody's bytes.

use std::fmt::Write;

/// Appends a name as it can be shown and told apart: what is no UTF-8 comes as `\xff`, control characters
/// and those that change the direction of text as `\n` or `\u{202e}`, a backslash as two.
pub(super) fn push(text: &mut String, name: &[u8]) {
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                c if is_hidden(c) => text.extend(c.escape_default()),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            // Writing into a String does not fail.
            _ = write!(text, "\\x{byte:02x}");
        }
    }
}

/// The whole of it.
pub(super) fn text(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    push(&mut text, name);
    text
}

/// Whether a terminal would obey it, or show nothing of it.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn what_cannot_be_shown_is_escaped() {
        assert_eq!(text("größe 10%.txt".as_bytes()), "größe 10%.txt");
        assert_eq!(text(b"a\nb\x1b[2Jc"), "a\\nb\\u{1b}[2Jc");
        assert_eq!(text(b"\xffx\xc3("), "\\xffx\\xc3(");
        assert_eq!(text("\u{202e}gpj".as_bytes()), "\\u{202e}gpj");
        // Told apart from the name that looks like it.
        assert_eq!(text(b"\\xff"), "\\\\xff");
    }
}
