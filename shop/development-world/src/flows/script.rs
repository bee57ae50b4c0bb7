//! The scripted visit of `/flows`: it signs the shopper in at a Store, opens the cart, waits until the access token has expired, and opens the
//! cart again. Then an attacker opens it with the stolen credentials, before and after a sign-out. The requests look like those of the
//! reader's browser, so the page draws them.

use crate::index::PASSWORD;
use axum::http::{Method, StatusCode, header};
use reqwest::{Client, RequestBuilder, redirect::Policy};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use storefront_api::{Workflow, endpoints::CART};
use storefront_server::config::site::Site;
use tokio::sync::Mutex;

/// How long the access tokens of the script live, in seconds.
const TOKEN_LIFE: u64 = 2;
/// The life in `kickstart.json`, in seconds.
const DEFAULT_LIFE: u64 = 300;

/// One script runs at a time, because it shortens the life of the application's tokens while it signs in.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// The browser of the script. It has no `Debug`, because it holds tokens.
struct Visitor<'a> {
    client: Client,
    /// The Store's origin.
    store: String,
    /// The `User-Agent` of the reader's browser.
    user_agent: &'a str,
    /// The cookies' values by domain and name.
    cookies: BTreeMap<(String, String), String>,
    /// The access token of a page that keeps it itself.
    bearer: Option<String>,
}

/// Runs the script at the Store `site` with this origin.
///
/// # Errors
/// A server does not answer, or FusionAuth refuses the backend's API key.
pub(super) async fn run(site: &Site, store: String, user_agent: &str) -> anyhow::Result<()> {
    let _running = ONE_AT_A_TIME.lock().await;
    let client = Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let mut visitor = Visitor { client, store: store.clone(), user_agent, cookies: BTreeMap::new(), bearer: None };
    let is_page = matches!(site.workflow, Workflow::WebappJwt | Workflow::WebappSession);
    let (login, cart, logout) =
        if is_page { ("/login", "/shopping-cart", "/logout") } else { ("/api/login", CART.info.path, "/api/logout") };
    let auth = site.fusionauth_called_by_app();
    let sessions = auth.as_deref().unwrap_or(&store);

    let life = visitor.token_life(site).await?;
    let shortened = visitor.set_token_life(site, TOKEN_LIFE.into()).await;
    let request = visitor.request(Method::POST, sessions, login);
    let request = if is_page {
        request.form(&[("username", "shopper@example.com"), ("password", PASSWORD)])
    } else {
        request.json(&json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": site.application.id}))
    };
    let signed_in = visitor.send(sessions, request).await;
    visitor.set_token_life(site, life).await?;
    shortened?;
    let (_, body) = signed_in?;
    visitor.keep_bearer(site, &body);
    visitor.open(cart, user_agent).await?;

    tokio::time::sleep(Duration::from_secs(TOKEN_LIFE)).await;
    let status = visitor.open(cart, user_agent).await?;
    if let Some(auth) = auth.as_deref().filter(|_| status == StatusCode::UNAUTHORIZED) {
        let request = visitor.request(Method::POST, auth, "/api/jwt/refresh").json(&json!({}));
        let (_, body) = visitor.send(auth, request).await?;
        visitor.keep_bearer(site, &body);
        visitor.open(cart, user_agent).await?;
    }

    let (cookies, bearer) = (visitor.cookies.clone(), visitor.bearer.clone());
    visitor.open(cart, ATTACKER).await?;
    (visitor.cookies, visitor.bearer) = (cookies.clone(), bearer.clone());
    let request = visitor.request(Method::POST, sessions, logout);
    let request = if is_page { request.form(&[("", ""); 0]) } else { request.json(&json!({})) };
    visitor.send(sessions, request).await?;
    (visitor.cookies, visitor.bearer) = (cookies, bearer);
    visitor.open(cart, ATTACKER).await.map(drop)
}

/// The record knows an attacker by this `User-Agent`.
const ATTACKER: &str = "attacker (script)";

impl Visitor<'_> {
    async fn open(&mut self, path: &str, user_agent: &str) -> anyhow::Result<StatusCode> {
        let store = self.store.clone();
        let mut request = self.request(Method::GET, &store, path).header(header::USER_AGENT, user_agent);
        if let Some(token) = &self.bearer {
            request = request.bearer_auth(token);
        }
        Ok(self.send(&store, request).await?.0)
    }

    /// A request to this origin. The names under `.localhost` need not resolve, so the request goes to this machine's address.
    fn request(&self, method: Method, origin: &str, path: &str) -> RequestBuilder {
        let host = host_and_port(origin);
        let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
        let request = self.client.request(method.clone(), format!("http://127.0.0.1:{port}{path}")).header(header::HOST, host);
        let name = host.split(':').next().unwrap_or_default();
        let sent = self.cookies.iter().filter(|((domain, _), _)| name == domain || name.ends_with(&format!(".{domain}")));
        let cookies: Vec<String> = sent.map(|((_, name), value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) };
        if method == Method::GET {
            request
        } else {
            request.header(header::ORIGIN, &self.store).header(header::USER_AGENT, self.user_agent)
        }
    }

    /// Sends a request, and keeps the cookies of the response.
    async fn send(&mut self, origin: &str, request: RequestBuilder) -> anyhow::Result<(StatusCode, Value)> {
        let response = request.send().await?;
        let host = host_and_port(origin).split(':').next().unwrap_or_default();
        for line in response.headers().get_all(header::SET_COOKIE).iter().filter_map(|it| it.to_str().ok()) {
            let (name, value) = line.split(';').next().and_then(|it| it.split_once('=')).unwrap_or_default();
            let domain = line.split("; ").find_map(|it| it.strip_prefix("Domain=")).unwrap_or(host);
            self.cookies.insert((domain.to_owned(), name.to_owned()), value.to_owned());
        }
        Ok((response.status(), response.json().await.unwrap_or_default()))
    }

    fn keep_bearer(&mut self, site: &Site, body: &Value) {
        if site.workflow == Workflow::SpaLocalStorage {
            self.bearer = body["token"].as_str().map(str::to_owned);
        }
    }

    /// The life of the application's access tokens, in seconds.
    async fn token_life(&self, site: &Site) -> anyhow::Result<Value> {
        let found: Value = self.of_application(site, Method::GET).send().await?.error_for_status()?.json().await?;
        let life = &found["application"]["jwtConfiguration"]["timeToLiveInSeconds"];
        // A script that ended between its two changes has left its own value.
        Ok(if *life == TOKEN_LIFE { DEFAULT_LIFE.into() } else { life.clone() })
    }

    async fn set_token_life(&self, site: &Site, seconds: Value) -> anyhow::Result<()> {
        let change = json!({"application": {"jwtConfiguration": {"timeToLiveInSeconds": seconds}}});
        self.of_application(site, Method::PATCH).json(&change).send().await?.error_for_status()?;
        Ok(())
    }

    /// A request to FusionAuth about the application, with the backend's API key.
    fn of_application(&self, site: &Site, method: Method) -> RequestBuilder {
        let application = &site.application;
        let key = application.api_key.as_ref().map(|it| it.expose().to_owned()).unwrap_or_default();
        let url = format!("{}/api/application/{}", application.fusionauth_url, application.id);
        self.client.request(method, url).header(header::AUTHORIZATION, key)
    }
}

fn host_and_port(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}
