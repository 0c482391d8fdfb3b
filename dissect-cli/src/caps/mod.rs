//! What happened to capabilities: events, and what follows from their order.

mod event;
mod migration;
mod order;
pub mod timeline;

pub use event::{CapEvent, Direction, Peer};
pub use migration::{LoneExport, LoneImport, MigrationLimits, Migrations, Pair};
pub use order::InOrder;
