//! Tables that fit the terminal: what does not fit is cut, then left out.

use std::io;

use crate::render::line::{Ink, Line};
use crate::render::text::Style;

/// What a column does where there is too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Room {
    /// It stays.
    Needed,
    /// It shows the end of its text.
    Cut,
    /// It goes, those with higher numbers first.
    Spare(u8),
}

#[derive(Clone, Copy, Debug)]
struct Column {
    head: &'static str,
    right: bool,
    room: Room,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(in crate::render) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Cells(Vec<(Ink, String)>),
    /// A line of its own below a row.
    Note(Line),
}

/// Blanks in front of every line.
const INDENT: usize = 2;
/// Blanks between columns.
const BETWEEN: usize = 2;
/// A column that is cut is not cut to less.
const LEAST: usize = 12;

impl Grid {
    /// Adds a column whose text begins on the left.
    pub(in crate::render) fn left(mut self, head: &'static str, room: Room) -> Grid {
        self.columns.push(Column { head, right: false, room });
        self
    }

    /// Adds a column of numbers.
    pub(in crate::render) fn right(mut self, head: &'static str, room: Room) -> Grid {
        self.columns.push(Column { head, right: true, room });
        self
    }

    /// Adds a row, with a cell for each column.
    pub(in crate::render) fn row(&mut self, cells: Vec<(Ink, String)>) {
        self.rows.push(Row::Cells(cells));
    }

    /// Adds a line below the last row.
    pub(in crate::render) fn note(&mut self, note: Line) {
        self.rows.push(Row::Note(note));
    }

    /// Writes the table.
    pub(in crate::render) fn write(
        &self,
        style: &Style,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        let widths = self.widths(style.width);
        let shown = |index: usize| widths.get(index).copied().flatten();
        let mut head = Line::default();
        let mut at = INDENT;
        for (index, column) in self.columns.iter().enumerate() {
            let Some(width) = shown(index) else { continue };
            put(&mut head, Ink::Faint, column.head, at, width, column.right);
            at += width + BETWEEN;
        }
        head.write(style, out)?;
        for row in &self.rows {
            let cells = match row {
                Row::Cells(cells) => cells,
                Row::Note(note) => {
                    note.write(style, out)?;
                    continue;
                }
            };
            let mut line = Line::default();
            let mut at = INDENT;
            for (index, (ink, text)) in cells.iter().enumerate() {
                let Some(width) = shown(index) else { continue };
                let right = self.columns.get(index).is_some_and(|column| column.right);
                put(&mut line, *ink, &cut(text, width, style.unicode), at, width, right);
                at += width + BETWEEN;
            }
            line.write(style, out)?;
        }
        Ok(())
    }

    /// How wide each column is; `None` where it is left out. A column without any text is.
    fn widths(&self, room: usize) -> Vec<Option<usize>> {
        let cells = self.rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => Some(cells),
            Row::Note(_) => None,
        });
        let mut widths = vec![0; self.columns.len()];
        for row in cells {
            for (width, (_, text)) in widths.iter_mut().zip(row) {
                *width = (*width).max(text.chars().count());
            }
        }
        let head = |(column, width): (&Column, usize)| {
            (width > 0).then_some(width.max(column.head.chars().count()))
        };
        let whole: Vec<_> = self.columns.iter().zip(widths).map(head).collect();
        let mut widths = whole.clone();
        while let Some(excess) = over(&widths, room) {
            let cuttable = |(column, width): &mut (&Column, &mut Option<usize>)| {
                column.room == Room::Cut && width.is_some_and(|width| width > LEAST)
            };
            if let Some((_, Some(width))) =
                self.columns.iter().zip(&mut widths).find_map(|mut c| cuttable(&mut c).then_some(c))
            {
                *width = width.saturating_sub(excess).max(LEAST);
                continue;
            }
            let spare = self.columns.iter().zip(&mut widths).filter_map(|(column, width)| {
                match column.room {
                    Room::Spare(n) if width.is_some() => Some((n, width)),
                    _ => None,
                }
            });
            match spare.max_by_key(|(n, _)| *n) {
                Some((_, width)) => *width = None,
                None => break,
            }
            // There may be room again for what was cut.
            for ((column, width), whole) in self.columns.iter().zip(&mut widths).zip(&whole) {
                if column.room == Room::Cut && width.is_some() {
                    *width = *whole;
                }
            }
        }
        widths
    }
}

/// By how much the columns are wider than there is room.
fn over(widths: &[Option<usize>], room: usize) -> Option<usize> {
    let total: usize = widths.iter().flatten().map(|width| width + BETWEEN).sum();
    (INDENT + total).checked_sub(room + BETWEEN).filter(|excess| *excess > 0)
}

fn put(line: &mut Line, ink: Ink, text: &str, at: usize, width: usize, right: bool) {
    match right {
        true => line.right(ink, at + width, text),
        false => {
            line.pad_to(at);
            line.push(ink, text);
        }
    }
}

/// The end of a text that is too long: of a path that is the name.
fn cut(text: &str, width: usize, unicode: bool) -> String {
    let len = text.chars().count();
    if len <= width {
        return text.to_owned();
    }
    let mark = if unicode { "…" } else { "~" };
    let rest: String = text.chars().skip(len - width.saturating_sub(1)).collect();
    format!("{mark}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: usize) -> Vec<String> {
        let mut grid = Grid::default()
            .left("who", Room::Needed)
            .right("n", Room::Spare(1))
            .right("frame", Room::Spare(2))
            .left("path", Room::Cut);
        let cell = |text: &str| (Ink::Plain, text.to_owned());
        grid.row(vec![cell("client.1"), cell("7"), cell("1234"), cell("/a/long/path/to/a/file")]);
        grid.note(Line::of(Ink::Plain, "    a note"));
        let mut out = Vec::new();
        grid.write(&Style { width, color: false, unicode: true }, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_table_fits_where_it_can() {
        assert_eq!(
            shown(60),
            [
                "  who       n  frame  path",
                "  client.1  7   1234  /a/long/path/to/a/file",
                "    a note"
            ]
        );
        assert_eq!(shown(40)[1], "  client.1  7   1234  …ng/path/to/a/file");
        assert_eq!(shown(30)[1], "  client.1  7  …path/to/a/file");
        assert_eq!(shown(24)[1], "  client.1  …h/to/a/file");
        for width in 24..60 {
            assert!(shown(width).iter().all(|line| line.chars().count() <= width), "{width}");
        }
    }
}
