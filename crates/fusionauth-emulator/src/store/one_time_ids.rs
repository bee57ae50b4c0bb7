use super::{StoreError, read, written};
use crate::opaque::Opaque;
use serde_json::Value;
use sqlx::{Row, SqlitePool};
use uuid::Uuid;

/// What an id is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Finishing a login with a second factor.
    TwoFactor,
    /// Leaving the second factor out on a trusted device.
    TwoFactorTrust,
    /// Doing one protected thing after a second factor.
    TrustToken,
    /// Changing the password.
    ChangePassword,
    /// Signing in once after a change of password.
    OneTimePassword,
    /// Verifying the e-mail address.
    EmailVerification,
    /// Verifying a registration.
    RegistrationVerification,
    /// Proving that a second factor that is to be enabled works: the code alone is the id.
    EnableTwoFactor,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::TwoFactor => "two-factor",
            Self::TwoFactorTrust => "two-factor-trust",
            Self::TrustToken => "trust-token",
            Self::ChangePassword => "change-password",
            Self::OneTimePassword => "one-time-password",
            Self::EmailVerification => "email-verification",
            Self::RegistrationVerification => "registration-verification",
            Self::EnableTwoFactor => "enable-two-factor",
        }
    }
}

/// An id that is alive.
pub(crate) struct OneTimeId {
    pub(crate) user_id: Uuid,
    /// What the id was made for.
    pub(crate) details: Value,
    code_hash: Option<String>,
    code_expiry_ms: Option<i64>,
}

impl OneTimeId {
    pub(crate) const fn has_code(&self) -> bool {
        self.code_hash.is_some()
    }

    /// Whether this is the code that was sent, and in time.
    pub(crate) fn accepts(&self, code: &str, now_ms: i64) -> bool {
        self.code_hash.as_deref() == Some(&Opaque::from_caller(code).hash()) && self.code_expiry_ms.is_none_or(|it| it > now_ms)
    }
}

/// A new id.
pub(crate) struct New<'a> {
    pub(crate) kind: Kind,
    pub(crate) user_id: Uuid,
    pub(crate) expiry_ms: i64,
    pub(crate) code: Option<&'a Opaque>,
    pub(crate) details: Value,
}

pub(crate) async fn insert(database: &SqlitePool, id: &Opaque, new: New<'_>) -> Result<(), StoreError> {
    let query = "INSERT INTO one_time_ids (hash, kind, user_id, expiry_instant, code_hash, details) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (hash) DO UPDATE SET kind = excluded.kind, user_id = excluded.user_id, \
                 expiry_instant = excluded.expiry_instant, code_hash = excluded.code_hash, details = excluded.details";
    sqlx::query(query)
        .bind(id.hash())
        .bind(new.kind.name())
        .bind(new.user_id.to_string())
        .bind(new.expiry_ms)
        .bind(new.code.map(Opaque::hash))
        .bind(written(&new.details)?)
        .execute(database)
        .await?;
    Ok(())
}

/// The id, if it is alive.
pub(crate) async fn find(database: &SqlitePool, kind: Kind, id: &Opaque, now_ms: i64) -> Result<Option<OneTimeId>, StoreError> {
    let query = sqlx::query("SELECT * FROM one_time_ids WHERE hash = $1 AND kind = $2 AND expiry_instant > $3");
    let Some(row) = query.bind(id.hash()).bind(kind.name()).bind(now_ms).fetch_optional(database).await? else { return Ok(None) };
    let user_id: String = row.try_get("user_id")?;
    Ok(Some(OneTimeId {
        user_id: user_id.parse().map_err(|error: uuid::Error| sqlx::Error::Decode(error.into()))?,
        details: read(row.try_get("details")?)?,
        code_hash: row.try_get("code_hash")?,
        code_expiry_ms: row.try_get("code_expiry_instant")?,
    }))
}

/// Puts a new code in the place of an earlier one.
pub(crate) async fn set_code(database: &SqlitePool, id: &Opaque, code: &Opaque, expiry_ms: i64) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE one_time_ids SET code_hash = $2, code_expiry_instant = $3 WHERE hash = $1");
    query.bind(id.hash()).bind(code.hash()).bind(expiry_ms).execute(database).await?;
    Ok(())
}

/// Uses the id up. `false` if somebody else has done so already.
pub(crate) async fn take(database: &SqlitePool, kind: Kind, id: &Opaque) -> Result<bool, StoreError> {
    let query = sqlx::query("DELETE FROM one_time_ids WHERE hash = $1 AND kind = $2");
    Ok(query.bind(id.hash()).bind(kind.name()).execute(database).await?.rows_affected() > 0)
}

/// Forgets all of somebody's ids of this kind.
pub(crate) async fn delete_of_user(database: &SqlitePool, kind: Kind, user: Uuid) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM one_time_ids WHERE user_id = $1 AND kind = $2");
    query.bind(user.to_string()).bind(kind.name()).execute(database).await?;
    Ok(())
}

/// Forgets what has expired.
pub(crate) async fn delete_expired(database: &SqlitePool, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM one_time_ids WHERE expiry_instant <= $1").bind(now_ms).execute(database).await?;
    Ok(())
}
