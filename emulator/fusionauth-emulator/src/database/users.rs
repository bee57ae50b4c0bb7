//! Users, with the hashes of their passwords.

use super::{DatabaseError, Written, changes, document, from_json, run, to_json, write};
use crate::model::{LoginIdType, Registration, User};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteExecutor, SqlitePool, query, query_scalar};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A user with the hash of the password, if there is one.
pub(crate) struct StoredUser {
    pub(crate) user: User,
    pub(crate) password_hash: Option<String>,
}

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, user: &User, password_hash: Option<&str>) -> Result<Written, DatabaseError> {
    let insert = "INSERT INTO users (id, tenant_id, email, username, phone_number, password_hash, document) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let insert = query(insert).bind(user.id.to_string()).bind(user.tenant_id.to_string());
    let insert = insert.bind(user.email.as_deref().map(str::to_lowercase)).bind(user.username.as_deref().map(str::to_lowercase));
    write(database, insert.bind(user.phone_number.as_deref()).bind(password_hash).bind(to_json(user)?)).await
}

/// The member of this user that another user has, after a write that found a duplicate.
pub(crate) async fn taken(database: impl SqliteExecutor<'_>, user: &User) -> Result<(&'static str, Option<User>), DatabaseError> {
    let (email, username) = (user.email.as_deref().map(str::to_lowercase), user.username.as_deref().map(str::to_lowercase));
    let select = "SELECT document FROM read_users WHERE tenant_id = $1 AND id <> $2 \
                  AND (email = $3 OR username = $4 OR phone_number = $5) ORDER BY email = $3 DESC, username = $4 DESC";
    let select = query_scalar(select).bind(user.tenant_id.to_string()).bind(user.id.to_string()).bind(email.clone());
    let select = select.bind(username.clone()).bind(user.phone_number.as_deref());
    let other: Option<User> = document(database, select).await?;
    let taken = match &other {
        None => "id",
        Some(other) if email.is_some() && other.email == email => "email",
        Some(other) if username.is_some() && other.username.as_deref().map(str::to_lowercase) == username => "username",
        Some(_) => "phoneNumber",
    };
    Ok((taken, other))
}

/// The user with this id; `None` for no id.
pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<User>, DatabaseError> {
    let id = id.into().map(|it| it.to_string());
    document(database, query_scalar("SELECT document FROM read_users WHERE id = $1").bind(id)).await
}

/// Like [`by_id`], with the hash of the password.
pub(crate) async fn stored_by_id(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<StoredUser>, DatabaseError> {
    let select = query("SELECT document, password_hash FROM read_users WHERE id = $1");
    select.bind(id.to_string()).fetch_optional(database).await?.as_ref().map(from_row).transpose()
}

/// The user with this login id, looked up as each of `types` in turn. Emails and user names match in any case, but not with extra blanks.
/// Without `types` the login id is an email or else a user name, which is FusionAuth's default.
pub(crate) async fn by_login_id(
    database: &SqlitePool,
    tenant: Uuid,
    login_id: &str,
    types: Option<&[LoginIdType]>,
) -> Result<Option<StoredUser>, DatabaseError> {
    for login_id_type in types.unwrap_or(&[LoginIdType::Email, LoginIdType::Username]) {
        let (column, value) = match login_id_type {
            LoginIdType::Email => ("email", login_id.to_lowercase()),
            LoginIdType::Username => ("username", login_id.to_lowercase()),
            // A text without digits is no phone number of anybody.
            LoginIdType::PhoneNumber => ("phone_number", e164(login_id).unwrap_or_default()),
        };
        let select = format!("SELECT document, password_hash FROM read_users WHERE tenant_id = $1 AND {column} = $2 LIMIT 1");
        if let Some(row) = query(AssertSqlSafe(select)).bind(tenant.to_string()).bind(value).fetch_optional(database).await? {
            return from_row(&row).map(Some);
        }
    }
    Ok(None)
}

/// A phone number in E.164 form, which has 7 to 15 digits; `None` if the text is none. A number without a country code gets the code 1, as
/// in <https://fusionauth.io/docs/apis/users/create>: `303-555-1212` is `+13035551212`.
pub(crate) fn e164(text: &str) -> Option<String> {
    let text = text.trim_start();
    let (rest, is_international) = text.strip_prefix('+').map_or((text, false), |it| (it, true));
    let mut digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    if !is_international && digits.len() <= 10 {
        digits.insert(0, '1');
    }
    let is_number = rest.chars().all(|it| it.is_ascii_digit() || " -./()".contains(it));
    (is_number && !digits.starts_with('0') && (7..=15).contains(&digits.len())).then(|| format!("+{digits}"))
}

/// Replaces the whole stored user. The caller must have read the user in the same transaction, or another request's change is lost.
pub(crate) async fn update(transaction: impl SqliteExecutor<'_>, user: &User) -> Result<Written, DatabaseError> {
    let update = query("UPDATE users SET email = $2, username = $3, phone_number = $4, document = $5 WHERE id = $1");
    let update = update.bind(user.id.to_string()).bind(user.email.as_deref().map(str::to_lowercase));
    let update = update.bind(user.username.as_deref().map(str::to_lowercase)).bind(user.phone_number.as_deref());
    write(transaction, update.bind(to_json(user)?)).await
}

pub(crate) async fn delete(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM users WHERE id = $1").bind(id.to_string())).await
}

/// The registrations of a row of `users`, as an expression.
const REGISTRATIONS: &str = "(SELECT json_group_array(json(document)) FROM (SELECT document FROM read_registrations \
                             WHERE user_id = users.id ORDER BY application_id))";

/// All users, or those with the given ids in their order, with their registrations, in one statement. Each is read when the caller asks
/// for it, because a user takes much more memory than its row.
pub(crate) async fn all_with_registrations(
    database: impl SqliteExecutor<'_>,
    ids: Option<&[Uuid]>,
) -> Result<impl Iterator<Item = Result<(User, Vec<Registration>), DatabaseError>>, DatabaseError> {
    let ids = ids.map(|it| json!(it).to_string());
    let which = if ids.is_some() { "JOIN json_each($1) AS wanted ON users.id = wanted.value ORDER BY wanted.key" } else { "ORDER BY id" };
    let select = format!("SELECT document, {REGISTRATIONS} AS registrations FROM read_users AS users {which}");
    let rows = query(AssertSqlSafe(select)).bind(ids).fetch_all(database).await?;
    Ok(rows.into_iter().map(|it| Ok((from_json(it.try_get("document")?)?, from_json(it.try_get("registrations")?)?))))
}

/// These members of [`User::to_json`] for the users whom a search finds, ordered by id. Members that depend on no others are read from the
/// stored document, because the whole form takes many times as long.
pub(crate) async fn members_of_found(
    database: impl SqliteExecutor<'_>,
    tenant: Option<Uuid>,
    names: &BTreeSet<&str>,
    is_found: impl Fn(&Value) -> bool,
) -> Result<Vec<Value>, DatabaseError> {
    let mut found = Vec::new();
    if names.iter().any(|it| User::DERIVED.contains(it)) {
        for user in all_with_registrations(database, None).await? {
            let (user, registrations) = user?;
            if tenant.is_none_or(|it| it == user.tenant_id) {
                found.extend(Some(user.to_json(&registrations)).filter(&is_found));
            }
        }
        return Ok(found);
    }
    let registrations = if names.contains("registrations") { REGISTRATIONS } else { "'[]'" };
    let select =
        format!("SELECT document, {registrations} AS registrations FROM users WHERE tenant_id = coalesce($1, tenant_id) ORDER BY id");
    for row in query(AssertSqlSafe(select)).bind(tenant.map(|it| it.to_string())).fetch_all(database).await? {
        let registrations: Vec<Registration> = from_json(row.try_get("registrations")?)?;
        found.extend(Some(User::members(row.try_get("document")?, &registrations, names)?).filter(&is_found));
    }
    Ok(found)
}

pub(crate) async fn password_hash(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<String>, DatabaseError> {
    let select = query_scalar("SELECT password_hash FROM users WHERE id = $1");
    Ok(select.bind(id.to_string()).fetch_optional(database).await?.flatten())
}

/// Replaces the password hash, and the members about the password. It does not replace the whole user, because another request may change
/// other members at the same time.
pub(crate) async fn set_password(database: impl SqliteExecutor<'_>, id: Uuid, hash: &str, now_ms: i64) -> Result<(), DatabaseError> {
    let update = "UPDATE users SET password_hash = $2, document = json_set(document, '$.passwordLastUpdateInstant', $3, \
                  '$.lastUpdateInstant', $3, '$.passwordChangeRequired', json('false'), '$.passwordChangeReason', NULL) WHERE id = $1";
    run(database, query(update).bind(id.to_string()).bind(hash).bind(now_ms)).await
}

/// Uses up a recovery code. If several callers use the same code, only one gets `true`.
pub(crate) async fn take_recovery_code(database: impl SqliteExecutor<'_>, id: Uuid, code: &str) -> Result<bool, DatabaseError> {
    let update = "UPDATE users SET document = json_set(document, '$.twoFactor.recoveryCodes', \
                  (SELECT json_group_array(value) FROM json_each(document, '$.twoFactor.recoveryCodes') WHERE value <> $2)) \
                  WHERE id = $1 AND $2 IN (SELECT value FROM json_each(document, '$.twoFactor.recoveryCodes'))";
    changes(database, query(update).bind(id.to_string()).bind(code)).await
}

/// Stores when a user signed in. It writes only this member, because another request may change the others at the same time.
pub(crate) async fn set_last_login(database: impl SqliteExecutor<'_>, id: Uuid, now_ms: i64) -> Result<(), DatabaseError> {
    let update = query("UPDATE users SET document = json_set(document, '$.lastLoginInstant', $2) WHERE id = $1");
    run(database, update.bind(id.to_string()).bind(now_ms)).await
}

fn from_row(row: &SqliteRow) -> Result<StoredUser, DatabaseError> {
    Ok(StoredUser { user: from_json(row.try_get("document")?)?, password_hash: row.try_get("password_hash")? })
}

#[cfg(test)]
mod tests {
    use super::e164;

    #[test]
    fn phone_numbers_get_one_form() {
        for (text, number) in [
            ("303-555-1212", Some("+13035551212")),
            (" +49 (30) 123456", Some("+4930123456")),
            ("4930123456789", Some("+4930123456789")),
            ("+123456", None),
            ("12345", None),
            ("123456", Some("+1123456")),
            ("+1234567890123456", None),
            ("+0301234567", None),
            ("00493012345678", None),
            ("303+5551212", None),
            ("++4930123456", None),
            ("call me", None),
            ("", None),
        ] {
            assert_eq!(e164(text).as_deref(), number, "{text}");
        }
    }
}
