//! Messages as people look at them: a line each, or every field, or every byte.

mod hex;
mod json;
mod line;
mod tree;
mod value;

pub use hex::hex;
pub use json::Record;
pub use line::{Clock, line};
pub use tree::tree;
pub(in crate::render) use value::Told;

pub use crate::dissect::Row;
