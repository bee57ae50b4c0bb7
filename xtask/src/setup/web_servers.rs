//! Finds nginx and Caddy, with which a test compares what they send of a static site with what the server sends.

use std::path::Path;

pub(super) fn missing_packages() -> Vec<&'static str> {
    // Debian puts nginx where the PATH of a user does not lead.
    let is_there = |name: &&str| ["/usr/sbin", "/usr/bin"].iter().any(|folder| Path::new(folder).join(name).is_file());
    ["nginx", "caddy"].into_iter().filter(|it| !is_there(it)).collect()
}
