//! Folders and their files. Errors name the path.

use std::io;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Writes a file, and makes its folder first.
pub fn write(file: impl AsRef<Path>, content: impl AsRef<[u8]>) -> io::Result<()> {
    fs_err::create_dir_all(file.as_ref().parent().unwrap_or(Path::new("")))?;
    fs_err::write(file, content)
}

/// Removes a folder, if it is there.
pub fn remove(folder: impl AsRef<Path>) -> io::Result<()> {
    if folder.as_ref().exists() { fs_err::remove_dir_all(folder.as_ref()) } else { Ok(()) }
}

/// Makes an empty folder, or empties the one that is there.
pub fn empty(folder: impl AsRef<Path>) -> io::Result<()> {
    remove(&folder)?;
    fs_err::create_dir_all(folder.as_ref())
}

/// All files below a folder, sorted, without those for which, or for whose folders, `is_read` is false.
pub fn below(folder: &Path, is_read: impl Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| is_read(entry.path())) {
        let path = entry?.into_path();
        if !path.is_dir() {
            files.push(path);
        }
    }
    Ok(files)
}

/// Runs `install`, unless it has run for this text. The file `marker` holds the text of the last time.
pub fn once(marker: &Path, text: &str, install: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    if fs_err::read_to_string(marker).is_ok_and(|it| it == text) {
        return Ok(());
    }
    install()?;
    Ok(write(marker, text)?)
}
