//! The answer to a request. Its headers have arrived; its body may still be in flight.

use super::{future_of, script};
use crate::{FetchError, json};
use js_sys::{Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

/// The answer of a backend, with any status. Its body must arrive within the time limit of the request. Dropping the answer, or a future
/// that reads it, aborts the rest of the transfer.
pub struct Response {
    answer: gloo_net::http::Response,
    sent: Sent,
}

impl Response {
    pub(crate) fn new(answer: gloo_net::http::Response, sent: Sent) -> Self {
        Self { answer, sent }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.answer.status()
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        self.answer.ok()
    }

    /// A header. In an answer from another origin, only headers in `Access-Control-Expose-Headers` are readable.
    ///
    /// # Panics
    ///
    /// If `name` is not a valid header name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.answer.headers().get(name)
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// [`FetchError::Unreadable`] if the body is not JSON, or not of this type; [`FetchError::Network`] and [`FetchError::Timeout`] if the
    /// body does not arrive.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, FetchError> {
        json::decode(&self.text().await?).map_err(|_| FetchError::Unreadable)
    }

    /// The body as text, decoded as UTF-8.
    ///
    /// # Errors
    ///
    /// [`FetchError::Network`] and [`FetchError::Timeout`] if the body does not arrive.
    pub async fn text(mut self) -> Result<String, FetchError> {
        self.sent.until_over(self.answer.text()).await
    }

    /// The body's bytes.
    ///
    /// # Errors
    ///
    /// [`FetchError::Network`] and [`FetchError::Timeout`] if the body does not arrive.
    pub async fn bytes(mut self) -> Result<Vec<u8>, FetchError> {
        self.sent.until_over(self.answer.binary()).await
    }

    /// The body in chunks as they arrive, for a stream such as server-sent events. In place of the request's time limit, each chunk has
    /// this one.
    pub fn into_chunks(self, limit: Duration) -> BodyChunks {
        let reader = self.answer.body().and_then(|it| ReadableStreamDefaultReader::new(&it).ok());
        BodyChunks { reader, sent: self.sent, limit_ms: i32::try_from(limit.as_millis()).unwrap_or(i32::MAX) }
    }
}

/// The body of a [`Response`] as it arrives. Dropping this value aborts the rest of the transfer.
pub struct BodyChunks {
    reader: Option<ReadableStreamDefaultReader>,
    sent: Sent,
    limit_ms: i32,
}

impl BodyChunks {
    /// The next bytes; `None` at the end of the body.
    ///
    /// # Errors
    ///
    /// [`FetchError::Network`] if the body is cut off, or if the answer has none; [`FetchError::Timeout`] if no bytes arrive within the
    /// time limit.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, FetchError> {
        let reader = self.reader.as_ref().ok_or(FetchError::Network)?;
        self.sent.set_limit(self.limit_ms);
        let chunk = self.sent.within(future_of(reader.read())).await?;
        let bytes = Reflect::get(&chunk, &"value".into()).unwrap_or_default();
        Ok((!bytes.is_undefined()).then(|| Uint8Array::new(&bytes).to_vec()))
    }
}

/// A request that was sent, and its time limit. If it has a controller, dropping it aborts the request and the reading of its answer.
pub(crate) struct Sent {
    /// `None` for a request that outlives the page and its caller.
    controller: Option<AbortController>,
    timer: script::Timer,
    over: JsFuture,
}

impl Sent {
    pub(crate) fn new(controller: Option<AbortController>, limit_ms: i32) -> Self {
        let timer = script::timer(limit_ms);
        Self { controller, over: timer.over().into(), timer }
    }

    /// Replaces the time limit by one that begins now.
    fn set_limit(&mut self, limit_ms: i32) {
        self.timer.end();
        self.timer = script::timer(limit_ms);
        self.over = self.timer.over().into();
    }

    /// Waits for a step of the request, until the request's time limit.
    pub(crate) async fn within<T, E>(&mut self, step: impl Future<Output = Result<T, E>>) -> Result<T, FetchError> {
        let mut step = pin!(step);
        poll_fn(|context| match step.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(result.map_err(|_| FetchError::Network)),
            Poll::Pending => Pin::new(&mut self.over).poll(context).map(|_| Err(FetchError::Timeout)),
        })
        .await
    }

    /// Waits for the last step of the request. When it has succeeded, there is nothing left to abort, and an abort would still cost time.
    async fn until_over<T, E>(&mut self, step: impl Future<Output = Result<T, E>>) -> Result<T, FetchError> {
        let result = self.within(step).await?;
        self.controller = None;
        Ok(result)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.timer.end();
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}
