//! Folders in the system's temporary folder. Every user can reach them, such as the user that PostgreSQL runs as, while the workspace may
//! be in a home folder that is closed to others.

use anyhow::Context;
use std::path::{Path, PathBuf};

/// A folder of this process, which is removed with all of its content when this is dropped.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Creates the folder. `purpose` becomes a part of its name.
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
