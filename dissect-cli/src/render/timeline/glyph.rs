//! The characters that tracks are drawn with.

use ceph_codec::message::client_caps::CapOp;

use crate::event::Source;
use crate::render::line::Ink;

/// One set of characters.
#[derive(Debug)]
pub(super) struct Glyphs {
    pub(super) held: char,
    pub(super) unknown: char,
    pub(super) limbo: char,
    pub(super) across: char,
    pub(super) cross: char,
    /// Where an arrow leaves a track or reaches it, by the other ends: (above, below, to the right).
    corners: [[[char; 2]; 2]; 2],
    pub(super) import: char,
    pub(super) import_right: char,
    pub(super) import_left: char,
    pub(super) to: &'static str,
    pub(super) from: &'static str,
    pub(super) becomes: &'static str,
    pub(super) pause: &'static str,
    pub(super) same: &'static str,
    pub(super) differs: &'static str,
    marks: [char; 10],
}

static UNICODE: Glyphs = Glyphs {
    held: '│',
    unknown: '·',
    limbo: '┊',
    across: '─',
    cross: '┼',
    corners: [[['╴', '╶'], ['╮', '╭']], [['╯', '╰'], ['┤', '├']]],
    import: '▼',
    import_right: '▶',
    import_left: '◀',
    to: "→",
    from: "←",
    becomes: "→",
    pause: "…",
    same: "=",
    differs: "≠",
    marks: ['●', '◐', '◂', '◂', '◃', '✓', '◇', '○', '◉', '◆'],
};

static ASCII: Glyphs = Glyphs {
    held: '|',
    unknown: '.',
    limbo: ':',
    across: '-',
    cross: '+',
    corners: [[['-', '-'], ['.', '.']], [['\'', '\''], ['+', '+']]],
    import: 'v',
    import_right: '>',
    import_left: '<',
    to: "->",
    from: "<-",
    becomes: "->",
    pause: "...",
    same: "=",
    differs: "!=",
    marks: ['G', 'R', 'U', 'F', 'r', 'a', 'T', 'E', 'C', '*'],
};

/// What a mark means.
const MEANING: [&str; 10] = [
    "grant/issue",
    "revoke",
    "update",
    "flush",
    "release",
    "acknowledgement",
    "truncation",
    "export",
    "reassertion",
    "other",
];
const INKS: [Ink; 10] = [
    Ink::Give,
    Ink::Take,
    Ink::Plain,
    Ink::Plain,
    Ink::Plain,
    Ink::Faint,
    Ink::Plain,
    Ink::Move,
    Ink::Move,
    Ink::Plain,
];

impl Glyphs {
    pub(super) fn new(unicode: bool) -> &'static Glyphs {
        if unicode { &UNICODE } else { &ASCII }
    }

    pub(super) fn corner(&self, above: bool, below: bool, right: bool) -> char {
        self.corners[usize::from(above)][usize::from(below)][usize::from(right)]
    }

    /// A message's mark, unless it is an import, whose mark depends on where it comes from.
    pub(super) fn mark(&self, source: Source) -> char {
        if is_import(source) { self.import } else { self.marks[kind(source)] }
    }

    /// Every mark with its meaning, and every kind of track with its own.
    pub(super) fn legend(&self) -> Vec<(Ink, String)> {
        let mut legend: Vec<(Ink, String)> = Vec::new();
        for (kind, mark) in self.marks.iter().enumerate() {
            match kind {
                // Drawn as the one before it.
                _ if kind > 0 && self.marks[kind - 1] == *mark => {
                    if let Some((_, last)) = legend.last_mut() {
                        last.push_str(&format!("/{}", MEANING[kind]));
                    }
                }
                _ => legend.push((INKS[kind], format!("{mark} {}", MEANING[kind]))),
            }
        }
        let imports = format!("{}{}{} import", self.import_right, self.import_left, self.import);
        legend.insert(legend.len() - 1, (Ink::Move, imports));
        let tracks = [(self.held, "held"), (self.limbo, "moving"), (self.unknown, "unknown")];
        legend.extend(tracks.map(|(c, what)| (Ink::Plain, format!("{c} {what}"))));
        legend
    }
}

pub(super) fn ink(source: Source) -> Ink {
    if is_import(source) { Ink::Move } else { INKS[kind(source)] }
}

fn is_import(source: Source) -> bool {
    source.op() == Some(CapOp::IMPORT)
}

fn kind(source: Source) -> usize {
    match source {
        Source::ClientCaps(CapOp::GRANT) | Source::ClientReply { .. } => 0,
        Source::ClientCaps(CapOp::REVOKE) => 1,
        Source::ClientCaps(CapOp::UPDATE) => 2,
        Source::ClientCaps(CapOp::FLUSH | CapOp::FLUSHSNAP) => 3,
        Source::CapRelease | Source::RequestRelease => 4,
        Source::ClientCaps(CapOp::FLUSH_ACK | CapOp::FLUSHSNAP_ACK) => 5,
        Source::ClientCaps(CapOp::TRUNC) => 6,
        Source::ClientCaps(CapOp::EXPORT) => 7,
        Source::Reconnect => 8,
        Source::ClientCaps(_) => 9,
    }
}
