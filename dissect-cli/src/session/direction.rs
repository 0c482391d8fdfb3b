//! Which way a message went between a client and a metadata server.

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From a metadata server to a client.
    MdsToClient,
    /// From a client to a metadata server.
    ClientToMds,
}
