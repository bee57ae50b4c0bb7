//! Reads JSON bodies. axum's own extractor is not used, because FusionAuth answers an invalid body with its own errors, and because axum's
//! errors can repeat a part of the body, which may be a password.

use crate::domain::Refusal;
use crate::model::{drop_nulls, short};
use crate::state::{UnknownMembers, request};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use fusionauth_api::errors::Errors;
use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde_ignored::Path;
use serde_json::Value;
use serde_path_to_error::Segment;

/// The maximum length of a body in bytes, except for an import of users.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// A JSON body. An empty body reads as `{}`, and a null member as an absent one, because clients send back resources that they received.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let unknown = unknown_members(request.extensions());
        let (bytes, _) = bytes(request, state, &["application/json"]).await?;
        let mut body = parse(&bytes, unknown)?;
        drop_nulls(&mut body);
        request::take_info(&mut body);
        Ok(Self(convert(body, unknown)?))
    }
}

/// How to treat members of this request's body that the emulator does not know. The router of FusionAuth's API puts this setting
/// into the request's extensions. The control endpoints have no such extension and refuse unknown members, because a test with a misspelt
/// member in its fault would otherwise pass without testing anything.
pub(crate) fn unknown_members(extensions: &Extensions) -> UnknownMembers {
    extensions.get().copied().unwrap_or(UnknownMembers::Refuse)
}

/// The body and its media type, which must be one of `accepted`. An empty body reads as `{}`, whatever its media type.
pub(crate) async fn bytes<S: Send + Sync>(request: Request, state: &S, accepted: &[&str]) -> Result<(Bytes, String), Refusal> {
    let media_type = media_type(request.headers());
    let bytes = read_all(request, state).await?;
    if bytes.is_empty() {
        return Ok((Bytes::from_static(b"{}"), media_type));
    }
    if !accepted.contains(&media_type.as_str()) {
        let message = format!("The Content-Type must be one of {}.", accepted.join(", "));
        return Err(Errors::general("[InvalidContentType]", &message).into());
    }
    Ok((bytes, media_type))
}

/// The whole body.
pub(super) async fn read_all<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLong,
        _ => Errors::general("[invalidJSON]", "The body could not be read.").into(),
    })
}

/// Parses JSON. The error names the invalid member and the expected kind of value. It never repeats the value, which may be a password.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], unknown: UnknownMembers) -> Result<T, Errors> {
    // Without this check serde would also accept an array with the values of a struct's members.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Errors::general("[invalidJSON]", "expected an object."));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let (value, names) = deserialize(&mut deserializer).map_err(|it| invalid(&it))?;
    report_unknown(&names, unknown)?;
    deserializer.end().map_err(|it| Errors::general("[invalidJSON]", &expectation(&it)))?;
    Ok(value)
}

/// How many values of a body [`convert`] coerces. Each costs another pass over the body.
const MOST_COERCIONS: usize = 100;

/// Like [`parse`], for JSON that is parsed already. Like FusionAuth, it accepts the text "true" for `true`, and "5" for 5: a published
/// kickstart file has `"requireRegistration": "true"` (<https://github.com/FusionAuth/fusionauth-example-kickstart>). A caller that refuses
/// unknown members wants mistakes to be found, so it refuses such texts, too.
pub(crate) fn convert<T: DeserializeOwned>(value: Value, unknown: UnknownMembers) -> Result<T, Errors> {
    let coercions = if unknown == UnknownMembers::Ignore { MOST_COERCIONS } else { 0 };
    let (value, unread) = coerced(value, coercions)?;
    report_unknown(&unread, unknown)?;
    Ok(value)
}

/// Like [`convert`], for a type that has only some of the members, because another type reads the others.
pub(crate) fn convert_part<T: DeserializeOwned>(value: Value) -> Result<T, Errors> {
    coerced(value, MOST_COERCIONS).map(|(value, _)| value)
}

/// The value, and the paths of the members that its type lacks.
fn coerced<T: DeserializeOwned>(mut value: Value, coercions: usize) -> Result<(T, Vec<String>), Errors> {
    for _ in 0..coercions {
        match deserialize(&value) {
            Err(error) if coerce(&mut value, &error).is_some() => {}
            result => return result.map_err(|it| invalid(&it)),
        }
    }
    deserialize(&value).map_err(|it| invalid(&it))
}

/// Replaces the text at which the conversion failed by the boolean or the number that it spells. `None` if it spells neither.
fn coerce(value: &mut Value, error: &serde_path_to_error::Error<serde_json::Error>) -> Option<()> {
    let mut at = value;
    for segment in error.path() {
        at = match segment {
            Segment::Map { key } => at.get_mut(key)?,
            Segment::Seq { index } => at.get_mut(*index)?,
            Segment::Enum { .. } | Segment::Unknown => return None,
        };
    }
    *at = serde_json::from_str::<Value>(at.as_str()?).ok().filter(|it| it.is_boolean() || it.is_number())?;
    Some(())
}

/// The value and the paths of the unknown members, or why the conversion failed.
type Deserialized<T> = Result<(T, Vec<String>), serde_path_to_error::Error<serde_json::Error>>;

fn deserialize<'de, T, D>(deserializer: D) -> Deserialized<T>
where
    T: DeserializeOwned,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    let mut names = Vec::new();
    let mut note = |path: Path<'_>| names.push(name(&path));
    let value = serde_path_to_error::deserialize(serde_ignored::Deserializer::new(deserializer, &mut note))?;
    Ok((value, names))
}

/// Refuses members that the emulator does not know, with one error for each, or logs their names.
pub(crate) fn report_unknown(names: &[String], unknown: UnknownMembers) -> Result<(), Errors> {
    if names.is_empty() {
        return Ok(());
    }
    match unknown {
        UnknownMembers::Ignore => {
            // The log shows at most 20 names, because a body may contain a megabyte of them.
            let shown: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
            tracing::warn!(members = shown.join(", "), count = names.len(), "ignored members that the emulator does not know");
            Ok(())
        }
        UnknownMembers::Refuse | UnknownMembers::RefuseWithoutEffect => {
            let mut errors = Errors::default();
            for name in names {
                let last = name.rsplit('.').next().unwrap_or(name);
                errors.field_errors.extend(Errors::field(name, "[invalidJSON]", &format!("unknown field `{last}`.")).field_errors);
            }
            Err(errors)
        }
    }
}

/// The path of a member in the form that errors use, such as `users[0].data`.
fn name(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", name(parent)),
        Path::Map { parent, key } => {
            let (parent, key) = (name(parent), short(key).collect::<String>());
            if parent.is_empty() { key } else { format!("{parent}.{key}") }
        }
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => name(parent),
    }
}

fn invalid(error: &serde_path_to_error::Error<serde_json::Error>) -> Errors {
    let message = expectation(error.inner());
    match error.path().to_string() {
        // The error names no member if the body is incomplete or is not JSON.
        _ if !error.inner().is_data() => Errors::general("[invalidJSON]", &message),
        path if path == "." => Errors::general("[invalidJSON]", &message),
        path => Errors::field(&path, "[invalidJSON]", &message),
    }
}

fn expectation(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return format!("This is not JSON: {text}.");
    }
    // serde_json ends its messages with a position, which is wrong for a value that is parsed already.
    let text = text.split(" at line ").next().unwrap_or_default();
    let names_no_value = ["missing field", "duplicate field"].iter().any(|it| text.starts_with(it));
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
    struct Outer {
        #[serde(rename = "inner")]
        _inner: Option<Inner>,
    }
    #[derive(Debug, Deserialize)]
    struct Inner {
        #[serde(rename = "number")]
        _number: u8,
    }

    #[test]
    fn errors_name_the_member_and_never_its_value() {
        let field = |json: &str| parse::<Outer>(json.as_bytes(), UnknownMembers::Refuse).unwrap_err().field_errors;
        let errors = field(r#"{"inner":{"number":"hunter2"}}"#);
        assert_eq!(
            (errors["inner.number"][0].code.as_str(), errors["inner.number"][0].message.as_str()),
            ("[invalidJSON]", "expected u8.")
        );
        let errors = field(r#"{"inner":{"number":1,"numbre":1},"a":[{"secret":1}]}"#);
        let messages: Vec<_> = errors.iter().map(|(field, errors)| (field.as_str(), errors[0].message.as_str())).collect();
        assert_eq!(
            messages,
            [("a", "unknown field `a`."), ("inner.numbre", "unknown field `numbre`.")],
            "each unknown member must get an error"
        );
        assert!(parse::<Outer>(br#"{"inner":{"number":1,"numbre":1}}"#, UnknownMembers::Ignore).is_ok());
    }

    #[test]
    fn texts_are_coerced_to_booleans_and_numbers() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Scalars {
            flag: Option<bool>,
            numbers: Vec<i64>,
        }
        let read = |json: Value| convert::<Scalars>(json, UnknownMembers::Ignore);
        let body = serde_json::json!({"flag": "true", "numbers": ["5", 6]});
        assert_eq!(read(body.clone()), Ok(Scalars { flag: Some(true), numbers: vec![5, 6] }));
        assert!(convert::<Scalars>(body, UnknownMembers::Refuse).is_err());
        for (flag, number) in [("yes", "5"), ("5", "5"), ("true", "five"), ("true", "null")] {
            assert!(read(serde_json::json!({"flag": flag, "numbers": [number]})).is_err(), "{flag} {number}");
        }
        assert!(read(serde_json::json!({"numbers": vec!["1"; MOST_COERCIONS + 1]})).is_err());
    }

    #[test]
    fn invalid_json_is_a_general_error() {
        for body in ["", "{", "nul", "[]", "[{}]", "{}{}", r#"{"inner":"\ud800"}"#, r#"{"inner":{"number":1}} x"#, &"[".repeat(100_000)] {
            let errors = parse::<Outer>(body.as_bytes(), UnknownMembers::Ignore).unwrap_err();
            assert!(!errors.is_empty(), "{body:.20}");
        }
        assert_eq!(parse::<Outer>(b"{", UnknownMembers::Ignore).unwrap_err().general_errors[0].code, "[invalidJSON]");
    }
}
