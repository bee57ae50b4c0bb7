//! A client with stolen credentials. Unlike a page in a browser, it may send any cookie and any header.

use crate::{
    Site,
    forward::client,
    tls::{Scheme, name_as_sent, without_prefix},
};
use anyhow::{Context, ensure};
use reqwest::{Client, RequestBuilder, header};
use serde_json::Value;

/// Sends stolen credentials to FusionAuth and to the Store.
pub struct Attacker {
    client: Client,
    auth_host: String,
    auth_port: u16,
    store: Site,
}

/// A response to the attacker. It has no `Debug`, because it may contain a user's cookies.
pub struct AttackerResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The `Set-Cookie` lines.
    pub cookies: Vec<String>,
}

impl AttackerResponse {
    /// The value of a cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find_map(|line| without_prefix(line).strip_prefix(name)?.strip_prefix('=')?.split(';').next())
    }
}

/// The recorder recognizes the attacker by this header.
const USER_AGENT: &str = "attacker/1.0";

impl Attacker {
    pub(crate) fn new(auth_host: String, auth_port: u16, store: Site) -> Self {
        Self { client: client(), auth_host, auth_port, store }
    }

    /// Exchanges a stolen refresh token for an access token, as the browser would.
    pub async fn refresh(&self, refresh_token: &str) -> anyhow::Result<String> {
        let response = self.ask_for_tokens(refresh_token).await?;
        ensure!(response.status == 200, "the refresh was answered {}", response.status);
        let body: Value = serde_json::from_str(&response.body)?;
        Ok(body["token"].as_str().or(response.cookie("access_token")).context("no token")?.to_owned())
    }

    /// Sends a refresh with a stolen refresh token, and returns FusionAuth's response, whatever its status.
    pub async fn ask_for_tokens(&self, refresh_token: &str) -> anyhow::Result<AttackerResponse> {
        // The client does not resolve names under .localhost, so it connects to the port and sends the host in the header.
        let request = self.client.post(format!("{}://127.0.0.1:{}/api/jwt/refresh", Scheme::of_browsers(), self.auth_port));
        let request = request.header(header::HOST, &self.auth_host).header(header::COOKIE, format!("refresh_token={refresh_token}"));
        send(request.json(&serde_json::json!({}))).await
    }

    /// Sends a GET to the Store with these cookies, each as `name=value`.
    pub async fn get(&self, path: &str, cookies: &[String]) -> anyhow::Result<AttackerResponse> {
        let cookies: Vec<String> = cookies.iter().map(|it| name_as_sent(it)).collect();
        send(self.get_from_store(path).header(header::COOKIE, cookies.join("; "))).await
    }

    /// Asks the Store for the cart with an access token. Returns the status, and the cart or null.
    pub async fn cart(&self, access_token: &str) -> anyhow::Result<(u16, Value)> {
        let response = send(self.get_from_store("/api/load-shopping-cart").bearer_auth(access_token)).await?;
        Ok((response.status, serde_json::from_str(&response.body).unwrap_or(Value::Null)))
    }

    fn get_from_store(&self, path: &str) -> RequestBuilder {
        self.client
            .get(format!("{}://127.0.0.1:{}{path}", Scheme::of_browsers(), self.store.port()))
            .header(header::HOST, self.store.host())
    }
}

async fn send(request: RequestBuilder) -> anyhow::Result<AttackerResponse> {
    let response = request.header(header::USER_AGENT, USER_AGENT).send().await?;
    let lines = response.headers().get_all(header::SET_COOKIE).iter();
    let cookies = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect();
    Ok(AttackerResponse { status: response.status().as_u16(), cookies, body: response.text().await? })
}
