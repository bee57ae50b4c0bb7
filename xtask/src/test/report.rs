//! Runs the steps of `cargo xtask test`, keeps the result of each, and prints the summary.

use crate::console::{self, Progress};
use crate::{process, project};
use anyhow::{Context, bail};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

#[derive(Default)]
pub(super) struct Report {
    steps: Vec<(String, StepResult)>,
}

enum StepResult {
    Passed {
        tests: usize,
        time: Duration,
    },
    Failed {
        time: Duration,
        /// The lines that name the tests that failed.
        tests: Vec<String>,
    },
    /// A program is missing on this machine, or an earlier step that this one needs has failed.
    NotRun {
        reason: String,
    },
}

/// How many tests a step ran; `None` for a step that runs no tests, such as a lint.
pub(super) type TestCount = Option<usize>;

impl Report {
    /// Runs a step and returns whether it passed. A failure is printed at once.
    pub(super) fn step(&mut self, name: &str, work: impl FnOnce(&Progress) -> anyhow::Result<TestCount>) -> bool {
        let started = Instant::now();
        let outcome = console::step(name, work);
        let time = started.elapsed();
        let result = match &outcome {
            Ok(tests) => StepResult::Passed { tests: tests.unwrap_or(0), time },
            Err(error) => {
                console::error(error);
                let tests = error.to_string().lines().map(str::trim).filter(|line| names_failed_test(line)).map(str::to_owned).collect();
                StepResult::Failed { time, tests }
            }
        };
        self.steps.push((name.to_owned(), result));
        outcome.is_ok()
    }

    /// Runs the steps of two parts at the same time. The summary lists those of the first part first.
    pub(super) fn side_by_side(&mut self, first: impl FnOnce(&mut Self), second: impl FnOnce(&mut Self) + Send) {
        let mut steps_of_second = Self::default();
        thread::scope(|scope| {
            scope.spawn(|| second(&mut steps_of_second));
            first(self);
        });
        self.steps.append(&mut steps_of_second.steps);
    }

    pub(super) fn not_run(&mut self, name: &str, reason: impl Into<String>) {
        self.steps.push((name.to_owned(), StepResult::NotRun { reason: reason.into() }));
    }

    /// Prints the summary. Returns an error if a step failed, or if no test's name contains the filter.
    pub(super) fn print_summary(self, filter: Option<&str>) -> anyhow::Result<()> {
        println!("\nsummary");
        let (mut total, mut failed) = (0, Vec::new());
        for (name, result) in &self.steps {
            match result {
                StepResult::Passed { tests: 0, time } => println!("  passed   {name} ({})", console::seconds(*time)),
                StepResult::Passed { tests, time } => {
                    total += tests;
                    println!("  passed   {name}: {tests} tests ({})", console::seconds(*time));
                }
                StepResult::Failed { time, tests } => {
                    failed.push(name.as_str());
                    println!("  FAILED   {name} ({})", console::seconds(*time));
                    tests.iter().for_each(|test| println!("           {test}"));
                }
                StepResult::NotRun { reason } => println!("  not run  {name}: {reason}"),
            }
        }
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        match filter {
            Some(filter) if total == 0 => bail!("no test has `{filter}` in its name"),
            _ => Ok(()),
        }
    }
}

/// Runs a command that runs no tests.
pub(super) fn check(command: &mut Command, progress: &Progress) -> anyhow::Result<TestCount> {
    output_of(command, progress).map(|_| None)
}

/// Runs `cargo test` and counts the tests.
pub(super) fn run_tests(command: &mut Command, progress: &Progress) -> anyhow::Result<TestCount> {
    Ok(Some(passed(&output_of(command, progress)?)))
}

/// Runs a command and returns its output. If it fails, the error has the last lines, and a file has the whole output.
fn output_of(command: &mut Command, progress: &Progress) -> anyhow::Result<String> {
    let output = process::output_of(command, progress)?;
    if output.status.success() {
        return Ok(output.all);
    }
    let folder = project::target().join("test-logs");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let log = folder.join(format!("{}.log", crate::fingerprint::of(process::shown(command).as_bytes())));
    std::fs::write(&log, &output.all).with_context(|| format!("cannot write {}", log.display()))?;
    let failed = process::indented(&failed_tests(&output.all));
    let lines = process::indented(&output.tail(80));
    bail!(
        "`{}` ended with {}; its last lines, all of them in {}:\n{lines}\n{failed}",
        process::shown(command),
        output.status,
        log.display()
    )
}

/// The tests that failed, each with what it said when it panicked. What servers print stands between these lines in the output.
fn failed_tests(output: &str) -> String {
    const LINES_OF_A_MESSAGE: usize = 6;
    let mut text = String::new();
    let mut message = 0;
    for line in output.lines() {
        let fails = names_failed_test(line);
        if line.contains(" panicked at ") {
            message = LINES_OF_A_MESSAGE;
        }
        if fails || message > 0 {
            text.push_str(line);
            text.push('\n');
        }
        message = message.saturating_sub(1);
    }
    text
}

/// Whether a line of `cargo test`'s output says that a test failed.
fn names_failed_test(line: &str) -> bool {
    line.starts_with("test ") && line.ends_with("FAILED")
}

/// The sum of `test result: ok. N passed; …` over all test programs.
fn passed(output: &str) -> usize {
    output.lines().filter_map(|line| line.strip_prefix("test result: ok. ")?.split_once(" passed")?.0.parse::<usize>().ok()).sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn failed_tests_are_named_with_their_messages() {
        let output = "test a ... ok\ntest b ... FAILED\nINFO answered\nthread 'b' panicked at b.rs:1:2:\nno heading\n1\n2\n3\n4\n5\n";
        assert_eq!(super::failed_tests(output), "test b ... FAILED\nthread 'b' panicked at b.rs:1:2:\nno heading\n1\n2\n3\n4\n");
    }

    #[test]
    fn tests_are_counted_over_all_programs() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\ntest result: ok. 40 passed; 0 failed\ntest result: FAILED. 7 passed; 1 failed";
        assert_eq!(super::passed(output), 42);
    }
}
