//! What happens to a connection, between the lines of its messages.

use std::io::{self, Write};

use anstyle::{Effects, Style as Ansi};

use super::Lead;
use crate::place::Time;
use crate::render::Style;
use crate::report::follow::{Mark, MarkKind};
use crate::stream::End;

/// Writes what happened to a connection as a line among those of messages.
pub fn mark(
    mark: &Mark,
    origin: Time,
    lead: Lead,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let (frame, time) = (lead.frame(mark.at), lead.clock.at(mark.at.time, origin, None));
    let arrow = if style.unicode { "→" } else { "->" };
    let conn = mark.conn.0;
    let what = match mark.what {
        MarkKind::Opened { from_start, resumed, secure } => {
            let [a, b] = mark.ends;
            let how = match from_start {
                true => "opens",
                false => "was open before",
            };
            let mut text =
                format!("connection {conn} {how}: {a} {} {arrow} {b} {}", a.addr, b.addr);
            if resumed {
                text.push_str(", resumes an earlier session");
            }
            if secure {
                text.push_str(", encrypted: nothing of it can be read");
            }
            text
        }
        MarkKind::Reset => format!("connection {conn}: the session is not known any more"),
        MarkKind::Missing { bytes, until } => {
            let [from, to] = mark.ends;
            let frame = until.frame;
            format!(
                "connection {conn}: {bytes} bytes {from} {arrow} {to} not read, up to frame {frame}"
            )
        }
        MarkKind::Ended(end) => {
            let how = match end {
                End::Fin => "closed",
                End::Reset => "reset",
                End::Replaced => "its ports are used anew",
                End::Evicted => "too many at a time",
                End::CaptureEnd => "the capture does",
            };
            format!("connection {conn} ends: {how}")
        }
    };
    let text = format!("{frame:>6} {time:>11}  -- {what}");
    let faint = Ansi::new().effects(Effects::DIMMED);
    writeln!(out, "{}", style.paint(faint, text))
}
