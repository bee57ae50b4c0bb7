//! A folder for the files of one test. The end of the test deletes the folder.

use std::path::{Path, PathBuf};

pub(crate) struct TempFolder(PathBuf);

impl TempFolder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("storefront-server-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // If the deletion fails, the system cleans up later. A failed deletion must not fail the test.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
