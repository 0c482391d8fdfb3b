//! What filters choose from real captures is what another reader chooses from the JSON of all messages: one that
//! knows neither the language nor the fields.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const CAPTURES: [&str; 2] = ["crc-importer-crash.pcapng", "v1-healthy.pcap"];

/// Runs `messages` and reads its records.
fn messages(capture: &Path, filter: Option<&str>) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    command.args(["messages", "-T", "ndjson"]).arg(capture);
    if let Some(filter) = filter {
        command.args(["-Y", filter]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{filter:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A message as JSON has it.
#[derive(Clone, Copy)]
struct Told<'a>(&'a Value);

impl Told<'_> {
    fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    fn number(&self, key: &str) -> i64 {
        self.0[key].as_i64().unwrap_or(i64::MIN)
    }

    /// A field at the head of MClientCaps.
    fn head(&self, key: &str) -> Option<&Value> {
        self.0["fields"]["head"].get(key).filter(|_| self.text("type") == "client_caps")
    }

    fn op(&self) -> Option<&str> {
        self.head("op").and_then(Value::as_str)
    }

    fn of_caps(&self, key: &str) -> Option<i64> {
        self.head(key).and_then(Value::as_i64)
    }

    /// Whether a set of caps, as text, has this letter in this group.
    fn has(&self, key: &str, group: char, letter: char) -> bool {
        let text = self.head(key).and_then(Value::as_str).unwrap_or_default();
        let behind = text.split(group).nth(1).unwrap_or_default();
        behind.chars().take_while(char::is_ascii_lowercase).any(|c| c == letter)
    }

    fn says(&self, key: &str, text: &str) -> bool {
        self.head(key).and_then(Value::as_str) == Some(text)
    }
}

type Oracle = fn(Told<'_>) -> bool;

const FILTERS: &[(&str, Oracle)] = &[
    ("", |_| true),
    ("caps.op == export", |m| m.op() == Some("export")),
    ("caps", |m| m.text("type") == "client_caps"),
    ("caps || session && !reply", |m| matches!(m.text("type"), "client_caps" | "client_session")),
    ("caps.op != export", |m| m.op().is_some_and(|op| op != "export")),
    ("!(caps.op == export)", |m| m.op() != Some("export")),
    ("caps.op in {import, export}", |m| matches!(m.op(), Some("import" | "export"))),
    ("caps.mseq > 0 && caps.seq <= 1", |m| {
        m.of_caps("mseq").is_some_and(|n| n > 0) && m.of_caps("seq").is_some_and(|n| n <= 1)
    }),
    ("caps.issued contains Fr && caps.issued & Fxw", |m| {
        m.has("caps", 'F', 'r') && (m.has("caps", 'F', 'x') || m.has("caps", 'F', 'w'))
    }),
    ("caps.issued contains AsFc and not caps.wanted & Fwb", |m| {
        m.has("caps", 'A', 's')
            && m.has("caps", 'F', 'c')
            && !(m.has("wanted", 'F', 'w') || m.has("wanted", 'F', 'b'))
    }),
    ("caps.wanted == - ^^ caps.mseq === 1", |m| {
        m.says("wanted", "-") != (m.of_caps("mseq") == Some(1))
    }),
    ("caps.wanted == caps.caps", |m| {
        m.head("wanted").is_some() && m.head("wanted") == m.head("caps")
    }),
    ("client == 4130 && frame in {700..1500}", |m| {
        m.number("client") == 4130 && (700..=1500).contains(&m.number("frame"))
    }),
    ("time >= 2.5 && time < 9028400us", |m| {
        (2_500_000_000..9_028_400_000).contains(&m.number("elapsed_ns"))
    }),
    ("src == mds && dst == client", |m| {
        m.text("src").starts_with("mds.") && m.text("dst").starts_with("client.")
    }),
    ("dst.addr == 10.88.0.12", |m| m.text("dst_addr").starts_with("10.88.0.12:")),
    ("type contains session && version >= 2", |m| {
        m.text("type").contains("session") && m.number("version") >= 2
    }),
    ("summary ~ '^CLIENT_CAPS\\(im'", |m| m.text("summary").starts_with("client_caps(im")),
    ("finding == export-without-import", |m| {
        m.0["findings"].as_array().unwrap().iter().any(|code| code == "export-without-import")
    }),
    ("len in {100..300} and not tid == 0", |m| {
        let len = m.number("front_len") + m.number("middle_len") + m.number("data_len");
        (100..=300).contains(&len) && m.number("tid") != 0
    }),
];

#[test]
fn filters_choose_what_json_says() {
    // How many of the filters choose some messages and not all: the others say little.
    let mut telling = 0;
    for capture in CAPTURES {
        let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(capture);
        let all = messages(&capture, None);
        for (filter, oracle) in FILTERS {
            let want: Vec<_> = all.iter().filter(|message| oracle(Told(message))).collect();
            let got = messages(&capture, Some(filter));
            assert!(got.iter().eq(want.iter().copied()), "{filter}: {} {}", got.len(), want.len());
            telling += usize::from((1..all.len()).contains(&got.len()));
        }
    }
    assert!(telling > FILTERS.len(), "{telling}");
}
