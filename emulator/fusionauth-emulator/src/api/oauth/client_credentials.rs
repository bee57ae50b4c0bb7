//! The client credentials grant (RFC 6749 section 4.4): an entity gets an access token for other entities, on which it has permissions
//! (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/#example-client-credentials-grant>).

use super::client::Client;
use super::error::OauthError;
use crate::api::entity_grants;
use crate::database::{self, stored_resources};
use crate::domain::signing_keys;
use crate::http::{Answer, json};
use crate::state::{AppState, OpaqueToken};
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

/// The grant's name.
pub(super) const GRANT: &str = "client_credentials";

/// An entity for which a token is requested, and the permissions on it. Without permissions the token gets all that were granted.
#[derive(Debug, PartialEq, Eq)]
struct Target<'a> {
    entity: Uuid,
    permissions: Vec<&'a str>,
}

/// Issues a token to an entity.
pub(super) async fn issue(emulator: &AppState, client: Client, scope: Option<&str>) -> Answer<OauthError> {
    let entity = authenticated(emulator, client).await?;
    let id = uuid(&entity["id"]).ok_or_else(super::client::unknown)?;
    let tenant = match uuid(&entity["tenantId"]) {
        Some(id) => database::tenants::by_id(&emulator.database, id).await?,
        None => None,
    };
    let tenant = tenant.ok_or_else(super::client::unknown)?;
    let mut granted = Vec::new();
    for target in scope.map(targets_of).transpose()?.unwrap_or_default() {
        granted.push((target.entity, granted_on(emulator, &target, id).await?));
    }
    let (aud, permissions) = audience(granted);
    let entity_type = match uuid(&entity["type"]["id"]) {
        Some(id) => stored_resources::by_id(&emulator.database, "entityType", id).await?.unwrap_or_default(),
        None => Value::Null,
    };
    let configuration = Some(&entity_type["jwtConfiguration"]).filter(|it| it["enabled"] == true);
    let seconds = configuration.and_then(|it| it["timeToLiveInSeconds"].as_i64()).filter(|it| *it > 0);
    let seconds = seconds.unwrap_or(tenant.jwt_configuration.time_to_live_in_seconds);
    let key = signing_keys::for_key(emulator, &tenant, configuration.and_then(|it| uuid(&it["accessTokenKeyId"]))).await?;
    let iat = emulator.clock.now_ms().div_euclid(1_000);
    let mut claims = json!({
        "aud": aud,
        "exp": iat.saturating_add(seconds),
        "iat": iat,
        "iss": tenant.issuer,
        "jti": emulator.random.uuid(),
        "permissions": permissions,
        "scope": scope,
        "sub": id,
        "tid": tenant.id,
    });
    if let Value::Object(claims) = &mut claims {
        claims.retain(|_, it| !it.is_null());
    }
    let access_token = key.sign(&claims, &[GRANT])?;
    Ok(json(StatusCode::OK, &json!({"access_token": access_token, "expires_in": seconds, "scope": scope, "token_type": "Bearer"})))
}

/// The entity with the client's id, which must send its secret.
async fn authenticated(emulator: &AppState, client: Client) -> Result<Value, OauthError> {
    let Client { id, secret, by_basic } = client;
    let refused = |reason, description| OauthError::Client { reason, description, by_basic };
    let entities = stored_resources::all(&emulator.database, "entity").await?;
    let entity = entities.into_iter().find(|it| it["clientId"] == json!(id));
    let entity = entity.ok_or_else(|| refused("invalid_client_id", "There is no such client."))?;
    let secret = secret.ok_or_else(|| refused("missing_client_secret", "This client must send its secret."))?;
    // The comparison of hashes takes a time that reveals nothing about the secret.
    let own = entity["clientSecret"].as_str().map(|it| OpaqueToken::from_request(it).hash());
    if own != Some(OpaqueToken::from_request(secret).hash()) {
        return Err(refused("invalid_client_authentication", "The client's secret is wrong."));
    }
    Ok(entity)
}

/// Reads a scope such as `target-entity:ID` or `target-entity:ID:PERMISSION,PERMISSION`, in which a space separates several entities.
fn targets_of(scope: &str) -> Result<Vec<Target<'_>>, OauthError> {
    let targets: Vec<_> = scope.split(' ').filter(|it| !it.is_empty()).map(target_of).collect::<Result<_, _>>()?;
    let is_repeated = targets.iter().enumerate().any(|(index, it)| targets[..index].iter().any(|other| other.entity == it.entity));
    if targets.is_empty() || is_repeated { Err(invalid_target()) } else { Ok(targets) }
}

fn target_of(scope: &str) -> Result<Target<'_>, OauthError> {
    let mut parts = scope.split(':');
    let entity = match (parts.next(), parts.next().map(str::parse)) {
        (Some("target-entity"), Some(Ok(entity))) => entity,
        _ => return Err(invalid_target()),
    };
    let permissions = parts.next().map(|it| it.split(',').collect()).unwrap_or_default();
    if parts.next().is_some() { Err(invalid_target()) } else { Ok(Target { entity, permissions }) }
}

/// The claims `aud` and `permissions`. FusionAuth documents them for one entity only. For several, `aud` is an array (RFC 7519), and
/// `permissions` is an object with the permissions on each entity.
fn audience(mut granted: Vec<(Uuid, Value)>) -> (Value, Value) {
    if granted.len() < 2 {
        return granted.pop().map_or((Value::Null, Value::Null), |(entity, permissions)| (json!(entity), permissions));
    }
    let entities: Vec<Uuid> = granted.iter().map(|(entity, _)| *entity).collect();
    let permissions = granted.into_iter().filter(|(_, it)| !it.is_null()).map(|(entity, it)| (entity.to_string(), it));
    (json!(entities), Value::Object(permissions.collect()))
}

/// The permissions on one entity. Every requested permission must have been granted.
async fn granted_on(emulator: &AppState, target: &Target<'_>, recipient: Uuid) -> Result<Value, OauthError> {
    let exists = stored_resources::by_id(&emulator.database, "entity", target.entity).await?.is_some();
    let grant = entity_grants::between(&emulator.database, target.entity, recipient).await?.filter(|_| exists);
    let granted = grant.ok_or_else(invalid_target)?["permissions"].as_array().cloned().unwrap_or_default();
    if target.permissions.iter().any(|it| !granted.contains(&json!(it))) {
        return Err(OauthError::Scope("invalid_entity_permission_scope", "A requested permission was not granted."));
    }
    let permissions = if target.permissions.is_empty() { granted } else { target.permissions.iter().map(|it| json!(it)).collect() };
    // The claim is only present if there are permissions.
    Ok(if permissions.is_empty() { Value::Null } else { json!(permissions) })
}

fn invalid_target() -> OauthError {
    OauthError::Scope("invalid_target_entity_scope", "The scope names no entity on which the client has a grant.")
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_name_an_entity_and_permissions() {
        let id = "92dbdedd-30af-4149-9c61-b578f2c72600";
        let targets = |scope: &str| {
            let targets = targets_of(scope).ok()?;
            Some(targets.iter().map(|it| format!("{} {}", it.entity, it.permissions.join(" "))).collect::<Vec<_>>())
        };
        let other = "119a84d9-06c5-4d1f-a0d4-a60490b70ac5";
        let both = format!("target-entity:{id}:read,write target-entity:{other}");
        assert_eq!(targets(&format!("target-entity:{id}")), Some(vec![format!("{id} ")]));
        assert_eq!(targets(&both), Some(vec![format!("{id} read write"), format!("{other} ")]));
        let [twice, long, short] = [format!("{both} target-entity:{id}"), format!("target-entity:{id}:read:write"), format!("entity:{id}")];
        for wrong in ["", " ", "openid", "target-entity:", "target-entity:x", &twice, &long, &short] {
            assert_eq!(targets(wrong), None, "{wrong}");
        }
    }
}
