//! Messages as people look at them: a line each, or every field, or every byte.

mod columns;
mod hex;
mod json;
mod line;
mod mark;
mod pdml;
mod tree;
mod value;

pub use columns::{Layout, Occurrence, columns, header};
pub use hex::hex;
pub use json::{Indexed, Record};
pub use line::{Clock, Lead, line};
pub use mark::mark;
pub use pdml::{ek, pdml, pdml_begin, pdml_end};
pub use tree::tree;
pub(in crate::render) use value::Told;

pub use crate::dissect::Row;
