//! Single sign-on (<https://fusionauth.io/docs/lifecycle/authenticate-users/logout-session-management>): a user who chooses to stay signed in
//! gets a session with the tenant, and needs no password for the next authorization request of this browser.
//!
//! The session is a refresh token without an application, as in FusionAuth, so whatever revokes a user's refresh tokens ends it, too. No
//! endpoint exchanges it for tokens.

use crate::database::refresh_tokens::{self, Presented, RefreshToken, Selection};
use crate::domain::{Refusal, events};
use crate::http::cookies::{self, Lifetime};
use crate::model::Tenant;
use crate::state::{AppState, OpaqueToken, SameSite};
use axum::http::{HeaderMap, HeaderValue};
use serde_json::Value;
use sqlx::SqliteConnection;
use uuid::Uuid;

/// The name in FusionAuth's list of cookies (<https://fusionauth.io/docs/reference/cookies>).
const COOKIE: &str = "fusionauth.sso";

/// The session of a browser. This type has no `Debug`, because the token signs the user in.
pub(super) struct SsoSession {
    pub(super) token: OpaqueToken,
    pub(super) user: Uuid,
    /// When the user authenticated, in seconds since 1970.
    pub(super) auth_time: i64,
}

/// How a sign-in affects the browser's session.
#[derive(Clone, Copy)]
pub(super) enum Sso<'a> {
    /// The user signed in without staying signed in.
    End,
    /// The user signed in and stays signed in.
    Begin,
    /// The session itself signed the user in.
    Continue(&'a SsoSession),
}

/// The browser's session with this tenant, unless it has expired.
pub(super) async fn find(emulator: &AppState, headers: &HeaderMap, tenant: &Tenant) -> Result<Option<SsoSession>, Refusal> {
    let Some((token, session)) = stored(emulator, headers).await? else { return Ok(None) };
    let expiry = session.last_used_instant.saturating_add(tenant.http_session_max_inactive_interval.saturating_mul(1_000));
    let is_valid = session.tenant_id == tenant.id && emulator.clock.now_ms() < expiry;
    Ok(is_valid.then_some(SsoSession { token, user: session.user_id, auth_time: session.auth_time }))
}

/// Stores a new session. Returns `None` if the tenant has switched single sign-on off by a timeout of zero.
pub(super) async fn begin(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    user: Uuid,
) -> Result<Option<OpaqueToken>, Refusal> {
    if tenant.http_session_max_inactive_interval <= 0 {
        return Ok(None);
    }
    let (token, now) = (OpaqueToken::generate(&emulator.random), emulator.clock.now_ms());
    let session = RefreshToken {
        id: emulator.random.uuid(),
        tenant_id: tenant.id,
        application_id: None,
        user_id: user,
        start_instant: now,
        last_used_instant: now,
        auth_time: now.div_euclid(1_000),
        meta_data: Value::Null,
    };
    refresh_tokens::insert(connection, &session, &token).await?;
    Ok(Some(token))
}

/// Ends the browser's session, if it has one.
pub(super) async fn end(emulator: &AppState, headers: &HeaderMap) -> Result<(), Refusal> {
    match stored(emulator, headers).await? {
        Some((_, session)) => events::revoke(emulator, &emulator.database, Selection::One(session.id)).await,
        None => Ok(()),
    }
}

/// The cookie of a session. It is always `Lax`, because with `Strict` a browser would not send it when an application redirects to
/// `/oauth2/authorize`.
pub(super) fn cookie(headers: &HeaderMap, tenant: &Tenant, token: &OpaqueToken) -> Option<HeaderValue> {
    cookies::set(headers, SameSite::Lax, COOKIE, token.expose(), Lifetime::Seconds(tenant.http_session_max_inactive_interval))
}

/// Deletes the cookie of a session, if the browser has one.
pub(super) fn expired_cookie(headers: &HeaderMap) -> Option<HeaderValue> {
    cookies::get(headers, COOKIE).and_then(|_| cookies::delete(COOKIE))
}

async fn stored(emulator: &AppState, headers: &HeaderMap) -> Result<Option<(OpaqueToken, RefreshToken)>, Refusal> {
    let Some(token) = cookies::get(headers, COOKIE).map(OpaqueToken::from_request) else { return Ok(None) };
    match refresh_tokens::find(&emulator.database, &token).await? {
        Some(Presented::Current(session)) if session.application_id.is_none() => Ok(Some((token, session))),
        _ => Ok(None),
    }
}
