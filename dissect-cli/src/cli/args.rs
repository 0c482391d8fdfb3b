//! What can be said on the command line.

mod input;
mod messages;
mod select;
mod table;
mod thresholds;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use input::Input;
pub(crate) use messages::{MessagesArgs, Shape};
pub(crate) use select::{Filter, InodeFilter, PartyFilter, TimeFilter};
pub(crate) use table::Table;
pub(crate) use thresholds::Thresholds;
pub(crate) use values::{moment, number, seconds};

use super::annotate::AnnotateArgs;
use super::follow::FollowArgs;
use super::help;
use super::holders::HoldersArgs;
use super::report::ReportArgs;
use super::sessions::SessionsArgs;
use super::stats::StatsArgs;
use super::timeline::TimelineArgs;
use super::top::TopArgs;
use super::watching::{Waiting, Watching};

/// Reconstructs CephFS capability timelines from packet captures, and finds migrations that went wrong.
///
/// FILE is a pcap or pcapng capture, also compressed with gzip or zstd; `-` reads standard input. Several
/// files are read one after the other, in the order given.
#[derive(Debug, Parser)]
#[command(name = "ceph-dissect", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// When to colour; `auto` heeds NO_COLOR, CLICOLOR_FORCE and TERM too
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorWhen::Auto)]
    pub(crate) color: ColorWhen,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ceph-dissect summary capture.pcapng
      What is in a capture
  ceph-dissect check capture.pcapng
      What is wrong in it
  ceph-dissect timeline capture.pcapng --ino 0x100000001f9
      What happened to one inode
  tcpdump -i any -w - 'tcp portrange 6800-7568 or tcp port 3300 or 6789' | ceph-dissect events -
      While it happens

Each command has examples of its own: ceph-dissect COMMAND --help

Exit status:
  0  nothing found
  1  `check` found something that is certain
  2  the input could not be fully processed, or the arguments are wrong";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What is in a capture: connections, messages, what could not be read
    #[command(after_help = help::SUMMARY)]
    Summary {
        #[command(flatten)]
        input: Input,
        /// List every connection and message type
        #[arg(long)]
        all: bool,
    },
    /// Per inode: who held what from when to when, and every message that changed it
    #[command(after_help = help::TIMELINE)]
    Timeline(TimelineArgs),
    /// Every message of every connection: a line each, or every field and byte
    #[command(after_help = help::MESSAGES)]
    Messages(MessagesArgs),
    /// One conversation, inode or migration, message by message; takes what `messages` takes
    #[command(after_help = help::FOLLOW)]
    Follow(FollowArgs),
    /// Counts and times as tables: messages, conversations, requests, caps
    #[command(after_help = help::STATS)]
    Stats(StatsArgs),
    /// The capture again, as pcapng for Wireshark: findings and messages are comments of its packets
    #[command(after_help = help::ANNOTATE)]
    Annotate(AnnotateArgs),
    /// Who holds which caps, from which rank and since when: at the end, or at a moment
    #[command(after_help = help::HOLDERS)]
    Holders(HoldersArgs),
    /// Clients' sessions with ranks: state, caps, renewals, recalls, and what the rank counted
    #[command(after_help = help::SESSIONS)]
    Sessions {
        #[command(flatten)]
        args: SessionsArgs,
    },
    /// What it cost clients that a rank was gone: for how long, and which caps
    #[command(after_help = help::RECONNECTS)]
    Reconnects {
        #[command(flatten)]
        args: SessionsArgs,
    },
    /// Connections: which are encrypted, and what of them could not be read
    #[command(after_help = help::CONNECTIONS)]
    Connections {
        #[command(flatten)]
        args: SessionsArgs,
        /// List what could not be read instead
        #[arg(long)]
        holes: bool,
    },
    /// Findings only; the exit status says whether there are any
    #[command(after_help = help::CHECK)]
    Check(super::check::CheckArgs),
    /// Everything as one HTML page that works offline: lanes over time, findings, messages
    #[command(after_help = help::REPORT)]
    Report(ReportArgs),
    /// One machine-readable record for each cap event
    #[command(after_help = help::EVENTS)]
    Events {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        filter: Filter,
        /// ndjson or csv
        #[arg(long, value_enum, default_value_t = EventFormat::Ndjson)]
        format: EventFormat,
    },
    /// Bits that ranks asked back: which clients have not answered, and which were slow
    #[command(after_help = help::REVOKES)]
    Revokes {
        #[command(flatten)]
        watching: Watching,
    },
    /// State that clients wrote back: what was not acknowledged, and what took long
    #[command(after_help = help::FLUSHES)]
    Flushes {
        #[command(flatten)]
        watching: Watching,
    },
    /// Which requests waited for which client to give bits back
    #[command(after_help = help::WAITS)]
    Waits {
        #[command(flatten)]
        watching: Watching,
    },
    /// How long revokes, flushes, migrations and requests took, per client and rank
    #[command(after_help = help::LATENCY)]
    Latency {
        #[command(flatten)]
        watching: Watching,
        /// Only one kind, with a histogram
        #[arg(long, value_enum, value_name = "KIND")]
        of: Option<Waiting>,
    },
    /// Who holds most caps, and how that grew
    #[command(after_help = help::TOP)]
    Top(TopArgs),
    /// Inodes that go to and fro between ranks, or whose bits do between clients
    #[command(after_help = help::PINGPONG)]
    Pingpong {
        #[command(flatten)]
        watching: Watching,
        /// Tell how often at most within so many seconds
        #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
        within: Duration,
    },
    /// Directory trees that moved from rank to rank, as the ranks tell it to each other
    #[command(after_help = help::MIGRATIONS)]
    Migrations {
        #[command(flatten)]
        watching: Watching,
    },
    /// Names of everything that a message can have in it, as filters take them
    #[command(after_help = help::FIELDS)]
    Fields {
        /// A field, a message such as caps or MClientCaps, a name with * and ?, or any part of a name or meaning;
        /// without one, the fields of every message, and which messages have more
        pattern: Option<String>,
        /// text or json
        #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
        format: CheckFormat,
        /// List all fields, also what is there for the encoding alone
        #[arg(long)]
        all: bool,
    },
    /// What a finding means, how it comes about and what to do
    #[command(after_help = help::EXPLAIN)]
    Explain {
        /// The finding's code, as `check` prints it; without one, all are listed
        code: Option<String>,
    },
    /// A script that completes this program's commands and options, for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Manual pages
    #[command(after_help = help::MAN)]
    Man {
        /// Write a page for the program and for each command into this directory
        #[arg(long, value_name = "DIR")]
        out_dir: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventFormat {
    Ndjson,
    Csv,
}
