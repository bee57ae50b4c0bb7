//! The public API of a library of this workspace, one item per line.
//!
//! `public-api.txt` of each library is committed, so that a change of its API shows in review. A change is accepted with
//! `UPDATE_PUBLIC_API=1 cargo test -p public-api-text`.

use anyhow::{Context, ensure};
use similar::{ChangeTag, TextDiff};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// What the compiler's documentation says is public.
pub enum PublicApi {
    /// Items, sorted, one per line; derived and automatic implementations are left out.
    Text(String),
    /// This compiler describes crates in another form than this program reads, so nothing can be compared.
    OtherFormat,
}

/// Documents a package with some of its features and lists what is public in it.
///
/// # Errors
/// When the package does not compile. The compiler's own messages are on stderr.
pub fn public_api(package: &str, features: &str) -> anyhow::Result<PublicApi> {
    // A folder of its own: what the variable below changes would have everything else built again.
    let target = workspace().join("target/public-api");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        // The JSON is not stable, but a stable compiler writes it when told so.
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
        Err(public_api::Error::SerdeJsonError(_)) => Ok(PublicApi::OtherFormat),
        Err(other) => Err(other).with_context(|| format!("reading {}", json.display())),
    }
}

/// The file that holds a package's public API.
pub fn committed(package: &str) -> PathBuf {
    workspace().join("crates").join(package).join("public-api.txt")
}

/// The lines that were added and removed; `None` if the texts are equal.
pub fn difference(committed: &str, now: &str) -> Option<String> {
    if committed == now {
        return None;
    }
    let diff = TextDiff::from_lines(committed, now);
    let changes = diff.iter_all_changes().filter_map(|change| match change.tag() {
        ChangeTag::Delete => Some(format!("- {change}")),
        ChangeTag::Insert => Some(format!("+ {change}")),
        ChangeTag::Equal => None,
    });
    Some(changes.collect())
}

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
