//! What holds for all filters.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::MAX_DEPTH;
use super::*;
use crate::names::Glob;

/// A filter, as text and as what it means.
#[derive(Clone, Debug)]
enum Model {
    And(Vec<Model>),
    Or(Vec<Model>),
    Xor(Vec<Model>),
    Not(Box<Model>),
    /// A field's number, a relation of it, a value.
    Test(usize, usize, i64),
}

/// Fields of the model. The others hold numbers that are written in another way.
const ASKED: [&str; 4] = ["frame", "result", "caps.issued", "caps.op"];
const RELATIONS: [&str; 9] = ["", "==", "!=", "===", "!==", "<", ">=", "in", "&"];

fn model() -> impl Strategy<Value = Model> {
    let test = (0..ASKED.len(), 0..RELATIONS.len(), 0..4_i64)
        .prop_map(|(field, relation, value)| Model::Test(field, relation, value));
    test.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..5).prop_map(Model::And),
            vec(inner.clone(), 2..5).prop_map(Model::Or),
            vec(inner.clone(), 2..5).prop_map(Model::Xor),
            inner.prop_map(|inner| Model::Not(Box::new(inner))),
        ]
    })
}

impl Model {
    /// The relation that is asked: sets of caps have no order.
    fn relation(field: usize, relation: usize) -> &'static str {
        match (ASKED[field], RELATIONS[relation]) {
            ("caps.issued", "<" | ">=") => "==",
            (_, relation) => relation,
        }
    }

    /// Written with parentheses around everything, or only where they are needed.
    fn write(&self, sparing: bool, text: &mut String) {
        let strength = |model: &Model| match model {
            Model::Or(_) => 0,
            Model::Xor(_) => 1,
            Model::And(_) => 2,
            Model::Not(_) | Model::Test(..) => 3,
        };
        let inside = |model: &Model, text: &mut String| {
            let bare = sparing && strength(model) > strength(self);
            text.push_str(if bare { "" } else { "(" });
            model.write(sparing, text);
            text.push_str(if bare { "" } else { ")" });
        };
        match self {
            Model::And(parts) | Model::Or(parts) | Model::Xor(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        text.push_str(match self {
                            Model::And(_) => [" && ", " and "][index % 2],
                            Model::Or(_) => ["||", " or "][index % 2],
                            _ => [" ^^ ", " xor "][index % 2],
                        });
                    }
                    inside(part, text);
                }
            }
            Model::Not(inner) => {
                text.push_str("not ");
                match **inner {
                    Model::Test(..) | Model::Not(_) if sparing => inner.write(sparing, text),
                    _ => inside(inner, text),
                }
            }
            Model::Test(field, relation, value) => {
                let name = ASKED[*field];
                match Model::relation(*field, *relation) {
                    "" => text.push_str(name),
                    "in" => write!(text, "{name} in {{{value}, 7}}").unwrap(),
                    "&" => write!(text, "{name} & {}", value + 1).unwrap(),
                    relation => write!(text, "{name} {relation} {value}").unwrap(),
                }
            }
        }
    }

    fn holds(&self, row: &[(usize, i64)]) -> bool {
        match self {
            Model::And(parts) => parts.iter().all(|part| part.holds(row)),
            Model::Or(parts) => parts.iter().any(|part| part.holds(row)),
            Model::Xor(parts) => parts.iter().filter(|part| part.holds(row)).count() % 2 == 1,
            Model::Not(inner) => !inner.holds(row),
            Model::Test(field, relation, value) => {
                let values: Vec<i64> =
                    row.iter().filter(|(id, _)| id == field).map(|(_, value)| *value).collect();
                let any = |f: &dyn Fn(i64) -> bool| values.iter().any(|v| f(*v));
                let all =
                    |f: &dyn Fn(i64) -> bool| !values.is_empty() && values.iter().all(|v| f(*v));
                match Model::relation(*field, *relation) {
                    "" => any(&|_| true),
                    "==" => any(&|v| v == *value),
                    "!=" => all(&|v| v != *value),
                    "===" => all(&|v| v == *value),
                    "!==" => any(&|v| v != *value),
                    "<" => any(&|v| v < *value),
                    ">=" => any(&|v| v >= *value),
                    "in" => any(&|v| v == *value || v == 7),
                    _ => any(&|v| v & (value + 1) != 0),
                }
            }
        }
    }
}

/// Pieces of filters, and what looks like them.
const PIECES: &[&str] = &[
    "&&",
    "||",
    "!",
    "^^",
    "(",
    ")",
    "{",
    "}",
    ",",
    "..",
    " ",
    "==",
    "===",
    "!=",
    "!==",
    "~=",
    "<",
    ">=",
    "&",
    "~",
    "=",
    "and",
    "or",
    "xor",
    "not",
    "in",
    "all",
    "any",
    "contains",
    "matches",
    "eq",
    "ne",
    "count(",
    "len(",
    "bitand",
    "1",
    "0x10",
    "-3",
    "8.5",
    "250ms",
    "5..9",
    "-",
    "p",
    "pAsLsXsFscr",
    "Fw",
    "export",
    "seq-gap",
    "mds.0",
    "client",
    "10.0.0.1",
    "10.0.0.0/24",
    "[::1]:6800",
    "2026-11-23T04:17:23Z",
    "2026-11-23",
    "head",
    "1f",
    "0a:ff",
    "\"/dir/**\"",
    "'a'",
    "r\"\\d+\"",
    "\"a\\\"b\"",
    "\"\\xff\"",
    "\"",
    "'",
    "\\",
    "größe",
    "日本",
    "\u{202e}",
    "true",
    "/dir/*",
    "*.log",
    "\t",
    "\0",
];

fn pieces() -> impl Strategy<Value = String> {
    let names: Vec<&'static str> = FIELDS.iter().map(|field| field.0).collect();
    let piece = prop_oneof![
        3 => select(PIECES).prop_map(str::to_owned),
        2 => select(names).prop_map(str::to_owned),
        1 => ".{0,3}",
    ];
    let blank = prop_oneof![3 => Just(" "), 1 => Just("")];
    vec((piece, blank), 0..14).prop_map(|pieces| {
        pieces.iter().flat_map(|(piece, blank)| [piece.as_str(), *blank]).collect()
    })
}

/// A test that is right, of any field.
fn right() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<u64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| format!("{n:#x}")),
        (0..20_u8).prop_map(|n| n.to_string()),
    ];
    let caps = any::<u32>().prop_map(|bits| Caps(bits).to_string());
    let quoted = prop_oneof![
        "[^\"\\\\]{0,6}".prop_map(|text| format!("\"{text}\"")),
        "[^'\\\\]{0,6}".prop_map(|text| format!("'{text}'")),
        vec(any::<u8>(), 0..6).prop_map(|bytes| {
            bytes.iter().fold("\"".to_owned(), |text, byte| format!("{text}\\x{byte:02x}")) + "\""
        }),
        "(\\\\\\\\|\\\\\"|\\\\n|a|'){0,6}".prop_map(|text| format!("\"{text}\"")),
        "(\\\\\\\\|\\\\\"|\\\\n|a|'){0,6}".prop_map(|text| format!("r\"{text}\"")),
    ];
    let pattern = prop_oneof![
        "[a-z*?/äß]{1,8}",
        "\"(\\\\\\\\|\\\\\"|\\\\d|a|'|\\*|/){1,6}\"",
        "'(\\\\\\\\|\\\\'|\\\\d|a|\"|/){1,6}'",
    ];
    let elapsed = (any::<i64>(), select(vec!["ns", "us", "ms", "s", "min", "h", ""]))
        .prop_map(|(n, unit)| format!("{}{unit}", if unit == "ns" { n } else { n % 1_000_000 }));
    let fraction =
        (any::<i32>(), 0..1_000_000_000_u32).prop_map(|(n, part)| format!("{n}.{part:09}"));
    let time = any::<i64>().prop_map(|ns| crate::place::Time(ns).to_string());
    let order = || select(vec!["==", "!=", "<", "<=", ">", ">=", "===", "!==", "ne", "all_eq"]);
    let equal = || select(vec!["==", "!=", "===", "!=="]);
    let listed = |name: &'static str, value: BoxedStrategy<String>| {
        vec(value, 1..4).prop_map(move |list| format!("{name} in {{{}}}", list.join(" ")))
    };
    let address = prop_oneof![
        any::<std::net::SocketAddr>()
            .prop_filter("a scope", |a| !a.to_string().contains('%'))
            .prop_map(|a| a.to_string()),
        any::<std::net::IpAddr>().prop_map(|a| a.to_string()),
        (any::<std::net::Ipv4Addr>(), 0..=32_u8).prop_map(|(ip, len)| format!("{ip}/{len}")),
        (any::<std::net::Ipv6Addr>(), 0..=128_u8).prop_map(|(ip, len)| format!("{ip}/{len}")),
        (any::<std::net::Ipv4Addr>(), 96..=128_u8)
            .prop_map(|(ip, len)| format!("::ffff:{ip}/{len}")),
    ];
    let named = select(vec!["export", "import", "77", "\"two words\"", "FLUSH-ACK", "-1"])
        .prop_map(str::to_owned);
    prop_oneof![
        (order(), number.clone()).prop_map(|(op, n)| format!("frame {op} {n}")),
        (order(), number.clone()).prop_map(|(op, n)| format!("ino {op} {n}")),
        (order(), any::<i64>()).prop_map(|(op, n)| format!("result {op} {n}")),
        (order(), any::<u64>()).prop_map(|(op, n)| format!("snap {op} {}", SnapId(n))),
        (order(), 1..=u64::MAX).prop_map(|(op, n)| format!("caps.flags & {n} {op} 3")),
        (equal(), caps.clone()).prop_map(|(op, caps)| format!("caps.issued {op} {caps}")),
        (1..=u32::MAX).prop_map(|bits| format!("caps.issued contains {}", Caps(bits))),
        (1..=u32::MAX).prop_map(|bits| format!("caps.issued & {}", Caps(bits))),
        listed("caps.issued", caps.boxed()),
        listed("frame", number.boxed()),
        (any::<[u16; 2]>()).prop_map(|[a, b]| format!(
            "frame in {{{}..{}, 3}}",
            a.min(b),
            a.max(b)
        )),
        (order(), elapsed).prop_map(|(op, t)| format!("time {op} {t}")),
        (order(), fraction).prop_map(|(op, t)| format!("time {op} {t}")),
        (order(), time).prop_map(|(op, t)| format!("time.utc {op} {t}")),
        (order(), quoted.clone()).prop_map(|(op, t)| format!("host {op} {t}")),
        (order(), quoted.clone()).prop_map(|(op, t)| format!("caps.xattr {op} {t}")),
        quoted.clone().prop_map(|t| format!("path contains {t}")),
        listed("path", quoted.clone().boxed()),
        quoted.prop_map(|t| format!("caps.op contains {t}")),
        pattern.clone().prop_map(|t| format!("path matches {t}")),
        pattern.prop_map(|t| format!("path ~ {t}")),
        (equal(), address.clone()).prop_map(|(op, a)| format!("addr {op} {a}")),
        listed("addr", address.boxed()),
        (order(), named).prop_map(|(op, n)| format!("caps.op {op} {n}")),
        (equal(), any::<u32>()).prop_map(|(op, n)| format!("src {op} client.{n}")),
        equal().prop_map(|op| format!("src {op} mds")),
        equal().prop_map(|op| format!("src {op} dst")),
        Just("all frame in {1..3}".to_owned()),
        (order(), any::<u8>()).prop_map(|(op, n)| format!("count(ino) {op} {n}")),
        (order(), any::<u8>()).prop_map(|(op, n)| format!("len(host) & 7 {op} {n}")),
    ]
}

proptest! {
    /// What it means is what the model means, however it is written.
    #[test]
    fn it_means_what_the_model_means(
        model in model(),
        rows in vec(vec((0..ASKED.len(), 0..8_i64), 0..6), 1..8),
    ) {
        for sparing in [false, true] {
            let mut text = String::new();
            model.write(sparing, &mut text);
            let filter = parse(&text).map_err(|error| TestCaseError::fail(error.show(&text).to_string()))?;
            let again = parse(&filter.to_string());
            prop_assert_eq!(again.as_ref(), Ok(&filter), "{}", filter);
            for values in &rows {
                let row = values.iter().fold(List::default(), |row, (field, value)| {
                    let number = *value as u64;
                    row.with(ASKED[*field], match field {
                        0 => Value::Uint(number),
                        1 => Value::Int(*value),
                        2 => Value::Caps(Caps(*value as u32)),
                        _ => Value::Named(number, None),
                    })
                });
                prop_assert_eq!(filter.holds(&row), model.holds(values), "{} {:?}", text, row);
            }
        }
    }

    /// Of every value of every type, the canonical form says the same.
    #[test]
    fn the_canonical_form_is_an_equal_filter(text in right()) {
        match parse(&text) {
            Ok(filter) => {
                let shown = filter.to_string();
                let again = parse(&shown);
                prop_assert_eq!(again.as_ref(), Ok(&filter), "{} as {}", &text, &shown);
                prop_assert_eq!(again.unwrap().to_string(), shown);
            }
            // Patterns and spans of time may be wrong: which, is for other tests.
            Err(error) => {
                let fails = text.contains('~') || text.contains("matches") || text.starts_with("time ");
                prop_assert!(fails, "{}", error.show(&text));
            }
        }
    }

    /// Nothing panics, errors point into the text, and what is read is shown so that it is read again.
    #[test]
    fn any_text_is_a_filter_or_an_error(text in prop_oneof![pieces(), ".{0,40}"]) {
        match parse(&text) {
            Ok(filter) => {
                filter.holds(&export());
                let again = parse(&filter.to_string());
                prop_assert_eq!(again.as_ref(), Ok(&filter), "{} as {}", &text, &filter);
            }
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some(), "{:?} of {:?}", error, text);
                let shown = error.show(&text).to_string();
                let lines: Vec<&str> = shown.lines().collect();
                prop_assert!((3..=4).contains(&lines.len()), "{}", shown);
                let carets = lines[2].trim();
                prop_assert!(!carets.is_empty() && carets.bytes().all(|b| b == b'^'), "{}", shown);
                prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{:?}", shown);
            }
        }
    }

    /// As deep as it may be, and chains of any length.
    #[test]
    fn deep_and_long(nots in 0..MAX_DEPTH, length in 1..500_usize) {
        let text = format!("{}({})", "!".repeat(nots), vec!["frame"; length].join(" and "));
        let filter = parse(&text).unwrap();
        prop_assert_eq!(filter.holds(&export()), nots % 2 == 0);
        prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
    }

    /// `matches` takes paths as `--path` does.
    #[test]
    fn globs_of_paths(pattern in "[ab/*?#~.]{1,8}", path in "[ab/#~.\n]{0,10}") {
        let glob: Glob = pattern.parse().unwrap();
        let text = format!("path matches \"{pattern}\"");
        let row = List::default().with("path", Value::Text(path.as_bytes()));
        prop_assert_eq!(parse(&text).unwrap().holds(&row), glob.matches(&path), "{} {:?}", text, path);
    }
}
