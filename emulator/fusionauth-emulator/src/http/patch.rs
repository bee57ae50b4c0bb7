//! Extractor for the body of a request that changes a resource. A PUT replaces the resource. The content type of a PATCH selects a JSON Patch (RFC 6902), a JSON Merge Patch (RFC 7396), which
//! replaces arrays, or `application/json`, which appends to arrays. [`resource`] reads the resource out of a body such as
//! `{"application": {…}}`.

use super::body::{self, JsonBody};
use crate::domain::Refusal;
use crate::state::{UnknownMembers, request};
use axum::extract::{FromRequest, Request};
use axum::http::Method;
use fusionauth_api::errors::Errors;
use json_patch::PatchOperation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The body of a PATCH, or of a PUT.
pub(crate) struct Patch {
    change: Change,
    unknown: UnknownMembers,
}

/// The change that the body describes. The form of a PATCH depends on the content type (<https://fusionauth.io/docs/apis/#the-patch-http-method>).
enum Change {
    /// The body of a PUT, with the whole resource.
    Replacement(Value),
    /// The members of the body replace the members of the resource. With `application/json`, `appends` is true: an array is appended to the
    /// current array. With `application/merge-patch+json` (RFC 7396), it replaces the current array.
    Merge { appends: bool, body: Value },
    /// `application/json-patch+json`: operations. Their paths begin at the root of a PUT's body, such as `/user/firstName`.
    Operations(json_patch::Patch),
}

impl Patch {
    /// Removes these members from a merge patch. Callers name members that have no effect in the emulator.
    pub(crate) fn remove_members(mut self, names: &[&str]) -> Self {
        if let Change::Merge { body: Value::Object(body), .. } = &mut self.change {
            body.retain(|name, _| !names.contains(&name.as_str()));
        }
        self
    }

    /// Whether a merge patch sets this member of the body to `true`.
    pub(crate) fn has_flag(&self, name: &str) -> bool {
        matches!(&self.change, Change::Merge { body, .. } if body[name] == true)
    }

    /// The text that the patch writes at this path of the body, if it writes a text there.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        match &self.change {
            Change::Merge { body, .. } | Change::Replacement(body) => path.iter().try_fold(body, |it, name| it.get(name))?.as_str(),
            Change::Operations(operations) => operations.0.iter().rev().find_map(|operation| {
                let (at, value) = match operation {
                    PatchOperation::Add(it) => (&it.path, &it.value),
                    PatchOperation::Replace(it) => (&it.path, &it.value),
                    _ => return None,
                };
                at.tokens().map(|it| it.decoded().into_owned()).eq(path.iter().copied()).then(|| value.as_str())?
            }),
        }
    }

    /// The resource after the patch. `name` is the body's only member.
    pub(crate) fn apply<T: Serialize + DeserializeOwned>(self, name: &str, current: &T) -> Result<T, Refusal> {
        let unknown = self.unknown;
        resource(name, self.apply_to(name, current)?, unknown)
    }

    /// Like [`apply_to`](Self::apply_to), for a body with another member that operations may change.
    pub(crate) fn apply_beside(self, name: &str, current: &Value, other: (&str, &Value)) -> Result<Value, Refusal> {
        let is_by_operations = matches!(self.change, Change::Operations(_));
        self.change_body(if is_by_operations { json!({name: current, other.0: other.1}) } else { json!({name: current}) })
    }

    /// The body of a PUT with the same effect.
    pub(crate) fn apply_to(self, name: &str, current: &impl Serialize) -> Result<Value, Refusal> {
        self.change_body(json!({name: current}))
    }

    fn change_body(self, mut merged: Value) -> Result<Value, Refusal> {
        match self.change {
            Change::Replacement(body) => return Ok(body),
            Change::Merge { appends, mut body } => {
                if appends {
                    append(&merged, &mut body);
                }
                json_patch::merge(&mut merged, &body);
            }
            // The error's own text is not used, because it repeats values of the document.
            Change::Operations(operations) => json_patch::patch(&mut merged, &operations).map_err(|error| {
                let message = format!("operation {} at {} can't be applied.", error.operation, error.path);
                Errors::general("[invalidJSON]", &message)
            })?,
        }
        Ok(merged)
    }
}

/// The resource in a body like `{"application": {…}}`.
pub(crate) fn resource<T: DeserializeOwned>(name: &str, body: Value, unknown: UnknownMembers) -> Result<T, Refusal> {
    let Value::Object(mut members) = body else { return Err(Errors::general("[invalidJSON]", "expected an object.").into()) };
    let value = members.remove(name);
    body::report_unknown(&members.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), unknown)?;
    let value = value.ok_or_else(|| Refusal::field("missing", name, "This member is required."))?;
    // The value is parsed inside an object with its name, so that errors contain the whole path.
    let mut members: BTreeMap<String, T> = body::convert(json!({name: value}), unknown)?;
    members.remove(name).ok_or_else(|| Refusal::field("missing", name, "This member is required."))
}

impl<S: Send + Sync> FromRequest<S> for Patch {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let unknown = body::unknown_members(request.extensions());
        if request.method() == Method::PUT {
            let JsonBody(body) = JsonBody::from_request(request, state).await?;
            return Ok(Self { change: Change::Replacement(body), unknown });
        }
        let accepted = ["application/json", "application/merge-patch+json", "application/json-patch+json"];
        let (bytes, media_type) = body::bytes(request, state, &accepted).await?;
        if media_type == "application/json-patch+json" {
            return Ok(Self { change: Change::Operations(operations(&bytes)?), unknown });
        }
        let mut body = body::parse(&bytes, unknown)?;
        request::take_info(&mut body);
        Ok(Self { change: Change::Merge { appends: media_type != "application/merge-patch+json", body }, unknown })
    }
}

/// The operations of a JSON Patch. The parser's own errors are not used, because they repeat values.
fn operations(bytes: &[u8]) -> Result<json_patch::Patch, Errors> {
    serde_json::from_slice(bytes).map_err(|_| Errors::general("[invalidJSON]", "expected a JSON Patch, a list of operations (RFC 6902)."))
}

/// Puts the elements of each current array before those of the array that replaces it.
fn append(current: &Value, patch: &mut Value) {
    match (current, patch) {
        (Value::Object(current), Value::Object(patch)) => {
            for (name, value) in patch {
                append(current.get(name).unwrap_or(&Value::Null), value);
            }
        }
        (Value::Array(current), Value::Array(patch)) => drop(patch.splice(..0, current.iter().cloned())),
        _ => {}
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
            for (appends, expected) in [(true, appended), (false, replaced)] {
                let change = Change::Merge { appends, body: json!({ "member": patch }) };
                let merged = Patch { change, unknown: UnknownMembers::Refuse }.apply_to("member", &document).unwrap();
                assert_eq!(merged["member"], expected, "{document} {patch} {appends}");
            }
        }
    }
}
