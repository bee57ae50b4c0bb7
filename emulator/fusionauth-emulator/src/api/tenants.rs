//! `GET` and `POST /api/tenant`, `GET`, `POST`, `PUT`, `PATCH` and `DELETE /api/tenant/{id}`, `POST /api/tenant/search`, and
//! `GET /api/tenant/password-validation-rules` with and without an id (<https://fusionauth.io/docs/apis/tenants>). Sign-up forms show
//! these rules, so a request for them needs no API key.

use super::search::Criteria;
use crate::database::{self, Written};
use crate::domain::{Refusal, events};
use crate::http::patch::resource;
use crate::http::{Answer, Anyone, Authorized, ExistingId, JsonBody, NewId, Patch, Query, RequestTenant, Routes, empty, json};
use crate::model::{JwtConfiguration, Tenant};
use crate::state::AppState;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/tenant", get(list).post(create))
        .route("/api/tenant/search", get(search).post(search))
        .route("/api/tenant/{tenantId}", get(retrieve).post(create).put(change).patch(change).delete(delete))
        .route("/api/tenant/password-validation-rules", get(rules))
        .route("/api/tenant/password-validation-rules/{tenantId}", get(rules_by_id))
}

/// Checks the settings for signing and expiry. `at` is the path of these settings in the request.
pub(super) async fn check_jwt_configuration(
    database: impl SqliteExecutor<'_>,
    at: &str,
    configuration: &JwtConfiguration,
) -> Result<(), Refusal> {
    let positive = [
        ("timeToLiveInSeconds", configuration.time_to_live_in_seconds),
        ("refreshTokenTimeToLiveInMinutes", configuration.refresh_token_time_to_live_in_minutes),
    ];
    for (name, value) in positive {
        if value <= 0 {
            return Err(Refusal::field("invalid", &format!("{at}.{name}"), "This must be greater than 0."));
        }
    }
    let grace = configuration.refresh_token_one_time_use_configuration.grace_period_in_seconds;
    if !(0..86_400).contains(&grace) {
        let field = format!("{at}.refreshTokenOneTimeUseConfiguration.gracePeriodInSeconds");
        return Err(Refusal::field("invalid", &field, "This must be from 0 to 86399."));
    }
    if let Some(key) = configuration.access_token_key_id
        && database::stored_resources::by_id(database, "key", key).await?.is_none()
    {
        return Err(Refusal::field("invalid", &format!("{at}.accessTokenKeyId"), "There is no key with this id."));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    /// The tenant from which to copy the members that the request leaves out.
    source_tenant_id: Option<Uuid>,
    tenant: Map<String, Value>,
    /// This has no effect: only `tenantIds` of a webhook says which tenants send it their events.
    _webhook_ids: Option<Value>,
}

async fn create(Authorized(emulator): Authorized, NewId(id): NewId, JsonBody(body): JsonBody<Body>) -> Answer {
    if !body.tenant.contains_key("name") {
        return Err(Refusal::field("blank", "tenant.name", "A tenant needs a name."));
    }
    let mut transaction = emulator.database.begin().await?;
    let mut settings = match body.source_tenant_id {
        Some(source) => match database::tenants::by_id(&mut *transaction, source).await? {
            Some(source) => json!(source),
            None => return Err(Refusal::field("invalid", "sourceTenantId", "There is no tenant with this id.")),
        },
        None => json!({}),
    };
    for (name, value) in body.tenant {
        settings[name] = value;
    }
    let mut tenant: Tenant = resource("tenant", json!({ "tenant": settings }), emulator.unknown_members)?;
    check(&mut transaction, &tenant).await?;
    let now = emulator.clock.now_ms();
    (tenant.id, tenant.insert_instant, tenant.last_update_instant) = (id, now, now);
    let Written::Yes = database::tenants::insert(&mut *transaction, &tenant).await? else {
        return Err(Refusal::field("duplicate", "tenantId", "A tenant with this id already exists."));
    };
    transaction.commit().await?;
    Ok(answer(&tenant))
}

async fn check(connection: &mut SqliteConnection, tenant: &Tenant) -> Result<(), Refusal> {
    if tenant.name.trim().is_empty() {
        return Err(Refusal::field("blank", "tenant.name", "A tenant needs a name."));
    }
    let events = tenant.event_configuration.as_ref().and_then(|it| it["events"].as_object());
    events::check_types("tenant.eventConfiguration.events", events.into_iter().flat_map(Map::keys))?;
    check_jwt_configuration(connection, "tenant.jwtConfiguration", &tenant.jwt_configuration).await
}

async fn retrieve(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    Ok(answer(&find(&emulator.database, id).await?))
}

async fn change(Authorized(emulator): Authorized, ExistingId(id): ExistingId, patch: Patch) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = find(&mut *transaction, id).await?;
    let mut updated: Tenant = patch.apply("tenant", &current)?;
    check(&mut transaction, &updated).await?;
    (updated.id, updated.insert_instant) = (current.id, current.insert_instant);
    updated.last_update_instant = emulator.clock.now_ms();
    database::tenants::update(&mut *transaction, &updated).await?;
    if current.jwt_configuration.keys() != updated.jwt_configuration.keys() {
        let mut applications = database::applications::all(&mut *transaction).await?;
        applications.retain(|it| it.tenant_id == updated.id && !it.jwt_configuration.enabled);
        let ids: Vec<Uuid> = applications.iter().map(|it| it.id).collect();
        events::of_tenant(&emulator, updated.id, &["jwt.public-key.update"], &json!({"applicationIds": ids}));
    }
    transaction.commit().await?;
    Ok(answer(&updated))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DeleteParameters {
    /// Whether the caller does not wait. The tenant is deleted before the answer all the same.
    #[serde(rename = "async")]
    is_async: bool,
}

/// Deletes a tenant with everything in it. As in FusionAuth, the last tenant can't be deleted.
async fn delete(Authorized(emulator): Authorized, ExistingId(id): ExistingId, Query(query): Query<DeleteParameters>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    find(&mut *transaction, id).await?;
    if database::tenants::all(&mut *transaction).await?.len() == 1 {
        return Err(Refusal::field("invalid", "tenantId", "The last tenant can't be deleted."));
    }
    database::tenants::delete(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(empty(if query.is_async { StatusCode::ACCEPTED } else { StatusCode::OK }))
}

async fn list(Authorized(emulator): Authorized) -> Answer {
    Ok(json(StatusCode::OK, &json!({ "tenants": all(&emulator).await? })))
}

async fn search(Authorized(emulator): Authorized, criteria: Criteria) -> Answer {
    Ok(criteria.answer("tenants", all(&emulator).await?.into_iter().filter(|it| criteria.find(it)).collect()))
}

async fn all(emulator: &AppState) -> Result<Vec<Value>, Refusal> {
    Ok(database::tenants::all(&emulator.database).await?.iter().map(Tenant::to_json).collect())
}

async fn rules(RequestTenant(tenant): RequestTenant) -> Response {
    rules_of(&tenant)
}

async fn rules_by_id(Anyone(emulator): Anyone, ExistingId(id): ExistingId) -> Answer {
    Ok(rules_of(&find(&emulator.database, id).await?))
}

async fn find(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Tenant, Refusal> {
    Ok(database::tenants::by_id(database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

fn rules_of(tenant: &Tenant) -> Response {
    json(StatusCode::OK, &json!({"passwordValidationRules": tenant.password_validation_rules}))
}

fn answer(tenant: &Tenant) -> Response {
    json(StatusCode::OK, &json!({"tenant": tenant.to_json()}))
}
