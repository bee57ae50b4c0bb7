//! Chromium's virtual authenticator, which creates and uses passkeys.

use crate::{Browser, poll};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// A platform authenticator. Its simulated user touches and unlocks the authenticator when it asks.
pub struct Authenticator(String);

impl Authenticator {
    /// Adds an authenticator without passkeys to the browser.
    pub async fn plug_in(browser: &Browser) -> anyhow::Result<Self> {
        browser.devtools("WebAuthn.enable", json!({})).await?;
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true,
            "automaticPresenceSimulation": true,
        });
        let answer = browser.devtools("WebAuthn.addVirtualAuthenticator", json!({"options": options})).await?;
        Ok(Self(answer["authenticatorId"].as_str().context("no authenticator")?.to_owned()))
    }

    /// From now on, the user does not unlock the authenticator, as after a cancel.
    pub async fn refuse(&self, browser: &Browser) -> anyhow::Result<()> {
        self.set_verified(browser, false).await
    }

    /// From now on, the user unlocks the authenticator.
    pub async fn allow(&self, browser: &Browser) -> anyhow::Result<()> {
        self.set_verified(browser, true).await
    }

    /// From now on, the user touches the authenticator when it asks.
    pub async fn touch(&self, browser: &Browser) -> anyhow::Result<()> {
        self.set_touched(browser, true).await
    }

    /// From now on, the user does not touch the authenticator.
    pub async fn leave_untouched(&self, browser: &Browser) -> anyhow::Result<()> {
        self.set_touched(browser, false).await
    }

    /// The hosts of the authenticator's passkeys.
    pub async fn hosts(&self, browser: &Browser) -> anyhow::Result<Vec<String>> {
        let passkeys = self.passkeys(browser).await?;
        ensure!(passkeys.iter().all(|it| it["isResidentCredential"] == true), "a passkey is not discoverable");
        Ok(passkeys.iter().filter_map(|it| it["rpId"].as_str().map(str::to_owned)).collect())
    }

    /// Waits until the authenticator has these passkeys, each given by the user's name and display name.
    pub async fn wait_for_names(&self, browser: &Browser, expected: &[(&str, &str)]) -> anyhow::Result<()> {
        let attempt = async || {
            let passkeys = self.passkeys(browser).await?;
            let names = passkeys.iter().map(|it| (it["userName"].as_str(), it["userDisplayName"].as_str()));
            Ok(names.eq(expected.iter().map(|(name, display_name)| (Some(*name), Some(*display_name)))).then_some(()))
        };
        poll(attempt).await?.with_context(|| format!("the authenticator has other passkeys than {expected:?}"))
    }

    async fn passkeys(&self, browser: &Browser) -> anyhow::Result<Vec<Value>> {
        let answer = browser.devtools("WebAuthn.getCredentials", json!({"authenticatorId": self.0})).await?;
        answer["credentials"].as_array().cloned().context("no credentials")
    }

    async fn set_verified(&self, browser: &Browser, is_verified: bool) -> anyhow::Result<()> {
        let parameters = json!({"authenticatorId": self.0, "isUserVerified": is_verified});
        browser.devtools("WebAuthn.setUserVerified", parameters).await.map(drop)
    }

    async fn set_touched(&self, browser: &Browser, is_touched: bool) -> anyhow::Result<()> {
        let parameters = json!({"authenticatorId": self.0, "enabled": is_touched});
        browser.devtools("WebAuthn.setAutomaticPresenceSimulation", parameters).await.map(drop)
    }
}
