//! Renews a session with its refresh token, for `POST /api/jwt/refresh` and for the refresh grant of `/oauth2/token`.

use super::sessions::{AccessToken, AuthenticationType, REFRESH_GRANT, Session, Subject};
use super::users::{self, SignInRefusal};
use super::{Refusal, events, refresh_token_life, signing_keys};
use crate::database;
use crate::database::refresh_tokens::{self, Presented, RefreshToken, Selection};
use crate::model::{Application, JwtConfiguration, RefreshTokenUsagePolicy, Tenant, User};
use crate::state::{AppState, OpaqueToken};
use serde_json::{Value, json};
use sqlx::SqliteExecutor;
use uuid::Uuid;

/// The session that a presented refresh token belongs to, before its renewal.
pub(crate) struct Candidate {
    pub(crate) application: Application,
    pub(crate) tenant: Tenant,
    pub(crate) user: User,
    token: OpaqueToken,
    presented: Presented,
}

/// A session that was renewed.
pub(crate) struct Renewed {
    pub(crate) session: RefreshToken,
    pub(crate) access_token: AccessToken,
    /// An id token, if an OAuth grant renews the session and its scope has `openid`.
    pub(crate) id_token: Option<String>,
    /// The OAuth scopes of the session, separated by blanks.
    pub(crate) scope: Option<String>,
    /// The session's current refresh token: a new one if tokens are one-time.
    pub(crate) refresh_token: OpaqueToken,
    /// The token settings that applied: the application's or the tenant's.
    pub(crate) configuration: JwtConfiguration,
    /// The lifetime of the access token in seconds.
    pub(crate) seconds: i64,
    /// When the refresh token expires, in milliseconds since 1970.
    pub(crate) expiry_ms: i64,
}

/// Why a session was not renewed.
#[derive(Debug)]
pub(crate) enum RenewalError {
    /// The refresh token is expired, unknown, revoked or used up. The answer does not say which.
    NotFound,
    /// The application does not allow renewals.
    NotAllowed,
    /// The user may not sign in.
    User(SignInRefusal),
    /// The caller requested a scope that the session does not have.
    InvalidScope,
    /// The caller requested an access token that lives longer than the application's tokens, or less than a second.
    InvalidLifetime,
    /// The emulator failed.
    Internal(Refusal),
}

/// The endpoint that renews a session. This type has no `Debug`, because it contains a token.
pub(crate) enum Caller {
    /// `POST /api/jwt/refresh`. `original` is the request's access token.
    JwtApi { original: Option<String> },
    /// The refresh grant. `scope` can leave out some of the session's scopes.
    Oauth { scope: Option<String> },
}

impl Candidate {
    /// Finds the session of a refresh token. The caller must check whether the application allows the renewal.
    pub(crate) async fn find(emulator: &AppState, token: OpaqueToken) -> Result<Self, RenewalError> {
        let pool = &emulator.database;
        let presented = refresh_tokens::find(pool, &token).await?.ok_or(RenewalError::NotFound)?;
        let session = presented.session();
        let application = database::applications::by_id(pool, session.application_id).await?.filter(|it| it.active);
        let tenant = database::tenants::by_id(pool, session.tenant_id).await?;
        let user = database::users::by_id(pool, session.user_id).await?;
        match (application, tenant, user) {
            (Some(application), Some(tenant), Some(user)) => Ok(Self { application, tenant, user, token, presented }),
            _ => Err(RenewalError::NotFound),
        }
    }

    /// Renews the session. `lifetime`, in seconds, can shorten the access token's life.
    pub(crate) async fn renew(self, emulator: &AppState, lifetime: Option<i64>, caller: Caller) -> Result<Renewed, RenewalError> {
        let Self { application, tenant, user, token, presented } = self;
        let session = presented.session().clone();
        let registrations = database::registrations::of_user(&emulator.database, user.id).await?;
        let registration = registrations.iter().find(|it| it.application_id == application.id);
        let subject = Subject { tenant: &tenant, application: Some(&application), user: &user, registration };
        let configuration = subject.jwt_configuration().clone();
        if refresh_token_life::is_expired(&session, &configuration, emulator.clock.now_ms()) {
            return Err(RenewalError::NotFound);
        }
        check_user(emulator, &emulator.database, &user, application.id).await?;
        let most = configuration.time_to_live_in_seconds;
        let seconds = lifetime.unwrap_or(most);
        if seconds <= 0 || seconds > most {
            return Err(RenewalError::InvalidLifetime);
        }
        let key = signing_keys::for_application(emulator, &tenant, Some(&application)).await?;
        let (authentication_type, auth_time, id) = (AuthenticationType::RefreshToken, session.auth_time, Some(session.id));
        let (wanted, original) = match &caller {
            Caller::Oauth { scope } => (scope.clone(), None),
            Caller::JwtApi { original } => (None, original.clone()),
        };
        let scope = narrowed(scope_of(&session), wanted)?;
        let is_oauth = matches!(caller, Caller::Oauth { .. });
        let first = session.meta_data["grant"].as_str();
        let grants: Vec<&str> = first.into_iter().chain((is_oauth || first.is_some()).then_some(REFRESH_GRANT)).collect();
        let claims = Session { authentication_type, auth_time, id, grants: &grants, scope: scope.as_deref() };
        let access_token = subject.access_token(emulator, &key, claims, seconds)?;
        let wants_id_token = is_oauth && scope.as_deref().is_some_and(|it| has_scope(it, "openid"));
        let id_token = wants_id_token.then(|| subject.id_token(emulator, &key, claims, &access_token, None)).transpose()?;
        let refresh_token = use_token(emulator, &tenant, &configuration, &token, presented).await?;
        let details = json!({
            "applicationId": application.id, "original": original, "refreshToken": token.expose(), "token": access_token.text,
            "userId": user.id,
        });
        events::of_tenant(emulator, tenant.id, &["jwt.refresh"], &details);
        let expiry_ms = refresh_token_life::expiry_ms(&session, &configuration);
        Ok(Renewed { session, access_token, id_token, scope, refresh_token, configuration, seconds, expiry_ms })
    }
}

/// Refuses a user who is locked or expired, and a user who can't log in to this application because of an action.
pub(crate) async fn check_user(
    emulator: &AppState,
    database: impl SqliteExecutor<'_>,
    user: &User,
    application: Uuid,
) -> Result<(), RenewalError> {
    let refusal = users::sign_in_refusal(emulator, database, user, Some(application)).await?;
    refusal.map_or(Ok(()), |it| Err(RenewalError::User(it)))
}

/// The OAuth scopes of a session, which the metadata of its refresh token keeps (<https://fusionauth.io/docs/apis/jwt>).
fn scope_of(session: &RefreshToken) -> Option<String> {
    let scopes: Vec<&str> = session.meta_data["scopes"].as_array()?.iter().filter_map(Value::as_str).collect();
    (!scopes.is_empty()).then(|| scopes.join(" "))
}

/// The scopes that the caller wants, or those of the session.
fn narrowed(scope: Option<String>, wanted: Option<String>) -> Result<Option<String>, RenewalError> {
    let Some(wanted) = wanted else { return Ok(scope) };
    let (all, wanted) = (scope.unwrap_or_default(), wanted.split_whitespace().collect::<Vec<_>>());
    if wanted.iter().all(|it| has_scope(&all, it)) { Ok(Some(wanted.join(" "))) } else { Err(RenewalError::InvalidScope) }
}

/// Whether `scope`, a list that is separated by blanks, has this member.
pub(crate) fn has_scope(scope: &str, wanted: &str) -> bool {
    scope.split(' ').any(|it| it == wanted)
}

/// Marks the presented token as used, and returns the session's current token: the same one, or its successor if tokens are one-time.
async fn use_token(
    emulator: &AppState,
    tenant: &Tenant,
    configuration: &JwtConfiguration,
    token: &OpaqueToken,
    presented: Presented,
) -> Result<OpaqueToken, RenewalError> {
    let now = emulator.clock.now_ms();
    match (presented, configuration.refresh_token_usage_policy) {
        (Presented::Previous { token: session, nonce, rotated_instant }, _) => {
            replay(emulator, tenant, configuration, token, &session, &nonce, rotated_instant).await
        }
        (Presented::Current(_), RefreshTokenUsagePolicy::Reusable) => {
            // `touch` returns false if the token was revoked after `find`.
            if refresh_tokens::touch(&emulator.database, token, now).await? { Ok(token.clone()) } else { Err(RenewalError::NotFound) }
        }
        (Presented::Current(_), RefreshTokenUsagePolicy::OneTimeUse) => {
            let nonce: [u8; 32] = emulator.random.bytes();
            let next = token.next(&nonce);
            if refresh_tokens::rotate(&emulator.database, token, &next, &nonce, now).await? {
                return Ok(next);
            }
            // Another request has rotated the token since `find`, so this request is a replay.
            match refresh_tokens::find(&emulator.database, token).await? {
                Some(Presented::Previous { token: session, nonce, rotated_instant }) => {
                    replay(emulator, tenant, configuration, token, &session, &nonce, rotated_instant).await
                }
                Some(Presented::Current(_)) | None => Err(RenewalError::NotFound),
            }
        }
    }
}

/// Handles a one-time token that was used already. Within the grace period this returns the current token, without another rotation. After
/// that the token is refused and, if the tenant's settings say so, its session is revoked. The user's other sessions continue.
async fn replay(
    emulator: &AppState,
    tenant: &Tenant,
    configuration: &JwtConfiguration,
    token: &OpaqueToken,
    session: &RefreshToken,
    nonce: &[u8],
    rotated_instant: i64,
) -> Result<OpaqueToken, RenewalError> {
    let grace = configuration.refresh_token_one_time_use_configuration.grace_period_in_seconds.saturating_mul(1_000);
    if emulator.clock.now_ms().saturating_sub(rotated_instant) < grace {
        return Ok(token.next(nonce));
    }
    if tenant.jwt_configuration.refresh_token_revocation_policy.on_one_time_token_reuse {
        events::revoke(emulator, &emulator.database, Selection::One(session.id)).await?;
    }
    Err(RenewalError::NotFound)
}

impl<E: Into<Refusal>> From<E> for RenewalError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}
