//! Users, their registrations for applications, and their second factors.

use super::Tenant;
use super::defaults::{complete, complete_member};
use super::profile::{BirthDate, TimeZone, is_locale};
use super::stored::Stored;
use axum::http::Uri;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use smart_default::SmartDefault;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A user (<https://fusionauth.io/docs/apis/users>). This type has no `Debug`, because it can contain a password
/// and second-factor secrets.
#[derive(Clone, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct User {
    #[default(true)]
    pub(crate) active: bool,
    pub(crate) email: Option<String>,
    /// Why no message verified the email, if the user counts as verified nevertheless.
    pub(crate) email_unverified_reason: Option<EmailUnverifiedReason>,
    /// When the account expires, in milliseconds since 1970.
    pub(crate) expiry: Option<i64>,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) last_login_instant: Option<i64>,
    pub(crate) last_update_instant: i64,
    /// Only requests contain the password. The database stores its hash instead.
    #[serde(skip_serializing)]
    pub(crate) password: Option<String>,
    pub(crate) password_change_reason: Option<String>,
    pub(crate) password_change_required: bool,
    pub(crate) password_last_update_instant: Option<i64>,
    /// Only imports contain registrations here. The database has a separate table for registrations.
    #[serde(skip_serializing)]
    pub(crate) registrations: Vec<Registration>,
    pub(crate) tenant_id: Uuid,
    pub(crate) two_factor: TwoFactor,
    pub(crate) username: Option<String>,
    pub(crate) verified: bool,
    pub(crate) verified_instant: Option<i64>,
    /// The algorithm that hashed an imported password. Only imports have this member.
    #[serde(skip_serializing)]
    pub(crate) encryption_scheme: Option<String>,
    /// The cost of an imported password's hash. Only imports have this member.
    #[serde(skip_serializing)]
    pub(crate) factor: Option<u32>,
    /// The salt of an imported password's hash. Only imports have this member.
    #[serde(skip_serializing)]
    pub(crate) salt: Option<String>,

    /// [`User::to_json`] writes `identities` and `uniqueUsername`. A client may send them back in a PUT, and the emulator ignores them.
    #[serde(skip_serializing)]
    identities: Option<Value>,
    #[serde(skip_serializing)]
    unique_username: Option<Value>,

    birth_date: Option<BirthDate>,
    breached_password_last_checked_instant: Option<Stored>,
    breached_password_status: Option<Stored>,
    clean_speak_id: Option<Stored>,
    connector_id: Option<Value>,
    data: Option<Value>,
    first_name: Option<Value>,
    full_name: Option<Value>,
    image_url: Option<Value>,
    last_name: Option<Value>,
    legacy_identifier: Option<Stored>,
    /// Only requests set this member. A separate table has the memberships, which `read_users` adds.
    #[serde(skip_serializing)]
    pub(crate) memberships: Vec<Membership>,
    middle_name: Option<Value>,
    mobile_phone: Option<Value>,
    parent_email: Option<Stored>,
    pub(crate) phone_number: Option<String>,
    /// Locales such as `de` or `de_AT`, the most preferred first. They select the language of messages.
    pub(crate) preferred_languages: Option<Vec<String>>,
    timezone: Option<TimeZone>,
    username_status: Option<Stored>,
}

/// Why a user whose email is not verified counts as verified. A published database of FusionAuth 1.60.2 shows both
/// (<https://github.com/leonardogranja-iez/fusionauth-module>).
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum EmailUnverifiedReason {
    /// The tenant verifies no emails.
    Disabled,
    /// The request that created the user skipped the verification.
    Skipped,
}

/// A user's second factors.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TwoFactor {
    pub(crate) methods: Vec<TwoFactorMethod>,
    pub(crate) recovery_codes: Vec<String>,
}

/// One second factor. For an authenticator app, `secret` is base64.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TwoFactorMethod {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) secret: Option<String>,
    pub(crate) authenticator: Option<Value>,
    pub(crate) email: Option<String>,
    pub(crate) last_used: Option<Value>,
    pub(crate) mobile_phone: Option<String>,
    pub(crate) name: Option<String>,
}

/// A user's membership in a group (<https://fusionauth.io/docs/apis/groups>).
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Membership {
    pub(crate) data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_id: Option<Uuid>,
    pub(crate) id: Option<Uuid>,
    pub(crate) insert_instant: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<Uuid>,
}

/// A user's registration for an application (<https://fusionauth.io/docs/apis/registrations>).
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Registration {
    pub(crate) application_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) last_login_instant: Option<i64>,
    pub(crate) last_update_instant: i64,
    /// The roles that were assigned to this registration. [`Registration::all_roles`] has the inherited ones, too.
    pub(crate) roles: Vec<String>,
    /// The roles of the user's groups. `read_registrations` adds them.
    #[serde(skip_serializing)]
    inherited_roles: Vec<String>,
    pub(crate) verified: bool,

    /// A text with which the user can sign in to the application in place of the password.
    pub(crate) authentication_token: Option<String>,
    clean_speak_id: Option<Stored>,
    data: Option<Value>,
    preferred_languages: Option<Stored>,
    timezone: Option<TimeZone>,
    tokens: Option<Stored>,
    username: Option<Value>,
    username_status: Option<Stored>,
    pub(crate) verified_instant: Option<i64>,
}

impl Registration {
    /// A registration for this application, in which everything else has its default value.
    pub(crate) fn new(application_id: Uuid) -> Self {
        Self { application_id, ..Self::default() }
    }

    /// The assigned and the inherited roles, each once, by name: FusionAuth's Java client declares `SortedSet<String> roles`.
    pub(crate) fn all_roles(&self) -> BTreeSet<&str> {
        self.roles.iter().chain(&self.inherited_roles).map(String::as_str).collect()
    }
}

impl User {
    /// Decides whether a new user counts as verified.
    pub(crate) fn set_verified(&mut self, tenant: &Tenant, skips_verification: bool) {
        self.email_unverified_reason = match (tenant.email_configuration.verify_email, skips_verification) {
            (false, _) => Some(EmailUnverifiedReason::Disabled),
            (true, true) => Some(EmailUnverifiedReason::Skipped),
            (true, false) => None,
        };
        self.verified = self.email_unverified_reason.is_some();
    }

    /// Marks the email as verified by a message.
    pub(crate) fn verify(&mut self, now_ms: i64) {
        (self.verified, self.verified_instant, self.last_update_instant) = (true, Some(now_ms), now_ms);
        self.email_unverified_reason = None;
    }

    /// Where FusionAuth sends the user's mail: the email, or else the member `email` of the user's data
    /// (<https://fusionauth.io/docs/apis/users/forgot-password>).
    pub(crate) fn mailbox(&self) -> Option<&str> {
        self.email.as_deref().or_else(|| self.data.as_ref()?["email"].as_str())
    }

    /// The OpenID Connect claims about the user that these scopes give, by
    /// <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/scopes#scope-handling-policy>.
    pub(crate) fn claims_of(&self, has_scope: impl Fn(&str) -> bool) -> Map<String, Value> {
        let phone_number = self.phone_number.as_ref().map(|it| json!(it));
        let claims = [
            ("email", "email", json!(self.email)),
            ("email", "email_verified", json!(self.verified)),
            ("phone", "phone_number", json!(phone_number.as_ref().or(self.mobile_phone.as_ref()))),
            // The emulator verifies no phone numbers.
            ("phone", "phone_number_verified", json!(phone_number.is_some().then_some(false))),
            ("profile", "birthdate", json!(self.birth_date)),
            ("profile", "family_name", json!(self.last_name)),
            ("profile", "given_name", json!(self.first_name)),
            ("profile", "locale", json!(self.preferred_languages.as_ref().and_then(|it| it.first()))),
            ("profile", "middle_name", json!(self.middle_name)),
            ("profile", "name", json!(self.full_name)),
            ("profile", "picture", json!(self.image_url)),
            ("profile", "preferred_username", json!(self.username)),
            ("profile", "zoneinfo", json!(self.timezone)),
        ];
        let given = claims.into_iter().filter(|(scope, _, value)| has_scope(scope) && !value.is_null());
        given.map(|(_, name, value)| (name.to_owned(), value)).collect()
    }

    /// The user as it is sent in a response, with registrations and without second-factor secrets.
    pub(crate) fn to_json(&self, registrations: &[Registration]) -> Value {
        let mut json = complete("user", self);
        json["emailUnverifiedReason"] = Value::Null;
        json["identities"] = self.login_ids().into_iter().filter_map(|(kind, value)| self.identity(kind, value)).collect();
        json["memberships"] = json!(self.memberships);
        json["registrations"] = registrations.iter().map(Registration::to_json).collect();
        let methods: Vec<Value> = self.two_factor.methods.iter().map(TwoFactorMethod::to_json).collect();
        json["twoFactor"] = json!({"methods": methods, "recoveryCodes": []});
        json["uniqueUsername"] = json!(self.username);
        json
    }

    /// The members of [`User::to_json`] that other members decide, or other tables than that of the registrations.
    pub(crate) const DERIVED: [&str; 5] = ["emailUnverifiedReason", "identities", "memberships", "twoFactor", "uniqueUsername"];

    /// These members of [`User::to_json`], none of them derived, from the user's document.
    pub(crate) fn members(document: &str, registrations: &[Registration], names: &BTreeSet<&str>) -> serde_json::Result<Value> {
        let stored: BTreeMap<&str, &RawValue> = serde_json::from_str(document)?;
        let member = |name: &str| {
            let value = stored.get(name).map_or(Ok(Value::Null), |it| serde_json::from_str(it.get()))?;
            Ok((name.to_owned(), complete_member("user", name, value)))
        };
        let mut members: Map<String, Value> = names.iter().map(|it| member(it)).collect::<serde_json::Result<_>>()?;
        members.insert("registrations".to_owned(), registrations.iter().map(Registration::to_json).collect());
        Ok(Value::Object(members))
    }

    /// Checks members of the profile that have a documented form. An error is the name of the member and a message.
    pub(crate) fn check_profile(&self) -> Result<(), (&'static str, &'static str)> {
        let languages = self.preferred_languages.as_deref().unwrap_or_default();
        if languages.len() > 20 || !languages.iter().all(|it| is_locale(it)) {
            return Err(("preferredLanguages", "expected at most 20 locales, such as de or de_AT."));
        }
        let is_url = |it: &Value| it.as_str().is_some_and(|it| it.is_empty() || it.parse::<Uri>().is_ok());
        if self.image_url.as_ref().is_some_and(|it| !is_url(it)) {
            return Err(("imageUrl", "expected a URL."));
        }
        Ok(())
    }

    /// The kinds of login ids, each with the user's own.
    pub(crate) const fn login_ids(&self) -> [(&'static str, Option<&String>); 3] {
        [("email", self.email.as_ref()), ("phoneNumber", self.phone_number.as_ref()), ("username", self.username.as_ref())]
    }

    /// One of the user's `identities`: an email or another login id, if the user has it.
    fn identity(&self, kind: &str, value: Option<&String>) -> Option<Value> {
        let reason = self.email_unverified_reason.filter(|_| kind == "email");
        let is_verified = self.verified && kind == "email" && reason.is_none();
        let default_reason = if is_verified { "Completed" } else { "Pending" };
        Some(json!({
            "displayValue": value?,
            "insertInstant": self.insert_instant,
            "lastLoginInstant": self.last_login_instant,
            "lastUpdateInstant": self.last_update_instant,
            "primary": true,
            "type": kind,
            "value": value?,
            "verified": is_verified,
            "verifiedInstant": self.verified_instant.filter(|_| is_verified),
            "verifiedReason": reason.map_or_else(|| json!(default_reason), |it| json!(it)),
        }))
    }
}

impl TwoFactorMethod {
    pub(crate) fn to_json(&self) -> Value {
        let mut json = json!(self);
        json["secret"] = Value::Null;
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search compares the stored members, and shows those of answers.
    #[test]
    fn all_members_of_answers_but_the_derived_ones_are_stored() {
        let user = json!({
            "birthDate": "1990-01-02", "data": {"city": "Bonn", "none": null}, "email": "Ann@shop.test", "emailUnverifiedReason": "Skipped",
            "expiry": 5, "firstName": "Ann", "memberships": [{}], "preferredLanguages": ["de"], "timezone": "Europe/Berlin",
            "twoFactor": {"methods": [{"method": "authenticator", "secret": "s"}]}, "username": "ann", "verified": true,
        });
        let (user, registrations): (User, _) = (serde_json::from_value(user).unwrap(), [Registration::default()]);
        let sent = user.to_json(&registrations);
        let names: BTreeSet<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
        let stored = User::members(&json!(user).to_string(), &registrations, &names).unwrap();
        let different: Vec<&str> = names.into_iter().filter(|it| stored[it] != sent[it]).collect();
        assert_eq!(different, User::DERIVED);
    }
}
