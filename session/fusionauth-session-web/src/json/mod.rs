//! JSON with serde. serde_json writes it. The browser parses it, and types are decoded from the parsed value, so the wasm contains no parser.
//!
//! A derive may rename a field, give it a default, and skip it. `alias` is not supported; `flatten` is supported only for encoding.

mod de;

use crate::{AccessToken, browser::script};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use wasm_bindgen::JsValue;

/// The error for a text that is not JSON, or not of the expected type. It holds no message, because messages with the
/// offending value would be a tenth of a small app's bytes, and the value may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the body is not the JSON that was expected")]
pub struct DecodeError;

/// Encodes a value as JSON text, in the shapes that serde gives it. A float that is not finite becomes `null`, as in JavaScript.
///
/// # Panics
///
/// If the key of a map is neither a text nor a number, or a type refuses to be serialised.
pub fn encode<T: Serialize>(value: &T) -> String {
    // `expect` would add the code that formats the error.
    let Ok(text) = serde_json::to_string(value) else { panic!("JSON cannot hold this value") };
    text
}

/// Decodes JSON text.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    from_value(js_sys::JSON::parse(text).map_err(|_| DecodeError)?)
}

/// Decodes the payload of an access token, unverified.
pub(crate) fn decode_payload<T: DeserializeOwned>(token: &AccessToken) -> Result<T, DecodeError> {
    from_value(script::payload(token.expose()))
}

fn from_value<T: DeserializeOwned>(value: JsValue) -> Result<T, DecodeError> {
    T::deserialize(de::Value(value))
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use fusionauth_api::claims::Claims;
    use fusionauth_session::SignOutReason;
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
        cause: SignOutReason,
    }

    #[wasm_bindgen_test]
    fn derives_decode_from_the_browsers_own_parser() {
        let text = r#"{"text":"ä\u0000\"","whole":-9007199254740991,"unsigned":4294967295,"part":1.5,"yes":true,
            "list":["a","b"],"null":null,"cause":"replaced","unknown":{"x":[1]}}"#;
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
            cause: SignOutReason::Replaced,
        };
        assert_eq!(decode::<Everything>(text), Ok(expected));
    }

    #[wasm_bindgen_test]
    fn claims_are_read_from_base64url_only() {
        let claims = |text: &str| decode_payload::<Claims>(&AccessToken::new(text)).ok();
        // {"sub":"ü?>","aud":"app"} has `_` and `-` in base64url.
        let read = claims("e30.eyJzdWIiOiLDvD8-IiwiYXVkIjoiYXBwIn0.x").expect("claims");
        assert_eq!((read.sub.as_deref(), &read.aud.0[..]), (Some("ü?>"), &["app".to_owned()][..]));
        // The last two payloads are invalid UTF-8, and an object with a number as `sub`.
        for text in ["", "a", "a.b", "a.e30", "a.b.c", "a.!!.c", "a.bnVsbA.c", "a.e30.c.d", "a.__8.c", "a.eyJzdWIiOjd9.c"] {
            assert!(claims(text).is_none(), "{text}");
        }
    }

    #[wasm_bindgen_test]
    fn an_audience_is_one_application_or_several() {
        let audience = |text: &str| decode::<Claims>(text).ok().map(|it| it.aud.0);
        assert_eq!(audience(r#"{"aud":"a"}"#), Some(vec!["a".into()]));
        assert_eq!(audience(r#"{"aud":["a","b"],"exp":null}"#), Some(vec!["a".into(), "b".into()]));
        assert_eq!(audience("{}"), Some(Vec::new()));
        for odd in [r#"{"aud":7}"#, r#"{"aud":["a",7]}"#, r#"{"exp":"1300"}"#, r#"{"email":false}"#] {
            assert_eq!(audience(odd), None, "{odd}");
        }
    }

    #[wasm_bindgen_test]
    fn a_value_of_another_type_is_a_decode_error() {
        for text in ["", "{", "null", "7", "\"x\"", "[]", "{}", "<html>"] {
            assert_eq!(decode::<Everything>(text), Err(DecodeError), "{text}");
        }
        assert_eq!(decode::<u8>("256"), Err(DecodeError));
        assert_eq!(decode::<u8>("-1"), Err(DecodeError));
        assert_eq!(decode::<u8>("1.5"), Err(DecodeError));
        assert_eq!(decode::<SignOutReason>("\"other\""), Err(DecodeError));
    }
}
