use super::tenant;
use crate::cookies;
use crate::http::query::Query;
use crate::http::{JsonBody, Refusal, authority, empty, json};
use crate::instance::Instance;
use crate::model::{LoginIdType, Tenant, User};
use crate::one_time;
use crate::opaque::Opaque;
use crate::store::one_time_ids::{self, Kind, OneTimeId};
use crate::{password, password_change, store};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `POST` and `GET /api/user/change-password` with and without an id (<https://fusionauth.io/docs/apis/users/change-password>):
/// with an id that was mailed or came with a 203, with an access token, or with an API key and a `loginId`.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .route("/api/user/change-password", get(check_named).post(change_named))
        .route("/api/user/change-password/{id}", get(check_id).post(change_id))
}

/// No `Debug`: it holds passwords.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    application_id: Option<Uuid>,
    change_password_id: Option<String>,
    current_password: Option<String>,
    login_id: Option<String>,
    password: Option<String>,
    refresh_token: Option<String>,
    trust_challenge: Option<String>,
    trust_token: Option<String>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
    login_id_types: Option<Vec<LoginIdType>>,
}

/// No `Debug`: it holds a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    change_password_id: Option<String>,
}

async fn change_named(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(mut body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    if let Some(id) = body.change_password_id.take().filter(|it| !it.is_empty()) {
        return by_id(&instance, &headers, &Opaque::from_caller(id), body).await;
    }
    if authority::has_api_key(&instance, &headers).await? {
        return by_login_id(&instance, &headers, body).await;
    }
    let Some(user) = authority::user(&instance, &headers).await? else {
        let came = authority::came(&headers) || body.login_id.is_some();
        let blank = || Refusal::field("blank", "changePasswordId", "A value must be given.");
        return Err(if came { StatusCode::UNAUTHORIZED.into() } else { blank() });
    };
    by_access_token(&instance, &headers, user, body).await
}

async fn change_id(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    by_id(&instance, &headers, &Opaque::from_caller(id), body).await
}

async fn by_id(instance: &Instance, headers: &HeaderMap, id: &Opaque, body: Body) -> Result<Response, Refusal> {
    let found = alive(instance, id).await?;
    let user = user(instance, found.user_id).await?;
    let tenant = tenant_of(instance, headers, &user).await?;
    if body.current_password.is_some() {
        check_current(instance, &user, body.current_password.as_deref()).await?;
    }
    let password = password_change::check(instance, &tenant, &user, "password", body.password.as_deref()).await?;
    trusted(instance, &user, &found.details, body.trust_token, body.trust_challenge).await?;
    // Of two callers with the same id one changes the password.
    if !one_time_ids::take(&instance.database, Kind::ChangePassword, id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    let details = json!({"state": found.details["state"], "refreshToken": true});
    finish(instance, &tenant, user, password, details).await
}

async fn by_access_token(instance: &Instance, headers: &HeaderMap, user_id: Uuid, body: Body) -> Result<Response, Refusal> {
    let user = user(instance, user_id).await.map_err(|_| StatusCode::UNAUTHORIZED)?;
    let tenant = tenant_of(instance, headers, &user).await?;
    check_current(instance, &user, body.current_password.as_deref()).await?;
    let password = password_change::check(instance, &tenant, &user, "password", body.password.as_deref()).await?;
    trusted(instance, &user, &Value::Null, body.trust_token, body.trust_challenge).await?;
    let presented = cookies::get(headers, cookies::REFRESH_TOKEN).or(body.refresh_token.filter(|it| !it.is_empty()));
    let had_session = match presented {
        Some(token) => {
            let found = store::refresh_tokens::find(&instance.database, &Opaque::from_caller(token)).await?;
            found.is_some_and(|it| it.row().user_id == user.id)
        }
        None => false,
    };
    finish(instance, &tenant, user, password, json!({"refreshToken": had_session})).await
}

async fn by_login_id(instance: &Instance, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let application = match body.application_id {
        Some(id) => Some(super::application(instance, id).await?),
        None => None,
    };
    let tenant = tenant(instance, headers, application.as_ref()).await?;
    let login_id = body.login_id.filter(|it| !it.is_empty()).ok_or_else(|| Refusal::field("blank", "loginId", "A value must be given."))?;
    let user = store::users::by_login_id_of(&instance.database, tenant.id, &login_id, body.login_id_types.as_deref())
        .await?
        .ok_or(StatusCode::NOT_FOUND)?
        .user;
    check_current(instance, &user, body.current_password.as_deref()).await?;
    let password = password_change::check(instance, &tenant, &user, "password", body.password.as_deref()).await?;
    password_change::apply(instance, &tenant, user, password).await?;
    Ok(empty(StatusCode::OK))
}

/// Changes, and gives what signs in once.
async fn finish(instance: &Instance, tenant: &Tenant, user: User, password: String, details: Value) -> Result<Response, Refusal> {
    let (id, state) = (user.id, details["state"].clone());
    password_change::apply(instance, tenant, user, password).await?;
    let seconds = tenant.external_identifier_configuration.one_time_password_time_to_live_in_seconds;
    let once = one_time::issue(instance, Kind::OneTimePassword, id, seconds, details).await?;
    Ok(json(StatusCode::OK, &json!({"oneTimePassword": once.expose(), "state": state})))
}

async fn check_named(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Query(query): Query<Parameters>,
) -> Result<Response, Refusal> {
    if let Some(id) = query.change_password_id {
        return checked(&instance, &Opaque::from_caller(id)).await;
    }
    let id = authority::user(&instance, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    let user = user(&instance, id).await.map_err(|_| StatusCode::UNAUTHORIZED)?;
    trusted(&instance, &user, &Value::Null, None, None).await?;
    Ok(empty(StatusCode::OK))
}

async fn check_id(State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    checked(&instance, &Opaque::from_caller(id)).await
}

async fn checked(instance: &Instance, id: &Opaque) -> Result<Response, Refusal> {
    let found = alive(instance, id).await?;
    let user = user(instance, found.user_id).await?;
    trusted(instance, &user, &found.details, None, None).await?;
    Ok(empty(StatusCode::OK))
}

async fn alive(instance: &Instance, id: &Opaque) -> Result<OneTimeId, Refusal> {
    let found = one_time_ids::find(&instance.database, Kind::ChangePassword, id, instance.clock.now_ms()).await?;
    Ok(found.ok_or(StatusCode::NOT_FOUND)?)
}

async fn user(instance: &Instance, id: Uuid) -> Result<User, Refusal> {
    Ok(store::users::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

async fn tenant_of(instance: &Instance, headers: &HeaderMap, user: &User) -> Result<Tenant, Refusal> {
    match store::tenants::by_id(&instance.database, user.tenant_id).await? {
        Some(tenant) => Ok(tenant),
        None => tenant(instance, headers, None).await,
    }
}

async fn check_current(instance: &Instance, user: &User, password: Option<&str>) -> Result<(), Refusal> {
    let Some(password) = password.filter(|it| !it.is_empty()) else {
        return Err(Refusal::field("blank", "currentPassword", "A value must be given."));
    };
    let right = match store::users::password_hash(&instance.database, user.id).await? {
        Some(hash) => password::verify(password.to_owned(), hash).await?,
        None => false,
    };
    if right { Ok(()) } else { Err(Refusal::field("notEqual", "currentPassword", "This is not the current password.")) }
}

/// Somebody with a second factor must have shown it: before the id was given, or for a trust token.
async fn trusted(
    instance: &Instance,
    user: &User,
    details: &Value,
    token: Option<String>,
    challenge: Option<String>,
) -> Result<(), Refusal> {
    if user.two_factor.methods.is_empty() || details["trusted"] == true {
        return Ok(());
    }
    let required = || Refusal::from(Errors::general("[TrustTokenRequired]", "Show the second factor first, and send the trustToken."));
    let token = Opaque::from_caller(token.filter(|it| !it.is_empty()).ok_or_else(required)?);
    let found = one_time_ids::find(&instance.database, Kind::TrustToken, &token, instance.clock.now_ms()).await?;
    let matches = |it: &OneTimeId| it.user_id == user.id && it.details["trustChallenge"].as_str() == challenge.as_deref();
    if !found.as_ref().is_some_and(matches) || !one_time_ids::take(&instance.database, Kind::TrustToken, &token).await? {
        return Err(required());
    }
    Ok(())
}
