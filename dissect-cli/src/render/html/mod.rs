//! A whole capture as one page for a browser: HTML with its style, its script and its data inside, so that it
//! works from a file, offline, and asks nobody for anything.
//!
//! Names in a capture are anybody's text. Everything in the page's own markup is escaped by the template; the
//! data is JSON in which no character can end the element that holds it, and the script puts it on the page
//! as text only. The page's policy allows this script and this style by their digests, and no connection.

mod data;
mod events;
mod inert;
mod messages;
mod template;
mod words;

use std::io::{self, Write};

use crate::report::page::Page;

/// Writes the page. The same page gives the same bytes.
pub fn page(page: &Page<'_>, out: &mut impl Write) -> io::Result<()> {
    let data = data::json(page)?;
    template::write(page, &data, out)
}
