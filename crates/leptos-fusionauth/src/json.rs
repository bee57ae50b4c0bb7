//! JSON by way of the browser's own parser: serde derives decoded from the parsed value, without a text parser in the wasm.

mod de;
mod ser;

use fusionauth_api::{AccessToken, claims::Claims};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// A body that is not the JSON that was expected. It carries no text on purpose: error texts with the offending value
/// are a tenth of a small app's bytes, and the value may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the body is not the JSON that was expected")]
pub struct Unreadable;

/// Reads a response's whole body as JSON.
pub async fn body<T: DeserializeOwned>(response: gloo_net::http::Response) -> Result<T, Unreadable> {
    let response: web_sys::Response = response.into();
    let promise = response.json().map_err(|_| Unreadable)?;
    from_value(JsFuture::from(promise).await.map_err(|_| Unreadable)?)
}

/// Encodes a value as JSON text. What JSON can't hold (a map whose keys are no strings, a float that is not finite)
/// becomes `null`.
pub fn encode<T: Serialize>(value: &T) -> String {
    ser::to_text(value)
}

/// Decodes JSON text.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    from_value(js_sys::JSON::parse(text).map_err(|_| Unreadable)?)
}

/// Decodes a value that was parsed already.
fn from_value<T: DeserializeOwned>(value: JsValue) -> Result<T, Unreadable> {
    T::deserialize(de::Value(value))
}

/// The claims of a token, unverified; `None` if the text is no readable JWT.
pub(crate) fn claims(token: &AccessToken) -> Option<Claims> {
    let base64: String = token
        .payload_segment()?
        .chars()
        .map(|it| {
            if it == '-' {
                '+'
            } else if it == '_' {
                '/'
            } else {
                it
            }
        })
        .collect();
    let binary = web_sys::window()?.atob(&base64).ok()?;
    // `atob` gives one character for each byte.
    let bytes: Option<Vec<u8>> = binary.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect();
    decode(&String::from_utf8(bytes?).ok()?).ok()
}
