//! Limits a request before its endpoint runs (<https://fusionauth.io/docs/apis/authentication>).
//!
//! An API key that does not permit the request is removed from it, so the endpoint answers as to a request without a key. If the header
//! `X-FusionAuth-TenantId` or the key names a tenant, a request that names an object of another tenant is refused: with 404 if the id is in
//! the path or the query, and with 400 if it is in the body. Endpoints need no checks of their own, because such a request never reaches
//! them. If there are several tenants and none is named, the ids in the request tell the tenant.

use super::body::{media_type, read_all};
use super::reply::AnswerUnread;
use super::tenancy::{TenantHeader, tenant_required};
use crate::database;
use crate::domain::Refusal;
use crate::model::ApiKeyLimits;
use crate::state::{AppState, OpaqueToken};
use axum::body::Body;
use axum::extract::{FromRequestParts as _, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// The paths with which `POST` creates the object that has the last id. If the id belongs to another tenant, it is a duplicate there.
const CREATES: [&str; 6] = [
    "/api/api-key/{keyId}",
    "/api/application/{applicationId}",
    "/api/entity/{entityId}",
    "/api/group/{groupId}",
    "/api/tenant/{tenantId}",
    "/api/user/{userId}",
];

/// Applies the limits to a request.
pub(crate) async fn limit(State(emulator): State<Arc<AppState>>, request: Request, next: Next) -> Result<Response, Refusal> {
    let (mut parts, mut body) = request.into_parts();
    let Some(path) = parts.extensions.get::<MatchedPath>().map(|it| it.as_str().to_owned()) else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let key = permitted_key(&emulator, &mut parts, &path).await?;
    let named = tenant(&emulator, &mut parts, &path, key).await?;
    if named.is_some() && path == "/api/tenant/search" {
        // The documentation says so: a search for tenants can't be limited to one.
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    if named.is_some() || (path.starts_with("/api/") && database::tenants::are_several(&emulator.database).await?) {
        let values = path_and_query(&mut parts, &path).await;
        let (members, read) = read_members(&parts, body).await?;
        body = read;
        let identifiers = values.iter().map(|(_, it)| identifier(it)).chain(members.keys().cloned()).collect();
        let objects = database::tenants::objects(&emulator.database, &identifiers).await?;
        let tenant = match named {
            Some(tenant) => {
                check(&values, &members, &objects, tenant)?;
                Some(tenant)
            }
            None => only_tenant(&objects),
        };
        parts.extensions.insert(TenantHeader { named: tenant });
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// What the request's API key permits. A key that does not permit the request is removed.
async fn permitted_key(emulator: &AppState, parts: &mut Parts, path: &str) -> Result<ApiKeyLimits, Refusal> {
    let text = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let key = match text {
        Some(text) => database::api_keys::find(&emulator.database, &OpaqueToken::from_request(text)).await?,
        None => None,
    };
    // FusionAuth's documentation requires that the requests of a kickstart file have an unlimited key.
    let Some(key) = key.filter(|_| parts.extensions.get::<AnswerUnread>().is_none()) else { return Ok(ApiKeyLimits::default()) };
    let endpoint: String = path.split('/').skip(1).filter(|it| !it.starts_with('{')).flat_map(|it| ["/", it]).collect();
    if key.permits(parts.method.as_str(), &endpoint, emulator.clock.now_ms()) {
        return Ok(key);
    }
    parts.headers.remove(header::AUTHORIZATION);
    Ok(ApiKeyLimits::default())
}

/// The tenant to which the request is limited. A key of another tenant than the header's is removed.
async fn tenant(emulator: &AppState, parts: &mut Parts, path: &str, key: ApiKeyLimits) -> Result<Option<Uuid>, Refusal> {
    let header = parts.headers.get("x-fusionauth-tenantid").filter(|_| path.starts_with("/api/"));
    let named = header.map(|it| it.to_str().ok().and_then(|it| it.parse().ok()).ok_or_else(tenant_required)).transpose()?;
    if named.is_some() && key.tenant_id.is_some_and(|it| named != Some(it)) {
        parts.headers.remove(header::AUTHORIZATION);
    }
    let Some(tenant) = named.or(key.tenant_id) else { return Ok(None) };
    database::tenants::by_id(&emulator.database, tenant).await?.ok_or_else(tenant_required)?;
    Ok(Some(tenant))
}

/// The ids in the path and the parameters of the query, with their names.
async fn path_and_query(parts: &mut Parts, path: &str) -> Vec<(String, String)> {
    let mut values: Vec<(String, String)> = match RawPathParams::from_request_parts(parts, &()).await {
        Ok(parameters) => parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        Err(_) => Vec::new(),
    };
    if parts.method == Method::POST && CREATES.contains(&path) {
        values.clear();
    }
    values.extend(pairs(parts.uri.query().unwrap_or_default().as_bytes()));
    values
}

/// The identifiers in a body, each with the path of its member, and the body to be read again. The endpoint refuses a body that can't be
/// read.
async fn read_members(parts: &Parts, body: Body) -> Result<(BTreeMap<String, String>, Body), Refusal> {
    let (media_type, mut members) = (media_type(&parts.headers), BTreeMap::new());
    if media_type.is_empty() {
        return Ok((members, body));
    }
    let bytes = read_all(Request::new(body), &()).await?;
    if media_type.ends_with("json") {
        collect(&mut members, "", &serde_json::from_slice(&bytes).unwrap_or_default());
    } else {
        members.extend(pairs(&bytes).into_iter().map(|(name, value)| (identifier(&value), name)));
    }
    Ok((members, bytes.into()))
}

/// Refuses a request that names an object of another tenant.
fn check(
    values: &[(String, String)],
    members: &BTreeMap<String, String>,
    objects: &BTreeMap<String, Uuid>,
    tenant: Uuid,
) -> Result<(), Refusal> {
    let is_foreign = |identifier: &String| objects.get(identifier).is_some_and(|it| *it != tenant);
    let is_other = |name: &str, value: &str| name == "tenantId" && value.parse::<Uuid>().is_ok_and(|it| it != tenant);
    if values.iter().any(|(name, value)| is_other(name, value) || is_foreign(&identifier(value))) {
        return Err(StatusCode::NOT_FOUND.into());
    }
    match members.iter().find(|(identifier, _)| is_foreign(identifier)) {
        Some((_, field)) => Err(Refusal::field("invalid", field, "This belongs to another tenant than the request names.")),
        None => Ok(()),
    }
}

/// The tenant of the objects that a request names, if they have one in common. Such a request needs no name of a tenant.
fn only_tenant(objects: &BTreeMap<String, Uuid>) -> Option<Uuid> {
    let first = objects.values().next()?;
    objects.values().all(|it| it == first).then_some(*first)
}

/// The pairs of a query or of a form; none if it can't be read.
fn pairs(text: &[u8]) -> Vec<(String, String)> {
    serde_urlencoded::from_bytes(text).unwrap_or_default()
}

/// Adds the identifiers in a JSON value, each with the path of its member. Custom data may contain any ids.
fn collect(into: &mut BTreeMap<String, String>, at: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "data") {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                into.insert(identifier(name), at.clone());
                collect(into, &at, value);
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(index, it)| collect(into, &format!("{at}[{index}]"), it)),
        Value::String(text) => {
            into.insert(identifier(text), at.to_owned());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// How the database knows an object that a request names by this text: by an id, or by the hash of a secret.
fn identifier(text: &str) -> String {
    text.parse::<Uuid>().map_or_else(|_| OpaqueToken::from_request(text).hash(), |it| it.to_string())
}
