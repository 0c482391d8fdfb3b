//! Captures written again with what was found in them.
//!
//! What is known of a packet may be told by a later one: [`Pending`] lets packets wait for it. What makes a
//! smaller capture readable by itself is known to [`Keeper`].

mod keep;
mod pending;
#[cfg(test)]
mod tests;

pub use keep::{Keeper, Kept, Limits};
pub use pending::{MAX_WAITING, Pending};
