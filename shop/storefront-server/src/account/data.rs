//! The data about a user, from FusionAuth and from this server: its export, and the request for its deletion.
//!
//! In the API of the single-page app, `GET /api/account/export` returns the data, and `POST /api/account/delete` deletes the account after it
//! has checked the password, and a code if the user has an authenticator app. The app then signs out in its browser.

use crate::account::{authenticator, deletion, passkeys_api, password_check};
use crate::http::{body::JsonBody, endpoint::endpoint, problem::ApiResult};
use crate::{auth::error::Error as AuthError, clock::rfc3339_of_ms, state::Backend, user_request::UserRequest, users};
use axum::{Json, Router, http::header, response::IntoResponse};
use fusionauth_api::passkey::PasskeyRecord;
use serde_json::{Map, Value, json};
use sqlx::{AnyPool, Column, Row, any::AnyRow};
use storefront_api::{Done, account::DeleteAccount, endpoints};

/// All data about a user: from FusionAuth, and from this server.
///
/// # Errors
/// [`auth::Error::SignInUnavailable`](crate::auth::error::Error::SignInUnavailable) if FusionAuth does not answer, or a database error.
pub async fn export(UserRequest { backend, user, .. }: &UserRequest) -> ApiResult<Value> {
    let (db, id) = (&backend.db, &*user.user_id);
    let account = backend.fusionauth.user_record(id).await.map_err(|_| AuthError::SignInUnavailable)?;
    let passkeys = match backend.fusionauth.passkey_settings().await.map_err(|_| AuthError::SignInUnavailable)? {
        Some(_) => backend.fusionauth.passkeys(id).await.map_err(|_| AuthError::SignInUnavailable)?,
        None => Vec::new(),
    };
    let orders = rows(
        db,
        id,
        "SELECT id, number, state, placed_at, currency, delivery, delivery_price, total, full_name, street, street_extra, postal_code, city,
             country, confirmation_email
         FROM orders WHERE user_id = $1 ORDER BY placed_at, id",
    );
    let lines = rows(
        db,
        id,
        "SELECT order_id, name, unit_price, quantity FROM order_lines WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)
         ORDER BY order_id, position",
    );
    let (orders, lines) = (orders.await?, lines.await?);
    let draft = sqlx::query_scalar::<_, String>("SELECT body FROM checkout_drafts WHERE user_id = $1").bind(id);
    let draft = draft.fetch_optional(db).await?.and_then(|it| serde_json::from_str::<Value>(&it).ok());
    let posts = "SELECT id, thread, product, title, body, created_at AS created_at_microseconds, edited_at AS edited_at_microseconds,
                     deleted_by FROM posts WHERE author_id = $1 ORDER BY created_at";
    Ok(json!({
        "account": account,
        "passkeys": passkeys.into_iter().map(passkey).collect::<Vec<_>>(),
        "displayName": users::display_name(db, id).await?,
        "cart": rows(db, id, "SELECT product, quantity FROM cart_lines WHERE user_id = $1").await?,
        "orders": orders.into_iter().map(|it| order(it, &lines)).collect::<Vec<_>>(),
        "checkoutDraft": draft,
        "posts": rows(db, id, posts).await?,
        "drafts": rows(db, id, "SELECT thread, product, title, body, saved_at FROM drafts WHERE user_id = $1").await?,
        "threadsRead": rows(db, id, "SELECT thread, read_at AS up_to_microseconds FROM thread_reads WHERE user_id = $1").await?,
    }))
}

/// The rows of a query about a user, with a member for each column: `unit_price` becomes `unitPrice`. A column whose name ends with `_at`
/// is a time in milliseconds since 1970, and becomes a text of RFC 3339.
async fn rows(db: &AnyPool, user_id: &str, query: &'static str) -> sqlx::Result<Vec<Map<String, Value>>> {
    let rows = sqlx::query(query).bind(user_id).fetch_all(db).await?;
    let members = |row: &AnyRow| row.columns().iter().map(|it| Ok((camel_case(it.name()), value(row, it.name())?))).collect();
    rows.iter().map(members).collect()
}

fn value(row: &AnyRow, column: &str) -> sqlx::Result<Value> {
    match row.try_get::<Option<i64>, _>(column) {
        Ok(time) if column.ends_with("_at") => Ok(json!(time.and_then(rfc3339_of_ms))),
        Ok(number) => Ok(json!(number)),
        Err(_) => Ok(json!(row.try_get::<Option<String>, _>(column)?)),
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// The members of a postal address.
const ADDRESS: [&str; 6] = ["fullName", "street", "streetExtra", "postalCode", "city", "country"];

/// The order for the export. `lines` contains the lines of all orders.
fn order(mut order: Map<String, Value>, lines: &[Map<String, Value>]) -> Value {
    let of_order = lines.iter().filter(|it| it["orderId"] == order["id"]);
    let lines: Vec<Value> =
        of_order.map(|it| json!({"name": it["name"], "unitPrice": it["unitPrice"], "quantity": it["quantity"]})).collect();
    let mut take = |name: &str| order.remove(name);
    json!({
        "number": take("number"),
        "state": take("state"),
        "placedAt": take("placedAt"),
        "currency": take("currency"),
        "lines": lines,
        "delivery": take("delivery"),
        "deliveryPrice": take("deliveryPrice"),
        "total": take("total"),
        "address": Value::from_iter(ADDRESS.map(|it| (it, take(it)))),
        "confirmationEmail": take("confirmationEmail"),
    })
}

fn passkey(it: PasskeyRecord) -> Value {
    json!({"name": it.display_name, "site": it.relying_party_id, "madeAt": rfc3339_of_ms(it.insert_instant), "lastUsedAt": passkeys_api::last_used_at(&it)})
}

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::EXPORT, send_export).merge(endpoint(endpoints::DELETE_ACCOUNT, delete))
}

/// The JSON has line breaks, because people read it.
async fn send_export(request: UserRequest) -> ApiResult<impl IntoResponse> {
    let data = export(&request).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], format!("{data:#}")))
}

async fn delete(request: UserRequest, JsonBody(sent): JsonBody<DeleteAccount>) -> ApiResult<Json<Done>> {
    password_check::confirm(&request, Some(&sent.current_password)).await?;
    authenticator::check(&request, &sent.code).await?;
    deletion::delete_account(&request.backend, &request.user.user_id).await?;
    Ok(Json(Done {}))
}
