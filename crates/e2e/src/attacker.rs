use crate::{Site, admin::client};
use anyhow::ensure;
use reqwest::{Client, header};
use serde_json::Value;

/// Somebody with a stolen token and an HTTP client of their own.
pub struct Attacker {
    client: Client,
    auth_port: u16,
    store: Site,
}

/// Tells the recorder who asks.
const USER_AGENT: &str = "attacker/1.0";

impl Attacker {
    pub(crate) fn new(auth_port: u16, store: Site) -> Self {
        Self { client: client(), auth_port, store }
    }

    /// Gets an access token for a stolen refresh token, as the browser would.
    pub async fn refresh(&self, refresh_token: &str) -> anyhow::Result<String> {
        let response = self
            .client
            .post(format!("http://127.0.0.1:{}/api/jwt/refresh", self.auth_port))
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::COOKIE, format!("refresh_token={refresh_token}"))
            .json(&serde_json::json!({}))
            .send()
            .await?;
        ensure!(response.status() == 200, "the refresh was answered {}", response.status());
        let body: Value = response.json().await?;
        Ok(body["token"].as_str().unwrap_or_default().to_owned())
    }

    /// Asks the Store for the cart: the status, and the cart if there was one.
    pub async fn cart(&self, access_token: &str) -> anyhow::Result<(u16, Value)> {
        // The client does not resolve names under .localhost: dial, and name the host in the header.
        let response = self
            .client
            .get(format!("http://127.0.0.1:{}/api/load-shopping-cart", self.store.port()))
            .header(header::HOST, self.store.host())
            .header(header::USER_AGENT, USER_AGENT)
            .bearer_auth(access_token)
            .send()
            .await?;
        Ok((response.status().as_u16(), response.json().await.unwrap_or(Value::Null)))
    }
}
