//! What happened to capabilities: events, and what follows from their order.

mod event;

pub use event::{CapEvent, Direction, Peer};
