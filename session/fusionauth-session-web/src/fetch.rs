//! Requests to the application's own backend.

use crate::{
    FetchError,
    browser::{
        request::{self, RequestKind, RequestOptions},
        response::Response,
    },
    json,
};
use fusionauth_session::{Credential, ResourceId};
use gloo_net::http::Method;
use js_sys::Array;
use serde::Serialize;
use std::{fmt, time::Duration};
use wasm_bindgen::{JsCast, JsValue};

/// A request to the application's own backend.
///
/// ```
/// use fusionauth_session_web::ApiRequest;
/// use std::time::Duration;
///
/// let request = ApiRequest::get("/api/orders?page=2").time_limit(Duration::from_secs(5));
/// ```
///
/// `Debug` omits the body, because it may hold a password.
#[derive(Clone)]
pub struct ApiRequest {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// The body in the form that the browser's `fetch` takes, so that unused kinds of bodies add no code to the program.
    body: JsValue,
    /// Pairs of name and value, or `undefined`.
    headers: JsValue,
    idempotency_key: Option<String>,
    pub(crate) limit_ms: i32,
    pub(crate) replays: bool,
}

impl ApiRequest {
    /// A request without a body. `url` is a path of the page's own origin, or a URL of one of
    /// [`SessionConfig::api_origins`](crate::SessionConfig::api_origins).
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            body: JsValue::UNDEFINED,
            headers: JsValue::UNDEFINED,
            idempotency_key: None,
            limit_ms: LIMIT_MS,
            replays: true,
        }
    }

    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// A PUT.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new(Method::PUT, url)
    }

    /// A PATCH.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new(Method::PATCH, url)
    }

    /// A DELETE.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// Sends a value as JSON; see [`json::encode`] for what can be encoded.
    pub fn json(self, value: &impl Serialize) -> Self {
        self.body(json::encode(value).into())
    }

    pub(crate) fn body(self, body: JsValue) -> Self {
        Self { body, ..self }
    }

    /// Sends a form, files included. The browser writes its `Content-Type` itself.
    pub fn form_data(self, form: &web_sys::FormData) -> Self {
        Self { body: form.into(), ..self }
    }

    /// Sends bytes of this media type.
    pub fn bytes(self, bytes: &[u8], content_type: &str) -> Self {
        let body = js_sys::Uint8Array::from(bytes).into();
        Self { body, ..self }.header("Content-Type", content_type)
    }

    /// Adds a header. When the session sends a token, it sets `Authorization` itself and replaces a value that you have set.
    pub fn header(self, name: &str, value: &str) -> Self {
        let pair = Array::of2(&name.into(), &value.into());
        // `concat` makes a new list, because a clone of this request shares the old one.
        let headers = self.headers.dyn_ref().cloned().unwrap_or_else(Array::new).concat(&Array::of1(&pair)).into();
        Self { headers, ..self }
    }

    /// Sets the `Idempotency-Key` header, by which a backend recognises a repeated request. Give each write its own key, and send it again
    /// with the same key if the answer was lost.
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }

    /// How long the complete answer may take, its body included: 15 seconds by default. A renewal of the session before the request has its
    /// own limit.
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { limit_ms: i32::try_from(limit.as_millis()).unwrap_or(i32::MAX), ..self }
    }

    /// Returns a 401 unchanged, without a renewal and a replay. Use it for a request that must not be sent twice, such as one to a backend
    /// that checks the token only after it has done the work.
    pub fn without_replay(self) -> Self {
        Self { replays: false, ..self }
    }

    /// The resource's id: a hash (FNV-1a) of the URL without its query. If two resources share an id, the cost is one renewal.
    pub(crate) fn resource(&self) -> ResourceId {
        let path = self.url.bytes().take_while(|it| *it != b'?');
        ResourceId(path.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)))
    }

    pub(crate) async fn send(&self, credential: Option<&Credential>) -> Result<Response, FetchError> {
        let (token, kind) = match credential {
            Some(Credential::Token(it)) => (Some(it.token.expose()), RequestKind::Plain),
            Some(Credential::Cookie(_)) => (None, RequestKind::Cookies),
            None => (None, RequestKind::Plain),
        };
        request::send(&RequestOptions {
            method: self.method.as_str(),
            url: &self.url,
            body: &self.body,
            headers: &self.headers,
            token,
            tenant: None,
            idempotency_key: self.idempotency_key.as_deref(),
            kind,
            limit_ms: self.limit_ms,
        })
        .await
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

/// How long a backend may take to answer, by default.
const LIMIT_MS: i32 = 15_000;

/// Sends a request for public data, without a token. Dropping the future aborts the request.
///
/// # Errors
///
/// [`FetchError::Network`] and [`FetchError::Timeout`]. Every status is an answer, not an error.
pub async fn fetch_public(request: ApiRequest) -> Result<Response, FetchError> {
    request.send(None).await
}
