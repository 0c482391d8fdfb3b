//! How bad a finding is, how sure, and how it came out.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Went wrong, and was mended as far as the capture shows.
    Warning,
    /// Went wrong.
    Error,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The capture shows it.
    Certain,
    /// The capture does not cover what would settle it.
    Undetermined,
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// Nothing more was seen.
    None,
    /// The client re-asserted the cap to the rank that came back.
    Reconnect,
    /// The client went back to the rank, and did not tell it this cap: it was trimmed or lost.
    NotReasserted,
    /// The exporter was gone before it could tell; the importer has the cap.
    ExporterLost,
    /// The rank spoke of the cap again after its connection to the client was lost: the client had
    /// re-asserted it.
    Rejoin,
    /// The rank spoke of the cap, on the connection on which it should have announced it.
    CapInUse,
    /// The session with the rank was closed or rejected.
    SessionClosed,
    /// The connection to the rank was lost, and the cap not heard of again.
    ConnectionLost,
    /// The capture ended before it could come.
    CaptureEnded,
}
