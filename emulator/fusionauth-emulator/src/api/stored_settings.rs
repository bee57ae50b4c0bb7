//! Settings that the emulator only stores and returns, one object for each path (<https://fusionauth.io/docs/apis/integrations>,
//! <https://github.com/FusionAuth/fusionauth-typescript-client> for the Tenant Manager).

use super::stored_resources::is_stored_only;
use crate::database::stored_resources::{self, Place};
use crate::domain::Refusal;
use crate::http::patch::resource;
use crate::http::{Answer, Authorized, Patch, Routes, json};
use crate::model::complete;
use crate::state::{AppState, request};
use axum::Extension;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Map, Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

/// A path, and the member of a body that contains the settings.
struct Settings {
    path: &'static str,
    member: &'static str,
}

const SETTINGS: [Settings; 2] = [
    Settings { path: "/api/integration", member: "integrations" },
    Settings { path: "/api/tenant-manager", member: "tenantManagerConfiguration" },
];

pub(super) fn router() -> Routes {
    SETTINGS.iter().fold(Routes::new(), |router, settings| {
        router.route(settings.path, get(retrieve).put(change).patch(change).layer(Extension(settings)))
    })
}

type Kind = Extension<&'static Settings>;

async fn retrieve(Authorized(emulator): Authorized, Extension(kind): Kind) -> Answer {
    let current = kind.current(&emulator.database).await?.unwrap_or_else(|| json!({}));
    Ok(json(StatusCode::OK, &json!({ kind.member: complete(kind.member, &current) })))
}

async fn change(Authorized(emulator): Authorized, Extension(kind): Kind, patch: Patch) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = kind.current(&mut *transaction).await?.unwrap_or_else(|| json!({}));
    let answer = kind.store(&emulator, &mut transaction, patch.apply_to(kind.member, &current)?).await?;
    transaction.commit().await?;
    Ok(answer)
}

impl Settings {
    async fn current(&self, database: impl SqliteExecutor<'_>) -> Result<Option<Value>, Refusal> {
        Ok(stored_resources::by_id(database, self.member, Uuid::nil()).await?)
    }

    /// Stores the settings in the body, and answers with them.
    async fn store(&self, emulator: &AppState, connection: &mut SqliteConnection, body: Value) -> Answer {
        let settings: Map<String, Value> = resource(self.member, body, emulator.unknown_members)?;
        let settings = Value::Object(settings);
        if is_stored_only(self.path) {
            request::note_without_effect(|| vec![self.member.to_owned()])?;
        }
        // Settings have neither a name nor an owner, so no row of another id is in the way.
        let _is_unique = match self.current(&mut *connection).await? {
            Some(_) => stored_resources::update(connection, self.member, Uuid::nil(), None, &settings).await?,
            None => stored_resources::insert(connection, Place { kind: self.member, owner: "" }, Uuid::nil(), None, &settings).await?,
        };
        Ok(json(StatusCode::OK, &json!({ self.member: complete(self.member, &settings) })))
    }
}
