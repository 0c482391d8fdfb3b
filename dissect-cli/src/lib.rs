//! The stages from capture to report.

pub mod place;
