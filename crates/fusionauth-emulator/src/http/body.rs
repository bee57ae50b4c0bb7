//! JSON bodies. They are read here rather than by axum's extractor, because FusionAuth answers a bad one with its own errors, and
//! because axum's refusals repeat a part of the body, which may be a password.

use crate::domain::Refusal;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use fusionauth_api::errors::Errors;
use serde::de::DeserializeOwned;

/// The longest body that is read. An import of a thousand users fits.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// A JSON body. An empty body reads as `{}`.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let (bytes, _) = bytes(request, state, &["application/json"]).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// The body and its media type, which must be one of `accepted`. An empty body reads as `{}`, whatever its type.
pub(crate) async fn bytes<S: Send + Sync>(request: Request, state: &S, accepted: &[&str]) -> Result<(Bytes, String), Refusal> {
    let media_type = media_type(request.headers());
    let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::Status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Errors::general("[invalidJSON]", "The body could not be read.").into(),
    })?;
    if bytes.is_empty() {
        return Ok((Bytes::from_static(b"{}"), media_type));
    }
    if !accepted.contains(&media_type.as_str()) {
        let message = format!("The Content-Type must be one of {}.", accepted.join(", "));
        return Err(Errors::general("[InvalidContentType]", &message).into());
    }
    Ok((bytes, media_type))
}

/// Parses JSON. The error names the member at fault and what was expected there. It never repeats the value, which may be a password.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Errors> {
    // serde would take a list for the members of a struct in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Errors::general("[invalidJSON]", "expected an object."));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|it| invalid(&it))?;
    deserializer.end().map_err(|it| Errors::general("[invalidJSON]", &expectation(&it)))?;
    Ok(value)
}

/// As [`parse`], for JSON that was parsed before.
pub(crate) fn convert<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Errors> {
    serde_path_to_error::deserialize(value).map_err(|it| invalid(&it))
}

fn invalid(error: &serde_path_to_error::Error<serde_json::Error>) -> Errors {
    let message = expectation(error.inner());
    match error.path().to_string() {
        // If a body breaks off or is no JSON, no member is at fault.
        _ if !error.inner().is_data() => Errors::general("[invalidJSON]", &message),
        path if path == "." => Errors::general("[invalidJSON]", &message),
        path => Errors::field(&path, "[invalidJSON]", &message),
    }
}

fn expectation(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return format!("This is no JSON: {text}.");
    }
    // serde_json ends its messages with a position, which means nothing for a value that was parsed before.
    let text = text.split(" at line ").next().unwrap_or_default();
    let names_no_value = ["unknown field", "missing field", "duplicate field"].iter().any(|it| text.starts_with(it));
    if names_no_value {
        return format!("{text}.");
    }
    text.rsplit_once(", expected ").map_or_else(|| "This value can't be used here.".to_owned(), |(_, it)| format!("expected {it}."))
}

/// The media type without its parameters, in lower case; empty if there is none.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "inner")]
        _inner: Inner,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "number")]
        _number: u8,
    }

    #[test]
    fn errors_name_the_member_and_never_its_value() {
        let field = |json: &str| parse::<Outer>(json.as_bytes()).unwrap_err().field_errors;
        let errors = field(r#"{"inner":{"number":"hunter2"}}"#);
        assert_eq!(
            (errors["inner.number"][0].code.as_str(), errors["inner.number"][0].message.as_str()),
            ("[invalidJSON]", "expected u8.")
        );
        let errors = field(r#"{"inner":{"numbre":1}}"#);
        assert_eq!(errors["inner.numbre"][0].message, "unknown field `numbre`, expected `number`.");
    }

    #[test]
    fn what_is_no_json_is_a_general_error() {
        for body in ["", "{", "nul", "[]", "[{}]", "{}{}", r#"{"inner":"\ud800"}"#, r#"{"inner":{"number":1}} x"#, &"[".repeat(100_000)] {
            let errors = parse::<Outer>(body.as_bytes()).unwrap_err();
            assert!(!errors.is_empty(), "{body:.20}");
        }
        assert_eq!(parse::<Outer>(b"{").unwrap_err().general_errors[0].code, "[invalidJSON]");
    }
}
