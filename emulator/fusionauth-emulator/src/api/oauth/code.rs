//! Authorization codes (RFC 6749 section 4.1) with PKCE (RFC 7636). A code is valid for one exchange, within 30 seconds by
//! default.

use super::error::{OauthError, missing};
use super::request::{AuthorizationRequest, Goal};
use super::sso::{self, Sso};
use super::tokens::{Approved, IssuedTokens, Recipient};
use crate::api::login::SignedIn;
use crate::database::device_codes::{self, Approval};
use crate::database::one_time_ids::{self, OneTimeId, Purpose};
use crate::database::{self, refresh_tokens};
use crate::domain;
use crate::domain::sessions::AuthenticationType;
use crate::model::Application;
use crate::state::{AppState, OpaqueToken};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::SqliteConnection;
use uuid::Uuid;

/// The data that the database stores with a code. The exchange must match them. This type has no `Debug`, because the challenge belongs
/// to a secret.
#[derive(Serialize, Deserialize)]
struct CodeDetails {
    application: Uuid,
    redirect_uri: String,
    code_challenge: Option<String>,
    nonce: Option<String>,
    scope: Option<String>,
    /// When the user authenticated, in seconds since 1970.
    auth_time: i64,
    authentication_type: AuthenticationType,
    /// The hash of the user code of a device, which the exchange approves.
    user_code: Option<String>,
}

/// The exchange of a code. This type has no `Debug`, because it contains secrets.
pub(super) struct CodeGrant {
    pub(super) code: OpaqueToken,
    pub(super) redirect_uri: String,
    pub(super) verifier: Option<String>,
}

/// The result of a sign-in. This type has no `Debug`, because it contains secrets.
pub(super) struct Completed {
    /// The code for the client; `None` if the request approved a device.
    pub(super) code: Option<OpaqueToken>,
    /// The token of the browser's single sign-on session, if it has one now.
    pub(super) sso: Option<OpaqueToken>,
}

/// Issues a code for a user who has just signed in, or approves a device. `None` if the sign-in has become invalid: the password was
/// changed, the user was locked, or the single sign-on session was revoked. Such a change deletes the user's codes, and so none may be issued
/// after it.
pub(super) async fn issue(
    emulator: &AppState,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    sso: Sso<'_>,
) -> Result<Option<Completed>, OauthError> {
    let now = emulator.clock.now_ms();
    let mut transaction = emulator.database.begin().await?;
    let current = database::users::stored_by_id(&mut *transaction, signed_in.user).await?;
    if !current.is_some_and(|it| it.user.active && it.password_hash == signed_in.password_hash) {
        return Ok(None);
    }
    let (auth_time, sso) = match sso {
        Sso::End => (now.div_euclid(1_000), None),
        Sso::Begin => (now.div_euclid(1_000), sso::begin(emulator, &mut transaction, &request.tenant, signed_in.user).await?),
        Sso::Continue(session) => {
            if !refresh_tokens::touch(&mut *transaction, &session.token, now).await? {
                return Ok(None);
            }
            (session.auth_time, Some(session.token.clone()))
        }
    };
    let parameters = &request.parameters;
    let user_code = parameters.user_code.as_deref().map(device_codes::hash_of_user_code);
    let code = match request.goal {
        Goal::Code => {
            let details = CodeDetails {
                application: request.application.id,
                redirect_uri: request.redirect_uri.clone(),
                code_challenge: parameters.code_challenge.clone(),
                nonce: parameters.nonce.clone(),
                scope: parameters.scope.clone(),
                auth_time,
                authentication_type: signed_in.authentication_type,
                user_code,
            };
            let seconds = request.tenant.external_identifier_configuration.authorization_grant_id_time_to_live_in_seconds;
            let (purpose, user) = (Purpose::AuthorizationCode, signed_in.user);
            Some(domain::one_time_ids::issue(emulator, &mut transaction, purpose, user, seconds, json!(details)).await?)
        }
        Goal::DeviceApproval => {
            let approval = Approval { user_id: signed_in.user, auth_time };
            approve(emulator, &mut transaction, &user_code.unwrap_or_default(), approval).await?;
            None
        }
    };
    transaction.commit().await?;
    Ok(Some(Completed { code, sso }))
}

/// Exchanges a code for tokens. An attempt that fails uses up the code, too.
pub(super) async fn exchange(emulator: &AppState, application: &Application, grant: CodeGrant) -> Result<IssuedTokens, OauthError> {
    // RFC 6749 has `invalid_grant` here. `invalid_request` and the description are those that the tests of
    // <https://github.com/trevorr/express-jwt-fusionauth> expect of FusionAuth 1.48.3.
    let not_found = || OauthError::Request("auth_code_not_found", "Invalid Authorization Code".to_owned());
    let recipient = Recipient::find(emulator, application).await?;
    // In one transaction, because a password change deletes codes and revokes sessions. Between two transactions it would find neither.
    let mut transaction = emulator.database.begin().await?;
    let (purpose, now) = (Purpose::AuthorizationCode, emulator.clock.now_ms());
    let stored = one_time_ids::find(&mut *transaction, purpose, &grant.code, now).await?.ok_or_else(not_found)?;
    let details: CodeDetails = serde_json::from_value(stored.details.clone()).map_err(|_| not_found())?;
    // Another client's attempt must not use up the code.
    if details.application != application.id || !one_time_ids::take(&mut *transaction, purpose, &grant.code).await? {
        return Err(not_found());
    }
    let tokens = exchange_taken(emulator, &mut transaction, &recipient, &grant, &stored, &details).await;
    transaction.commit().await?;
    tokens
}

async fn exchange_taken(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    recipient: &Recipient<'_>,
    grant: &CodeGrant,
    stored: &OneTimeId,
    details: &CodeDetails,
) -> Result<IssuedTokens, OauthError> {
    if details.redirect_uri != grant.redirect_uri {
        return Err(OauthError::Grant("invalid_redirect_uri", "redirect_uri differs from that of the authorization request."));
    }
    check_verifier(details.code_challenge.as_deref(), grant.verifier.as_deref())?;
    if let Some(user_code) = &details.user_code {
        let approval = Approval { user_id: stored.user_id, auth_time: details.auth_time };
        approve(emulator, &mut *connection, user_code, approval).await?;
    }
    let approved = Approved {
        user: stored.user_id,
        authentication_type: details.authentication_type,
        auth_time: details.auth_time,
        grant: "authorization_code",
        nonce: details.nonce.as_deref(),
        scope: details.scope.as_deref(),
        device: None,
    };
    recipient.issue(emulator, connection, approved).await
}

/// Approves the device with this user code.
pub(super) async fn approve(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    user_code: &str,
    approval: Approval,
) -> Result<(), OauthError> {
    if device_codes::approve(connection, user_code, approval, emulator.clock.now_ms()).await? {
        return Ok(());
    }
    Err(OauthError::Request("invalid_user_code", "The user code is expired, used or unknown.".to_owned()))
}

/// The challenge of a verifier, by the method S256.
pub(super) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
/// Checks the verifier. A verifier without a challenge is refused, too, because an attacker may have removed the challenge from the
/// authorization request (RFC 9700 section 4.8.2).
fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OauthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(missing("missing_code_verifier", "code_verifier")),
        (Some(challenge), Some(verifier)) if challenge_of(verifier) == challenge => Ok(()),
        (_, Some(_)) => Err(OauthError::Grant("invalid_pkce_code_verifier", "code_verifier does not match code_challenge.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifiers_are_checked_as_in_the_rfc() {
        // The example of RFC 7636 appendix B.
        let (verifier, challenge) = ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(check_verifier(Some(challenge), Some(verifier)).is_ok());
        assert!(check_verifier(None, None).is_ok());
        for (challenge, verifier) in [(Some(challenge), None), (Some(challenge), Some(challenge)), (None, Some(verifier))] {
            assert!(check_verifier(challenge, verifier).is_err());
        }
    }
}
