//! User actions, which can prevent a user's login for a while, and the tenant's rules by which failed logins cause such an action. The
//! emulator stores the members for an action's other effects, but ignores them.

use super::stored::Stored;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use uuid::Uuid;

/// A kind of action that can be taken on a user (<https://fusionauth.io/docs/apis/user-actions>). To prevent a login
/// is the only effect that the emulator implements.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UserAction {
    pub(crate) active: bool,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) last_update_instant: i64,
    pub(crate) name: String,
    pub(crate) prevent_login: bool,
    pub(crate) temporal: bool,

    cancel_email_template_id: Option<Stored>,
    end_email_template_id: Option<Stored>,
    #[serde(rename = "includeEmailInEventJSON")]
    include_email_in_event_json: Option<Stored>,
    localized_names: Option<Stored>,
    modify_email_template_id: Option<Stored>,
    options: Option<Stored>,
    send_end_event: Option<Stored>,
    start_email_template_id: Option<Stored>,
    transaction_type: Option<Stored>,
    user_emailing_enabled: Option<Stored>,
    user_notifications_enabled: Option<Stored>,
}

/// An action that was taken on a user (<https://fusionauth.io/docs/apis/actioning-users>).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TakenAction {
    pub(crate) actionee_user_id: Uuid,
    pub(crate) actioner_user_id: Option<Uuid>,
    pub(crate) application_ids: Option<Vec<Uuid>>,
    pub(crate) comment: Option<String>,
    /// When the action ends, in milliseconds since 1970; `i64::MAX` means never.
    pub(crate) expiry: i64,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) name: String,
    pub(crate) option: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) reason_code: Option<String>,
    pub(crate) user_action_id: Uuid,
}

/// The rules by which failed logins lock an account
/// (<https://fusionauth.io/docs/lifecycle/authenticate-users/setting-up-user-account-lockout>). They apply only if `userActionId` names an
/// action that prevents login.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FailedAuthenticationConfiguration {
    pub(crate) action_cancel_policy: ActionCancelPolicy,
    #[default(3)]
    pub(crate) action_duration: i64,
    pub(crate) action_duration_unit: DurationUnit,
    email_user: Option<Stored>,
    #[default(60)]
    pub(crate) reset_count_in_seconds: i64,
    #[default(5)]
    pub(crate) too_many_attempts: i64,
    pub(crate) user_action_id: Option<Uuid>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ActionCancelPolicy {
    pub(crate) on_password_reset: bool,
}

/// FusionAuth's units of time. Here a month has 30 days and a year 365.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DurationUnit {
    #[default]
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl FailedAuthenticationConfiguration {
    /// How long too many failed logins lock an account, in milliseconds.
    pub(crate) const fn duration_ms(&self) -> i64 {
        let minutes = match self.action_duration_unit {
            DurationUnit::Minutes => 1,
            DurationUnit::Hours => 60,
            DurationUnit::Days => 24 * 60,
            DurationUnit::Weeks => 7 * 24 * 60,
            DurationUnit::Months => 30 * 24 * 60,
            DurationUnit::Years => 365 * 24 * 60,
        };
        self.action_duration.saturating_mul(minutes).saturating_mul(60_000)
    }
}
