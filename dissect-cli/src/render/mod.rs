//! Reports become bytes. A renderer gets what is known and a writer; it reads no capture and decides nothing.

mod check;
pub mod comment;
mod event;
mod explain;
mod facts;
mod fields;
mod holders;
mod html;
mod json;
mod line;
mod markdown;
pub mod messages;
mod missed;
mod sessions;
mod stats;
mod summary;
mod text;
pub mod timeline;
mod unmatched;
pub mod watch;

pub use check::{check, found};
pub use event::{Events, Format};
pub use explain::{explain, explain_all};
pub use fields::{field, fields, fields_json, fields_overview};
pub use holders::holders;
pub use html::page;
pub use json::{check_json, found_json};
pub use missed::{complaints, faults_of as faults, missed};
pub use sessions::{connections, reconnects, sessions};
pub use stats::stats;
pub use summary::summary;
pub use text::{Style, clock};
pub use unmatched::{misplaced, unmatched};

/// Version of the machine-readable outputs. It grows when a key changes its meaning or goes; new keys do
/// not count.
pub const SCHEMA_VERSION: u32 = 1;
