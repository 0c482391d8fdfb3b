//! What happened to capabilities: events, and what follows from their order.

mod event;
mod migration;
pub mod timeline;

pub use event::{CapEvent, Direction, Peer};
pub use migration::{LoneExport, LoneImport, MigrationLimits, Migrations, Pair};
