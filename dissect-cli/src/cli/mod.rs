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

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ColorChoice, Command, CommandFactory, FromArgMatches};

/// The program.
pub(crate) fn main() -> ExitCode {
    let args = match parsed(std::env::args_os()) {
        Ok(args) => args,
        // What was typed is repeated in the error.
        Err(error) => parsed(std::env::args_os().map(shown)).err().unwrap_or(error).exit(),
    };
    match commands::run(&args) {
        Ok(status) => status.into(),
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => Status::Clean.into(),
        Err(error) => {
            commands::warn(&format!("{error:#}"));
            Status::Trouble.into()
        }
    }
}

/// The arguments.
fn parsed(args: impl Iterator<Item = OsString>) -> Result<args::Args, clap::Error> {
    let command = args::Args::command().color(color_of_help(std::env::args_os()));
    // A number that must not be negative is refused in our own words.
    let takes_values = |arg: &Arg| arg.get_action().takes_values() && !arg.is_positional();
    let negative = |arg: Arg| match takes_values(&arg) {
        true => arg.allow_negative_numbers(true),
        false => arg,
    };
    let mut command = command.mut_subcommands(|command: Command| command.mut_args(negative));
    let matches = command.try_get_matches_from_mut(args)?;
    args::Args::from_arg_matches(&matches).map_err(|error| {
        let name = matches.subcommand_name();
        match name.and_then(|name| command.find_subcommand_mut(name)) {
            Some(command) => error.format(command),
            None => error,
        }
    })
}

/// An argument as a terminal can be given it.
fn shown(arg: OsString) -> OsString {
    let text = arg.to_string_lossy();
    match text.contains(char::is_control) {
        true => commands::harmless(&text).into(),
        false => arg,
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
