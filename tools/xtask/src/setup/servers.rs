//! Finds PostgreSQL, nginx and Caddy. The tests start their own database server, and compare the web servers' responses for a static site
//! with the server's.

use crate::process;
use std::path::{Path, PathBuf};

pub(super) const HOW_TO_GET_POSTGRESQL: &str =
    "install its server (Debian: apt-get install postgresql); without it the server suite runs on SQLite only";

/// The folder with `initdb` and `postgres`.
#[derive(Clone)]
pub struct PostgreSql(pub PathBuf);

impl PostgreSql {
    /// Searches PATH, then Debian's folders outside of PATH. There is one folder for each version; this function takes the newest version.
    pub fn find() -> Option<Self> {
        if let Some(folder) = process::find("initdb").and_then(|program| program.parent().map(Path::to_owned)) {
            return Some(Self(folder));
        }
        let versions = fs_err::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|version| version.path().join("bin"));
        let number = |bin: &PathBuf| bin.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
        versions.filter(|bin| process::is_program(&bin.join("initdb"))).max_by_key(number).map(Self)
    }
}

pub(super) fn missing_packages() -> Vec<&'static str> {
    let web_servers = ["nginx", "caddy"].into_iter().filter(|it| web_server(it).is_none());
    PostgreSql::find().is_none().then_some("postgresql").into_iter().chain(web_servers).collect()
}

pub fn web_server(name: &str) -> Option<PathBuf> {
    // Debian installs nginx outside of a user's PATH.
    ["/usr/sbin", "/usr/bin"].iter().map(|folder| Path::new(folder).join(name)).find(|it| it.is_file())
}
