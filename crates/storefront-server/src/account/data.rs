//! What this server keeps about a user, to be handed out or deleted.

use crate::account::passkeys_api;
use crate::auth::{error::Error as AuthError, verify::Identity};
use crate::clock::rfc3339_of_ms;
use crate::database::retried;
use crate::http::problem::ProblemResponse;
use crate::state::Backend;
use crate::users;
use fusionauth_api::passkey::PasskeyRecord;
use serde_json::{Value, json};
use sqlx::AnyPool;

/// All data about a user: what FusionAuth keeps, and what is kept here.
///
/// # Errors
/// [`auth::Error::SignInUnavailable`](crate::auth::error::Error::SignInUnavailable) if FusionAuth does not answer, or the database's.
pub async fn export(backend: &Backend, user: &Identity) -> Result<Value, ProblemResponse> {
    let db = &backend.db;
    let account = backend.fusionauth.user_record(&user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?;
    let passkeys = match backend.fusionauth.passkey_settings().await.map_err(|_| AuthError::SignInUnavailable)? {
        Some(_) => backend.fusionauth.passkeys(&user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?,
        None => Vec::new(),
    };
    let cart: Vec<(String, i64)> =
        sqlx::query_as("SELECT product, quantity FROM cart_lines WHERE user_id = $1").bind(&user.user_id).fetch_all(db).await?;
    let posts: Vec<(String, i64)> =
        sqlx::query_as("SELECT body, created_at FROM posts WHERE author_id = $1").bind(&user.user_id).fetch_all(db).await?;
    Ok(json!({
        "account": account,
        "passkeys": passkeys.into_iter().map(passkey).collect::<Vec<_>>(),
        "displayName": users::display_name(db, &user.user_id).await?,
        "cart": cart.into_iter().map(|(product, quantity)| json!({"product": product, "quantity": quantity})).collect::<Vec<_>>(),
        // Microseconds since 1970, UTC.
        "posts": posts.into_iter().map(|(body, at)| json!({"body": body, "createdAtMicroseconds": at})).collect::<Vec<_>>(),
    }))
}

fn passkey(it: PasskeyRecord) -> Value {
    json!({"name": it.display_name, "site": it.relying_party_id, "madeAt": rfc3339_of_ms(it.insert_instant), "lastUsedAt": passkeys_api::last_used_at(&it)})
}

/// Deletes what is kept about a user. Posts stay, under the name of users who have chosen none.
///
/// # Errors
/// The database's; nothing is deleted then.
pub async fn delete(db: &AnyPool, user_id: &str) -> Result<(), sqlx::Error> {
    retried(|| async {
        let mut transaction = db.begin().await?;
        for statement in [
            "DELETE FROM cart_lines WHERE user_id = $1",
            "DELETE FROM carts WHERE user_id = $1",
            "DELETE FROM drafts WHERE user_id = $1",
            "DELETE FROM address_changes WHERE user_id = $1",
            "DELETE FROM users WHERE id = $1",
        ] {
            sqlx::query(statement).bind(user_id).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    })
    .await
}
