//! From a place in a message to its field, while the message is told.

use ceph_codec::message::MessageType;

use super::{FieldId, Registry};

/// A place: a value or a group, or either.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: &'static str,
    /// None of a group that names leave out.
    pub(super) field: Option<FieldId>,
    /// Its parts, in wire order.
    pub(super) parts: Vec<u32>,
}

/// Goes down the groups of one message after the other.
///
/// It keeps its memory, and looks first for what comes next on the wire: a step is a few comparisons.
#[derive(Debug)]
pub struct Walker {
    registry: &'static Registry,
    /// The groups that are open, the message first. `None` for what is not in the table.
    open: Vec<Option<Step>>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    node: u32,
    /// The part that is expected next.
    next: u32,
}

impl Default for Walker {
    fn default() -> Self {
        Walker { registry: Registry::get(), open: Vec::new() }
    }
}

impl Walker {
    /// Begins with a message of this type.
    pub fn begin(&mut self, kind: MessageType) {
        self.open.clear();
        let roots = &self.registry.roots;
        let root = roots.binary_search_by_key(&kind, |(kind, _)| *kind).ok();
        let node = root.and_then(|at| roots.get(at)).map(|(_, node)| *node);
        self.open.push(node.map(|node| Step { node, next: 0 }));
    }

    /// The field of the value `name` in the innermost group.
    #[inline]
    pub fn field(&mut self, name: &str) -> Option<FieldId> {
        self.part(name).and_then(|node| self.node(node)).and_then(|node| node.field)
    }

    /// Goes into the group `name`. The field is that of the group itself, if it has one.
    #[inline]
    pub fn open(&mut self, name: &str) -> Option<FieldId> {
        let node = self.part(name);
        self.open.push(node.map(|node| Step { node, next: 0 }));
        node.and_then(|node| self.node(node)).and_then(|node| node.field)
    }

    /// Leaves the innermost group.
    #[inline]
    pub fn close(&mut self) {
        self.open.pop();
    }

    /// The same for who knows only how many groups are around each place: the field of `name` in the last group
    /// of depth `depth` - 1.
    #[inline]
    pub fn at(&mut self, depth: usize, name: &str) -> Option<FieldId> {
        self.open.truncate(depth + 1);
        self.open(name)
    }

    fn node(&self, node: u32) -> Option<&'static Node> {
        self.registry.nodes.get(node as usize)
    }

    /// The part `name` of the innermost group.
    #[inline]
    fn part(&mut self, name: &str) -> Option<u32> {
        let nodes = &self.registry.nodes;
        let step = self.open.last_mut()?.as_mut()?;
        let parts = &nodes.get(step.node as usize)?.parts;
        let is_it = |part: &u32| nodes.get(*part as usize).is_some_and(|node| node.name == name);
        // What a version leaves out is skipped; items of lists go round.
        let (before, behind) = parts.split_at_checked(step.next as usize)?;
        let found = match behind.iter().position(is_it) {
            Some(found) => before.len() + found,
            None => before.iter().position(is_it)?,
        };
        step.next = found as u32 + 1;
        parts.get(found).copied()
    }
}
