//! Extractor for the body of a PATCH request. By its content type it is merged as a JSON Merge Patch (RFC 7396), which replaces arrays, or
//! as `application/json`, for which FusionAuth appends to arrays. [`resource`] reads the resource out of a body such as
//! `{"application": {…}}`.

use super::body;
use crate::domain::Refusal;
use axum::extract::{FromRequest, Request};
use fusionauth_api::errors::Errors;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The body of a PATCH.
pub(crate) struct Patch {
    arrays: ArrayMerge,
    body: Value,
}

/// What an array in the body does, which depends on the content type (<https://fusionauth.io/docs/apis/#the-patch-http-method>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ArrayMerge {
    /// `application/json`: an array is appended to the current array.
    Append,
    /// `application/merge-patch+json` (RFC 7396): an array replaces the current array.
    Replace,
}

impl Patch {
    /// Removes members of the body that have no effect in the emulator.
    pub(crate) fn remove_members(mut self, names: &[&str]) -> Self {
        if let Some(body) = self.body.as_object_mut() {
            body.retain(|name, _| !names.contains(&name.as_str()));
        }
        self
    }

    /// The text at this path in the body.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        path.iter().try_fold(&self.body, |it, name| it.get(name))?.as_str()
    }

    /// The resource after the patch. `name` is the body's only member.
    pub(crate) fn apply<T: Serialize + DeserializeOwned>(self, name: &str, current: &T) -> Result<T, Refusal> {
        let mut merged = json!({name: current});
        merge(&mut merged, self.body, self.arrays);
        resource(name, merged)
    }
}

/// The resource in a body like `{"application": {…}}`.
pub(crate) fn resource<T: DeserializeOwned>(name: &str, body: Value) -> Result<T, Refusal> {
    if let Some(other) = body.as_object().and_then(|it| it.keys().find(|it| *it != name)) {
        return Err(Errors::field(other, "[invalidJSON]", &format!("unknown field `{other}`, expected `{name}`.")).into());
    }
    let mut members: BTreeMap<String, T> = body::convert(body)?;
    members.remove(name).ok_or_else(|| Refusal::field("missing", name, "This member is required."))
}

impl<S: Send + Sync> FromRequest<S> for Patch {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let (bytes, media_type) = body::bytes(request, state, &["application/json", "application/merge-patch+json"]).await?;
        let arrays = if media_type == "application/json" { ArrayMerge::Append } else { ArrayMerge::Replace };
        Ok(Self { arrays, body: body::parse(&bytes)? })
    }
}

fn merge(into: &mut Value, patch: Value, arrays: ArrayMerge) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    into.remove(&name);
                } else {
                    merge(into.entry(name).or_insert(Value::Null), value, arrays);
                }
            }
        }
        (Value::Array(into), Value::Array(patch)) if arrays == ArrayMerge::Append => into.extend(patch),
        // As RFC 7396 requires, `null` members of an added object are dropped too.
        (into, Value::Object(patch)) => {
            *into = Value::Object(Map::new());
            merge(into, Value::Object(patch), arrays);
        }
        (into, patch) => *into = patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_follows_rfc_7396_except_that_json_appends_arrays() {
        let cases = [
            (json!({"a": 1, "b": 2}), json!({"a": 3}), json!({"a": 3, "b": 2}), json!({"a": 3, "b": 2})),
            (json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": null}}), json!({"a": {"c": 2}}), json!({"a": {"c": 2}})),
            (json!({"a": [1]}), json!({"a": [2]}), json!({"a": [1, 2]}), json!({"a": [2]})),
            (json!({"a": 1}), json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}}), json!({"a": {"b": {}}})),
        ];
        for (document, patch, appended, replaced) in cases {
            for (arrays, expected) in [(ArrayMerge::Append, appended), (ArrayMerge::Replace, replaced)] {
                let mut merged = document.clone();
                merge(&mut merged, patch.clone(), arrays);
                assert_eq!(merged, expected, "{document} {patch} {arrays:?}");
            }
        }
    }
}
