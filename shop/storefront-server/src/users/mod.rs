//! Users as other people see them: by display name.
//!
//! The local part of an email address cannot be the name, because anybody can register the same local part at another mail host. A user
//! therefore chooses a name that nobody else has. Until then the user has a default name, which is derived from the user id and which no
//! user can choose.

pub mod display_name;
pub mod guest;

use crate::auth::verify::Identity;
use crate::secret::hash_secret;
use crate::user_data::{Deletion, Export, UserData};
use display_name::DisplayName;
use sqlx::{AnyExecutor, AnyPool};
use storefront_api::{StoredData, User};

/// The table of display names.
pub(crate) const USER_DATA: &[UserData] = &[UserData {
    table: "users",
    export: Export::Value(StoredData::DisplayName, "displayName", |db, user_id| {
        Box::pin(async move { Ok(display_name(db, user_id).await?.into()) })
    }),
    deletion: Deletion::RowsBy("id"),
}];

/// The user of a token or a session, with the display name.
pub(crate) async fn user(db: &AnyPool, identity: Identity) -> sqlx::Result<User> {
    let display_name = display_name(db, &identity.user_id).await?;
    Ok(User { id: identity.user_id, email: identity.email, display_name })
}

/// The display name of a user, chosen or default.
pub(crate) async fn display_name(db: impl AnyExecutor<'_>, user_id: &str) -> sqlx::Result<String> {
    let chosen: Option<String> =
        sqlx::query_scalar("SELECT display_name FROM users WHERE id = $1").bind(user_id).fetch_optional(db).await?;
    Ok(chosen.unwrap_or_else(|| default_name(user_id)))
}

/// The name of a user who has chosen none, such as `Shopper 4F2A`. It is not an identity: several users may have the same one.
pub fn default_name(user_id: &str) -> String {
    format!("Shopper {}", hash_secret("display name", user_id)[..4].to_uppercase())
}

/// Whether a user has chosen this name, or a name that looks the same.
pub(crate) async fn is_taken(db: &AnyPool, name: &DisplayName) -> sqlx::Result<bool> {
    let owner = sqlx::query_scalar("SELECT id FROM users WHERE normalized_name IN ($1, $2) LIMIT 1").bind(name.normalized());
    let owner: Option<String> = owner.bind(name.look_alike()).fetch_optional(db).await?;
    Ok(owner.is_some())
}

/// Changes the display name of a user. Returns false, and changes nothing, if another user has the name, or one that looks the same.
pub(crate) async fn set_display_name(db: &AnyPool, user_id: &str, name: &DisplayName) -> sqlx::Result<bool> {
    let written = sqlx::query(
        "INSERT INTO users (id, display_name, normalized_name) SELECT $1, $2, $3
         WHERE NOT EXISTS (SELECT 1 FROM users WHERE normalized_name = $4 AND id <> $1)
         ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, normalized_name = excluded.normalized_name",
    );
    match written.bind(user_id).bind(name.as_str()).bind(name.normalized()).bind(name.look_alike()).execute(db).await {
        Ok(written) => Ok(written.rows_affected() == 1),
        // If two users choose a name at once, the unique index refuses one.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}
