//! What `stats` counts, against what can be counted otherwise.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;

use ceph_codec::message::client_request::RequestOp;
use ceph_dissect::caps::timeline::Filter;
use ceph_dissect::caps::watch::{Limits, Selected, Watch};
use ceph_dissect::capture::{self, Capture};
use ceph_dissect::event::{Answer, Event};
use ceph_dissect::findings::Settings;
use ceph_dissect::pipeline::{News, Pipeline};
use ceph_dissect::place::Time;
use ceph_dissect::render;
use ceph_dissect::render::Style;
use ceph_dissect::render::watch::View;
use ceph_dissect::report::Report;
use ceph_dissect::report::stats::{ConversationsReport, MessagesReport, StatsReport, Traffic};
use ceph_dissect::report::watch::Scope;
use ceph_dissect::session::Tally;
use fixtures::pcap::{Options, write};
use fixtures::scenes;
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(name)
}

const RECORDED: [&str; 3] =
    ["crc-importer-crash.pcapng", "crc-healthy.pcap.zst", "v1-healthy.pcap"];

/// Times from the first sending to the first reply, by what was asked for.
type Took = BTreeMap<RequestOp, Vec<i64>>;

struct Seen {
    report: Report,
    tally: HashMap<u16, Tally>,
    stats: StatsReport,
    start: Time,
    took: Took,
}

fn read(mut capture: Capture) -> Seen {
    let mut pipeline = Pipeline::default();
    let (mut traffic, mut start) = (Traffic::new(None, None), Time::default());
    let mut watch = Watch::new(Limits::default(), &Selected::default());
    let (mut asked, mut took) = (HashMap::new(), Took::new());
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, who| match news {
        News::Start(place) => start = place.time,
        News::Said(spoken) => traffic.push(spoken),
        News::Event(event, step, _) => {
            watch.push(event, step, who);
            let at = event.at();
            let client = |tid| (who.ends(at.conn).and_then(|ends| ends.client), tid);
            match event {
                Event::Request(request) => {
                    // One that is sent again has its number, also behind its first reply.
                    asked.entry(client(request.tid)).or_insert((request.op, at.place.time, false));
                }
                Event::Reply(reply) if !matches!(reply.answer, Answer::Forward { .. }) => {
                    if let Some((op, began, replied)) = asked.get_mut(&client(reply.tid))
                        && !std::mem::replace(replied, true)
                    {
                        took.entry(*op).or_default().push(at.place.time.since(*began));
                    }
                }
                _ => {}
            }
        }
        News::Packet(..) => {}
    });
    let report = Report::new(&capture, &pipeline, &Settings::default(), false);
    let (who, filter) = (pipeline.who(), Filter::default());
    let end = report.span().map_or(start, |(_, end)| end);
    let scope = Scope { watch: &watch, who, names: pipeline.names(), start, end };
    let stats = StatsReport {
        messages: Some(MessagesReport::new(&traffic, who, &filter)),
        conversations: Some(ConversationsReport::new(&traffic, &report, who, &filter)),
        requests: Some(scope.requests()),
        caps: Some(scope.caps_latency()),
    };
    let tally = pipeline.front.sessions.tally().iter().map(|(kind, n)| (kind.0, *n)).collect();
    Seen { report, tally, stats, start, took }
}

/// The recorded captures, and every story.
fn all() -> Vec<(String, Seen)> {
    let recorded =
        RECORDED.into_iter().map(|name| (name.to_owned(), read(Capture::open([fixture(name)]))));
    let stories = scenes::all().map(|story| {
        let file = write(&story.story().packets, &Options::default());
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        let readers = [(story.name.to_owned(), reader)];
        let capture = Capture::from_readers(readers, capture::Limits::default());
        (story.name.to_owned(), read(capture))
    });
    recorded.chain(stories).collect()
}

#[test]
fn every_message_is_counted_once_by_type_and_by_connection() {
    for (name, seen) in all() {
        let messages = seen.stats.messages.unwrap();
        let types: HashMap<u16, Tally> = messages
            .types
            .iter()
            .map(|row| (row.number, Tally { messages: row.messages, bytes: row.bytes }))
            .collect();
        assert_eq!(types, seen.tally, "{name}");
        assert_eq!(messages.left_out, 0);
        for row in &messages.types {
            assert_eq!(row.flows.iter().map(|flow| flow.messages).sum::<u64>(), row.messages);
            assert_eq!(row.flows.iter().map(|flow| flow.bytes).sum::<u64>(), row.bytes);
        }
        let percent: f64 = messages.types.iter().map(|row| row.percent).sum();
        let rounding = 0.005 * messages.types.len() as f64 + 1e-9;
        assert!(messages.messages == 0 || (percent - 100.0).abs() <= rounding, "{name} {percent}");
        let conversations = seen.stats.conversations.unwrap().conversations;
        assert_eq!(conversations.len(), seen.report.connections.len(), "{name}");
        let sent: u64 = conversations.iter().map(|c| c.a.messages + c.b.messages).sum();
        assert_eq!(sent, messages.messages, "{name}");
        for row in conversations {
            let same = seen.report.connections.iter().find(|c| c.id == row.connection).unwrap();
            assert_eq!((row.a.messages, row.b.messages), (same.a.messages, same.b.messages));
        }
    }
}

#[test]
fn response_times_are_those_between_requests_and_their_first_replies() {
    let mut replies = 0;
    for name in RECORDED {
        let seen = read(Capture::open([fixture(name)]));
        let requests = seen.stats.requests.unwrap();
        let rows: Vec<_> = requests.ops.iter().filter(|row| row.reply.count > 0).collect();
        assert_eq!(rows.len(), seen.took.len(), "{name}");
        for (op, took) in &seen.took {
            let row = rows.iter().find(|row| row.op_number == Some(op.0)).unwrap();
            let (n, sum) = (took.len() as i64, took.iter().sum::<i64>());
            assert_eq!(row.reply.count, took.len() as u64, "{name} {op}");
            assert_eq!(row.reply.min_ns, took.iter().min().copied(), "{name} {op}");
            assert_eq!(row.reply.max_ns, took.iter().max().copied(), "{name} {op}");
            assert_eq!(row.reply.mean_ns, Some(sum / n), "{name} {op}");
            let mut sorted = took.clone();
            sorted.sort_unstable();
            let (p50, middle) = (row.reply.p50_ns.unwrap(), sorted[(took.len() - 1) / 2]);
            let near = middle - 1_000..=middle + middle / 100 + 1_000;
            assert!(near.contains(&p50), "{name} {op}: {p50} of {sorted:?}");
            assert!(row.safe_reply.count <= row.reply.count);
            replies += took.len();
        }
        assert_eq!(
            requests.all.reply.count as usize,
            seen.took.values().map(Vec::len).sum::<usize>()
        );
    }
    assert!(replies > 100, "{replies}");
}

#[test]
fn tables_fit_eighty_columns() {
    for (name, seen) in all() {
        let mut out = Vec::new();
        let style = Style { width: 80, color: false, unicode: true };
        // Of latencies only caps have rows here, and `latency` is no narrower.
        let stats = StatsReport { caps: None, ..seen.stats };
        render::stats(&stats, &View { all: true, start: Some(seen.start) }, &style, &mut out)
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{name}: {wide:#?}");
    }
}

fn stats(args: &[&str]) -> (Value, Option<i32>) {
    let file = fixture(RECORDED[0]);
    let output = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"))
        .args(["stats", "--format", "json", file.to_str().unwrap()])
        .args(args)
        .output()
        .unwrap();
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), output.status.code())
}

#[test]
fn filters_select() {
    let count = |args: &[&str]| stats(args).0["messages"]["messages"].as_u64().unwrap();
    let all = count(&[]);
    let (before, after) = (count(&["--until", "9"]), count(&["--since", "9.000000001"]));
    assert_eq!(before + after, all);
    assert!(before > 0 && after > 0);
    let (document, _) = stats(&["-z", "conversations", "--client", "4132", "--mds", "1"]);
    let rows = document["conversations"]["conversations"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    let sum: u64 = rows
        .iter()
        .map(|row| row["a"]["messages"].as_u64().unwrap() + row["b"]["messages"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, count(&["--client", "4132", "--mds", "1"]));
    assert!(document["messages"].is_null() && document["requests"].is_null());
    // What an inode does not select is not offered with it.
    let ino = ["--ino", "0x10000000001"];
    let (document, code) = stats(&ino);
    assert!(document["messages"].is_null() && document["requests"].is_object());
    assert_eq!(code, Some(0));
    assert_eq!(stats(&[&ino[..], &["-z", "messages"]].concat()).1, Some(2));
}

#[test]
fn caps_are_those_of_latency() {
    let (document, _) = stats(&["-z", "caps"]);
    let output = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"))
        .args(["latency", "--format", "json"])
        .arg(fixture(RECORDED[0]))
        .output()
        .unwrap();
    let latency: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kinds = latency["kinds"].as_array().unwrap();
    let of_caps = ["revoke", "flush", "migration"];
    let expected: Vec<_> =
        kinds.iter().filter(|kind| of_caps.contains(&kind["kind"].as_str().unwrap())).collect();
    assert_eq!(document["caps"]["kinds"].as_array().unwrap().iter().collect::<Vec<_>>(), expected);
    assert_eq!(expected.len(), 3);
}
