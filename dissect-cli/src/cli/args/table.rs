//! How tables are written.

use clap::Args;

use super::CheckFormat;

/// How a command writes its tables. What else `--all` lists, and what is drawn, the commands say themselves.
#[derive(Debug, Args)]
pub(crate) struct Table {
    /// text or json
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
    /// List every row
    #[arg(long)]
    pub(crate) all: bool,
    /// Write with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,
}
