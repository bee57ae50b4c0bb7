use super::tenant;
use crate::http::{ApiKey, JsonBody, Refusal, empty};
use crate::instance::Instance;
use crate::model::{Tenant, User};
use crate::password::{self, ImportError};
use crate::{store, users};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/user/import` (<https://fusionauth.io/docs/apis/users>): users as they were elsewhere, also locked ones, with plain or
/// hashed passwords. All or none: a faulty user undoes those before.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user/import", post(import))
}

/// No `Debug`: it holds passwords.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default)]
    encryption_scheme: Option<String>,
    #[serde(default)]
    factor: Option<u32>,
    users: Vec<User>,
    #[serde(default, rename = "validateDbConstraints")]
    _validate_db_constraints: bool,
    #[serde(default, rename = "eventInfo")]
    _event_info: Option<Value>,
}

async fn import(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let tenant = tenant(&instance, &headers, None).await?;
    let mut made = Vec::new();
    for (index, mut user) in body.users.into_iter().enumerate() {
        user.encryption_scheme = user.encryption_scheme.or_else(|| body.encryption_scheme.clone());
        user.factor = user.factor.or(body.factor);
        if let Err(refusal) = one(&instance, &tenant, &format!("users[{index}]"), user, &mut made).await {
            for id in made {
                store::users::delete(&instance.database, id).await?;
            }
            return Err(refusal);
        }
    }
    Ok(empty(StatusCode::OK))
}

async fn one(instance: &Instance, tenant: &Tenant, at: &str, mut user: User, made: &mut Vec<Uuid>) -> Result<(), Refusal> {
    if user.id.is_nil() {
        user.id = instance.random.uuid();
    }
    let registrations = std::mem::take(&mut user.registrations);
    let hash = imported_hash(at, &mut user)?;
    let user = match hash {
        Some(hash) => users::create_hashed(instance, tenant, at, user, Some(hash)).await?,
        None => users::create(instance, tenant, at, user).await?,
    };
    made.push(user.id);
    for (index, registration) in registrations.into_iter().enumerate() {
        let at = format!("{at}.registrations[{index}]");
        let application = store::applications::by_id(&instance.database, registration.application_id).await?;
        let unknown = || Refusal::field("invalid", &format!("{at}.applicationId"), "There is no application with this id.");
        users::register(instance, &application.ok_or_else(unknown)?, &at, user.id, registration).await?;
    }
    Ok(())
}

/// The hash that came along; `None` if the password is plain.
fn imported_hash(at: &str, user: &mut User) -> Result<Option<String>, Refusal> {
    let Some(scheme) = user.encryption_scheme.take() else { return Ok(None) };
    let Some(hash) = user.password.take() else { return Ok(None) };
    password::imported(&scheme, user.factor.take(), user.salt.take().as_deref(), &hash).map(Some).map_err(|error| {
        let (name, message) = match error {
            ImportError::EncryptionScheme => ("encryptionScheme", "expected a PBKDF2 scheme or bcrypt; the emulator has no others."),
            ImportError::Factor => ("factor", "expected the rounds that the hash was made with, within reason."),
            ImportError::Salt => ("salt", "expected base64, or bcrypt's 22 characters."),
            ImportError::Password => ("password", "expected a hash of this scheme in base64, or bcrypt's 31 characters."),
        };
        Refusal::field("invalid", &format!("{at}.{name}"), message)
    })
}
