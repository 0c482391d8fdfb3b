//! What can be said on the command line.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ceph_codec::types::{InodeNo, Rank};
use ceph_dissect::caps::timeline::{Filter as Selection, MAX_ENTRIES};
use ceph_dissect::findings::Settings;
use ceph_dissect::names::Glob;
use ceph_dissect::place::Time;
use ceph_dissect::render::messages::Clock;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::follow::FollowArgs;
use super::help;
use super::stats::StatsArgs;

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
    Annotate(super::annotate::AnnotateArgs),
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
    Report(super::report::ReportArgs),
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

#[derive(Debug, ClapArgs)]
pub(crate) struct TimelineArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Show what the client makes of every event: which way its code goes, and what it has then
    #[arg(long)]
    pub(crate) replay: bool,
    /// The same, and mark what another client would have had in the same traffic
    #[arg(long, value_enum, value_name = "CLIENT")]
    pub(crate) replay_as: Option<ReplayAs>,
    /// Draw so many inodes, those with most to tell; 0 for all
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) limit: usize,
    /// Keep so many events in memory, about 700 bytes each
    #[arg(long, default_value_t = MAX_ENTRIES, value_name = "N")]
    pub(crate) max_events: usize,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MessagesArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Only these frames: a number, or a range such as 100-200
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
    /// Which time to write in front of a line
    #[arg(short = 't', long, value_enum, default_value_t = Times::Relative)]
    pub(crate) time: Times,
    /// Handshakes, acknowledgements and keepalives too
    #[arg(long)]
    pub(crate) control: bool,
    /// Stop after so many messages
    #[arg(short = 'c', long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Write with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
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

#[derive(Debug, ClapArgs)]
pub(crate) struct SessionsArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    #[command(flatten)]
    pub(crate) times: TimeFilter,
    /// text or json
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
    /// List every row, and of each session everything that was said
    #[arg(long)]
    pub(crate) all: bool,
    /// Write with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    /// text or json
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
    /// List every row
    #[arg(long)]
    pub(crate) all: bool,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct HoldersArgs {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) inodes: InodeFilter,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    /// At this moment: RFC 3339, or seconds from the first packet
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Moment>,
    /// text or json
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
    /// List every cap
    #[arg(long)]
    pub(crate) all: bool,
    /// Write with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayAs {
    /// One from before EXPORTs named the importer's cap: it waits for the IMPORT
    BeforeExportPeer,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Input {
    /// Captures, in order; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// What findings ask for.
#[derive(Debug, ClapArgs)]
pub(crate) struct Thresholds {
    /// To be certain that one half of a migration is missing, so many seconds before and behind the
    /// other half have to be in the capture
    #[arg(long, default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    migration_timeout: Duration,
    /// A client has to answer a revoke within so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    revoke_timeout: Duration,
    /// A rank has to acknowledge a flush within so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    flush_timeout: Duration,
    /// A client that wants to write may have to wait for leave so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    wanted_timeout: Duration,
    /// A client has to come down to the caps that it may keep within so many seconds
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    recall_timeout: Duration,
    /// An inode may move between ranks so often within a minute
    #[arg(long, default_value_t = 5, value_name = "N")]
    ping_pong_moves: u32,
    /// Bits of an inode may go from client to client so often within a minute
    #[arg(long, default_value_t = 30, value_name = "N")]
    ping_pong_turns: u32,
}

impl Thresholds {
    pub(crate) fn settings(&self) -> Settings {
        let Thresholds { migration_timeout, revoke_timeout, flush_timeout, .. } = *self;
        let Thresholds { wanted_timeout, recall_timeout, .. } = *self;
        let Thresholds { ping_pong_moves, ping_pong_turns, .. } = *self;
        Settings {
            migration_timeout,
            revoke_timeout,
            flush_timeout,
            wanted_timeout,
            recall_timeout,
            ping_pong_moves,
            ping_pong_turns,
        }
    }
}

/// What all commands that watch have in common.
#[derive(Debug, ClapArgs)]
pub(crate) struct Watching {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// text or json
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
    /// List everything that is kept
    #[arg(long)]
    pub(crate) all: bool,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Waiting {
    /// From REVOKE to answer
    Revoke,
    /// From the first sending of a flush to its acknowledgement
    Flush,
    /// Between EXPORT and IMPORT
    Migration,
    /// From a request to its first reply
    Request,
    /// From a request to its safe reply, where an unsafe one went before
    SafeReply,
}

/// What is of interest.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Filter {
    #[command(flatten)]
    pub(crate) inodes: InodeFilter,
    #[command(flatten)]
    pub(crate) parties: PartyFilter,
    #[command(flatten)]
    pub(crate) times: TimeFilter,
}

#[derive(Debug, Default, ClapArgs)]
pub(crate) struct InodeFilter {
    /// Only these inodes, as 0x10000000001 or decimal
    #[arg(long, value_name = "INO", value_parser = ino)]
    pub(crate) ino: Vec<InodeNo>,
    /// Only inodes that have or had this path: /dir/file; * and ? stand for parts of a name, ** for
    /// any names; without / in front it may begin at any name
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Vec<Glob>,
}

#[derive(Debug, Default, ClapArgs)]
pub(crate) struct PartyFilter {
    /// Only these clients, by global id: 4125 or client.4125
    #[arg(long, value_name = "ID", value_parser = client)]
    pub(crate) client: Vec<u64>,
    /// Only these ranks: 0 or mds.0
    #[arg(long, value_name = "RANK", value_parser = rank)]
    pub(crate) mds: Vec<i32>,
}

#[derive(Debug, Default, ClapArgs)]
pub(crate) struct TimeFilter {
    /// Only from then on: RFC 3339, or seconds from the first packet
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<Moment>,
    /// Only up to then: RFC 3339, or seconds from the first packet
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<Moment>,
}

impl Filter {
    /// What is selected of a capture whose first packet has this time.
    pub(crate) fn of(&self, start: Time) -> Selection {
        self.inodes.of(self.times.of(start, self.parties.of()))
    }
}

impl InodeFilter {
    /// What is selected beyond `others`.
    pub(crate) fn of(&self, others: Selection) -> Selection {
        let inodes = self.ino.iter().copied().collect();
        Selection { inodes, paths: self.path.clone(), ..others }
    }
}

impl PartyFilter {
    /// What is selected.
    pub(crate) fn of(&self) -> Selection {
        Selection {
            clients: self.client.iter().copied().collect(),
            ranks: self.mds.iter().copied().map(Rank).collect(),
            ..Selection::default()
        }
    }
}

impl TimeFilter {
    /// What is selected beyond `others`, of a capture whose first packet has this time.
    pub(crate) fn of(&self, start: Time, others: Selection) -> Selection {
        let time = |moment: Moment| moment.of(start);
        Selection { since: self.since.map(time), until: self.until.map(time), ..others }
    }
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

/// A time as typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// Nanoseconds since the Unix epoch.
    At(i64),
    /// Nanoseconds since the capture's first packet.
    After(i64),
}

impl Moment {
    /// The time, in a capture whose first packet has this one.
    pub(crate) fn of(self, start: Time) -> Time {
        match self {
            Moment::At(ns) => Time(ns),
            Moment::After(ns) => Time(start.0.saturating_add(ns)),
        }
    }
}

fn ino(text: &str) -> Result<InodeNo, String> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map(InodeNo).map_err(|_| "expected an inode number such as 0x10000000001".to_owned())
}

fn client(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("client.").unwrap_or(text);
    digits.parse().map_err(|_| "expected a global id such as 4125 or client.4125".to_owned())
}

fn rank(text: &str) -> Result<i32, String> {
    let digits = text.strip_prefix("mds.").unwrap_or(text);
    digits.parse().map_err(|_| "expected a rank such as 0 or mds.0".to_owned())
}

fn frames(text: &str) -> Result<RangeInclusive<u64>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err("expected a frame number such as 42, or a range such as 100-200".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected seconds such as 5 or 0.5";
    let seconds: f64 = text.parse().map_err(|_| EXPECTED.to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| match seconds {
        _ if seconds < 0.0 => format!("{EXPECTED}, not negative"),
        _ => format!("{EXPECTED}, not that many"),
    })
}

fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(seconds) = text.strip_suffix('s').unwrap_or(text).parse::<f64>() {
        return match seconds.is_finite() {
            // Out of range saturates, which is what is meant.
            true => Ok(Moment::After((seconds * 1e9) as i64)),
            false => Err("expected a finite number of seconds".to_owned()),
        };
    }
    let timestamp: jiff::Timestamp = text.parse().map_err(|_| {
        "expected a time such as 2026-11-23T10:20:30.5Z, or seconds from the first packet such as 12.5".to_owned()
    })?;
    i64::try_from(timestamp.as_nanosecond())
        .map(Moment::At)
        .map_err(|_| "expected a time between the years 1678 and 2262".to_owned())
}
