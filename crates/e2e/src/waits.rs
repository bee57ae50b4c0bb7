//! What journeys wait for that no page shows.

use crate::{
    Browser,
    browser::{POLL_INTERVAL, TIMEOUT},
};
use anyhow::bail;
use std::time::Duration;
use tokio::time::Instant;

/// Waits until so many seconds are over, for a token that ends then or a session that nobody may use until then: that is the
/// clock's business, and there is nothing else to wait for. `exp` counts whole seconds, so it is one more.
pub async fn wait_out(seconds: u32) {
    tokio::time::sleep(Duration::from_secs(u64::from(seconds) + 1)).await;
}

impl Browser {
    /// Waits until no page of the origin holds a lock or waits for one.
    pub async fn wait_for_free_locks(&self) -> anyhow::Result<()> {
        // The page that asks holds one of its own meanwhile.
        self.wait_for_locks("free locks", |held, pending| held == 1 && pending == 0).await
    }

    /// Waits until so many requests of the origin's pages wait for a lock.
    pub async fn wait_for_queue(&self, length: usize) -> anyhow::Result<()> {
        self.wait_for_locks("queue", |_, pending| pending == length).await
    }

    /// Waits until one of FusionAuth's cookies is another than it was.
    pub async fn wait_for_auth_cookie(&self, name: &str, other_than: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        while self.auth_cookie(name).await? == other_than {
            if Instant::now() > deadline {
                bail!("no other cookie {name} within {} s", TIMEOUT.as_secs());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    async fn wait_for_locks(&self, what: &str, fits: impl Fn(usize, usize) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let locks = self.locks().await?;
            let count = |state: &str| locks[state].as_array().map_or(0, Vec::len);
            if fits(count("held"), count("pending")) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("no {what} within {} s: {locks}", TIMEOUT.as_secs());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}
