//! Finds nginx and Caddy. A test compares their responses for a static site with the server's.

use std::path::{Path, PathBuf};

pub(super) fn missing_packages() -> Vec<&'static str> {
    ["nginx", "caddy"].into_iter().filter(|it| find(it).is_none()).collect()
}

pub fn nginx() -> Option<PathBuf> {
    find("nginx")
}

fn find(name: &str) -> Option<PathBuf> {
    // Debian installs nginx outside of a user's PATH.
    ["/usr/sbin", "/usr/bin"].iter().map(|folder| Path::new(folder).join(name)).find(|it| it.is_file())
}
