//! The emulator's program in a process of its own.

use crate::test_emulator::kickstart;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// The program without arguments.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator"))
}

/// A running emulator, which is killed at the end of the test.
pub(crate) struct EmulatorProcess {
    process: Child,
    pub(crate) url: String,
    log: Option<JoinHandle<String>>,
}

impl EmulatorProcess {
    /// Starts the program with the storefront's kickstart.json, and waits until it says where it listens.
    pub(crate) fn start(program: &mut Command) -> Self {
        program.args(["--listen", "127.0.0.1:0", "--kickstart"]).arg(kickstart());
        let mut process = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, mut stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        // The log is read from the start, because a full pipe would block the program.
        let log = std::thread::spawn(move || {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).unwrap();
            String::from_utf8_lossy(&log).into_owned()
        });
        let mut started = Self { process, url: String::new(), log: Some(log) };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).clone_into(&mut started.url);
        started
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
