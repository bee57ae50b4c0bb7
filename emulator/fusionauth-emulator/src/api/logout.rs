//! `POST /api/logout` (<https://fusionauth.io/docs/apis/login/logout>): 200, whether or not there was a session to revoke. The access
//! token stays valid until it expires.

use crate::database::refresh_tokens::{self, Selection};
use crate::domain::events;
use crate::http::{Answer, Anyone, JsonBody, Query, Routes, cookies, empty};
use crate::state::OpaqueToken;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/logout", post(logout))
}

/// The members of the body, which FusionAuth's client libraries put into the query. This type has no `Debug`, because it contains a token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    global: Option<bool>,
    refresh_token: Option<String>,
}

async fn logout(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    Query(query): Query<Parameters>,
    JsonBody(body): JsonBody<Parameters>,
) -> Answer {
    let token = body.refresh_token.or(query.refresh_token).filter(|it| !it.is_empty());
    if let Some(token) = token.or_else(|| cookies::get(&headers, cookies::REFRESH_TOKEN)) {
        // `find` also accepts the session's previous one-time token: a sign-out with that token must end the session, too.
        if let Some(presented) = refresh_tokens::find(&emulator.database, &OpaqueToken::from_request(token)).await? {
            let session = presented.session();
            let is_global = body.global.or(query.global).unwrap_or(false);
            let selection = if is_global { Selection::OfUser(session.user_id) } else { Selection::One(session.id) };
            events::revoke(&emulator, &emulator.database, selection).await?;
        }
    }
    let mut response = empty(StatusCode::OK);
    cookies::delete_tokens(&headers, &mut response);
    Ok(response)
}
