//! Checks whether a port is free. If not, names the process that listens on it.

use anyhow::bail;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
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

/// The name and id of the process that listens on a port, from Linux's /proc. `None` on other systems, and if the process belongs to
/// another user.
fn listener(port: u16) -> Option<String> {
    let socket =
        ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().find_map(|table| listening_socket(&fs_err::read_to_string(table).ok()?, port))?;
    let link = format!("socket:[{socket}]");
    let processes = fs_err::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let is_process =
        |folder: &PathBuf| folder.file_name().is_some_and(|name| name.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()));
    let process = processes.filter(is_process).find(|folder| has_open(folder, &link))?;
    // The program's name is read from `cmdline`, because the kernel truncates the one in `comm` after 15 letters.
    let words = fs_err::read_to_string(process.join("cmdline")).ok()?;
    let program = Path::new(words.split('\0').next()?).file_name()?.to_string_lossy().into_owned();
    Some(format!("{program} (process {})", process.file_name()?.to_string_lossy()))
}

fn has_open(process: &Path, link: &str) -> bool {
    let Ok(files) = fs_err::read_dir(process.join("fd")) else { return false };
    files.flatten().any(|file| fs_err::read_link(file.path()).is_ok_and(|to| to.as_os_str() == link))
}

/// The inode of the listening socket in a table of /proc/net. Columns: number, local address, remote address, state (0A = listen), …,
/// inode.
fn listening_socket(table: &str, port: u16) -> Option<String> {
    let local = format!(":{port:04X}");
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_ours = columns.get(1)?.ends_with(&local) && *columns.get(3)? == "0A";
        is_ours.then(|| columns.get(9).map(|inode| (*inode).to_owned())).flatten()
    })
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
        if cfg!(target_os = "linux") {
            assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
        }
        Ok(())
    }

    #[test]
    fn only_listening_sockets_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 111 1\n\
             1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1\n";
        assert_eq!(listening_socket(table, 8080).as_deref(), Some("222"));
        assert_eq!(listening_socket(table, 80), None);
    }
}
