//! Programs that run on beside us: started, awaited by what they print, watched for their end.

use crate::console;
use crate::process::{self, Group};
use anyhow::{Context, bail};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// How long a program may take until it listens.
const START: Duration = Duration::from_secs(60);
const TAIL: usize = 15;

/// A running program. Stopped when dropped.
pub struct Server {
    name: &'static str,
    group: Group,
    tail: Tail,
    log: PathBuf,
    events: mpsc::Receiver<Event>,
}

type Tail = Arc<Mutex<VecDeque<String>>>;

enum Event {
    Said(String),
    /// Its output is closed: it has ended.
    Ended,
}

impl Server {
    /// Starts `command`; what it says goes to `log`.
    pub fn start(name: &'static str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let file = std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let file = Arc::new(Mutex::new(file));
        let mut group = Group::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let tail = Tail::default();
        let (say, events) = mpsc::channel();
        let readers = [
            group.process.stdout.take().map(|out| reader(out, &tail, &file, say.clone())),
            group.process.stderr.take().map(|out| reader(out, &tail, &file, say.clone())),
        ];
        std::thread::spawn(move || {
            for reader in readers.into_iter().flatten() {
                let _ = reader.join();
            }
            let _ = say.send(Event::Ended);
        });
        Ok(Self { name, group, tail, log: log.to_owned(), events })
    }

    /// Waits for a line that holds `text`.
    pub fn wait_for(&mut self, text: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        loop {
            match self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Event::Said(line)) if line.contains(text) => return Ok(()),
                Ok(Event::Said(_)) => {}
                Ok(Event::Ended) | Err(mpsc::RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    bail!("{} did not say `{text}` within {}; its last lines:\n{}", self.name, console::seconds(START), self.last_lines())
                }
            }
        }
    }

    /// Blocks until the program has ended, which a server never does by itself: always an error.
    fn wait_for_end(mut self) -> anyhow::Error {
        while matches!(self.events.recv(), Ok(Event::Said(_))) {}
        self.ended()
    }

    fn ended(&mut self) -> anyhow::Error {
        let status = self.group.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let name = self.name;
        anyhow::anyhow!("{name} has ended ({status}); its last lines, all of them in {}:\n{}", self.log.display(), self.last_lines())
    }

    fn last_lines(&self) -> String {
        let lines = self.tail.lock().map(|lines| lines.iter().cloned().collect::<Vec<_>>().join("\n")).unwrap_or_default();
        process::indented(&lines)
    }
}

/// Blocks until the first of them has ended, and gives that as the error. On Ctrl-C this command ends from inside.
pub fn watch(servers: Vec<Server>) -> anyhow::Error {
    let (tell, first) = mpsc::channel();
    for server in servers {
        let tell = tell.clone();
        std::thread::spawn(move || tell.send(server.wait_for_end()));
    }
    let error = first.recv().unwrap_or_else(|_| anyhow::anyhow!("there is nothing to watch"));
    process::stop_all();
    error
}

fn reader(
    from: impl Read + Send + 'static,
    tail: &Tail,
    file: &Arc<Mutex<std::fs::File>>,
    say: mpsc::Sender<Event>,
) -> std::thread::JoinHandle<()> {
    let (tail, file) = (Arc::clone(tail), Arc::clone(file));
    std::thread::spawn(move || {
        let mut lines = BufReader::new(from);
        let mut bytes = Vec::new();
        while matches!(lines.read_until(b'\n', &mut bytes), Ok(1..)) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            if let Ok(mut file) = file.lock() {
                let _ = writeln!(file, "{line}");
            }
            if let Ok(mut tail) = tail.lock() {
                if tail.len() == TAIL {
                    tail.pop_front();
                }
                tail.push_back(line.clone());
            }
            // Nobody listens any more once the start is over and only the end is waited for elsewhere; the log goes on.
            let _ = say.send(Event::Said(line));
        }
    })
}
