//! The stages from capture to report.

pub mod capture;
pub mod net;
pub mod place;
pub mod stream;
