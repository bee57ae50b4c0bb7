use super::StoreError;
use crate::opaque::Opaque;
use sqlx::SqlitePool;
use uuid::Uuid;

/// What an id is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Finishing a login with a second factor.
    TwoFactor,
    /// Leaving the second factor out on a trusted device.
    TwoFactorTrust,
    /// Changing the password.
    ChangePassword,
    /// Verifying the e-mail address.
    EmailVerification,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::TwoFactor => "two-factor",
            Self::TwoFactorTrust => "two-factor-trust",
            Self::ChangePassword => "change-password",
            Self::EmailVerification => "email-verification",
        }
    }
}

pub(crate) async fn insert(database: &SqlitePool, kind: Kind, id: &Opaque, user: Uuid, expiry_ms: i64) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO one_time_ids (hash, kind, user_id, expiry_instant) VALUES ($1, $2, $3, $4)")
        .bind(id.hash())
        .bind(kind.name())
        .bind(user.to_string())
        .bind(expiry_ms)
        .execute(database)
        .await?;
    Ok(())
}

/// Whose id it is, if it is alive.
pub(crate) async fn user(database: &SqlitePool, kind: Kind, id: &Opaque, now_ms: i64) -> Result<Option<Uuid>, StoreError> {
    let query = sqlx::query_scalar("SELECT user_id FROM one_time_ids WHERE hash = $1 AND kind = $2 AND expiry_instant > $3");
    let user: Option<String> = query.bind(id.hash()).bind(kind.name()).bind(now_ms).fetch_optional(database).await?;
    Ok(user.and_then(|it| it.parse().ok()))
}

/// Uses the id up. `false` if somebody else has done so already.
pub(crate) async fn take(database: &SqlitePool, kind: Kind, id: &Opaque) -> Result<bool, StoreError> {
    let query = sqlx::query("DELETE FROM one_time_ids WHERE hash = $1 AND kind = $2");
    Ok(query.bind(id.hash()).bind(kind.name()).execute(database).await?.rows_affected() > 0)
}

/// Forgets what has expired.
pub(crate) async fn delete_expired(database: &SqlitePool, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM one_time_ids WHERE expiry_instant <= $1").bind(now_ms).execute(database).await?;
    Ok(())
}
