//! `/api/user/search` (<https://fusionauth.io/docs/apis/users>) with the criteria of FusionAuth's search in its database: `GET` and `POST`
//! find users by ids or by a query string, and sort them. `PUT` does nothing, because there is no search index to refresh.
//! `DELETE /api/user/bulk` locks or deletes several users.
//!
//! A query string is either a text that one of the user's names must contain (`*` matches any text), or pairs such as
//! `email:*@shop.test AND NOT registrations.applicationId:…`.

use super::search::Criteria;
use super::users::remove;
use crate::database;
use crate::domain::Refusal;
use crate::http::{Answer, Authorized, JsonBody, Query, Routes, TenantHeader, empty, json};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/user/search", get(search).post(search).put(refresh)).route("/api/user/bulk", delete(delete_several))
}

/// The users to lock or delete. The body's flags take precedence over the query's flags. The ids in the body and in the query are
/// combined.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Several {
    dry_run: Option<bool>,
    hard_delete: Option<bool>,
    query: Option<Value>,
    query_string: Option<String>,
    user_ids: Vec<String>,
    limit: Option<usize>,
}

async fn search(Authorized(emulator): Authorized, tenant: TenantHeader, criteria: Criteria) -> Answer {
    if !criteria.is_selective() {
        return Err(Refusal::field("missing", "search.queryString", "Select the users by ids or by a query string."));
    }
    let criteria = criteria.without_members(emulator.unknown_members)?;
    let mut transaction = emulator.database.begin().await?;
    let mut found = find(&mut transaction, &tenant, &criteria).await?;
    let ids = ids(criteria.page(&mut found));
    let mut users = Vec::new();
    for user in database::users::all_with_registrations(&mut *transaction, Some(&ids)).await? {
        let (user, registrations) = user?;
        users.push(user.to_json(&registrations));
    }
    Ok(json(StatusCode::OK, &json!({"users": users, "total": found.len()})))
}

async fn refresh(_: Authorized) -> Response {
    empty(StatusCode::OK)
}

async fn delete_several(
    Authorized(emulator): Authorized,
    tenant: TenantHeader,
    Query(pairs): Query<Vec<(String, String)>>,
    JsonBody(mut body): JsonBody<Several>,
) -> Answer {
    for (name, value) in pairs {
        match name.as_str() {
            "dryRun" => body.dry_run = body.dry_run.or(Some(value == "true")),
            "hardDelete" => body.hard_delete = body.hard_delete.or(Some(value == "true")),
            // FusionAuth's client libraries and its OpenAPI document use different names.
            "userId" | "userIds" => body.user_ids.push(value),
            "query" => body.query = body.query.or(Some(json!(value))),
            "queryString" => body.query_string = body.query_string.or(Some(value)),
            "limit" => {
                let limit = value.parse().map_err(|_| Refusal::field("couldNotConvert", &name, "This is not a number."))?;
                body.limit = body.limit.or(Some(limit));
            }
            _ => {}
        }
    }
    let mut members = Map::from_iter([("ids".to_owned(), json!(body.user_ids))]);
    members.extend(body.query.map(|it| ("query".to_owned(), it)));
    members.extend(body.query_string.map(|it| ("queryString".to_owned(), json!(it))));
    let criteria = Criteria::new("", members)?;
    if !criteria.is_selective() {
        return Err(Refusal::field("missing", "userIds", "Select the users by ids or by a query string."));
    }
    let (dry_run, hard_delete) = (body.dry_run.unwrap_or(false), body.hard_delete.unwrap_or(false));
    let found = find(&mut *emulator.database.acquire().await?, &tenant, &criteria).await?;
    let limit = body.limit.unwrap_or(10_000);
    let ids = ids(&found[..limit.min(found.len())]);
    if !dry_run {
        for id in &ids {
            remove(&emulator, *id, hard_delete).await?;
        }
    }
    Ok(json(StatusCode::OK, &json!({"dryRun": dry_run, "hardDelete": hard_delete, "total": ids.len(), "userIds": ids})))
}

/// The users that the criteria find, ordered by id. Each has at least the members that decide.
async fn find(connection: &mut SqliteConnection, tenant: &TenantHeader, criteria: &Criteria) -> Result<Vec<Value>, Refusal> {
    let names = criteria.deciding_members();
    Ok(database::users::members_of_found(connection, tenant.named, &names, |it| criteria.find(it)).await?)
}

/// The ids of users in the JSON form of answers.
fn ids(users: &[Value]) -> Vec<Uuid> {
    users.iter().filter_map(|it| it["id"].as_str()?.parse().ok()).collect()
}
