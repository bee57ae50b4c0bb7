//! The methods of [`Session`] for users who cannot sign in yet: a forgotten password, a required new password, and verification.
//! FusionAuth answers these requests without a token and without an API key. With
//! [`TokenStorage::BackendCookies`](crate::TokenStorage::BackendCookies) the backend must answer them as FusionAuth does.

use crate::{ApiRequest, Session, fetch_public, json};
use fusionauth_api::{
    password::{
        ChangePasswordIdState, ChangePasswordOutcome, ChangePasswordRequest, ForgotPasswordOutcome, ForgotPasswordRequest, MessageState,
        PasswordRules, PasswordRulesResponse, Trust,
    },
    verification::{Verified, VerifyOutcome, VerifyRequest},
};
use js_sys::encode_uri_component;
use serde::Serialize;
use wasm_bindgen::JsValue;

impl Session {
    /// Asks FusionAuth to email a reset link. FusionAuth sends one only if the user exists; the outcome does not say so. The email's template
    /// gets `site` as `state.site`, so that one tenant can send links to several sites.
    pub async fn forgot_password(self, login_id: &str, site: Option<&str>) -> ForgotPasswordOutcome {
        let Some(driver) = self.driver() else { return ForgotPasswordOutcome::Unavailable { status: 0 } };
        let state = site.map(|site| MessageState { site, occasion: None });
        let body = ForgotPasswordRequest { login_id, application_id: &driver.config().application_id, state };
        ForgotPasswordOutcome::from_status(self.post("/api/user/forgot-password", &body).await.0)
    }

    /// Whether the id of a reset link can still be used.
    pub async fn change_password_id_state(self, id: &str) -> ChangePasswordIdState {
        let path = "/api/user/change-password/".to_owned() + &String::from(encode_uri_component(id));
        let (status, errors) = self.ask(&path, JsValue::UNDEFINED).await;
        ChangePasswordIdState::from_response(status, &json::decode(&errors).unwrap_or_default())
    }

    /// Changes a password by the id of a reset link or of [`LoginFailure::PasswordChangeRequired`](crate::LoginFailure), without the old
    /// password. [`Session::sign_in_once`] then signs the user in.
    pub async fn change_password(self, id: &str, password: &str, trust: Trust<'_>) -> ChangePasswordOutcome {
        let Trust { trust_token, trust_challenge } = trust;
        let body = ChangePasswordRequest { change_password_id: id, password, trust_token, trust_challenge };
        let (status, body) = self.post("/api/user/change-password", &body).await;
        ChangePasswordOutcome::from_response(status, json::decode(&body).unwrap_or_default())
    }

    /// The tenant's rules for passwords, or FusionAuth's defaults if the request fails. A wrong rule does no harm, because FusionAuth checks
    /// each password.
    pub async fn password_rules(self) -> PasswordRules {
        let (_, rules) = self.ask("/api/tenant/password-validation-rules", JsValue::UNDEFINED).await;
        json::decode::<PasswordRulesResponse>(&rules).unwrap_or_default().password_validation_rules
    }

    /// Verifies an email or a registration: by the id of an emailed link, or by a typed code and the id that belongs to the code.
    pub async fn verify(self, what: Verified, verification_id: &str, one_time_code: Option<&str>) -> VerifyOutcome {
        VerifyOutcome::from_status(self.post(what.path(), &VerifyRequest { verification_id, one_time_code }).await.0)
    }

    async fn post(self, path: &str, body: &impl Serialize) -> (u16, String) {
        self.ask(path, json::encode(body).into()).await
    }

    /// Sends a GET if `body` is `undefined`, and a POST otherwise. Returns the status and the body of every answer. A missing answer counts
    /// as status 0, and an unreadable body as an empty one.
    async fn ask(self, path: &str, body: JsValue) -> (u16, String) {
        let Some(config) = self.driver().map(|it| it.config()) else { return (0, String::new()) };
        let url = config.fusionauth_url.clone() + path;
        let mut request = if body.is_undefined() { ApiRequest::get(url) } else { ApiRequest::post(url).body(body) };
        if let Some(tenant) = &config.tenant_id {
            request = request.header("X-FusionAuth-TenantId", tenant);
        }
        let Ok(response) = fetch_public(request).await else { return (0, String::new()) };
        (response.status(), response.text().await.unwrap_or_default())
    }
}
