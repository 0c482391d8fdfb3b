//! Arguments, commands, exit statuses.

mod args;
mod chosen;
mod commands;
mod fields;
mod holders;
mod messages;
mod migrations;
mod report;
mod run;
mod sessions;
mod timeline;
mod top;
mod watching;

use std::process::ExitCode;

use clap::Parser;

/// The program.
pub(crate) fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(&args) {
        Ok(status) => status.into(),
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => Status::Clean.into(),
        Err(error) => {
            eprintln!("ceph-dissect: {error:#}");
            Status::Trouble.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(|e| e.kind())
    };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: nothing found.
    Clean,
    /// 1: `check` found something of severity warning or above that is certain.
    Found,
    /// 2: the input, or part of it, could not be processed, or the arguments are wrong.
    Trouble,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Clean => 0,
            Status::Found => 1,
            Status::Trouble => 2,
        })
    }
}
