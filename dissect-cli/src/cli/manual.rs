//! `completions` and `man`: what packagers install beside the program.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Status;
use super::args::Args;
use super::commands::stdout;

/// Writes the script that completes commands and options.
pub(super) fn completions(shell: Shell) -> anyhow::Result<Status> {
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    // The generator cannot fail but by panicking where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    if shell == Shell::Bash {
        script = mended(script);
    }
    let mut out = stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Status::Clean)
}

/// The generator writes the hyphen of the program's name in one way where it remembers which command was typed,
/// and in another where it asks for it, so that nothing behind a command's name would be completed:
/// <https://github.com/clap-rs/clap/issues/6421>.
fn mended(script: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(script) {
        Ok(text) => text.replace("ceph__subcmd__dissect", "ceph__dissect").into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Writes the program's manual page, or that and those of all commands into a directory.
pub(super) fn man(out_dir: Option<&Path>) -> anyhow::Result<Status> {
    // `help` has nothing to say that the other pages do not.
    let command = Args::command().disable_help_subcommand(true);
    match out_dir {
        Some(dir) => {
            std::fs::create_dir_all(dir)
                .with_context(|| format!("{} cannot be made", dir.display()))?;
            clap_mangen::generate_to(command, dir)
                .with_context(|| format!("nothing can be written into {}", dir.display()))?;
        }
        None => {
            let mut command = command;
            command.build();
            let mut out = stdout();
            clap_mangen::Man::new(command).render(&mut out)?;
            out.flush()?;
        }
    }
    Ok(Status::Clean)
}
