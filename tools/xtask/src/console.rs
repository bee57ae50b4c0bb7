//! Prints one line per step: its name, its outcome and its duration.
//!
//! Steps can take minutes, and a silent command looks like one that hangs. So a running step shows the seconds and the last line of its
//! child: in place on a terminal, and as a new line every half minute elsewhere, as in CI.

use crate::process;
use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// The state of a running step: the last line that its child has printed, the CPU time of the children that have ended, and the step's
/// deadline.
#[derive(Clone, Default)]
pub struct Progress {
    state: Arc<Mutex<ProgressState>>,
    /// When children that still run are stopped.
    pub deadline: Option<Instant>,
}

#[derive(Default)]
struct ProgressState {
    last_line: String,
    processor_time: Duration,
}

impl Progress {
    /// The state of a step inside of the step that this thread runs, if it runs one. Both have the same deadline.
    fn inner() -> Self {
        let deadline = RUNNING.with_borrow(|outer| outer.as_ref().and_then(|it| it.deadline));
        Self { deadline, ..Self::default() }
    }

    pub fn show(&self, line: &str) {
        self.change(|state| {
            state.last_line.clear();
            state.last_line.push_str(line.trim());
        });
    }

    pub fn add_processor_time(&self, time: Duration) {
        self.change(|state| state.processor_time += time);
    }

    pub fn processor_time(&self) -> Duration {
        self.state.lock().map(|state| state.processor_time).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut ProgressState)) {
        if let Ok(mut state) = self.state.lock() {
            change(&mut state);
        }
    }

    fn last_line(&self) -> String {
        self.state.lock().map(|state| state.last_line.clone()).unwrap_or_default()
    }
}

/// Runs `work` and prints the step's line.
pub fn step<T>(what: &str, work: impl FnOnce(&Progress) -> anyhow::Result<T>) -> anyhow::Result<T> {
    timed(what, "FAIL", &Progress::inner(), work)
}

/// Runs a step that may fail, because the caller then has a fallback.
pub fn attempt<T>(what: &str, work: impl FnOnce(&Progress) -> anyhow::Result<T>) -> anyhow::Result<T> {
    timed(what, "no  ", &Progress::inner(), work)
}

/// As [`step`], with the caller's `progress`.
pub fn step_with<T>(what: &str, progress: &Progress, work: impl FnOnce(&Progress) -> anyhow::Result<T>) -> anyhow::Result<T> {
    timed(what, "FAIL", progress, work)
}

thread_local! {
    /// The innermost step that this thread runs. The CPU time of a step also counts for the step around it.
    static RUNNING: RefCell<Option<Progress>> = const { RefCell::new(None) };
}

fn timed<T>(what: &str, failed: &str, progress: &Progress, work: impl FnOnce(&Progress) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let started = Instant::now();
    let outer = RUNNING.replace(Some(progress.clone()));
    let outcome = thread::scope(|scope| {
        // The thread ends as soon as this sender is dropped.
        let (_running, ended) = mpsc::channel();
        scope.spawn(move || show(what, started, progress, &ended));
        work(progress)
    });
    process::yield_to_signal();
    if let Some(outer) = &outer {
        outer.add_processor_time(progress.processor_time());
    }
    RUNNING.set(outer);
    let mark = match &outcome {
        Ok(_) => "ok  ",
        Err(error) if error.is::<process::OutOfTime>() => "stop",
        Err(_) => failed,
    };
    line(&format!("{mark} {what} ({})", seconds(started.elapsed())));
    outcome
}

/// Prints a line for a step that had nothing to do.
pub fn note(text: &str) {
    line(&format!("ok   {text}"));
}

/// Prints a line that the user should read although nothing has failed.
pub fn warn(text: &str) {
    line(&format!("note {text}"));
}

pub fn error(error: &anyhow::Error) {
    let mut text = format!("\nerror: {error}");
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  because: {cause}"));
    }
    eprintln!("{text}");
}

pub fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        short if short < 10.0 => format!("{short:.1} s"),
        medium if medium < 120.0 => format!("{medium:.0} s"),
        long => format!("{} min {:02} s", long as u64 / 60, long as u64 % 60),
    }
}

fn line(text: &str) {
    let clear = if std::io::stdout().is_terminal() { "\r\x1b[K" } else { "" };
    let mut out = std::io::stdout().lock();
    // `println!` would panic if the reader closes the pipe, as `cargo xtask … | head` does.
    let _ = writeln!(out, "{clear}{text}");
    let _ = out.flush();
}

/// Shows a running step until `ended` has no sender.
fn show(what: &str, started: Instant, progress: &Progress, ended: &mpsc::Receiver<()>) {
    let is_terminal = std::io::stdout().is_terminal();
    let every = if is_terminal { Duration::from_millis(500) } else { Duration::from_secs(30) };
    if is_terminal {
        draw(what, started, progress);
    }
    while ended.recv_timeout(every) == Err(mpsc::RecvTimeoutError::Timeout) {
        if is_terminal {
            draw(what, started, progress);
        } else {
            line(&format!("...  {what} ({}) {}", seconds(started.elapsed()), shortened(&progress.last_line(), 80)));
        }
    }
}

fn draw(what: &str, started: Instant, progress: &Progress) {
    let text = format!("...  {what} ({}) {}", seconds(started.elapsed()), progress.last_line());
    let mut out = std::io::stdout().lock();
    // The line must not wrap, because the next line could not overwrite all of it.
    let _ = write!(out, "\r\x1b[K{}", shortened(&text, 78));
    let _ = out.flush();
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_inside_of_another_ends_at_its_deadline() {
        let outer = Progress { deadline: Some(Instant::now()), ..Progress::default() };
        let inner = step_with("outer", &outer, |_| step("inner", |progress| Ok(progress.deadline)));
        assert_eq!(inner.unwrap(), outer.deadline);
    }
}
