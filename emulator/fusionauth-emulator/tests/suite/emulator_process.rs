//! Starts the program `fusionauth-emulator` as a separate process.

#[cfg(unix)]
use crate::test_emulator::HANG_GUARD;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use test_support::kickstart::{KICKSTART, environment};

/// The program without arguments.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator"))
}

/// The program with the storefront's kickstart.json and the environment that it reads.
pub(crate) fn storefront_program() -> Command {
    let mut program = program();
    program.args(["--kickstart", KICKSTART]).envs(environment());
    program
}

/// A running emulator, which is killed at the end of the test.
pub(crate) struct EmulatorProcess {
    process: Child,
    pub(crate) url: String,
    stdout: BufReader<ChildStdout>,
    log: Option<JoinHandle<String>>,
}

impl EmulatorProcess {
    /// Starts the program on a free port, and waits until it prints its URL.
    pub(crate) fn start(program: &mut Command) -> Self {
        program.args(["--listen", "127.0.0.1:0"]);
        let mut process = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, mut stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        // The log is read from the start, because a full pipe would block the program.
        let log = std::thread::spawn(move || {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).unwrap();
            String::from_utf8_lossy(&log).into_owned()
        });
        let mut started = Self { process, url: String::new(), stdout: BufReader::new(stdout), log: Some(log) };
        let line = started.line();
        line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).clone_into(&mut started.url);
        started
    }

    /// The next line of the program's output; empty if the program has ended.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// The next lines of the program's output, up to an empty line.
    pub(crate) fn paragraph(&mut self) -> String {
        std::iter::from_fn(|| Some(self.line()).filter(|it| !it.trim().is_empty())).collect()
    }

    /// Closes the program's standard input, and waits until the program ends.
    pub(crate) fn wait_after_closing_stdin(mut self) -> ExitStatus {
        // `wait` drops the pipe first.
        assert!(self.process.stdin.is_some());
        self.process.wait().unwrap()
    }

    /// Sends the program a signal, such as `TERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until the program ends by itself, and returns what it wrote to stderr.
    #[cfg(unix)]
    pub(crate) fn log_at_the_end(mut self) -> String {
        let status = wait_timeout::ChildExt::wait_timeout(&mut self.process, HANG_GUARD).unwrap().expect("the program must end");
        assert!(status.success());
        self.log.take().unwrap().join().unwrap()
    }

    /// Kills the program and returns what it wrote to stderr.
    pub(crate) fn log_after_kill(mut self) -> String {
        self.process.kill().unwrap();
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for EmulatorProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
