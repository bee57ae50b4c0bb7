//! Creates folders in the system's temporary folder, which every user can reach. The workspace may be in a home folder that is closed to
//! other users, such as the user that PostgreSQL runs as.

use anyhow::Context;
use std::path::{Path, PathBuf};

/// A folder of this process. Dropping this value removes the folder with all of its content.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub fn create(purpose: &str) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-{purpose}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
