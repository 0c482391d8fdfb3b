//! Sessions, reconnects and connections, for people.

use std::io;

use super::line::{Ink, Line};
use super::text::{Style, bytes, count, duration};
use super::watch::View;
use super::watch::grid::{Grid, Room};
use crate::place::Place;
use crate::report::sessions::{
    ConnectionsReport, HoleRow, Protections, ReconnectRow, ReconnectsReport, SessionRow,
    SessionsReport, word,
};
use crate::report::{Connection, ConnectionEnd};
use crate::session::{Direction, Protection};

/// Rows that are shown unless all are asked for.
const ROWS: usize = 30;

fn shown(total: usize, view: &View) -> usize {
    if view.all { total } else { total.min(ROWS) }
}

fn more(total: usize, view: &View, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
    match total.saturating_sub(shown(total, view)) {
        0 => Ok(()),
        left => Line::of(Ink::Faint, &format!("  {left} more; --all lists them")).say(style, out),
    }
}

/// Seconds since the capture's first packet.
fn when(place: Option<Place>, view: &View) -> String {
    place.map_or_else(|| "-".to_owned(), |place| view.when(place))
}

fn number<T: ToString>(number: Option<T>) -> String {
    number.map_or_else(|| "?".to_owned(), |number| number.to_string())
}

fn plain(text: impl Into<String>) -> (Ink, String) {
    (Ink::Plain, text.into())
}

/// What is bad, if there is any of it.
fn bad(number: u64) -> (Ink, String) {
    let ink = if number > 0 { Ink::Alarm } else { Ink::Plain };
    (ink, number.to_string())
}

/// Writes the sessions; with `view.all`, what was said of each.
pub fn sessions(
    report: &SessionsReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let rows = &report.sessions;
    Line::of(Ink::Strong, &count(rows.len() as u64, "session")).say(style, out)?;
    let mut grid = Grid::default()
        .left("client", Room::Needed)
        .left("rank", Room::Needed)
        .right("since", Room::Spare(2))
        .left("state", Room::Needed)
        .right("from", Room::Spare(3))
        .right("caps", Room::Needed)
        .right("most", Room::Spare(5))
        .right("released", Room::Spare(4))
        .right("renewals", Room::Spare(6))
        .right("slowest", Room::Spare(7))
        .right("recalls", Room::Spare(1))
        .right("counted", Room::Needed)
        .right("unseen", Room::Needed);
    for row in &rows[..shown(rows.len(), view)] {
        grid.row(session(row, view));
        for said in row.log.iter().filter(|_| view.all) {
            let mut line = Line::of(Ink::Faint, "      ");
            line.right(Ink::Faint, 16, &when(Some(said.at), view));
            line.push(Ink::Faint, "  ");
            line.push(Ink::Plain, &word(&said.what));
            line.push(Ink::Faint, &format!(" {}  frame {}", said.number, said.at.frame));
            grid.note(line);
        }
    }
    if !rows.is_empty() {
        grid.write(style, out)?;
    }
    more(rows.len(), view, style, out)
}

fn session(row: &SessionRow, view: &View) -> Vec<(Ink, String)> {
    let state = row.state.unwrap_or("?");
    let ink = match state {
        "stale" | "rejected" | "disconnected" => Ink::Alarm,
        _ => Ink::Plain,
    };
    let recalls = match (row.recalls, row.max_caps) {
        (0, _) | (_, None) => plain("-"),
        (times, Some(max)) => {
            let ink = if row.recall_open { Ink::Alarm } else { Ink::Plain };
            let open = if row.recall_open { " open" } else { "" };
            (ink, format!("{times} to {max}{open}"))
        }
    };
    vec![
        plain(row.parties.client_name()),
        plain(row.parties.mds_name()),
        plain(when(Some(row.since), view)),
        (ink, state.to_owned()),
        plain(when(row.state_since, view)),
        plain(number(row.caps)),
        plain(number(row.most_caps)),
        plain(row.released.to_string()),
        plain(row.renewals.to_string()),
        plain(row.slowest_renewal_ns.map_or_else(|| "-".to_owned(), duration)),
        recalls,
        plain(row.counted_seen.to_string()),
        bad(row.unseen),
    ]
}

/// Writes what reconnects cost.
pub fn reconnects(
    report: &ReconnectsReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let rows = &report.reconnects;
    Line::of(Ink::Strong, &count(rows.len() as u64, "reconnect")).say(style, out)?;
    let mut grid = Grid::default()
        .left("client", Room::Needed)
        .left("rank", Room::Needed)
        .right("last word", Room::Spare(0))
        .right("lost", Room::Spare(3))
        .right("map: gone", Room::Spare(2))
        .right("map: back", Room::Spare(1))
        .right("told", Room::Needed)
        .right("caps", Room::Below(0))
        .right("dropped", Room::Needed)
        .left("answer", Room::Needed)
        .right("served", Room::Spare(4))
        .right("outage", Room::Needed);
    for row in &rows[..shown(rows.len(), view)] {
        grid.row(reconnect(row, view));
    }
    if !rows.is_empty() {
        grid.write(style, out)?;
    }
    more(rows.len(), view, style, out)
}

fn reconnect(row: &ReconnectRow, view: &View) -> Vec<(Ink, String)> {
    let dropped = match (row.caps_lost, row.caps_needed) {
        (0, _) => plain("0"),
        (lost, 0) => plain(lost.to_string()),
        (lost, needed) => (Ink::Alarm, format!("{lost}, {needed} needed")),
    };
    let answer = match (row.opened, row.denied) {
        (_, Some(_)) => (Ink::Alarm, "denied".to_owned()),
        (Some(_), None) => plain("opened"),
        (None, None) => (Ink::Alarm, "none".to_owned()),
    };
    vec![
        plain(row.parties.client_name()),
        plain(row.parties.mds_name()),
        plain(when(row.last_word, view)),
        plain(when(row.lost, view)),
        plain(when(row.rank_left, view)),
        plain(when(row.rank_reconnect, view)),
        plain(when(Some(row.told), view)),
        plain(row.caps.to_string()),
        dropped,
        answer,
        plain(when(row.first_reply, view)),
        plain(row.outage_ns.map_or_else(|| "?".to_owned(), duration)),
    ]
}

/// Writes the connections and how they are protected; with `holes`, what could not be read instead.
pub fn connections(
    report: &ConnectionsReport,
    holes: bool,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    protections("clients and metadata servers", &report.serving, style, out)?;
    protections("others", &report.others, style, out)?;
    writeln!(out)?;
    match holes {
        true => write_holes(&report.holes, view, style, out),
        false => write_connections(&report.connections, view, style, out),
    }
}

fn protections(
    of: &str,
    how: &Protections,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut line = Line::of(Ink::Strong, of);
    line.push(Ink::Plain, &format!(": {}", count(how.total(), "connection")));
    let parts = [
        (how.plain(), Ink::Alarm, "not encrypted"),
        (how.v2_secure, Ink::Plain, "encrypted"),
        (how.unknown, Ink::Faint, "not understood"),
    ];
    for (n, ink, what) in parts.into_iter().filter(|(n, ..)| *n > 0) {
        line.push(Ink::Plain, ", ");
        line.push(ink, &format!("{n} {what}"));
        if what == "not encrypted" {
            line.push(Ink::Faint, &format!(" ({} v1, {} v2 crc)", how.v1, how.v2_crc));
        }
    }
    line.say(style, out)
}

fn write_connections(
    all: &[Connection],
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut list: Vec<_> = all.iter().collect();
    list.sort_by_key(|c| (!c.serves_clients(), c.opened));
    let mut grid = Grid::default()
        .right("since", Room::Spare(0))
        .left("from", Room::Needed)
        .left("to", Room::Needed)
        .left("how", Room::Needed)
        .right("messages", Room::Needed)
        .right("bytes", Room::Spare(2))
        .right("until", Room::Spare(3))
        .left("seen", Room::Spare(1));
    for c in &list[..shown(list.len(), view)] {
        let how = match (c.protection, c.messenger) {
            (Protection::Secure, _) => plain("v2 secure"),
            (Protection::Crc, Some("v1")) => (Ink::Alarm, "v1".to_owned()),
            (Protection::Crc, _) => (Ink::Alarm, "v2 crc".to_owned()),
            (Protection::Unknown, messenger) => {
                (Ink::Faint, format!("{} ?", messenger.unwrap_or("?")))
            }
        };
        grid.row(vec![
            plain(when(Some(c.opened), view)),
            plain(end(&c.a)),
            plain(end(&c.b)),
            how,
            plain((c.a.messages + c.b.messages).to_string()),
            plain(bytes(c.a.bytes + c.b.bytes)),
            plain(when(Some(c.last), view)),
            plain(seen(c)),
        ]);
    }
    if !list.is_empty() {
        grid.write(style, out)?;
    }
    more(list.len(), view, style, out)
}

fn end(end: &ConnectionEnd) -> String {
    end.name.clone().unwrap_or_else(|| end.addr.to_string())
}

fn seen(c: &Connection) -> String {
    let mut words = Vec::new();
    let mut add = |is: bool, word: &str| words.extend(is.then(|| word.to_owned()));
    add(!c.from_start, "from the middle");
    add(c.one_sided, "one direction");
    add(c.resumed, "resumed");
    add(c.compressed() > 0, "compressed frames");
    let holes = c.a.holes + c.b.holes;
    if holes > 0 && c.protection != Protection::Secure {
        words.push(count(holes, "hole"));
    }
    match words.is_empty() {
        true => "whole".to_owned(),
        false => words.join(", "),
    }
}

fn write_holes(
    holes: &[HoleRow],
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    if holes.is_empty() {
        return Line::of(
            Ink::Plain,
            "no holes: all that clients and metadata servers said was read, as far as it is not encrypted",
        )
        .say(style, out);
    }
    Line::of(Ink::Strong, &count(holes.len() as u64, "hole")).say(style, out)?;
    let mut grid = Grid::default()
        .right("from", Room::Needed)
        .right("to", Room::Needed)
        .right("frames", Room::Needed)
        .left("", Room::Needed)
        .right("bytes", Room::Needed)
        .left("of what", Room::Needed)
        .left("unsure is", Room::Spare(1));
    for row in &holes[..shown(holes.len(), view)] {
        let (client, mds) = (row.parties.client_name(), row.parties.mds_name());
        let of = match row.direction {
            Direction::MdsToClient => format!("{mds} to {client}"),
            Direction::ClientToMds => format!("{client} to {mds}"),
        };
        let unsure = match (row.hole.within, row.direction) {
            (Some(kind), _) => format!("one {kind}"),
            (None, Direction::MdsToClient) => "what this rank did not send".to_owned(),
            (None, Direction::ClientToMds) => "what this client did not answer".to_owned(),
        };
        grid.row(vec![
            plain(when(Some(row.hole.before), view)),
            plain(when(Some(row.hole.after), view)),
            plain(row.hole.before.frame.to_string()),
            plain(row.hole.after.frame.to_string()),
            plain(row.hole.bytes.to_string()),
            plain(of),
            plain(unsure),
        ]);
    }
    grid.write(style, out)?;
    more(holes.len(), view, style, out)
}
