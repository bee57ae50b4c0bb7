//! `GET /api/account`: the user's email and pending new email, when the account was created, when this browser's sign-in expires, the
//! user's sessions, and the authenticator apps.

use crate::account::{delivery_address, email_change, error::Error, sessions};
use crate::auth::error::Error as AuthError;
use crate::clock::{millis, rfc3339_of_ms};
use crate::http::endpoint::endpoint;
use crate::http::{device_name, problem::ApiResult};
use crate::{state::Backend, user_request::UserRequest};
use axum::{Json, Router};
use fusionauth_api::account::RemoteSession;
use std::collections::HashSet;
use storefront_api::account::{Account, AccountSession, Authenticator};
use storefront_api::endpoints;

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
        delivery_address: delivery_address::lines(&backend.db, &user.user_id).await.map_err(Error::from)?,
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
