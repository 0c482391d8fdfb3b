//! The `ceph-dissect` program: arguments, stages, a renderer, an exit status.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
