//! Clients and ranks.

use std::io::{self, Write};

use crate::names::{FileSystem, Holder};
use crate::render::line::Ink;
use crate::render::text::{Style, clock};
use crate::render::watch::grid::{Grid, Room};
use crate::report::{ClientInfo, Report};

/// Clients, and changes of ranks, that are listed unless all are asked for.
const ROWS: usize = 20;

/// The clients, and what they say of themselves.
pub(super) fn clients(
    report: &Report,
    all: bool,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    if report.clients.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{}", style.bold("clients"))?;
    let shown = if all { report.clients.len() } else { report.clients.len().min(ROWS) };
    let mut grid = Grid::default()
        .left("client", Room::Needed)
        .left("entity", Room::Below(4))
        .left("host", Room::Below(1))
        .left("version", Room::Below(2))
        .left("root", Room::Below(3))
        .left("mounted at", Room::Below(6))
        .left("address", Room::Below(5))
        .left("ranks", Room::Needed);
    for client in &report.clients[..shown] {
        grid.row(row(client));
    }
    grid.write(style, out)?;
    if shown < report.clients.len() {
        writeln!(out, "  {} more; --all lists them", report.clients.len() - shown)?;
    }
    Ok(())
}

fn row(client: &ClientInfo) -> Vec<(Ink, String)> {
    let said = client.said.as_ref();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let list = |items: Vec<String>| items.join(" ");
    let cells = [
        format!("client.{}", client.id),
        text(said.and_then(|said| said.entity())),
        text(said.and_then(|said| said.host())),
        text(said.and_then(|said| said.version()).as_deref()),
        text(said.and_then(|said| said.root())),
        text(said.and_then(|said| said.mount_point())),
        list(client.addrs.iter().map(ToString::to_string).collect()),
        list(client.ranks.iter().map(ToString::to_string).collect()),
    ];
    cells.map(|text| (Ink::Plain, text)).into()
}

/// The daemons behind the ranks, and what they did when.
pub(super) fn ranks(
    report: &Report,
    all: bool,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let systems = report.ranks.systems();
    for fs in systems.iter().filter(|fs| fs.ranks().next().is_some()) {
        writeln!(out)?;
        write!(out, "{}", style.bold("ranks"))?;
        if systems.len() > 1 {
            write!(out, " of file system {}", fs.name)?;
        }
        writeln!(out)?;
        let changes = changes(fs);
        let shown = if all { changes.len() } else { changes.len().min(ROWS) };
        let mut grid = Grid::default()
            .left("since (UTC)", Room::Needed)
            .right("frame", Room::Needed)
            .left("rank", Room::Needed)
            .left("daemon", Room::Needed)
            .left("state", Room::Needed)
            .right("epoch", Room::Below(2))
            .left("address", Room::Below(3));
        for (rank, holder) in &changes[..shown] {
            grid.row(change(*rank, holder));
        }
        grid.write(style, out)?;
        if shown < changes.len() {
            writeln!(out, "  {} more; --all lists them", changes.len() - shown)?;
        }
    }
    Ok(())
}

/// Every change of every rank, in the order of time.
fn changes(fs: &FileSystem) -> Vec<(i32, &Holder)> {
    let of_rank = |(rank, history): (ceph_codec::types::Rank, _)| {
        let history: &[Holder] = history;
        history.iter().map(move |holder| (rank.0, holder))
    };
    let mut changes: Vec<_> = fs.ranks().flat_map(of_rank).collect();
    changes.sort_by_key(|(rank, holder)| (holder.since, *rank));
    changes
}

fn change(rank: i32, holder: &Holder) -> Vec<(Ink, String)> {
    let cells = [
        clock(holder.since.time),
        holder.since.frame.to_string(),
        format!("mds.{rank}"),
        holder.name.clone(),
        holder.state.map_or_else(|| "nobody".to_owned(), |state| state.to_string()),
        holder.epoch.to_string(),
        holder.addrs.first().map(ToString::to_string).unwrap_or_default(),
    ];
    cells.map(|text| (Ink::Plain, text)).into()
}
