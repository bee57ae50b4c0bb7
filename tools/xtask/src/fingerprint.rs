//! Hashes contents, to name files that browsers cache, and to decide whether a build is up to date.

use crate::files;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

/// A hash of 16 hex digits. It is not cryptographic, because all contents are our own, so nobody gains from a collision.
pub fn of(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:016x}", hasher.finish())
}

/// The hash of everything that the app is built from. `tools` contains the versions of the tools.
pub fn of_sources(root: &Path, tools: &str) -> anyhow::Result<String> {
    // Every file counts unless it certainly has no part in the app. So a new folder of assets counts without an entry here.
    let files = files::below(root, |path| {
        let relative = path.strip_prefix(root).unwrap_or(path);
        let name = relative.to_string_lossy();
        let elsewhere = [
            "target",
            "dist",
            "docs",
            "tests",
            "emulator",
            "session/device-bound-sessions",
            "session/examples",
            "session/fusionauth-session-js",
            "session/npm",
            "session/races",
            "session/template",
            "shop/deploy",
            "shop/development-world",
            "shop/fusionauth",
            "shop/sequence-diagram",
            "shop/storefront-server",
            "tools/bench",
            "tools/e2e",
            "tools/public-api-text",
            "tools/test-support",
        ];
        let is_prose = relative.extension().is_some_and(|end| end == "md") || name.starts_with("LICENSE");
        // Of the hidden folders, only Cargo's configuration affects the build.
        !((name.starts_with('.') && !name.starts_with(".cargo")) || elsewhere.contains(&&*name) || is_prose)
    })?;
    let mut hasher = DefaultHasher::new();
    hasher.write(tools.as_bytes());
    for file in files {
        let content = fs_err::read(&file)?;
        hasher.write(file.as_os_str().as_encoded_bytes());
        hasher.write_usize(content.len());
        hasher.write(&content);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
