//! Requests to the application's own backend: what is asked, and what comes back.

use crate::{
    FetchError,
    browser::request::{self, RawResponse, RequestKind, RequestOptions, ResponseFuture},
    json,
};
use fusionauth_session::{Credential, ResourceId};
use js_sys::Array;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, time::Duration};
use wasm_bindgen::{JsCast, JsValue};

/// A request to the application's own backend.
///
/// ```
/// use leptos_fusionauth::ApiRequest;
/// use std::time::Duration;
///
/// let request = ApiRequest::get("/api/orders?page=2").time_limit(Duration::from_secs(5));
/// ```
///
/// It has no body in its `Debug`, because a body may hold a password.
#[derive(Clone)]
pub struct ApiRequest {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// As `fetch` takes it, so that a kind of body that an application does not use leaves nothing in the program.
    body: JsValue,
    /// Pairs of name and value, or `undefined`.
    headers: JsValue,
    idempotency_key: Option<String>,
    limit_ms: i32,
    pub(crate) replays: bool,
}

impl ApiRequest {
    /// A request without a body. `url` is a path of the page's own origin, or an address of one of
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
        let body = JsValue::from(json::encode(value));
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

    /// Adds a header. `Authorization` is the session's own: another value is replaced where the session sends a token.
    pub fn header(self, name: &str, value: &str) -> Self {
        let pair = Array::of2(&name.into(), &value.into());
        // Not pushed: a clone of this request shares the list.
        let headers = self.headers.dyn_ref().cloned().unwrap_or_else(Array::new).concat(&Array::of1(&pair)).into();
        Self { headers, ..self }
    }

    /// Sets the `Idempotency-Key` header, by which a backend recognises a repeated request. Give each write a key of its
    /// own, and send it again with the same key where the answer was lost.
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }

    /// How long the whole answer may take, its body included: 15 seconds unless said otherwise. A renewal of the session
    /// before the request has a limit of its own.
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { limit_ms: i32::try_from(limit.as_millis()).unwrap_or(i32::MAX), ..self }
    }

    /// Returns a 401 as it is, in place of one renewal and one replay: for a request that must not go out twice, such as
    /// one to a backend that checks the token after it has done the work.
    pub fn without_replay(self) -> Self {
        Self { replays: false, ..self }
    }

    /// Names the resource: the URL without its query, as a number (FNV-1a). Two that share a number are a matter of one
    /// renewal more or less.
    pub(crate) fn resource(&self) -> ResourceId {
        let path = self.url.bytes().take_while(|it| *it != b'?');
        ResourceId(path.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)))
    }

    pub(crate) fn send(&self, credential: Option<&Credential>) -> ResponseFuture {
        let (token, kind) = match credential {
            Some(Credential::Token(it)) => (Some(it.token.expose()), RequestKind::Plain),
            Some(Credential::Cookie(_)) => (None, RequestKind::Cookies),
            None => (None, RequestKind::Plain),
        };
        ResponseFuture::headers(&RequestOptions {
            method: self.method.0,
            url: &self.url,
            body: &self.body,
            headers: &self.headers,
            token,
            tenant: None,
            idempotency_key: self.idempotency_key.as_deref(),
            kind,
            limit_ms: self.limit_ms,
        })
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

/// How long a backend may take to answer.
const LIMIT_MS: i32 = 15_000;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method(&'static str);

impl Method {
    /// GET.
    pub const GET: Self = Self("GET");
    /// POST.
    pub const POST: Self = Self("POST");
    /// PUT.
    pub const PUT: Self = Self("PUT");
    /// PATCH.
    pub const PATCH: Self = Self("PATCH");
    /// DELETE.
    pub const DELETE: Self = Self("DELETE");

    /// The method's name.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// The answer of a backend, with whatever status. Its body is read within the time limit of its request; to drop it, or a
/// future that reads it, aborts what is still on its way.
pub struct Response(pub(crate) RawResponse);

impl Response {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.raw().status()
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        self.raw().ok()
    }

    /// A header. From another origin only those can be read that `Access-Control-Expose-Headers` names.
    pub fn header(&self, name: &str) -> Option<String> {
        self.raw().headers().get(name).ok().flatten()
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// [`FetchError::Unreadable`] where it is none, or not of this type; [`FetchError::Network`] and
    /// [`FetchError::Timeout`] where it does not arrive.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, FetchError> {
        json::from_value(self.read("json").await?).map_err(|_| FetchError::Unreadable)
    }

    /// The body as text, taken for UTF-8.
    ///
    /// # Errors
    ///
    /// [`FetchError::Network`] and [`FetchError::Timeout`] where it does not arrive.
    pub async fn text(self) -> Result<String, FetchError> {
        Ok(self.read("text").await?.as_string().unwrap_or_default())
    }

    /// The body's bytes.
    ///
    /// # Errors
    ///
    /// [`FetchError::Network`] and [`FetchError::Timeout`] where it does not arrive.
    pub async fn bytes(self) -> Result<Vec<u8>, FetchError> {
        Ok(js_sys::Uint8Array::new(&self.read("arrayBuffer").await?).to_vec())
    }

    /// The body as it arrives, for one that goes on, such as server-sent events. The time limit of the request ends here.
    pub fn into_chunks(self) -> BodyChunks {
        BodyChunks { reader: request::body_reader(&self.0.value), _answer: self.0 }
    }

    fn raw(&self) -> &web_sys::Response {
        self.0.value.unchecked_ref()
    }

    async fn read(&self, how: &str) -> Result<JsValue, FetchError> {
        self.0.body(how).await.map_err(|it| request::error_of_rejection(&it))
    }
}

/// The body of a [`Response`] as it arrives. Dropping it, or the future of a chunk with it, aborts what is still on its way.
pub struct BodyChunks {
    /// A `ReadableStreamDefaultReader`.
    reader: JsValue,
    _answer: RawResponse,
}

impl BodyChunks {
    /// The bytes that arrive next, which are waited for without a limit. `None`: the body has ended.
    ///
    /// # Errors
    ///
    /// [`FetchError::Network`] where the body is cut off.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, FetchError> {
        request::next_chunk(&self.reader).await
    }
}

/// Sends a request without a token: for public data. Dropping the future aborts it.
///
/// # Errors
///
/// [`FetchError::Network`] and [`FetchError::Timeout`]. Every status is an answer, not an error.
pub async fn fetch_public(request: ApiRequest) -> Result<Response, FetchError> {
    request.send(None).await.map(Response)
}
