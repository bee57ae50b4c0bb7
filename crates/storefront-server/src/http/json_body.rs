//! A JSON body whose faults are problem documents.

use crate::http::error::Error;
use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::StatusCode,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData};

/// The longest body that is read, in bytes: a post of 2000 characters, each escaped as `\uXXXX\uXXXX`, fits.
pub const MAX_BODY_BYTES: usize = 32 * 1024;

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match Json::<Object<T>>::from_request(request, state).await {
            Ok(Json(Object(body))) => Ok(Self(body)),
            Err(rejection) => Err(error_of(rejection)),
        }
    }
}

/// A JSON object. serde would take a list in its place, with the members in the order of the type.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members))
            }
        }
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

fn error_of(rejection: JsonRejection) -> Error {
    match rejection {
        JsonRejection::JsonDataError(error) => Error::BodyShape(shape_fault(&error)),
        JsonRejection::MissingJsonContentType(_) => Error::BodyNotJson,
        JsonRejection::BytesRejection(it) if it.status() == StatusCode::PAYLOAD_TOO_LARGE => Error::BodyTooLong,
        _ => Error::BodyMalformed,
    }
}

/// serde's message, as far as it names members and types. What it quotes from the body is cut off.
fn shape_fault(error: &dyn std::error::Error) -> String {
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match text.split_once(": ") {
        // "quantity: invalid type: string \"…\", expected i64 at line 1 column 17"
        Some((member, rest)) if !member.contains(' ') => match rest.split_once("expected ") {
            Some((_, expected)) => format!("`{member}` must be {}", expected.split(" at line").next().unwrap_or(expected)),
            None => format!("`{member}`"),
        },
        _ if text.starts_with("missing field") => text.split(" at line").next().unwrap_or_default().to_owned(),
        _ => "an unknown member or a wrong type".to_owned(),
    }
}
