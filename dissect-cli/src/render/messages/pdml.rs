//! Messages in the XML and JSON forms that other tools take.

use std::io::{self, Write};

use serde_json::{Map, Value as Json};

use super::value::Told;
use super::{Indexed, Row};
use crate::dissect::{Content, Node, Section};

/// What stands in front of all packets of a PDML document.
pub fn pdml_begin(out: &mut impl Write) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>")?;
    writeln!(out, "<pdml version=\"0\" creator=\"ceph-dissect/{version}\">")
}

/// What stands behind them.
pub fn pdml_end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "</pdml>")
}

/// One message as a packet of a PDML document. Each section is a protocol, front with the message's name, middle and
/// data with theirs behind it; `pos` counts from the first byte of the section.
pub fn pdml(row: &Row<'_>, out: &mut impl Write) -> io::Result<()> {
    let dissected = row.dissected;
    let place = dissected.spoken.place;
    writeln!(out, "<packet>")?;
    let len = dissected.spoken.bytes.len();
    writeln!(out, "  <proto name=\"geninfo\" pos=\"0\" showname=\"Message\" size=\"{len}\">")?;
    field(out, 4, "num", place.frame)?;
    field(out, 4, "timestamp", place.time)?;
    field(out, 4, "src", row.party(0))?;
    field(out, 4, "dst", row.party(1))?;
    field(out, 4, "summary", row.summary())?;
    for code in row.findings {
        field(out, 4, "finding", code)?;
    }
    writeln!(out, "  </proto>")?;
    if !dissected.frame.is_empty() {
        writeln!(out, "  <proto name=\"messenger\" pos=\"0\" size=\"{len}\">")?;
        tree(row, dissected.frame.nodes(), out)?;
        writeln!(out, "  </proto>")?;
    }
    if let Some(header) = row.header() {
        let kind = escaped(&header.kind.to_string());
        let nodes = dissected.payload.nodes();
        let mut rest = nodes;
        let sections = [Section::Front, Section::Middle, Section::Data];
        for section in sections {
            let len = rest.iter().take_while(|node| node.section == section).count();
            let (part, behind) = rest.split_at(len);
            rest = behind;
            let (name, size) = match section {
                Section::Middle => (format!("{kind}.middle"), header.middle_len),
                Section::Data => (format!("{kind}.data"), header.data_len),
                _ => (kind.clone(), header.front_len),
            };
            if part.is_empty() && section != Section::Front {
                continue;
            }
            let shown = format!("{kind} version {}, {}", header.version, section.name());
            writeln!(
                out,
                "  <proto name=\"{name}\" showname=\"{shown}\" pos=\"0\" size=\"{size}\">"
            )?;
            tree(row, part, out)?;
            // Reading stopped in the last section that was begun.
            if let Some(stop) = dissected.stop.as_ref().filter(|_| rest.is_empty()) {
                field(out, 4, "stop", stop)?;
            }
            writeln!(out, "  </proto>")?;
            if rest.is_empty() {
                break;
            }
        }
    }
    writeln!(out, "</packet>")
}

fn field(out: &mut impl Write, indent: usize, name: &str, show: impl ToString) -> io::Result<()> {
    let show = escaped(&show.to_string());
    writeln!(out, "{:indent$}<field name=\"{name}\" show=\"{show}\"/>", "")
}

fn tree(row: &Row<'_>, nodes: &[Node], out: &mut impl Write) -> io::Result<()> {
    let mut open = 0;
    for node in nodes {
        let depth = usize::from(node.depth);
        while open > depth {
            open -= 1;
            writeln!(out, "{:1$}</field>", "", 4 + 2 * open)?;
        }
        let registry = crate::fields::Registry::get();
        let name = node.field.and_then(|id| registry.field(id)).map(|field| field.name.as_str());
        let indent = 4 + 2 * depth;
        write!(
            out,
            "{:indent$}<field name=\"{}\" pos=\"{}\" size=\"{}\"",
            "",
            escaped(name.unwrap_or(node.name)),
            node.at,
            node.len
        )?;
        match node.content {
            Content::Group => {
                writeln!(out, ">")?;
                open = depth + 1;
            }
            _ => {
                let value = row.dissected.value(node);
                let told = value.map(|value| Told(node.name, value).to_string());
                let show = escaped(&told.unwrap_or_default());
                write!(out, " show=\"{show}\" value=\"")?;
                for byte in row.dissected.bytes(node) {
                    write!(out, "{byte:02x}")?;
                }
                writeln!(out, "\"/>")?;
            }
        }
    }
    while open > 0 {
        open -= 1;
        writeln!(out, "{:1$}</field>", "", 4 + 2 * open)?;
    }
    Ok(())
}

/// Text as it can stand in an attribute. XML has no way to write most control characters: they become `?`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

/// One message as Elasticsearch's bulk interface takes it: a line that says where it goes, a line with the record
/// as indexes take it, its key `time` as `timestamp` in milliseconds too.
pub fn ek(row: &Row<'_>, out: &mut impl Write) -> io::Result<()> {
    let time = row.dissected.spoken.place.time;
    let date = time.to_string();
    let date = date.get(..10).unwrap_or_default();
    writeln!(out, "{{\"index\":{{\"_index\":\"packets-{date}\"}}}}")?;
    let mut record = Map::new();
    record.insert("timestamp".to_owned(), Json::String((time.0 / 1_000_000).to_string()));
    record.insert("layers".to_owned(), serde_json::to_value(Indexed(row))?);
    serde_json::to_writer(&mut *out, &record)?;
    out.write_all(b"\n")
}
