//! `follow`: one conversation, one inode, or one migration, message by message.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use ceph_dissect::caps::moves::{Export, Followed, Trace};
use ceph_dissect::dissect::Party;
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::{News, Pipeline};
use ceph_dissect::place::Place;
use ceph_dissect::render::messages as show;
use ceph_dissect::report::follow::{self, Name};
use ceph_dissect::session::{Spoken, Who};
use ceph_dissect::stream::ConnId;
use clap::{ArgGroup, Args};

use super::Status;
use super::args::{ColorWhen, MessagesArgs, Shape, number};
use super::chosen::Chosen;
use super::commands::{style, warn};
use super::messages::{Listing, are_files, twice};
use super::run::{Reading, read_noting};

/// Conversations that are named where there is not the one asked for.
const PAIRS: usize = 8;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true)
    .args(["conversation", "conn", "migration", "ino", "path"]))]
pub(crate) struct FollowArgs {
    /// All connections between two ends: client.4125, mds.0, mon for any, or addresses
    #[arg(long, value_name = "A,B", value_parser = ends)]
    conversation: Option<[Name; 2]>,
    /// One connection, by number as in `stats -z conversations`
    #[arg(long, value_name = "N", value_parser = number::<u32>)]
    conn: Option<u32>,
    /// A migration as in `migrations`: the ranks' messages with this tid, and the clients' EXPORTs and IMPORTs of
    /// the caps that moved; the exporter's rank where several used the tid
    #[arg(long, value_name = "TID[@RANK]", value_parser = migration)]
    migration: Option<(u64, Option<i32>)>,
    #[command(flatten)]
    messages: MessagesArgs,
}

fn ends(text: &str) -> Result<[Name; 2], String> {
    let expected = || "expected two ends such as client.4125,mds.0".to_owned();
    let (one, other) = text.split_once(',').ok_or_else(expected)?;
    Ok([one.trim().parse()?, other.trim().parse()?])
}

fn migration(text: &str) -> Result<(u64, Option<i32>), String> {
    let expected = |_| "expected a tid, or a tid and a rank such as 2@0".to_owned();
    match text.split_once('@') {
        None => Ok((text.parse().map_err(expected)?, None)),
        Some((tid, rank)) => {
            let rank = rank.strip_prefix("mds.").unwrap_or(rank).parse().map_err(expected)?;
            Ok((tid.parse().map_err(expected)?, Some(rank)))
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &FollowArgs, color: ColorWhen) -> anyhow::Result<Status> {
    let messages = &args.messages;
    if !are_files(&messages.input) {
        anyhow::bail!(
            "follow needs files: what belongs together is known at the end, and a pipe is read once"
        );
    }
    let chosen = Chosen::new(messages)?;
    let mut listing = Listing::new(messages, chosen, style(color, messages.ascii));
    let mut trace = args.migration.map(|(tid, _)| Trace::new(tid));
    let filter = |start| messages.filter.of(start);
    let sink = |news: News<'_>, _: &Names, _: &Who| {
        listing.begins(news);
        match (news, &mut trace) {
            (News::Said(spoken), Some(trace)) => trace.said(spoken),
            (News::Event(event, ..), Some(trace)) => trace.push(event),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let (known, not_there) = read_noting(&messages.input, Pipeline::default(), filter, sink)?;
    listing.lacks(not_there);
    let conns = conns(args, &known)?;
    let mut followed = match (args.migration, &trace) {
        (Some((tid, rank)), Some(trace)) => Some(moved(tid, rank, trace, &known)?),
        _ => None,
    };
    // Programs read messages alone.
    if let Some(conns) = conns.as_ref().filter(|_| messages.format == Shape::Text) {
        listing.note(marks(&listing, &known, conns)?);
    }
    listing.pick(move |spoken, parties| {
        conns.as_ref().is_none_or(|conns| conns.contains(&spoken.conn))
            && followed.as_mut().is_none_or(|followed| is_of(followed, spoken, parties))
    });
    twice(&mut listing, &messages.input, &known)
}

/// The connections that are asked for, if any are.
fn conns(args: &FollowArgs, known: &Reading) -> anyhow::Result<Option<BTreeSet<ConnId>>> {
    let pipeline = &known.pipeline;
    let one = args.conn.map(ConnId);
    if let Some(conn) = one.filter(|conn| !follow::is_known(pipeline, *conn)) {
        anyhow::bail!(
            "no connection of Ceph has number {}; `stats -z conversations` lists them",
            conn.0
        );
    }
    let Some(ends) = &args.conversation else {
        return Ok(one.map(|conn| BTreeSet::from([conn])));
    };
    let mut conns = follow::between(pipeline, ends);
    if conns.is_empty() {
        let all = follow::conversations(pipeline);
        let more = match all.len().saturating_sub(PAIRS) {
            0 => String::new(),
            more => format!(" and {more} more; `stats -z conversations --all` lists them"),
        };
        let there: Vec<_> = all.into_iter().take(PAIRS).map(|(ends, _)| ends).collect();
        match there[..] {
            [] => anyhow::bail!("no connection is between these two: the capture has none of Ceph"),
            _ => anyhow::bail!(
                "no connection is between these two; there are {}{more}",
                there.join(" ")
            ),
        }
    }
    if let Some(one) = one {
        conns.retain(|conn| *conn == one);
    }
    Ok(Some(conns))
}

/// What happens to these connections, in lines.
fn marks(
    listing: &Listing<'_>,
    known: &Reading,
    conns: &BTreeSet<ConnId>,
) -> anyhow::Result<Vec<(Place, Vec<u8>)>> {
    let mut lines = Vec::new();
    for mark in follow::marks(&known.pipeline, conns) {
        let mut line = Vec::new();
        let (origin, lead, style) = listing.lead();
        show::mark(&mark, origin, lead, style, &mut line)?;
        lines.push((mark.at, line));
    }
    Ok(lines)
}

/// The messages of a migration.
fn moved(tid: u64, rank: Option<i32>, trace: &Trace, known: &Reading) -> anyhow::Result<Followed> {
    let pipeline = &known.pipeline;
    let (moves, who) = (&pipeline.caps.story.moves, pipeline.who());
    let exporter = |export: &Export| export.ranks(who)[0].map(|rank| rank.0);
    let fits = |export: &&Export| {
        export.tid == tid && rank.is_none_or(|rank| exporter(export) == Some(rank))
    };
    let exports: Vec<_> = moves.exports().iter().filter(fits).collect();
    let mut by_rank: BTreeMap<Option<i32>, &Export> = BTreeMap::new();
    for export in &exports {
        by_rank.entry(exporter(export)).or_insert(export);
    }
    if by_rank.len() > 1 {
        let name = |(rank, export): (&Option<i32>, &&Export)| {
            let tree = export.tree;
            match rank {
                Some(rank) => format!("--migration {tid}@{rank} is of {tree}"),
                None => format!("one of {tree} is of a rank that is not known"),
            }
        };
        let names: Vec<_> = by_rank.iter().map(name).collect();
        anyhow::bail!("several ranks used this tid; write which: {}", names.join(", "));
    }
    if exports.is_empty() {
        anyhow::bail!(
            "no migration has this tid; `ceph-dissect migrations` lists those that there are"
        );
    }
    if exports.len() > 1 {
        let text = "migrations have this tid and rank; --since and --until tell them apart";
        warn(&format!("{} {text}", exports.len()));
    }
    let left_out = trace.left_out() + moves.not_followed();
    if left_out > 0 {
        warn(&format!("{left_out} messages or caps more than are followed"));
    }
    Ok(trace.of(&exports, moves, who))
}

fn is_of(followed: &mut Followed, spoken: &Spoken<'_>, parties: Option<&[Party; 2]>) -> bool {
    let [from, to] = match parties {
        Some([from, to]) => [Some(from), Some(to)],
        None => [None; 2],
    };
    followed.has(spoken, from.and_then(Party::rank), to.and_then(Party::client))
}
