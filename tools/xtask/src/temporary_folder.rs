//! Creates folders in the system's temporary folder, which every user can reach. The workspace may be in a home folder that is closed to
//! other users, such as the user that PostgreSQL runs as.

use std::path::{Path, PathBuf};

/// A folder of this process. Dropping this value removes the folder with all of its content.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub fn create(purpose: &str) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-{purpose}-{}", std::process::id()));
        fs_err::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs_err::remove_dir_all(&self.0);
    }
}
