//! Children: each in a process group of its own, and none outlives this command, however it ends.
//!
//! Three ways to end, three answers: a finished command removes its group from the list; Ctrl-C and SIGTERM stop every group on the
//! list before the exit; and should this process be killed outright, a watchman (a shell that reads a pipe from us) sees the pipe
//! close and stops them. Rejected: prctl(PR_SET_PDEATHSIG), which needs unsafe code and is Linux only.

use crate::console::Progress;
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};

/// Runs to the end and gives what it wrote to stdout. Everything it says is shown by `progress`; on failure its last lines are the error.
pub fn run(command: &mut Command, progress: &Progress) -> anyhow::Result<String> {
    let output = finish(command, progress)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    bail!("`{}` ended with {}; its last lines:\n{}", shown(command), output.status, indented(&output.tail(40)))
}

/// Everything a finished command said.
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    /// stdout and stderr in the order they came.
    pub all: String,
}

impl Output {
    pub fn tail(&self, lines: usize) -> String {
        last_lines(&self.all, lines)
    }
}

/// As [`run`], but a failing exit status is the caller's to judge.
pub fn finish(command: &mut Command, progress: &Progress) -> anyhow::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Group::spawn(command)?;
    let (said, lines) = mpsc::channel::<(bool, String)>();
    let readers = [reader(true, child.process.stdout.take(), said.clone()), reader(false, child.process.stderr.take(), said)];
    let (mut stdout, mut all) = (String::new(), String::new());
    for (is_stdout, line) in lines {
        progress.say(&line);
        all.push_str(&line);
        all.push('\n');
        if is_stdout {
            stdout.push_str(&line);
            stdout.push('\n');
        }
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    let status = child.process.wait().with_context(|| format!("cannot wait for `{}`", shown(command)))?;
    Ok(Output { status, stdout, all })
}

/// A short question such as `rustc --version`: its stdout, or None if the program is missing or says no.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The full path of a program on PATH.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

pub fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// The command as a person would type it (arguments only; the environment may be long).
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

pub fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// A child and everything it starts. Stopped when dropped.
pub struct Group {
    pub process: Child,
}

impl Group {
    pub fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let mut list = GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let process = command.process_group(0).spawn().with_context(|| format!("cannot start `{}`", shown(command)))?;
        list.push(process.id());
        drop(list);
        tell_watchman('+', process.id());
        Ok(Self { process })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.process.id();
        if !matches!(self.process.try_wait(), Ok(Some(_))) {
            terminate(&[group]);
            let _ = self.process.wait();
        }
        GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retain(|listed| *listed != group);
        tell_watchman('-', group);
    }
}

/// Stops every child.
pub fn stop_all() {
    let groups = GROUPS.lock().map(|list| list.clone()).unwrap_or_default();
    if !groups.is_empty() {
        terminate(&groups);
    }
}

/// To be called once, before the first child.
pub fn handle_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            STOPPING.store(true, Ordering::SeqCst);
            eprintln!("\nstopping");
            stop_all();
            std::process::exit(128 + signal);
        }
    });
}

/// Waits for ever if a signal has asked this command to end: children that fail now were told to, and that is no error to report.
pub fn yield_to_signal() {
    while STOPPING.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static STOPPING: AtomicBool = AtomicBool::new(false);

/// SIGTERM, up to five seconds for a tidy end, SIGKILL. The shell's own `kill` knows process groups; std has no safe call for it.
fn terminate(groups: &[u32]) {
    const SCRIPT: &str = r#"
        for group; do kill -s TERM -- "-$group"; done
        waited=0
        while [ $waited -lt 100 ]; do
            alive=
            for group; do kill -s 0 -- "-$group" && alive=yes; done
            [ -z "$alive" ] && exit
            sleep 0.05; waited=$((waited + 1))
        done
        for group; do kill -s KILL -- "-$group"; done"#;
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT, "sh"]).args(groups.iter().map(u32::to_string));
    let _ = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

fn tell_watchman(sign: char, group: u32) {
    static WATCHMAN: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();
    const SCRIPT: &str = r#"
        while read -r sign group; do
            case $sign in
                +) groups="$groups $group" ;;
                -) rest=; for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done; groups=$rest ;;
            esac
        done
        for group in $groups; do kill -s TERM -- "-$group"; done"#;
    let pipe = WATCHMAN.get_or_init(|| {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        shell.spawn().ok()?.stdin.take().map(Mutex::new)
    });
    if let Some(mut pipe) = pipe.as_ref().and_then(|pipe| pipe.lock().ok()) {
        let _ = writeln!(pipe, "{sign} {group}");
    }
}

fn reader(
    is_stdout: bool,
    from: Option<impl Read + Send + 'static>,
    to: mpsc::Sender<(bool, String)>,
) -> Option<std::thread::JoinHandle<()>> {
    let from = from?;
    Some(std::thread::spawn(move || {
        let mut lines = BufReader::new(from);
        let mut bytes = Vec::new();
        // Bytes, not `lines()`: one stray byte that is no UTF-8 must not end the reading and block the child.
        while matches!(lines.read_until(b'\n', &mut bytes), Ok(1..)) {
            let _ = to.send((is_stdout, String::from_utf8_lossy(&bytes).trim_end().to_owned()));
            bytes.clear();
        }
    }))
}
