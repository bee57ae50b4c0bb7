//! Checks of the repository that no compiler makes, and tests of the program `xtask`.

mod bare_machine;
mod commands;
mod documents;
mod ends;
mod layout;
mod licences;
mod model_page;
mod typed_fields;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::{DirEntry, WalkDir};

/// Folders that builds and tools write.
const NOT_READ: [&str; 4] = ["target", "dist", "node_modules", ".git"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask is in the workspace")
}

/// The text of a file of the repository.
fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// All files below a folder of the repository, except those in [`NOT_READ`].
fn files(folder: impl AsRef<Path>) -> impl Iterator<Item = PathBuf> {
    let is_read = |entry: &DirEntry| !entry.file_type().is_dir() || NOT_READ.iter().all(|it| entry.file_name() != *it);
    let entries = WalkDir::new(root().join(folder)).into_iter().filter_entry(is_read);
    entries.map(|entry| entry.expect("the folder is readable").into_path()).filter(|path| path.is_file())
}

/// The texts of the Rust files below a folder of the repository, by their paths in it.
fn sources(folder: impl AsRef<Path>) -> BTreeMap<PathBuf, String> {
    let folder = root().join(folder);
    let sources = files(&folder).filter(|path| path.extension().is_some_and(|end| end == "rs"));
    sources.map(|path| (path.strip_prefix(&folder).expect("it is in the folder").to_owned(), read(&path))).collect()
}

/// The name of a source's module: that of the file, or of the folder of a `mod.rs`. Several files may have one name.
fn module_of(source: &Path) -> String {
    let module = if source.ends_with("mod.rs") { source.parent().and_then(Path::file_name) } else { source.file_stem() };
    module.expect("the path has a name").to_string_lossy().into_owned()
}

/// The packages that `cargo metadata` lists.
fn packages(arguments: &[&str]) -> Vec<serde_json::Value> {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(["metadata", "--format-version", "1"]).args(arguments).current_dir(root()).output().expect("cargo runs");
    let mut metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata answers in JSON");
    serde_json::from_value(metadata["packages"].take()).expect("a list of packages")
}
