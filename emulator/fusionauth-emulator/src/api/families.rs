//! `/api/user/family` (<https://fusionauth.io/docs/apis/families>): users who belong together. Families have no effect. Requests of children
//! to join one are missing.

use crate::database::stored_resources::{self, Place};
use crate::database::{self, Written};
use crate::domain::{Refusal, required};
use crate::http::{Answer, Authorized, ExistingId, JsonBody, NewId, Query, Routes, empty, json};
use crate::state::AppState;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/user/family", get(of_user).post(create))
        .route("/api/user/family/{familyId}", get(retrieve).post(create).put(add))
        .route("/api/user/family/{familyId}/{userId}", delete(remove))
}

/// The kind of families among the stored resources.
const KIND: &str = "family";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    family_member: Member,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Member {
    data: Value,
    owner: bool,
    role: Option<String>,
    user_id: Option<Uuid>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    user_id: Option<String>,
}

async fn create(Authorized(emulator): Authorized, NewId(id): NewId, JsonBody(body): JsonBody<Body>) -> Answer {
    let now = emulator.clock.now_ms();
    let member = member(&emulator, body.family_member).await?;
    let family = json!({"id": id, "insertInstant": now, "lastUpdateInstant": now, "members": [member]});
    match stored_resources::insert(&emulator.database, Place { kind: KIND, owner: "" }, id, None, &family).await? {
        Written::Yes => Ok(answer(&family)),
        Written::Duplicate => Err(Refusal::field("duplicate", "familyId", "A family with this id already exists.")),
    }
}

/// Adds a member, or replaces the member with this user.
async fn add(Authorized(emulator): Authorized, ExistingId(id): ExistingId, JsonBody(body): JsonBody<Body>) -> Answer {
    let member = member(&emulator, body.family_member).await?;
    change(&emulator, id, |members| {
        members.retain(|it| it["userId"] != member["userId"]);
        members.push(member);
        Ok(())
    })
    .await
    .map(|family| answer(&family))
}

async fn remove(Authorized(emulator): Authorized, Path((family, user)): Path<(String, String)>) -> Answer {
    let id = family.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    change(&emulator, id, |members| {
        let before = members.len();
        members.retain(|it| it["userId"] != json!(user));
        if members.len() < before { Ok(()) } else { Err(StatusCode::NOT_FOUND.into()) }
    })
    .await?;
    Ok(empty(StatusCode::OK))
}

async fn retrieve(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    Ok(answer(&stored_resources::by_id(&emulator.database, KIND, id).await?.ok_or(StatusCode::NOT_FOUND)?))
}

/// The families of a user; 404 if there is none.
async fn of_user(Authorized(emulator): Authorized, Query(query): Query<Parameters>) -> Answer {
    let user = required("userId", query.user_id)?;
    let mut families = stored_resources::all(&emulator.database, KIND).await?;
    families.retain(|it| it["members"].as_array().is_some_and(|it| it.iter().any(|it| it["userId"] == json!(user))));
    if families.is_empty() { Err(StatusCode::NOT_FOUND.into()) } else { Ok(json(StatusCode::OK, &json!({"families": families}))) }
}

/// The member in a request, as it is stored.
async fn member(emulator: &AppState, given: Member) -> Result<Value, Refusal> {
    let role = required("familyMember.role", given.role)?;
    if !["Adult", "Child", "Teen"].contains(&role.as_str()) {
        return Err(Refusal::field("invalid", "familyMember.role", "expected Adult, Child or Teen."));
    }
    let user = given.user_id.ok_or_else(|| Refusal::blank("familyMember.userId"))?;
    let known = database::users::by_id(&emulator.database, user).await?;
    known.ok_or_else(|| Refusal::field("invalid", "familyMember.userId", "There is no user with this id."))?;
    let now = emulator.clock.now_ms();
    Ok(json!({"data": given.data, "insertInstant": now, "lastUpdateInstant": now, "owner": given.owner, "role": role, "userId": user}))
}

async fn change(
    emulator: &AppState,
    id: Uuid,
    change: impl FnOnce(&mut Vec<Value>) -> Result<(), Refusal> + Send,
) -> Result<Value, Refusal> {
    let mut transaction = emulator.database.begin().await?;
    let mut family = stored_resources::by_id(&mut *transaction, KIND, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let mut members = family["members"].as_array().cloned().unwrap_or_default();
    change(&mut members)?;
    (family["members"], family["lastUpdateInstant"]) = (json!(members), json!(emulator.clock.now_ms()));
    let _a_family_has_no_name = stored_resources::update(&mut *transaction, KIND, id, None, &family).await?;
    transaction.commit().await?;
    Ok(family)
}

fn answer(family: &Value) -> Response {
    json(StatusCode::OK, &json!({"family": family}))
}
