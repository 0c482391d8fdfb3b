//! The stages from capture to report.
//!
//! Each stage is a small struct that takes one type and hands on another; none prints, none knows the one
//! to its right: capture, net, stream, session, cap event, timeline, finding, report, render.

pub mod annotate;
pub mod caps;
pub mod capture;
pub mod dissect;
pub mod event;
pub mod fields;
pub mod filter;
pub mod findings;
mod hash;
pub mod names;
pub mod net;
pub mod pipeline;
pub mod place;
pub mod render;
pub mod report;
pub mod session;
pub mod stream;
#[cfg(any(test, fuzzing))]
pub mod testing;
