//! A browser without scripts and without a cookie jar, for the hosted pages.

use crate::test_emulator::{PASSWORD, STORE, TestEmulator, TestResponse};
use reqwest::{Client, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const SECRET: &str = "development-only-store-client-secret";
pub(crate) const RETURN: &str = "http://store.example/callback?from=sign-in";
/// The example of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A client that follows no redirect.
pub(crate) struct Browser {
    /// The emulator's URL.
    pub(crate) url: String,
    client: Client,
}

pub(crate) type Fields<'a> = Vec<(&'a str, &'a str)>;

/// An emulator in which the Store allows the authorization code grant and the redirect URL [`RETURN`].
pub(crate) async fn start() -> TestEmulator {
    let emulator = TestEmulator::start().await;
    let settings = json!({"authorizedRedirectURLs": [RETURN], "enabledGrants": ["authorization_code", "refresh_token"], "logoutURL": "http://store.example/bye"});
    emulator.patch_store(json!({"oauthConfiguration": settings})).await;
    emulator
}

/// The parameters of an authorization request. `changed` replaces some of them; the value "" removes a parameter.
pub(crate) fn request<'a>(changed: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut all = BTreeMap::from([
        ("client_id", STORE),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "n-1"),
        ("redirect_uri", RETURN),
        ("response_type", "code"),
        ("scope", "openid email profile offline_access"),
        ("state", "a b&c"),
    ]);
    all.extend(changed.iter().copied());
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

impl Browser {
    pub(crate) fn new(emulator: &TestEmulator) -> Self {
        let client = test_support::http_client();
        Self { url: emulator.url(), client }
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)], cookies: &str) -> TestResponse {
        let query = if query.is_empty() { String::new() } else { format!("?{}", serde_urlencoded::to_string(query).unwrap()) };
        let request = self.client.get(format!("{}{path}{query}", self.url)).header(header::COOKIE, cookies);
        TestResponse::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> TestResponse {
        self.start_post(path, form).await
    }

    /// Like [`post`](Self::post), but the future does not borrow anything, so that the test can send several requests at once.
    pub(crate) fn start_post(&self, path: &str, form: &[(&str, &str)]) -> impl Future<Output = TestResponse> + Send + use<> {
        self.start_post_with(path, form, "")
    }

    /// Like [`start_post`](Self::start_post), with cookies.
    pub(crate) fn start_post_with(
        &self,
        path: &str,
        form: &[(&str, &str)],
        cookies: &str,
    ) -> impl Future<Output = TestResponse> + Send + use<> {
        let request = self.client.post(format!("{}{path}", self.url)).body(serde_urlencoded::to_string(form).unwrap());
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header(header::COOKIE, cookies);
        async { TestResponse::read(request.send().await.unwrap()).await }
    }

    /// Sends the page's form with the user's input `typed`, which replaces hidden inputs of the same name.
    pub(crate) async fn submit(&self, page: &TestResponse, typed: &[(&str, &str)]) -> TestResponse {
        self.submit_with(page, typed, "").await
    }

    /// Like [`submit`](Self::submit), with cookies.
    pub(crate) async fn submit_with(&self, page: &TestResponse, typed: &[(&str, &str)], cookies: &str) -> TestResponse {
        let action = page.text.split("action=\"").nth(1).and_then(|it| it.split('"').next()).unwrap_or_else(|| panic!("no form: {page:?}"));
        let hidden = hidden_inputs(&page.text);
        let hidden = hidden.iter().filter(|(name, _)| !typed.iter().any(|it| it.0 == name));
        let fields: Fields<'_> = hidden.map(|(name, value)| (name.as_str(), value.as_str())).chain(typed.iter().copied()).collect();
        self.start_post_with(action, &fields, cookies).await
    }

    /// Signs in for this authorization request, and returns the parameters of the redirect.
    pub(crate) async fn sign_in(&self, email: &str, request: &[(&str, &str)]) -> BTreeMap<String, String> {
        let page = self.get("/oauth2/authorize", request, "").await;
        redirected(&self.submit(&page, &[("loginId", email), ("password", PASSWORD)]).await)
    }

    pub(crate) async fn exchange(&self, code: &str, changed: &[(&str, &str)]) -> TestResponse {
        self.start_exchange(code, changed).await
    }

    /// Like [`exchange`](Self::exchange), with a future that does not borrow anything.
    pub(crate) fn start_exchange(&self, code: &str, changed: &[(&str, &str)]) -> impl Future<Output = TestResponse> + Send + use<> {
        let mut all = BTreeMap::from([
            ("client_id", STORE),
            ("client_secret", SECRET),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("grant_type", "authorization_code"),
            ("redirect_uri", RETURN),
        ]);
        all.extend(changed.iter().copied());
        let form: Fields<'_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        self.start_post("/oauth2/token", &form)
    }
}

/// The names and values of the hidden inputs of a page.
pub(crate) fn hidden_inputs(page: &str) -> Vec<(String, String)> {
    let text = |piece: &str, name: &str| {
        let value = piece.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&"))
    };
    page.split("<input type=\"hidden\"").skip(1).filter_map(|it| Some((text(it, "name")?, text(it, "value")?))).collect()
}

/// The parameters of a redirect to the client.
pub(crate) fn redirected(answer: &TestResponse) -> BTreeMap<String, String> {
    let location = answer.header("location").unwrap_or_else(|| panic!("no redirect: {answer:?}"));
    assert_eq!(answer.status, 302);
    assert!(location.starts_with(&format!("{RETURN}&")), "{location}");
    serde_urlencoded::from_str(location.split_once('?').unwrap().1).unwrap()
}

pub(crate) fn error_of(answer: &TestResponse) -> (u16, Value, Value) {
    let body = answer.json();
    (answer.status, body["error"].clone(), body["error_reason"].clone())
}

/// The cookies that a browser would send after an answer, without their attributes.
pub(crate) fn cookies(answer: &TestResponse) -> String {
    let pairs: Vec<_> = answer.cookies().iter().map(|it| it.split(';').next().unwrap().to_owned()).collect();
    pairs.join("; ")
}
