//! A PostgreSQL server of the tests' own: empty, on a free port, gone when dropped.

use crate::console::Progress;
use crate::server::Server;
use crate::setup::PostgreSql;
use crate::{ports, process, project};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) struct Database {
    port: u16,
    // In this order: the server ends before its folder goes.
    _server: Server,
    _folder: Folder,
}

impl Database {
    pub(super) fn start(programs: &PostgreSql, progress: &Progress) -> anyhow::Result<Self> {
        let folder = Folder::create()?;
        let data = folder.0.join("data");
        let user = unprivileged_user();
        if let Some(user) = user {
            process::run(project::command("chown").arg(user).arg(&folder.0), progress)?;
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
        process::run(initdb.current_dir(&folder.0), progress).context("PostgreSQL cannot create a database folder")?;

        let port = ports::free()?;
        let mut postgres = run_as(user, &programs.0.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        // No socket file; and nothing here needs to survive a power cut.
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"] {
            postgres.args(["-c", setting]);
        }
        let mut server = Server::start("postgres", postgres.current_dir(&folder.0), &project::target().join("postgresql.log"))?;
        server.wait_for("ready to accept connections")?;
        Ok(Self { port, _server: server, _folder: folder })
    }

    /// For TEST_DATABASE_URL. The user may create databases.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// PostgreSQL refuses to run as root: then the user its package made, or else nobody.
fn unprivileged_user() -> Option<&'static str> {
    let id = |arguments: &[&str]| process::ask(Command::new("id").args(arguments));
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

/// In the system's temporary folder, which any user can reach; the workspace may lie in a home folder that is closed to others.
struct Folder(PathBuf);

impl Folder {
    fn create() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-postgresql-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
