//! Lists the public API of a library of this workspace as text, one item per line, and compares two such texts.
//!
//! `public-api.txt` of each library is committed, so that a review shows each change of its API. To accept a change, run
//! `UPDATE_PUBLIC_API=1 cargo test -p public-api-text`.

use anyhow::{Context, ensure};
use similar::TextDiff;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The public API of a package, as rustdoc describes it.
pub enum PublicApi {
    /// The items, sorted, one per line, without derived and automatic implementations.
    Text(String),
    /// This compiler writes a version of rustdoc's JSON that `public-api` cannot read, so there is nothing to compare.
    UnsupportedFormat,
}

/// Documents a package with these features and lists its public items.
///
/// # Errors
/// Returns an error if the package does not compile; the compiler's messages are on stderr.
pub fn public_api(package: &str, features: &str) -> anyhow::Result<PublicApi> {
    // This uses a separate folder, because RUSTC_BOOTSTRAP changes the fingerprints of some build scripts, and every other command would
    // then rebuild their crates.
    let target = workspace().join("target/public-api");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        // Rustdoc's JSON is unstable; RUSTC_BOOTSTRAP makes a stable compiler write it.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["rustdoc", "--lib", "--package", package, "--features", features, "--target-dir"])
        .arg(&target)
        .args(["--", "-Zunstable-options", "--output-format", "json"])
        .current_dir(workspace())
        .status()
        .context("cargo could not be started")?;
    ensure!(status.success(), "{package} could not be documented");
    let json = target.join("doc").join(format!("{}.json", package.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build();
    match api {
        Ok(api) => Ok(PublicApi::Text(api.to_string())),
        Err(public_api::Error::SerdeJsonError(_)) => Ok(PublicApi::UnsupportedFormat),
        Err(other) => Err(other).with_context(|| format!("reading {}", json.display())),
    }
}

/// The file in which a package's public API is committed.
pub fn committed_file(package: &str) -> PathBuf {
    let folders = ["session", "emulator"].map(|room| workspace().join(room).join(package));
    folders.into_iter().find(|it| it.is_dir()).unwrap_or_default().join("public-api.txt")
}

/// The lines that were added and removed; `None` if the texts are equal.
pub fn difference(committed: &str, now: &str) -> Option<String> {
    (committed != now).then(|| TextDiff::from_lines(committed, now).unified_diff().context_radius(0).to_string())
}

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
