//! Selects the key that signs an access token, and generates keys.

use super::Refusal;
use crate::database::{self, signing_keys::StoredKey};
use crate::model::{Application, Tenant};
use crate::state::{AppState, KeyError, SigningKey};
use aws_lc_rs::rsa::KeySize;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::{Uuid, uuid};

/// The id of the default key, which signs for tenants that name no key.
pub(crate) const DEFAULT_KEY: Uuid = uuid!("f0000000-0000-4000-8000-0000000e0031");

/// The key that signs for this application: its own, or else the tenant's, or else the default one. The emulator signs only with RSA, so
/// the default key replaces a key of another kind. The default key is generated when it first signs. Most kickstart files name another key,
/// so generating the default key at the start would often be useless, and take a quarter of the start-up time.
pub(crate) async fn for_application(
    emulator: &AppState,
    tenant: &Tenant,
    application: Option<&Application>,
) -> Result<Arc<SigningKey>, Refusal> {
    let own = application.filter(|it| it.jwt_configuration.enabled).and_then(|it| it.jwt_configuration.access_token_key_id);
    for_key(emulator, tenant, own).await
}

/// The key with the id `own` if there is one, or else the tenant's key, as [`for_application`] finds it.
pub(crate) async fn for_key(emulator: &AppState, tenant: &Tenant, own: Option<Uuid>) -> Result<Arc<SigningKey>, Refusal> {
    let named = own.or(tenant.jwt_configuration.access_token_key_id);
    if let Some(id) = named {
        if let Some(stored) = database::signing_keys::by_id(&emulator.database, id).await? {
            return parse(emulator, stored);
        }
        if id != DEFAULT_KEY {
            tracing::warn!(key = %id, "this key is missing or is not an RSA key, so the default signing key signs instead");
        }
    }
    let key = default_key(emulator).await?;
    if named.is_none() {
        let mut transaction = emulator.database.begin().await?;
        let mut tenant = database::tenants::by_id(&mut *transaction, tenant.id).await?.ok_or_else(missing)?;
        tenant.jwt_configuration.access_token_key_id.get_or_insert(DEFAULT_KEY);
        database::tenants::update(&mut *transaction, &tenant).await?;
        transaction.commit().await?;
    }
    Ok(key)
}

/// The parsed key. It is cached by its `kid`, until another key with this `kid` is imported.
pub(crate) fn parse(emulator: &AppState, stored: StoredKey) -> Result<Arc<SigningKey>, Refusal> {
    let mut keys = emulator.signing_keys.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = keys.get(&stored.kid).filter(|it| it.pkcs8() == stored.pkcs8) {
        return Ok(Arc::clone(key));
    }
    let key = Arc::new(SigningKey::from_pkcs8(stored.kid, stored.pkcs8)?);
    keys.insert(key.kid().to_owned(), Arc::clone(&key));
    Ok(key)
}

/// Generates a key without storing it.
///
/// If the first key of an emulator has 2048 bits, it is the same in all emulators of this process, because a test may start dozens of
/// emulators and searching for two primes takes a tenth of a second.
pub(crate) async fn generate(emulator: &AppState, size: KeySize) -> Result<SigningKey, Refusal> {
    let is_first = size == KeySize::Rsa2048
        && !emulator.has_generated_key.swap(true, Ordering::Relaxed)
        && database::signing_keys::all(&emulator.database).await?.iter().all(|it| it.pkcs8.is_empty());
    // The key is generated on a blocking thread, so that no other request waits.
    let generated = tokio::task::spawn_blocking(move || if is_first { first_key() } else { SigningKey::generate(size) }).await;
    Ok(generated.map_err(|error| Refusal::Internal("a key could not be generated", error.to_string()))??)
}

/// Begins to generate the process's first key on another thread. The key takes longer than the rest of a start, so a start begins with it.
pub(crate) fn begin_first_key() {
    tokio::task::spawn_blocking(|| drop(first_key()));
}

fn first_key() -> Result<SigningKey, KeyError> {
    /// The key's `kid` and its PKCS #8 form.
    static FIRST: Mutex<Option<(String, Vec<u8>)>> = Mutex::new(None);
    let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((kid, pkcs8)) = &*first {
        return SigningKey::from_pkcs8(kid.clone(), pkcs8.clone());
    }
    let key = SigningKey::generate(KeySize::Rsa2048)?;
    *first = Some((key.kid().to_owned(), key.pkcs8().to_vec()));
    Ok(key)
}

async fn default_key(emulator: &AppState) -> Result<Arc<SigningKey>, Refusal> {
    if database::signing_keys::by_id(&emulator.database, DEFAULT_KEY).await?.is_none() {
        let (key, now) = (generate(emulator, KeySize::Rsa2048).await?, emulator.clock.now_ms());
        // If another request has stored a default key first, `insert` changes nothing, and that key is used.
        let _the_first_one_counts =
            database::signing_keys::insert(&emulator.database, DEFAULT_KEY, "Default signing key", Some(&key), now).await?;
    }
    parse(emulator, database::signing_keys::by_id(&emulator.database, DEFAULT_KEY).await?.ok_or_else(missing)?)
}

fn missing() -> Refusal {
    Refusal::Internal("signing failed", "the tenant or its key is missing".to_owned())
}
