//! A clock that journeys move, so that none of them waits until a token or a session expires.
//!
//! Three parties decide what has expired: FusionAuth, the servers, and the page, which counts the age of a token from its receipt.
//! [`Journey::advance`] moves the clocks of all three, and the clock of the record. It does not affect timers of pages, sleeps of servers,
//! or the `Max-Age` of cookies.
//!
//! FusionAuth has no clock that an administrator can move. The emulator has such a clock, so these journeys run only with the emulator,
//! and the clock is not part of [`AdminApi`](crate::AdminApi).

use crate::{Browser, Deployment, Journey, forward::client, service::Service, tls::Scheme};
use anyhow::ensure;
use serde_json::json;
use std::time::Duration;

/// The lifetime of access tokens in `shop/fusionauth/kickstart.json`.
pub const ACCESS_TOKEN_LIFE: Duration = Duration::from_secs(300);

/// The server's default idle timeout for sessions of `webapp-session`.
pub const SESSION_IDLE: Duration = Duration::from_secs(30 * 60);

impl Journey {
    /// Moves every clock of the journey forward by a number of whole seconds.
    pub async fn advance(&self, by: Duration) -> anyhow::Result<()> {
        self.deployment.advance(by).await?;
        self.browser.advance(by).await
    }

    /// Moves the clock past the life of every access token that was issued before.
    pub async fn expire_access_tokens(&self) -> anyhow::Result<()> {
        self.advance(ACCESS_TOKEN_LIFE).await
    }
}

impl Deployment {
    /// Moves the clocks of FusionAuth, of the servers and of the record. The auth proxy has no clock.
    pub async fn advance(&self, by: Duration) -> anyhow::Result<()> {
        self.ahead.set(self.ahead.get() + by);
        std::fs::write(self.commands.clock_of_record(), self.ahead.get().as_secs().to_string())?;
        self.advance_fusionauth(by).await?;
        self.advance_server(by).await
    }

    pub(crate) async fn advance_fusionauth(&self, by: Duration) -> anyhow::Result<()> {
        self.fusionauth.advance(Scheme::Http, "/emulator/clock", by).await
    }

    pub(crate) async fn advance_server(&self, by: Duration) -> anyhow::Result<()> {
        self.server.advance(self.commands.tls, "/clock", by).await
    }
}

impl Service {
    /// Moves the clock of every running process, with a request for this path.
    async fn advance(&self, scheme: Scheme, path: &str, by: Duration) -> anyhow::Result<()> {
        if !self.is_running() || by.is_zero() {
            return Ok(());
        }
        for port in self.own_ports() {
            let url = format!("{scheme}://127.0.0.1:{port}{path}");
            let status = client().post(&url).json(&json!({"advanceSeconds": by.as_secs()})).send().await?.status();
            ensure!(status.is_success(), "{url} answered {status}");
        }
        Ok(())
    }
}

impl Browser {
    /// Moves the clock of the pages in every tab, and of pages that the tabs open later. The focus stays in its tab.
    async fn advance(&self, by: Duration) -> anyhow::Result<()> {
        self.ahead.set(self.ahead.get() + by);
        let focused = self.driver.window().await?;
        let others = self.driver.windows().await?.into_iter().filter(|tab| *tab != focused);
        for tab in others.chain([focused.clone()]) {
            self.driver.switch_to_window(tab).await?;
            self.advance_new_pages(by).await?;
            self.eval::<()>(&clock_script(by)).await?;
        }
        Ok(())
    }

    /// Moves the clock of the pages that the tab opens from now on.
    pub(crate) async fn advance_new_pages(&self, by: Duration) -> anyhow::Result<()> {
        if by.is_zero() {
            return Ok(());
        }
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": clock_script(by)})).await.map(drop)
    }
}

/// A script that moves the clock of a page. It also works after earlier moves.
fn clock_script(by: Duration) -> String {
    format!("{{ const now = Date.now; Date.now = () => now() + {}; }}", by.as_millis())
}
