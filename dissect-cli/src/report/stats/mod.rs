//! Statistics, as plain data: what `stats` shows.

mod conversations;
mod messages;
mod requests;
mod traffic;

use serde::Serialize;

pub use conversations::{ConversationEnd, ConversationRow, ConversationsReport};
pub use messages::{FlowRow, MessageRow, MessagesReport};
pub use requests::{OpRow, RequestsReport, ResponseTimes};
pub use traffic::Traffic;

use super::watch::{Kind, LatencyReport, Scope};

/// The statistics that were asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StatsReport {
    /// Messages by type.
    pub messages: Option<MessagesReport>,
    /// Connections.
    pub conversations: Option<ConversationsReport>,
    /// Requests by operation.
    pub requests: Option<RequestsReport>,
    /// How long revokes, flushes and migrations took.
    pub caps: Option<LatencyReport>,
}

impl Scope<'_> {
    /// Of all latencies those of caps.
    pub fn caps_latency(&self) -> LatencyReport {
        let mut latency = self.latency();
        latency
            .kinds
            .retain(|kind| matches!(kind.kind, Kind::Revoke | Kind::Flush | Kind::Migration));
        latency
    }
}
