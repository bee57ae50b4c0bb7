//! Runs the steps of `cargo xtask test`, keeps the result and the cost of each, prints the summary, and writes `target/test-report.json`.

use super::options::Suite;
use crate::console::{self, Progress};
use crate::process::OutOfTime;
use crate::{files, machine_speed, process, project};
use anyhow::{bail, ensure};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

pub(super) struct Report {
    steps: Vec<Step>,
    /// When steps that still run are stopped. They count as not run.
    deadline: Option<Instant>,
    started: Instant,
}

struct Step {
    name: String,
    suite: Suite,
    /// The time from the start of the run.
    began: Duration,
    time: Duration,
    /// The CPU time of the step's child processes.
    processor_time: Duration,
    outcome: Outcome,
}

enum Outcome {
    Passed {
        tests: usize,
    },
    Failed(TestFailure),
    /// This machine lacks a program, an earlier step that this one needs has failed, or the time was up.
    NotRun {
        reason: String,
    },
}

/// How many tests a step ran; `None` for a step that runs no tests, such as a lint.
pub(super) type TestCount = Option<usize>;

impl Report {
    pub(super) fn new(started: Instant) -> Self {
        Self { steps: Vec::new(), deadline: None, started }
    }

    pub(super) const fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    pub(super) fn is_out_of_time(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Sets up the tools of the step `name`. Returns `None` if the step cannot run: if its time is over, which spares the set-up, or if the
    /// set-up fails outside CI. In CI, the step fails with the error.
    pub(super) fn set_up<T>(&mut self, suite: Suite, name: &str, set_up: impl FnOnce() -> anyhow::Result<T>) -> Option<anyhow::Result<T>> {
        if self.is_out_of_time() {
            self.not_run(suite, name, OutOfTime.to_string());
            return None;
        }
        match set_up() {
            Err(error) if !project::is_ci() => {
                self.not_run(suite, name, process::reason(&error));
                None
            }
            outcome => Some(outcome),
        }
    }

    /// Runs a step and returns whether it passed. A failure is printed at once.
    pub(super) fn step(&mut self, suite: Suite, name: &str, work: impl FnOnce(&Progress) -> anyhow::Result<TestCount>) -> bool {
        if self.is_out_of_time() {
            self.not_run(suite, name, OutOfTime.to_string());
            return false;
        }
        let mut progress = Progress::default();
        progress.deadline = self.deadline;
        let began = Instant::now();
        let outcome = match console::step_with(name, &progress, work) {
            Ok(tests) => Outcome::Passed { tests: tests.unwrap_or(0) },
            Err(error) if error.is::<OutOfTime>() => Outcome::NotRun { reason: error.to_string() },
            Err(error) => {
                console::error(&error);
                Outcome::Failed(error.downcast().unwrap_or_default())
            }
        };
        let has_passed = matches!(outcome, Outcome::Passed { .. });
        self.steps.push(Step {
            name: name.to_owned(),
            suite,
            began: began.duration_since(self.started),
            time: began.elapsed(),
            processor_time: progress.processor_time(),
            outcome,
        });
        has_passed
    }

    /// Runs two sequences of steps at the same time.
    pub(super) fn side_by_side(&mut self, first: impl FnOnce(&mut Self), second: impl FnOnce(&mut Self) + Send) {
        let mut of_second = Self { steps: Vec::new(), ..*self };
        thread::scope(|scope| {
            scope.spawn(|| second(&mut of_second));
            first(self);
        });
        self.steps.append(&mut of_second.steps);
    }

    pub(super) fn not_run(&mut self, suite: Suite, name: &str, reason: impl Into<String>) {
        let (began, none) = (self.started.elapsed(), Duration::ZERO);
        let outcome = Outcome::NotRun { reason: reason.into() };
        self.steps.push(Step { name: name.to_owned(), suite, began, time: none, processor_time: none, outcome });
    }

    /// Prints the summary: what failed, then all steps by their cost, then what was not run.
    ///
    /// # Errors
    /// Returns an error if a step failed, or if no test's name contains the filter.
    pub(super) fn finish(mut self, filter: Option<&str>) -> anyhow::Result<()> {
        self.steps.sort_by_key(|step| std::cmp::Reverse((step.processor_time.max(step.time), step.time)));
        let failures: Vec<_> = self.steps.iter().filter_map(Step::failure).collect();
        if !failures.is_empty() {
            println!("\nfailed");
            failures.iter().for_each(|(step, failure)| failure.print(step));
        }
        println!("\nsteps by cost: wall time, processor time of their programs");
        for step in &self.steps {
            let cost = format!("{:>12} {:>12}", console::seconds(step.time), console::seconds(step.processor_time));
            match &step.outcome {
                Outcome::Passed { tests: 0 } => println!("  passed {cost}  {}", step.name),
                Outcome::Passed { tests } => println!("  passed {cost}  {}: {tests} tests", step.name),
                Outcome::Failed(_) => println!("  FAILED {cost}  {}", step.name),
                Outcome::NotRun { .. } => {}
            }
        }
        for step in &self.steps {
            if let Outcome::NotRun { reason } = &step.outcome {
                println!("  not run  {}: {reason}", step.name);
            }
        }
        let total: usize = self.steps.iter().map(Step::tests).sum();
        let factor = machine_speed::time_factor();
        println!("\n{total} tests passed in {}; time limits were multiplied by {factor:.1}", console::seconds(self.started.elapsed()));
        if !failures.is_empty() {
            bail!("failed: {}", failures.iter().map(|(step, _)| step.name.as_str()).collect::<Vec<_>>().join(", "));
        }
        match filter {
            Some(filter) if total == 0 => bail!("no test has `{filter}` in its name"),
            _ => Ok(()),
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.outcome, Outcome::Passed { .. }))
    }

    pub(super) fn write_json(&self) -> anyhow::Result<()> {
        let steps: Vec<String> = self.steps.iter().map(Step::json).collect();
        let text = format!("[\n  {}\n]\n", steps.join(",\n  "));
        Ok(fs_err::write(project::target().join("test-report.json"), text)?)
    }
}

impl Step {
    fn failure(&self) -> Option<(&Self, &TestFailure)> {
        match &self.outcome {
            Outcome::Failed(failure) => Some((self, failure)),
            Outcome::Passed { .. } | Outcome::NotRun { .. } => None,
        }
    }

    fn tests(&self) -> usize {
        match self.outcome {
            Outcome::Passed { tests } => tests,
            Outcome::Failed(_) | Outcome::NotRun { .. } => 0,
        }
    }

    fn json(&self) -> String {
        let outcome = match &self.outcome {
            Outcome::Passed { .. } => "passed",
            Outcome::Failed(_) => "failed",
            Outcome::NotRun { .. } => "not run",
        };
        let [began, wall, processor] = [self.began, self.time, self.processor_time].map(|it| it.as_secs_f64());
        format!(
            r#"{{"step": {:?}, "outcome": "{outcome}", "tests": {}, "began": {began:.1}, "wall": {wall:.1}, "processor": {processor:.1}}}"#,
            self.name,
            self.tests()
        )
    }
}

/// Why a step failed, and which tests failed if it ran any.
#[derive(Debug, Default)]
struct TestFailure {
    message: String,
    tests: Vec<String>,
    log: Option<PathBuf>,
}

impl std::fmt::Display for TestFailure {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.message)
    }
}

impl TestFailure {
    fn print(&self, step: &Step) {
        if self.tests.is_empty() {
            println!("  {}", step.name);
        }
        for test in &self.tests {
            println!("  {test} ({})", step.name);
            println!("      again:   cargo xtask test --only {} {test}", step.suite.name());
            let picture = project::target().join("screenshots").join(format!("{}.png", test.replace("::", "-")));
            if picture.is_file() {
                println!("      picture: {}", picture.display());
            }
        }
        if let Some(log) = &self.log {
            println!("      log:     {}", log.display());
        }
    }
}

pub(super) fn check(command: &mut Command, progress: &Progress) -> anyhow::Result<TestCount> {
    output_of(command, progress).map(|_| None)
}

/// Runs `cargo test` and counts the tests.
pub(super) fn run_tests(command: &mut Command, progress: &Progress) -> anyhow::Result<TestCount> {
    let output = output_of(command, progress)?;
    ensure!(
        !output.contains(SKIPPED_SUITE),
        "a suite was skipped, because it does not call `wasm_bindgen_test_configure!(run_in_browser)`"
    );
    Ok(Some(passed(&output)))
}

/// wasm-bindgen's runner prints this line and succeeds, without running a test.
const SKIPPED_SUITE: &str = "This test suite is only configured to run in node.js";

/// The names of all tests of the programs that `cargo test` would run.
pub(super) fn list_tests(cargo: &mut Command, progress: &Progress) -> anyhow::Result<Vec<String>> {
    let output = process::run(cargo.args(["--", "--list", "--format", "terse"]), progress)?;
    Ok(output.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

/// Runs these tests and no others. Without `--exact`, a filter would also match names that contain its text.
pub(super) fn run_exactly(tests: &[String], cargo: &mut Command, progress: &Progress) -> anyhow::Result<TestCount> {
    if tests.is_empty() {
        return Ok(None);
    }
    let count = run_tests(cargo.args(["--", "--exact"]).args(tests), progress)?;
    ensure!(count == Some(tests.len()), "{} tests were chosen and {} have passed", tests.len(), count.unwrap_or(0));
    Ok(count)
}

/// Runs a command and returns its output. If it fails, the error has the last lines, and a file has the whole output.
fn output_of(command: &mut Command, progress: &Progress) -> anyhow::Result<String> {
    let output = process::output_of(command, progress)?;
    if output.status.success() {
        return Ok(output.all);
    }
    let log = format!("test-logs/{}.log", crate::fingerprint::of(process::shown(command).as_bytes()));
    let log = project::target().join(log);
    files::write(&log, &output.all)?;
    let failed = process::indented(&failed_tests(&output.all));
    let lines = process::indented(&output.tail(80));
    let message = format!(
        "`{}` ended with {}; its last lines, all of them in {}:\n{lines}\n{failed}",
        shortened(&process::shown(command)),
        output.status,
        log.display()
    );
    let tests = output.all.lines().filter_map(failed_test).map(str::to_owned).collect();
    Err(anyhow::Error::msg(TestFailure { message, tests, log: Some(log) }))
}

/// Truncates a command, which may name hundreds of tests.
fn shortened(command: &str) -> String {
    const LENGTH: usize = 300;
    match command.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} …", &command[..end]),
        None => command.to_owned(),
    }
}

/// The lines that name failed tests, and the first lines of their panic messages, without the servers' lines between them.
fn failed_tests(output: &str) -> String {
    const LINES_OF_A_MESSAGE: usize = 6;
    let mut text = String::new();
    let mut message = 0;
    for line in output.lines() {
        let fails = failed_test(line).is_some();
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

/// The name of the failed test, if a line of `cargo test`'s output reports one. Rust's runner ends the line with `FAILED`, wasm-bindgen's
/// with `FAIL`.
fn failed_test(line: &str) -> Option<&str> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    result.starts_with("FAIL").then_some(name)
}

/// The sum of `test result: ok. N passed; …` over all test programs.
fn passed(output: &str) -> usize {
    output.lines().filter_map(|line| line.strip_prefix("test result: ok. ")?.split_once(" passed")?.0.parse::<usize>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_named_with_their_messages() {
        let output = "test a ... ok\ntest b ... FAILED\nINFO answered\nthread 'b' panicked at b.rs:1:2:\nno heading\n1\n2\n3\n4\n5\n";
        assert_eq!(failed_tests(output), "test b ... FAILED\nthread 'b' panicked at b.rs:1:2:\nno heading\n1\n2\n3\n4\n");
        assert_eq!(
            ["test a ... ok", "test m::b ... FAILED", "test c ... FAIL", "FAILED"].map(failed_test),
            [None, Some("m::b"), Some("c"), None]
        );
    }

    #[test]
    fn tests_are_counted_over_all_programs() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\ntest result: ok. 40 passed; 0 failed\ntest result: FAILED. 7 passed; 1 failed";
        assert_eq!(passed(output), 42);
    }

    #[test]
    fn a_step_after_the_deadline_is_not_run() {
        let mut report = Report::new(Instant::now());
        report.set_deadline(Some(Instant::now()));
        assert!(!report.step(Suite::Unit, "late", |_| panic!("the step must not run")));
        assert!(report.set_up(Suite::Unit, "late", || -> anyhow::Result<()> { panic!("the tools must not be installed") }).is_none());
        assert!(!report.is_complete() && report.finish(None).is_ok(), "a step that was not run is not a failure");
    }

    #[test]
    fn a_step_that_runs_at_the_deadline_is_stopped() {
        let mut report = Report::new(Instant::now());
        report.set_deadline(Some(Instant::now() + Duration::from_millis(50)));
        assert!(!report.step(Suite::Unit, "long", |progress| run_tests(Command::new("sleep").arg("1000"), progress)));
        assert!(matches!(&report.steps[..], [Step { outcome: Outcome::NotRun { .. }, .. }]));
    }
}
