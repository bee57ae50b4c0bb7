//! A client of FusionAuth's admin API, with which the journeys change settings and count or revoke sessions. It uses no endpoint that only
//! the emulator has, so it would work with a real FusionAuth, too. The module `clock` moves the emulator's clock.

use crate::{Application, forward::client};
use anyhow::{Context, ensure};
use reqwest::{Client, Method, header};
use serde_json::{Value, json};
use test_support::kickstart::API_KEY;

/// A client of the admin API with the API key of kickstart.json.
pub struct AdminApi {
    client: Client,
    base: String,
}

/// The id of the key with which FusionAuth signs access tokens and events.
const SIGNING_KEY: &str = "30000000-0000-0000-0000-000000000002";

/// The id of the tenant that kickstart.json creates.
const TENANT: &str = "30000000-0000-0000-0000-000000000001";

impl AdminApi {
    pub(crate) fn new(port: u16) -> Self {
        Self { client: client(), base: format!("http://127.0.0.1:{port}") }
    }

    /// Makes every refresh replace the refresh token, as the README recommends.
    pub async fn use_refresh_tokens_once(&self, application: Application) -> anyhow::Result<()> {
        let body = json!({"application": {"jwtConfiguration": {"refreshTokenUsagePolicy": "OneTimeUse"}}});
        self.call(Method::PATCH, &format!("/api/application/{}", application.id()), Some(body)).await.map(drop)
    }

    /// Makes the second use of a refresh token end its sign-in, as the README recommends.
    pub async fn revoke_on_reuse(&self) -> anyhow::Result<()> {
        let body = json!({"tenant": {"jwtConfiguration": {"refreshTokenRevocationPolicy": {"onOneTimeTokenReuse": true}}}});
        self.call(Method::PATCH, &format!("/api/tenant/{TENANT}"), Some(body)).await.map(drop)
    }

    /// Replaces the origins that may call FusionAuth.
    pub async fn allow_origins(&self, origins: &[String]) -> anyhow::Result<()> {
        let body = json!({"systemConfiguration": {"corsConfiguration": {"allowedOrigins": origins}}});
        self.call(Method::PATCH, "/api/system-configuration", Some(body)).await.map(drop)
    }

    /// Makes FusionAuth send the Store the signed events that end access tokens.
    pub async fn send_events_to(&self, site: crate::Site) -> anyhow::Result<()> {
        let events = ["jwt.refresh-token.revoke", "user.deactivate", "user.delete", "user.password.update"];
        let body = json!({"webhook": {
            "url": site.url("/api/fusionauth/events"), "global": true, "connectTimeout": 1000, "readTimeout": 2000,
            "eventsEnabled": serde_json::Map::from_iter(events.map(|it| (it.to_owned(), Value::Bool(true)))),
            "signatureConfiguration": {"enabled": true, "signingKeyId": SIGNING_KEY},
        }});
        self.call(Method::POST, "/api/webhook", Some(body)).await.map(drop)
    }

    /// Sets the URL of an application's site, which FusionAuth's messages link to.
    pub async fn set_site_url(&self, site: crate::Site) -> anyhow::Result<()> {
        let sites = json!({site.workflow.slug(): site.origin()});
        let body = json!({"application": {"data": {"sites": sites}}});
        self.call(Method::PATCH, &format!("/api/application/{}", site.application.id()), Some(body)).await.map(drop)
    }

    /// Changes members of a user.
    pub async fn change_user(&self, user: &str, members: Value) -> anyhow::Result<()> {
        self.call(Method::PATCH, &format!("/api/user/{user}"), Some(json!({"user": members}))).await.map(drop)
    }

    /// Removes every passkey of a user.
    pub async fn remove_passkeys(&self, user: &str) -> anyhow::Result<()> {
        self.call(Method::DELETE, &format!("/api/webauthn?userId={user}"), None).await.map(drop)
    }

    /// Changes the tenant's settings.
    pub async fn change_tenant(&self, settings: Value) -> anyhow::Result<()> {
        self.call(Method::PATCH, &format!("/api/tenant/{TENANT}"), Some(json!({"tenant": settings}))).await.map(drop)
    }

    /// Revokes every refresh token of a user, as an administrator or a password change does.
    pub async fn revoke_sessions(&self, user: &str) -> anyhow::Result<()> {
        self.call(Method::DELETE, &format!("/api/jwt/refresh?userId={user}"), None).await.map(drop)
    }

    /// The number of refresh tokens of a user that are not revoked and not expired.
    pub async fn sessions(&self, user: &str) -> anyhow::Result<usize> {
        let answer = self.call(Method::GET, &format!("/api/jwt/refresh?userId={user}"), None).await?;
        Ok(answer["refreshTokens"].as_array().map_or(0, Vec::len))
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        request = request.header(header::AUTHORIZATION, API_KEY);
        if let Some(body) = body {
            // A merge patch replaces arrays; a plain PATCH would append to them.
            let media_type = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
            request = request.header(header::CONTENT_TYPE, media_type).body(body.to_string());
        }
        let response = request.send().await.with_context(|| format!("{method} {path}"))?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{method} {path} answered {status}: {text}");
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }
}
