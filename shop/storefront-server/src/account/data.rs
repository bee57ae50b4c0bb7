//! Exports the data about a user, from FusionAuth and from this server.

use crate::account::passkeys_api;
use crate::auth::error::Error as AuthError;
use crate::clock::rfc3339_of_ms;
use crate::http::problem::ProblemResponse;
use crate::{user_request::UserRequest, users};
use fusionauth_api::passkey::PasskeyRecord;
use serde::Serialize;
use serde_json::{Value, json};

/// All data about a user: from FusionAuth, and from this server.
///
/// # Errors
/// [`auth::Error::SignInUnavailable`](crate::auth::error::Error::SignInUnavailable) if FusionAuth does not answer, or a database error.
pub async fn export(UserRequest { backend, user, .. }: &UserRequest) -> Result<Value, ProblemResponse> {
    let db = &backend.db;
    let account = backend.fusionauth.user_record(&user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?;
    let passkeys = match backend.fusionauth.passkey_settings().await.map_err(|_| AuthError::SignInUnavailable)? {
        Some(_) => backend.fusionauth.passkeys(&user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?,
        None => Vec::new(),
    };
    let cart: Vec<(String, i64)> =
        sqlx::query_as("SELECT product, quantity FROM cart_lines WHERE user_id = $1").bind(&user.user_id).fetch_all(db).await?;
    let posts: Vec<ExportedPost> = sqlx::query_as(
        "SELECT id, thread, product, title, body, created_at, edited_at, deleted_by FROM posts WHERE author_id = $1 ORDER BY created_at",
    )
    .bind(&user.user_id)
    .fetch_all(db)
    .await?;
    let orders: Vec<OrderRow> = sqlx::query_as(
        "SELECT id, number, state, placed_at, currency, delivery, delivery_price, total, full_name, street, street_extra, postal_code, city,
             country, confirmation_email
         FROM orders WHERE user_id = $1 ORDER BY placed_at, id",
    )
    .bind(&user.user_id)
    .fetch_all(db)
    .await?;
    let lines: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT order_id, name, unit_price, quantity FROM order_lines WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)
         ORDER BY order_id, position",
    )
    .bind(&user.user_id)
    .fetch_all(db)
    .await?;
    let draft = sqlx::query_scalar::<_, String>("SELECT body FROM checkout_drafts WHERE user_id = $1").bind(&user.user_id);
    let draft = draft.fetch_optional(db).await?.and_then(|it| serde_json::from_str::<Value>(&it).ok());
    let drafts: Vec<(String, Option<String>, String, String, i64)> =
        sqlx::query_as("SELECT thread, product, title, body, saved_at FROM drafts WHERE user_id = $1")
            .bind(&user.user_id)
            .fetch_all(db)
            .await?;
    let reads: Vec<(String, i64)> =
        sqlx::query_as("SELECT thread, read_at FROM thread_reads WHERE user_id = $1").bind(&user.user_id).fetch_all(db).await?;
    Ok(json!({
        "account": account,
        "passkeys": passkeys.into_iter().map(passkey).collect::<Vec<_>>(),
        "displayName": users::display_name(db, &user.user_id).await?,
        "cart": cart.into_iter().map(|(product, quantity)| json!({"product": product, "quantity": quantity})).collect::<Vec<_>>(),
        "orders": orders.iter().map(|it| it.export(&lines)).collect::<Vec<_>>(),
        "checkoutDraft": draft,
        "posts": posts,
        "drafts": drafts.into_iter().map(|(thread, product, title, body, at)| {
            json!({"thread": thread, "product": product, "title": title, "body": body, "savedAt": rfc3339_of_ms(at)})
        }).collect::<Vec<_>>(),
        "threadsRead": reads.into_iter().map(|(thread, at)| json!({"thread": thread, "upToMicroseconds": at})).collect::<Vec<_>>(),
    }))
}

#[derive(sqlx_macros::FromRow)]
struct OrderRow {
    id: String,
    number: String,
    state: String,
    placed_at: i64,
    currency: String,
    delivery: String,
    delivery_price: i64,
    total: i64,
    full_name: String,
    street: String,
    street_extra: String,
    postal_code: String,
    city: String,
    country: String,
    confirmation_email: String,
}

impl OrderRow {
    /// The order for the export. `lines` contains the lines of all orders.
    fn export(&self, lines: &[(String, String, i64, i64)]) -> Value {
        let of_order = lines.iter().filter(|it| it.0 == self.id);
        json!({
            "number": self.number,
            "state": self.state,
            "placedAt": rfc3339_of_ms(self.placed_at),
            "currency": self.currency,
            "lines": of_order.map(|(_, name, price, quantity)| json!({"name": name, "unitPrice": price, "quantity": quantity})).collect::<Vec<_>>(),
            "delivery": self.delivery,
            "deliveryPrice": self.delivery_price,
            "total": self.total,
            "address": {
                "fullName": self.full_name,
                "street": self.street,
                "streetExtra": self.street_extra,
                "postalCode": self.postal_code,
                "city": self.city,
                "country": self.country,
            },
            "confirmationEmail": self.confirmation_email,
        })
    }
}

/// A post, or a reply in a thread. Times are microseconds since 1970, UTC.
#[derive(Serialize, sqlx_macros::FromRow)]
#[serde(rename_all = "camelCase")]
struct ExportedPost {
    id: String,
    thread: Option<String>,
    product: Option<String>,
    title: String,
    body: String,
    #[serde(rename = "createdAtMicroseconds")]
    created_at: i64,
    #[serde(rename = "editedAtMicroseconds")]
    edited_at: Option<i64>,
    deleted_by: String,
}

fn passkey(it: PasskeyRecord) -> Value {
    json!({"name": it.display_name, "site": it.relying_party_id, "madeAt": rfc3339_of_ms(it.insert_instant), "lastUsedAt": passkeys_api::last_used_at(&it)})
}
