//! Calls to FusionAuth about passkeys, as methods of the client [`FusionAuth`]. They need the API key, except for the last step of creating
//! a passkey and of signing in with one.

use crate::auth::fusionauth::{Call, FusionAuth, LoginAnswer, Unreachable, refused};
use crate::http::{client_address::ClientAddress, percent::encoded};
use crate::secret::{Secret, derive_key};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fusionauth_api::backend::{BackendLoginRequest, Device};
use fusionauth_api::login::{LoginStep, PasskeyLoginRequest};
use fusionauth_api::passkey::{
    ApplicationRecord, ApplicationResponse, CeremonyOutcome, CompleteRegistrationRequest, NewCredential, OptionsResponse, PasskeyRecord,
    PasskeyResponse, PasskeysResponse, StartRegistrationRequest, StartSignInRequest, TenantRecord, TenantResponse, WORKFLOW,
};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The passkey settings, if FusionAuth lets people sign in with passkeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySettings {
    /// The domain that passkeys belong to. If `None`, they belong to the host of the page.
    pub relying_party_id: Option<String>,
}

impl PasskeySettings {
    /// The domain that passkeys of the site at `host` belong to.
    pub fn relying_party<'a>(&'a self, host: &'a str) -> &'a str {
        self.relying_party_id.as_deref().unwrap_or(host)
    }
}

/// The user of a sign-in with a passkey.
#[derive(Clone, Copy)]
pub enum PasskeyOwner<'a> {
    /// The user with this email.
    LoginId(&'a str),
    /// The user with this id.
    UserId(&'a str),
}

/// The length of a passkey's id and the ways to reach its authenticator, as common authenticators report them: Apple's, Google's and other
/// password managers, Windows Hello, and a security key. The more frequent ones stand here more than once.
const KINDS: [(usize, &[&str]); 8] = [
    (20, &["hybrid", "internal"]),
    (20, &["hybrid", "internal"]),
    (20, &["hybrid", "internal"]),
    (16, &["hybrid", "internal"]),
    (16, &["hybrid", "internal"]),
    (16, &["hybrid", "internal"]),
    (32, &["internal"]),
    (48, &["nfc", "usb"]),
];

/// The user's id as authenticators store it: FusionAuth encodes the text of the UUID in base64url, as the `userHandle` in its documentation
/// shows (<https://fusionauth.io/docs/apis/webauthn/complete-a-webauthn-passkey-authentication>).
pub fn user_handle(user_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(user_id)
}

/// The result of [`FusionAuth::remove_passkey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasskeyRemoval {
    /// The passkey is removed.
    Removed,
    /// The user has no such passkey.
    NothingToRemove,
}

impl FusionAuth {
    /// The settings of passkeys; `None` if passkeys are off, or if there is no API key that may read the settings. Passkeys are a paid
    /// feature of FusionAuth.
    pub(crate) async fn passkey_settings(&self) -> Result<Option<PasskeySettings>, Unreachable> {
        let Some((application, tenant)) = self.settings().await? else { return Ok(None) };
        let settings = tenant.web_authn_configuration;
        let is_on = settings.allows(&application.web_authn_configuration);
        Ok(is_on.then_some(PasskeySettings { relying_party_id: settings.relying_party_id }))
    }

    /// The settings of the application and its tenant; `None` if there is no API key that may read them.
    pub(super) async fn settings(&self) -> Result<Option<(ApplicationRecord, TenantRecord)>, Unreachable> {
        let path = format!("/{}", encoded(&self.config.application_id));
        let Some(ApplicationResponse { application }) = self.show("/api/application", &path).await? else { return Ok(None) };
        let path = format!("/{}", encoded(&application.tenant_id));
        let tenant: Option<TenantResponse> = self.show("/api/tenant", &path).await?;
        Ok(tenant.map(|it| (application, it.tenant)))
    }

    /// The passkeys of a user, for every site.
    pub(crate) async fn passkeys(&self, user_id: &str) -> Result<Vec<PasskeyRecord>, Unreachable> {
        let answer: Option<PasskeysResponse> = self.show("/api/webauthn", &format!("?userId={}", encoded(user_id))).await?;
        answer.map(|it| it.credentials).ok_or(Unreachable)
    }

    /// Begins to create a passkey, and returns the options for the browser.
    pub async fn start_passkey(&self, user_id: &str, name: &str) -> CeremonyOutcome<Value> {
        let body = StartRegistrationRequest { display_name: name, user_id, workflow: WORKFLOW };
        options(ask(self.post("/api/webauthn/register/start").with_key().json(&body)).await)
    }

    /// Begins a sign-in, and returns the options for the browser. [`CeremonyOutcome::Refused`] if the user does not exist or has no
    /// passkey.
    pub async fn start_passkey_sign_in(&self, owner: PasskeyOwner<'_>) -> CeremonyOutcome<Value> {
        let (login_id, user_id) = match owner {
            PasskeyOwner::LoginId(login_id) => (Some(login_id), None),
            PasskeyOwner::UserId(user_id) => (None, Some(user_id)),
        };
        let body = StartSignInRequest { application_id: &self.config.application_id, login_id, user_id, workflow: WORKFLOW };
        options(ask(self.post("/api/webauthn/start").with_key().json(&body)).await)
    }

    /// Invented passkeys, for a user name without one. The same name always gets the same passkeys, on every instance, just like a name with
    /// passkeys. So the response does not reveal whether the name has an account with passkeys.
    pub fn invented_passkeys(&self, login_id: &str) -> Vec<Value> {
        let (secret, name) = (self.api_key().map_or("", Secret::expose), login_id.to_lowercase());
        let bytes = |what: &str| derive_key(secret, &format!("{what} of {name}"));
        let choice = bytes("passkeys");
        let kinds = choice.iter().skip(1).map(|it| KINDS[usize::from(*it) % KINDS.len()]).take(if choice[0] < 64 { 2 } else { 1 });
        let passkey = |(number, (length, transports)): (usize, (usize, &[&str]))| {
            let id = [bytes(&format!("passkey {number}")), bytes(&format!("end of passkey {number}"))].concat();
            json!({"id": URL_SAFE_NO_PAD.encode(&id[..length]), "transports": transports, "type": "public-key"})
        };
        kinds.enumerate().map(passkey).collect()
    }

    /// Signs in with a passkey.
    pub async fn passkey_login(&self, client: ClientAddress, device: Device<'_>, request: &PasskeyLoginRequest<'_>) -> LoginAnswer {
        self.send_login(client, LoginStep::Passkey, &BackendLoginRequest { request, device }).await
    }

    /// Stores a passkey that the browser has created on a page of `origin`.
    pub async fn complete_passkey(
        &self,
        user_id: &str,
        credential: NewCredential<'_>,
        (origin, rp_id): (&str, &str),
    ) -> CeremonyOutcome<PasskeyResponse> {
        let body = CompleteRegistrationRequest { credential, origin, rp_id, user_id };
        ask(self.post("/api/webauthn/register/complete").json(&body)).await
    }

    /// Removes a passkey, if it belongs to this user. A missing passkey, or one of another user, is no error.
    pub(crate) async fn remove_passkey(&self, user_id: &str, id: &str) -> Result<PasskeyRemoval, Unreachable> {
        let (path, rest) = ("/api/webauthn", format!("/{}", encoded(id)));
        let found: Option<PasskeyResponse> = self.show(path, &rest).await?;
        if found.is_none_or(|it| it.credential.user_id != user_id) {
            return Ok(PasskeyRemoval::NothingToRemove);
        }
        match self.with_key(Method::DELETE, path, &rest).send().await?.status() {
            StatusCode::OK => Ok(PasskeyRemoval::Removed),
            StatusCode::NOT_FOUND => Ok(PasskeyRemoval::NothingToRemove),
            status => Err(refused(path, status, "FusionAuth did not remove a passkey; may the API key DELETE this endpoint?")),
        }
    }

    /// Removes all passkeys of a user. An API key that may not read passkeys starts no sign-in with one, so there is nothing to remove.
    pub(super) async fn remove_passkeys(&self, user_id: &str) -> Result<(), Unreachable> {
        let (path, rest) = ("/api/webauthn", format!("?userId={}", encoded(user_id)));
        let found: Option<PasskeysResponse> = self.show(path, &rest).await?;
        if found.is_none_or(|it| it.credentials.is_empty()) {
            return Ok(());
        }
        match self.with_key(Method::DELETE, path, &rest).send().await?.status() {
            StatusCode::OK => Ok(()),
            status => Err(refused(path, status, "FusionAuth did not remove passkeys; may the API key DELETE this endpoint?")),
        }
    }

    /// FusionAuth's response to a `GET` with the API key; `None` if there is no such object, or no API key that may read it. `rest` follows
    /// the endpoint in the URL, and is never logged.
    async fn show<T: DeserializeOwned>(&self, endpoint: &'static str, rest: &str) -> Result<Option<T>, Unreachable> {
        if self.config.api_key.is_none() {
            return Ok(None);
        }
        let answer = self.with_key(Method::GET, endpoint, rest).send().await?;
        match answer.status() {
            StatusCode::OK => answer.json().await.map(Some).map_err(|_| Unreachable),
            StatusCode::NOT_FOUND => Ok(None),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                tracing::warn!(%status, endpoint, "the API key may not GET this endpoint: passkeys are off, and unverified emails are refused");
                Ok(None)
            }
            status => Err(refused(endpoint, status, "FusionAuth did not return passkeys or their settings")),
        }
    }
}

fn options(outcome: CeremonyOutcome<OptionsResponse<Value>>) -> CeremonyOutcome<Value> {
    match outcome {
        CeremonyOutcome::Done(it) => CeremonyOutcome::Done(it.options),
        CeremonyOutcome::Refused => CeremonyOutcome::Refused,
        CeremonyOutcome::Unavailable { status } => CeremonyOutcome::Unavailable { status },
    }
}

async fn ask<T: DeserializeOwned>(request: Call<'_>) -> CeremonyOutcome<T> {
    let (status, body) = request.status_and_json().await;
    CeremonyOutcome::from_response(status, body)
}
