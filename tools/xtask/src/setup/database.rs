//! Finds PostgreSQL's programs, with which the tests start their own database server.

use crate::process;
use std::path::{Path, PathBuf};

pub(super) const HOW_TO_GET: &str =
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
        let versions = fs_err::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_string_lossy().parse::<u32>().ok()).unwrap_or(0);
        let mut folders: Vec<PathBuf> = versions.map(|version| version.path()).collect();
        folders.sort_by_key(number);
        folders.into_iter().rev().map(|folder| folder.join("bin")).find(|bin| process::is_program(&bin.join("initdb"))).map(Self)
    }
}

pub(super) fn missing_packages() -> Vec<&'static str> {
    if PostgreSql::find().is_some() { Vec::new() } else { vec!["postgresql"] }
}
