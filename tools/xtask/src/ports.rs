//! Checks whether a port is free. If not, names the process that listens on it.

use anyhow::bail;
use listeners::{Listener, Protocol, SocketState};
use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns an error if the port is in use. The error names the process that uses the port, and the `flag` that chooses another one.
pub fn require_free(port: u16, what: &str, flag: &str) -> anyhow::Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let user = listener(port).map_or_else(String::new, |listener| format!(" by {listener}"));
            bail!("port {port}, wanted for {what}, is in use{user}; end that program, or choose another port with {flag}")
        }
        Err(error) => bail!("cannot listen on 127.0.0.1:{port} for {what}: {error}; choose another port with {flag}"),
    }
}

/// A port that is free at the moment, and that no other call of this process returns soon. It is below the ports that systems give to
/// outgoing connections, one of which could otherwise take the port before a program listens on it.
pub fn free() -> anyhow::Result<u16> {
    const FIRST: u16 = 20_000;
    const NUMBER: u16 = 10_000;
    static CALLS: AtomicU32 = AtomicU32::new(0);
    for _ in 0..NUMBER {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (std::process::id().wrapping_mul(64).wrapping_add(calls) % u32::from(NUMBER)) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port between {FIRST} and {} is free", FIRST + NUMBER)
}

/// The name and id of the process that listens on a port. `None` if it belongs to another user.
fn listener(port: u16) -> Option<String> {
    let is_ours = |it: &Listener| it.socket.port() == port && it.protocol == Protocol::TCP && it.state == SocketState::Listen;
    let process = listeners::get_all().ok()?.into_iter().find(is_ours)?.process;
    // The program's name is read from its path, because the kernel truncates the other one after 15 letters.
    let program = Path::new(&process.path).file_name().map_or(process.name.into(), OsStr::to_string_lossy);
    Some(format!("{program} (process {})", process.pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_an_error_that_names_the_process_and_the_flag() -> anyhow::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let refusal = require_free(port, "the Store", "--port").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refusal.contains(&port.to_string()) && refusal.contains("--port"), "{refusal}");
        assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
        Ok(())
    }
}
