//! What is held when all has been told, and what is still open.

use std::io;

use ceph_codec::message::client_caps::CapOp;

use super::{Page, client_name, frame, names, seconds, write_all};
use crate::caps::timeline::{Cause, Edge, Entry, Holding, Lane, Span};
use crate::render::line::{Ink, Line, wrap};

/// Frames named in one line.
const FRAMES: usize = 8;

pub(super) fn write(page: &Page<'_>, out: &mut impl io::Write) -> io::Result<()> {
    Line::of(Ink::Strong, " at the end").write(page.style, out)?;
    let lanes = &page.timeline.lanes;
    let widest =
        |text: &dyn Fn(&Lane) -> String| lanes.iter().map(|l| text(l).len()).max().unwrap_or(0);
    let server = 3 + widest(&|lane| client_name(lane.client)) + 2;
    let held = server + widest(&|lane| names::server(page, lane.server)) + 2;
    let rest = held + widest(&|lane| bits(&last(lane))) + 2;
    // Beside the bits if there is room for a moment and its cause, else below.
    let indent = if rest + super::TEXT_MIN <= page.style.width { rest } else { server + 2 };
    for (index, lane) in lanes.iter().enumerate() {
        let span = last(lane);
        let mut line = Line::of(Ink::Plain, "   ");
        if index == 0 || lanes[index - 1].client != lane.client {
            line.push(Ink::Plain, &client_name(lane.client));
        }
        line.pad_to(server);
        line.push(Ink::Plain, &names::server(page, lane.server));
        line.pad_to(held);
        let holds = matches!(span.holding, Holding::Cap { .. });
        line.push(if holds { Ink::Strong } else { Ink::Plain }, &bits(&span));
        for (number, text) in
            wrap(history(page, &span), page.style.width.saturating_sub(indent)).iter().enumerate()
        {
            if number > 0 || indent < rest {
                line.write(page.style, out)?;
                line = Line::default();
            }
            line.pad_to(indent);
            line.append(text);
        }
        line.write(page.style, out)?;
    }
    open(page, out)
}

fn last(lane: &Lane) -> Span {
    let never = Span { holding: Holding::Unknown, began: None };
    lane.spans.last().copied().unwrap_or(never)
}

fn bits(span: &Span) -> String {
    match (span.holding, span.holding.caps()) {
        (Holding::Nothing, _) => "nothing".to_owned(),
        (_, Some(caps)) => caps.to_string(),
        (_, None) => "?".to_owned(),
    }
}

/// Which cap it is, and since when.
fn history(page: &Page<'_>, span: &Span) -> Vec<Line> {
    let mut pieces = Vec::new();
    match span.holding {
        Holding::Cap { cap_id, .. } => pieces.push(Line::of(Ink::Plain, &format!("cap {cap_id}"))),
        Holding::Placeholder { cap_id, .. } => {
            pieces.push(Line::of(Ink::Move, &format!("placeholder of cap {cap_id}")));
        }
        Holding::Unknown if span.began.is_none() => {
            pieces.push(Line::of(Ink::Faint, "nothing tells"));
        }
        Holding::Unknown | Holding::Nothing => {}
    }
    if let Some(Edge { place, cause, .. }) = span.began {
        let time = seconds(place.time.since(page.origin), 3);
        pieces.push(Line::of(Ink::Plain, &format!("since {time} s, {}", word(cause))));
        pieces.push(Line::of(Ink::Faint, &format!("frame {}", frame(&place, page.files))));
    }
    pieces
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Granted => "granted",
        Cause::Revoked => "asked back",
        Cause::Imported => "imported",
        Cause::Exported => "exported",
        Cause::Named => "from an export",
        Cause::Replaced => "taken over",
        Cause::Retained => "retained",
        Cause::Released => "given up",
        Cause::Reasserted => "told again",
        Cause::Closed => "the session was closed",
    }
}

/// What asked for an answer and got none.
fn open(page: &Page<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let entries: Vec<&Entry> = page.timeline.open().map(|(_, entry)| entry).collect();
    let is_revoke = |entry: &&&Entry| entry.event.op() == Some(CapOp::REVOKE);
    let revokes: Vec<&Entry> = entries.iter().filter(is_revoke).copied().collect();
    let flushes: Vec<&Entry> = entries.iter().filter(|e| !is_revoke(e)).copied().collect();
    let kinds = [
        (Ink::Alarm, "! revoke not answered: frame ", revokes),
        (Ink::Alarm, "! flush not acknowledged: frame ", flushes),
    ];
    for (ink, label, entries) in kinds {
        if entries.is_empty() {
            continue;
        }
        let mut label = label.to_owned();
        let mut pieces = Vec::new();
        for entry in entries.iter().take(FRAMES) {
            let mut piece = Line::of(ink, &std::mem::take(&mut label));
            piece.push(Ink::Plain, &frame(&entry.event.place, page.files));
            pieces.push(piece);
        }
        if entries.len() > FRAMES {
            pieces.push(Line::of(Ink::Plain, &format!("and {} more", entries.len() - FRAMES)));
        }
        let lines = wrap(pieces, page.style.width.saturating_sub(3)).into_iter().map(|line| {
            let mut whole = Line::of(Ink::Plain, "   ");
            whole.append(&line);
            whole
        });
        write_all(&lines.collect::<Vec<_>>(), page.style, out)?;
    }
    Ok(())
}
