//! What is asked for on the command line: which files, which messages, and what is said if there are none.

use std::path::Path;
use std::process::{Command, Output};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data");

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    command.current_dir(DATA).args(args).output().unwrap()
}

/// What it writes, of a run that is well.
fn out(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What it says on standard error, and its status.
fn said(args: &[&str]) -> (String, i32) {
    let output = run(args);
    (String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

const CRASH: &str = "crc-importer-crash.pcapng";
const HEALTHY: &str = "v1-healthy.pcap";

#[test]
fn files_are_read_in_the_order_given_however_they_are() {
    let columns = ["messages", "-T", "fields", "-e", "file", "-e", "frame", "-Y", "mdsmap"];
    let both = out(&[&columns[..], &[HEALTHY, CRASH]].concat());
    assert!(both.lines().next().unwrap().starts_with(HEALTHY));
    for files in [
        &["-r", HEALTHY, "-r", CRASH][..],
        &["-r", HEALTHY, CRASH],
        &[HEALTHY, "--read-file", CRASH],
    ] {
        assert_eq!(out(&[&columns[..], files].concat()), both, "{files:?}");
    }
    let other = out(&[&columns[..], &["-r", CRASH, HEALTHY]].concat());
    assert!(other.lines().next().unwrap().starts_with(CRASH));
}

#[test]
fn every_command_that_reads_captures_takes_them_as_tshark_does() {
    let help = out(&["--help"]);
    let mut reading = 0;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        // Other lines go on with what the command does.
        let Some(name) = line.get(2..).filter(|rest| !rest.starts_with(' ')) else { continue };
        let name = name.split_whitespace().next().unwrap();
        if name == "help" {
            continue;
        }
        let page = out(&[name, "--help"]);
        if page.contains("[FILE]...") {
            assert!(page.contains("-r, --read-file <FILE>"), "{name}");
            reading += 1;
        }
    }
    assert!(reading > 15, "{reading}");
    assert_eq!(said(&["messages"]).1, 2);
}

#[test]
fn who_gets_nothing_is_told_what_there_is() {
    for (args, says) in [
        (&["messages", CRASH, "--ino", "0x1234"][..], "inode 0x1234: the capture speaks of 12"),
        (
            &["messages", CRASH, "--client", "9"],
            "client.9 is not in the capture: there is client.4118",
        ),
        (
            &["messages", CRASH, "-Y", "caps.mseq > 999"],
            "none of 966 messages is what was asked for",
        ),
        (&["messages", CRASH, "-Y", "caps.mseq > 999"], "230 client_caps"),
        (&["messages", CRASH, "--frame", "9999-"], "the last frame is 2491"),
        (&["follow", CRASH, "--ino", "0x1234"], "the capture speaks of 12"),
        (&["follow", CRASH, "--conn", "3", "--mds", "7"], "mds.7 is not in the capture"),
    ] {
        let (said, status) = said(args);
        assert!(said.contains(says), "{args:?}: {said}");
        assert_eq!(status, 0, "{args:?}");
    }
    let (said, status) = said(&["follow", CRASH, "--conversation", "client.1,mds.9"]);
    assert!(said.contains("client.4130,mds.1") && said.contains("and 9 more"), "{said}");
    assert_eq!(status, 2);
}

#[test]
fn numbers_and_ranges_are_asked_for_in_our_own_words() {
    for (args, says) in [
        (&["follow", CRASH, "--conn", "x"][..], "expected a number such as 20"),
        (&["follow", CRASH, "--conn=-1"], "not negative"),
        (&["messages", CRASH, "-c", "99999999999999999999"], "too large"),
        (&["timeline", CRASH, "--limit", "many"], "expected a number such as 20"),
        (&["messages", CRASH, "--frame", "30-20"], "ends before it begins"),
        (&["messages", CRASH, "--frame", "-"], "a range such as 100-200 or 100-"),
        (&["messages", CRASH, "--frame", "x-"], "a range such as 100-200 or 100-"),
    ] {
        let (said, status) = said(args);
        assert!(said.contains(says) && status == 2, "{args:?}: {said}");
    }
    let frames =
        |range: &str| out(&["messages", CRASH, "-T", "fields", "-e", "frame", "--frame", range]);
    assert_eq!(frames("2400-"), frames("2400-2491"));
    assert!(frames("2400-").lines().count() > 1);
}

#[test]
fn annotate_takes_a_filter_of_messages() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asked-annotate");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("exports.pcapng");
    let file = file.to_str().unwrap();
    for filter in ["caps.op == export", "finding == export-without-import && client == 4132"] {
        out(&["annotate", CRASH, "--only", "-Y", filter, "-o", file]);
        let columns = ["-T", "fields", "-e", "time.utc", "-e", "client", "-e", "caps.cap_id"];
        let want = out(&[&["messages", CRASH, "-Y", filter][..], &columns].concat());
        assert!(!want.is_empty());
        // What is kept has these messages; their findings may rest on what is not kept.
        let filter = filter.replace("finding == export-without-import", "caps.op == export");
        let kept = out(&[&["messages", file, "-Y", &filter][..], &columns].concat());
        for line in want.lines() {
            assert!(kept.lines().any(|kept| kept == line), "{line}\n{kept}");
        }
        let written = out(&["messages", file, "-T", "fields", "-e", "frame"]).lines().count();
        assert!(written < 400, "{written}");
    }
    let findings =
        |args: &[&str]| out(&[&["annotate", CRASH, "--no-summaries", "-o", file], args].concat());
    assert!(findings(&["-Y", "client == 4130"]).contains("with comments"));
    assert!(findings(&["-Y", "caps.op == import"]).contains(", 0 with comments"));
    for (args, says) in [
        (&["--only", "--finding", "seq-gap"][..], "is seq-gap: there are 9 export-without-import"),
        (&["--only", "-Y", "caps.mseq > 999"], "no message and no finding is what was asked for"),
        (&["-Y", "mseq > 9"], "did you mean caps.mseq"),
    ] {
        let (said, _) = said(&[&["annotate", CRASH, "-o", file], args].concat());
        assert!(said.contains(says), "{args:?}: {said}");
    }
}

#[test]
fn where_nothing_was_read_nothing_has_begun() {
    let commands = "timeline revokes flushes waits latency pingpong migrations holders sessions reconnects \
                    connections top stats";
    for command in commands.split_whitespace() {
        for more in [&[][..], &["--path", "/x"]] {
            let takes_paths = !["sessions", "reconnects", "connections", "top"].contains(&command);
            if !more.is_empty() && !takes_paths {
                continue;
            }
            let output = run(&[&[command, "no-such-file.pcap"], more].concat());
            let told = String::from_utf8(output.stdout).unwrap();
            assert!(
                !told.contains("1970") && !told.contains("0 s is"),
                "{command} {more:?}: {told}"
            );
            assert_eq!(output.status.code(), Some(2), "{command}");
            let told = out(&[command, CRASH]);
            assert!(!told.contains("1970"), "{command}: {told}");
        }
    }
}

/// Runs it with a capture at standard input.
fn piped(args: &[&str], capture: &str) -> Output {
    let file = std::fs::File::open(Path::new(DATA).join(capture)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ceph-dissect"));
    command.current_dir(DATA).args(args).stdin(file).output().unwrap()
}

#[test]
fn who_wanted_no_more_missed_nothing() {
    for more in [&["-c", "3"][..], &["-c3", "-Y", "caps.op == export"], &["-c", "1", "-T", "json"]]
    {
        let args = [&["messages", "-"][..], more].concat();
        let output = piped(&args, CRASH);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        let of_file = run(&[&["messages", CRASH][..], more].concat());
        if !more.contains(&"json") {
            assert_eq!(output.stdout.split(|b| *b == b'\n').count() - 1, 3, "{args:?}");
        }
        assert_eq!(of_file.status.code(), Some(0), "{more:?}");
    }
    // What was wrong before there was enough is said.
    let output = piped(&["messages", "no-such-file.pcap", "-", "-c3"], CRASH);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such-file.pcap"));
}

#[test]
fn a_pipe_has_the_usual_columns_without_findings() {
    let columns = ["messages", "-", "-T", "csv"];
    let output = piped(&columns, CRASH);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let piped_lines = String::from_utf8(output.stdout).unwrap();
    let lines = out(&["messages", CRASH, "-T", "csv"]);
    assert_eq!(piped_lines.lines().next(), lines.lines().next());
    assert_eq!(piped_lines.lines().count(), lines.lines().count());
    for asked in [&["-e", "finding"][..], &["-Y", "finding"]] {
        let output = piped(&[&columns[..], asked].concat(), CRASH);
        assert_eq!(output.status.code(), Some(2), "{asked:?}");
    }
}

#[test]
fn fields_of_wireshark_are_told_what_they_are_here() {
    for (filter, says) in [
        ("ip.src == 10.88.0.12", "here it is src.addr, as in src.addr == 10.0.0.1"),
        ("ip.dst == 10.88.0.12", "here it is dst.addr"),
        ("ip.addr == 10.88.0.12", "src.addr and dst.addr"),
        ("tcp.port == 6800", "src.addr and dst.addr"),
        ("tcp.srcport == 6800", "src.addr == 10.0.0.1:6800"),
        ("tcp.stream == 1", "here it is conn"),
        ("frame.time_epoch > 1", "here it is time.utc"),
        ("_ws.col.Info == \"x\"", "here it is summary"),
        ("MClientCaps", "`type == MClientCaps`"),
        ("src == 10.88.0.12", "compared with src.addr"),
        ("dst in {10.88.0.12:6800}", "compared with dst.addr"),
        ("zzzzqqqq == 1", "`ceph-dissect fields` lists them all"),
    ] {
        let (said, status) = said(&["messages", CRASH, "-Y", filter]);
        assert!(said.contains(says) && !said.contains("did you mean"), "{filter}: {said}");
        assert_eq!(status, 2, "{filter}");
        let name = filter.split(' ').next().unwrap();
        if !["src", "dst"].contains(&name) {
            let (said, _) = self::said(&["messages", CRASH, "-T", "fields", "-e", name]);
            assert!(said.contains(says), "{name}: {said}");
        }
    }
    let count = |filter| out(&["messages", CRASH, "-Y", filter]).lines().count();
    assert_eq!(count("ceph"), count(""));
    assert_eq!(count("ceph.msg.client_caps"), count("type == client_caps"));
    assert_ne!(count("ceph.msg.client_caps"), count("ceph"));
}

#[test]
fn times_are_read_as_they_are_shown() {
    let timeline = out(&["timeline", CRASH]);
    let shown = timeline.lines().find_map(|line| line.split_once("0 s is ")).unwrap().1;
    let shown = shown.split_inclusive("UTC").next().unwrap();
    assert!(shown.ends_with(" UTC"), "{shown}");
    let plain = shown.strip_suffix(" UTC").unwrap();
    let rfc = format!("{}Z", plain.replace(' ', "T"));
    let epoch = out(&["messages", CRASH, "-t", "epoch", "-c", "1"]);
    let epoch = epoch.split_whitespace().nth(1).unwrap();
    let all = out(&["messages", CRASH]);
    for start in [shown, plain, &rfc, &format!("{plain}Z"), epoch, "0", "0ms"] {
        assert_eq!(out(&["messages", CRASH, "--since", start]), all, "{start}");
    }
    let late = out(&["messages", CRASH, "--since", "9.5"]);
    assert_ne!(late, all);
    for since in ["9500ms", "9.5s", "9500000us"] {
        assert_eq!(out(&["messages", CRASH, "--since", since]), late, "{since}");
    }
    for until in ["1min", "1h", "2m", "9999999999", "99999999999999"] {
        assert_eq!(out(&["messages", CRASH, "--until", until]), all, "{until}");
    }
    for start in [shown, plain, &rfc, &format!("\"{shown}\""), epoch] {
        for filter in [
            format!("time.utc >= {start} && frame"),
            format!("time.utc in {{{start} .. 2100-01-01 00:00}}"),
            format!("time.utc in {{2020-01-01 {start}..2100-01-01 00:00 UTC}}"),
        ] {
            assert_eq!(out(&["messages", CRASH, "-Y", &filter]), all, "{filter}");
        }
        out(&["holders", CRASH, "--at", start.trim_matches('"')]);
    }
    let (said, status) = said(&["messages", CRASH, "--since", "noon"]);
    assert!(said.contains("2min") && status == 2, "{said}");
}

#[test]
fn who_has_nothing_to_read_is_told_so() {
    let bytes = std::fs::read(Path::new(DATA).join(HEALTHY)).unwrap();
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asked-nothing");
    std::fs::create_dir_all(&dir).unwrap();
    // The header of the file alone.
    let empty = dir.join("empty.pcap");
    std::fs::write(&empty, &bytes[..24]).unwrap();
    // The first packet begins a connection, and says nothing.
    let length = u32::from_le_bytes(bytes[32..36].try_into().unwrap()) as usize;
    let silent = dir.join("silent.pcap");
    std::fs::write(&silent, &bytes[..40 + length]).unwrap();
    for command in ["messages", "events"] {
        for (file, says) in
            [(&empty, "the capture has no packets\n"), (&silent, "no messages that can be read\n")]
        {
            let (said, status) = said(&[command, file.to_str().unwrap()]);
            assert!(said.ends_with(says) && status == 0, "{command}: {said}");
            let lines = said.lines().filter(|line| line.contains("the capture has no")).count();
            assert_eq!(lines, 1, "{command}: {said}");
        }
        let (said, status) = said(&[command, "no-such-file.pcap"]);
        assert!(!said.contains("no packets") && status == 2, "{command}: {said}");
    }
    let (said, _) = said(&["follow", empty.to_str().unwrap(), "--ino", "1"]);
    assert!(said.contains("the capture has no packets"), "{said}");
}

#[test]
fn what_was_typed_is_not_obeyed() {
    for args in [
        &["messages", CRASH, "-T", "fields", "-e", "\x1b[31mx"][..],
        &["messages", CRASH, "-T", "fields", "-E", "\x1b[31m=x", "-e", "frame"],
        &["messages", CRASH, "-Y", "\x1b[31mx == 1"],
        &["messages", CRASH, "-Y", "caps.op == \x1b[31mx"],
        &["messages", CRASH, "--path", "/\x1b[31mx"],
        &["messages", CRASH, "--ino", "\x1b[31mx"],
        &["messages", CRASH, "\x1b[31m--x"],
        &["messages", CRASH, "--\x1b[31mx"],
        &["follow", CRASH, "--conversation", "client.\x1b[31m,mds.0"],
        &["fields", "\x1b[31mx"],
        &["explain", "\x1b[31mx"],
        &["\x1b[31mx"],
    ] {
        let output = run(args);
        assert!(!output.stderr.is_empty(), "{args:?}");
        assert!(!output.stderr.contains(&0x1b), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn numbers_that_do_not_fit_are_told_from_what_are_none() {
    for (args, says) in [
        (&["--ino", "0xffffffffffffffffff"][..], "more than 64 bits"),
        (&["--ino", "99999999999999999999"], "more than 64 bits"),
        (&["--ino", "x"], "expected an inode number"),
        (&["--client", "18446744073709551616"], "more than 64 bits"),
        (&["--client", "client.18446744073709551616"], "more than 64 bits"),
        (&["--frame", "99999999999999999999"], "more than 64 bits"),
        (&["--frame", "1-99999999999999999999"], "more than 64 bits"),
        (&["--frame", "0"], "frames count from 1"),
        (&["--frame", "0-5"], "frames count from 1"),
        (&["-c", "-1"], "not negative"),
        (&["--ino", "-1"], "expected an inode number"),
        (&["-w", "out.pcap"], "ceph-dissect annotate"),
    ] {
        let (said, status) = said(&[&["messages", CRASH][..], args].concat());
        assert!(said.contains(says) && status == 2, "{args:?}: {said}");
        assert!(!said.contains("unexpected argument"), "{args:?}: {said}");
    }
    // A time before the capture is one, and nothing is there.
    let (said, status) = said(&["messages", CRASH, "--until", "-1"]);
    assert!(said.contains("--until") && !said.contains("unexpected") && status == 0, "{said}");
    assert_eq!(out(&["messages", CRASH, "--since", "-1"]), out(&["messages", CRASH]));
    assert_eq!(out(&["messages", CRASH, "-l", "-n"]), out(&["messages", CRASH]));
}

#[test]
fn who_has_to_choose_is_told_what_to_write() {
    let (text, status) = said(&["follow", CRASH, "--migration", "1"]);
    assert!(text.contains("--migration 1@0 is of 0x10000000000") && status == 2, "{text}");
    assert!(!out(&["follow", CRASH, "--migration", "1@0"]).is_empty());
    let (text, status) = said(&["messages"]);
    assert!(text.contains("`-` for standard input") && status == 2, "{text}");
    for args in [&["check", "-", "-"][..], &["messages", "-", "-r", "-"]] {
        let (text, status) = said(args);
        assert!(text.contains("give `-` only once") && status == 2, "{text}");
    }
}
