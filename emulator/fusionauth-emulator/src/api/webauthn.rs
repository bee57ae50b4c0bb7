//! `/api/webauthn`: passkeys, and the ceremonies that create and use them (<https://fusionauth.io/docs/apis/webauthn>). A request that
//! begins a ceremony needs an API key. A request that completes one needs none, because the challenge identifies the user.

use super::login::{Login, Output, proceed, refused};
use crate::database::one_time_ids::Purpose;
use crate::database::{self, Written, passkeys::StoredPasskey, users::StoredUser};
use crate::domain::passkeys::{Assertion, NewCredential};
use crate::domain::sessions::AuthenticationType;
use crate::domain::{Refusal, one_time_ids, passkeys, required, users};
use crate::http::{Answer, Anyone, Authorized, ExistingId, JsonBody, Query, Routes, TenantHeader, empty, json};
use crate::model::{Application, LoginIdType, Passkey, Tenant, User, WebAuthnWorkflow, WebAuthnWorkflowConfiguration};
use crate::state::{AppState, OpaqueToken};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::WebauthnError;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/webauthn", get(list).delete(delete_all))
        .route("/api/webauthn/{id}", get(retrieve).delete(delete))
        .route("/api/webauthn/register/start", post(start_registration))
        .route("/api/webauthn/register/complete", post(complete_registration))
        .route("/api/webauthn/start", post(start))
        .route("/api/webauthn/login", post(login))
        .route("/api/webauthn/assert", post(assert))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    user_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StartRegistration {
    display_name: Option<String>,
    name: Option<String>,
    user_agent: Option<String>,
    user_id: Option<Uuid>,
    workflow: Option<WebAuthnWorkflow>,
}

/// This type has no `Debug`, because it contains the answer to a challenge.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompleteRegistration {
    credential: NewCredential,
    origin: Option<String>,
    rp_id: Option<String>,
    user_id: Option<Uuid>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Start {
    application_id: Option<Uuid>,
    credential_id: Option<Uuid>,
    login_id: Option<String>,
    login_id_types: Option<Vec<LoginIdType>>,
    state: Value,
    user_id: Option<Uuid>,
    workflow: Option<WebAuthnWorkflow>,
}

/// This type has no `Debug`, because it contains the answer to a challenge.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginBody {
    credential: Assertion,
    meta_data: Option<Value>,
    #[serde(default, rename = "noJWT")]
    no_jwt: bool,
    origin: Option<String>,
    rp_id: Option<String>,
    two_factor_trust_id: Option<String>,
    _application_id: Option<Uuid>,
    _ip_address: Option<String>,
    _new_device: Option<bool>,
}

/// The result of a sign-in ceremony with a valid signature.
pub(super) struct Verified {
    tenant: Tenant,
    pub(super) application: Option<Application>,
    stored: StoredUser,
    passkey: Passkey,
    state: Value,
}

async fn list(Authorized(emulator): Authorized, Query(query): Query<Parameters>) -> Answer {
    let user = user_id(query)?;
    users::find(&emulator.database, user).await?;
    let passkeys = database::passkeys::of_user(&emulator.database, user).await?;
    let passkeys: Vec<Passkey> = passkeys.into_iter().map(|it| it.passkey).collect();
    Ok(json(StatusCode::OK, &json!({"credentials": passkeys})))
}

async fn retrieve(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    let stored = database::passkeys::by_id(&emulator.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    Ok(answer(&stored.passkey))
}

async fn delete(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    if database::passkeys::delete(&emulator.database, id).await? { Ok(empty(StatusCode::OK)) } else { Err(StatusCode::NOT_FOUND.into()) }
}

async fn delete_all(Authorized(emulator): Authorized, Query(query): Query<Parameters>) -> Answer {
    let user = user_id(query)?;
    users::find(&emulator.database, user).await?;
    database::passkeys::delete_of_user(&emulator.database, user).await?;
    Ok(empty(StatusCode::OK))
}

async fn start_registration(Authorized(emulator): Authorized, JsonBody(body): JsonBody<StartRegistration>) -> Answer {
    let display_name = required("displayName", body.display_name)?;
    let user = body.user_id.ok_or_else(|| Refusal::blank("userId"))?;
    let workflow = body.workflow.ok_or_else(|| Refusal::blank("workflow"))?;
    let mut transaction = emulator.database.begin().await?;
    let user = database::users::by_id(&mut *transaction, user).await?.ok_or_else(|| unknown("userId"))?;
    let tenant = database::tenants::by_id(&mut *transaction, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let settings = settings(&tenant, None, workflow)?;
    let existing = database::passkeys::of_user(&mut *transaction, user.id).await?;
    let name = body.name.filter(|it| !it.is_empty()).or_else(|| user.email.clone()).or_else(|| user.username.clone()).unwrap_or_default();
    let ceremony = passkeys::start_registration(&tenant, &settings, &user, (&name, &display_name), &existing)?;
    let details = json!({"state": serialized(&ceremony.state)?, "name": name, "displayName": display_name, "userAgent": body.user_agent});
    let seconds = tenant.external_identifier_configuration.web_authn_registration_challenge_time_to_live_in_seconds;
    let challenge = OpaqueToken::from_request(ceremony.challenge);
    one_time_ids::store(&emulator, &mut transaction, &challenge, Purpose::MakePasskey, user.id, seconds, None, details).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({"options": ceremony.options})))
}

async fn complete_registration(Anyone(emulator): Anyone, JsonBody(body): JsonBody<CompleteRegistration>) -> Answer {
    let (origin, rp_id) = (required("origin", body.origin)?, required("rpId", body.rp_id)?);
    let user = body.user_id.ok_or_else(|| Refusal::blank("userId"))?;
    let given = body.credential;
    let challenge = given.challenge().map(OpaqueToken::from_request);
    let challenge = challenge.ok_or_else(|| refused_credential("The credential contains no challenge."))?;
    let begun = database::one_time_ids::find(&emulator.database, Purpose::MakePasskey, &challenge, emulator.clock.now_ms()).await?;
    let begun =
        begun.filter(|it| it.user_id == user).ok_or_else(|| refused_credential("The challenge has expired or belongs to another user."))?;
    // A challenge accepts one answer, right or wrong.
    if !database::one_time_ids::take(&emulator.database, Purpose::MakePasskey, &challenge).await? {
        return Err(refused_credential("The challenge was answered before."));
    }
    let user = users::find(&emulator.database, user).await?;
    let tenant = database::tenants::by_id(&emulator.database, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    settings(&tenant, None, WebAuthnWorkflow::General)?;
    let relying_party = passkeys::relying_party(&tenant, &origin, &rp_id)?;
    let state = deserialized(&begun.details["state"])?;
    let verifier = passkeys::finish_registration(&relying_party, &state, &given).map_err(|it| refused_credential(&it.to_string()))?;
    let text = |name: &str| begun.details[name].as_str().map(str::to_owned);
    let now = emulator.clock.now_ms();
    let passkey = Passkey {
        algorithm: *verifier.cred_algorithm() as i64,
        authenticator_supports_user_verification: true,
        credential_id: given.id.trim_end_matches('=').to_owned(),
        discoverable: given.client_extension_results.cred_props.is_some_and(|it| it.rk == Some(true)),
        display_name: text("displayName").unwrap_or_default(),
        id: emulator.random.uuid(),
        insert_instant: now,
        last_use_instant: now,
        name: text("name").unwrap_or_default(),
        relying_party_id: rp_id,
        tenant_id: tenant.id,
        transports: given.transports,
        user_agent: text("userAgent"),
        user_id: user.id,
        ..Passkey::default()
    };
    let new = StoredPasskey { passkey, verifier };
    let Written::Yes = database::passkeys::insert(&emulator.database, &new).await? else {
        return Err(Refusal::field("duplicate", "credential.id", "A passkey with this id already exists."));
    };
    Ok(answer(&new.passkey))
}

async fn start(Authorized(emulator): Authorized, tenant: TenantHeader, JsonBody(body): JsonBody<Start>) -> Answer {
    let application_id = body.application_id.ok_or_else(|| Refusal::blank("applicationId"))?;
    let workflow = body.workflow.ok_or_else(|| Refusal::blank("workflow"))?;
    let (application, tenant) = tenant.resolve(&emulator, Some(application_id)).await?;
    if workflow == WebAuthnWorkflow::General {
        return Err(Refusal::field("invalid", "workflow", "expected bootstrap or reauthentication."));
    }
    settings(&tenant, application.as_ref(), workflow)?;
    let user = match (body.user_id, body.login_id.filter(|it| !it.is_empty())) {
        (Some(id), _) => database::users::stored_by_id(&emulator.database, id).await?,
        (None, Some(login_id)) => {
            database::users::by_login_id(&emulator.database, tenant.id, &login_id, body.login_id_types.as_deref()).await?
        }
        (None, None) => return Err(Refusal::blank("loginId")),
    };
    let user = user.filter(|it| it.user.tenant_id == tenant.id).ok_or(StatusCode::NOT_FOUND)?.user;
    let application = application.ok_or(StatusCode::NOT_FOUND)?;
    let options = begin(&emulator, &tenant, &application, &user, body.credential_id, body.state).await?;
    Ok(json(StatusCode::OK, &json!({"options": options})))
}

/// Begins a sign-in with one of the user's passkeys, and returns the options for the browser. `credential_id` selects one passkey, and the
/// answer of the sign-in returns `caller_state`.
pub(super) async fn begin(
    emulator: &AppState,
    tenant: &Tenant,
    application: &Application,
    user: &User,
    credential_id: Option<Uuid>,
    caller_state: Value,
) -> Result<Value, Refusal> {
    let mut allowed = database::passkeys::of_user(&emulator.database, user.id).await?;
    if let Some(id) = credential_id {
        allowed.retain(|it| it.passkey.id == id);
    }
    if allowed.is_empty() {
        return Err(Refusal::field("missing", "credentialId", "The user has no such passkey."));
    }
    let ceremony = passkeys::start_authentication(tenant, &allowed)?;
    let details = json!({"state": serialized(&ceremony.state)?, "applicationId": application.id, "callerState": caller_state});
    let seconds = tenant.external_identifier_configuration.web_authn_authentication_challenge_time_to_live_in_seconds;
    let challenge = OpaqueToken::from_request(ceremony.challenge);
    let mut connection = emulator.database.acquire().await?;
    one_time_ids::store(emulator, &mut connection, &challenge, Purpose::UsePasskey, user.id, seconds, None, details).await?;
    Ok(ceremony.options)
}

async fn login(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(mut body): JsonBody<LoginBody>) -> Answer {
    let (meta_data, trust_id) = (body.meta_data.take().unwrap_or_default(), body.two_factor_trust_id.take());
    let output = Output::unless(body.no_jwt);
    let verified = verify_body(&emulator, &tenant, body).await?;
    let login = Login::new(verified.tenant.clone(), verified.application.clone(), meta_data, output);
    sign_in(&emulator, &headers, login, verified, trust_id).await
}

/// Signs in the user of a valid signature.
pub(super) async fn sign_in(
    emulator: &AppState,
    headers: &HeaderMap,
    mut login: Login,
    Verified { stored, state, .. }: Verified,
    trust_id: Option<String>,
) -> Answer {
    if let Some(refused) = refused(emulator, &stored.user, login.application_id()).await? {
        return Ok(refused);
    }
    (login.authentication_type, login.state) = (AuthenticationType::WebAuthn, state);
    proceed(emulator, headers, login, stored, trust_id).await
}

async fn assert(Anyone(emulator): Anyone, tenant: TenantHeader, JsonBody(body): JsonBody<LoginBody>) -> Answer {
    Ok(answer(&verify_body(&emulator, &tenant, body).await?.passkey))
}

async fn verify_body(emulator: &AppState, tenant: &TenantHeader, body: LoginBody) -> Result<Verified, Refusal> {
    let (origin, rp_id) = (required("origin", body.origin)?, required("rpId", body.rp_id)?);
    verify(emulator, tenant, &body.credential, &origin, &rp_id).await
}

/// Checks the answer to a challenge. A wrong or late answer gets 404, like a wrong password.
pub(super) async fn verify(
    emulator: &AppState,
    tenant: &TenantHeader,
    credential: &Assertion,
    origin: &str,
    rp_id: &str,
) -> Result<Verified, Refusal> {
    let challenge = credential.challenge().map(OpaqueToken::from_request);
    let challenge = challenge.ok_or_else(|| refused_credential("The credential contains no challenge."))?;
    let begun = one_time_ids::find(emulator, &emulator.database, Purpose::UsePasskey, &challenge).await?;
    // A challenge accepts one answer, right or wrong.
    one_time_ids::take(&emulator.database, Purpose::UsePasskey, &challenge).await?;
    let (application, tenant) = tenant.resolve(emulator, deserialized(&begun.details["applicationId"])?).await?;
    let stored = database::users::stored_by_id(&emulator.database, begun.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let relying_party = passkeys::relying_party(&tenant, origin, rp_id)?;
    let state = deserialized(&begun.details["state"])?;
    let wrong = |error: WebauthnError| {
        tracing::info!(%error, "a passkey was refused");
        Refusal::Status(StatusCode::NOT_FOUND)
    };
    let signed = passkeys::finish_authentication(&relying_party, &state, &stored.user, credential).map_err(wrong)?;
    let mut transaction = emulator.database.begin().await?;
    let owned = database::passkeys::of_user(&mut *transaction, begun.user_id).await?;
    let mut used = owned.into_iter().find(|it| it.verifier.cred_id() == signed.cred_id()).ok_or(StatusCode::NOT_FOUND)?;
    // The library compares the signature counter with the stored value from the start of the ceremony. Another ceremony may have raised
    // the stored value since then.
    if signed.counter() != 0 && signed.counter() <= used.passkey.sign_count || used.passkey.relying_party_id != rp_id {
        return Err(StatusCode::NOT_FOUND.into());
    }
    used.verifier.update_credential(&signed);
    (used.passkey.sign_count, used.passkey.last_use_instant) = (signed.counter(), emulator.clock.now_ms());
    database::passkeys::update(&mut *transaction, &used).await?;
    transaction.commit().await?;
    Ok(Verified { tenant, application, stored, passkey: used.passkey, state: begun.details["callerState"].clone() })
}

/// The settings of a workflow. 400 if passkeys or the workflow are disabled.
pub(super) fn settings(
    tenant: &Tenant,
    application: Option<&Application>,
    workflow: WebAuthnWorkflow,
) -> Result<WebAuthnWorkflowConfiguration, Refusal> {
    let settings = tenant.web_authn_configuration.workflow(application.map(|it| &it.web_authn_configuration), workflow);
    settings.ok_or_else(|| Refusal::field("invalid", "workflow", "Passkeys are disabled for this workflow."))
}

fn user_id(query: Parameters) -> Result<Uuid, Refusal> {
    query.user_id.and_then(|it| it.parse().ok()).ok_or_else(|| Refusal::blank("userId"))
}

fn answer(passkey: &Passkey) -> Response {
    json(StatusCode::OK, &json!({"credential": passkey}))
}

fn unknown(field: &str) -> Refusal {
    Refusal::field("invalid", field, "This id is unknown.")
}

fn refused_credential(why: &str) -> Refusal {
    Refusal::field("invalid", "credential", why)
}

fn serialized(state: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(state).map_err(|error| Refusal::Internal("a ceremony could not be stored", error.to_string()))
}

fn deserialized<T: serde::de::DeserializeOwned>(state: &Value) -> Result<T, Refusal> {
    serde_json::from_value(state.clone()).map_err(|error| Refusal::Internal("a stored ceremony could not be read", error.to_string()))
}
