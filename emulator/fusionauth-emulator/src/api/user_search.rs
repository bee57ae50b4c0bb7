//! `/api/user/search` (<https://fusionauth.io/docs/apis/users>) with the criteria of FusionAuth's search in its database: `GET` and `POST`
//! find users by ids or by a query string, and sort them. `PUT` does nothing, because there is no search index to refresh.
//! `DELETE /api/user/bulk` locks or deletes several users.
//!
//! A query string is either a text that one of the user's names must contain (`*` matches any text), or pairs such as
//! `email:*@shop.test AND NOT registrations.applicationId:…`.

use super::search::{condition, page, sort};
use super::users::remove;
use crate::database;
use crate::domain::Refusal;
use crate::http::{Answer, Authorized, JsonBody, Query, Routes, TenantHeader, empty, json};
use crate::model::User;
use crate::state::AppState;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get};
use serde::Deserialize;
use serde_json::{Value, json};
use smart_default::SmartDefault;
use std::collections::HashSet;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/user/search", get(by_parameters).post(by_body).put(refresh)).route("/api/user/bulk", delete(delete_several))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    search: Search,
    /// This has no effect: users are always shown with their registrations.
    _expand: Option<Value>,
}

#[derive(Deserialize, SmartDefault)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    ids: Vec<String>,
    #[default(25)]
    number_of_results: usize,
    /// A query for Elasticsearch, which is refused.
    query: Option<Value>,
    query_string: Option<String>,
    sort_fields: Vec<SortField>,
    start_row: usize,
    /// This has no effect: totals are always accurate.
    _accurate_total: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SortField {
    name: String,
    order: Order,
    _missing: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Asc,
    Desc,
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

/// The pairs of a query, in which a name may occur several times.
type Pairs = Query<Vec<(String, String)>>;

async fn by_parameters(Authorized(emulator): Authorized, tenant: TenantHeader, Query(pairs): Pairs) -> Answer {
    let mut search = Search::default();
    for (name, value) in pairs {
        match name.as_str() {
            "ids" => search.ids.push(value),
            "queryString" => search.query_string = Some(value),
            "query" => search.query = Some(json!(value)),
            "numberOfResults" => search.number_of_results = number(&name, &value)?,
            "startRow" => search.start_row = number(&name, &value)?,
            _ => sort_by(&mut search.sort_fields, &name, value)?,
        }
    }
    run(&emulator, &tenant, search).await
}

fn number(name: &str, value: &str) -> Result<usize, Refusal> {
    value.parse().map_err(|_| Refusal::field("couldNotConvert", name, "This is not a number."))
}

/// Reads a parameter such as `sortFields[0].name`. The indexes must begin at 0 and have no gaps, which bounds the list by the query.
fn sort_by(fields: &mut Vec<SortField>, name: &str, value: String) -> Result<(), Refusal> {
    let Some((index, member)) = name.strip_prefix("sortFields[").and_then(|it| it.split_once("].")) else { return Ok(()) };
    let index = index.parse().ok().filter(|it| *it <= fields.len());
    let index: usize = index.ok_or_else(|| Refusal::field("invalid", name, "The indexes must be 0, 1 and so on."))?;
    if index == fields.len() {
        fields.push(SortField::default());
    }
    match member {
        "name" => fields[index].name = value,
        "order" if ["asc", "desc"].contains(&value.as_str()) => {
            fields[index].order = if value == "desc" { Order::Desc } else { Order::Asc };
        }
        "order" => return Err(Refusal::field("invalid", name, "expected asc or desc.")),
        _ => {}
    }
    Ok(())
}

async fn by_body(Authorized(emulator): Authorized, tenant: TenantHeader, JsonBody(body): JsonBody<Body>) -> Answer {
    run(&emulator, &tenant, body.search).await
}

async fn refresh(_: Authorized) -> Response {
    empty(StatusCode::OK)
}

async fn run(emulator: &AppState, tenant: &TenantHeader, search: Search) -> Answer {
    if search.ids.is_empty() && search.query.is_none() && search.query_string.is_none() {
        return Err(Refusal::field("missing", "search.queryString", "Select the users by ids or by a query string."));
    }
    let mut found = find(emulator, tenant, "search", &search.ids, search.query.as_ref(), search.query_string.as_deref()).await?;
    let columns: Vec<_> = search.sort_fields.iter().map(|it| (it.name.as_str(), it.order == Order::Desc)).collect();
    sort(&mut found, &columns);
    let users = page(&found, search.start_row, search.number_of_results);
    Ok(json(StatusCode::OK, &json!({"total": found.len(), "users": users})))
}

async fn delete_several(
    Authorized(emulator): Authorized,
    tenant: TenantHeader,
    Query(pairs): Pairs,
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
            "limit" => body.limit = body.limit.or(Some(number(&name, &value)?)),
            _ => {}
        }
    }
    if body.user_ids.is_empty() && body.query.is_none() && body.query_string.is_none() {
        return Err(Refusal::field("missing", "userIds", "Select the users by ids or by a query string."));
    }
    let (dry_run, hard_delete) = (body.dry_run.unwrap_or(false), body.hard_delete.unwrap_or(false));
    let found = find(&emulator, &tenant, "", &body.user_ids, body.query.as_ref(), body.query_string.as_deref()).await?;
    let limit = body.limit.unwrap_or(10_000);
    let ids: Vec<Uuid> = found.iter().filter_map(|it| it["id"].as_str()?.parse().ok()).take(limit).collect();
    if !dry_run {
        for id in &ids {
            remove(&emulator, *id, hard_delete).await?;
        }
    }
    Ok(json(StatusCode::OK, &json!({"dryRun": dry_run, "hardDelete": hard_delete, "total": ids.len(), "userIds": ids})))
}

/// The users with these ids, or, without ids, the users that the query finds, in the JSON form of answers. Unknown ids are ignored.
async fn find(
    emulator: &AppState,
    tenant: &TenantHeader,
    at: &str,
    ids: &[String],
    query: Option<&Value>,
    query_string: Option<&str>,
) -> Result<Vec<Value>, Refusal> {
    let field = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    if ids.is_empty() && query.is_some() {
        return Err(Refusal::field(
            "invalid",
            &field("query"),
            "Only FusionAuth with Elasticsearch supports this. Use queryString instead.",
        ));
    }
    let condition = query_string.map(|text| condition(&field("queryString"), text)).transpose()?;
    let wanted: HashSet<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let users = database::users::all_with_registrations(&emulator.database).await?;
    let is_wanted = |user: &User| tenant.named().is_none_or(|it| it == user.tenant_id) && (ids.is_empty() || wanted.contains(&user.id));
    let mut found = Vec::new();
    for user in users {
        let (user, registrations) = user?;
        if is_wanted(&user) {
            let json = user.to_json(&registrations);
            found.extend((!ids.is_empty() || condition.as_ref().is_none_or(|it| it.accepts(&json))).then_some(json));
        }
    }
    Ok(found)
}
