//! JSON by way of the browser's own parser: serde derives decoded from the parsed value, without a text parser in the wasm.
//!
//! What derives may say of a field is its name, a default, and what to skip. An alias is not understood.

mod de;
mod ser;

use crate::browser::timer::{first, limit};
use fusionauth_api::{AccessToken, claims::Claims};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use wasm_bindgen::JsValue;

/// A body that is not the JSON that was expected. It carries no text on purpose: error texts with the offending value
/// are a tenth of a small app's bytes, and the value may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the body is not the JSON that was expected")]
pub struct Unreadable;

/// Reads a response's whole body as JSON, for at most 15 seconds.
pub async fn body<T: DeserializeOwned>(response: gloo_net::http::Response) -> Result<T, Unreadable> {
    let response: web_sys::Response = response.into();
    let promise = response.json().map_err(|_| Unreadable)?;
    from_value(first(&promise, &limit(BODY_LIMIT_MS)).await.map_err(|_| Unreadable)?)
}

/// How long a body may take after its headers.
const BODY_LIMIT_MS: i32 = 15_000;

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
    decode(&token.payload()?).ok()
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use fusionauth_session::{EndCause, Epoch, Record, StoredSession};
    use serde::Deserialize;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Everything {
        text: String,
        whole: i64,
        unsigned: u32,
        part: f64,
        yes: bool,
        list: Vec<String>,
        missing: Option<u32>,
        null: Option<u32>,
        #[serde(default)]
        defaulted: u8,
        cause: EndCause,
    }

    #[wasm_bindgen_test]
    fn derives_decode_from_the_browsers_own_parser() {
        let text = r#"{"text":"ä\u0000\"","whole":-9007199254740991,"unsigned":4294967295,"part":1.5,"yes":true,
            "list":["a","b"],"null":null,"cause":"displaced","unknown":{"x":[1]}}"#;
        let expected = Everything {
            text: "ä\u{0}\"".into(),
            whole: -9_007_199_254_740_991,
            unsigned: u32::MAX,
            part: 1.5,
            yes: true,
            list: vec!["a".into(), "b".into()],
            missing: None,
            null: None,
            defaulted: 0,
            cause: EndCause::Displaced,
        };
        assert_eq!(decode::<Everything>(text), Ok(expected));
    }

    #[wasm_bindgen_test]
    fn what_does_not_fit_is_unreadable() {
        for text in ["", "{", "null", "7", "\"x\"", "[]", "{}", "<html>"] {
            assert_eq!(decode::<Everything>(text), Err(Unreadable), "{text}");
        }
        assert_eq!(decode::<u8>("256"), Err(Unreadable));
        assert_eq!(decode::<u8>("-1"), Err(Unreadable));
        assert_eq!(decode::<u8>("1.5"), Err(Unreadable));
        assert_eq!(decode::<EndCause>("\"other\""), Err(Unreadable));
    }

    #[wasm_bindgen_test]
    fn a_record_survives_storage() {
        let session = StoredSession {
            sub: "u\"\n\u{2028}".into(),
            generation: 3,
            token: Some(AccessToken::new("a.b.c")),
            received_at: 1_790_000_000_000,
        };
        for session in [Some(session), None] {
            let ended = session.is_none().then_some(EndCause::SignedOut);
            let record =
                Record { version: 1, epoch: Epoch { number: 7, nonce: u32::MAX }, session, ended, logout_pending: ended.is_some() };
            assert!(decode::<Record>(&encode(&record)) == Ok(record));
        }
    }

    #[wasm_bindgen_test]
    fn claims_are_read_from_base64url_and_from_nothing_else() {
        // {"sub":"ü?>","aud":"app"} has `_` and `-` in base64url.
        let token = AccessToken::new("e30.eyJzdWIiOiLDvD8-IiwiYXVkIjoiYXBwIn0.x");
        assert_eq!(claims(&token).and_then(|it| it.sub).as_deref(), Some("ü?>"));
        for text in ["", "a", "a.b", "a.b.c", "a.!!.c", "a.bnVsbA.c", "a.eyJzdWIiOjd9.c", "a.b.c.d"] {
            assert!(claims(&AccessToken::new(text)).is_none_or(|it| it.sub.is_none()), "{text}");
        }
    }
}
