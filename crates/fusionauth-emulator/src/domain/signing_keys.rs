//! Which key signs an access token, and generating keys.

use super::Refusal;
use crate::database::{self, Written, signing_keys::StoredKey};
use crate::model::{Application, Tenant};
use crate::state::{AppState, SigningKey};
use aws_lc_rs::rsa::KeySize;
use std::sync::{Arc, PoisonError};
use uuid::Uuid;

/// The key that signs for this application: its own, or else the tenant's. A tenant without a key gets one when its first token is
/// signed, because most kickstart files name a key and generating another would cost a quarter of the start-up.
pub(crate) async fn for_application(
    emulator: &AppState,
    tenant: &Tenant,
    application: Option<&Application>,
) -> Result<Arc<SigningKey>, Refusal> {
    let own = application.filter(|it| it.jwt_configuration.enabled).and_then(|it| it.jwt_configuration.access_token_key_id);
    let Some(id) = own.or(tenant.jwt_configuration.access_token_key_id) else {
        return default_key(emulator, tenant.id).await;
    };
    let stored = database::signing_keys::by_id(&emulator.database, id).await?;
    parse(emulator, stored.ok_or_else(missing)?)
}

/// The parsed key. Each key is parsed once; a `kid` is computed from the key, so one `kid` never stands for two keys.
pub(crate) fn parse(emulator: &AppState, stored: StoredKey) -> Result<Arc<SigningKey>, Refusal> {
    let mut keys = emulator.signing_keys.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = keys.get(&stored.kid) {
        return Ok(Arc::clone(key));
    }
    let key = Arc::new(SigningKey::from_pkcs8(stored.kid, stored.pkcs8)?);
    keys.insert(key.kid().to_owned(), Arc::clone(&key));
    Ok(key)
}

/// Generates a key. It is not stored.
pub(crate) async fn generate(size: KeySize) -> Result<SigningKey, Refusal> {
    // Searching for two primes takes a tenth of a second, for which no other request should wait.
    let generated = tokio::task::spawn_blocking(move || SigningKey::generate(size)).await;
    Ok(generated.map_err(|error| Refusal::Internal("a key could not be generated", error.to_string()))??)
}

async fn default_key(emulator: &AppState, tenant: Uuid) -> Result<Arc<SigningKey>, Refusal> {
    let key = generate(KeySize::Rsa2048).await?;
    let mut transaction = emulator.database.begin().await?;
    let mut tenant = database::tenants::by_id(&mut *transaction, tenant).await?.ok_or_else(missing)?;
    if let Some(id) = tenant.jwt_configuration.access_token_key_id {
        // Another request gave the tenant a key while this one generated its own.
        return parse(emulator, database::signing_keys::by_id(&mut *transaction, id).await?.ok_or_else(missing)?);
    }
    let (id, now) = (emulator.random.uuid(), emulator.clock.now_ms());
    let Written::Yes = database::signing_keys::insert(&mut *transaction, id, "Default signing key", &key, now).await? else {
        return Err(missing());
    };
    tenant.jwt_configuration.access_token_key_id = Some(id);
    database::tenants::update(&mut *transaction, &tenant).await?;
    transaction.commit().await?;
    Ok(Arc::new(key))
}

fn missing() -> Refusal {
    Refusal::Internal("signing failed", "the tenant or its key is missing".to_owned())
}
