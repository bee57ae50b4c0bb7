//! Renews a session with its refresh token: what `POST /api/jwt/refresh` and the refresh grant of `/oauth2/token` share.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::jwt::KeyError;
use crate::model::{Application, JwtConfiguration, RefreshTokenUsagePolicy, Tenant, User};
use crate::opaque::Opaque;
use crate::session::{AccessToken, AuthenticationType, Session, Subject};
use crate::store::refresh_tokens::{self, Found, RefreshToken, Selection};
use crate::store::{self, StoreError};
use crate::{actions, expiry, users};

/// A session that a presented refresh token belongs to, before anything has changed.
pub(crate) struct Candidate {
    pub(crate) application: Application,
    pub(crate) tenant: Tenant,
    pub(crate) user: User,
    presented: Opaque,
    found: Found,
}

/// A renewed session.
pub(crate) struct Renewed {
    pub(crate) row: RefreshToken,
    pub(crate) access_token: AccessToken,
    /// The refresh token that is current now.
    pub(crate) refresh_token: Opaque,
    /// The settings that applied.
    pub(crate) configuration: JwtConfiguration,
    /// The access token's life, in seconds.
    pub(crate) seconds: i64,
    /// When the refresh token's life ends, in milliseconds.
    pub(crate) end_instant: i64,
}

/// Why a session was not renewed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Expired, unknown, revoked and used up look the same.
    NotFound,
    /// The application does not allow it.
    NotAllowed,
    /// The user is locked.
    UserLocked,
    /// The user has expired.
    UserExpired,
    /// An action prevents the user's login.
    LoginPrevented,
    /// The asked life is longer than the application's, or no life at all.
    Life,
    /// The emulator failed.
    Fault(Refusal),
}

impl Candidate {
    /// Looks a refresh token up. Whether its use is allowed is for the caller to say; nothing changes here.
    pub(crate) async fn find(instance: &Instance, presented: Opaque) -> Result<Self, Failure> {
        let database = &instance.database;
        let found = refresh_tokens::find(database, &presented).await?.ok_or(Failure::NotFound)?;
        let row = found.row();
        let application = store::applications::by_id(database, row.application_id).await?.filter(|it| it.active);
        let tenant = store::tenants::by_id(database, row.tenant_id).await?;
        let user = store::users::by_id(database, row.user_id).await?;
        match (application, tenant, user) {
            (Some(application), Some(tenant), Some(user)) => Ok(Self { application, tenant, user, presented, found }),
            _ => Err(Failure::NotFound),
        }
    }

    /// Uses the token. `life` shortens the access token's life, in seconds; `grant` is for the token's header.
    pub(crate) async fn renew(self, instance: &Instance, life: Option<i64>, grant: Option<&str>) -> Result<Renewed, Failure> {
        let Self { application, tenant, user, presented, found } = self;
        let row = found.row().clone();
        let registrations = store::registrations::of_user(&instance.database, user.id).await?;
        let registration = registrations.iter().find(|it| it.application_id == application.id);
        let subject = Subject { tenant: &tenant, application: Some(&application), user: &user, registration };
        let configuration = subject.jwt_configuration().clone();
        if expiry::is_over(&row, &configuration, instance.clock.now_ms()) {
            return Err(Failure::NotFound);
        }
        if !user.active {
            return Err(Failure::UserLocked);
        }
        if users::is_expired(&user, instance) {
            return Err(Failure::UserExpired);
        }
        if actions::prevented(instance, user.id, Some(application.id)).await?.is_some() {
            return Err(Failure::LoginPrevented);
        }
        let most = configuration.time_to_live_in_seconds;
        let seconds = life.unwrap_or(most);
        if seconds <= 0 || seconds > most {
            return Err(Failure::Life);
        }
        let refresh_token = current(instance, &tenant, &configuration, &presented, found).await?;
        let session = Session { authentication_type: AuthenticationType::RefreshToken, auth_time: row.auth_time, id: Some(row.id), grant };
        let access_token = subject.access_token(instance, session, seconds).await?;
        let end_instant = expiry::end_ms(&row, &configuration);
        Ok(Renewed { row, access_token, refresh_token, configuration, seconds, end_instant })
    }
}

/// The token that is current after this use, if the use is allowed.
async fn current(
    instance: &Instance,
    tenant: &Tenant,
    configuration: &JwtConfiguration,
    presented: &Opaque,
    found: Found,
) -> Result<Opaque, Failure> {
    let now = instance.clock.now_ms();
    match (found, configuration.refresh_token_usage_policy) {
        (Found::Previous { token, nonce, rotated_instant }, _) => {
            replay(instance, tenant, configuration, presented, &token, &nonce, rotated_instant).await
        }
        (Found::Current(_), RefreshTokenUsagePolicy::Reusable) => {
            // Revoked between the look-up and here: the revocation wins.
            if refresh_tokens::touch(&instance.database, presented, now).await? { Ok(presented.clone()) } else { Err(Failure::NotFound) }
        }
        (Found::Current(_), RefreshTokenUsagePolicy::OneTimeUse) => {
            let nonce: [u8; 32] = instance.random.bytes();
            let next = presented.next(&nonce);
            if refresh_tokens::rotate(&instance.database, presented, &next, &nonce, now).await? {
                return Ok(next);
            }
            // Another request with the same token was faster: this one is a replay.
            match refresh_tokens::find(&instance.database, presented).await? {
                Some(Found::Previous { token, nonce, rotated_instant }) => {
                    replay(instance, tenant, configuration, presented, &token, &nonce, rotated_instant).await
                }
                Some(Found::Current(_)) | None => Err(Failure::NotFound),
            }
        }
    }
}

/// A used one-time token: within the grace period it is answered with the current one, without another rotation.
/// Later it is refused, and the session revoked if the tenant says so; only this one, not the user's others.
async fn replay(
    instance: &Instance,
    tenant: &Tenant,
    configuration: &JwtConfiguration,
    presented: &Opaque,
    row: &RefreshToken,
    nonce: &[u8],
    rotated_instant: i64,
) -> Result<Opaque, Failure> {
    let grace = configuration.refresh_token_one_time_use_configuration.grace_period_in_seconds.saturating_mul(1_000);
    if instance.clock.now_ms().saturating_sub(rotated_instant) < grace {
        return Ok(presented.next(nonce));
    }
    if tenant.jwt_configuration.refresh_token_revocation_policy.on_one_time_token_reuse {
        refresh_tokens::delete(&instance.database, Selection::One(row.id)).await?;
    }
    Err(Failure::NotFound)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Fault(refusal)
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Fault(error.into())
    }
}
