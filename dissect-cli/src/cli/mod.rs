//! Arguments, commands, exit statuses.

mod annotate;
mod args;
mod check;
mod chosen;
mod commands;
mod fields;
mod follow;
mod help;
mod holders;
mod manual;
mod marks;
mod messages;
mod migrations;
mod report;
mod run;
mod sessions;
mod stats;
mod timeline;
mod top;
mod watching;

use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches};

/// The program.
pub(crate) fn main() -> ExitCode {
    let command = args::Args::command().color(color_of_help(std::env::args_os()));
    let args = match args::Args::from_arg_matches(&command.get_matches()) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
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

/// What `--color` says for help and for errors in the arguments, which come before it is parsed.
fn color_of_help(args: impl Iterator<Item = std::ffi::OsString>) -> ColorChoice {
    let mut choice = ColorChoice::Auto;
    let mut next = false;
    for arg in args {
        let arg = arg.to_string_lossy();
        let when = match arg.strip_prefix("--color=") {
            None if next => Some(arg.as_ref()),
            when => when,
        };
        choice = match when {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            Some("auto") => ColorChoice::Auto,
            _ => choice,
        };
        next = arg == "--color";
    }
    choice
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
