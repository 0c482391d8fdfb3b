//! Clients and ranks.

use std::io::{self, Write};

use crate::names::{FileSystem, Holder};
use crate::render::text::{Style, clock, plain_table, write_table};
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
    let header =
        ["  client", "entity", "host", "version", "root", "mounted at", "address", "ranks"];
    let mut table = plain_table(header);
    let shown = if all { report.clients.len() } else { report.clients.len().min(ROWS) };
    for client in &report.clients[..shown] {
        table.add_row(row(client));
    }
    write_table(table, &[], out)?;
    if shown < report.clients.len() {
        writeln!(out, "  {} more; --all lists them", report.clients.len() - shown)?;
    }
    Ok(())
}

fn row(client: &ClientInfo) -> [String; 8] {
    let said = client.said.as_ref();
    let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let list = |items: Vec<String>| match items.is_empty() {
        true => "-".to_owned(),
        false => items.join(" "),
    };
    [
        format!("  client.{}", client.id),
        text(said.and_then(|said| said.entity())),
        text(said.and_then(|said| said.host())),
        text(said.and_then(|said| said.version()).as_deref()),
        text(said.and_then(|said| said.root())),
        text(said.and_then(|said| said.mount_point())),
        list(client.addrs.iter().map(ToString::to_string).collect()),
        list(client.ranks.iter().map(ToString::to_string).collect()),
    ]
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
        let mut table =
            plain_table(["  since (UTC)", "frame", "rank", "daemon", "state", "epoch", "address"]);
        let changes = changes(fs);
        let shown = if all { changes.len() } else { changes.len().min(ROWS) };
        for (rank, holder) in &changes[..shown] {
            table.add_row(change(*rank, holder));
        }
        write_table(table, &[1, 5], out)?;
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

fn change(rank: i32, holder: &Holder) -> [String; 7] {
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    [
        format!("  {}", clock(holder.since.time)),
        holder.since.frame.to_string(),
        format!("mds.{rank}"),
        dash(holder.name.clone()),
        holder.state.map_or_else(|| "nobody".to_owned(), |state| state.to_string()),
        holder.epoch.to_string(),
        dash(holder.addrs.first().map(ToString::to_string).unwrap_or_default()),
    ]
}
