//! Starts long-running child programs, waits until they print that they listen, and notices when they end.
//!
//! All output of a program goes to a log file. If the program ends, the error contains the last lines.

use crate::console;
use crate::process::{self, Group};
use anyhow::bail;
use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// How long a program may take until it prints that it listens.
const START: Duration = Duration::from_secs(60);
/// How many of the last lines an error shows.
const LAST_LINES: usize = 15;

/// A running program. Dropping this value stops it.
pub struct Server {
    name: &'static str,
    group: Group,
    last_lines: LastLines,
    log: PathBuf,
    events: mpsc::Receiver<Event>,
}

type LastLines = Arc<Mutex<VecDeque<String>>>;

enum Event {
    Line(String),
    /// The program has closed its output, because it has ended.
    Ended,
}

impl Server {
    pub fn start(name: &'static str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let file = fs_err::File::create(log)?;
        let file = Arc::new(Mutex::new(file));
        let mut group = Group::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let last_lines = LastLines::default();
        let (sender, events) = mpsc::channel();
        let each = {
            let (last_lines, events) = (Arc::clone(&last_lines), sender.clone());
            move |line: String| {
                if let Ok(mut file) = file.lock() {
                    let _ = writeln!(file, "{line}");
                }
                if let Ok(mut last_lines) = last_lines.lock() {
                    if last_lines.len() == LAST_LINES {
                        last_lines.pop_front();
                    }
                    last_lines.push_back(line.clone());
                }
                // Sending fails once the server is dropped; the log must still get the rest.
                let _ = events.send(Event::Line(line));
            }
        };
        let readers = [
            group.process.stdout.take().map(|out| process::read_lines(out, each.clone())),
            group.process.stderr.take().map(|out| process::read_lines(out, each)),
        ];
        std::thread::spawn(move || {
            for reader in readers.into_iter().flatten() {
                let _ = reader.join();
            }
            let _ = sender.send(Event::Ended);
        });
        Ok(Self { name, group, last_lines, log: log.to_owned(), events })
    }

    /// Waits until the program prints a line that contains `text`.
    pub fn wait_for(&mut self, text: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        loop {
            match self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Event::Line(line)) if line.contains(text) => return Ok(()),
                Ok(Event::Line(_)) => {}
                Ok(Event::Ended) | Err(mpsc::RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    bail!("{} did not print `{text}` within {}; its last lines:\n{}", self.name, console::seconds(START), self.last_lines())
                }
            }
        }
    }

    /// Blocks until the program has ended. That is always an error, because a server runs until this process stops it.
    fn wait_for_end(mut self) -> anyhow::Error {
        while matches!(self.events.recv(), Ok(Event::Line(_))) {}
        self.ended()
    }

    fn ended(&mut self) -> anyhow::Error {
        let status = self.group.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let name = self.name;
        anyhow::anyhow!("{name} has ended ({status}); its last lines, all of them in {}:\n{}", self.log.display(), self.last_lines())
    }

    fn last_lines(&self) -> String {
        let lines = self.last_lines.lock().map(|lines| lines.iter().cloned().collect::<Vec<_>>().join("\n")).unwrap_or_default();
        process::indented(&lines)
    }
}

/// Blocks until the first server has ended, stops the others, and returns the error of the first. On Ctrl-C this never returns,
/// because the signal's handler ends the process.
pub fn watch(servers: Vec<Server>) -> anyhow::Error {
    let (sender, ended) = mpsc::channel();
    for server in servers {
        let sender = sender.clone();
        std::thread::spawn(move || sender.send(server.wait_for_end()));
    }
    let error = ended.recv().unwrap_or_else(|_| anyhow::anyhow!("there is nothing to watch"));
    process::stop_all();
    error
}
