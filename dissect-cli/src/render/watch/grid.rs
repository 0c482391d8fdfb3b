//! Tables that fit the terminal: what does not fit is shortened, then put below or left out.

use std::io;

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};

use crate::render::line::{Ink, Line, wrap};
use crate::render::text::{Style, shortened};

/// What a column does where there is too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Room {
    /// It stays.
    Needed,
    /// Its text loses its middle; where not even that helps, it goes below.
    Cut,
    /// It goes, those with higher numbers first.
    Spare(u8),
    /// It goes to a line below its row, those with higher numbers first.
    Below(u8),
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

/// Blanks in front of every column.
const BETWEEN: usize = 2;
/// A column that is cut is not cut to less.
const LEAST: usize = 12;
/// The same as long as other columns can go below.
const ENOUGH: usize = 24;
/// Blanks in front of what goes below its row.
const BELOW: usize = 4;

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
        let Widths { shown, below } = self.widths(style.width);
        let table = self.table(&shown, style);
        let mut lines = table.lines();
        let mut line = |out: &mut _| match lines.next() {
            Some(line) => io::Write::write_fmt(out, format_args!("{}\n", line.trim_end())),
            None => Ok(()),
        };
        line(out)?;
        for row in &self.rows {
            match row {
                Row::Note(note) => note.say(style, out)?,
                Row::Cells(cells) => {
                    line(out)?;
                    self.put_below(&below, cells, style, out)?;
                }
            }
        }
        Ok(())
    }

    /// The head and the rows, one line each.
    fn table(&self, widths: &[Option<usize>], style: &Style) -> Table {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        match style.color {
            true => table.enforce_styling(),
            false => table.force_no_tty(),
        };
        let shown = || self.columns.iter().zip(widths).filter(|(_, width)| width.is_some());
        table.set_header(shown().map(|(column, _)| cell(Ink::Faint, column.head)));
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            let cells = cells.iter().zip(widths).filter_map(|((ink, text), width)| {
                Some(cell(*ink, &shortened(text, (*width)?, style.unicode)))
            });
            table.add_row(cells);
        }
        for (column, (of, _)) in table.column_iter_mut().zip(shown()) {
            column.set_padding((BETWEEN as u16, 0));
            if of.right {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// What there is no room for in a row, named.
    fn put_below(
        &self,
        below: &[usize],
        cells: &[(Ink, String)],
        style: &Style,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        let room = style.width.saturating_sub(BELOW);
        let piece = |index: &usize| {
            let (column, (ink, text)) = (self.columns.get(*index)?, cells.get(*index)?);
            // A path is known by its looks.
            let name = if column.room == Room::Cut { "" } else { column.head };
            let mut line = Line::of(Ink::Faint, name);
            if !name.is_empty() {
                line.push(Ink::Faint, " ");
            }
            line.push(*ink, &shortened(text, room.saturating_sub(line.len()), style.unicode));
            (!text.is_empty()).then_some(line)
        };
        let pieces: Vec<Line> = below.iter().filter_map(piece).collect();
        for words in wrap(pieces, room) {
            let mut line = Line::default();
            line.pad_to(BELOW);
            line.append(&words);
            line.say(style, out)?;
        }
        Ok(())
    }

    /// How wide each column is; one without any text is left out.
    fn widths(&self, room: usize) -> Widths {
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
        let mut below = Vec::new();
        while let Some(excess) = over(&widths, room) {
            let mut all = self.columns.iter().zip(&widths);
            let movable =
                all.any(|(column, width)| matches!(column.room, Room::Below(_)) && width.is_some());
            let least = if movable { ENOUGH } else { LEAST };
            let cuttable = |(column, width): &mut (&Column, &mut Option<usize>)| {
                column.room == Room::Cut && width.is_some_and(|width| width > least)
            };
            if let Some((_, Some(width))) =
                self.columns.iter().zip(&mut widths).find_map(|mut c| cuttable(&mut c).then_some(c))
            {
                *width = width.saturating_sub(excess).max(least);
                continue;
            }
            let spare = self.columns.iter().zip(&mut widths).enumerate().filter_map(
                |(index, (column, width))| match column.room {
                    Room::Spare(n) if width.is_some() => Some((n, width, None)),
                    Room::Below(n) if width.is_some() => Some((n, width, Some(index))),
                    _ => None,
                },
            );
            match spare.max_by_key(|(n, ..)| *n) {
                Some((_, width, moved)) => {
                    *width = None;
                    below.extend(moved);
                }
                // At last what is cut.
                None => {
                    let mut all = self.columns.iter().zip(&mut widths).enumerate();
                    let cut = all
                        .find(|(_, (column, width))| column.room == Room::Cut && width.is_some());
                    let Some((index, (_, width))) = cut else { break };
                    *width = None;
                    below.push(index);
                }
            }
            // There may be room again for what was cut.
            for ((column, width), whole) in self.columns.iter().zip(&mut widths).zip(&whole) {
                if column.room == Room::Cut && width.is_some() {
                    *width = *whole;
                }
            }
        }
        below.sort_unstable();
        Widths { shown: widths, below }
    }
}

/// How wide each column is, `None` for those that are not shown, and which of these go below their rows.
struct Widths {
    shown: Vec<Option<usize>>,
    below: Vec<usize>,
}

/// By how much the columns are wider than there is room.
fn over(widths: &[Option<usize>], room: usize) -> Option<usize> {
    let total: usize = widths.iter().flatten().map(|width| BETWEEN + width).sum();
    total.checked_sub(room).filter(|excess| *excess > 0)
}

/// Text of one line in its ink. What a terminal would obey instead of showing becomes `?`.
fn cell(ink: Ink, text: &str) -> Cell {
    let text: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let cell = Cell::new(text);
    match ink {
        Ink::Plain => cell,
        Ink::Strong => cell.add_attribute(Attribute::Bold),
        Ink::Faint => cell.add_attribute(Attribute::Dim),
        Ink::Give => cell.fg(Color::DarkGreen),
        Ink::Take => cell.fg(Color::DarkYellow),
        Ink::Move => cell.fg(Color::DarkCyan),
        Ink::Alarm => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
    }
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
        assert_eq!(shown(40)[1], "  client.1  7   1234  /a/lo…th/to/a/file");
        assert_eq!(shown(30)[1], "  client.1  7  /a/l…/to/a/file");
        assert_eq!(shown(24)[1], "  client.1  /a/…o/a/file");
        for width in 24..60 {
            assert!(shown(width).iter().all(|line| line.chars().count() <= width), "{width}");
        }
    }

    #[test]
    fn what_may_not_be_left_out_goes_below() {
        let mut grid = Grid::default()
            .left("who", Room::Needed)
            .right("n", Room::Below(1))
            .left("sign", Room::Below(2))
            .left("path", Room::Cut);
        let cell = |text: &str| (Ink::Plain, text.to_owned());
        grid.row(vec![cell("client.1"), cell("7"), cell("of life"), cell("/a/path/to/a/file")]);
        grid.row(vec![cell("client.2"), cell("8"), cell(""), cell("/b")]);
        let shown = |width| {
            let mut out = Vec::new();
            grid.write(&Style { width, color: false, unicode: true }, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(41).lines().count(), 3);
        let narrow = "  who       n  path\n  client.1  7  /a/path/to/a/file\n    sign of life\n  client.2  8  /b\n";
        assert_eq!(shown(36), narrow);
        let last = "  who       path\n  client.1  /a/…o/a/file\n    n 7  sign of life\n  client.2  /b\n    n 8\n";
        assert_eq!(shown(24), last);
    }
}
