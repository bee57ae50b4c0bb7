//! In place of the crate of this name (`[patch.crates-io]` in the workspace's Cargo.toml). Leptos 0.8 links it for streaming
//! server functions, and because it exports its functions to JavaScript no linker can drop what nobody calls: 5 KB of wasm and
//! 0.7 KB of JavaScript, brotli. This has the same signatures and no content: the workspace has no server functions.

#![warn(missing_docs)]

use futures_core::Stream;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use wasm_bindgen::JsValue;

const NO_SERVER_FUNCTIONS: &str = "streaming server functions are left out of this build: see crates/wasm-streams";

/// A stream of a request's or response's body.
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

    /// Unreachable: there is no way to make a stream.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        panic!("{NO_SERVER_FUNCTIONS}")
    }

    /// Unreachable: there is no way to make a stream.
    pub fn into_stream(self) -> IntoStream {
        IntoStream
    }
}

/// The chunks of a stream: none.
pub struct IntoStream;

impl Stream for IntoStream {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
