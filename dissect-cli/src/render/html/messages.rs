//! Messages in full, for the page: what is alike in many of them is written once.

use std::collections::HashMap;

use serde::Serialize;

use super::data::Strings;
use super::template::base64;
use crate::dissect::{Content, Section};
use crate::render::messages::Told;
use crate::report::page::{Kept, Key, Messages};

/// All messages that the page has in full.
#[derive(Default, Serialize)]
pub(super) struct MessagesDoc {
    /// Messages that the page's events are of.
    total: u64,
    /// Name and version, numbers of `strings`.
    what: Vec<usize>,
    /// How the fields lie, a number of `shapes`.
    shape: Vec<usize>,
    /// What the fields hold, numbers of `strings`; groups hold nothing and have no number.
    values: Vec<Vec<usize>>,
    /// The bytes of front, middle and data, in base64.
    bytes: Vec<[String; 3]>,
    /// How many bytes there are of each, where not all are here.
    cut: Vec<(usize, [usize; 3])>,
    /// Fields that are not here.
    fewer: Vec<(usize, usize)>,
    /// Why reading stopped.
    stop: Vec<(usize, usize)>,
    /// Name (a number of `strings`), depth, section, offset, length; of a group one more.
    shapes: Vec<Vec<i64>>,
}

/// A field in a shape: five numbers, the last negative for a group.
const FIELD: usize = 5;

/// The document, and the number of each message.
pub(super) fn document(
    messages: &Messages,
    strings: &mut Strings,
) -> (MessagesDoc, HashMap<Key, usize>) {
    let mut doc = MessagesDoc { total: messages.total, ..MessagesDoc::default() };
    let mut numbers = HashMap::new();
    let mut shapes: HashMap<Vec<i64>, usize> = HashMap::new();
    for (key, kept) in messages.iter() {
        let number = doc.what.len();
        numbers.insert(key, number);
        doc.what.push(strings.number(&format_args!("{} version {}", kept.kind, kept.version)));
        let (shape, values) = fields(kept, strings);
        let next = shapes.len();
        let at = *shapes.entry(shape.clone()).or_insert(next);
        if at == next {
            doc.shapes.push(shape);
        }
        doc.shape.push(at);
        doc.values.push(values);
        doc.bytes.push(kept.bytes.each_ref().map(|bytes| base64(bytes)));
        if kept.bytes.iter().zip(kept.lengths).any(|(bytes, length)| bytes.len() < length) {
            doc.cut.push((number, kept.lengths));
        }
        if kept.fields_left_out > 0 {
            doc.fewer.push((number, kept.fields_left_out));
        }
        if let Some(stop) = &kept.stop {
            doc.stop.push((number, strings.number(stop)));
        }
    }
    (doc, numbers)
}

/// How a message's fields lie, and what they hold.
fn fields(kept: &Kept, strings: &mut Strings) -> (Vec<i64>, Vec<usize>) {
    let mut shape = Vec::with_capacity(kept.fields.len() * FIELD);
    let mut values = Vec::with_capacity(kept.fields.len());
    for node in &kept.fields {
        let section = match node.section {
            Section::Middle => 1,
            Section::Data => 2,
            Section::Front | Section::Frame => 0,
        };
        let group = matches!(node.content, Content::Group);
        // Lengths are told from those of groups by their sign: of 0 there is none, so one is added.
        let length = node.len as i64 + 1;
        shape.extend([
            strings.number(&node.name) as i64,
            i64::from(node.depth),
            section,
            node.at as i64,
            if group { -length } else { length },
        ]);
        if !group {
            values.push(match node.value(kept.section(node.section)) {
                Some(value) => strings.number(&Told(node.name, value)),
                None => strings.number(&"beyond what this page has"),
            });
        }
    }
    (shape, values)
}
