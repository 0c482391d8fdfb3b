//! The body of the fuzz target for filters.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::ControlFlow;

use ceph_codec::Value;
use ceph_codec::types::{Caps, InodeNo, SnapId, Timespec};

use crate::fields::Registry;
use crate::filter::{FieldId, Filter, MAX_TEXT, Row};

/// Reads any text as a filter.
///
/// - What is read is shown so that it is read as the same, and can be asked of any values.
/// - What is not read has a place in the text, and is shown in so many lines, without characters that a
///   terminal obeys.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Filter::parse(&text, Registry::get()) {
        Ok(filter) => {
            filter.holds(&Nothing);
            filter.holds(&Everything);
            let shown = filter.to_string();
            // The canonical form of a long filter may be longer than filters may be.
            if shown.len() <= MAX_TEXT {
                let again = Filter::parse(&shown, Registry::get())
                    .unwrap_or_else(|error| panic!("{}", error.show(&shown)));
                assert_eq!(again, filter, "{shown}");
                assert_eq!(again.to_string(), shown);
            }
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some(), "{error:?}");
            let shown = error.show(&text).to_string();
            let lines: Vec<_> = shown.lines().collect();
            assert!((3..=4).contains(&lines.len()), "{shown}");
            assert!(lines[2].trim().bytes().all(|b| b == b'^'), "{shown}");
            assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        }
    }
}

/// A message that has no field.
struct Nothing;

impl Row for Nothing {
    fn each(&self, _: FieldId, _: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) {}
}

/// A message whose every field has values of every sort.
struct Everything;

impl Row for Everything {
    fn each(&self, _: FieldId, take: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) {
        let values = [
            Value::Uint(u64::MAX),
            Value::Int(i64::MIN),
            Value::Named(9, Some("export")),
            Value::Named(77, None),
            Value::Ino(InodeNo(1)),
            Value::Caps(Caps(0xd55)),
            Value::Snap(SnapId::HEAD),
            Value::Time(Timespec { sec: u32::MAX, nsec: u32::MAX }),
            Value::Socket(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 6800)),
            Value::Bytes(b"\xff\x00"),
            Value::Text("größe".as_bytes()),
            Value::Text(b""),
        ];
        _ = values.into_iter().try_for_each(take);
    }
}
