//! `/api/group/member` (<https://fusionauth.io/docs/apis/groups>): the users who are members of a group. A member inherits the group's
//! roles of each application for which the user is registered.

use super::search::Criteria;
use crate::database::{self, group_members, group_members::Members};
use crate::domain::{Refusal, groups};
use crate::http::{Answer, Authorized, ExistingId, JsonBody, Query, Routes, TenantHeader, empty, json};
use crate::model::Membership;
use crate::state::AppState;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/group/member", post(add).put(replace).delete(remove))
        .route("/api/group/member/{memberId}", delete(remove_one))
        .route("/api/group/member/search", get(search).post(search))
}

/// The new members of each group.
#[derive(Deserialize)]
struct Body {
    members: BTreeMap<Uuid, Vec<Membership>>,
}

/// The memberships to end: by their ids, or by the ids of groups, each with the ids of users.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Removal {
    member_ids: Vec<Uuid>,
    members: BTreeMap<Uuid, Vec<Uuid>>,
}

/// The group, or one user in it, whose memberships end.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    group_id: Option<Uuid>,
    user_id: Option<Uuid>,
}

async fn add(Authorized(emulator): Authorized, JsonBody(body): JsonBody<Body>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let answer = add_all(&emulator, &mut transaction, body, "add").await?;
    transaction.commit().await?;
    Ok(answer)
}

/// Replaces all members of each group.
async fn replace(Authorized(emulator): Authorized, JsonBody(body): JsonBody<Body>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    for group in body.members.keys() {
        group_members::delete(&mut *transaction, Members::OfGroup(*group)).await?;
    }
    let answer = add_all(&emulator, &mut transaction, body, "update").await?;
    transaction.commit().await?;
    Ok(answer)
}

async fn add_all(emulator: &AppState, connection: &mut SqliteConnection, body: Body, event: &str) -> Answer {
    let mut added: BTreeMap<Uuid, Vec<Value>> = BTreeMap::new();
    for (group, members) in body.members {
        let added = added.entry(group).or_default();
        for (index, member) in members.into_iter().enumerate() {
            let at = format!("members[{group}][{index}].userId");
            let user = member.user_id.ok_or_else(|| Refusal::blank(&at))?;
            database::users::by_id(&mut *connection, user)
                .await?
                .ok_or_else(|| Refusal::field("invalid", &at, "There is no such user."))?;
            added.push(groups::join(emulator, connection, group, user, member).await?);
        }
        groups::notify(emulator, connection, group, event, added).await?;
    }
    Ok(json(StatusCode::OK, &json!({"members": added})))
}

/// Ends the memberships in the body; if the query names a group, also those of the group or of one user in it.
async fn remove(Authorized(emulator): Authorized, Query(query): Query<Parameters>, JsonBody(body): JsonBody<Removal>) -> Answer {
    let mut selected: Vec<Members> = body.member_ids.into_iter().map(Members::Member).collect();
    for (group, users) in body.members {
        selected.extend(users.into_iter().map(|user| Members::UserOfGroup(group, user)));
    }
    selected.extend(query.group_id.map(|group| query.user_id.map_or(Members::OfGroup(group), |user| Members::UserOfGroup(group, user))));
    if selected.is_empty() {
        return Err(Refusal::blank("groupId"));
    }
    let mut transaction = emulator.database.begin().await?;
    for members in selected {
        end(&emulator, &mut transaction, members).await?;
    }
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

/// Ends memberships, all of the same group, and returns how many.
async fn end(emulator: &AppState, connection: &mut SqliteConnection, members: Members) -> Result<usize, Refusal> {
    let ended = group_members::delete(&mut *connection, members).await?;
    if let Some(group) = ended.first().and_then(|it| it["groupId"].as_str()?.parse().ok()) {
        groups::notify(emulator, connection, group, "remove", &ended).await?;
    }
    Ok(ended.len())
}

async fn remove_one(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    if end(&emulator, &mut transaction, Members::Member(id)).await? == 0 {
        return Err(StatusCode::NOT_FOUND.into());
    }
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

/// The members are in the order in which they were added, unless the search names another one.
async fn search(Authorized(emulator): Authorized, tenant: TenantHeader, criteria: Criteria) -> Answer {
    let mut found = group_members::all(&emulator.database).await?;
    found.retain(|it| tenant.named.is_none_or(|tenant| it["tenantId"] == json!(tenant)) && criteria.find(it));
    // A membership has no such member.
    found.iter_mut().for_each(|it| it["tenantId"] = Value::Null);
    Ok(criteria.answer("members", found))
}
