//! The two ceremonies of WebAuthn: a browser creates a passkey, or signs in with one. For each ceremony, this module composes the options
//! for the browser and checks its answer. `webauthn-rs` implements the rules and the signatures; options and answer have FusionAuth's form.

use super::Refusal;
use crate::database::passkeys::StoredPasskey;
use crate::model::{AttachmentPreference, Tenant, User, WebAuthnWorkflowConfiguration};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey as Verifier, PasskeyAuthentication, PasskeyRegistration, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

/// A ceremony that waits for the browser's answer. No `Debug`, because the challenge is a secret.
pub(crate) struct Ceremony<State> {
    /// The options for `navigator.credentials`, in the form of FusionAuth's API.
    pub(crate) options: Value,
    /// The challenge in base64url, by which the emulator finds the stored ceremony.
    pub(crate) challenge: String,
    /// The state that the answer is checked against.
    pub(crate) state: State,
}

/// A passkey that a browser has created, with exactly the members that FusionAuth accepts.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewCredential {
    #[serde(default)]
    pub(crate) client_extension_results: ClientExtensions,
    pub(crate) id: String,
    #[serde(skip_serializing)]
    _rp_id: Option<String>,
    response: NewCredentialResponse,
    #[serde(default, skip_serializing)]
    pub(crate) transports: Vec<String>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ClientExtensions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cred_props: Option<CredentialProperties>,
}

/// The output of the extension `credProps`, in which a browser describes a passkey that it has created.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct CredentialProperties {
    /// Whether the passkey is discoverable: the browser can offer it before a user name is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rk: Option<bool>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct NewCredentialResponse {
    attestation_object: String,
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
}

/// A signature with a passkey, with exactly the members that FusionAuth accepts.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assertion {
    #[serde(default, skip_serializing)]
    _client_extension_results: Value,
    id: String,
    #[serde(skip_serializing)]
    _rp_id: Option<String>,
    response: AssertionResponse,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    authenticator_data: String,
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    signature: String,
    user_handle: Option<String>,
}

/// How long the browser should wait for the user, in milliseconds.
const TIMEOUT_MS: u32 = 180_000;

/// Begins the creation of a passkey for the user, on an authenticator that has none of `existing`.
pub(crate) fn start_registration(
    tenant: &Tenant,
    workflow: &WebAuthnWorkflowConfiguration,
    user: &User,
    (name, display_name): (&str, &str),
    existing: &[StoredPasskey],
) -> Result<Ceremony<PasskeyRegistration>, Refusal> {
    let excluded = existing.iter().map(|it| it.verifier.cred_id().clone()).collect();
    let (asked, state) = any_relying_party()?.start_passkey_registration(user.id, name, display_name, Some(excluded)).map_err(failed)?;
    let challenge = URL_SAFE_NO_PAD.encode(&asked.public_key.challenge);
    let attachment = match workflow.authenticator_attachment_preference.unwrap_or_default() {
        AttachmentPreference::Any => None,
        AttachmentPreference::CrossPlatform => Some("cross-platform"),
        AttachmentPreference::Platform => Some("platform"),
    };
    let configuration = &tenant.web_authn_configuration;
    let options = json!({
        "attestation": "none",
        "authenticatorSelection": {"authenticatorAttachment": attachment, "userVerification": "required"},
        "challenge": challenge,
        "excludeCredentials": descriptors(existing),
        "extensions": {"credProps": true},
        "pubKeyCredParams": asked.public_key.pub_key_cred_params,
        "rp": {"id": configuration.relying_party_id, "name": configuration.relying_party_name.as_ref().unwrap_or(&tenant.issuer)},
        "timeout": TIMEOUT_MS,
        "user": {"displayName": display_name, "id": user_handle(user), "name": name},
    });
    Ok(Ceremony { options, challenge, state })
}

/// The passkey that the browser created, or why it is invalid.
pub(crate) fn finish_registration(
    relying_party: &Webauthn,
    state: &PasskeyRegistration,
    credential: &NewCredential,
) -> Result<Verifier, WebauthnError> {
    relying_party.finish_passkey_registration(&convert(credential, &credential.id)?, state)
}

/// Begins a sign-in with one of these passkeys. The list must not be empty.
pub(crate) fn start_authentication(tenant: &Tenant, allowed: &[StoredPasskey]) -> Result<Ceremony<PasskeyAuthentication>, Refusal> {
    let verifiers: Vec<_> = allowed.iter().map(|it| it.verifier.clone()).collect();
    let (asked, state) = any_relying_party()?.start_passkey_authentication(&verifiers).map_err(failed)?;
    let challenge = URL_SAFE_NO_PAD.encode(&asked.public_key.challenge);
    let options = json!({
        "allowCredentials": descriptors(allowed),
        "challenge": challenge,
        "rpId": tenant.web_authn_configuration.relying_party_id,
        "timeout": TIMEOUT_MS,
        "userVerification": "required",
    });
    Ok(Ceremony { options, challenge, state })
}

/// The verified signature, or why the answer is invalid.
pub(crate) fn finish_authentication(
    relying_party: &Webauthn,
    state: &PasskeyAuthentication,
    user: &User,
    credential: &Assertion,
) -> Result<AuthenticationResult, WebauthnError> {
    let handle = credential.response.user_handle.as_deref().unwrap_or_default();
    if !handle.is_empty() && handle.trim_end_matches('=') != user_handle(user) {
        return Err(WebauthnError::InvalidUserUniqueId);
    }
    relying_party.finish_passkey_authentication(&convert(credential, &credential.id)?, state)
}

/// The relying party: the page's origin, and `id`, the domain that passkeys belong to. `id` must be the tenant's relying party, or, if the
/// tenant has none, the page's host.
pub(crate) fn relying_party(tenant: &Tenant, origin: &str, id: &str) -> Result<Webauthn, Refusal> {
    let origin = Url::parse(origin).map_err(|_| Refusal::field("invalid", "origin", "This is not an origin."))?;
    if tenant.web_authn_configuration.relying_party_id.as_deref().or(origin.domain()) != Some(id) {
        return Err(Refusal::field("invalid", "rpId", "This is neither the tenant's relying party nor the host of the origin."));
    }
    let builder = WebauthnBuilder::new(id, &origin);
    let unfit = |_| Refusal::field("invalid", "rpId", "A page of this origin can't use passkeys of this relying party.");
    builder.map_err(unfit)?.build().map_err(failed)
}

impl NewCredential {
    /// The challenge that the browser answered, in base64url, if the answer names one.
    pub(crate) fn challenge(&self) -> Option<String> {
        challenge(&self.response.client_data_json)
    }
}

impl Assertion {
    /// The challenge that the browser answered, in base64url, if the answer names one.
    pub(crate) fn challenge(&self) -> Option<String> {
        challenge(&self.response.client_data_json)
    }
}

fn challenge(client_data: &str) -> Option<String> {
    let client_data = URL_SAFE_NO_PAD.decode(client_data.trim_end_matches('=')).ok()?;
    let client_data: Value = serde_json::from_slice(&client_data).ok()?;
    Some(client_data["challenge"].as_str()?.trim_end_matches('=').to_owned())
}

/// A placeholder, because the library begins a ceremony only with a relying party. The challenge does not depend on the relying party, and
/// the browser names the real relying party in its answer.
fn any_relying_party() -> Result<Webauthn, Refusal> {
    let origin = Url::parse("http://localhost").map_err(|it| Refusal::Internal("passkeys failed", it.to_string()))?;
    WebauthnBuilder::new("localhost", &origin).and_then(WebauthnBuilder::build).map_err(failed)
}

/// The browser's answer in the library's form: with `rawId`, which FusionAuth leaves out, and without padding, which FusionAuth allows.
fn convert<T: DeserializeOwned>(credential: &impl Serialize, id: &str) -> Result<T, WebauthnError> {
    let mut credential = serde_json::to_value(credential).map_err(WebauthnError::ParseJSONFailure)?;
    credential["rawId"] = json!(id);
    trim_padding(&mut credential);
    serde_json::from_value(credential).map_err(WebauthnError::ParseJSONFailure)
}

fn trim_padding(value: &mut Value) {
    match value {
        Value::String(text) => text.truncate(text.trim_end_matches('=').len()),
        Value::Object(members) => members.values_mut().for_each(trim_padding),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
    }
}

fn descriptors(passkeys: &[StoredPasskey]) -> Vec<Value> {
    let descriptor =
        |it: &StoredPasskey| json!({"id": it.passkey.credential_id, "transports": it.passkey.transports, "type": "public-key"});
    passkeys.iter().map(descriptor).collect()
}

/// The user's id in the form that an authenticator stores: the base64url of the UUID's text.
fn user_handle(user: &User) -> String {
    URL_SAFE_NO_PAD.encode(user.id.to_string())
}

fn failed(error: WebauthnError) -> Refusal {
    Refusal::Internal("passkeys failed", error.to_string())
}
