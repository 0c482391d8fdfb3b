//! The page's data: one JSON document, in columns where there are many of a kind. `js/data.js` reads it.
//!
//! Times count from the page's origin, in `unit` nanoseconds in the tables of events, in single ones elsewhere. Texts that repeat are numbers of the table `strings`.

use std::collections::HashMap;
use std::fmt::Display;
use std::io;

use serde::Serialize;

use super::events::{Events, Inodes, Lanes, Migrations, Spans, Unit};
use super::inert::inert;
use super::messages::{self, MessagesDoc};
use super::template::base;
use super::words;
use crate::caps::timeline::{Client, Server, Timelines};
use crate::capture::misplaced;
use crate::event::Direction;
use crate::findings::{Certainty, Finding, Severity, rule};
use crate::names;
use crate::place::Place;
use crate::render;
use crate::render::check::{outcome, shows};
use crate::render::facts::value;
use crate::render::missed::{Missed, clusters, faults_of};
use crate::render::text::printable;
use crate::render::timeline::{client_name, server_name};
use crate::report::Report;
use crate::report::page::{Gap, Page, Spot};
use crate::session::Protection;

/// Grows when the script has to read the data in another way.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: &'static str,
    files: Vec<FileDoc<'a>>,
    /// Seconds since the epoch, and nanoseconds.
    origin: (i64, u32),
    end: i64,
    unit: i64,
    facts: Facts,
    missed: MissedDoc,
    clients: Vec<PartyDoc>,
    servers: Vec<PartyDoc>,
    inodes: Inodes,
    lanes: Lanes,
    spans: Spans,
    events: Events,
    migrations: Migrations,
    messages: MessagesDoc,
    gaps: Vec<GapDoc>,
    /// Time in none of the files: from, until, the file that ends, the one that begins.
    between: Vec<(i64, i64, usize, usize)>,
    notes: Notes,
    findings: Vec<FindingDoc<'a>>,
    rules: Vec<RuleDoc>,
    strings: Vec<String>,
}

#[derive(Serialize)]
struct FileDoc<'a> {
    name: &'a str,
    packets: u64,
}

/// The counts that the page begins with.
#[derive(Serialize)]
struct Facts {
    packets: u64,
    /// Connections between clients and metadata servers, and how many of them are encrypted.
    serving: (usize, usize),
    /// The same of the other ones of Ceph.
    others: (usize, usize),
    /// Connections that are not of Ceph.
    foreign: u64,
    /// A packet was read, so that there is a time.
    timed: bool,
    cap_messages: u64,
    pairs: u64,
    replayed: u64,
    events_seen: u64,
    events_shown: u64,
    events_dropped: u64,
    notes_dropped: u64,
    gaps_left_out: u64,
    findings_left_out: u64,
    requests_elsewhere: u64,
    requests_left_out: u64,
    blind: bool,
    interrupted: bool,
    messages: Vec<(String, u64, u64)>,
    ops: Vec<(String, u64)>,
}

#[derive(Serialize)]
struct MissedDoc {
    grave: Vec<String>,
    slight: Vec<String>,
    faults: Vec<String>,
}

/// A client or a server.
#[derive(Serialize)]
struct PartyDoc {
    name: String,
    /// What else is known of it.
    said: String,
}

#[derive(Serialize)]
struct GapDoc {
    client: usize,
    server: usize,
    /// 0: from the client, 1: from the server, 2: either.
    way: u8,
    from: i64,
    until: i64,
    text: String,
}

/// What happened to sessions and ranks, in columns.
#[derive(Default, Serialize)]
struct Notes {
    time: Vec<i64>,
    frame: Vec<u64>,
    client: Vec<i64>,
    server: Vec<usize>,
    text: Vec<usize>,
    /// 0: for information, 1: something ends or goes wrong.
    grave: Vec<u8>,
}

#[derive(Serialize)]
struct FindingDoc<'a> {
    rule: usize,
    severity: Severity,
    certainty: Certainty,
    why: Option<String>,
    time: i64,
    file: u32,
    frame: u64,
    inode: Option<usize>,
    /// Its entry, counted within the inode.
    entry: Option<usize>,
    ino: Option<String>,
    path: Option<&'a str>,
    client: Option<String>,
    host: Option<&'a str>,
    from: Option<i32>,
    to: Option<i32>,
    came: Option<&'static str>,
    evidence: Vec<(&'static str, i64, u64)>,
    facts: Vec<(&'static str, String)>,
}

/// A rule of which there is a finding.
#[derive(Serialize)]
struct RuleDoc {
    code: &'static str,
    title: &'static str,
    /// Its page, as lines of Markdown.
    page: &'static str,
}

/// Makes the document, fit for the inside of a script element.
pub(super) fn json(page: &Page<'_>) -> io::Result<String> {
    let text = serde_json::to_string(&document(page))?;
    Ok(inert(&text))
}

/// Texts by number, each once.
#[derive(Default)]
pub(super) struct Strings {
    known: HashMap<String, usize>,
    all: Vec<String>,
}

impl Strings {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &dyn Display) -> usize {
        let text = text.to_string();
        if let Some(number) = self.known.get(&text) {
            return *number;
        }
        let number = self.all.len();
        self.known.insert(text.clone(), number);
        self.all.push(text);
        number
    }
}

/// Clients and servers by number, in order of appearance.
#[derive(Default)]
pub(super) struct Parties {
    clients: Vec<Client>,
    servers: Vec<Server>,
    client_of: HashMap<Client, usize>,
    server_of: HashMap<Server, usize>,
}

impl Parties {
    pub(super) fn client(&mut self, client: Client) -> usize {
        *self.client_of.entry(client).or_insert_with(|| {
            self.clients.push(client);
            self.clients.len() - 1
        })
    }

    pub(super) fn server(&mut self, server: Server) -> usize {
        *self.server_of.entry(server).or_insert_with(|| {
            self.servers.push(server);
            self.servers.len() - 1
        })
    }
}

fn document<'a>(page: &'a Page<'_>) -> Document<'a> {
    let Page { report, timelines, .. } = page;
    let span = report.span();
    let origin = span.map_or(timelines.origin, |(first, _)| first);
    let end = span.map_or(0, |(_, last)| last.since(origin));
    let mut strings = Strings::default();
    let mut parties = Parties::default();
    // Sorted, so that the page has them in an order that one expects.
    let mut lanes: Vec<_> = timelines.inodes.iter().flat_map(|t| &t.lanes).collect();
    lanes.sort_by_key(|lane| (lane.client, lane.server));
    for lane in lanes {
        parties.client(lane.client);
    }
    let mut servers: Vec<_> =
        timelines.inodes.iter().flat_map(|t| &t.lanes).map(|l| l.server).collect();
    servers.sort_unstable();
    servers.iter().for_each(|server| _ = parties.server(*server));

    let (messages, numbers) = messages::document(&page.messages, &mut strings);
    let unit = Unit::fitting(origin, timelines, &page.asked.rows);
    let mut tables = super::events::Tables::new(unit, &mut strings, &mut parties, numbers);
    let mut asked = page.asked.rows.as_slice();
    for (inode, timeline) in timelines.inodes.iter().enumerate() {
        let own = asked.iter().take_while(|row| row.inode == inode).count();
        let (own, rest) = asked.split_at(own);
        asked = rest;
        tables.push(timeline, own);
    }
    let super::events::Tables { inodes, lanes, spans, events, migrations, .. } = tables;
    let gaps = page.gaps.iter().map(|gap| gap_doc(gap, origin, &mut parties)).collect();
    let between = page.between.iter();
    let between = between
        .map(|gap| (gap.from.since(origin), gap.until.since(origin), gap.ends, gap.begins))
        .collect();
    let notes = notes(timelines, origin, &mut parties, &mut strings);
    let mut rules = Vec::new();
    let spots = page.spots.iter();
    let findings = report.findings.iter().zip(spots);
    let findings = findings.map(|(f, spot)| finding(report, f, spot, origin, &mut rules)).collect();
    Document {
        version: VERSION,
        tool: concat!("ceph-dissect ", env!("CARGO_PKG_VERSION")),
        files: report
            .files
            .iter()
            .map(|file| FileDoc { name: base(&file.name), packets: file.packets })
            .collect(),
        origin: (
            origin.0.div_euclid(1_000_000_000),
            origin.0.rem_euclid(1_000_000_000).try_into().unwrap_or_default(),
        ),
        end,
        unit: unit.nanos,
        facts: facts(page),
        missed: missed(report),
        clients: parties.clients.iter().map(|client| client_doc(*client, report)).collect(),
        servers: parties.servers.iter().map(|server| server_doc(*server, timelines)).collect(),
        inodes,
        lanes,
        spans,
        events,
        migrations,
        messages,
        gaps,
        between,
        notes,
        findings,
        rules,
        strings: strings.all,
    }
}

fn facts(page: &Page<'_>) -> Facts {
    let Page { report, timelines, .. } = page;
    let connections = |serves: bool| {
        let of = || report.connections.iter().filter(move |c| c.serves_clients() == serves);
        (of().count(), of().filter(|c| c.protection == Protection::Secure).count())
    };
    Facts {
        packets: report.packets(),
        serving: connections(true),
        others: connections(false),
        foreign: report.foreign,
        timed: report.span().is_some(),
        cap_messages: report.ops.iter().map(|(_, n)| n).sum(),
        pairs: report.pairs,
        replayed: report.replayed,
        events_seen: timelines.counts.seen,
        events_shown: timelines.counts.entries,
        events_dropped: timelines.counts.dropped,
        notes_dropped: timelines.notes_dropped,
        gaps_left_out: page.gaps_left_out,
        findings_left_out: report.findings_left_out,
        requests_elsewhere: page.asked.elsewhere,
        requests_left_out: page.asked.left_out,
        blind: report.is_blind(),
        interrupted: report.interrupted,
        messages: report.messages.iter().map(|m| (m.name.clone(), m.messages, m.bytes)).collect(),
        ops: report.ops.iter().map(|(op, n)| (op.to_string(), *n)).collect(),
    }
}

fn missed(report: &Report) -> MissedDoc {
    let Missed { grave, slight } = Missed::of(report);
    // They begin with the name of their file, which is shown without its directories here too.
    let short = |line: String| {
        let mut names = report.files.iter().map(|file| file.name.as_str());
        let name =
            names.find(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
        name.map_or(line.clone(), |name| line.replacen(name, base(name), 1))
    };
    let clusters = clusters(report).map(|line| format!("clusters: {line}"));
    let order = misplaced(&report.files).into_iter();
    let order = order.map(|of| {
        let names = [&of.file.name, &of.behind.name];
        names.into_iter().fold(format!("order: {}", render::misplaced(&of)), |line, name| {
            line.replace(&printable(name), base(name))
        })
    });
    let faults = faults_of(report).into_iter().map(short);
    let faults = clusters.into_iter().chain(order).chain(faults).collect();
    MissedDoc { grave, slight, faults }
}

fn client_doc(client: Client, report: &Report) -> PartyDoc {
    let said = match client {
        Client::Id(id) => report.said(id).map(ToString::to_string).unwrap_or_default(),
        _ => String::new(),
    };
    PartyDoc { name: client_name(client), said }
}

fn server_doc(server: Server, timelines: &Timelines) -> PartyDoc {
    let said = match server {
        Server::Rank(rank) => timelines.called.daemons(rank).join(", "),
        _ => String::new(),
    };
    PartyDoc { name: server_name(server), said }
}

fn gap_doc(gap: &Gap, origin: crate::place::Time, parties: &mut Parties) -> GapDoc {
    GapDoc {
        client: parties.client(gap.client),
        server: parties.server(gap.server),
        way: match gap.direction {
            Some(Direction::ClientToMds) => 0,
            Some(Direction::MdsToClient) => 1,
            None => 2,
        },
        from: gap.from.since(origin),
        until: gap.until.since(origin),
        text: words::unread(gap.why),
    }
}

fn notes(
    timelines: &Timelines,
    origin: crate::place::Time,
    parties: &mut Parties,
    strings: &mut Strings,
) -> Notes {
    let mut notes = Notes::default();
    for note in &timelines.notes {
        let Some((grave, text)) = words::note(note) else { continue };
        notes.time.push(note.place.time.since(origin));
        notes.frame.push(note.place.frame);
        notes.client.push(note.client.map_or(-1, |client| parties.client(client) as i64));
        notes.server.push(parties.server(note.server));
        notes.text.push(strings.number(&text));
        notes.grave.push(u8::from(grave));
    }
    notes
}

fn finding<'a>(
    report: &'a Report,
    finding: &'a Finding,
    spot: &Spot,
    origin: crate::place::Time,
    rules: &mut Vec<RuleDoc>,
) -> FindingDoc<'a> {
    let at = rules.iter().position(|rule| rule.code == finding.code).unwrap_or_else(|| {
        let (title, page) = rule(finding.code).map_or(("", ""), |rule| (rule.title, rule.page));
        rules.push(RuleDoc { code: finding.code, title, page });
        rules.len() - 1
    });
    let Place { file, frame, time } = finding.at.place;
    let said = finding.ends.client.and_then(|client| report.said(client));
    FindingDoc {
        rule: at,
        severity: finding.severity,
        certainty: finding.certainty(),
        why: finding.doubt.map(|doubt| doubt.to_string()),
        time: time.since(origin),
        file,
        frame,
        inode: spot.inode,
        entry: spot.entry,
        ino: finding.ino.map(|ino| ino.to_string()),
        path: finding.path.as_deref(),
        client: finding.ends.client.map(|client| format!("client.{client}")),
        host: said.and_then(names::Client::host),
        from: finding.exporter.map(|rank| rank.0),
        to: finding.importer.map(|rank| rank.0),
        came: finding.resolution.map(|resolution| outcome(finding, resolution)),
        evidence: finding
            .evidence
            .iter()
            .map(|e| (shows(e.shows), e.place.time.since(origin), e.place.frame))
            .collect(),
        facts: finding.facts.iter().map(|fact| (fact.name, value(&fact.value))).collect(),
    }
}
