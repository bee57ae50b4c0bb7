//! One-time ids and codes: for second factors, mailed links, one-time passwords and trusted devices. Only their hashes are stored.

use super::{DatabaseError, changes, from_json, run, to_json, uuid};
use crate::state::OpaqueToken;
use serde_json::Value;
use sqlx::{Row, SqliteExecutor, query};
use uuid::Uuid;

/// The purpose of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To exchange an OAuth authorization code for tokens.
    AuthorizationCode,
    /// To finish a login with a second factor.
    TwoFactor,
    /// To skip the second factor on a trusted device.
    TwoFactorTrust,
    /// To make one protected call, such as a password change, after a second factor.
    TrustToken,
    /// To change the password.
    ChangePassword,
    /// To sign in once after a password change.
    OneTimePassword,
    /// To verify the email.
    EmailVerification,
    /// To verify a registration.
    RegistrationVerification,
    /// To prove that a second factor works before it is enabled. The id consists of the user's id and the code.
    EnableTwoFactor,
    /// To sign in with a mailed code instead of a password.
    Passwordless,
    /// To create a passkey. The id is the challenge.
    MakePasskey,
    /// To sign in with a passkey. The id is the challenge.
    UsePasskey,
}

/// A stored id that has not expired.
pub(crate) struct OneTimeId {
    pub(crate) user_id: Uuid,
    pub(crate) expiry_ms: i64,
    /// Data that was stored with the id when it was issued.
    pub(crate) details: Value,
    code_hash: Option<String>,
    code_expiry_ms: Option<i64>,
}

impl OneTimeId {
    pub(crate) const fn has_code(&self) -> bool {
        self.code_hash.is_some()
    }

    /// Whether `code` is the id's code and has not expired.
    pub(crate) fn accepts(&self, code: &str, now_ms: i64) -> bool {
        self.code_hash.as_deref() == Some(&OpaqueToken::from_request(code).hash()) && self.code_expiry_ms.is_none_or(|it| it > now_ms)
    }
}

pub(crate) async fn insert(
    database: impl SqliteExecutor<'_>,
    id: &OpaqueToken,
    purpose: Purpose,
    user: Uuid,
    expiry_ms: i64,
    code: Option<&OpaqueToken>,
    details: &Value,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO one_time_ids (hash, kind, user_id, expiry_instant, code_hash, details) VALUES ($1, $2, $3, $4, $5, $6) \
                  ON CONFLICT (hash) DO UPDATE SET kind = excluded.kind, user_id = excluded.user_id, \
                  expiry_instant = excluded.expiry_instant, code_hash = excluded.code_hash, details = excluded.details";
    let insert = query(insert).bind(id.hash()).bind(purpose.column()).bind(user.to_string()).bind(expiry_ms);
    run(database, insert.bind(code.map(OpaqueToken::hash)).bind(to_json(details)?)).await
}

/// The id, if it was issued for this purpose, was not used and has not expired.
pub(crate) async fn find(
    database: impl SqliteExecutor<'_>,
    purpose: Purpose,
    id: &OpaqueToken,
    now_ms: i64,
) -> Result<Option<OneTimeId>, DatabaseError> {
    let select = query("SELECT * FROM one_time_ids WHERE hash = $1 AND kind = $2 AND expiry_instant > $3");
    let Some(row) = select.bind(id.hash()).bind(purpose.column()).bind(now_ms).fetch_optional(database).await? else { return Ok(None) };
    Ok(Some(OneTimeId {
        user_id: uuid(row.try_get("user_id")?)?,
        expiry_ms: row.try_get("expiry_instant")?,
        details: from_json(row.try_get("details")?)?,
        code_hash: row.try_get("code_hash")?,
        code_expiry_ms: row.try_get("code_expiry_instant")?,
    }))
}

/// Replaces the code that a caller must send together with the id. The details of a second factor name the `method` that has sent the code.
pub(crate) async fn set_code(
    database: impl SqliteExecutor<'_>,
    id: &OpaqueToken,
    code: &OpaqueToken,
    expiry_ms: i64,
    method: Option<&str>,
) -> Result<(), DatabaseError> {
    let update = "UPDATE one_time_ids SET code_hash = $2, code_expiry_instant = $3, details = json_set(details, '$.method', $4) \
                  WHERE hash = $1";
    run(database, query(update).bind(id.hash()).bind(code.hash()).bind(expiry_ms).bind(method)).await
}

/// Uses up an id. If several callers use the same id, only one gets `true`.
pub(crate) async fn take(database: impl SqliteExecutor<'_>, purpose: Purpose, id: &OpaqueToken) -> Result<bool, DatabaseError> {
    let delete = query("DELETE FROM one_time_ids WHERE hash = $1 AND kind = $2").bind(id.hash()).bind(purpose.column());
    changes(database, delete).await
}

/// Deletes all of a user's ids for one purpose.
pub(crate) async fn delete_of_user(database: impl SqliteExecutor<'_>, purpose: Purpose, user: Uuid) -> Result<(), DatabaseError> {
    let delete = query("DELETE FROM one_time_ids WHERE user_id = $1 AND kind = $2").bind(user.to_string()).bind(purpose.column());
    run(database, delete).await
}

pub(crate) async fn delete_expired(database: impl SqliteExecutor<'_>, now_ms: i64) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM one_time_ids WHERE expiry_instant <= $1").bind(now_ms)).await
}

impl Purpose {
    const fn column(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization-code",
            Self::TwoFactor => "two-factor",
            Self::TwoFactorTrust => "two-factor-trust",
            Self::TrustToken => "trust-token",
            Self::ChangePassword => "change-password",
            Self::OneTimePassword => "one-time-password",
            Self::EmailVerification => "email-verification",
            Self::RegistrationVerification => "registration-verification",
            Self::EnableTwoFactor => "enable-two-factor",
            Self::Passwordless => "passwordless",
            Self::MakePasskey => "make-passkey",
            Self::UsePasskey => "use-passkey",
        }
    }
}
