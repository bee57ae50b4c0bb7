//! `GET /api/account`: the user's email and pending new email, when the account was created, when this browser's sign-in expires, the
//! user's sessions, and the authenticator apps.

use crate::account::{email_change, error::Error, sessions};
use crate::clock::{millis, rfc3339_of_ms};
use crate::http::{device_name, endpoint::endpoint, problem::ApiResult};
use crate::{auth::error::Error as AuthError, state::Backend, user_request::UserRequest};
use axum::{Json, Router};
use fusionauth_api::account::RemoteSession;
use sqlx::AnyPool;
use std::collections::HashSet;
use storefront_api::account::{Account, AccountSession, Authenticator};
use storefront_api::endpoints;
use storefront_messages::country_name;

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::ACCOUNT, account)
}

async fn account(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<Account>> {
    let own = user.sign_in.session.as_deref();
    let (record, sessions) = tokio::join!(backend.fusionauth.account_record(&user.user_id), sessions::list(&backend, &user.user_id, own));
    let bound = backend.authenticator.bound_sessions(&user.user_id).await.map_err(Error::from)?;
    let (record, sessions) = (record.map_err(|_| AuthError::SignInUnavailable)?, sessions?);
    let began_at = sessions.iter().find(|it| Some(it.id.as_str()) == own).map(|it| it.insert_instant);
    let life = millis(backend.config.cookie_life);
    Ok(Json(Account {
        email: record.email,
        can_change_email: backend.config.message_template.is_some(),
        pending_email: email_change::pending(&backend.db, &user.user_id).await.map_err(Error::from)?,
        made_at: rfc3339_of_ms(record.insert_instant),
        signed_in_until: began_at.and_then(|it| rfc3339_of_ms(it.saturating_add(life))),
        sessions: sessions.into_iter().map(|it| session(&backend, it, own, &bound)).collect(),
        delivery_address: delivery_address(&backend.db, &user.user_id).await.map_err(Error::from)?,
        authenticators: record.two_factor.authenticators().map(|it| Authenticator { id: it.id.clone() }).collect(),
    }))
}

fn session(backend: &Backend, session: RemoteSession, own: Option<&str>, bound: &HashSet<String>) -> AccountSession {
    AccountSession {
        app: sessions::app_of(&backend.site, &session),
        signed_in_at: rfc3339_of_ms(session.insert_instant),
        last_used_at: rfc3339_of_ms(session.start_instant),
        is_bound_to_device: bound.contains(&session.id),
        is_current: Some(session.id.as_str()) == own,
        id: session.id,
        device: device_name::of_session(&session.meta_data.device),
        client_address: session.meta_data.device.last_accessed_address,
    }
}

type Row = (String, String, String, String, String, String);

/// The lines of the postal address of the user's latest order, as on a letter, which the checkout suggests for the next one. Empty if the
/// user has no order.
pub(super) async fn delivery_address(db: &AnyPool, user_id: &str) -> sqlx::Result<Vec<String>> {
    let query = sqlx::query_as(
        "SELECT full_name, street, street_extra, postal_code, city, country FROM orders WHERE user_id = $1
         ORDER BY placed_at DESC, id DESC LIMIT 1",
    );
    let latest: Option<Row> = query.bind(user_id).fetch_optional(db).await?;
    let Some((full_name, street, street_extra, postal_code, city, country)) = latest else { return Ok(Vec::new()) };
    let lines = [full_name, street, street_extra, format!("{postal_code} {city}"), country_name(&country).to_owned()];
    Ok(lines.into_iter().filter(|line| !line.trim().is_empty()).collect())
}
