//! The grant `password` (RFC 6749 section 4.3): tokens for a login id and a password, by the rules of the Login API.

use super::code::approve;
use super::completion::{Outcome, outcome};
use super::error::OauthError;
use super::tokens::{Approved, IssuedTokens, Recipient};
use crate::api::login::{Login, Output, with_password};
use crate::database;
use crate::database::device_codes::{self, Approval};
use crate::model::Application;
use crate::state::AppState;
use axum::http::HeaderMap;
use serde_json::{Value, json};

pub(super) const GRANT: &str = "password";

/// The request. This type has no `Debug`, because it contains a password.
pub(super) struct PasswordGrant {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) scope: Option<String>,
    /// The user code of a device that this sign-in approves.
    pub(super) user_code: Option<String>,
    /// The description of the caller's device.
    pub(super) device: Value,
}

/// Signs the user in, and issues tokens.
pub(super) async fn exchange(
    emulator: &AppState,
    headers: &HeaderMap,
    application: &Application,
    grant: PasswordGrant,
) -> Result<IssuedTokens, OauthError> {
    let recipient = Recipient::find(emulator, application).await?;
    let login = Login::new(recipient.tenant.clone(), Some(application.clone()), Value::Null, Output::None);
    let login_id = (grant.username.as_str(), None);
    let outcome = outcome(with_password(emulator, headers, login, login_id, grant.password, None).await).await?;
    let wrong = || OauthError::Grant("invalid_user_credentials", "The user credentials are invalid.");
    let Some(signed_in) = &outcome.signed_in else { return Err(refused(&outcome).unwrap_or_else(wrong)) };
    if outcome.status == 202 && application.oauth_configuration.require_registration {
        return Err(OauthError::Grant("registration_required", "The user is not registered for this application."));
    }
    let mut transaction = emulator.database.begin().await?;
    // A password change revokes sessions. None may begin after it with the old password.
    let current = database::users::stored_by_id(&mut *transaction, signed_in.user).await?;
    if !current.is_some_and(|it| it.user.active && it.password_hash == signed_in.password_hash) {
        return Err(wrong());
    }
    let auth_time = emulator.clock.now_ms().div_euclid(1_000);
    if let Some(user_code) = &grant.user_code {
        let approval = Approval { user_id: signed_in.user, auth_time };
        approve(emulator, &mut transaction, &device_codes::hash_of_user_code(user_code), approval).await?;
    }
    let approved = Approved {
        user: signed_in.user,
        authentication_type: signed_in.authentication_type,
        auth_time,
        grant: GRANT,
        nonce: None,
        scope: grant.scope.as_deref(),
        device: Some(&grant.device),
    };
    let tokens = recipient.issue(emulator, &mut transaction, approved).await?;
    transaction.commit().await?;
    Ok(tokens)
}

/// The error for an answer of the Login API without a sign-in; `None` if the credentials are wrong. The names are those of `OAuthError` and
/// its enums in FusionAuth's clients (<https://github.com/FusionAuth/fusionauth-java-client>).
fn refused(outcome: &Outcome) -> Option<OauthError> {
    let body = &outcome.body;
    Some(match outcome.status {
        203 => {
            let reason = body["changePasswordReason"].as_str().unwrap_or_default().to_lowercase();
            OauthError::Interrupted(json!({
                "change_password_id": body["changePasswordId"],
                "error": "change_password_required",
                "error_description": "The user must change the password.",
                "error_reason": format!("change_password_{reason}"),
            }))
        }
        212 => OauthError::Grant("email_verification_required", "The user must verify the email address."),
        213 => OauthError::Grant("registration_verification_required", "The user must verify the registration."),
        242 => OauthError::Interrupted(json!({
            "error": "two_factor_required",
            "error_description": "The user must complete a second factor.",
            "error_reason": "multi_factor_challenge_required",
            "two_factor_id": body["twoFactorId"],
            "two_factor_methods": body["methods"],
        })),
        409 => OauthError::Grant("login_prevented", "An action prevents the user's login."),
        410 => OauthError::Grant("user_expired", "The user has expired."),
        423 => OauthError::Grant("user_locked", "The user is locked."),
        _ => return None,
    })
}
