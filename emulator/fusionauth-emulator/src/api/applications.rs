//! `/api/application` (<https://fusionauth.io/docs/apis/applications>): `POST` creates an application. `GET` shows one, its OAuth
//! configuration, or all; `POST …/search` finds applications by name. `PUT` and `PATCH` change one. `DELETE` deactivates one, and with
//! `hardDelete=true` deletes it; `PUT` with `reactivate=true` activates it.

use super::search::Criteria;
use super::tenants::check_jwt_configuration;
use crate::database::refresh_tokens::Selection;
use crate::database::{self, Written};
use crate::domain::{Refusal, all_of, events, groups};
use crate::http::patch::resource;
use crate::http::{
    Answer, Anyone, Authorized, ExistingId, JsonBody, NewId, Patch, Query, RequestTenant, Routes, TenantHeader, credentials, empty, json,
};
use crate::model::Application;
use crate::state::{AppState, OpaqueToken};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/application", get(list).post(create))
        .route("/api/application/search", get(search).post(search))
        .route("/api/application/{applicationId}", get(retrieve).post(create).put(put).patch(patch).delete(delete))
        .route("/api/application/{applicationId}/oauth-configuration", get(oauth_configuration))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    hard_delete: bool,
    inactive: bool,
    reactivate: bool,
}

async fn create(
    Authorized(emulator): Authorized,
    NewId(id): NewId,
    RequestTenant(tenant): RequestTenant,
    JsonBody(mut body): JsonBody<Value>,
) -> Answer {
    name_roles(&mut body);
    let mut transaction = emulator.database.begin().await?;
    copy_source(&mut transaction, &mut body).await?;
    let mut application: Application = resource("application", body, emulator.unknown_members)?;
    check(&mut transaction, &application).await?;
    let now = emulator.clock.now_ms();
    (application.id, application.tenant_id) = (id, tenant.id);
    (application.insert_instant, application.last_update_instant) = (now, now);
    complete(&emulator, &mut application);
    let Written::Yes = database::applications::insert(&mut *transaction, &application).await? else { return Err(duplicate()) };
    transaction.commit().await?;
    Ok(answer(&application))
}

/// Adds the settings of the application `sourceApplicationId` that the body leaves out, if the body names one. The copy gets a secret of its
/// own, and roles of its own with the same names.
async fn copy_source(connection: &mut SqliteConnection, body: &mut Value) -> Result<(), Refusal> {
    let Some(id) = body.as_object_mut().and_then(|it| it.remove("sourceApplicationId")) else { return Ok(()) };
    let source = database::applications::by_id(connection, id.as_str().and_then(|it| it.parse::<Uuid>().ok())).await?;
    let source = source.ok_or_else(|| Refusal::field("invalid", "sourceApplicationId", "There is no application with this id."))?;
    let mut settings = json!(source);
    settings["oauthConfiguration"]["clientSecret"] = Value::Null;
    for role in settings["roles"].as_array_mut().into_iter().flatten() {
        role["id"] = Value::Null;
    }
    if let Some(own) = body["application"].as_object() {
        for (name, value) in own {
            settings[name] = value.clone();
        }
        body["application"] = settings;
    }
    Ok(())
}

async fn patch(Authorized(emulator): Authorized, ExistingId(id): ExistingId, patch: Patch) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = find(&mut *transaction, id).await?;
    let patched = patch.apply("application", &current)?;
    let updated = update(&emulator, &mut transaction, &current, patched).await?;
    transaction.commit().await?;
    Ok(answer(&updated))
}

/// Replaces an application, except for its roles, which other endpoints change. If the request leaves out the client secret, the application
/// keeps its current one.
async fn put(
    Authorized(emulator): Authorized,
    ExistingId(id): ExistingId,
    Query(query): Query<Parameters>,
    JsonBody(mut body): JsonBody<Value>,
) -> Answer {
    name_roles(&mut body);
    let mut transaction = emulator.database.begin().await?;
    let current = find(&mut *transaction, id).await?;
    let mut replaced = if query.reactivate { current.clone() } else { resource("application", body, emulator.unknown_members)? };
    replaced.active = query.reactivate || current.active;
    let secret = &mut replaced.oauth_configuration.client_secret;
    *secret = secret.take().or_else(|| current.oauth_configuration.client_secret.clone());
    let updated = update(&emulator, &mut transaction, &current, replaced).await?;
    transaction.commit().await?;
    Ok(answer(&updated))
}

async fn update(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    current: &Application,
    mut updated: Application,
) -> Result<Application, Refusal> {
    check(connection, &updated).await?;
    (updated.id, updated.tenant_id, updated.insert_instant) = (current.id, current.tenant_id, current.insert_instant);
    updated.roles.clone_from(&current.roles);
    updated.last_update_instant = emulator.clock.now_ms();
    complete(emulator, &mut updated);
    let Written::Yes = database::applications::update(&mut *connection, &updated).await? else { return Err(duplicate()) };
    if current.jwt_configuration.keys() != updated.jwt_configuration.keys() {
        events::of_tenant(emulator, updated.tenant_id, &["jwt.public-key.update"], &json!({"applicationIds": [updated.id]}));
    }
    Ok(updated)
}

async fn delete(Authorized(emulator): Authorized, ExistingId(id): ExistingId, Query(query): Query<Parameters>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let mut application = find(&mut *transaction, id).await?;
    events::revoke(&emulator, &mut *transaction, Selection::OfApplication(id)).await?;
    if query.hard_delete {
        database::applications::delete(&mut *transaction, id).await?;
        groups::follow_roles(&mut transaction, id, &[]).await?;
    } else {
        (application.active, application.last_update_instant) = (false, emulator.clock.now_ms());
        let _the_name_is_unchanged = database::applications::update(&mut *transaction, &application).await?;
    }
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

/// Lists the active or the inactive applications: those of the tenant in the header, or, without a header, those of all tenants.
async fn list(Authorized(emulator): Authorized, tenant: TenantHeader, Query(query): Query<Parameters>) -> Answer {
    let mut listed = all(&emulator, &tenant).await?;
    listed.retain(|it| it["active"] != query.inactive);
    Ok(json(StatusCode::OK, &json!({ "applications": listed })))
}

async fn search(Authorized(emulator): Authorized, tenant: TenantHeader, criteria: Criteria) -> Answer {
    Ok(criteria.answer("applications", all(&emulator, &tenant).await?.into_iter().filter(|it| criteria.find(it)).collect()))
}

async fn all(emulator: &AppState, tenant: &TenantHeader) -> Result<Vec<Value>, Refusal> {
    let all = database::applications::all(&emulator.database).await?;
    Ok(all.iter().filter(|it| tenant.named.is_none_or(|tenant| tenant == it.tenant_id)).map(Application::to_json).collect())
}

/// Without an API key, the answer lacks the secret.
async fn oauth_configuration(Anyone(emulator): Anyone, headers: HeaderMap, ExistingId(id): ExistingId) -> Answer {
    let mut application = find(&emulator.database, id).await?.to_json();
    if !credentials::has_api_key(&emulator, &headers).await? {
        application["oauthConfiguration"]["clientSecret"] = Value::Null;
    }
    Ok(json(StatusCode::OK, &json!({"oauthConfiguration": application["oauthConfiguration"]})))
}

async fn retrieve(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    Ok(answer(&find(&emulator.database, id).await?))
}

async fn find(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Application, Refusal> {
    Ok(database::applications::by_id(database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

/// Whether the text is an absolute URL without a fragment, as RFC 6749 section 3.1.2 requires of a redirect URL. Its scheme may be an app's.
fn is_redirect_url(text: &str) -> bool {
    let is_scheme = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic()) && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
    };
    let is_absolute = text.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.trim_start_matches('/').is_empty());
    is_absolute && !text.contains(|it: char| it == '#' || it.is_whitespace())
}

async fn check(connection: &mut SqliteConnection, application: &Application) -> Result<(), Refusal> {
    let urls = &application.oauth_configuration.authorized_redirect_urls;
    if !urls.iter().all(|it| is_redirect_url(it)) {
        let field = "application.oauthConfiguration.authorizedRedirectURLs";
        return Err(Refusal::field("invalid", field, "expected absolute URLs without a fragment."));
    }
    let has_name = !application.name.trim().is_empty();
    let names: BTreeSet<&str> = application.roles.iter().map(|it| it.name.as_str()).collect();
    let can_verify = !application.verify_registration || application.verification_email_template_id.is_some();
    let has_roles = names.len() == application.roles.len() && names.iter().all(|it| !it.trim().is_empty());
    all_of([
        has_name.then_some(()).ok_or_else(|| Refusal::field("blank", "application.name", "An application needs a name.")),
        has_roles.then_some(()).ok_or_else(|| Refusal::field("invalid", "application.roles", "Each role needs a name of its own.")),
        can_verify.then_some(()).ok_or_else(|| {
            Refusal::field("missing", "application.verificationEmailTemplateId", "An application that verifies registrations needs one.")
        }),
        check_jwt_configuration(connection, "application.jwtConfiguration", &application.jwt_configuration).await,
    ])
}

/// Replaces each role that is a string by a role with this name. FusionAuth accepts strings, and its published kickstart files use them.
fn name_roles(body: &mut Value) {
    for role in body.pointer_mut("/application/roles").and_then(Value::as_array_mut).into_iter().flatten() {
        if role.is_string() {
            *role = json!({"name": role.take()});
        }
    }
}

/// Adds the ids and the secret that the request left out.
fn complete(emulator: &AppState, application: &mut Application) {
    let oauth = &mut application.oauth_configuration;
    // The client id is always the application's id, even if the request names another one.
    oauth.client_id = Some(application.id.to_string());
    oauth.client_secret.get_or_insert_with(|| OpaqueToken::generate(&emulator.random).expose().to_owned());
    for role in &mut application.roles {
        role.id.get_or_insert_with(|| emulator.random.uuid());
    }
}

fn duplicate() -> Refusal {
    Refusal::field("duplicate", "application.name", "An application with this id or name already exists.")
}

fn answer(application: &Application) -> Response {
    json(StatusCode::OK, &json!({"application": application.to_json()}))
}
