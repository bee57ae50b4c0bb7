//! Child processes that listen on a port.

use crate::limits;
use anyhow::{Context, bail, ensure};
use std::{ffi::OsStr, fs::File, path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// A child process that listens on a port. Dropping this value kills the process.
pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
}

impl Process {
    /// Starts `command` and waits for the line on its standard output that ends in the port after `marker`, such as
    /// `listening on http://127.0.0.1:4711`. Appends its standard error to `log`.
    pub(crate) async fn start(command: &mut Command, marker: &str, log: &Path) -> anyhow::Result<Self> {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let errors = File::options().create(true).append(true).open(log).with_context(|| format!("{} can't be written", log.display()))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{name} can't be started: build it first, or name it in the environment"))?;
        let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let listening = timeout(limits::process_start(), async {
            while let Some(line) = lines.next_line().await? {
                if let Some(port) = port_after(&line, marker) {
                    return anyhow::Ok(Some(port));
                }
            }
            Ok(None)
        });
        let port = match listening.await {
            Ok(Ok(Some(port))) => port,
            Ok(Ok(None)) => bail!("{name} ended before it listened:\n{}", std::fs::read_to_string(log).unwrap_or_default()),
            Ok(Err(error)) => return Err(error).with_context(|| format!("{name} can't be read")),
            Err(_) => {
                bail!("{name} did not listen within {:?}:\n{}", limits::process_start(), std::fs::read_to_string(log).unwrap_or_default())
            }
        };
        // The output must still be read, because the child would block as soon as the pipe is full.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, port })
    }

    pub(crate) async fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let id = self.child.id().context("the process has ended")?.to_string();
        let status = Command::new("kill").args([signal, &id]).status().await?;
        ensure!(status.success(), "no signal {signal}");
        Ok(())
    }

    /// Kills the process, as a crash would end it, and waits until its port is free.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("can't be killed")
    }
}

/// The path of a program: the value of an environment variable, or else its place in the workspace.
pub(crate) fn program(variable: &str, default: impl AsRef<OsStr>) -> std::ffi::OsString {
    std::env::var_os(variable).unwrap_or_else(|| default.as_ref().to_owned())
}

fn port_after(line: &str, marker: &str) -> Option<u16> {
    let rest = line.split_once(marker)?.1;
    let digits: String = rest.trim_end_matches(['.', '/']).chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port_after;

    #[test]
    fn the_port_is_read_from_the_line_that_announces_it() {
        let cases = [
            ("listening on http://127.0.0.1:4711", "listening on", Some(4711)),
            ("listening on http://127.0.0.1:4711/", "listening on", Some(4711)),
            ("ChromeDriver was started successfully on port 9515.", "successfully on port", Some(9515)),
            ("Starting ChromeDriver 156.0.8078.79 on port 0", "successfully on port", None),
            ("listening on nothing", "listening on", None),
        ];
        for (line, marker, port) in cases {
            assert_eq!(port_after(line, marker), port, "{line}");
        }
    }
}
