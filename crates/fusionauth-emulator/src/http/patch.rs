//! The body of a PATCH, which FusionAuth reads in two ways that differ in what becomes of lists.

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
    kind: Kind,
    body: Value,
}

/// What a list in the body does, which depends on the content type (<https://fusionauth.io/docs/apis/#the-patch-http-method>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `application/json`: a list is appended to the one that is there.
    Append,
    /// `application/merge-patch+json` (RFC 7396): a list replaces the one that is there.
    Replace,
}

impl Patch {
    /// Leaves out members of the body that have no effect here.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
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
        merge(&mut merged, self.body, self.kind);
        resource(name, merged)
    }
}

/// The resource in a body like `{"application": {…}}`.
pub(crate) fn resource<T: DeserializeOwned>(name: &str, body: Value) -> Result<T, Refusal> {
    if let Some(other) = body.as_object().and_then(|it| it.keys().find(|it| *it != name)) {
        return Err(Errors::field(other, "[invalidJSON]", &format!("unknown field `{other}`, expected `{name}`.")).into());
    }
    let mut members: BTreeMap<String, T> = body::convert(body)?;
    members.remove(name).ok_or_else(|| Refusal::field("missing", name, "This member must be there."))
}

impl<S: Send + Sync> FromRequest<S> for Patch {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let (bytes, media_type) = body::bytes(request, state, &["application/json", "application/merge-patch+json"]).await?;
        let kind = if media_type == "application/json" { Kind::Append } else { Kind::Replace };
        Ok(Self { kind, body: body::parse(&bytes)? })
    }
}

fn merge(into: &mut Value, patch: Value, kind: Kind) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    into.remove(&name);
                } else {
                    merge(into.entry(name).or_insert(Value::Null), value, kind);
                }
            }
        }
        (Value::Array(into), Value::Array(patch)) if kind == Kind::Append => into.extend(patch),
        // RFC 7396 drops nulls inside a new object too.
        (into, Value::Object(patch)) => {
            *into = Value::Object(Map::new());
            merge(into, Value::Object(patch), kind);
        }
        (into, patch) => *into = patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_merge_like_rfc_7396_but_for_appended_lists() {
        let cases = [
            (json!({"a": 1, "b": 2}), json!({"a": 3}), json!({"a": 3, "b": 2}), json!({"a": 3, "b": 2})),
            (json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": null}}), json!({"a": {"c": 2}}), json!({"a": {"c": 2}})),
            (json!({"a": [1]}), json!({"a": [2]}), json!({"a": [1, 2]}), json!({"a": [2]})),
            (json!({"a": 1}), json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}}), json!({"a": {"b": {}}})),
        ];
        for (document, patch, appended, replaced) in cases {
            for (kind, expected) in [(Kind::Append, appended), (Kind::Replace, replaced)] {
                let mut merged = document.clone();
                merge(&mut merged, patch.clone(), kind);
                assert_eq!(merged, expected, "{document} {patch} {kind:?}");
            }
        }
    }
}
