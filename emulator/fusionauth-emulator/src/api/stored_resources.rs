//! Resources that the emulator stores and returns. It checks little more than their ids and names. Only API keys, email and message
//! templates, webhooks, groups, and entities with their types have an effect. [`RESOURCES`] lists all kinds, and so does
//! `docs/emulator-coverage.md`.
//!
//! `POST` creates a resource. `GET`, `PUT`, `PATCH` and `DELETE` with an id show, replace, change and delete one. `GET` without an id lists
//! the resources, and `search` filters them.

use super::operations::is_endpoint;
use super::search::Criteria;
use crate::database::stored_resources::{self, Place};
use crate::database::{self, Written};
use crate::domain::{Refusal, all_of, events, groups};
use crate::http::body::{convert_part, report_unknown};
use crate::http::{Answer, Authorized, ExistingId, JsonBody, Patch, Routes, TenantHeader, empty, json};
use crate::model::{ApiKeyLimits, complete};
use crate::state::{AppState, OpaqueToken, request};
use axum::Extension;
use axum::extract::RawPathParams;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use fusionauth_api::errors::Errors;
use serde_json::{Map, Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A kind of stored resource.
struct Resource {
    /// The path that creates and lists resources of this kind.
    path: &'static str,
    /// The name of the id in paths and in errors.
    id: &'static str,
    /// The member of a body that contains one resource.
    member: &'static str,
    /// The member of an answer that contains several resources.
    members: &'static str,
    owner: Owner,
    /// Members that must be texts and must not be blank.
    required: &'static [&'static str],
    /// The member with a value that no other resource of the same owner may have.
    unique: Option<&'static str>,
    find: Find,
}

/// The owner of a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Instance,
    /// The tenant of the request. The resource contains the tenant's id as `tenantId`.
    Tenant,
    /// The resource in the path, such as an application.
    Path,
}

/// The endpoints that return several resources.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Find {
    /// No endpoint: FusionAuth can't list or search these resources.
    No,
    List,
    ListAndSearch,
}

const NAME: &[&str] = &["name"];

/// `IdentityProviderType` of the public OpenAPI document, version 1.69.0.
const IDENTITY_PROVIDERS: &str = "Apple EpicGames ExternalJWT Facebook Google HYPR LinkedIn Nintendo OpenIDConnect SAMLv2 SAMLv2IdPInitiated SonyPSN Steam Twitch Twitter Xbox";

/// `LambdaType` of the public OpenAPI document, version 1.69.0.
const LAMBDAS: &str = "JWTPopulate OpenIDReconcile SAMLv2Reconcile SAMLv2Populate AppleReconcile ExternalJWTReconcile FacebookReconcile GoogleReconcile HYPRReconcile TwitterReconcile LDAPConnectorReconcile LinkedInReconcile EpicGamesReconcile NintendoReconcile SonyPSNReconcile SteamReconcile TwitchReconcile XboxReconcile ClientCredentialsJWTPopulate SCIMServerGroupRequestConverter SCIMServerGroupResponseConverter SCIMServerUserRequestConverter SCIMServerUserResponseConverter SelfServiceRegistrationValidation UserInfoPopulate LoginValidation MFARequirement";

/// FusionAuth's paths, ids and required members (<https://fusionauth.io/docs/apis>).
#[rustfmt::skip]
const RESOURCES: &[Resource] = &[
    Resource { path: "/api/api-key", id: "keyId", member: "apiKey", members: "apiKeys", owner: Owner::Instance, required: &[], unique: Some("key"), find: Find::No },
    Resource { path: "/api/application/{applicationId}/scope", id: "scopeId", member: "scope", members: "scopes", owner: Owner::Path, required: NAME, unique: Some("name"), find: Find::No },
    Resource { path: "/api/connector", id: "connectorId", member: "connector", members: "connectors", owner: Owner::Instance, required: &["name", "type"], unique: Some("name"), find: Find::List },
    Resource { path: "/api/consent", id: "consentId", member: "consent", members: "consents", owner: Owner::Instance, required: NAME, unique: Some("name"), find: Find::ListAndSearch },
    Resource { path: "/api/email/template", id: "emailTemplateId", member: "emailTemplate", members: "emailTemplates", owner: Owner::Instance, required: &["defaultSubject", "name"], unique: Some("name"), find: Find::ListAndSearch },
    Resource { path: "/api/entity", id: "entityId", member: "entity", members: "entities", owner: Owner::Tenant, required: NAME, unique: None, find: Find::ListAndSearch },
    Resource { path: "/api/entity/type", id: "entityTypeId", member: "entityType", members: "entityTypes", owner: Owner::Instance, required: NAME, unique: Some("name"), find: Find::ListAndSearch },
    Resource { path: "/api/entity/type/{entityTypeId}/permission", id: "permissionId", member: "permission", members: "permissions", owner: Owner::Path, required: NAME, unique: Some("name"), find: Find::No },
    Resource { path: "/api/form", id: "formId", member: "form", members: "forms", owner: Owner::Instance, required: NAME, unique: Some("name"), find: Find::List },
    Resource { path: "/api/form/field", id: "fieldId", member: "field", members: "fields", owner: Owner::Instance, required: &["key", "name"], unique: Some("name"), find: Find::List },
    Resource { path: "/api/group", id: "groupId", member: "group", members: "groups", owner: Owner::Tenant, required: NAME, unique: Some("name"), find: Find::ListAndSearch },
    Resource { path: "/api/identity-provider", id: "identityProviderId", member: "identityProvider", members: "identityProviders", owner: Owner::Instance, required: &["type"], unique: Some("name"), find: Find::ListAndSearch },
    Resource { path: "/api/ip-acl", id: "ipAccessControlListId", member: "ipAccessControlList", members: "ipAccessControlLists", owner: Owner::Instance, required: NAME, unique: Some("name"), find: Find::ListAndSearch },
    Resource { path: "/api/lambda", id: "lambdaId", member: "lambda", members: "lambdas", owner: Owner::Instance, required: &["name", "type"], unique: None, find: Find::ListAndSearch },
    Resource { path: "/api/message/template", id: "messageTemplateId", member: "messageTemplate", members: "messageTemplates", owner: Owner::Instance, required: NAME, unique: Some("name"), find: Find::List },
    Resource { path: "/api/messenger", id: "messengerId", member: "messenger", members: "messengers", owner: Owner::Instance, required: &["name", "type"], unique: Some("name"), find: Find::List },
    Resource { path: "/api/theme", id: "themeId", member: "theme", members: "themes", owner: Owner::Instance, required: NAME, unique: Some("name"), find: Find::ListAndSearch },
    Resource { path: "/api/user-action-reason", id: "userActionReasonId", member: "userActionReason", members: "userActionReasons", owner: Owner::Instance, required: &["code", "text"], unique: Some("text"), find: Find::List },
    Resource { path: "/api/user/consent", id: "userConsentId", member: "userConsent", members: "userConsents", owner: Owner::Instance, required: &["consentId", "userId"], unique: None, find: Find::List },
    Resource { path: "/api/webhook", id: "webhookId", member: "webhook", members: "webhooks", owner: Owner::Instance, required: &["url"], unique: None, find: Find::ListAndSearch },
];

pub(super) fn router() -> Routes {
    RESOURCES.iter().fold(Routes::new(), |router, resource| {
        let collection = match resource.find {
            Find::No => post(create),
            Find::List | Find::ListAndSearch => post(create).get(list),
        };
        let one = get(retrieve).post(create).put(replace).patch(patch).delete(delete);
        let by_id = format!("{}/{{{}}}", resource.path, resource.id);
        let router = router.route(resource.path, collection.layer(Extension(resource))).route(&by_id, one.layer(Extension(resource)));
        match resource.find {
            Find::No | Find::List => router,
            Find::ListAndSearch => router.route(&format!("{}/search", resource.path), get(search).post(search).layer(Extension(resource))),
        }
    })
}

/// The kind of the resource that the path names.
type Kind = Extension<&'static Resource>;

/// Whether a resource or settings at this path have no effect. The test `coverage` reads the same list.
pub(super) fn is_stored_only(path: &str) -> bool {
    let mut paths = include_str!("stored_only.txt").lines();
    paths.any(|it| path.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

pub(super) fn check_identity_provider_type(field: &str, name: &str) -> Result<(), Refusal> {
    check_type(field, name, IDENTITY_PROVIDERS)
}

/// Checks that `types`, which spaces separate, contain this one.
fn check_type(field: &str, name: &str, types: &str) -> Result<(), Refusal> {
    let is_known = types.split(' ').any(|it| it == name);
    is_known.then_some(()).ok_or_else(|| Refusal::field("invalid", field, "FusionAuth has no such type."))
}

impl Resource {
    /// The resource in a body, with its required members checked.
    fn read(&self, emulator: &AppState, mut body: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
        let resource = body.remove(self.member);
        // Some requests have a second member: the roles of a group, or the theme or the API key to copy from. These members are not
        // part of the resource.
        body.retain(|name, _| !["roleIds", "sourceKeyId", "sourceThemeId"].contains(&name.as_str()));
        report_unknown(&body.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), emulator.unknown_members)?;
        let Some(Value::Object(resource)) = resource else {
            return Err(Refusal::field("missing", self.member, "This member is required and must be an object."));
        };
        let is_blank = |name: &&&str| resource.get(**name).and_then(Value::as_str).is_none_or(|it| it.trim().is_empty());
        all_of(self.required.iter().filter(is_blank).map(|name| Err(Refusal::blank(&format!("{}.{name}", self.member)))))?;
        if is_stored_only(self.path) {
            request::note_without_effect(|| vec![self.member.to_owned()])?;
        }
        Ok(resource)
    }

    /// The value that must be unique among the resources of one owner.
    fn unique_name<'a>(&self, resource: &'a Value) -> Option<&'a str> {
        self.unique.and_then(|it| resource[it].as_str())
    }

    /// Checks the values of a resource of which more than the names matters. `id` is the id of a resource that changes.
    async fn check(&self, connection: &mut SqliteConnection, resource: &Map<String, Value>, id: Option<&Value>) -> Result<(), Refusal> {
        if self.member == "apiKey" {
            let body: BTreeMap<String, ApiKeyLimits> = convert_part(json!({ "apiKey": resource }))?;
            if let Some(unknown) = body.get("apiKey").and_then(|it| it.endpoints().find(|it| !is_endpoint(it))) {
                let message = format!("FusionAuth has no endpoint {unknown}.");
                return Err(Refusal::field("invalid", "apiKey.permissions.endpoints", &message));
            }
            if let Some(tenant) = body.get("apiKey").and_then(|it| it.tenant_id) {
                let known = database::tenants::by_id(&mut *connection, tenant).await?;
                known.ok_or_else(|| Refusal::field("invalid", "apiKey.tenantId", "There is no tenant with this id."))?;
            }
        }
        let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
        match self.member {
            "identityProvider" => check_identity_provider_type("identityProvider.type", text("type"))?,
            "lambda" => check_type("lambda.type", text("type"), LAMBDAS)?,
            _ => {}
        }
        if self.member == "userActionReason" {
            let others = stored_resources::all(&mut *connection, self.member).await?;
            let is_taken = |it: &Value| Some(&it["id"]) != id && it["code"] == text("code");
            return if others.iter().any(is_taken) { Err(self.duplicate("code")) } else { Ok(()) };
        }
        if self.member != "webhook" {
            return Ok(());
        }
        let enabled = resource.get("eventsEnabled").and_then(Value::as_object);
        events::check_types("webhook.eventsEnabled", enabled.into_iter().flat_map(Map::keys))?;
        if !["http", "https"].iter().any(|it| text("url").split_once("://").is_some_and(|(scheme, rest)| scheme == *it && !rest.is_empty()))
        {
            return Err(Refusal::field("invalid", "webhook.url", "expected a URL with http or https."));
        }
        for name in ["connectTimeout", "readTimeout"] {
            if resource.get(name).is_some_and(|it| it.as_u64().is_none_or(|it| it == 0)) {
                return Err(Refusal::field("invalid", &format!("webhook.{name}"), "expected milliseconds, more than 0."));
            }
        }
        let has_tenants = resource.get("tenantIds").and_then(Value::as_array).is_some_and(|it| !it.is_empty());
        if resource.get("global") != Some(&json!(true)) && !has_tenants {
            tracing::warn!("this webhook receives nothing, because it is not global and has no tenantIds");
        }
        let Some(signature) = resource.get("signatureConfiguration").filter(|it| it["enabled"] == json!(true)) else { return Ok(()) };
        let field = "webhook.signatureConfiguration.signingKeyId";
        let id = signature["signingKeyId"].as_str().ok_or_else(|| Refusal::blank(field))?;
        let Ok(id) = id.parse() else { return Err(Refusal::field("invalid", field, "There is no key with this id.")) };
        if database::signing_keys::by_id(&mut *connection, id).await?.is_some() {
            return Ok(());
        }
        let key = stored_resources::by_id(connection, "key", id).await?.unwrap_or_default();
        let can_sign = key["algorithm"].as_str().is_some_and(|it| it.starts_with("HS")) && key["secret"].is_string();
        if can_sign { Ok(()) } else { Err(Refusal::field("invalid", field, "There is no RSA or HMAC key with this id.")) }
    }

    /// Writes the roles with the ids `role_ids` into a group.
    async fn grant(
        &self,
        connection: &mut SqliteConnection,
        resource: &mut Map<String, Value>,
        role_ids: Option<Value>,
    ) -> Result<(), Refusal> {
        if self.member == "group" {
            let role_ids = role_ids.unwrap_or_else(|| json!([]));
            let role_ids = role_ids.as_array().ok_or_else(|| Refusal::field("invalid", "roleIds", "expected an array of ids."))?;
            resource.insert("roles".to_owned(), groups::roles(connection, role_ids).await?);
        }
        Ok(())
    }

    /// Adds the secrets that FusionAuth generates, if the request has none: an API key, or an entity's credentials as an OAuth client. An
    /// update keeps the current ones.
    fn complete(&self, emulator: &AppState, resource: &mut Map<String, Value>, current: &Value) {
        let generated: &[&str] = match self.member {
            "apiKey" => &["key"],
            "entity" => &["clientId", "clientSecret"],
            _ => &[],
        };
        if self.member == "apiKey" {
            // FusionAuth's API can't create a key that manages keys.
            resource.insert("keyManager".to_owned(), json!(false));
        }
        for &name in generated {
            if resource.get(name).and_then(Value::as_str).is_none_or(str::is_empty) {
                let new = || json!(OpaqueToken::generate(&emulator.random).expose());
                resource.insert(name.to_owned(), current.get(name).cloned().unwrap_or_else(new));
            }
        }
    }

    /// Notifies the webhooks that a group or an entity was created, updated or deleted. Other resources have no events.
    fn notify(&self, emulator: &AppState, what: &str, resource: &Value, original: Option<&Value>) {
        if self.owner == Owner::Tenant {
            let shown = |it: &Value| {
                let mut shown = complete(self.member, it);
                shown["clientSecret"] = Value::Null;
                shown
            };
            let details = json!({self.member: shown(resource), "original": original.map(shown)});
            events::of_resource(emulator, &format!("{}.{what}", self.member), resource, &details);
        }
    }

    fn duplicate(&self, name: &str) -> Refusal {
        let field = format!("{}.{name}", self.member);
        Refusal::field("duplicate", &field, "A resource with this id or name already exists.")
    }

    fn answer(&self, resource: &Value) -> Response {
        json(StatusCode::OK, &json!({ self.member: complete(self.member, resource) }))
    }

    /// The owner's id, and the name of the member of the resource that repeats this id.
    async fn owner(
        &self,
        emulator: &AppState,
        tenant: &TenantHeader,
        path: &RawPathParams,
    ) -> Result<Option<(&'static str, Uuid)>, Refusal> {
        match self.owner {
            Owner::Instance => Ok(None),
            Owner::Tenant => Ok(Some(("tenantId", tenant.resolve(emulator, None).await?.1.id))),
            Owner::Path => {
                let (name, id) = path.iter().next().ok_or(StatusCode::NOT_FOUND)?;
                let id: Uuid = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
                let (name, exists) = if name == "applicationId" {
                    ("applicationId", database::applications::by_id(&emulator.database, id).await?.is_some())
                } else {
                    ("entityTypeId", stored_resources::by_id(&emulator.database, "entityType", id).await?.is_some())
                };
                if exists { Ok(Some((name, id))) } else { Err(StatusCode::NOT_FOUND.into()) }
            }
        }
    }

    /// The resource with this id, of the owner that the path names.
    async fn find(&self, database: impl SqliteExecutor<'_>, id: Uuid, path: &RawPathParams) -> Result<Value, Refusal> {
        let found = match self.owner {
            Owner::Instance | Owner::Tenant => stored_resources::by_id(database, self.member, id).await?,
            Owner::Path => {
                let owner: Uuid = path.iter().next().and_then(|(_, it)| it.parse().ok()).ok_or(StatusCode::NOT_FOUND)?;
                stored_resources::in_place(database, Place { kind: self.member, owner: &owner.to_string() }, id).await?
            }
        };
        Ok(found.ok_or(StatusCode::NOT_FOUND)?)
    }
}

async fn create(
    Authorized(emulator): Authorized,
    Extension(kind): Kind,
    id: Result<ExistingId, Refusal>,
    tenant: TenantHeader,
    path: RawPathParams,
    JsonBody(body): JsonBody<Map<String, Value>>,
) -> Answer {
    let by_id = path.iter().any(|(name, _)| name == kind.id);
    let id = match id {
        Ok(ExistingId(id)) if by_id => id,
        _ if by_id => return Err(Refusal::field("couldNotConvert", kind.id, "This is not a UUID.")),
        _ => emulator.random.uuid(),
    };
    let owner = kind.owner(&emulator, &tenant, &path).await?;
    let source_name = if kind.member == "apiKey" { "sourceKeyId" } else { "sourceThemeId" };
    let source = body.get(source_name).map(|it| it.as_str().and_then(|it| it.parse::<Uuid>().ok()).unwrap_or_default());
    let role_ids = body.get("roleIds").cloned();
    let mut resource = kind.read(&emulator, body)?;
    if let Some(tenant) = tenant.named.filter(|_| kind.member == "apiKey")
        && *resource.entry("tenantId").or_insert(json!(tenant)) != json!(tenant)
    {
        return Err(Refusal::field("invalid", "apiKey.tenantId", "A tenant's key can only create keys of this tenant."));
    }
    let mut transaction = emulator.database.begin().await?;
    kind.check(&mut transaction, &resource, None).await?;
    kind.grant(&mut transaction, &mut resource, role_ids).await?;
    if let Some(source) = source {
        let source = stored_resources::by_id(&mut *transaction, kind.member, source).await?;
        let is_foreign = |it: &Value| kind.member == "apiKey" && tenant.named.is_some_and(|tenant| it["tenantId"] != json!(tenant));
        let Some(Value::Object(source)) = source.filter(|it| !is_foreign(it)) else {
            return Err(Refusal::field("invalid", source_name, "There is nothing to copy with this id."));
        };
        for (name, value) in source.into_iter().filter(|(name, _)| name != "key") {
            resource.entry(name).or_insert(value);
        }
    }
    kind.complete(&emulator, &mut resource, &json!({"clientId": id}));
    let now = emulator.clock.now_ms();
    resource.extend([("id".to_owned(), json!(id)), ("insertInstant".to_owned(), json!(now)), ("lastUpdateInstant".to_owned(), json!(now))]);
    resource.extend(owner.map(|(name, id)| (name.to_owned(), json!(id))));
    let (resource, owner) = (Value::Object(resource), owner.map(|(_, id)| id.to_string()).unwrap_or_default());
    let place = Place { kind: kind.member, owner: &owner };
    let name = kind.unique_name(&resource);
    let Written::Yes = stored_resources::insert(&mut *transaction, place, id, name, &resource).await? else {
        return Err(kind.duplicate(kind.unique.unwrap_or("id")));
    };
    transaction.commit().await?;
    kind.notify(&emulator, "create", &resource, None);
    Ok(kind.answer(&resource))
}

async fn replace(
    Authorized(emulator): Authorized,
    Extension(kind): Kind,
    ExistingId(id): ExistingId,
    path: RawPathParams,
    JsonBody(body): JsonBody<Map<String, Value>>,
) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = kind.find(&mut *transaction, id, &path).await?;
    let resource = update(&emulator, &mut transaction, kind, &current, body).await?;
    transaction.commit().await?;
    Ok(kind.answer(&resource))
}

async fn patch(
    Authorized(emulator): Authorized,
    Extension(kind): Kind,
    ExistingId(id): ExistingId,
    path: RawPathParams,
    patch: Patch,
) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = kind.find(&mut *transaction, id, &path).await?;
    let roles = current["roles"].as_object().into_iter().flatten().flat_map(|(_, it)| it.as_array().into_iter().flatten());
    let roles: Value = roles.map(|it| it["id"].clone()).collect();
    let Value::Object(mut body) = patch.apply_beside(kind.member, &current, ("roleIds", &roles))? else {
        return Err(Errors::general("[invalidJSON]", "expected an object.").into());
    };
    // A patch that names no roles keeps the group's current ones.
    body.entry("roleIds").or_insert(roles);
    let resource = update(&emulator, &mut transaction, kind, &current, body).await?;
    transaction.commit().await?;
    Ok(kind.answer(&resource))
}

/// Replaces the current resource with the resource in the body.
async fn update(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    kind: &Resource,
    current: &Value,
    body: Map<String, Value>,
) -> Result<Value, Refusal> {
    let role_ids = body.get("roleIds").cloned();
    let mut resource = kind.read(emulator, body)?;
    kind.check(connection, &resource, Some(&current["id"])).await?;
    kind.grant(connection, &mut resource, role_ids).await?;
    kind.complete(emulator, &mut resource, current);
    for name in ["applicationId", "entityTypeId", "id", "insertInstant", "tenantId"] {
        if let Some(value) = current.get(name) {
            resource.insert(name.to_owned(), value.clone());
        }
    }
    resource.insert("lastUpdateInstant".to_owned(), json!(emulator.clock.now_ms()));
    let id = current["id"].as_str().and_then(|it| it.parse().ok()).ok_or(StatusCode::NOT_FOUND)?;
    let resource = Value::Object(resource);
    match stored_resources::update(connection, kind.member, id, kind.unique_name(&resource), &resource).await? {
        Written::Yes => {
            kind.notify(emulator, "update", &resource, Some(current));
            Ok(resource)
        }
        Written::Duplicate => Err(kind.duplicate(kind.unique.unwrap_or("id"))),
    }
}

async fn retrieve(Authorized(emulator): Authorized, Extension(kind): Kind, ExistingId(id): ExistingId, path: RawPathParams) -> Answer {
    Ok(kind.answer(&kind.find(&emulator.database, id, &path).await?))
}

async fn delete(Authorized(emulator): Authorized, Extension(kind): Kind, ExistingId(id): ExistingId, path: RawPathParams) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let resource = kind.find(&mut *transaction, id, &path).await?;
    stored_resources::delete(&mut *transaction, kind.member, id).await?;
    transaction.commit().await?;
    kind.notify(&emulator, "delete", &resource, None);
    Ok(empty(StatusCode::OK))
}

/// All resources of a kind. A query such as `userId=…` selects resources in which this member has this value.
async fn list(Authorized(emulator): Authorized, Extension(kind): Kind, tenant: TenantHeader, criteria: Criteria) -> Answer {
    Ok(json(StatusCode::OK, &json!({ kind.members: find_all(&emulator, kind, &tenant, &criteria).await? })))
}

async fn search(Authorized(emulator): Authorized, Extension(kind): Kind, tenant: TenantHeader, criteria: Criteria) -> Answer {
    Ok(criteria.answer(kind.members, find_all(&emulator, kind, &tenant, &criteria).await?))
}

async fn find_all(emulator: &AppState, kind: &Resource, tenant: &TenantHeader, criteria: &Criteria) -> Result<Vec<Value>, Refusal> {
    let mut found = stored_resources::all(&emulator.database, kind.member).await?;
    found.retain(|it| criteria.find(it) && (kind.owner != Owner::Tenant || tenant.named.is_none_or(|id| it["tenantId"] == json!(id))));
    Ok(found.iter().map(|it| complete(kind.member, it)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_the_resources() {
        let documentation = include_str!("../../../../docs/emulator-coverage.md");
        for resource in RESOURCES {
            assert!(documentation.contains(&format!("| {} | ", resource.path)), "{} is not documented", resource.path);
        }
    }
}
