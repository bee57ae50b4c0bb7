//! Starts an empty PostgreSQL server for tests, on a free port. Dropping it stops the server and removes its data.

use crate::console::Progress;
use crate::server::Server;
use crate::setup::PostgreSql;
use crate::{ports, process, project};
use anyhow::Context;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

pub struct Database {
    port: u16,
    // Rust drops fields in this order, so the server ends before its folder is removed.
    _server: Server,
    _folder: TempDir,
}

impl Database {
    pub fn start(programs: &PostgreSql, progress: &Progress) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?; // outside of the workspace, which may be in a folder that is closed to the user of PostgreSQL
        let data = folder.path().join("data");
        let user = unprivileged_user();
        if let Some(user) = user {
            process::run(project::command("chown").arg(user).arg(folder.path()), progress)?;
        }
        let mut initdb = run_as(user, &programs.0.join("initdb"));
        initdb.arg("--pgdata").arg(&data).args([
            "--username",
            "postgres",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ]);
        process::run(initdb.current_dir(folder.path()), progress).context("PostgreSQL cannot create a database folder")?;

        let port = ports::free()?;
        let mut postgres = run_as(user, &programs.0.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        // No socket file, and no `fsync`, because no data here must survive a power cut.
        let statistics = "shared_preload_libraries=pg_stat_statements"; // `soak` counts statements with it
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200", statistics] {
            postgres.args(["-c", setting]);
        }
        let mut server = Server::start("postgres", postgres.current_dir(folder.path()), &project::target().join("postgresql.log"))?;
        server.wait_for("ready to accept connections")?;
        Ok(Self { port, _server: server, _folder: folder })
    }

    /// The value of TEST_DATABASE_URL. The user may create databases.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// The user for PostgreSQL, which refuses to run as root: the user of its package, or else `nobody`. `None` if this process is not root.
fn unprivileged_user() -> Option<&'static str> {
    let id = |arguments: &[&str]| process::stdout_of(Command::new("id").args(arguments));
    if id(&["-u"])? != "0" {
        return None;
    }
    Some(if id(&["-u", "postgres"]).is_some() { "postgres" } else { "nobody" })
}

fn run_as(user: Option<&str>, program: &Path) -> Command {
    match user {
        None => project::command(program),
        Some(user) => {
            let mut command = project::command("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
    }
}
