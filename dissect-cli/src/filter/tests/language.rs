//! What filters mean.

use super::*;

/// Those of the first list hold for the EXPORT, those of the second do not.
fn check(yes: &[&str], no: &[&str]) {
    for text in yes {
        assert!(holds(text), "{text}");
    }
    for text in no {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn what_people_type() {
    check(
        &[
            "caps.op == export && caps.mseq > 2 && client == 4125",
            "caps.op==export&&caps.mseq>2&&client==client.4125",
            "caps.issued contains Fr",
            "frame > 100",
            "time >= 8.5",
            "ino == 0x10000000001",
            "path matches \"/dir/**\"",
            "finding == export-without-import",
            "",
            "  ",
        ],
        &[
            "caps.op == import",
            "caps.issued contains Fw",
            "frame > 101",
            "time > 8.5",
            "ino == 0x10000000002",
            "path matches \"/dir/*\"",
            "finding == import-without-export",
        ],
    );
}

#[test]
fn not_before_and_before_xor_before_or() {
    check(
        &[
            "frame || peer.addr && peer.addr",
            "(frame || peer.addr) && frame",
            "not peer.addr and frame",
            "!peer.addr",
            "!!frame",
            "!(frame and peer.addr)",
            "frame xor peer.addr",
            "frame ^^ frame ^^ frame",
            "frame or frame xor frame",
            "NOT peer.addr AND frame OR peer.addr",
            "not frame == 1",
        ],
        &[
            "(frame || peer.addr) && peer.addr",
            "!frame",
            "!frame && frame",
            "not (frame)",
            "not(frame)",
            "frame ^^ frame",
            "(frame or frame) xor frame",
        ],
    );
}

#[test]
fn a_name_alone_asks_whether_there_is_a_value() {
    check(&["caps.wanted", "caps.last"], &["peer.addr", "peer.addr == peer.addr"]);
}

#[test]
fn numbers() {
    check(
        &[
            "frame == 101",
            "frame == 0x65",
            "frame == 0b1100101",
            "frame == 0o145",
            "frame eq 101",
            "frame ge 101 and frame le 101",
            "result == -2",
            "result < -1",
            "result < 0",
            "frame in {1, 2, 101}",
            "frame in {1 2 101}",
            "frame in {5..9, 100..102}",
            "frame in {100 .. 102}",
            "frame in {100.. 102}",
            "frame in {100 ..102}",
            "frame in {101..101}",
            "result in {-3..-1}",
            "frame not in {1}",
            "frame < 18446744073709551615",
            "caps.last == true",
            "caps.last == 1",
            "caps.last != FALSE",
        ],
        &[
            "frame ne 101",
            "frame in {1, 2}",
            "frame in {1..100}",
            "result > -2",
            "frame not in {101}",
        ],
    );
}

#[test]
fn bits() {
    check(
        &[
            "caps.flags & 1",
            "caps.flags&4",
            "caps.flags & 0x7 == 5",
            "caps.flags & 2 == 0",
            "caps.flags bitand 1",
            "caps.flags & 6 in {4}",
            "caps.issued & Frw",
            "caps.issued & Frw == Fr",
            "caps.issued & Fwb == -",
            "!(caps.flags & 2)",
        ],
        &[
            "caps.flags & 2",
            "caps.issued & Fwb",
            "caps.issued & Frw == Frw",
            "peer.addr && caps.flags & 1",
        ],
    );
}

#[test]
fn names_of_numbers() {
    check(
        &[
            "caps.op == 9",
            "caps.op == EXPORT",
            "caps.op in {import, export}",
            "caps.op != flush_ack",
            "caps.op != flush-ack",
            "caps.op == \"export\"",
            "caps.op contains exp",
            "caps.op matches ^EX",
            "caps.op > import",
        ],
        &["caps.op == \"two words\"", "caps.op matches ^port", "caps.op in {grant..import}"],
    );
}

#[test]
fn caps_are_sets() {
    check(
        &[
            "caps.issued == pAsLsXsFscr",
            "caps.issued == pFrcsXsLsAs",
            "caps.issued == 0xd55",
            "caps.issued contains AsFr",
            "caps.issued contains p",
            "caps.wanted == -",
            "caps.issued != -",
            "caps.issued contains caps.wanted",
            "caps.wanted in {-, p}",
            "caps.issued != pAs+0x10000",
        ],
        &["caps.issued == Fr", "caps.issued contains Frw", "caps.wanted contains p"],
    );
}

#[test]
fn snapshots() {
    check(&["snap == head", "snap != 1f", "snap > 0x1f", "snap < snapdir"], &["snap == snapdir"]);
}

#[test]
fn times() {
    check(
        &[
            "time == 8500ms",
            "time == 8.5s",
            "time > 8499999us",
            "time > 8499999999ns",
            "time < 1min",
            "time < 0.5h",
            "time > -1",
            "time in {8..9}",
            "time in {8.25..8.75}",
            "time.utc == 2026-11-23T04:17:23.377218Z",
            "time.utc == 2026-11-23T05:17:23.377218+01:00",
            "time.utc == \"2026-11-23 04:17:23.377218\"",
            "time.utc > 2026-11-23T04:17",
            "time.utc > 2026-11-23",
            "time.utc in {2026-11-23..2026-11-24}",
            "time.utc == 1795407443.377218",
        ],
        &["time > 8500000001ns", "time.utc < 2026-11-23"],
    );
}

#[test]
fn texts() {
    check(
        &[
            "host == größe-01",
            "host == \"größe-01\"",
            "host == 'größe-01'",
            "host == \"gr\\u00f6\\xc3\\x9fe-01\"",
            "host contains ö",
            "host matches \"^GRÖSSE|^GRÖßE-[0-9]+$\"",
            "host matches '\\d\\d$'",
            "host ~ e-",
            "host >= gr",
            "host in {a, größe-01}",
            "host in {\"a\"..\"z\"}",
            "path == /dir/sub/file.log",
            "path contains /sub/",
            "path matches *.log",
            "path matches /dir/**/*.log",
            "path matches sub/**",
            "path ~ \"\\.LOG$\"",
            "path ~ '(?-i)\\.log$'",
            "path >= /dir",
        ],
        &[
            "host == GRÖSSE-01",
            "host contains GR",
            "path matches /DIR/**",
            "path matches /dir",
            "path ~ '(?-i)\\.LOG$'",
            "path contains \"\\\\\"",
            "path contains r'\\n'",
        ],
    );
}

#[test]
fn bytes() {
    check(
        &[
            "caps.xattr contains \"user.\"",
            "caps.xattr contains 01:00",
            "caps.xattr contains 79ff",
            "caps.xattr contains 0xff",
            "caps.xattr contains \"\\x00u\"",
            "caps.xattr matches \"USER\\.[a-z]+\"",
            "caps.xattr matches \"(?-u)\\xff$\"",
            "caps.xattr != 01",
            "caps.xattr > 01-00",
        ],
        &["caps.xattr contains 00:01", "caps.xattr == \"\""],
    );
}

#[test]
fn who() {
    check(
        &[
            "src == mds.0",
            "src == mds",
            "dst == client.4125 and src in {mds.0, mds.1}",
            "dst == client",
            "dst != mds",
            "src != dst",
            "dst contains 41",
            "src matches ^mds",
            "client in {client.1, 4125}",
            "client > 4000",
        ],
        &["src == mds.1", "src == client", "dst == client.412", "src == dst", "src == osd"],
    );
}

#[test]
fn addresses() {
    check(
        &[
            "addr == 10.1.0.2",
            "addr == 10.1.0.2:6800",
            "addr == 10.1.0.11",
            "addr == 10.0.0.0/8",
            "addr == 10.1.0.11/30",
            "addr == ::ffff:10.1.0.2",
            "addr == 0.0.0.0/0",
            "addr in {10.1.0.2:6800, [2001:db8::1]:6801}",
            "addr != ::1",
            "addr != [fe80::1]",
            "addr != fe80::/10",
        ],
        &["addr == 10.1.0.2:6801", "addr == 10.1.0.1", "addr == 10.2.0.0/16", "addr == ::/0"],
    );
}

#[test]
fn labels() {
    check(
        &[
            "finding == seq-gap",
            "finding == seq_gap",
            "finding contains without",
            "finding matches gap$",
        ],
        &["finding == import-without-export", "finding contains WITHOUT"],
    );
}

/// As in Wireshark: `==` holds if any value does, `!=` if all do, and a field without a value never does.
#[test]
fn several_values() {
    check(
        &[
            "finding == seq-gap",
            "finding !== seq-gap",
            "finding ~= seq-gap",
            "finding any_ne seq-gap",
            "any finding != seq-gap",
            "all finding in {seq-gap, export-without-import}",
            "all addr == 10.1.0.0/24",
            "addr === 10.1.0.0/24",
            "addr all_eq 10.1.0.0/24",
            "all frame > 100",
        ],
        &[
            "finding != seq-gap",
            "finding all_ne seq-gap",
            "finding ne seq-gap",
            "finding === seq-gap",
            "all finding == seq-gap",
            "peer.addr == 10.0.0.1",
            "peer.addr != 10.0.0.1",
            "peer.addr === 10.0.0.1",
            "peer.addr !== 10.0.0.1",
            "addr == peer.addr",
            "addr != peer.addr",
        ],
    );
}

#[test]
fn one_field_with_another() {
    check(
        &[
            "caps.mseq == caps.issue_seq",
            "caps.mseq < frame",
            "caps.flags & 1 < caps.mseq",
            "client > frame",
            "path != host",
            "caps.issued != caps.wanted",
        ],
        &["caps.mseq > caps.issue_seq", "path contains host"],
    );
    // Every value with every other, if all are asked for.
    let row = List::default()
        .with("addr", Value::Socket("10.0.0.1:1".parse().unwrap()))
        .with("addr", Value::Socket("10.0.0.2:1".parse().unwrap()))
        .with("peer.addr", Value::Socket("[::ffff:10.0.0.1]:1".parse().unwrap()));
    for (text, want) in [
        ("addr == peer.addr", true),
        ("addr === peer.addr", false),
        ("addr != peer.addr", false),
        ("addr !== peer.addr", true),
    ] {
        assert_eq!(parse(text).unwrap().holds(&row), want, "{text}");
    }
}

#[test]
fn functions() {
    check(
        &[
            "count(finding) == 2",
            "count (finding) >= caps.issue_seq or count( addr ) in {1..2}",
            "len(host) == 10",
            "len(finding) == 7 and len(finding) > 20",
            "all len(finding) > 6",
            "len(caps.xattr) & 1",
            "not count(peer.addr) < 7",
        ],
        &["count(finding) < 2", "count(peer.addr) == 0", "len(finding) === 7", "len(path) > 1000"],
    );
}

/// Of values that a type does not have, nothing holds.
#[test]
fn values_of_another_sort() {
    let row = List::default().with("frame", Value::Text(b"101")).with("host", Value::Uint(1));
    for text in ["frame == 101", "frame != 101", "frame & 1", "host == 1", "host != 1", "host ~ 1"]
    {
        assert!(!parse(text).unwrap().holds(&row), "{text}");
    }
    assert!(parse("frame and host").unwrap().holds(&row));
}

#[test]
fn fields_are_named_once() {
    let filter = parse("frame > 1 && (caps.mseq < frame || frame == 7) && !ino").unwrap();
    let names: Vec<_> = filter.fields().map(|FieldId(id)| FIELDS[id as usize].0).collect();
    assert_eq!(names, ["frame", "caps.mseq", "ino"]);
}
