//! What inodes, clients and servers are called beside their numbers.

use std::io;

use super::{Page, seconds, server_name, write_all};
use crate::caps::timeline::{Client, Server};
use crate::render::line::{Ink, Line, wrap};

/// Names of one inode that are listed.
const NAMES: usize = 8;

/// The names that an inode had, if there is more to tell than the one in its heading.
pub(super) fn write(page: &Page<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let names = &page.timeline.names;
    let plain = |named: &crate::names::Named| named.from.is_none() && named.until.is_none();
    if names.len() < 2 && names.iter().all(plain) {
        return Ok(());
    }
    let mut pieces = vec![Line::of(Ink::Faint, "named")];
    for named in names.iter().take(NAMES) {
        let time = |time: crate::place::Time| seconds(time.since(page.origin), 3);
        let mut line = Line::of(Ink::Plain, &named.path);
        if let Some(from) = named.from {
            line.push(Ink::Faint, &format!(" from {} s", time(from)));
        }
        if let Some(until) = named.until {
            line.push(Ink::Faint, &format!(" until {} s", time(until)));
        }
        pieces.push(line);
    }
    if names.len() > NAMES {
        pieces.push(Line::of(Ink::Faint, &format!("and {} more", names.len() - NAMES)));
    }
    write_all(&wrap(pieces, page.style.width), page.style, out)
}

/// What a client said of itself, in parentheses, as much of it as there is room for behind `column`.
pub(super) fn said(page: &Page<'_>, client: Client, column: usize) -> String {
    let Client::Id(id) = client else { return String::new() };
    let Some(client) = page.called.client(id) else { return String::new() };
    let (whole, host) = (client.to_string(), client.host().unwrap_or_default().to_owned());
    let room = page.style.width.saturating_sub(column + 3);
    let fits = |text: &String| !text.is_empty() && text.chars().count() <= room;
    [whole, host].into_iter().find(fits).map_or_else(String::new, |text| format!(" ({text})"))
}

/// A server with the daemons behind it: `mds.0 (a)`.
pub(super) fn server(page: &Page<'_>, server: Server) -> String {
    let name = server_name(server);
    let daemons = match server {
        Server::Rank(rank) => page.called.daemons(rank),
        _ => &[],
    };
    match daemons {
        [] => name,
        daemons => format!("{name} ({})", daemons.join(", ")),
    }
}
