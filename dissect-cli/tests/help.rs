//! The examples in each command's help work, and so do completions and manual pages.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CAPTURE: &str = "crc-importer-crash.pcapng";

fn dissect(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ceph-dissect")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn commands() -> Vec<String> {
    let help = text(&dissect(&["--help"]).stdout);
    let (_, list) = help.split_once("\nCommands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let names = list.lines().filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next().map(str::to_owned));
    names.filter(|name| name != "help").collect()
}

/// Examples of a command's help: whole command lines.
fn examples(command: &str) -> Vec<String> {
    let help = text(&dissect(&[command, "--help"]).stdout);
    let Some((_, rest)) = help.split_once("\nExamples:\n") else { return Vec::new() };
    let lines = rest.lines().take_while(|line| line.starts_with("  "));
    let lines = lines.filter(|line| !line.starts_with("      "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// A directory with the capture that examples speak of.
fn here() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("help-examples");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(CAPTURE);
    let bytes = std::fs::read(data).unwrap();
    std::fs::write(dir.join("capture.pcapng.zst"), zstd::encode_all(&bytes[..], 1).unwrap())
        .unwrap();
    std::fs::write(dir.join("capture.pcapng"), bytes).unwrap();
    dir
}

#[test]
fn every_example_of_every_help_works() {
    let dir = here();
    // Where `ceph-dissect` is found.
    let bin = Path::new(env!("CARGO_BIN_EXE_ceph-dissect")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let zstd = Command::new("zstd").arg("--version").output().is_ok();
    let commands = commands();
    assert!(commands.len() >= 18, "{commands:?}");
    for command in commands {
        let examples = examples(&command);
        assert!((2..=3).contains(&examples.len()), "{command}: {examples:?}");
        for example in examples {
            assert!(example.contains(&format!("ceph-dissect {command}")), "{command}: {example}");
            if example.starts_with("zstd") && !zstd {
                eprintln!("skipped, as there is no zstd: {example}");
                continue;
            }
            let mut run = Command::new("sh");
            run.args(["-c", &example]).env("PATH", &path).current_dir(&dir);
            let output = run.output().unwrap();
            let (said, status) = (text(&output.stderr), output.status.code());
            assert!(said.is_empty(), "{example}: {said}");
            // What is found is worth an example too.
            let found = command == "check" && status == Some(1);
            assert!(status == Some(0) || found, "{example}: {status:?}");
            let quiet = example.contains("--out-dir") || example.contains(" -o ");
            assert!(quiet || output.stdout.len() > 100, "{example}: {}", text(&output.stdout));
        }
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = dissect(&["completions", shell]);
        let script = text(&output.stdout);
        assert!(output.status.success() && output.stderr.is_empty());
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        assert!(script.contains("revoke-timeout") && script.contains("color"), "{shell}");
    }
    // What the script for bash remembers is what it asks for.
    let bash = text(&dissect(&["completions", "bash"]).stdout);
    let states =
        bash.lines().filter_map(|line| line.trim().strip_prefix("cmd=\"")?.strip_suffix('"'));
    let states: Vec<_> = states.filter(|state| !state.is_empty()).collect();
    assert!(states.len() > commands().len(), "{states:?}");
    for state in states {
        assert!(bash.contains(&format!("        {state})\n")), "{state}");
    }
    let wrong = dissect(&["completions", "tcsh"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("[possible values: bash, elvish, fish, powershell, zsh]"));
}

#[test]
fn a_manual_page_for_the_program_and_each_command() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("help-man/man1");
    let _ = std::fs::remove_dir_all(&dir);
    let output = dissect(&["man", "--out-dir", dir.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    for command in commands() {
        let page = page(&format!("ceph-dissect-{command}.1"));
        assert!(page.starts_with(".ie") && page.contains(".SH NAME"), "{command}");
        assert!(page.contains("Examples:"), "{command}");
    }
    let whole = page("ceph-dissect.1");
    assert_eq!(text(&dissect(&["man"]).stdout), whole);
    assert!(whole.contains("Exit status:") || whole.contains("Exit status"), "{whole}");
    // A directory that cannot be made.
    let file = dir.join("ceph-dissect.1/below");
    let wrong = dissect(&["man", "--out-dir", file.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("cannot be made"), "{}", text(&wrong.stderr));
}
