use crate::{Site, forward::client};
use anyhow::{Context, ensure};
use reqwest::{Client, header};
use serde_json::Value;

/// Somebody with a stolen token and an HTTP client of their own.
pub struct Attacker {
    client: Client,
    auth_host: String,
    auth_port: u16,
    store: Site,
}

/// What an attacker gets from a page. Without `Debug`: it may hold somebody's cookies.
pub struct Loot {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The `Set-Cookie` lines.
    pub cookies: Vec<String>,
}

impl Loot {
    /// The value of a cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.split(';').next())
    }
}

/// Tells the recorder who asks.
const USER_AGENT: &str = "attacker/1.0";

impl Attacker {
    pub(crate) fn new(auth_host: String, auth_port: u16, store: Site) -> Self {
        Self { client: client(), auth_host, auth_port, store }
    }

    /// Gets an access token for a stolen refresh token, as the browser would.
    pub async fn refresh(&self, refresh_token: &str) -> anyhow::Result<String> {
        let loot = self.ask_for_tokens(refresh_token).await?;
        ensure!(loot.status == 200, "the refresh was answered {}", loot.status);
        let body: Value = serde_json::from_str(&loot.body)?;
        Ok(body["token"].as_str().or(loot.cookie("access_token")).context("no token")?.to_owned())
    }

    /// The same, whatever FusionAuth answers.
    pub async fn ask_for_tokens(&self, refresh_token: &str) -> anyhow::Result<Loot> {
        let response = self
            .client
            .post(format!("http://127.0.0.1:{}/api/jwt/refresh", self.auth_port))
            // The client does not resolve names under .localhost: dial, and name the host in the header.
            .header(header::HOST, &self.auth_host)
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::COOKIE, format!("refresh_token={refresh_token}"))
            .json(&serde_json::json!({}))
            .send()
            .await?;
        Ok(Loot { status: response.status().as_u16(), cookies: set_cookies(&response), body: response.text().await? })
    }

    /// Asks the Store for a page or for data with these cookies, as `name=value`.
    pub async fn get(&self, path: &str, cookies: &[String]) -> anyhow::Result<Loot> {
        let response = self
            .client
            .get(format!("http://127.0.0.1:{}{path}", self.store.port()))
            .header(header::HOST, self.store.host())
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::COOKIE, cookies.join("; "))
            .send()
            .await?;
        Ok(Loot { status: response.status().as_u16(), cookies: set_cookies(&response), body: response.text().await? })
    }

    /// Asks the Store for the cart: the status, and the cart if there was one.
    pub async fn cart(&self, access_token: &str) -> anyhow::Result<(u16, Value)> {
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

fn set_cookies(response: &reqwest::Response) -> Vec<String> {
    let lines = response.headers().get_all(header::SET_COOKIE).iter();
    lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect()
}
