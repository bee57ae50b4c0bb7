//! The passkeys of a user, in the API of the single-page app. Only a script can create a passkey, so the server-rendered pages do not offer
//! passkeys.
//!
//! | call | |
//! |---|---|
//! | `GET /api/account/passkeys` | returns the passkeys, and whether FusionAuth has passkeys switched on |
//! | `POST /api/account/passkeys/start` | begins to create a passkey, and returns the options for the browser |
//! | `POST /api/account/passkeys` | stores the passkey that the browser has created |
//! | `POST /api/account/passkeys/{id}/remove` | removes a passkey |
//!
//! Creating and removing a passkey need the password, or the proof of a recent confirmation (`password_check`). The same user must send
//! both steps of the creation, and the second step must follow within three minutes.

use crate::account::error::Error;
use crate::account::password_check::{confirm, require_proven_email};
use crate::auth::error::Error as AuthError;
use crate::auth::passkey_api::{PasskeyRemoval, user_handle};
use crate::clock::rfc3339_of_ms;
use crate::http::device_name::{self, DeviceName};
use crate::http::{body::JsonBody, endpoint::endpoint, problem::ApiResult};
use crate::notices::{self, Change};
use crate::{state::Backend, typed, user_request::UserRequest, users};
use axum::{Json, Router, extract::Path};
use fusionauth_api::passkey::{AttestationResponse, CeremonyOutcome, NewCredential, PasskeyRecord};
use serde_json::{Value, json};
use storefront_api::account::{AcceptedPasskeys, Confirmation, NewPasskey, Passkey, Passkeys, StartPasskey};
use storefront_api::{Done, endpoints};
use storefront_messages::PasskeyError;

/// The maximum length of a passkey's name, in characters.
const MAX_NAME: usize = 60;

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::PASSKEYS, list)
        .merge(endpoint(endpoints::ADD_PASSKEY, add))
        .merge(endpoint(endpoints::START_PASSKEY, start))
        .merge(endpoint(endpoints::REMOVE_PASSKEY, remove))
}

async fn list(UserRequest { backend, user, cookies, .. }: UserRequest) -> ApiResult<Json<Passkeys>> {
    let is_confirmed = backend.authenticator.has_confirmed(&cookies, &user).await.map_err(Error::from)?;
    let Some(settings) = backend.fusionauth.passkey_settings().await.map_err(unavailable)? else {
        return Ok(Json(Passkeys { are_on: false, is_confirmed, passkeys: Vec::new(), accepted: None }));
    };
    let relying_party = settings.relying_party(backend.site.host());
    let passkeys = backend.fusionauth.passkeys(&user.user_id).await.map_err(unavailable)?;
    let accepted = accepted(&user.user_id, relying_party, &passkeys);
    let passkeys = passkeys.into_iter().map(|it| shown(it, relying_party)).collect();
    Ok(Json(Passkeys { are_on: true, is_confirmed, passkeys, accepted }))
}

async fn start(request: UserRequest, DeviceName(device): DeviceName, JsonBody(new): JsonBody<StartPasskey>) -> ApiResult<Json<Value>> {
    let name = new.name.unwrap_or_else(|| device_name::shown(&device));
    let name = &*typed::line(&name);
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::of_field("name", "invalid", PasskeyError::Name.message().what).into());
    }
    require_proven_email(&request).await?;
    confirm(&request, new.current_password.as_deref()).await?;
    let user_id = &request.user.user_id;
    let mut options = done(request.backend.fusionauth.start_passkey(user_id, name).await)?;
    // FusionAuth puts the passkey's name here, but password managers show this text as the user's name.
    options["user"]["displayName"] = json!(users::display_name(&request.backend.db, user_id).await.map_err(Error::from)?);
    // FusionAuth does not request a discoverable passkey, but browsers suggest only discoverable ones in the sign-in form.
    options["authenticatorSelection"]["residentKey"] = json!("preferred");
    Ok(Json(options))
}

async fn add(request: UserRequest, JsonBody(new): JsonBody<NewPasskey>) -> ApiResult<Json<Done>> {
    require_proven_email(&request).await?;
    let (UserRequest { backend, user, origin, .. }, NewPasskey { id, response }) = (&request, new);
    let settings = backend.fusionauth.passkey_settings().await.map_err(unavailable)?.ok_or(Error::PasskeyRefused)?;
    let relying_party = settings.relying_party(backend.site.host());
    let attestation =
        AttestationResponse { attestation_object: &response.attestation_object, client_data_json: &response.client_data_json };
    let credential = NewCredential { id: &id, response: attestation, transports: &response.transports, kind: "public-key" };
    // FusionAuth compares this origin with the signed data, so the origin comes from the server's configuration and not from the browser's
    // request.
    done(backend.fusionauth.complete_passkey(&user.user_id, credential, (origin, relying_party)).await)?;
    notices::announce(&request, Change::PasskeyAdded);
    Ok(Json(Done {}))
}

async fn remove(request: UserRequest, Path(id): Path<String>, JsonBody(sent): JsonBody<Confirmation>) -> ApiResult<Json<Done>> {
    confirm(&request, sent.current_password.as_deref()).await?;
    if request.backend.fusionauth.remove_passkey(&request.user.user_id, &id).await.map_err(unavailable)? == PasskeyRemoval::Removed {
        notices::announce(&request, Change::PasskeyRemoved);
    }
    Ok(Json(Done {}))
}

/// The passkeys as browsers know them, including those of other domains. Returns `None` if FusionAuth left out an id: with an incomplete
/// list, the browser would hide a passkey that works.
fn accepted(user_id: &str, relying_party: &str, passkeys: &[PasskeyRecord]) -> Option<AcceptedPasskeys> {
    let ids: Vec<String> = passkeys.iter().map(|it| it.credential_id.trim_end_matches('=').to_owned()).collect();
    ids.iter().all(|id| !id.is_empty()).then(|| AcceptedPasskeys {
        rp_id: relying_party.to_owned(),
        user_id: user_handle(user_id),
        all_accepted_credential_ids: ids,
    })
}

fn shown(it: PasskeyRecord, relying_party: &str) -> Passkey {
    Passkey {
        last_used_at: last_used_at(&it),
        id: it.id,
        name: it.display_name,
        made_at: rfc3339_of_ms(it.insert_instant),
        other_site: (it.relying_party_id != relying_party).then_some(it.relying_party_id),
    }
}

/// When a passkey was used last, or `None` if it was never used. FusionAuth counts the creation as a use, but this function does not.
pub(super) fn last_used_at(it: &PasskeyRecord) -> Option<String> {
    (it.last_use_instant > it.insert_instant).then(|| rfc3339_of_ms(it.last_use_instant)).flatten()
}

fn done<T>(outcome: CeremonyOutcome<T>) -> Result<T, Error> {
    match outcome {
        CeremonyOutcome::Done(it) => Ok(it),
        CeremonyOutcome::Refused => Err(Error::PasskeyRefused),
        CeremonyOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

fn unavailable(_: crate::auth::fusionauth::Unreachable) -> AuthError {
    AuthError::SignInUnavailable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_list_of_passkeys_is_not_passed_to_the_browser() {
        let passkey = |credential_id: &str| PasskeyRecord { credential_id: credential_id.to_owned(), ..PasskeyRecord::default() };
        let ids = |passkeys: &[PasskeyRecord]| accepted("user", "store.test", passkeys).map(|it| it.all_accepted_credential_ids);
        assert_eq!(ids(&[]), Some(Vec::new()));
        assert_eq!(ids(&[passkey("AQ=="), passkey("AQI")]), Some(vec!["AQ".to_owned(), "AQI".to_owned()]), "browsers expect no padding");
        assert_eq!(ids(&[passkey("AQ"), passkey("")]), None);
    }
}
