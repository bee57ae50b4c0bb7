//! Downloads: the files that a page offers and the browser saves.

use crate::{Browser, waits::poll};
use anyhow::Context;
use serde_json::json;
use std::path::Path;

impl Browser {
    /// From now on, the browser saves downloads into this folder without asking the user.
    pub async fn keep_downloads(&self, folder: &Path) -> anyhow::Result<()> {
        self.devtools("Browser.setDownloadBehavior", json!({"behavior": "allow", "downloadPath": folder})).await.map(drop)
    }

    /// Waits until this file is saved, and returns its text. Chromium writes a file under another name until it is complete.
    pub async fn downloaded(&self, file: &Path) -> anyhow::Result<String> {
        let text = poll(async || Ok(std::fs::read_to_string(file).ok())).await?;
        text.with_context(|| format!("{} was not saved", file.display()))
    }
}
