//! Waits for values that must be polled, and for states of the browser that are not visible on a page.

use crate::{Browser, limits};
use anyhow::{Context, bail};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// The first pause between two polls.
const SHORTEST_PAUSE: Duration = Duration::from_millis(40);
/// The longest pause between two polls.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Calls `attempt` until it returns a value; returns `None` if there is none within the time limit of a step.
///
/// The pauses grow with the waiting time, because each poll of a page costs the browser and its driver some 20 ms of CPU time, which
/// parallel journeys need.
pub async fn poll<T>(mut attempt: impl AsyncFnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<Option<T>> {
    let began = Instant::now();
    loop {
        if let Some(value) = attempt().await? {
            return Ok(Some(value));
        }
        let waited = began.elapsed();
        if waited > limits::step() {
            return Ok(None);
        }
        tokio::time::sleep((waited / 10).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
    }
}

impl Browser {
    /// Waits until no page of the origin holds the session's lock or is in the queue for it.
    pub async fn wait_for_free_locks(&self) -> anyhow::Result<()> {
        self.wait_for_locks("free locks", |held, pending| held == 0 && pending == 0).await
    }

    /// Waits until this number of the origin's pages are in the queue for the session's lock.
    pub async fn wait_for_queue(&self, length: usize) -> anyhow::Result<()> {
        self.wait_for_locks("queue", |_, pending| pending == length).await
    }

    /// Waits until one of FusionAuth's cookies has another value.
    pub async fn wait_for_auth_cookie(&self, name: &str, other_than: &str) -> anyhow::Result<()> {
        let changed = poll(async || Ok(Some(self.auth_cookie(name).await?).filter(|value| value != other_than))).await?;
        changed.map(drop).with_context(|| format!("no other cookie {name} within {:?}", limits::step()))
    }

    async fn wait_for_locks(&self, what: &str, fits: impl Fn(usize, usize) -> bool) -> anyhow::Result<()> {
        let attempt = async || {
            let locks = self.locks().await?;
            // A tab holds another lock while its cart edits are pending, and other tabs queue for that lock.
            let is_of_session = |lock: &&Value| lock["name"].as_str().is_some_and(|name| name.starts_with("fusionauth.session."));
            let count = |state: &str| locks[state].as_array().map_or(0, |all| all.iter().filter(is_of_session).count());
            Ok(fits(count("held"), count("pending")).then_some(()))
        };
        match poll(attempt).await? {
            Some(()) => Ok(()),
            None => bail!("no {what} within {:?}: {}", limits::step(), self.locks().await?),
        }
    }
}
