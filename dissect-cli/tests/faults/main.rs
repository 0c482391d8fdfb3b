//! Captures with damage: what of them is still found, and that nothing is found that was not there.
//!
//! The table of `docs/src/limits.md` is made by
//! `cargo test --release -p ceph-dissect --test faults -- --ignored --nocapture table`.

mod bounds;
mod oracle;
mod run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fixtures::damage::{FAULTS, Format, Headers, Record};
use oracle::Oracle;
use run::{Row, compare, read, suffer};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(name)
}

/// How many examples are shown of what is wrong with a row.
fn shown() -> usize {
    std::env::var("FAULTS_SHOWN").map_or(5, |n| n.parse().expect("a number"))
}

/// What is wrong with a row, if anything is.
fn judge(row: &Row, least: u64) -> Result<(), String> {
    let mut faults = Vec::new();
    // Of less than a thousand, one may be missing too.
    if (row.found + 1) * 1000 < row.whole * least {
        faults.push(format!("{} of {} messages found", row.found, row.whole));
    }
    if row.wrong > 0 {
        faults.push(format!("{} messages that are none", row.wrong));
    }
    if !row.new.is_empty() {
        faults.push(format!("certain and not so without damage: {:?}", row.new));
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\n    {}",
            faults.join("; "),
            row.examples[..row.examples.len().min(shown())].join("\n    ")
        )),
    }
}

/// Every fault once on a capture of the fixtures.
fn each_fault_on(name: &str, format: Format) {
    let oracle = Oracle::of(&fixture(name));
    let whole = read(oracle.recording.whole().write(format).bytes);
    assert_eq!(whole.messages, oracle.all(), "{name}: written again, it is not what it was");
    let mut wrong = Vec::new();
    for named in FAULTS {
        let (row, seen) = suffer(&oracle, &whole, named.fault, 1, format);
        if let Err(why) = judge(&row, named.least) {
            wrong.push(format!("{}: {why}", named.name));
        }
        // What is held for bytes that never come is bounded, and far from the bound here.
        if seen.memory > 2 * whole.memory + (8 << 20) {
            wrong.push(format!(
                "{}: {} bytes held, {} without",
                named.name, seen.memory, whole.memory
            ));
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_left_of_msgr1_is_found_and_nothing_else() {
    each_fault_on("v1-healthy.pcap", Format::Pcap);
}

#[test]
fn what_is_left_of_msgr2_is_found_and_nothing_else() {
    each_fault_on("crc-healthy.pcap.zst", Format::PcapNg);
}

#[test]
fn what_is_left_of_a_crash_is_found_and_nothing_else() {
    each_fault_on("crc-importer-crash.pcapng", Format::PcapNg);
}

#[test]
fn of_two_clusters_in_one_capture_nothing_is_certain() {
    let of = |name| Oracle::of(&fixture(name));
    let (one, other) = (of("v1-healthy.pcap"), of("crc-importer-crash.pcapng"));
    let alone =
        [&one, &other].map(|oracle| read(oracle.recording.whole().write(Format::Pcap).bytes));
    assert!(alone.iter().all(|seen| seen.clusters == 1));
    let damaged = one.recording.with(&other.recording);
    let both = read(damaged.write(Format::PcapNg).bytes);
    assert_eq!(both.clusters, 2);
    let row = compare(&[(&one, &alone[0]), (&other, &alone[1])], &damaged, &both);
    judge(&row, 1000).unwrap();
    assert!(row.certain > 0 && row.doubted > 0 && row.kept == 0, "{row:?}");
    assert!(!both.findings.is_empty() && both.findings.iter().all(|f| f.doubt.is_some()));
}

/// One connection is not captured, or one of its directions, or the first half of one: whichever it is, what is left is
/// found, and nothing is certain that rests on the rest.
#[test]
fn whatever_of_a_connection_is_missing_nothing_new_is_certain() {
    /// Shorter ones hold no caps.
    const LONG: usize = 40;
    let oracle = Oracle::of(&fixture("crc-importer-crash.pcapng"));
    let whole = read(oracle.recording.whole().write(Format::Pcap).bytes);
    let ports = |record: &Record| {
        let bytes = &record.packet.bytes;
        let tcp = Headers::of(oracle.recording.link, bytes)?.tcp;
        let port = |at| u16::from_be_bytes([bytes[tcp + at], bytes[tcp + at + 1]]);
        Some((port(0), port(2)))
    };
    let mut flows = BTreeMap::new();
    for flow in oracle.recording.whole().records.iter().filter_map(ports) {
        *flows.entry(flow).or_insert(0) += 1;
    }
    let mut tried = 0;
    for ((from, to), packets) in flows.into_iter().filter(|(_, packets)| *packets > LONG) {
        for (what, most, both) in [
            ("the connection", usize::MAX, true),
            ("the direction", usize::MAX, false),
            ("its first half", packets / 2, false),
        ] {
            let (mut damaged, mut gone) = (oracle.recording.whole(), 0);
            damaged.records.retain(|record| {
                let is_of = |flow| flow == (from, to) || both && flow == (to, from);
                let lost = ports(record).is_some_and(is_of) && gone < most;
                gone += usize::from(lost);
                !lost
            });
            let seen = read(damaged.write(Format::Pcap).bytes);
            let row = compare(&[(&oracle, &whole)], &damaged, &seen);
            judge(&row, 999).unwrap_or_else(|why| panic!("{what} from {from} to {to}: {why}"));
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

/// The captures to make the table of: those given in `FAULTS_CAPTURES`, or all that are beside this checkout but
/// the longest one, and the fixtures'.
fn captures() -> Vec<PathBuf> {
    if let Some(given) = std::env::var_os("FAULTS_CAPTURES") {
        return std::env::split_paths(&given).collect();
    }
    let mut all: Vec<_> = ["v1-healthy.pcap", "crc-healthy.pcap.zst", "crc-importer-crash.pcapng"]
        .map(fixture)
        .into();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    match std::fs::read_dir(&beside) {
        Ok(entries) => {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            let mut paths: Vec<_> = paths
                .filter(|path| {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let is_capture = name.ends_with(".pcap") || name.ends_with(".pcapng");
                    is_capture && !name.contains("secure")
                })
                .collect();
            paths.sort();
            all.extend(paths);
        }
        Err(_) => eprintln!("skipped, not there: {}", beside.display()),
    }
    all
}

#[test]
#[ignore = "takes minutes; writes the table of docs/src/limits.md"]
fn table() {
    let seeds: u64 = std::env::var("FAULTS_SEEDS").map_or(1, |n| n.parse().expect("a number"));
    let verbose = std::env::var_os("FAULTS_VERBOSE").is_some();
    let only = std::env::var("FAULTS_ONLY").unwrap_or_default();
    let faults: Vec<_> = FAULTS.iter().filter(|named| named.name.contains(&only)).collect();
    let mut rows = vec![Row::default(); faults.len()];
    let mut both = Row::default();
    let mut before: Option<(Oracle, run::Seen)> = None;
    for (number, path) in captures().iter().enumerate() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let oracle = Oracle::of(path);
        let format = if number % 2 == 0 { Format::Pcap } else { Format::PcapNg };
        let whole = read(oracle.recording.whole().write(format).bytes);
        assert_eq!(whole.messages, oracle.all(), "{name}: written again, it is not what it was");
        for (row, named) in rows.iter_mut().zip(&faults) {
            for seed in 1..=seeds {
                let (one, seen) = suffer(&oracle, &whole, named.fault, seed, format);
                if verbose && one.found < one.whole {
                    let missed = &one.examples[..one.examples.len().min(shown())];
                    eprintln!("{name}, {}, seed {seed}: {missed:#?}", named.name);
                }
                if verbose && let Err(why) = judge(&one, named.least) {
                    eprintln!("{name}, {}, seed {seed}: {why}\n    {:?}", named.name, seen.stream);
                }
                *row += one;
            }
        }
        if let Some((other, seen)) =
            before.filter(|(other, _)| other.recording.link == oracle.recording.link)
        {
            let damaged = oracle.recording.with(&other.recording);
            let file = damaged.write(format).bytes;
            let one = compare(&[(&oracle, &whole), (&other, &seen)], &damaged, &read(file));
            if verbose && let Err(why) = judge(&one, 999) {
                eprintln!("{name}, with another: {why}");
            }
            both += one;
        }
        before = Some((oracle, whole));
    }
    println!(
        "| fault | packets left | messages whose bytes all survived | found of these | percent | wrong ones | certain findings: left, doubted, of | certain new ones |"
    );
    println!("| --- | --: | --: | --: | --: | --: | --: | --: |");
    let mut worse = Vec::new();
    let named = faults.iter().map(|named| named.name).chain(["two captures in one"]);
    for (name, row) in named.zip(rows.iter().chain([&both])) {
        let percent = |part: u64, all: u64| 100.0 * part as f64 / all.max(1) as f64;
        let new: u64 = row.new.values().sum();
        println!(
            "| {name} | {} | {} | {} | {:.2} | {} | {}, {}, {} | {new} |",
            row.left,
            row.whole,
            row.found,
            percent(row.found, row.whole),
            row.wrong,
            row.kept,
            row.doubted,
            row.certain,
        );
        let least = FAULTS.iter().find(|named| named.name == name).map_or(999, |named| named.least);
        if row.found * 1000 < row.whole * least || row.wrong > 0 || new > 0 {
            worse.push(name);
        }
        if verbose {
            eprintln!("{name}: gaps {}, new {:?}, missed {:?}", row.gaps, row.new, row.missed);
        }
    }
    assert!(
        worse.is_empty(),
        "found too little, or what was not there, or sure of too much: {worse:?}"
    );
}

#[test]
fn the_table_in_the_book_has_every_fault() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/limits.md");
    let book = std::fs::read_to_string(book).unwrap();
    for named in FAULTS {
        assert!(
            book.contains(&format!("\n| {} |", named.name)),
            "{} is not in the table",
            named.name
        );
    }
}
