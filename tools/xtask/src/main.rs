//! The project's commands, `cargo xtask <command>`.
//!
//! Each command has a file with its name, except `dist` (`emulator_packages`). The folder `app` builds the app. The commands share `project`
//! (paths, versions, environment), `process` (child processes, signals) and `console` (one line per step).

mod app;
mod arguments;
mod bench;
mod console;
mod diagrams;
mod e2e;
mod emulator_packages;
mod files;
mod fingerprint;
mod machine_speed;
mod ports;
mod postgresql;
mod process;
mod project;
mod release;
mod screenshots;
mod serve;
mod server;
mod session_package;
mod setup;
mod size;
mod soak;
mod test;

use app::{build, dist, inline, minify, parts, program, staging, trunk, wasm_tools};
use pico_args::Arguments;
use std::process::ExitCode;

/// Runs a command with its arguments.
type Run = fn(Arguments) -> anyhow::Result<()>;

/// The commands, each with its help. All arguments of `trunk` are for Trunk, which has its own help.
const COMMANDS: [(&str, &str, Run); 12] = [
    ("serve", serve::HELP, serve::command),
    ("test", test::HELP, test::command),
    ("build", build::HELP, build::command),
    ("dist", emulator_packages::HELP, emulator_packages::command),
    ("size", size::HELP, size::command),
    ("bench", bench::HELP, bench::command),
    ("soak", soak::HELP, soak::command),
    ("diagrams", diagrams::HELP, diagrams::command),
    ("release", release::HELP, release::command),
    ("screenshots", screenshots::HELP, screenshots::command),
    ("trunk", "", trunk::command),
    ("setup", setup::HELP, setup::command),
];

const HELP: &str = "\
usage: cargo xtask <command>

  serve        start everything: emulator, Store, Forums and the app; ends in a line that begins with `ready`
  test         what every change must pass; --all runs every test, --only unit|browser|journeys and a filter a few
  build        the release build of the app, into dist/
  dist         the emulator as a static program with its packages for npm and PyPI, or the session's npm package
  size         what the release build weighs, checked against the budget
  bench        measure the app beside the same shop in React, Preact and SolidJS, in Chromium
  soak         the server under load behind nginx, while its instances are killed and restarted
  diagrams     redraw the workflows' sequence diagrams (docs/workflows) from real runs
  release      check that the libraries can be published, and print the commands that publish them
  screenshots  take a picture of every page and state, in each language (target/screenshots)
  trunk        Trunk with the right environment, e.g. `cargo xtask trunk serve` for live reload on port 8081
  setup        install what the commands need (the other commands call it by themselves)

`cargo xtask <command> --help` shows the command's flags.";

fn main() -> ExitCode {
    process::handle_signals();
    let mut words = std::env::args_os().skip(1);
    let command = words.next().map_or_else(|| "help".to_owned(), |word| word.to_string_lossy().into_owned());
    let mut arguments = Arguments::from_vec(words.collect());
    if matches!(&*command, "help" | "-h" | "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Some((_, help, run)) = COMMANDS.into_iter().find(|(name, ..)| *name == command) else {
        eprintln!("there is no command `{command}`\n\n{HELP}");
        return ExitCode::from(2);
    };
    if !help.is_empty() && arguments.contains(["-h", "--help"]) {
        println!("{help}");
        return ExitCode::SUCCESS;
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process::yield_to_signal();
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}
