//! Adds default values to resources before they are sent. A response contains every member that FusionAuth always sends, but the emulator
//! stores only members that a request has set. `defaults.json` has the default values, which come from the initial values in
//! <https://github.com/FusionAuth/fusionauth-java-client>, and from
//! <https://fusionauth.io/docs/apis/applications>, <https://fusionauth.io/docs/apis/tenants>, <https://fusionauth.io/docs/apis/users> and
//! <https://fusionauth.io/docs/apis/registrations>.

use super::{Application, ClientAuthenticationPolicy, DEFAULT_SIGNING_KEY, Registration, Tenant};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::LazyLock;

static DEFAULTS: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("defaults.json")).unwrap_or_default());

/// The default values of a kind of resource, by the name of its type, such as `Application`.
pub(super) fn default_of(kind: &str) -> Value {
    let mut letters = kind.chars();
    let member: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
    DEFAULTS[member].clone()
}

/// The resource as JSON, with a default value for each member that it lacks. `kind` selects the defaults from `defaults.json`.
pub(crate) fn complete(kind: &str, resource: &impl Serialize) -> Value {
    completed(&DEFAULTS[kind], json!(resource))
}

/// One member of [`complete`].
pub(super) fn complete_member(kind: &str, name: &str, value: Value) -> Value {
    completed(&DEFAULTS[kind][name], value)
}

fn completed(default: &Value, value: Value) -> Value {
    let mut completed = default.clone();
    overlay(&mut completed, value);
    completed
}

/// Removes the members without a value, as FusionAuth leaves them out.
pub(crate) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, it| !it.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Writes the values of `over` into `under`, except for nulls.
fn overlay(under: &mut Value, over: Value) {
    match (under, over) {
        (_, Value::Null) => {}
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                overlay(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

impl Application {
    /// The application as it is sent in a response.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = complete("application", self);
        let requires_secret = self.oauth_configuration.client_authentication_policy == ClientAuthenticationPolicy::Required;
        json["oauthConfiguration"]["requireClientAuthentication"] = json!(requires_secret);
        if !self.active {
            json["state"] = json!("Inactive");
        }
        let Some(roles) = json["roles"].as_array_mut() else { return json };
        roles.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
        for role in roles {
            for (name, instant) in [("insertInstant", self.insert_instant), ("lastUpdateInstant", self.last_update_instant)] {
                if role[name].is_null() {
                    role[name] = json!(instant);
                }
            }
        }
        json
    }
}

impl Registration {
    /// The registration as it is sent in a response.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = complete("registration", self);
        json["roles"] = json!(self.all_roles());
        json
    }
}

impl Tenant {
    /// The tenant as it is sent in a response.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = complete("tenant", self);
        // If the tenant names no key, the default key signs.
        let access_token_key = self.jwt_configuration.access_token_key_id.unwrap_or(DEFAULT_SIGNING_KEY);
        let id_token_key = self.jwt_configuration.id_token_key_id.unwrap_or(access_token_key);
        let keys = json!({"accessTokenKeyId": access_token_key, "idTokenKeyId": id_token_key});
        overlay(&mut json["jwtConfiguration"], keys);
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_override_defaults() {
        let stored: Tenant =
            serde_json::from_value(json!({"rateLimitConfiguration": {"failedLogin": {"limit": 9}}, "state": null})).unwrap();
        let tenant = stored.to_json();
        assert_eq!(tenant["rateLimitConfiguration"]["failedLogin"], json!({"enabled": false, "limit": 9, "timePeriodInSeconds": 60}));
        assert_eq!((&tenant["state"], &tenant["configured"]), (&json!("Active"), &json!(false)));
    }
}
