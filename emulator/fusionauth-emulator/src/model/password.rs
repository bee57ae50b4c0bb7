//! A tenant's rules for passwords: their form, their age, and the check for breached ones.

use super::stored::Stored;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::collections::BTreeMap;

/// The rules for the form of a new password (<https://fusionauth.io/docs/apis/tenants>).
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PasswordValidationRules {
    pub(crate) breach_detection: BreachDetection,
    pub(crate) disallow_user_login_id: bool,
    #[default(256)]
    pub(crate) max_length: i64,
    #[default(8)]
    pub(crate) min_length: i64,
    pub(crate) remember_previous_passwords: RememberPreviousPasswords,
    pub(crate) require_mixed_case: bool,
    pub(crate) require_non_alpha: bool,
    pub(crate) require_number: bool,
    pub(crate) validate_on_login: bool,
}

/// Comparison with breached passwords, which is a paid feature of a real instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BreachDetection {
    pub(crate) enabled: bool,
    pub(crate) on_login: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

impl BreachDetection {
    /// Whether a user who signs in with a breached password must change it.
    pub(crate) fn requires_change(&self) -> bool {
        self.enabled && self.on_login.as_deref() == Some("RequireChange")
    }
}

#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RememberPreviousPasswords {
    #[default(1)]
    pub(crate) count: i64,
    pub(crate) enabled: bool,
}

/// The age at which a password must be changed.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MaximumPasswordAge {
    #[default(180)]
    pub(crate) days: i64,
    pub(crate) enabled: bool,
}

/// How old a password must be before the user may change it.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MinimumPasswordAge {
    pub(crate) enabled: bool,
    #[default(30)]
    pub(crate) seconds: i64,
}
