//! `/api/entity/{entityId}/grant` (<https://fusionauth.io/docs/apis/entities/grants>): the permissions that a user or another entity has on an
//! entity. The grant `client_credentials` of `/oauth2/token` checks those of entities.

use super::search::Criteria;
use crate::database::stored_resources::{self, Place};
use crate::database::{self, DatabaseError};
use crate::domain::Refusal;
use crate::http::{Answer, Authorized, ExistingId, JsonBody, Query, Routes, TenantHeader, empty, json};
use axum::http::StatusCode;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/entity/{entityId}/grant", get(retrieve).post(grant).put(grant).delete(revoke))
        .route("/api/entity/grant/search", get(search).post(search))
}

/// The kind of grants among the stored resources.
const KIND: &str = "entityGrant";

#[derive(Deserialize)]
struct Body {
    grant: Grant,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    #[serde(default)]
    data: Value,
    permissions: Option<Vec<String>>,
    recipient_entity_id: Option<Uuid>,
    user_id: Option<Uuid>,
}

/// The recipient of a grant in a query: an entity or a user.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Recipient {
    recipient_entity_id: Option<Uuid>,
    user_id: Option<Uuid>,
}

/// Creates or replaces the grant of a recipient.
async fn grant(Authorized(emulator): Authorized, ExistingId(entity): ExistingId, JsonBody(Body { grant }): JsonBody<Body>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let target = find_entity(&mut *transaction, entity).await?;
    let recipient = match (grant.recipient_entity_id, grant.user_id) {
        (Some(id), None) => stored_resources::by_id(&mut *transaction, "entity", id).await?.map(|_| id).ok_or("grant.recipientEntityId"),
        (None, Some(id)) => database::users::by_id(&mut *transaction, id).await?.map(|_| id).ok_or("grant.userId"),
        _ => return Err(Refusal::field("missing", "grant.recipientEntityId", "A grant needs a recipientEntityId or a userId, not both.")),
    };
    let recipient = recipient.map_err(|field| Refusal::field("invalid", field, "There is no recipient with this id."))?;
    let known = permissions(&mut transaction, &target).await?;
    let name_of = |it: &Value| it["name"].as_str().map(str::to_owned);
    let granted = match grant.permissions {
        Some(permissions) => permissions,
        None => known.iter().filter(|it| it["isDefault"] == true).filter_map(name_of).collect(),
    };
    if granted.iter().any(|it| !known.iter().any(|known| name_of(known).as_ref() == Some(it))) {
        return Err(Refusal::field("invalid", "grant.permissions", "The type of the entity has no such permission."));
    }
    let now = emulator.clock.now_ms();
    let current = between(&mut *transaction, entity, recipient).await?;
    let id = current.as_ref().and_then(|it| it["id"].as_str()?.parse().ok()).unwrap_or_else(|| emulator.random.uuid());
    let grant = json!({
        "data": grant.data,
        "entityId": entity,
        "id": id,
        "insertInstant": current.as_ref().map_or(json!(now), |it| it["insertInstant"].clone()),
        "lastUpdateInstant": now,
        "permissions": granted,
        "recipientEntityId": grant.recipient_entity_id,
        "userId": grant.user_id,
    });
    // The transaction excludes other writers, so the name, which is the recipient, is unique.
    let (owner, name) = (entity.to_string(), recipient.to_string());
    let place = Place { kind: KIND, owner: &owner };
    let _is_unique = match current {
        Some(_) => stored_resources::update(&mut *transaction, KIND, id, Some(&name), &grant).await?,
        None => stored_resources::insert(&mut *transaction, place, id, Some(&name), &grant).await?,
    };
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

/// The grant of one recipient, or all grants.
async fn retrieve(Authorized(emulator): Authorized, ExistingId(entity): ExistingId, Query(recipient): Query<Recipient>) -> Answer {
    let target = find_entity(&emulator.database, entity).await?;
    if let Some(recipient) = recipient.recipient_entity_id.or(recipient.user_id) {
        let grant = between(&emulator.database, entity, recipient).await?.ok_or(StatusCode::NOT_FOUND)?;
        return Ok(json(StatusCode::OK, &json!({"grant": with_entity(grant, &target)})));
    }
    let mut grants = stored_resources::all(&emulator.database, KIND).await?;
    grants.retain(|it| it["entityId"] == json!(entity));
    let grants: Vec<Value> = grants.into_iter().map(|it| with_entity(it, &target)).collect();
    Ok(json(StatusCode::OK, &json!({ "grants": grants })))
}

async fn revoke(Authorized(emulator): Authorized, ExistingId(entity): ExistingId, Query(recipient): Query<Recipient>) -> Answer {
    let recipient = recipient.recipient_entity_id.or(recipient.user_id).ok_or_else(|| Refusal::blank("recipientEntityId"))?;
    let mut transaction = emulator.database.begin().await?;
    let grant = between(&mut *transaction, entity, recipient).await?;
    let id = grant.and_then(|it| it["id"].as_str()?.parse().ok()).ok_or(StatusCode::NOT_FOUND)?;
    stored_resources::delete(&mut *transaction, KIND, id).await?;
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

/// The criterion `name` is the name of the entity to which access is granted.
async fn search(Authorized(emulator): Authorized, tenant: TenantHeader, criteria: Criteria) -> Answer {
    let entities = stored_resources::all(&emulator.database, "entity").await?;
    let grants = stored_resources::all(&emulator.database, KIND).await?.into_iter().filter_map(|grant| {
        // The grants of an entity outlive it, but nobody finds them.
        let entity = entities.iter().find(|it| it["id"] == grant["entityId"])?;
        let is_found = criteria.find(&json!({"entityId": entity["id"], "name": entity["name"], "userId": grant["userId"]}));
        let is_in_tenant = tenant.named.is_none_or(|it| entity["tenantId"] == json!(it));
        (is_found && is_in_tenant).then(|| with_entity(grant, entity))
    });
    Ok(criteria.answer("grants", grants.collect()))
}

fn with_entity(mut grant: Value, entity: &Value) -> Value {
    grant["entityId"] = Value::Null;
    grant["entity"] = entity.clone();
    grant["entity"]["clientSecret"] = Value::Null;
    grant
}

async fn find_entity(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Value, Refusal> {
    Ok(stored_resources::by_id(database, "entity", id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

/// The grant that `recipient` has on the entity `target`.
pub(super) async fn between(database: impl SqliteExecutor<'_>, target: Uuid, recipient: Uuid) -> Result<Option<Value>, DatabaseError> {
    stored_resources::by_name(database, Place { kind: KIND, owner: &target.to_string() }, &recipient.to_string()).await
}

/// The permissions of an entity's type: those in the type itself, and those that `/api/entity/type/{entityTypeId}/permission` has added.
async fn permissions(database: &mut SqliteConnection, entity: &Value) -> Result<Vec<Value>, Refusal> {
    let Some(id) = entity["type"]["id"].as_str().and_then(|it| it.parse::<Uuid>().ok()) else { return Ok(Vec::new()) };
    let entity_type = stored_resources::by_id(&mut *database, "entityType", id).await?.unwrap_or_default();
    let own = entity_type["permissions"].as_array().cloned().unwrap_or_default().into_iter();
    let added = stored_resources::all(database, "permission").await?.into_iter().filter(|it| it["entityTypeId"] == json!(id));
    Ok(own.chain(added).collect())
}
