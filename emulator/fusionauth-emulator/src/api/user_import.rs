//! `POST /api/user/import` (<https://fusionauth.io/docs/apis/users>): creates users from another system, including locked ones, with plain
//! or hashed passwords. If one user is invalid, no user is created.

use crate::database;
use crate::domain::password_hash::{self, ImportError};
use crate::domain::{Refusal, events, users};
use crate::http::{Answer, Authorized, JsonBody, RequestTenant, Routes, empty};
use crate::model::User;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/user/import", post(import))
}

/// This type has no `Debug`, because it contains passwords.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    encryption_scheme: Option<String>,
    factor: Option<u32>,
    users: Vec<User>,
    #[serde(default)]
    _validate_db_constraints: bool,
}

async fn import(Authorized(emulator): Authorized, RequestTenant(tenant): RequestTenant, JsonBody(mut body): JsonBody<Body>) -> Answer {
    let mut hashes = Vec::new();
    for (index, user) in body.users.iter_mut().enumerate() {
        user.encryption_scheme = user.encryption_scheme.take().or_else(|| body.encryption_scheme.clone());
        user.factor = user.factor.or(body.factor);
        hashes.push(match imported_hash(index, user)? {
            Some(hash) => Some(hash),
            None => password_hash::hash_if_any(user.password.take(), &emulator.random, &emulator.hash_counts).await?,
        });
    }
    let (mut transaction, mut created) = (emulator.database.begin().await?, Vec::new());
    for (index, (mut user, hash)) in body.users.into_iter().zip(hashes).enumerate() {
        if user.id.is_nil() {
            user.id = emulator.random.uuid();
        }
        let at = format!("users[{index}]");
        let registrations = std::mem::take(&mut user.registrations);
        user.email_unverified_reason = None;
        let user = users::insert(&emulator, &mut transaction, &tenant, &at, user, hash.as_deref()).await?;
        for (index, registration) in registrations.into_iter().enumerate() {
            let at = format!("{at}.registrations[{index}]");
            let application = database::applications::by_id(&mut *transaction, registration.application_id).await?;
            let unknown = || Refusal::field("invalid", &format!("{at}.applicationId"), "There is no application with this id.");
            users::register(&emulator, &mut transaction, &application.ok_or_else(unknown)?, &at, user.id, registration).await?;
        }
        created.push(users::find(&mut *transaction, user.id).await?.to_json(&[]));
    }
    transaction.commit().await?;
    events::of_tenant(&emulator, tenant.id, &["user.bulk.create"], &json!({"users": created}));
    Ok(empty(StatusCode::OK))
}

/// The password hash in the request; `None` if the request has a plain password or no password.
fn imported_hash(index: usize, user: &mut User) -> Result<Option<String>, Refusal> {
    let Some(scheme) = user.encryption_scheme.take() else { return Ok(None) };
    let Some(hash) = user.password.take() else { return Ok(None) };
    password_hash::imported(&scheme, user.factor.take(), user.salt.take().as_deref(), &hash).map(Some).map_err(|error| {
        let (name, message) = match error {
            ImportError::EncryptionScheme => {
                ("encryptionScheme", "expected a scheme of FusionAuth, such as bcrypt; the emulator has no plugins.")
            }
            ImportError::Factor => ("factor", "expected the number of rounds of the hash, up to the emulator's limit."),
            ImportError::Salt => ("salt", "expected base64, or bcrypt's 22 characters."),
            ImportError::Password => ("password", "expected a hash of this scheme in base64, or bcrypt's 31 characters."),
        };
        // The fields of FusionAuth's errors have no index, so the message has it.
        Refusal::field("invalid", &format!("user.{name}"), &format!("users[{index}]: {message}"))
    })
}
