//! API keys, and what each of them permits.

use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The limits of an API key (<https://fusionauth.io/docs/apis/api-keys>), without the key itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ApiKeyLimits {
    /// From this instant on, the key is no credential.
    expiration_instant: Option<i64>,
    /// Whether the key may manage API keys.
    key_manager: bool,
    permissions: Option<Permissions>,
    /// The only tenant in which the key has an effect.
    pub(crate) tenant_id: Option<Uuid>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Permissions {
    /// The methods that the key may use, by endpoint, such as `/api/user/registration`. A key without endpoints may use all of them.
    endpoints: BTreeMap<String, BTreeSet<Method>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Delete,
    Get,
    Patch,
    Post,
    Put,
}

impl ApiKeyLimits {
    /// The endpoints that the key names.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().flat_map(|it| it.endpoints.keys()).map(String::as_str)
    }

    /// Whether the key permits a request. `endpoint` is the request's path without the parameters in it.
    pub(crate) fn permits(&self, method: &str, endpoint: &str, now_ms: i64) -> bool {
        let is_permitted = match self.permissions.as_ref().map(|it| &it.endpoints).filter(|it| !it.is_empty()) {
            Some(endpoints) => endpoints.get(endpoint).is_some_and(|methods| methods.iter().any(|it| it.is(method))),
            None => true,
        };
        let is_managed = endpoint != "/api/api-key" || self.key_manager;
        is_permitted && is_managed && self.expiration_instant.is_none_or(|it| it > now_ms)
    }
}

impl Method {
    fn is(self, name: &str) -> bool {
        json!(self) == name || (self == Self::Get && name == "HEAD")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_permits_the_methods_of_its_endpoints() -> Result<(), serde_json::Error> {
        let key = |text: &str| serde_json::from_str::<ApiKeyLimits>(text);
        let reader = key(r#"{"permissions": {"endpoints": {"/api/user": ["GET"]}}}"#)?;
        let permitted =
            [("GET", "/api/user", true), ("HEAD", "/api/user", true), ("DELETE", "/api/user", false), ("GET", "/api/user/search", false)];
        for (method, endpoint, expected) in permitted {
            assert_eq!(reader.permits(method, endpoint, 0), expected, "{method} {endpoint}");
        }
        for unlimited in ["{}", r#"{"permissions": {}}"#, r#"{"permissions": {"endpoints": {}}}"#, r#"{"expirationInstant": 1}"#] {
            assert!(key(unlimited)?.permits("DELETE", "/api/user", 0), "{unlimited}");
            assert!(!key(unlimited)?.permits("POST", "/api/api-key", 0), "{unlimited}");
        }
        assert!(key(r#"{"keyManager": true}"#)?.permits("POST", "/api/api-key", 0));
        assert!(!key(r#"{"expirationInstant": 1}"#)?.permits("GET", "/api/user", 1));
        assert!(key(r#"{"permissions": {"endpoints": {"/api/user": ["LIST"]}}}"#).is_err());
        Ok(())
    }
}
