//! Which key signs, and making keys.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::jwt::SigningKey;
use crate::model::{Application, Tenant};
use crate::store::{self, Inserted, signing_keys::StoredKey};
use aws_lc_rs::rsa::KeySize;
use std::sync::{Arc, PoisonError};
use uuid::Uuid;

/// The key that signs for this application: its own, else the tenant's. A tenant without one is given one at the first
/// token: most kickstart files name a key, and making another costs a quarter of the start-up.
pub(crate) async fn of(instance: &Instance, tenant: &Tenant, application: Option<&Application>) -> Result<Arc<SigningKey>, Refusal> {
    let own = application.filter(|it| it.jwt_configuration.enabled).and_then(|it| it.jwt_configuration.access_token_key_id);
    let Some(id) = own.or(tenant.jwt_configuration.access_token_key_id) else {
        return default_of(instance, tenant.id).await;
    };
    let stored = store::signing_keys::by_id(&instance.database, id).await?;
    open(instance, stored.ok_or_else(|| Refusal::Fault("signing failed", format!("there is no key {id}")))?)
}

/// The key, read once. A `kid` is made of the key, so that one never stands for another.
pub(crate) fn open(instance: &Instance, stored: StoredKey) -> Result<Arc<SigningKey>, Refusal> {
    let mut keys = instance.keys.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = keys.get(&stored.kid) {
        return Ok(Arc::clone(key));
    }
    let key = Arc::new(SigningKey::from_store(stored)?);
    keys.insert(key.kid().to_owned(), Arc::clone(&key));
    Ok(key)
}

/// Makes a key and keeps it; `None` if there is one with this id.
pub(crate) async fn generate(instance: &Instance, id: Uuid, name: &str, size: KeySize) -> Result<Option<SigningKey>, Refusal> {
    // Looking for two primes takes a tenth of a second.
    let key = tokio::task::spawn_blocking(move || SigningKey::generate(size))
        .await
        .map_err(|error| Refusal::Fault("a key could not be made", error.to_string()))??;
    let inserted = store::signing_keys::insert(&instance.database, id, name, &key, instance.clock.now_ms()).await?;
    Ok((inserted == Inserted::Yes).then_some(key))
}

async fn default_of(instance: &Instance, tenant: Uuid) -> Result<Arc<SigningKey>, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let gone = || Refusal::Fault("signing failed", "the tenant or its key is gone".to_owned());
    let mut tenant = store::tenants::by_id(&instance.database, tenant).await?.ok_or_else(gone)?;
    if let Some(id) = tenant.jwt_configuration.access_token_key_id {
        return open(instance, store::signing_keys::by_id(&instance.database, id).await?.ok_or_else(gone)?);
    }
    let id = instance.random.uuid();
    let key = generate(instance, id, "Default signing key", KeySize::Rsa2048).await?.ok_or_else(gone)?;
    tenant.jwt_configuration.access_token_key_id = Some(id);
    store::tenants::update(&instance.database, &tenant).await?;
    Ok(Arc::new(key))
}
