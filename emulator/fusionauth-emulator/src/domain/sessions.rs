//! Issues access tokens, id tokens and refresh tokens, for logins, registrations, OAuth grants and renewals.

use super::renewals::has_scope;
use crate::database::refresh_tokens::RefreshToken;
use crate::model::{Application, JwtConfiguration, Registration, ScopeHandlingPolicy, Tenant, User};
use crate::state::{AppState, KeyError, SigningKey, request};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How the user authenticated: the claim `authenticationType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuthenticationType {
    Password,
    /// The user presented the authentication token of a registration.
    ApplicationToken,
    RefreshToken,
    Registration,
    OneTimePassword,
    Passwordless,
    /// The user presented another access token.
    JwtSso,
    #[serde(rename = "WebAuthn")]
    WebAuthn,
}

/// The user and application of a token.
pub(crate) struct Subject<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) application: Option<&'a Application>,
    pub(crate) user: &'a User,
    pub(crate) registration: Option<&'a Registration>,
}

/// A signed access token. This type has no `Debug`, because its text gives access to the account.
pub(crate) struct AccessToken {
    pub(crate) text: String,
    /// When the token expires, in milliseconds since 1970.
    pub(crate) expiration_instant: i64,
}

/// The refresh grant. A session that began with another grant is one of OAuth.
pub(crate) const REFRESH_GRANT: &str = "refresh_token";

/// The claims of an access token about its session.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    pub(crate) authentication_type: AuthenticationType,
    /// When the user authenticated, in seconds since 1970.
    pub(crate) auth_time: i64,
    /// The refresh token's id, if there is a refresh token.
    pub(crate) id: Option<Uuid>,
    /// The OAuth grants in their order: the one that began the session, and the refresh grant. The Login API is no grant.
    pub(crate) grants: &'a [&'a str],
    /// The OAuth scopes of the session, separated by blanks.
    pub(crate) scope: Option<&'a str>,
}

impl Subject<'_> {
    /// The token settings that apply: the application's if they are enabled, or else the tenant's.
    pub(crate) fn jwt_configuration(&self) -> &JwtConfiguration {
        self.application.map(|it| &it.jwt_configuration).filter(|it| it.enabled).unwrap_or(&self.tenant.jwt_configuration)
    }

    /// Signs an access token (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens>) that expires after `seconds`.
    pub(crate) fn access_token(
        &self,
        emulator: &AppState,
        key: &SigningKey,
        session: Session<'_>,
        seconds: i64,
    ) -> Result<AccessToken, KeyError> {
        self.access_token_issued_at(emulator, key, session, emulator.clock.now_ms().div_euclid(1_000), seconds)
    }

    /// Like [`access_token`](Self::access_token), for a token that was issued at `iat`, in seconds since 1970.
    pub(crate) fn access_token_issued_at(
        &self,
        emulator: &AppState,
        key: &SigningKey,
        session: Session<'_>,
        iat: i64,
        seconds: i64,
    ) -> Result<AccessToken, KeyError> {
        let exp = iat.saturating_add(seconds);
        let mut claims = self.claims(emulator, session, iat, exp);
        if !self.is_strict(session) {
            claims.extend(self.user.claims_of(|it| it == "email"));
            insert_present(&mut claims, [("preferred_username", self.user.username.as_ref().map(|it| json!(it)))]);
        }
        let optional = [
            ("applicationId", self.registration.map(|it| json!(it.application_id))),
            ("roles", self.registration.map(|it| json!(it.all_roles()))),
        ];
        insert_present(&mut claims, optional);
        Ok(AccessToken { text: key.sign(&claims.into(), session.grants)?, expiration_instant: exp.saturating_mul(1_000) })
    }

    /// Signs an OpenID Connect id token, which tells an OAuth client who signed in. The id token expires with `access_token`, contains its
    /// hash, and repeats the `nonce` of the authorization request.
    pub(crate) fn id_token(
        &self,
        emulator: &AppState,
        key: &SigningKey,
        session: Session<'_>,
        access_token: &AccessToken,
        nonce: Option<&str>,
    ) -> Result<String, KeyError> {
        let (iat, exp) = (emulator.clock.now_ms().div_euclid(1_000), access_token.expiration_instant.div_euclid(1_000));
        let mut claims = self.claims(emulator, session, iat, exp);
        // OpenID Connect Core 1.0 section 3.1.3.6 requires the left half of the hash.
        let hash = digest(&SHA256, access_token.text.as_bytes());
        let at_hash = json!(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
        insert_present(&mut claims, [("at_hash", Some(at_hash)), ("nonce", nonce.map(|it| json!(it)))]);
        let is_strict = self.is_strict(session);
        let wants = |it: &str| if is_strict { session.scope.is_some_and(|scope| has_scope(scope, it)) } else { it != "phone" };
        claims.extend(self.user.claims_of(wants));
        key.sign(&claims.into(), session.grants)
    }

    /// Whether the scopes decide which claims about the user a token of this session has. FusionAuth's policy is about OAuth, so the
    /// Login API's sessions are never strict.
    fn is_strict(&self, session: Session<'_>) -> bool {
        let policy = self.application.map(|it| it.oauth_configuration.scope_handling_policy);
        policy == Some(ScopeHandlingPolicy::Strict) && session.grants.iter().any(|it| *it != REFRESH_GRANT)
    }

    /// The claims that access tokens and id tokens share.
    fn claims(&self, emulator: &AppState, session: Session<'_>, iat: i64, exp: i64) -> Map<String, Value> {
        let mut claims = Map::new();
        let optional = [
            ("auth_time", Some(json!(session.auth_time))),
            ("authenticationType", Some(json!(session.authentication_type))),
            ("exp", Some(json!(exp))),
            ("iat", Some(json!(iat))),
            ("iss", Some(json!(self.tenant.issuer))),
            ("jti", Some(json!(emulator.random.uuid()))),
            ("sub", Some(json!(self.user.id))),
            ("tid", Some(json!(self.tenant.id))),
            ("aud", self.application.map(|it| json!(it.id))),
            ("scope", session.scope.map(|it| json!(it))),
            ("sid", session.id.map(|it| json!(it))),
        ];
        insert_present(&mut claims, optional);
        claims
    }

    /// The session that a login starts; `None` if the application's logins issue no refresh tokens, or if the user is not registered.
    pub(crate) fn new_session(&self, emulator: &AppState, mut meta_data: Value) -> Option<RefreshToken> {
        // Only an OAuth grant names itself in the metadata.
        meta_data.as_object_mut().map(|it| it.remove("grant"));
        let (Some(application), Some(_)) = (self.application, self.registration) else { return None };
        application.login_configuration.generate_refresh_tokens.then(|| self.session_for(emulator, application, meta_data))
    }

    /// A session for this application that begins now.
    pub(crate) fn session_for(&self, emulator: &AppState, application: &Application, mut meta_data: Value) -> RefreshToken {
        let now = emulator.clock.now_ms();
        if let (true, Value::String(address)) = (meta_data.is_null() || meta_data["device"].is_object(), &request::info()["ipAddress"]) {
            meta_data["device"]["lastAccessedAddress"] = json!(address);
        }
        RefreshToken {
            id: emulator.random.uuid(),
            tenant_id: self.tenant.id,
            application_id: Some(application.id),
            user_id: self.user.id,
            start_instant: now,
            last_used_instant: now,
            auth_time: now.div_euclid(1_000),
            meta_data,
        }
    }
}

fn insert_present<'a>(claims: &mut Map<String, Value>, optional: impl IntoIterator<Item = (&'a str, Option<Value>)>) {
    claims.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
}
