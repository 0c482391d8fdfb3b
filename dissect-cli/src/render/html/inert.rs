//! JSON that may stand inside a script element.

/// JSON without any character that HTML or a script could take for the end of something: they occur inside
/// strings only, where an escape means the same.
pub(super) fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            '\u{7f}' => text.push_str("\\u007f"),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn inert_json_says_the_same_and_ends_nothing(texts in proptest::collection::vec(".*", 0..8)) {
            let json = serde_json::to_string(&texts).unwrap();
            let inert = inert(&json);
            let ends = ['<', '>', '&', '\u{2028}', '\u{2029}'];
            prop_assert!(!inert.contains(ends), "{}", inert);
            let back: Vec<String> = serde_json::from_str(&inert).unwrap();
            prop_assert_eq!(back, texts);
        }
    }

    #[test]
    fn the_end_of_a_script_stays_text() {
        let json = serde_json::to_string("</script><!--<img onerror=x>&amp;\u{2028}").unwrap();
        assert_eq!(
            inert(&json),
            "\"\\u003c/script\\u003e\\u003c!--\\u003cimg onerror=x\\u003e\\u0026amp;\\u2028\""
        );
    }
}
