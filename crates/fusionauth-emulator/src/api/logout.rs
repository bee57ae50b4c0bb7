use crate::cookies;
use crate::http::query::Query;
use crate::http::{JsonBody, Refusal, empty};
use crate::instance::Instance;
use crate::opaque::Opaque;
use crate::session::add_cookies;
use crate::store::refresh_tokens::{self, Selection};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// `POST /api/logout` (<https://fusionauth.io/docs/apis/login/logout>): 200 whatever there was to revoke. The access token
/// stays valid until it expires.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/logout", post(logout))
}

/// No `Debug`: it holds a token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    global: Option<bool>,
    refresh_token: Option<String>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
}

/// The same in the query, where FusionAuth's client libraries put it. No `Debug`: it holds a token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    global: Option<bool>,
    refresh_token: Option<String>,
}

async fn logout(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Query(query): Query<Parameters>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let named = body.refresh_token.or(query.refresh_token).filter(|it| !it.is_empty());
    if let Some(token) = named.or_else(|| cookies::get(&headers, cookies::REFRESH_TOKEN)) {
        let global = body.global.or(query.global).unwrap_or(false);
        revoke(&instance, &Opaque::from_caller(token), global).await?;
    }
    let mut response = empty(StatusCode::OK);
    let came = [cookies::ACCESS_TOKEN, cookies::REFRESH_TOKEN].into_iter().filter(|it| cookies::came(&headers, it));
    add_cookies(&mut response, came.map(cookies::delete));
    Ok(response)
}

async fn revoke(instance: &Instance, token: &Opaque, global: bool) -> Result<(), Refusal> {
    // A one-time token that was used already still names its session: signing out must end it.
    if let Some(found) = refresh_tokens::find(&instance.database, token).await? {
        let row = found.row();
        let selection = if global { Selection::OfUser(row.user_id) } else { Selection::One(row.id) };
        refresh_tokens::delete(&instance.database, selection).await?;
    }
    Ok(())
}
