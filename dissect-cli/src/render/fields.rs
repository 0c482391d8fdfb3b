//! The fields that there are, for people and for programs.

use std::io::{self, Write};

use ceph_codec::message::Message;
use serde::Serialize;

use super::SCHEMA_VERSION;
use super::line::{Ink, Line};
use super::text::{Style, count};
use crate::fields::{Field, Registry, Type};

/// Names longer than this push what is behind them to the right.
const WIDEST: usize = 32;
/// Columns that what a field means needs beside its name.
const LEAST: usize = 25;
/// Blanks in front of it where it stands below.
const BELOW: usize = 6;
/// Columns of the type, and of the blanks behind it.
const TYPE: usize = 9;

/// Writes the fields of every message, and which messages have how many more.
pub fn fields_overview(registry: &Registry, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let common: Vec<_> = registry.fields().iter().filter(|field| field.message.is_none()).collect();
    fields(&common, style, out)?;
    writeln!(out)?;
    Line::of(Ink::Strong, "fields of one kind of message").write(style, out)?;
    for message in Message::TABLE {
        let its = |field: &&Field| field.message == Some(message.kind) && !field.is_framing;
        let mut line = Line::of(Ink::Plain, "  ");
        line.push(Ink::Move, message.word);
        line.pad_to(24);
        line.push(Ink::Plain, message.name);
        line.pad_to(48);
        let number = registry.fields().iter().filter(its).count();
        line.push(Ink::Faint, &count(number as u64, "field"));
        line.write(style, out)?;
    }
    Ok(())
}

/// Writes fields, under the messages that have them.
pub fn fields(fields: &[&Field], style: &Style, out: &mut impl Write) -> io::Result<()> {
    let widest = fields.iter().map(|field| field.name.len()).max().unwrap_or(0).min(WIDEST);
    let mut before = None;
    for field in fields {
        if before != Some(field.message) {
            if before.is_some() {
                writeln!(out)?;
            }
            before = Some(field.message);
            let title = field.layout().map_or("fields of every message", |message| message.name);
            Line::of(Ink::Strong, title).write(style, out)?;
        }
        let mut line = Line::of(Ink::Plain, "  ");
        line.push(Ink::Move, &field.name);
        line.pad_to(2 + widest);
        line.push(Ink::Plain, "  ");
        let indent = 2 + widest + 2 + TYPE;
        line.push(Ink::Faint, &format!("{:1$}", field.ty.name(), TYPE - 2));
        // Too little room beside it: below.
        let indent = match style.width < indent + LEAST {
            true => {
                line.write(style, out)?;
                line = Line::default();
                line.pad_to(BELOW);
                BELOW
            }
            false => {
                line.push(Ink::Plain, "  ");
                indent
            }
        };
        line.push(Ink::Plain, field.doc);
        if field.since > 0 {
            line.push(Ink::Faint, &format!(" (since version {})", field.since));
        }
        for line in line.broken(style.width, indent) {
            line.write(style, out)?;
        }
    }
    Ok(())
}

/// Writes all that is known of one field.
pub fn field(field: &Field, style: &Style, out: &mut impl Write) -> io::Result<()> {
    fields(&[field], style, out)?;
    let names = match field.ty {
        Type::Named(names) => {
            names.iter().map(|(number, name)| format!("{name} ({number})")).collect()
        }
        ty => ty.names().into_iter().map(str::to_owned).collect::<Vec<_>>(),
    };
    let places = field.places.iter().filter(|place| **place != field.name);
    for (title, words) in [
        ("stands at", places.cloned().collect()),
        ("also called", field.aliases.iter().map(|alias| (*alias).to_owned()).collect()),
        ("names", names),
    ] {
        if words.is_empty() {
            continue;
        }
        let mut line = Line::of(Ink::Faint, &format!("    {title}"));
        line.pad_to(17);
        line.push(Ink::Plain, &words.join(", "));
        for line in line.broken(style.width, 17) {
            line.write(style, out)?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Document<'f> {
    schema_version: u32,
    fields: Vec<FieldDoc<'f>>,
}

#[derive(Serialize)]
struct FieldDoc<'f> {
    name: &'f str,
    #[serde(rename = "type")]
    ty: &'static str,
    message: Option<&'static str>,
    since: u16,
    doc: &'static str,
    framing: bool,
    names: Vec<NameDoc>,
    aliases: &'f [&'static str],
    places: &'f [String],
}

#[derive(Serialize)]
struct NameDoc {
    number: Option<u64>,
    name: &'static str,
}

/// Writes fields for programs.
pub fn fields_json(fields: &[&Field], out: &mut impl Write) -> io::Result<()> {
    let fields = fields.iter().map(|field| FieldDoc {
        name: &field.name,
        ty: field.ty.name(),
        message: field.layout().map(|message| message.name),
        since: field.since,
        doc: field.doc,
        framing: field.is_framing,
        names: names(field.ty),
        aliases: &field.aliases,
        places: &field.places,
    });
    let document = Document { schema_version: SCHEMA_VERSION, fields: fields.collect() };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn names(ty: Type) -> Vec<NameDoc> {
    match ty {
        Type::Named(names) => {
            names.iter().map(|(n, name)| NameDoc { number: Some(*n), name }).collect()
        }
        ty => ty.names().into_iter().map(|name| NameDoc { number: None, name }).collect(),
    }
}
