//! The way of an export.

use serde::Serialize;

use crate::event::MoveStep;

/// Number of phases.
pub const PHASES: usize = 9;

/// How far an export came: the message that shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The exporter named the tree.
    #[default]
    Discover,
    /// The importer answered.
    DiscoverAck,
    /// The exporter told what lies around.
    Prep,
    /// The importer answered.
    PrepAck,
    /// The exporter sent the tree.
    Export,
    /// The importer has it in its journal.
    ExportAck,
    /// The exporter has it in its journal, and other ranks still have to be told.
    Finish,
    /// Every rank knows.
    Last,
    /// The exporter gave up.
    Cancel,
}

impl Phase {
    /// All, in their order.
    pub const ALL: [Phase; PHASES] = [
        Phase::Discover,
        Phase::DiscoverAck,
        Phase::Prep,
        Phase::PrepAck,
        Phase::Export,
        Phase::ExportAck,
        Phase::Finish,
        Phase::Last,
        Phase::Cancel,
    ];

    /// The phase that a message shows.
    pub(super) fn of(step: MoveStep) -> Option<Phase> {
        Some(match step {
            MoveStep::Discover => Phase::Discover,
            MoveStep::DiscoverAck { .. } => Phase::DiscoverAck,
            MoveStep::Prep => Phase::Prep,
            MoveStep::PrepAck { .. } => Phase::PrepAck,
            MoveStep::Dir { .. } => Phase::Export,
            MoveStep::Ack { .. } => Phase::ExportAck,
            MoveStep::Finish { last: false } => Phase::Finish,
            MoveStep::Finish { last: true } => Phase::Last,
            MoveStep::Cancel => Phase::Cancel,
            _ => return None,
        })
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Discover => "discover",
            Phase::DiscoverAck => "discover_ack",
            Phase::Prep => "prep",
            Phase::PrepAck => "prep_ack",
            Phase::Export => "export",
            Phase::ExportAck => "export_ack",
            Phase::Finish => "finish",
            Phase::Last => "last",
            Phase::Cancel => "cancel",
        }
    }

    /// The message that comes next, as it is called; `None` at the end.
    pub fn next(self) -> Option<&'static str> {
        Some(match self {
            Phase::Discover => "discover_ack",
            Phase::DiscoverAck => "prep",
            Phase::Prep => "prep_ack",
            Phase::PrepAck => "export",
            Phase::Export => "export_ack",
            Phase::ExportAck => "finish",
            Phase::Finish => "finish last",
            Phase::Last | Phase::Cancel => return None,
        })
    }

    /// Whether the importer has to say what comes next, and not the exporter.
    pub fn waits_for_importer(self) -> bool {
        matches!(self, Phase::Discover | Phase::Prep | Phase::Export)
    }

    /// Whether the exporter may take its time: it has to freeze the tree first, or to hear from clients.
    pub fn may_last(self) -> bool {
        matches!(self, Phase::DiscoverAck | Phase::PrepAck)
    }
}
