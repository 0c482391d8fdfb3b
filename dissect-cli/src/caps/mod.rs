//! What follows from events and their order: migrations, the clients' views, timelines.

mod answers;
mod arena;
mod migration;
pub mod moves;
pub mod nowhere;
mod oddities;
pub mod replay;
pub mod sessions;
mod story;
pub mod timeline;
pub mod watch;

pub use migration::{Disagreement, LoneExport, LoneImport, MigrationLimits, Migrations, Pair};
pub use oddities::{Odd, Oddities, OddityLimits};
pub use story::Story;
