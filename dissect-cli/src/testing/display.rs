//! The body of the fuzz target for messages as people look at them.

use std::io::{self, Write};

use ceph_codec::message::{Header, Message, MessageType, Sections};
use ceph_codec::msgr::{Checked, Item, Parcel, Wrapping, v2};

use super::Utf8;
use crate::dissect::{Detail, Dissector};
use crate::fields::Registry;
use crate::names::Names;
use crate::place::{Place, Time};
use crate::render::Style;
use crate::render::messages::{
    Clock, Layout, Lead, Record, Row, columns, ek, hex, line, pdml, pdml_begin, pdml_end, tree,
};
use crate::session::Spoken;
use crate::stream::{ConnId, Dir};

/// A message of any type, or a damaged one, in every form in which it can be shown.
///
/// The input is that of the codec's target `message`: a type as u16, a version as u8, the length of the middle
/// section as u16, front, middle.
///
/// - Nothing panics, and no renderer fails where its writer does not.
/// - Everything is UTF-8; what goes to a terminal has no character in it that a terminal obeys, but for colours where
///   they are wanted.
/// - A JSON document is one.
pub fn display(data: &[u8]) {
    let Some((&[kind0, kind1, version, middle0, middle1], rest)) = data.split_first_chunk() else {
        return;
    };
    let middle = usize::from(u16::from_le_bytes([middle0, middle1])).min(rest.len());
    let (front, middle) = rest.split_at(rest.len() - middle);
    let kind = MessageType(u16::from_le_bytes([kind0, kind1]));
    let sections = match kind {
        MessageType::CLIENT_RECONNECT => Sections { front: &[], middle, data: front },
        _ => Sections { front, middle, data: &[] },
    };
    let header = Header {
        kind,
        version: u16::from(version & 0x3f),
        front_len: sections.front.len() as u32,
        middle_len: middle.len() as u32,
        data_len: sections.data.len() as u32,
        ..Header::default()
    };
    let wrapping = Wrapping::V2 { header: v2::Header2::default() };
    let item = Item::Message(Parcel { header, sections, checked: Checked::Right, wrapping });
    let spoken = Spoken {
        place: Place { file: 0, frame: 1, time: Time(i64::from(version) << 52) },
        conn: ConnId(0),
        dir: Dir::AToB,
        offset: 0,
        bytes: data,
        item: &item,
        replayed: version & 0x80 != 0,
        from_mds: version & 0x40 != 0,
    };
    if let Ok(message) = Message::decode(kind, header.version, sections) {
        assert!(write!(Clean, "{message}").is_ok());
        assert!(write!(Utf8, "{message:?}").is_ok());
    }
    let (mut dissector, names) = (Dissector::default(), Names::default());
    let detail = DETAIL[usize::from(version >> 6)];
    let dissected = dissector.dissect(&spoken, detail);
    if let Some(fault) = dissected.stop {
        assert!(write!(Clean, "{fault}").is_ok());
    }
    let row = Row {
        dissected: &dissected,
        parties: None,
        names: &names,
        file: "any",
        origin: Time::default(),
        before: None,
        findings: &["export-without-import"],
    };
    show(&row, detail);
}

/// How much is shown, by the version's highest bits: of the versions that there are, everything.
const DETAIL: [Detail; 4] = [Detail::Frame, Detail::Fields, Detail::Summary, Detail::Header];

fn show(row: &Row<'_>, detail: Detail) {
    for (width, color, clock) in [(0, false, Clock::Utc), (60, true, Clock::Relative)] {
        let lead = Lead { clock, files: color };
        let style = Style { width, color, unicode: color };
        let nodes = row.dissected.payload.nodes();
        if color {
            assert!(line(row, lead, &style, &mut Utf8).is_ok());
            assert!(tree(row, lead, &style, &mut Utf8).is_ok());
            assert!(hex(row, &nodes[..nodes.len().min(3)], &style, &mut Utf8).is_ok());
        } else {
            assert!(line(row, lead, &style, &mut Clean).is_ok());
            assert!(tree(row, lead, &style, &mut Clean).is_ok());
            assert!(hex(row, &nodes[..nodes.len().min(3)], &style, &mut Clean).is_ok());
        }
    }
    if detail < Detail::Fields {
        return;
    }
    let record = serde_json::to_string(&Record(row)).expect("a record is JSON");
    assert!(serde_json::from_str::<serde::de::IgnoredAny>(&record).is_ok(), "{record}");
    assert!(pdml_begin(&mut Utf8).is_ok());
    assert!(pdml(row, &mut Utf8).is_ok());
    assert!(pdml_end(&mut Utf8).is_ok());
    assert!(ek(row, &mut Utf8).is_ok());
    // Every field that the message has.
    let ids = row.dissected.payload.nodes().iter().filter_map(|node| node.field);
    let fields: Vec<_> = ids.filter_map(|id| Registry::get().field(id)).collect();
    for layout in [Layout::fields(), Layout::csv()] {
        assert!(columns(row, &fields, &layout, &mut Utf8).is_ok());
    }
}

/// Takes text that a terminal shows as it is, and keeps none of it.
struct Clean;

impl Write for Clean {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(bytes).map_err(io::Error::other)?;
        match text.chars().find(|c| c.is_control() && *c != '\n') {
            None => Ok(bytes.len()),
            Some(c) => Err(io::Error::other(format!("{c:?} in {text:?}"))),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
