use super::{Inserted, StoreError, inserted, read, written};
use crate::model::{LoginIdType, User};
use sqlx::{Row, SqlitePool};
use uuid::Uuid;

/// A user with the hash of the password, if there is one.
pub(crate) struct StoredUser {
    pub(crate) user: User,
    pub(crate) password_hash: Option<String>,
}

pub(crate) async fn insert(database: &SqlitePool, user: &User, password_hash: Option<&str>) -> Result<Inserted, StoreError> {
    inserted(
        sqlx::query("INSERT INTO users (id, tenant_id, email, username, password_hash, document) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(user.id.to_string())
            .bind(user.tenant_id.to_string())
            .bind(user.email.as_deref().map(str::to_lowercase))
            .bind(user.username.as_deref().map(str::to_lowercase))
            .bind(password_hash)
            .bind(written(user)?)
            .execute(database)
            .await,
    )
}

pub(crate) async fn by_id(database: &SqlitePool, id: Uuid) -> Result<Option<User>, StoreError> {
    let query = sqlx::query_scalar("SELECT document FROM users WHERE id = $1");
    let document: Option<String> = query.bind(id.to_string()).fetch_optional(database).await?;
    document.map(|it| read(&it)).transpose()
}

/// The user with this e-mail address or, failing that, this user name. Case does not matter, blanks do.
pub(crate) async fn by_login_id(database: &SqlitePool, tenant: Uuid, login_id: &str) -> Result<Option<StoredUser>, StoreError> {
    by_login_id_of(database, tenant, login_id, None).await
}

/// As [`by_login_id`], for these kinds of names in this order; `None` is FusionAuth's default.
pub(crate) async fn by_login_id_of(
    database: &SqlitePool,
    tenant: Uuid,
    login_id: &str,
    types: Option<&[LoginIdType]>,
) -> Result<Option<StoredUser>, StoreError> {
    for kind in types.unwrap_or(&[LoginIdType::Email, LoginIdType::Username]) {
        let query = match kind {
            LoginIdType::Email => sqlx::query("SELECT document, password_hash FROM users WHERE tenant_id = $1 AND email = $2"),
            LoginIdType::Username => sqlx::query("SELECT document, password_hash FROM users WHERE tenant_id = $1 AND username = $2"),
            LoginIdType::PhoneNumber => {
                sqlx::query("SELECT document, password_hash FROM users WHERE tenant_id = $1 AND document ->> '$.phoneNumber' = $2 LIMIT 1")
            }
        };
        let name = if *kind == LoginIdType::PhoneNumber { canonical_phone(login_id) } else { login_id.to_lowercase() };
        if let Some(row) = query.bind(tenant.to_string()).bind(name).fetch_optional(database).await? {
            return Ok(Some(StoredUser { user: read(row.try_get("document")?)?, password_hash: row.try_get("password_hash")? }));
        }
    }
    Ok(None)
}

/// A phone number as E.164 has it; without a country it is of country 1.
fn canonical_phone(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let has_country = text.trim_start().starts_with('+') || digits.len() > 10;
    if has_country { format!("+{digits}") } else { format!("+1{digits}") }
}

/// Writes a user back; a new hash if there is one.
pub(crate) async fn update(database: &SqlitePool, user: &User, password_hash: Option<&str>) -> Result<Inserted, StoreError> {
    let query = "UPDATE users SET email = $2, username = $3, document = $4, password_hash = coalesce($5, password_hash) WHERE id = $1";
    let query = sqlx::query(query).bind(user.id.to_string());
    let query = query.bind(user.email.as_deref().map(str::to_lowercase)).bind(user.username.as_deref().map(str::to_lowercase));
    inserted(query.bind(written(user)?).bind(password_hash).execute(database).await)
}

pub(crate) async fn delete(database: &SqlitePool, id: Uuid) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM users WHERE id = $1").bind(id.to_string()).execute(database).await?;
    Ok(())
}

pub(crate) async fn all(database: &SqlitePool) -> Result<Vec<User>, StoreError> {
    let documents: Vec<String> = sqlx::query_scalar("SELECT document FROM users ORDER BY id").fetch_all(database).await?;
    documents.iter().map(|it| read(it)).collect()
}

pub(crate) async fn password_hash(database: &SqlitePool, id: Uuid) -> Result<Option<String>, StoreError> {
    let query = sqlx::query_scalar("SELECT password_hash FROM users WHERE id = $1");
    Ok(query.bind(id.to_string()).fetch_optional(database).await?.flatten())
}

/// Notes a login, without touching what somebody else may be changing.
pub(crate) async fn note_login(database: &SqlitePool, id: Uuid, now_ms: i64) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE users SET document = json_set(document, '$.lastLoginInstant', $2) WHERE id = $1");
    query.bind(id.to_string()).bind(now_ms).execute(database).await?;
    Ok(())
}
