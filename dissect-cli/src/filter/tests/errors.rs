//! What is said of filters that are wrong.

use super::super::{MAX_DEPTH, MAX_PATTERNS, MAX_TEXT};
use super::*;

/// The error in full.
fn error(text: &str) -> String {
    parse(text).expect_err(text).show(text).to_string()
}

#[test]
fn they_point_at_the_spot_and_say_what_is_right() {
    for (text, want) in [
        (
            "caps.opp == export",
            "no field is called `caps.opp`\n  caps.opp == export\n  ^^^^^^^^\n  did you mean caps.op?",
        ),
        ("mseq > 2", "no field is called `mseq`\n  mseq > 2\n  ^^^^\n  did you mean caps.mseq?"),
        (
            "frame && caps",
            "no field is called `caps`\n  frame && caps\n           ^^^^\n  names that begin so are caps.mseq, caps.op, caps.issued, caps.wanted, caps.xattr",
        ),
        (
            "caps.op == exprt",
            "`exprt` is unknown; expected a name such as grant, or a number\n  caps.op == exprt\n             ^^^^^\n  did you mean export?",
        ),
        (
            "caps.op == zzz",
            "`zzz` is unknown; expected a name such as grant, or a number\n  caps.op == zzz\n             ^^^\n  known are grant, revoke, flush_ack, export, import, two words",
        ),
        ("frame = 3", "no such operator\n  frame = 3\n        ^\n  it is `==`"),
        ("frame => 3", "no such operator\n  frame => 3\n        ^^\n  it is `>=`"),
        ("frame >", "expected a number such as 3 or 0x1f, but here it ends\n  frame >\n         ^"),
        ("frame == x", "expected a number such as 3 or 0x1f\n  frame == x\n           ^"),
        (
            "frame == -1",
            "expected a number such as 3 or 0x1f\n  frame == -1\n           ^^\n  it is never negative",
        ),
        (
            "frame == 007",
            "expected a number such as 3 or 0x1f\n  frame == 007\n           ^^^\n  numbers have no zeros in front: write 7, or 0o7 if it is octal",
        ),
        (
            "frame == 10ab",
            "expected a number such as 3 or 0x1f\n  frame == 10ab\n           ^^^^\n  hexadecimal numbers begin with 0x",
        ),
        (
            "frame == 99999999999999999999",
            "expected a number such as 3 or 0x1f\n  frame == 99999999999999999999\n           ^^^^^^^^^^^^^^^^^^^^\n  that is more than 64 bits",
        ),
        (
            "caps.issued > Fw",
            "caps.issued holds sets of caps, which are not greater or smaller\n  caps.issued > Fw\n              ^\n  `contains Fw` asks whether bits are there, `== pAsFw` for just these, `& Frw` for any of them",
        ),
        (
            "caps.issued contains pAsrw",
            "expected caps as Ceph writes them, such as pAsLsXsFscr or Fw, or - for none\n  caps.issued contains pAsrw\n                          ^^\n  groups are A, L, X and F, such as AsLsXsFsxcrwb, and p alone",
        ),
        (
            "caps.issued contains rw",
            "expected caps as Ceph writes them, such as pAsLsXsFscr or Fw, or - for none\n  caps.issued contains rw\n                       ^^\n  letters have a group in front, such as Frw",
        ),
        (
            "caps.issued contains -",
            "caps.issued holds sets of caps, which contain none always\n  caps.issued contains -\n              ^^^^^^^^\n  none at all is `== -`",
        ),
        (
            "time > 2026-11-23",
            "expected seconds such as 8.5, or a span such as 250ms\n  time > 2026-11-23\n         ^^^^^^^^^^\n  such a time can be compared with time.utc",
        ),
        (
            "time.utc > 5ms",
            "expected a moment such as 2026-11-23T04:17:32.4Z\n  time.utc > 5ms\n             ^^^\n  such a time can be compared with time",
        ),
        (
            "time > 0.1ns",
            "expected seconds such as 8.5, or a span such as 250ms\n  time > 0.1ns\n         ^^^^^",
        ),
        ("(frame", "this parenthesis is not closed\n  (frame\n  ^"),
        ("frame)", "this parenthesis was not opened\n  frame)\n       ^"),
        (
            "frame | ino",
            "expected && or ||\n  frame | ino\n        ^\n  one of both is `||`, or `or`",
        ),
        (
            "frame & ino",
            "expected a number such as 3 or 0x1f\n  frame & ino\n          ^^^\n  `&` chooses bits; both of two tests is `&&`",
        ),
        (
            "path & frame",
            "path has no bits: it holds paths\n  path & frame\n       ^\n  `&` chooses bits; both of two tests is `&&`",
        ),
        ("frame & 0", "no bit is chosen\n  frame & 0\n          ^"),
        (
            "frame in 3",
            "expected a list in braces\n  frame in 3\n           ^\n  such as {1, 2, 5..9}",
        ),
        ("frame in {}", "nothing is in this list\n  frame in {}\n           ^^"),
        ("frame in {1, 2", "this brace is not closed\n  frame in {1, 2\n           ^"),
        (
            "frame in {9..1}",
            "this range ends before it begins\n  frame in {9..1}\n            ^^^^",
        ),
        (
            "caps.issued in {p..Fw}",
            "there are no ranges of sets of caps\n  caps.issued in {p..Fw}\n                   ^^\n  `contains Fw` asks whether bits are there, `== pAsFw` for just these, `& Frw` for any of them",
        ),
        (
            "frame contains 1",
            "frame holds numbers, which contain nothing\n  frame contains 1\n        ^^^^^^^^\n  numbers have `==`, `<`, `in {...}`, `&` and the like",
        ),
        (
            "ino ~ 1",
            "ino holds inode numbers, which match no patterns\n  ino ~ 1\n      ^\n  numbers have `==`, `<`, `in {...}`, `&` and the like",
        ),
        ("host == \"a", "this quote is not closed\n  host == \"a\n          ^"),
        (
            "host == \"a\\q\"",
            "no such escape\n  host == \"a\\q\"\n            ^^\n  known are \\\" \\' \\\\ \\n \\r \\t \\0 \\xff \\u263a; in r\"...\" a backslash is one",
        ),
        (
            "host matches \"(a\"",
            "no regular expression: unclosed group\n  host matches \"(a\"\n               ^^^^",
        ),
        (
            "host matches *.log",
            "no regular expression: repetition operator missing expression\n  host matches *.log\n               ^^^^^\n  this takes regular expressions: any characters are `.*`",
        ),
        (
            "caps.op export",
            "expected an operator, such as == or contains, or && or ||\n  caps.op export\n          ^^^^^^",
        ),
        (
            "host contain a",
            "expected an operator, such as == or contains, or && or ||\n  host contain a\n       ^^^^^^^\n  did you mean contains?",
        ),
        (
            "3 == frame",
            "expected a field\n  3 == frame\n  ^\n  a test begins with a field's name, and the value comes behind it",
        ),
        (
            "upper(host) == a",
            "no such function\n  upper(host) == a\n  ^^^^^\n  there are count() and len()",
        ),
        ("count(ino == 1", "expected )\n  count(ino == 1\n            ^"),
        (
            "count(ino) && ino",
            "this is a number, and needs a comparison\n  count(ino) && ino\n  ^^^^^^^^^^",
        ),
        (
            "len(ino) > 1",
            "ino holds inode numbers, which have no length\n  len(ino) > 1\n  ^^^^^^^",
        ),
        ("len(path) > x", "expected a number such as 3 or 0x1f\n  len(path) > x\n              ^"),
        ("frame &&", "expected a field, but here it ends\n  frame &&\n          ^"),
        (
            "caps.op == 09",
            "`09` is unknown; expected a name such as grant, or a number\n  caps.op == 09\n             ^^\n  numbers have no zeros in front: write 9",
        ),
        (
            "addr == 010.0.0.1",
            "expected an address such as 10.0.0.1, 10.0.0.1:6800 or 10.0.0.0/24\n  addr == 010.0.0.1\n          ^^^^^^^^^\n  numbers have no zeros in front: write 10.0.0.1",
        ),
        (
            "host[0:4] == ab",
            "there are no slices\n  host[0:4] == ab\n      ^^^^^\n  `contains` and `matches` look into texts and bytes, `&` at bits of numbers",
        ),
        (
            "frame ^^ ^^ ino",
            "expected a field\n  frame ^^ ^^ ino\n           ^^\n  a test begins with a field's name, and the value comes behind it",
        ),
        (
            "frame > 3 < 5",
            "expected && or || or the end\n  frame > 3 < 5\n            ^\n  two comparisons are joined: `x > 1 && x < 5`, or `x in {2..4}`",
        ),
        ("frame + 1 == 2", "there is no arithmetic\n  frame + 1 == 2\n        ^"),
        ("frame == 3 ino", "expected && or || or the end\n  frame == 3 ino\n             ^^^"),
        (
            "all frame",
            "this needs a comparison\n  all frame\n  ^^^\n  such as `all frame == ...`; `frame` alone asks whether there is any",
        ),
        (
            "frame not 3",
            "`not` stands before a test\n  frame not 3\n        ^^^\n  such as `not FIELD == 3`; behind a field it is `not in {...}`",
        ),
        (
            "src == mdss.0",
            "expected a daemon or client such as mds.0 or client.4125\n  src == mdss.0\n         ^^^^^^\n  did you mean mds?",
        ),
        (
            "addr == 10.0.0",
            "expected an address such as 10.0.0.1, 10.0.0.1:6800 or 10.0.0.0/24\n  addr == 10.0.0\n          ^^^^^^",
        ),
        (
            "addr == ino",
            "ino holds inode numbers, addr holds addresses\n  addr == ino\n          ^^^",
        ),
        (
            "host == ino",
            "ino holds inode numbers, host holds text\n  host == ino\n          ^^^\n  as text it is \"ino\"",
        ),
    ] {
        assert_eq!(error(text), want, "\n{}\n", error(text));
    }
}

#[test]
fn wide_and_hidden_characters_have_their_columns() {
    let under = |text: &str| error(text).lines().nth(2).unwrap().to_owned();
    assert_eq!(under("host == \"日本\" && größe == 1"), format!("{:20}^^^^^", ""));
    // An accent of its own has no column.
    assert_eq!(under("host == \"e\u{301}\" && größe == 1"), format!("{:17}^^^^^", ""));
    assert_eq!(
        error("host == \"日本\"\t\u{1b}&& frame = 1"),
        "expected && or || or the end\n  host == \"日本\" \u{fffd}&& frame = 1\n                 ^"
    );
}

#[test]
fn long_filters_are_shown_in_part() {
    let text = format!("{}frame = 1{}", "frame > 1 && ".repeat(20), " && frame > 1".repeat(20));
    assert_eq!(
        error(&text),
        "no such operator\n  …ame > 1 && frame > 1 && frame = 1 && frame > 1 && frame > 1 && frame > 1 &…\n                                 ^\n  it is `==`"
    );
    let end = format!("{}frame = 1", "frame > 1 && ".repeat(20));
    let shown = error(&end);
    let lines: Vec<_> = shown.lines().collect();
    assert!(lines[1].ends_with("frame = 1"), "{shown}");
    assert_eq!(lines[2].len() - 1, lines[1].chars().count() - 3, "{shown}");
}

#[test]
fn bounds() {
    let nested = |depth: usize| format!("{}frame{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    let message = |text: &str| parse(text).unwrap_err().message;
    assert_eq!(message(&nested(MAX_DEPTH + 1)), "nested deeper than 64 levels");
    assert_eq!(message(&nested(30_000)), "nested deeper than 64 levels");
    assert!(parse(&format!("{}frame", "!".repeat(MAX_DEPTH))).is_ok());
    assert_eq!(message(&format!("{}frame", "! ".repeat(30_000))), "nested deeper than 64 levels");
    assert_eq!(message(&" ".repeat(MAX_TEXT + 1)), "a filter has at most 64 KiB");
    let patterns = |count: usize| vec!["host ~ a"; count].join("||");
    assert!(parse(&patterns(MAX_PATTERNS)).is_ok());
    assert_eq!(message(&patterns(MAX_PATTERNS + 1)), "a filter has at most 64 patterns");
    assert_eq!(message("host ~ '\\w{500}{50}'"), "the pattern takes more than 1024 KiB");
    // A chain is no nesting.
    let chain = vec!["frame"; 7000].join("&&");
    assert!(parse(&chain).unwrap().holds(&export()));
}
