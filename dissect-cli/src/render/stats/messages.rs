//! Messages by type.

use std::io;

use super::{left_out, plain};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, bytes, count};
use crate::render::watch::View;
use crate::render::watch::grid::{Grid, Room};
use crate::report::stats::{FlowRow, MessagesReport};

/// Types listed unless all are asked for.
const TYPES: usize = 15;

pub(super) fn messages(
    report: &MessagesReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut head = Line::of(Ink::Strong, "messages");
    let total = format!("  {}, {}", count(report.messages, "message"), bytes(report.bytes));
    head.push(Ink::Faint, &total);
    head.write(style, out)?;
    let shown = if view.all { report.types.len() } else { report.types.len().min(TYPES) };
    let mut grid = Grid::default()
        .left("type", Room::Needed)
        .left("between", Room::Below(0))
        .right("messages", Room::Needed)
        .right("share", Room::Spare(2))
        .right("bytes", Room::Spare(1));
    for row in report.types.iter().take(shown) {
        let whole = match &row.flows[..] {
            [flow] => between(flow, style),
            _ => String::new(),
        };
        grid.row(vec![
            plain(row.name.clone()),
            plain(whole),
            plain(row.messages.to_string()),
            plain(format!("{:.2} %", row.percent)),
            plain(bytes(row.bytes)),
        ]);
        for flow in row.flows.iter().filter(|_| row.flows.len() > 1) {
            grid.row(vec![
                plain(""),
                plain(between(flow, style)),
                (Ink::Faint, flow.messages.to_string()),
                plain(""),
                (Ink::Faint, bytes(flow.bytes)),
            ]);
        }
    }
    if !report.types.is_empty() {
        grid.write(style, out)?;
    }
    if shown < report.types.len() {
        let more = format!("  {} more types; --all lists them", report.types.len() - shown);
        Line::of(Ink::Faint, &more).write(style, out)?;
    }
    left_out(report.left_out, "messages more than are told apart", style, out)
}

fn between(flow: &FlowRow, style: &Style) -> String {
    let name = |end: &Option<String>| end.clone().unwrap_or_else(|| "?".to_owned());
    let arrow = if style.unicode { "→" } else { "->" };
    format!("{} {arrow} {}", name(&flow.from), name(&flow.to))
}
