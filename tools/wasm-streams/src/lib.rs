//! A stand-in for the published crate `wasm-streams`, which `[patch.crates-io]` in the workspace's Cargo.toml replaces by this one.
//!
//! Leptos 0.8 links `wasm-streams` for streaming server functions. Its functions are exported to JavaScript, so no linker can remove unused
//! ones: they cost 5 KB of wasm and 0.7 KB of JavaScript (brotli). The workspace has no server functions, so this crate has the same
//! signatures, and every constructor panics.

#![warn(missing_docs)]

use futures_core::Stream;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use wasm_bindgen::JsValue;

const NO_SERVER_FUNCTIONS: &str = "streaming server functions are left out of this build: see tools/wasm-streams";

/// A stream of a request's or response's body. Leptos never gets a value of this type, because every constructor panics.
pub struct ReadableStream;

impl ReadableStream {
    /// # Panics
    ///
    /// Always.
    pub fn from_raw(_raw: web_sys::ReadableStream) -> Self {
        panic!("{NO_SERVER_FUNCTIONS}")
    }

    /// # Panics
    ///
    /// Always.
    pub fn from_stream<St: Stream<Item = Result<JsValue, JsValue>> + 'static>(_stream: St) -> Self {
        panic!("{NO_SERVER_FUNCTIONS}")
    }

    /// Unreachable, because every constructor panics.
    ///
    /// # Panics
    ///
    /// Always.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        panic!("{NO_SERVER_FUNCTIONS}")
    }

    /// Unreachable, because every constructor panics.
    pub fn into_stream(self) -> IntoStream {
        IntoStream
    }
}

/// A stream without chunks.
pub struct IntoStream;

impl Stream for IntoStream {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
