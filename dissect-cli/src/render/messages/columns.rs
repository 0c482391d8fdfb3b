//! Chosen fields of each message, as columns.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;

use ceph_codec::Value;

use super::Row;
use super::value::Plain;
use crate::fields::{Field, Type};
use crate::filter::Row as _;
use crate::place::Time;

/// Which of a field's values are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occurrence {
    /// Every one.
    #[default]
    All,
    /// The first.
    First,
    /// The last.
    Last,
}

/// How columns are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Between columns.
    pub separator: String,
    /// Between several values of one field.
    pub aggregator: String,
    /// Around each column, and doubled inside.
    pub quote: Option<char>,
    /// Quotes only where a column has in it what would be misread.
    pub quote_if_needed: bool,
    /// Which values.
    pub occurrence: Occurrence,
}

impl Layout {
    /// Columns as tshark writes them: tabs between them, commas between values.
    pub fn fields() -> Self {
        Layout {
            separator: "\t".to_owned(),
            aggregator: ",".to_owned(),
            quote: None,
            quote_if_needed: false,
            occurrence: Occurrence::All,
        }
    }

    /// Comma-separated values as RFC 4180 has them; blanks between values of one field.
    pub fn csv() -> Self {
        Layout {
            separator: ",".to_owned(),
            aggregator: " ".to_owned(),
            quote: Some('"'),
            quote_if_needed: true,
            ..Layout::fields()
        }
    }
}

/// Writes the names of columns.
pub fn header(names: &[String], layout: &Layout, out: &mut impl Write) -> io::Result<()> {
    put(names.iter().cloned(), layout, out)
}

/// Writes one message's columns.
pub fn columns(
    row: &Row<'_>,
    fields: &[&Field],
    layout: &Layout,
    out: &mut impl Write,
) -> io::Result<()> {
    let column = |field: &&Field| {
        let values = values(row, field);
        let chosen = match layout.occurrence {
            Occurrence::All => &values[..],
            Occurrence::First => &values[..values.len().min(1)],
            Occurrence::Last => &values[values.len().saturating_sub(1)..],
        };
        chosen.join(&layout.aggregator)
    };
    put(fields.iter().map(column), layout, out)
}

fn put(
    columns: impl Iterator<Item = String>,
    layout: &Layout,
    out: &mut impl Write,
) -> io::Result<()> {
    for (index, text) in columns.enumerate() {
        if index > 0 {
            out.write_all(layout.separator.as_bytes())?;
        }
        let misread = || {
            let special = ['\n', '\r', '"'];
            text.contains(special) || text.contains(layout.separator.as_str())
        };
        match layout.quote {
            Some(quote) if !layout.quote_if_needed || misread() => {
                let doubled = text.replace(quote, &format!("{quote}{quote}"));
                write!(out, "{quote}{doubled}{quote}")?;
            }
            _ => out.write_all(text.as_bytes())?,
        }
    }
    out.write_all(b"\n")
}

/// All values of a field, in the words in which filters know them.
pub(super) fn values(row: &Row<'_>, field: &Field) -> Vec<String> {
    let mut values = Vec::new();
    row.each(field.id, &mut |value| {
        values.push(text(field.ty, value));
        ControlFlow::Continue(())
    });
    values
}

fn text(ty: Type, value: Value<'_>) -> String {
    match (ty, value) {
        (Type::Time, Value::Int(ns)) => Time(ns).to_string(),
        (Type::Elapsed, Value::Int(ns)) => {
            let whole = ns.unsigned_abs();
            let sign = if ns < 0 { "-" } else { "" };
            format!("{sign}{}.{:09}", whole / 1_000_000_000, whole % 1_000_000_000)
        }
        (Type::Bool, Value::Uint(n)) => (n != 0).to_string(),
        (Type::Text | Type::Path | Type::Entity | Type::Label(_), Value::Text(text)) => {
            String::from_utf8_lossy(text).into_owned()
        }
        (_, value) => {
            let mut text = String::new();
            _ = write!(text, "{}", Plain(value));
            text
        }
    }
}
