//! Authorization codes (RFC 6749 section 4.1) with PKCE (RFC 7636). A code is valid for one exchange, within 30 seconds by
//! default.

use super::error::{OauthError, missing};
use super::request::AuthorizationRequest;
use crate::database::one_time_ids::{self, Purpose};
use crate::database::{self, refresh_tokens};
use crate::domain::renewals::{check_user, has_scope};
use crate::domain::sessions::{AccessToken, AuthenticationType, Session, Subject};
use crate::domain::{self, Refusal, signing_keys};
use crate::model::Application;
use crate::state::{AppState, OpaqueToken};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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
}

/// The exchange of a code. This type has no `Debug`, because it contains secrets.
pub(super) struct CodeGrant {
    pub(super) code: OpaqueToken,
    pub(super) redirect_uri: String,
    pub(super) verifier: Option<String>,
}

/// The tokens of a grant. This type has no `Debug`, because it contains secrets.
pub(super) struct IssuedTokens {
    pub(super) access_token: AccessToken,
    /// The lifetime of the access token in seconds.
    pub(super) seconds: i64,
    pub(super) id_token: Option<String>,
    /// The id of the session, and its refresh token.
    pub(super) refresh_token: Option<(Uuid, OpaqueToken)>,
    /// How many seconds a browser may keep the refresh token.
    pub(super) refresh_token_seconds: i64,
    pub(super) scope: Option<String>,
    pub(super) user: Uuid,
}

impl IssuedTokens {
    /// The answer of the token endpoint.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "access_token": self.access_token.text,
            "expires_in": self.seconds,
            "id_token": self.id_token,
            "refresh_token": self.refresh_token.as_ref().map(|(_, it)| it.expose()),
            "refresh_token_id": self.refresh_token.as_ref().map(|(id, _)| id),
            "scope": self.scope,
            "token_type": "Bearer",
            "userId": self.user,
        })
    }
}

/// Issues a code for a user who has just signed in.
pub(super) async fn issue(emulator: &AppState, request: &AuthorizationRequest, user: Uuid) -> Result<OpaqueToken, Refusal> {
    let seconds = request.tenant.external_identifier_configuration.authorization_grant_id_time_to_live_in_seconds;
    let parameters = &request.parameters;
    let details = CodeDetails {
        application: request.application.id,
        redirect_uri: request.redirect_uri.clone(),
        code_challenge: parameters.code_challenge.clone(),
        nonce: parameters.nonce.clone(),
        scope: parameters.scope.clone(),
        auth_time: emulator.clock.now_ms().div_euclid(1_000),
    };
    let mut transaction = emulator.database.begin().await?;
    let code = domain::one_time_ids::issue(emulator, &mut transaction, Purpose::AuthorizationCode, user, seconds, json!(details)).await?;
    transaction.commit().await?;
    Ok(code)
}

/// Exchanges a code for tokens. An attempt with a wrong redirect URL or verifier uses up the code, too.
pub(super) async fn exchange(emulator: &AppState, application: &Application, grant: CodeGrant) -> Result<IssuedTokens, OauthError> {
    let not_found = || OauthError::Grant("auth_code_not_found", "The code is expired, used or unknown.");
    let CodeGrant { code, redirect_uri, verifier } = grant;
    let (purpose, now) = (Purpose::AuthorizationCode, emulator.clock.now_ms());
    let stored = one_time_ids::find(&emulator.database, purpose, &code, now).await?.ok_or_else(not_found)?;
    let details: CodeDetails = serde_json::from_value(stored.details).map_err(|_| not_found())?;
    // Another client's attempt must not use up the code.
    if details.application != application.id || !one_time_ids::take(&emulator.database, purpose, &code).await? {
        return Err(not_found());
    }
    if details.redirect_uri != redirect_uri {
        return Err(OauthError::Grant("invalid_redirect_uri", "redirect_uri differs from that of the authorization request."));
    }
    check_verifier(details.code_challenge.as_deref(), verifier.as_deref())?;
    let user = database::users::by_id(&emulator.database, stored.user_id).await?.ok_or_else(not_found)?;
    check_user(emulator, &user, application.id).await?;
    let tenant = database::tenants::by_id(&emulator.database, user.tenant_id).await?.ok_or_else(not_found)?;
    let registrations = database::registrations::of_user(&emulator.database, user.id).await?;
    let registration = registrations.iter().find(|it| it.application_id == application.id);
    let subject = Subject { tenant: &tenant, application: Some(application), user: &user, registration };
    let configuration = subject.jwt_configuration();

    let has = |wanted: &str| details.scope.as_deref().is_some_and(|it| has_scope(it, wanted));
    let is_kept = has("offline_access") && application.oauth_configuration.generate_refresh_tokens;
    let meta_data = json!({"scopes": details.scope.as_deref().map(|it| it.split(' ').collect::<Vec<_>>())});
    let session = is_kept
        .then(|| refresh_tokens::RefreshToken { auth_time: details.auth_time, ..subject.session_for(emulator, application, meta_data) });
    let refresh_token = OpaqueToken::generate(&emulator.random);
    if let Some(session) = &session {
        refresh_tokens::insert(&emulator.database, session, &refresh_token).await?;
    }
    let key = signing_keys::for_application(emulator, &tenant, Some(application)).await?;
    let claims = Session {
        authentication_type: AuthenticationType::Password,
        auth_time: details.auth_time,
        id: session.as_ref().map(|it| it.id),
        grant: Some("authorization_code"),
        scope: details.scope.as_deref(),
    };
    let seconds = configuration.time_to_live_in_seconds;
    let access_token = subject.access_token(emulator, &key, claims, seconds)?;
    let nonce = details.nonce.as_deref();
    let id_token = has("openid").then(|| subject.id_token(emulator, &key, claims, &access_token, nonce)).transpose()?;
    Ok(IssuedTokens {
        access_token,
        seconds,
        id_token,
        refresh_token: session.map(|it| (it.id, refresh_token)),
        refresh_token_seconds: configuration.refresh_token_time_to_live_in_minutes.saturating_mul(60),
        scope: details.scope.clone(),
        user: user.id,
    })
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
