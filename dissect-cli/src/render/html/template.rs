//! The page's frame: markup, policy, and what is inside it.

use std::fmt::Write as _;
use std::io::{self, Write};

use askama::Template;
use sha2::{Digest, Sha256};

use crate::render::text::{count, duration};
use crate::report::page::Page;

/// The style.
const STYLE: &str = concat!(
    include_str!("css/theme.css"),
    include_str!("css/layout.css"),
    include_str!("css/lists.css"),
    include_str!("css/panel.css"),
    include_str!("css/print.css"),
);

/// The script: all files in one scope of their own. Later ones use what earlier ones define.
const SCRIPT: &str = concat!(
    "(function () {\n'use strict';\n",
    include_str!("js/format.js"),
    include_str!("js/dom.js"),
    include_str!("js/data.js"),
    include_str!("js/model.js"),
    include_str!("js/search.js"),
    include_str!("js/scale.js"),
    include_str!("js/theme.js"),
    include_str!("js/glyphs.js"),
    include_str!("js/rows.js"),
    include_str!("js/bars.js"),
    include_str!("js/lanes.js"),
    include_str!("js/minimap.js"),
    include_str!("js/hit.js"),
    include_str!("js/tip.js"),
    include_str!("js/focus.js"),
    include_str!("js/list.js"),
    include_str!("js/sidebar.js"),
    include_str!("js/grid.js"),
    include_str!("js/panel.js"),
    include_str!("js/tree.js"),
    include_str!("js/place.js"),
    include_str!("js/app.js"),
    include_str!("js/gestures.js"),
    include_str!("js/keys.js"),
    include_str!("js/main.js"),
    "}());\n",
);

#[derive(Template)]
#[template(path = "page.html")]
struct Frame<'a> {
    title: &'a str,
    lead: String,
    policy: String,
    style: &'a str,
    script: &'a str,
    data: &'a str,
}

/// Writes the page around its data, which is JSON fit for a script element.
pub(super) fn write(page: &Page<'_>, data: &str, out: &mut impl Write) -> io::Result<()> {
    let report = page.report;
    let names: Vec<&str> = report.files.iter().map(|file| base(&file.name)).collect();
    let title = match names[..] {
        [] => "no capture".to_owned(),
        [name] => name.to_owned(),
        [name, ..] => format!("{name} and {} more", names.len() - 1),
    };
    let mut lead = count(report.packets(), "packet");
    if let Some((first, last)) = report.span() {
        _ = write!(lead, ", {first} for {}", duration(last.since(first)));
    }
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    );
    let frame = Frame { title: &title, lead, policy, style: STYLE, script: SCRIPT, data };
    frame.write_into(out)
}

/// A file's name without the directories, which are nobody's business but the writer's.
pub(super) fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(name)
}

/// The SHA-256 of a text in base64, as a content security policy names it.
fn digest(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

/// Bytes in base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut base64 = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for letter in 0..4 {
            let index = (bits >> (18 - 6 * letter) & 63) as usize;
            base64.push(if letter <= three.len() { char::from(LETTERS[index]) } else { '=' });
        }
    }
    base64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        assert_eq!(digest("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn base64_is_padded() {
        let three = [b"f".as_slice(), b"fo", b"foo", b"", &[0xff, 0xfb, 0xf0]];
        assert_eq!(three.map(base64), ["Zg==", "Zm8=", "Zm9v", "", "//vw"]);
    }

    #[test]
    fn nothing_ends_the_elements_early() {
        for text in [SCRIPT, STYLE] {
            let lower = text.to_lowercase();
            assert!(!lower.contains("</") && !lower.contains("<!--"), "an end in script or style");
        }
    }

    #[test]
    fn directories_are_left_out() {
        for (name, want) in
            [("/a/b.pcap", "b.pcap"), ("b.pcap", "b.pcap"), ("-", "-"), ("a/", "a/")]
        {
            assert_eq!(base(name), want);
        }
    }
}
