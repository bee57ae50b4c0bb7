use crate::http::query::Query;
use crate::http::{ApiKey, Refusal, authority, json};
use crate::instance::Instance;
use crate::model::User;
use crate::opaque::Opaque;
use crate::store::{self, one_time_ids::Kind};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// `GET /api/user` and `GET /api/user/{id}` (<https://fusionauth.io/docs/apis/users>): with an API key any user, by id or by
/// what the query names; with an access token its owner, whatever the query says.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user", get(retrieve)).route("/api/user/{id}", get(by_id))
}

/// No `Debug`: it holds one-time ids.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    change_password_id: Option<String>,
    email: Option<String>,
    login_id: Option<String>,
    user_id: Option<String>,
    username: Option<String>,
    verification_id: Option<String>,
}

async fn retrieve(State(instance): State<Arc<Instance>>, headers: HeaderMap, Query(query): Query<Parameters>) -> Result<Response, Refusal> {
    if !authority::has_api_key(&instance, &headers).await? {
        let id = authority::user(&instance, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
        // The token outlives the user: it is no longer anybody's.
        let user = store::users::by_id(&instance.database, id).await?.ok_or(StatusCode::UNAUTHORIZED)?;
        return answer(&instance, &user).await;
    }
    let user = named(&instance, &headers, query).await?.ok_or(StatusCode::NOT_FOUND)?;
    answer(&instance, &user).await
}

async fn by_id(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    let user = store::users::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    answer(&instance, &user).await
}

/// The user whom a query names.
async fn named(instance: &Instance, headers: &HeaderMap, query: Parameters) -> Result<Option<User>, Refusal> {
    let database = &instance.database;
    let now = instance.clock.now_ms();
    let id = match query {
        Parameters { user_id: Some(id), .. } => id.parse().ok(),
        Parameters { change_password_id: Some(id), .. } => {
            store::one_time_ids::find(database, Kind::ChangePassword, &Opaque::from_caller(id), now).await?.map(|it| it.user_id)
        }
        Parameters { verification_id: Some(id), .. } => {
            store::one_time_ids::find(database, Kind::EmailVerification, &Opaque::from_caller(id), now).await?.map(|it| it.user_id)
        }
        Parameters { login_id, email, username, .. } => {
            let Some(name) = login_id.or(email).or(username).filter(|it| !it.is_empty()) else {
                return Err(Refusal::field("blank", "userId", "Name a user."));
            };
            let tenant = super::tenant(instance, headers, None).await?;
            return Ok(store::users::by_login_id(database, tenant.id, &name).await?.map(|it| it.user));
        }
    };
    match id {
        Some(id) => Ok(store::users::by_id(database, id).await?),
        None => Ok(None),
    }
}

async fn answer(instance: &Instance, user: &User) -> Result<Response, Refusal> {
    let registrations = store::registrations::of_user(&instance.database, user.id).await?;
    Ok(json(StatusCode::OK, &json!({"user": user.shown(&registrations)})))
}
