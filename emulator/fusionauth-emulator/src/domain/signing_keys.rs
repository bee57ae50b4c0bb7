//! Selects the key that signs an access token, and generates keys.

use super::Refusal;
use crate::database::{self, signing_keys::StoredKey, stored_resources};
use crate::model::{Application, DEFAULT_SIGNING_KEY, Tenant};
use crate::state::{AppState, KeyError, SigningKey};
use aws_lc_rs::rsa::KeySize;
use serde_json::json;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

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
        if id != DEFAULT_SIGNING_KEY {
            tracing::warn!(key = %id, "this key is missing or is not an RSA key, so the default signing key signs instead");
        }
    }
    default_key(emulator).await
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
    if database::signing_keys::by_id(&emulator.database, DEFAULT_SIGNING_KEY).await?.is_none() {
        let (key, now) = (generate(emulator, KeySize::Rsa2048).await?, emulator.clock.now_ms());
        // If another request has stored a default key first, `insert` changes nothing, and that key is used.
        let _the_first_one_counts =
            database::signing_keys::insert(&emulator.database, DEFAULT_SIGNING_KEY, "Default signing key", Some(&key), now).await?;
        return describe_default_key(emulator).await;
    }
    stored_default_key(emulator).await
}

async fn stored_default_key(emulator: &AppState) -> Result<Arc<SigningKey>, Refusal> {
    parse(emulator, database::signing_keys::by_id(&emulator.database, DEFAULT_SIGNING_KEY).await?.ok_or_else(missing)?)
}

/// Writes the public part of the default key into the document that `GET /api/key` shows.
async fn describe_default_key(emulator: &AppState) -> Result<Arc<SigningKey>, Refusal> {
    let key = stored_default_key(emulator).await?;
    let mut transaction = emulator.database.begin().await?;
    if let Some(mut document) = stored_resources::by_id(&mut *transaction, "key", DEFAULT_SIGNING_KEY).await? {
        (document["kid"], document["publicKey"]) = (json!(key.kid()), json!(key.public_pem()?));
        let _a_key_has_no_unique_name = stored_resources::update(&mut *transaction, "key", DEFAULT_SIGNING_KEY, None, &document).await?;
    }
    transaction.commit().await?;
    Ok(key)
}

fn missing() -> Refusal {
    Refusal::Internal("signing failed", "the default key is missing".to_owned())
}
