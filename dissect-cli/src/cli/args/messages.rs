//! What `messages` is told.

use std::convert::Infallible;
use std::ops::RangeInclusive;

use ceph_dissect::render::messages::{Clock, Lead};
use clap::{Args, ValueEnum};

use super::values::{frames, number};
use super::{Filter, Input};

#[derive(Debug, Args)]
pub(crate) struct MessagesArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Only these frames: a number, or a range such as 100-200 or 100-
    #[arg(long, value_name = "FRAMES", value_parser = frames)]
    pub(crate) frame: Vec<RangeInclusive<u64>>,
    /// Only messages for which this holds, as in 'caps.op == export && caps.mseq > 2'
    #[arg(short = 'Y', long, value_name = "FILTER")]
    pub(crate) display_filter: Option<String>,
    /// What to write of each
    #[arg(short = 'T', long, value_enum, default_value_t = Shape::Text)]
    pub(crate) format: Shape,
    /// With fields and csv: a column; with -x: the bytes to mark
    #[arg(short = 'e', long, value_name = "FIELD")]
    pub(crate) field: Vec<String>,
    /// With fields and csv: header=y|n, separator=TEXT, aggregator=TEXT, occurrence=a|f|l, quote=d|s|n
    #[arg(short = 'E', long, value_name = "NAME=VALUE")]
    pub(crate) option: Vec<String>,
    /// With text: every field with its value, offset and length
    #[arg(short = 'V', long)]
    pub(crate) verbose: bool,
    /// With text: the bytes
    #[arg(short = 'x', long)]
    pub(crate) hex: bool,
    /// With text: which time to write in front of a line; relative if nothing is said
    #[arg(short = 't', long, value_enum)]
    pub(crate) time: Option<Times>,
    /// Handshakes, acknowledgements and keepalives too
    #[arg(long)]
    pub(crate) control: bool,
    /// Stop after so many messages
    #[arg(short = 'c', long, value_name = "N", value_parser = number::<u64>)]
    pub(crate) count: Option<u64>,
    /// Write each message at once, as tshark's does
    #[arg(short = 'l', hide = true)]
    pub(crate) at_once: bool,
    /// Look up no names, as tshark's does: none are looked up
    #[arg(short = 'n', hide = true)]
    pub(crate) no_lookup: bool,
    /// Refused: what writes captures is another command
    #[arg(short = 'w', hide = true, value_name = "FILE", value_parser = no_capture)]
    pub(crate) write: Option<Infallible>,
    /// Write with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}

impl MessagesArgs {
    /// What stands in front of a line.
    pub(crate) fn lead(&self) -> Lead {
        let clock = self.time.map_or_else(Clock::default, Clock::from);
        Lead { clock, files: self.input.files.len() > 1 }
    }
}

fn no_capture(_: &str) -> Result<Infallible, String> {
    Err("messages are written as text: `ceph-dissect annotate FILE --only -Y FILTER -o OUT` writes their packets".to_owned())
}

/// What is written of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For people
    Text,
    /// One JSON array
    Json,
    /// One JSON object a line
    Ndjson,
    /// The fields named with -e, tabs between them
    Fields,
    /// The same as comma-separated values with a header line
    Csv,
    /// For Elasticsearch's bulk interface
    Ek,
    /// Packet details as XML
    Pdml,
}

/// Which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Times {
    /// Seconds from the first packet
    #[value(alias = "r")]
    Relative,
    /// Seconds from the message before
    #[value(alias = "d", alias = "dd")]
    Delta,
    /// Time of day, UTC
    #[value(alias = "a", alias = "u")]
    Absolute,
    /// Date and time of day, UTC
    #[value(alias = "ad", alias = "ud")]
    Utc,
    /// Seconds since 1970
    #[value(alias = "e")]
    Epoch,
}

impl From<Times> for Clock {
    fn from(times: Times) -> Clock {
        match times {
            Times::Relative => Clock::Relative,
            Times::Delta => Clock::Delta,
            Times::Absolute => Clock::Absolute,
            Times::Utc => Clock::Utc,
            Times::Epoch => Clock::Epoch,
        }
    }
}
