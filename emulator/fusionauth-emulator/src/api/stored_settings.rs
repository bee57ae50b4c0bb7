//! Settings that the emulator only stores and returns, one object for each path (<https://fusionauth.io/docs/apis/integrations>,
//! <https://github.com/FusionAuth/fusionauth-typescript-client> for the Tenant Manager).

use super::stored_resources::{check_identity_provider_type, is_stored_only};
use crate::database::stored_resources::{self, Place};
use crate::domain::Refusal;
use crate::http::patch::resource;
use crate::http::{Answer, Authorized, Patch, Routes, empty, json};
use crate::model::complete;
use crate::state::request;
use axum::Extension;
use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::routing::{get, post};
use serde_json::{Map, Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

/// A path, and the member of a body that contains the settings.
struct Settings {
    path: &'static str,
    member: &'static str,
}

static INTEGRATIONS: Settings = Settings { path: "/api/integration", member: "integrations" };
static TENANT_MANAGER: Settings = Settings { path: "/api/tenant-manager", member: "tenantManagerConfiguration" };

/// The member of the Tenant Manager's settings with a configuration for each type of identity provider.
const PROVIDERS: &str = "identityProviderTypeConfigurations";

pub(super) fn router() -> Routes {
    let of_type = post(change_provider).put(change_provider).patch(change_provider).delete(delete_provider);
    let router = Routes::new().route("/api/tenant-manager/identity-provider/{type}", of_type);
    [&INTEGRATIONS, &TENANT_MANAGER]
        .into_iter()
        .fold(router, |router, settings| router.route(settings.path, get(retrieve).put(change).patch(change).layer(Extension(settings))))
}

type Kind = Extension<&'static Settings>;

async fn retrieve(Authorized(emulator): Authorized, Extension(kind): Kind) -> Answer {
    let current = kind.current(&emulator.database).await?;
    Ok(json(StatusCode::OK, &json!({ kind.member: complete(kind.member, &current) })))
}

async fn change(Authorized(emulator): Authorized, Extension(kind): Kind, patch: Patch) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = kind.current(&mut *transaction).await?;
    let mut settings: Map<String, Value> = resource(kind.member, patch.apply_to(kind.member, &current)?, emulator.unknown_members)?;
    // They have endpoints of their own, so a PUT without them keeps them.
    if let Some(providers) = settings.get(PROVIDERS).filter(|it| !it.is_null()).or(current.get(PROVIDERS)).cloned() {
        if !providers.is_object() {
            return Err(Refusal::field("couldNotConvert", &format!("{}.{PROVIDERS}", kind.member), "expected an object."));
        }
        settings.insert(PROVIDERS.to_owned(), providers);
    }
    let settings = Value::Object(settings);
    kind.store(&mut transaction, &settings).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({ kind.member: complete(kind.member, &settings) })))
}

/// Creates the configuration of a type of identity provider (POST), or changes it.
async fn change_provider(Authorized(emulator): Authorized, Path(name): Path<String>, method: Method, patch: Patch) -> Answer {
    check_identity_provider_type("type", &name)?;
    let mut transaction = emulator.database.begin().await?;
    let mut settings = TENANT_MANAGER.current(&mut *transaction).await?;
    let current = match (settings[PROVIDERS].get(&name), method == Method::POST) {
        (Some(_), true) => return Err(Refusal::field("duplicate", "type", "This type has a configuration: change it with PUT.")),
        (None, false) => return Err(StatusCode::NOT_FOUND.into()),
        (current, _) => current.cloned().unwrap_or_else(|| json!({})),
    };
    let member = "typeConfiguration";
    let mut provider: Map<String, Value> = resource(member, patch.apply_to(member, &current)?, emulator.unknown_members)?;
    provider.insert("type".to_owned(), json!(name));
    settings[PROVIDERS][&name] = json!(provider);
    TENANT_MANAGER.store(&mut transaction, &settings).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({ member: provider })))
}

async fn delete_provider(Authorized(emulator): Authorized, Path(name): Path<String>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let mut settings = TENANT_MANAGER.current(&mut *transaction).await?;
    settings[PROVIDERS].as_object_mut().and_then(|it| it.remove(&name)).ok_or(StatusCode::NOT_FOUND)?;
    TENANT_MANAGER.store(&mut transaction, &settings).await?;
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

impl Settings {
    /// The stored settings, or else an object without members.
    async fn current(&self, database: impl SqliteExecutor<'_>) -> Result<Value, Refusal> {
        Ok(stored_resources::by_id(database, self.member, Uuid::nil()).await?.unwrap_or_else(|| json!({})))
    }

    async fn store(&self, connection: &mut SqliteConnection, settings: &Value) -> Result<(), Refusal> {
        if is_stored_only(self.path) {
            request::note_without_effect(|| vec![self.member.to_owned()])?;
        }
        // Settings have neither a name nor an owner, so no row of another id is in the way.
        let _is_unique = match stored_resources::by_id(&mut *connection, self.member, Uuid::nil()).await? {
            Some(_) => stored_resources::update(connection, self.member, Uuid::nil(), None, settings).await?,
            None => stored_resources::insert(connection, Place { kind: self.member, owner: "" }, Uuid::nil(), None, settings).await?,
        };
        Ok(())
    }
}
