//! What happened to sessions and ranks, between the events.

use super::row::Layout;
use super::{Page, client_name, frame, seconds, server_name};
use crate::caps::timeline::{Note, What};
use crate::event::Direction;
use crate::render::line::{Ink, Line};
use crate::render::text::{bytes, count};
use crate::stream::End;

/// The note as a row, right of the tracks.
pub(super) fn line(note: &Note, page: &Page<'_>, layout: &Layout) -> Line {
    let mut line = Line::default();
    let time = seconds(note.place.time.since(page.origin), layout.decimals);
    line.right(Ink::Plain, layout.time - layout.left, &time);
    line.right(Ink::Faint, layout.frame - layout.left, &frame(&note.place, page.files));
    line.pad_to(layout.op - layout.left);
    let (ink, text) = text(note, page);
    line.push(ink, &text);
    line
}

fn text(note: &Note, page: &Page<'_>) -> (Ink, String) {
    let server = server_name(note.server);
    let client = note.client.map_or_else(String::new, client_name);
    match note.what {
        What::Rank(Some(state)) => (Ink::Move, format!("{server} is {state}")),
        What::Rank(None) => (Ink::Alarm, format!("nobody holds the rank of {server}")),
        What::Asked => (Ink::Plain, format!("{client} asks {server} for a session")),
        What::Opened => (Ink::Plain, format!("{server} opens its session with {client}")),
        What::Stale => (Ink::Take, format!("{server} calls its session with {client} stale")),
        What::Renewed => (Ink::Give, format!("{server} renews its session with {client}")),
        What::Closed => (Ink::Alarm, format!("{server} closes its session with {client}")),
        What::Rejected => (Ink::Alarm, format!("{server} refuses a session to {client}")),
        What::Reconnected { caps } => {
            let caps = count(u64::from(caps), "cap");
            (Ink::Move, format!("{client} reconnects to {server} and tells it {caps}"))
        }
        What::Ended(how) => {
            let how = match how {
                End::Fin => "closed",
                End::Reset => "reset",
                End::Replaced => "replaced",
                End::Evicted | End::CaptureEnd => "not followed any more",
            };
            (Ink::Alarm, format!("connection of {client} to {server}: {how}"))
        }
        What::Connected => (Ink::Plain, format!("new connection of {client} to {server}")),
        What::Hole { direction, bytes: lost, until } => {
            let until = frame(&until, page.files);
            let lost = bytes(lost);
            let way = match direction {
                Direction::MdsToClient => format!("{server} to {client}"),
                Direction::ClientToMds => format!("{client} to {server}"),
            };
            (Ink::Alarm, format!("! {lost} from {way} not read, up to frame {until}"))
        }
    }
}
