//! The project's commands, `cargo xtask <command>`.
//!
//! Each command has a file with its name, except `dist` (`emulator_packages`). The commands share `project` (paths, versions, environment), `process` (child processes, signals)
//! and `console` (one line per step).

mod bench;
mod build;
mod console;
mod diagrams;
mod dist;
mod e2e;
mod emulator_packages;
mod fingerprint;
mod function_order;
mod glue;
mod inline;
mod machine_speed;
mod minify;
mod parts;
mod ports;
mod postgresql;
mod process;
mod program;
mod project;
mod release;
mod screenshots;
mod serve;
mod server;
mod session_package;
mod setup;
mod size;
mod soak;
mod staging;
mod temporary_folder;
mod test;
mod trunk;
mod wasm_module;
mod wasm_tools;

use std::process::ExitCode;

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
    let mut arguments = lexopt::Parser::from_env();
    let command = match arguments.next() {
        Ok(Some(lexopt::Arg::Value(command))) => command.to_string_lossy().into_owned(),
        Ok(None | Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help"))) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Some(other)) => return usage_mistake(&other.unexpected().to_string()),
        Err(mistake) => return usage_mistake(&mistake.to_string()),
    };
    let outcome = match command.as_str() {
        "setup" => setup::command(arguments),
        "serve" => serve::command(arguments),
        "test" => test::command(arguments),
        "build" => build::command(arguments),
        "dist" => emulator_packages::command(arguments),
        "size" => size::command(arguments),
        "bench" => bench::command(arguments),
        "soak" => soak::command(arguments),
        "diagrams" => diagrams::command(arguments),
        "release" => release::command(arguments),
        "screenshots" => screenshots::command(arguments),
        "trunk" => trunk::command(arguments),
        "help" => {
            println!("{HELP}");
            Ok(())
        }
        _ => return usage_mistake(&format!("there is no command `{command}`")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process::yield_to_signal();
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn usage_mistake(mistake: &str) -> ExitCode {
    eprintln!("{mistake}\n\n{HELP}");
    ExitCode::from(2)
}
