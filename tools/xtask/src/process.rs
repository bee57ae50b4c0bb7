//! Runs child processes. Each has its own process group, and no child outlives this command, however the command ends.
//!
//! A list holds the groups that run. Ctrl-C and SIGTERM stop every group on the list before the exit. If this process is killed, a watchdog
//! stops the groups: a shell that reads the list from a pipe, and notices that the pipe closes. `prctl(PR_SET_PDEATHSIG)` would do the same
//! on Linux only, and needs unsafe code.

use crate::console::Progress;
use anyhow::{Context, bail, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

/// Runs a command to its end and returns its stdout. `progress` shows each line of its output; if the command fails, the error contains its
/// last lines.
pub fn run(command: &mut Command, progress: &Progress) -> anyhow::Result<String> {
    let output = output_of(command, progress)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let cause = probable_cause(&output.all).map_or_else(String::new, |cause| format!(" ({cause})"));
    bail!("`{}` ended with {}{cause}; its last lines:\n{}", shown(command), output.status, indented(&output.tail(40)))
}

/// The cause of a failed build, if its output shows that the cause lies in this machine and not in the sources.
fn probable_cause(output: &str) -> Option<&'static str> {
    const CAUSES: [(&[&str], &str); 3] = [
        (&["signal: 9"], "the system has killed the compiler; the memory is probably exhausted"),
        (&["No space left on device"], "the disk is full"),
        (
            &[
                "failed to download",
                "Could not resolve host",
                "Couldn't resolve host",
                "download of config.json failed",
                "spurious network",
            ],
            "a download has failed; look at the network and its proxy",
        ),
    ];
    CAUSES.into_iter().find(|(signs, _)| signs.iter().any(|sign| output.contains(sign))).map(|(_, cause)| cause)
}

/// A short reason for a failure of [`run`]: the first line that begins with `error: `, or else the last line, with the probable cause if
/// there is one.
pub fn reason(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let named = lines.iter().find_map(|line| line.strip_prefix("error: "));
    let message = named.or(lines.last().copied()).unwrap_or_default();
    match probable_cause(&text) {
        Some(cause) => format!("{message}: {cause}"),
        None => message.to_owned(),
    }
}

pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    /// The lines of stdout and stderr, in the order in which they were read.
    pub all: String,
}

impl Output {
    pub fn tail(&self, lines: usize) -> String {
        last_lines(&self.all, lines)
    }
}

/// The error of a command that was stopped at its step's deadline.
#[derive(Debug)]
pub struct OutOfTime;

impl std::fmt::Display for OutOfTime {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("stopped, because its time was over")
    }
}

/// Runs a command to its end, as [`run`] does; the caller decides whether its exit status is a failure.
///
/// # Errors
/// Returns an error if the command cannot be started, or [`OutOfTime`] at the step's deadline.
pub fn output_of(command: &mut Command, progress: &Progress) -> anyhow::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Group::spawn(command)?;
    let (errors, lines) = mpsc::channel();
    let out = errors.clone();
    let readers = [
        child.process.stdout.take().map(|from| read_lines(from, move |line| drop(out.send((true, line))))),
        child.process.stderr.take().map(|from| read_lines(from, move |line| drop(errors.send((false, line))))),
    ];
    let (mut stdout, mut all) = (String::new(), String::new());
    loop {
        let next = match progress.deadline {
            None => lines.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(deadline) => lines.recv_timeout(deadline.saturating_duration_since(Instant::now())),
        };
        let (is_stdout, line) = match next {
            Ok(next) => next,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => return Err(anyhow::Error::msg(OutOfTime)),
        };
        progress.show(&line);
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
    let status = wait(&mut child.process, progress).with_context(|| format!("cannot wait for `{}`", shown(command)))?;
    Ok(Output { status, stdout, all })
}

/// Waits for a child that has closed its output, and adds its CPU time to that of the step. The time includes that of descendants whose
/// parents waited for them. It does not include the time of a browser that outlives its driver.
fn wait(child: &mut Child, progress: &Progress) -> std::io::Result<ExitStatus> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let before = time_of_children();
    let status = child.wait()?;
    progress.add_processor_time(time_of_children().saturating_sub(before));
    Ok(status)
}

/// The CPU time of all children of this process that have ended.
fn time_of_children() -> Duration {
    let time = getrusage(UsageWho::RUSAGE_CHILDREN).map(|usage| usage.user_time() + usage.system_time());
    time.map_or(Duration::ZERO, |time| Duration::from_micros(time.num_microseconds().unsigned_abs()))
}

/// The stdout of a short command such as `rustc --version`; `None` if it is missing or fails.
pub fn stdout_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The stdout of a command that reads all of this input before it writes, so that neither waits for the other.
pub fn pipe(command: &mut Command, input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.with_context(|| format!("cannot start `{}`", shown(command)))?;
    child.stdin.take().context("the command has no standard input")?.write_all(input)?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "`{}` failed:\n{}", shown(command), indented(&String::from_utf8_lossy(&output.stderr)));
    Ok(output.stdout)
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

/// The command as a user would type it, without its environment, which may be long.
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

/// A child and every process that it starts. Dropping this value stops them.
pub struct Group {
    pub process: Child,
}

impl Group {
    pub fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let mut list = GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let process = command.process_group(0).spawn().with_context(|| format!("cannot start `{}`", shown(command)))?;
        list.push(process.id());
        drop(list);
        notify_watchdog('+', process.id());
        Ok(Self { process })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.process.id();
        if matches!(self.process.try_wait(), Ok(None)) {
            let _ = killpg(pid(group), Signal::SIGTERM);
            // A child that has ended stays in its group until its parent waits for it.
            let deadline = Instant::now() + TIME_TO_END;
            while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(10));
            }
            terminate(&[group]);
            let _ = self.process.wait();
        }
        GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retain(|listed| *listed != group);
        notify_watchdog('-', group);
    }
}

pub fn stop_all() {
    let groups = GROUPS.lock().map(|list| list.clone()).unwrap_or_default();
    if !groups.is_empty() {
        terminate(&groups);
    }
}

/// Stops all children on Ctrl-C, SIGTERM and SIGHUP. Call it once, before the first child is started.
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

/// Blocks forever once a signal has asked this command to end. Children then fail because they are stopped, and the caller must not report
/// that as an error.
pub fn yield_to_signal() {
    while STOPPING.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static STOPPING: AtomicBool = AtomicBool::new(false);

/// How long a child may take to end after SIGTERM.
const TIME_TO_END: Duration = Duration::from_secs(5);

/// Sends SIGTERM, waits until the groups have ended or their time is over, and sends SIGKILL.
fn terminate(groups: &[u32]) {
    let signal = |signal: Option<Signal>| groups.iter().filter(|group| killpg(pid(**group), signal).is_ok()).count();
    signal(Some(Signal::SIGTERM));
    let deadline = Instant::now() + TIME_TO_END;
    while signal(None) > 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    signal(Some(Signal::SIGKILL));
}

fn pid(group: u32) -> Pid {
    Pid::from_raw(group.cast_signed())
}

/// Adds a group to the watchdog's list (`+`), or removes it (`-`).
fn notify_watchdog(sign: char, group: u32) {
    static WATCHDOG: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();
    const SCRIPT: &str = r#"
        while read -r sign group; do
            case $sign in
                +) groups="$groups $group" ;;
                -) rest=; for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done; groups=$rest ;;
            esac
        done
        for group in $groups; do kill -s TERM -- "-$group"; done"#;
    let pipe = WATCHDOG.get_or_init(|| {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        shell.spawn().ok()?.stdin.take().map(Mutex::new)
    });
    if let Some(mut pipe) = pipe.as_ref().and_then(|pipe| pipe.lock().ok()) {
        let _ = writeln!(pipe, "{sign} {group}");
    }
}

/// Reads a child's output in a thread, and calls `each` with every line.
pub fn read_lines(from: impl Read + Send + 'static, mut each: impl FnMut(String) + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut lines = BufReader::new(from);
        let mut bytes = Vec::new();
        // `lines()` would end at the first byte that is not UTF-8, and the child would block as soon as the pipe is full.
        while matches!(lines.read_until(b'\n', &mut bytes), Ok(1..)) {
            each(String::from_utf8_lossy(&bytes).trim_end().to_owned());
            bytes.clear();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_cause_in_the_machine() {
        for (output, cause) in [
            ("error: could not compile `core`\nprocess didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)", Some("memory")),
            ("error: failed to download from `https://index.crates.io/co/mp/compiler_builtins`", Some("network")),
            ("error: failed to write: No space left on device (os error 28)", Some("disk")),
            ("error[E0308]: mismatched types", None),
        ] {
            let found = probable_cause(output);
            assert_eq!(found.is_some(), cause.is_some(), "{output}");
            assert!(found.unwrap_or_default().contains(cause.unwrap_or_default()), "{output}");
        }
        let error = run(Command::new("sh").args(["-c", "echo 'error: failed to download `cfg-if`' >&2; exit 1"]), &Progress::default());
        let error = error.err().unwrap_or_else(|| anyhow::anyhow!("it has not failed"));
        assert!(error.to_string().starts_with("`sh -c") && error.to_string().contains("network"), "{error}");
        assert_eq!(reason(&error), "failed to download `cfg-if`: a download has failed; look at the network and its proxy");
    }
}
