//! Makes the table of fields.

use std::collections::HashMap;

use ceph_codec::message::{Message, MessageLayout, MessageType};
use ceph_codec::{Kind, Row};

use super::aliases::{ALIASES, WIRESHARK};
use super::common::COMMON;
use super::naming::{is_about, name_of, says};
use super::walk::Node;
use super::{Field, FieldId, Registry, Type};

/// A place in a message, on the way to be a field.
struct Place {
    node: u32,
    /// The message's word and all names on the way.
    path: String,
    /// Its name, if no other place has it.
    name: String,
    ty: Type,
    row: &'static Row,
    is_wide: bool,
    has_parts: bool,
    /// What it says; of items, what their list says.
    doc: &'static str,
    message: MessageType,
    since: u16,
}

impl Place {
    /// Whether two places of one name are one field.
    fn is_like(&self, other: &Place) -> bool {
        self.ty == other.ty
            && (self.doc == other.doc || self.ty == Type::Group || says(&self.name).is_some())
    }
}

/// The table, as it is used.
pub(super) fn registry() -> Registry {
    let mut registry = Registry {
        fields: Vec::new(),
        names: HashMap::new(),
        nodes: Vec::new(),
        roots: Vec::new(),
    };
    for common in COMMON {
        let id = FieldId(registry.fields.len() as u16);
        registry.fields.push(Field {
            id,
            name: common.name.to_owned(),
            ty: common.ty,
            doc: common.doc.trim(),
            message: None,
            since: 0,
            is_framing: false,
            is_wide: false,
            has_parts: false,
            is_about: false,
            aliases: common.aliases.to_vec(),
            places: Vec::new(),
        });
    }
    for message in Message::TABLE {
        let mut places = Vec::new();
        let root = add(&mut registry.nodes, message.word, None);
        registry.roots.push((message.kind, root));
        let rows: Vec<_> = message.layout.iter().collect();
        let whole = Above { path: message.word, name: message.word, row: None, since: None };
        collect(message, &rows, root, &whole, &mut registry.nodes, &mut places);
        let id = FieldId(registry.fields.len() as u16);
        registry.fields.push(Field {
            id,
            name: message.word.to_owned(),
            ty: Type::Group,
            doc: message.name,
            message: Some(message.kind),
            since: 0,
            is_framing: false,
            is_wide: false,
            has_parts: false,
            is_about: false,
            aliases: Vec::new(),
            places: vec![message.word.to_owned()],
        });
        if let Some(node) = registry.nodes.get_mut(root as usize) {
            node.field = Some(id);
        }
        name(places, &mut registry);
    }
    registry.roots.sort_by_key(|(kind, _)| *kind);
    alias(&mut registry);
    registry
}

fn add(nodes: &mut Vec<Node>, name: &'static str, within: Option<u32>) -> u32 {
    let node = nodes.len() as u32;
    nodes.push(Node { name, field: None, parts: Vec::new() });
    if let Some(within) = within.and_then(|within| nodes.get_mut(within as usize)) {
        within.parts.push(node);
    }
    node
}

/// The group that places are in.
struct Above<'p> {
    path: &'p str,
    name: &'p str,
    /// `None` for the message itself.
    row: Option<&'static Row>,
    since: Option<u16>,
}

/// The places of these rows and of everything below them. A name that comes several times, in forms of which a
/// message has one, is one place.
fn collect(
    message: &MessageLayout,
    rows: &[&'static Row],
    parent: u32,
    above: &Above<'_>,
    nodes: &mut Vec<Node>,
    places: &mut Vec<Place>,
) {
    for (at, row) in rows.iter().enumerate() {
        let is_it = |other: &&&Row| other.name == row.name;
        if rows.iter().take(at).any(|other| is_it(&other)) {
            continue;
        }
        let forms: Vec<_> = rows.iter().copied().filter(|other| is_it(&other)).collect();
        let kind = forms.iter().flat_map(|form| form.shape.kinds()).next();
        let parts: Vec<_> = forms.iter().flat_map(|form| form.shape.parts()).collect();
        let path = format!("{}.{}", above.path, row.name);
        let node = add(nodes, row.name, Some(parent));
        let called = name_of(&path, above.name, !parts.is_empty());
        let (ty, name) = match kind {
            // As a value it is not left out, even where its parts are not named after it.
            Some(kind) if !parts.is_empty() => {
                (Type::from(kind), format!("{}.{}", above.name, row.name))
            }
            Some(kind) => (Type::from(kind), called.clone()),
            None => (Type::Group, called.clone()),
        };
        // Versions of nested envelopes are their own affair.
        let since = above.since.unwrap_or(row.since);
        if ty != Type::Group || name != above.name {
            let doc = if name == above.name { above.row.unwrap_or(row).doc } else { row.doc };
            let (path, message) = (path.clone(), message.kind);
            let is_wide = forms.iter().any(|form| is_wide(form));
            let has_parts = kind.is_some() && !parts.is_empty();
            let place =
                Place { node, path, name, ty, row, is_wide, has_parts, doc, message, since };
            places.push(place);
        }
        let here = Above { path: &path, name: &called, row: Some(row), since: Some(since) };
        collect(message, &parts, node, &here, nodes, places);
    }
}

/// Whether a number of 64 bits without a sign stands there.
fn is_wide(row: &Row) -> bool {
    row.shape.kinds().any(|kind| kind == Kind::Uint) && (row.len == Some(8) || row.ty == "u64")
}

/// Makes fields of the places of one message.
///
/// Places that say the same under the same name are one field. A group yields its name to a value. What is there
/// for the encoding alone yields its name to what the message says. Places that then still differ have their
/// paths for names.
fn name(mut places: Vec<Place>, registry: &mut Registry) {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, place) in places.iter().enumerate() {
        by_name.entry(&place.name).or_default().push(at);
    }
    let mut dropped = vec![false; places.len()];
    let mut renamed = Vec::new();
    for (_, mut same) in by_name {
        let place = |at: &usize| places.get(*at);
        if same.iter().filter_map(place).any(|place| place.ty != Type::Group) {
            let is_group = |at: &usize| place(at).is_some_and(|place| place.ty == Type::Group);
            same.iter().filter(|at| is_group(at)).for_each(|at| dropped[*at] = true);
            same.retain(|at| !is_group(at));
        }
        let alike = |same: &[usize]| {
            let mut all = same.iter().filter_map(place);
            let first = all.next();
            first.is_none_or(|first| all.all(|other| first.is_like(other)))
        };
        if alike(&same) {
            continue;
        }
        let is_framing = |at: &usize| place(at).is_some_and(|place| place.row.is_framing());
        renamed.extend(same.iter().copied().filter(is_framing));
        same.retain(|at| !is_framing(at));
        if !alike(&same) {
            renamed.extend(same);
        }
    }
    for at in renamed {
        if let Some(place) = places.get_mut(at) {
            place.name.clone_from(&place.path);
        }
    }
    for (place, _) in places.into_iter().zip(dropped).filter(|(_, dropped)| !dropped) {
        let known = registry.names.get(&place.name).copied();
        let id = known.unwrap_or(FieldId(registry.fields.len() as u16));
        match known.and_then(|id| registry.fields.get_mut(usize::from(id.0))) {
            Some(field) => {
                field.since = field.since.min(place.since);
                field.is_wide |= place.is_wide;
                field.has_parts |= place.has_parts;
                field.places.push(place.path);
            }
            None => {
                registry.names.insert(place.name.clone(), id);
                registry.fields.push(Field {
                    id,
                    is_about: place.ty == Type::Ino && is_about(&place.name),
                    doc: says(&place.name).unwrap_or(place.doc).trim(),
                    name: place.name,
                    ty: place.ty,
                    message: Some(place.message),
                    since: place.since,
                    is_framing: place.row.is_framing(),
                    is_wide: place.is_wide,
                    has_parts: place.has_parts,
                    aliases: Vec::new(),
                    places: vec![place.path],
                });
            }
        }
        if let Some(node) = registry.nodes.get_mut(place.node as usize) {
            node.field = Some(id);
        }
    }
}

/// Every other name of every field, where it is not the name of one already.
fn alias(registry: &mut Registry) {
    let Registry { fields, names, .. } = registry;
    for field in fields.iter() {
        names.entry(field.name.clone()).or_insert(field.id);
    }
    for (alias, name) in ALIASES.iter().chain(WIRESHARK) {
        let id = names.get(*name).copied();
        if let Some(field) = id.and_then(|id| fields.get_mut(usize::from(id.0))) {
            field.aliases.push(alias);
        }
    }
    for field in fields.iter() {
        let aliases = field.aliases.iter().map(|alias| (*alias).to_owned());
        for name in aliases.chain(field.places.iter().cloned()) {
            names.entry(name).or_insert(field.id);
        }
    }
}
