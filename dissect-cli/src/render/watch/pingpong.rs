//! Inodes that go to and fro.

use std::io;

use super::grid::{Grid, Room};
use super::{View, heading, inode, more, path};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, count};
use crate::report::watch::PingPongReport;

/// Clients named in a row; the others are counted.
const NAMED: usize = 2;

/// Writes which inodes go to and fro.
pub fn pingpong(
    report: &PingPongReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let (moving, passing) = (report.ranks.len() as u64, report.clients.len() as u64);
    let text = format!("{} to and fro", count(moving + passing, "inode"));
    heading(&text, view, style, out)?;
    let within = format!("in {} s", report.within_ns as f64 / 1e9);
    if !report.ranks.is_empty() {
        Line::of(Ink::Strong, "between ranks, moved more than once").say(style, out)?;
        let shown = report.ranks.len().min(view.rows());
        let mut grid = columns("moves").left("ranks", Room::Needed).left("inode", Room::Below(0));
        grid = grid.right("first at", Room::Spare(1)).right("last at", Room::Spare(2));
        grid = grid.left("path", Room::Cut);
        for row in &report.ranks[..shown] {
            let ranks: Vec<_> = row.ranks.iter().map(|rank| format!("mds.{rank}")).collect();
            grid.row(vec![
                (Ink::Strong, row.moves.to_string()),
                (Ink::Plain, row.most_within.to_string()),
                (Ink::Move, ranks.join(arrows(style))),
                (Ink::Plain, inode(Some(row.ino))),
                (Ink::Faint, view.when(row.first)),
                (Ink::Faint, view.when(row.last)),
                (Ink::Plain, path(row.path.as_deref())),
            ]);
        }
        grid.write(style, out)?;
        more(shown, report.ranks.len(), view, style, out)?;
        note(&within, style, out)?;
    }
    if !report.clients.is_empty() {
        if !report.ranks.is_empty() {
            writeln!(out)?;
        }
        let title = "between clients, bits asked back from one and then from another";
        Line::of(Ink::Strong, title).say(style, out)?;
        let shown = report.clients.len().min(view.rows());
        let mut grid = columns("turns").left("clients", Room::Needed).left("bits", Room::Needed);
        grid = grid.left("inode", Room::Below(0)).right("first at", Room::Spare(1));
        grid = grid.right("last at", Room::Spare(2)).left("path", Room::Cut);
        for row in &report.clients[..shown] {
            let names = row.clients.iter().take(NAMED).map(|client| client.client_name());
            let mut clients = names.collect::<Vec<_>>().join(arrows(style));
            let rest = row.clients.len().saturating_sub(NAMED);
            if rest > 0 {
                clients.push_str(&format!(" +{rest}"));
            }
            grid.row(vec![
                (Ink::Strong, row.turns.to_string()),
                (Ink::Plain, row.most_within.to_string()),
                (Ink::Move, clients),
                (Ink::Take, row.bits.to_string()),
                (Ink::Plain, inode(Some(row.ino))),
                (Ink::Faint, view.when(row.first)),
                (Ink::Faint, view.when(row.last)),
                (Ink::Plain, path(row.path.as_deref())),
            ]);
        }
        grid.write(style, out)?;
        more(shown, report.clients.len(), view, style, out)?;
        note(&within, style, out)?;
    }
    Ok(())
}

fn columns(what: &'static str) -> Grid {
    Grid::default().right(what, Room::Needed).right("most", Room::Needed)
}

fn note(within: &str, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
    Line::of(Ink::Faint, &format!("  most: the largest number of them {within}")).say(style, out)
}

fn arrows(style: &Style) -> &'static str {
    if style.unicode { " ⇄ " } else { " <> " }
}
