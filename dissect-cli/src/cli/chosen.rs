//! Which fields are asked for and shown, and how.

use std::io::{self, Write};

use ceph_codec::message::MessageType;
use ceph_dissect::dissect::{Detail, Node, Row};
use ceph_dissect::fields::{self, Field, FieldId, Registry};
use ceph_dissect::filter::{self, Filter};
use ceph_dissect::render::Style;
use ceph_dissect::render::messages::{self as show, Layout, Occurrence, Record};

use super::args::{MessagesArgs, Shape};

/// Columns of `csv` where none are named.
const USUAL: [FieldId; 8] = [
    fields::FRAME,
    fields::TIME,
    fields::SRC,
    fields::DST,
    fields::TYPE,
    fields::VERSION,
    fields::FINDING,
    fields::SUMMARY,
];

/// What of each message is asked for and shown.
pub(super) struct Chosen {
    /// What selects messages.
    pub(super) filter: Option<Filter>,
    /// Columns.
    columns: Vec<&'static Field>,
    /// What they were called by who asked for them.
    names: Vec<String>,
    layout: Layout,
    /// Whether the names of the columns stand in front.
    header: bool,
    /// Whether somebody named the columns.
    named: bool,
}

impl Chosen {
    pub(super) fn new(args: &MessagesArgs) -> anyhow::Result<Self> {
        let registry = Registry::get();
        let filter = args.display_filter.as_deref().map(parsed).transpose()?;
        let mut columns = Vec::new();
        let named = !args.field.is_empty();
        let mut names = args.field.clone();
        for name in &args.field {
            match registry.find(name) {
                Some(field) => columns.push(field),
                None if name.is_empty() => anyhow::bail!(
                    "-e needs the name of a field, as in -e caps.op; `ceph-dissect fields` lists them all"
                ),
                None => anyhow::bail!("{}", filter::no_field(name, registry)),
            }
        }
        ignored(args)?;
        match args.format {
            Shape::Fields if columns.is_empty() => anyhow::bail!(
                "-T fields needs fields: name them with -e, as in -e frame -e caps.op; `ceph-dissect fields` \
                 lists them all"
            ),
            Shape::Csv if columns.is_empty() => {
                // Where there are several files, a frame's number says nothing without its file.
                let file = (args.input.files.len() > 1).then_some(fields::FILE);
                columns.extend(file.iter().chain(&USUAL).filter_map(|id| registry.field(*id)));
                names = columns.iter().map(|field| field.name.clone()).collect();
            }
            Shape::Fields | Shape::Csv => {}
            Shape::Text if args.hex => {}
            _ if !columns.is_empty() => anyhow::bail!(
                "-e chooses columns of -T fields and -T csv, and with -x the bytes to mark; this format has \
                 all fields"
            ),
            _ => {}
        }
        let (layout, header) = layout(args)?;
        Ok(Chosen { filter, columns, names, layout, header, named })
    }

    /// All fields that are asked for or shown.
    fn used(&self) -> impl Iterator<Item = FieldId> {
        let asked = self.filter.iter().flat_map(Filter::fields);
        asked.chain(self.columns.iter().map(|field| field.id))
    }

    /// Whether somebody asks for this field, by a filter or as a column.
    pub(super) fn asks(&self, field: FieldId) -> bool {
        self.filter.iter().flat_map(Filter::fields).any(|asked| asked == field)
            || self.named && self.columns.iter().any(|column| column.id == field)
    }

    /// Whether this field is asked for or shown.
    pub(super) fn uses(&self, field: FieldId) -> bool {
        self.used().any(|used| used == field)
    }

    /// How much of a message of this type the filter needs.
    pub(super) fn asked(&self, kind: Option<MessageType>) -> Detail {
        needed(self.filter.iter().flat_map(Filter::fields), kind)
    }

    /// How much of it is shown.
    pub(super) fn shown(&self, args: &MessagesArgs, kind: Option<MessageType>) -> Detail {
        match args.format {
            Shape::Text if args.hex || args.verbose => Detail::Frame,
            Shape::Text => Detail::Summary,
            Shape::Pdml => Detail::Frame,
            Shape::Json | Shape::Ndjson | Shape::Ek => Detail::Fields,
            Shape::Fields | Shape::Csv => needed(self.columns.iter().map(|field| field.id), kind),
        }
    }

    /// Writes what stands in front of all messages.
    pub(super) fn begin(&self, args: &MessagesArgs, out: &mut impl Write) -> io::Result<()> {
        match args.format {
            Shape::Json => out.write_all(b"[\n"),
            Shape::Pdml => show::pdml_begin(out),
            Shape::Fields | Shape::Csv if self.header => {
                show::header(&self.names, &self.layout, out)
            }
            _ => Ok(()),
        }
    }

    /// Writes a message.
    pub(super) fn put(
        &self,
        args: &MessagesArgs,
        row: &Row<'_>,
        style: &Style,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match args.format {
            Shape::Text => {
                match args.verbose {
                    true => show::tree(row, args.lead(), style, out)?,
                    false => show::line(row, args.lead(), style, out)?,
                }
                if args.hex {
                    let is_used = |node: &&Node| node.field.is_some_and(|id| self.uses(id));
                    let nodes = row.dissected.payload.nodes().iter();
                    let marked: Vec<_> = nodes.filter(is_used).copied().collect();
                    show::hex(row, &marked, style, out)?;
                }
                if args.verbose || args.hex {
                    out.push(b'\n');
                }
                Ok(())
            }
            Shape::Fields | Shape::Csv => show::columns(row, &self.columns, &self.layout, out),
            Shape::Json => Ok(serde_json::to_writer(out, &Record(row))?),
            Shape::Ndjson => {
                serde_json::to_writer(&mut *out, &Record(row))?;
                out.push(b'\n');
                Ok(())
            }
            Shape::Ek => show::ek(row, out),
            Shape::Pdml => show::pdml(row, out),
        }
    }
}

/// Refuses what would change nothing.
fn ignored(args: &MessagesArgs) -> anyhow::Result<()> {
    let is_text = args.format == Shape::Text;
    let has_columns = matches!(args.format, Shape::Fields | Shape::Csv);
    let all = "json, ndjson, ek and pdml have all fields";
    for (given, fits, why) in [
        (
            args.verbose,
            is_text,
            format!("-V is for -T text: {all}, fields and csv those named with -e"),
        ),
        (args.hex, is_text, "-x is for -T text; -T pdml has the bytes of every field".to_owned()),
        (
            args.time.is_some(),
            is_text,
            "-t is for -T text; as fields there are time, time.delta and time.utc".to_owned(),
        ),
        (!args.option.is_empty(), has_columns, "-E is for -T fields and -T csv".to_owned()),
    ] {
        if given && !fits {
            anyhow::bail!("{why}");
        }
    }
    Ok(())
}

/// A filter as it was typed.
pub(super) fn parsed(text: &str) -> anyhow::Result<Filter> {
    Filter::parse(text, Registry::get()).map_err(|error| anyhow::anyhow!("{}", error.show(text)))
}

/// How much of a message these fields need.
pub(super) fn needed(used: impl Iterator<Item = FieldId>, kind: Option<MessageType>) -> Detail {
    let registry = Registry::get();
    let detail = |id: FieldId| match id {
        fields::INO | fields::PATH => Detail::Fields,
        fields::SUMMARY => Detail::Summary,
        id => match registry.field(id).and_then(|field| field.message) {
            Some(message) if Some(message) == kind => Detail::Fields,
            _ => Detail::Header,
        },
    };
    used.map(detail).max().unwrap_or(Detail::Header)
}

/// What `-E` asks for, in tshark's words.
fn layout(args: &MessagesArgs) -> anyhow::Result<(Layout, bool)> {
    let csv = args.format == Shape::Csv;
    let (mut layout, mut header) = (if csv { Layout::csv() } else { Layout::fields() }, csv);
    for option in &args.option {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let text = match value {
            "/t" => "\t".to_owned(),
            "/s" => " ".to_owned(),
            value => value.to_owned(),
        };
        match (name, value) {
            ("header", "y") => header = true,
            ("header", "n") => header = false,
            ("separator" | "aggregator", "") => {
                anyhow::bail!("-E {name}= needs a text, such as -E {name}=;")
            }
            ("separator", _) => layout.separator = text,
            ("aggregator", _) => layout.aggregator = text,
            ("occurrence", "a") => layout.occurrence = Occurrence::All,
            ("occurrence", "f") => layout.occurrence = Occurrence::First,
            ("occurrence", "l") => layout.occurrence = Occurrence::Last,
            ("quote", "d" | "s" | "n") => {
                layout.quote = match value {
                    "d" => Some('"'),
                    "s" => Some('\''),
                    _ => None,
                };
                layout.quote_if_needed = false;
            }
            _ => anyhow::bail!(
                "-E {option} is unknown: header=y|n, separator=TEXT, aggregator=TEXT, occurrence=a|f|l, \
                 quote=d|s|n"
            ),
        }
    }
    Ok((layout, header))
}
