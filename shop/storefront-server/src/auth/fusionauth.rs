//! The client of FusionAuth's API: sign-in, refresh, revocation and registration. The other calls are in `account_api`, `passkey_api`,
//! `password_api`, `second_factor_api` and `verification_api`.
//!
//! The crate `fusionauth-api` maps each status to an outcome. No request is retried here, because FusionAuth may treat a repeated refresh
//! as the use of a stolen token. The log names an endpoint and never a URL, because a URL can hold a user's id or an id that opens an
//! account.

use crate::auth::family_rules::SignOutScope;
use crate::clock::now_ms;
use crate::http::traces::{self, SpanRole};
use crate::http::{client_address::ClientAddress, outgoing::client_for, percent::encoded};
use crate::mail::Footer;
use crate::secret::Secret;
use crate::typed;
use fusionauth_api::account::UserStatus;
use fusionauth_api::backend::{
    BackendLoginRequest, BackendLoginResponse, BackendRefreshOutcome, Device, LoginDetails, LogoutRequest, NewUser, RefreshRequest,
    RefreshToken, RegisteredUser, Registration, RegistrationRequest, RegistrationResponse, RotatedRefreshToken, TokenEndpointResponse,
    Tokens,
};
use fusionauth_api::errors::Errors;
use fusionauth_api::login::{LoginFailure, LoginRequest, LoginStep, OneTimePasswordLoginRequest, TrustDevice, TwoFactorLoginRequest};
use fusionauth_api::password::OneTimePassword;
use fusionauth_api::refresh::{self, RefreshBody, RefreshResponse};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tracing::{Instrument, field::Empty};

/// The timeouts of requests to FusionAuth, and the lease of a claim on a renewal. All are fractions of this server's own request timeout.
///
/// `lease` plus `refresh` is less than the request timeout, so that a request can wait until the lease of a dead instance expires, and then
/// call FusionAuth itself. `lease` is longer than `refresh`, so that no second instance calls FusionAuth while the first one still waits
/// for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For signing in and for registering.
    pub login: Duration,
    /// For renewing and for revoking.
    pub refresh: Duration,
    /// How long an instance's claim on a renewal is valid.
    pub lease: Duration,
}

impl Timeouts {
    /// The timeouts for a request timeout of `request`.
    pub fn within(request: Duration) -> Self {
        Self { login: request * 7 / 10, refresh: request * 2 / 5, lease: request / 2 }
    }
}

/// FusionAuth's answer to a login.
#[derive(Clone)]
pub struct LoginAnswer {
    /// The tokens, or why there are none.
    pub outcome: Result<Tokens, LoginFailure>,
    /// Data for the next step of the sign-in, such as the ways to get a second factor's code.
    pub details: LoginDetails,
}

/// FusionAuth's API for one application.
pub struct FusionAuth {
    pub(super) http: reqwest::Client,
    pub(super) config: FusionAuthConfig,
}

/// How to reach FusionAuth.
pub struct FusionAuthConfig {
    /// FusionAuth's URL, without a trailing slash.
    pub url: String,
    /// FusionAuth's id of the application.
    pub application_id: String,
    /// FusionAuth's id of the tenant, if there are several. It goes into the header `X-FusionAuth-TenantId`.
    pub tenant_id: Option<String>,
    /// The header `User-Agent`.
    pub user_agent: String,
    /// The API key. Without it, FusionAuth registers nobody, and revokes no refresh token by an id.
    pub api_key: Option<Secret>,
    /// How tokens are renewed.
    pub refresh_method: RefreshMethod,
    /// How long requests may take.
    pub timeouts: Timeouts,
    /// FusionAuth's id of the template for this server's messages.
    pub message_template: Option<String>,
    /// The end of this server's messages.
    pub footer: Footer,
}

/// Which of FusionAuth's two endpoints renews tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshMethod {
    /// `POST /api/jwt/refresh`: the refresh token is the only credential.
    JwtRefreshApi,
    /// `POST /oauth2/token` with the refresh grant.
    OAuthTokenEndpoint {
        /// The OAuth client secret. FusionAuth requires it unless the application's client authentication is switched off.
        client_secret: Option<Secret>,
    },
}

/// FusionAuth did not answer as documented, or the API key that the call needs is missing.
#[derive(Debug, thiserror::Error)]
#[error("FusionAuth does not answer")]
pub struct Unreachable;

/// Why a registration failed.
#[derive(Debug)]
pub enum RegistrationError {
    /// FusionAuth rejected the registration, and named the invalid fields.
    Invalid(Errors),
    /// The API key is missing, or FusionAuth refused it.
    ApiKeyRefused,
    /// FusionAuth did not answer as documented.
    Unavailable,
}

impl FusionAuth {
    /// Creates the client. This sends no request.
    ///
    /// # Errors
    /// If the HTTP client cannot be built, for example because the system's certificates cannot be read.
    pub fn new(config: FusionAuthConfig) -> Result<Self, reqwest::Error> {
        let tenant = config.tenant_id.as_deref().and_then(|it| HeaderValue::try_from(it).ok());
        let tenant = tenant.map(|it| (HeaderName::from_static("x-fusionauth-tenantid"), it));
        let http = client_for(&config.url)
            .user_agent(&config.user_agent)
            .default_headers(tenant.into_iter().collect())
            .timeout(config.timeouts.login)
            .build()?;
        Ok(Self { http, config })
    }

    pub(super) fn api_key(&self) -> Option<&Secret> {
        self.config.api_key.as_ref()
    }

    /// Whether this server has an API key.
    pub fn has_api_key(&self) -> bool {
        self.config.api_key.is_some()
    }

    /// FusionAuth's id of the application.
    pub fn application_id(&self) -> &str {
        &self.config.application_id
    }

    /// Signs in with a password.
    pub async fn login(&self, client: ClientAddress, device: Device<'_>, login_id: &str, password: &str) -> LoginAnswer {
        let password = &typed::password(password);
        let request = LoginRequest { login_id, password, application_id: &self.config.application_id };
        self.send_login(client, LoginStep::Password, &BackendLoginRequest { request: &request, device }).await
    }

    /// Signs in with the second factor's code.
    pub async fn second_factor(&self, client: ClientAddress, device: Device<'_>, two_factor_id: &str, code: &str) -> LoginAnswer {
        let request =
            TwoFactorLoginRequest { two_factor_id, code, trust_computer: TrustDevice::No, application_id: &self.config.application_id };
        // This request contains a code, so it does not send the trust id with which FusionAuth would skip the second factor.
        let device = Device { trust_id: None, ..device };
        self.send_login(client, LoginStep::SecondFactor, &BackendLoginRequest { request: &request, device }).await
    }

    /// Signs in with the one-time password that a password change returned.
    pub async fn one_time_password_login(&self, client: ClientAddress, device: Device<'_>, password: &OneTimePassword) -> LoginAnswer {
        let request = OneTimePasswordLoginRequest { one_time_password: password, application_id: &self.config.application_id };
        self.send_login(client, LoginStep::Password, &BackendLoginRequest { request: &request, device }).await
    }

    pub(super) async fn send_login(&self, client: ClientAddress, step: LoginStep, body: &impl Serialize) -> LoginAnswer {
        let path = match step {
            LoginStep::Password => "/api/login",
            LoginStep::SecondFactor => "/api/two-factor/login",
            LoginStep::Passkey => "/api/webauthn/login",
            LoginStep::Passwordless => "/api/passwordless/login",
        };
        // Applications with `requireAuthentication` accept logins only with an API key.
        let Ok(answer) = self.post(path).with_key().of(client).json(body).send().await else {
            return LoginAnswer { outcome: Err(LoginFailure::NoAnswer), details: LoginDetails::default() };
        };
        let status = answer.status().as_u16();
        let BackendLoginResponse { common, refresh_token, refresh_token_id, details } = answer.json().await.unwrap_or_default();
        // A 212 with a token is complete, unless the tenant is gated. FusionAuth's documentation does not say whether it holds one then.
        let is_gated = status == 212 && common.token.is_some() && self.gates_unverified().await;
        let outcome = if is_gated { Err(LoginFailure::EmailNotVerified) } else { common.into_token(step, status) };
        let outcome = outcome.map(|access| Tokens { access, refresh: refresh_token, refresh_id: refresh_token_id });
        LoginAnswer { outcome, details }
    }

    /// Whether the tenant keeps users out until they have verified their email. Without an answer or an API key it counts as not gated: the
    /// checks of each request then decide.
    async fn gates_unverified(&self) -> bool {
        self.settings().await.is_ok_and(|it| it.is_some_and(|(_, tenant)| tenant.email_configuration.gates_unverified()))
    }

    /// Renews tokens. If FusionAuth does not rotate the refresh token, the outcome contains the old one.
    pub async fn refresh(&self, token: &RefreshToken) -> BackendRefreshOutcome {
        match &self.config.refresh_method {
            RefreshMethod::JwtRefreshApi => self.jwt_refresh(token).await,
            RefreshMethod::OAuthTokenEndpoint { client_secret } => self.refresh_grant(token, client_secret.as_ref()).await,
        }
    }

    async fn jwt_refresh(&self, token: &RefreshToken) -> BackendRefreshOutcome {
        let request = self.post("/api/jwt/refresh").quick().json(&RefreshRequest { refresh_token: token });
        let Ok(answer) = request.send().await else {
            return BackendRefreshOutcome::Unavailable { status: 0 };
        };
        let status = answer.status().as_u16();
        let Ok(bytes) = answer.bytes().await else { return BackendRefreshOutcome::Unavailable { status } };
        let body = match serde_json::from_slice::<RefreshResponse>(&bytes) {
            _ if bytes.is_empty() => RefreshBody::Empty,
            Ok(body) => RefreshBody::Json(body),
            Err(_) => RefreshBody::Other,
        };
        match refresh::RefreshOutcome::from_response(status, body) {
            refresh::RefreshOutcome::Refreshed(access) => {
                let RotatedRefreshToken { refresh_token, refresh_token_id } = serde_json::from_slice(&bytes).unwrap_or_default();
                let refresh = Some(refresh_token.unwrap_or_else(|| token.clone()));
                BackendRefreshOutcome::Refreshed(Tokens { access, refresh, refresh_id: refresh_token_id })
            }
            refresh::RefreshOutcome::Refused => BackendRefreshOutcome::Refused,
            // A 200 without a token. Only this server's proxy for browsers sends that, and this client needs the token.
            refresh::RefreshOutcome::Renewed => BackendRefreshOutcome::Unavailable { status },
            refresh::RefreshOutcome::Unavailable { status } => BackendRefreshOutcome::Unavailable { status },
        }
    }

    async fn refresh_grant(&self, token: &RefreshToken, client_secret: Option<&Secret>) -> BackendRefreshOutcome {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose()),
            ("client_id", &self.config.application_id),
            ("client_secret", client_secret.map_or("", Secret::expose)),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let form: Vec<String> = given.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.post("/oauth2/token").quick();
        let request = request.map(|it| it.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.join("&")));
        let Ok(answer) = request.send().await else {
            return BackendRefreshOutcome::Unavailable { status: 0 };
        };
        let status = answer.status().as_u16();
        let body = answer.json::<TokenEndpointResponse>().await.ok();
        match BackendRefreshOutcome::from_token_endpoint(status, body) {
            BackendRefreshOutcome::Refreshed(tokens) => {
                let refresh = Some(tokens.refresh.unwrap_or_else(|| token.clone()));
                BackendRefreshOutcome::Refreshed(Tokens { refresh, ..tokens })
            }
            other => {
                if let BackendRefreshOutcome::Unavailable { status } = other {
                    tracing::warn!(status, "FusionAuth rejected the refresh grant; is the client secret correct?");
                }
                other
            }
        }
    }

    /// Revokes the refresh token, or all refresh tokens of its user. An access token stays valid until it expires.
    ///
    /// # Errors
    /// If FusionAuth does not answer: the refresh token may still be valid then.
    pub async fn logout(&self, token: &RefreshToken, scope: SignOutScope) -> Result<(), Unreachable> {
        let body = LogoutRequest { refresh_token: token, global: scope == SignOutScope::Everywhere };
        self.post("/api/logout").quick().json(&body).expect_success().await
    }

    /// Revokes every refresh token of a user, in every application (<https://fusionauth.io/docs/apis/jwt/revoke-refresh-tokens>).
    pub(crate) async fn revoke_all_for_user(&self, user_id: &str) -> Result<(), Unreachable> {
        if self.config.api_key.is_none() {
            tracing::error!("a user's refresh tokens cannot be revoked without --fusionauth-api-key");
            return Err(Unreachable);
        }
        self.with_key(Method::DELETE, "/api/jwt/refresh", &format!("?userId={}", encoded(user_id))).expect_success().await
    }

    /// Revokes the refresh token with this id, even if the token was rotated. False if the API key lacks the permission.
    pub(crate) async fn revoke_by_id(&self, refresh_id: &str) -> Result<bool, Unreachable> {
        let answer = self.with_key(Method::DELETE, "/api/jwt/refresh", &format!("/{}", encoded(refresh_id))).send().await;
        match answer.map(|it| it.status()) {
            Ok(StatusCode::OK | StatusCode::NOT_FOUND) => Ok(true), // 404: the token has been revoked already
            Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                tracing::error!("the API key may not DELETE /api/jwt/refresh, so a refresh token that a thief has rotated stays valid");
                Ok(false)
            }
            Ok(_) | Err(_) => Err(Unreachable),
        }
    }

    /// What a user may do in this application. [`UserStatus::Unavailable`] if there is no API key.
    pub async fn user_status(&self, user_id: &str) -> UserStatus {
        if !self.has_api_key() {
            return UserStatus::Unavailable { status: 0 };
        }
        let (status, body) = self.with_key(Method::GET, "/api/user", &format!("/{}", encoded(user_id))).status_and_json().await;
        UserStatus::from_response(status, body, &self.config.application_id, now_ms())
    }

    /// Creates a user and registers them for this application, with the application's default roles. The email counts as `verified` at once,
    /// or needs a verification.
    ///
    /// # Errors
    /// [`RegistrationError`]. After [`RegistrationError::Unavailable`], the user may exist.
    pub async fn register(&self, client: ClientAddress, user: NewUser<'_>, verified: bool) -> Result<RegisteredUser, RegistrationError> {
        let registration = Registration { application_id: &self.config.application_id };
        let user = NewUser { password: &typed::password(user.password), ..user };
        self.send_registration(client, "", RegistrationRequest { user: Some(user), registration, skip_verification: verified }).await
    }

    /// Registers an existing user for the application with this id.
    ///
    /// # Errors
    /// [`RegistrationError`].
    pub async fn register_existing_user(&self, client: ClientAddress, user: &str, application_id: &str) -> Result<(), RegistrationError> {
        let user = format!("/{}", encoded(user));
        let registration = Registration { application_id };
        self.send_registration(client, &user, RegistrationRequest { user: None, registration, skip_verification: false }).await.map(drop)
    }

    async fn send_registration(
        &self,
        client: ClientAddress,
        user: &str,
        body: RegistrationRequest<'_>,
    ) -> Result<RegisteredUser, RegistrationError> {
        if self.config.api_key.is_none() {
            return Err(RegistrationError::ApiKeyRefused);
        }
        let request = self.call(Method::POST, "/api/user/registration", user).with_key().of(client).json(&body);
        let answer = request.send().await.map_err(|_| RegistrationError::Unavailable)?;
        match answer.status() {
            StatusCode::OK => answer.json::<RegistrationResponse>().await.map(|it| it.user).map_err(|_| RegistrationError::Unavailable),
            StatusCode::BAD_REQUEST => Err(RegistrationError::Invalid(answer.json().await.unwrap_or_default())),
            StatusCode::UNAUTHORIZED => Err(RegistrationError::ApiKeyRefused),
            status => {
                tracing::warn!(%status, "FusionAuth registered nobody");
                Err(RegistrationError::Unavailable)
            }
        }
    }

    pub(super) fn post(&self, endpoint: &'static str) -> Call<'_> {
        self.call(Method::POST, endpoint, "")
    }

    /// A quick request with the API key.
    pub(super) fn with_key(&self, method: Method, endpoint: &'static str, rest: &str) -> Call<'_> {
        self.call(method, endpoint, rest).quick().with_key()
    }

    /// A request. `rest` follows the endpoint in the URL and is never logged.
    pub(super) fn call(&self, method: Method, endpoint: &'static str, rest: &str) -> Call<'_> {
        Call { config: &self.config, endpoint, request: self.http.request(method, format!("{}{endpoint}{rest}", self.config.url)) }
    }
}

/// A request to FusionAuth.
pub(super) struct Call<'a> {
    config: &'a FusionAuthConfig,
    /// The part of the path that may be logged.
    endpoint: &'static str,
    request: RequestBuilder,
}

impl Call<'_> {
    pub(super) fn map(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { request: change(self.request), ..self }
    }

    pub(super) fn json(self, body: &impl Serialize) -> Self {
        self.map(|it| it.json(body))
    }

    /// Limits the time to that of a renewal, which is shorter than that of a sign-in.
    pub(super) fn quick(self) -> Self {
        let limit = self.config.timeouts.refresh;
        self.map(|it| it.timeout(limit))
    }

    /// Adds the API key, if there is one. FusionAuth expects it without an authentication scheme.
    pub(super) fn with_key(self) -> Self {
        match &self.config.api_key {
            Some(key) => self.map(|it| it.header(header::AUTHORIZATION, key.expose())),
            None => self,
        }
    }

    /// Adds the client address, because FusionAuth limits requests per client address. Without this header, all users would share this
    /// server's limit.
    pub(super) fn of(self, client: ClientAddress) -> Self {
        match client {
            ClientAddress(Some(address)) => self.map(|it| it.header("x-forwarded-for", address.to_string())),
            ClientAddress(None) => self,
        }
    }

    pub(super) async fn send(self) -> Result<Response, Unreachable> {
        let Self { endpoint, request, .. } = self;
        let span = tracing::info_span!("FusionAuth", endpoint, otel.kind = Empty);
        traces::set_role(&span, SpanRole::Client);
        async { traces::pass_on(request).send().await.map_err(|error| unreachable(endpoint, error)) }.instrument(span).await
    }

    /// The status of the answer, or 0 if there was no answer.
    pub(super) async fn status(self) -> u16 {
        self.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// The status of the answer, and its JSON if it has the shape of `T`; 0 and the default if there was no answer.
    pub(super) async fn status_and_json<T: DeserializeOwned + Default>(self) -> (u16, T) {
        match self.send().await {
            Ok(answer) => (answer.status().as_u16(), answer.json().await.unwrap_or_default()),
            Err(Unreachable) => (0, T::default()),
        }
    }

    /// The JSON of an answer with the status 200. For any other status, `refusal` is logged.
    pub(super) async fn expect_json<T: DeserializeOwned>(self, refusal: &str) -> Result<T, Unreachable> {
        let endpoint = self.endpoint;
        let answer = self.send().await?;
        match answer.status() {
            StatusCode::OK => answer.json().await.map_err(|_| Unreachable),
            status => Err(refused(endpoint, status, refusal)),
        }
    }

    async fn expect_success(self) -> Result<(), Unreachable> {
        let endpoint = self.endpoint;
        self.send().await?.error_for_status().map(drop).map_err(|error| unreachable(endpoint, error))
    }
}

/// Whether FusionAuth may have made the change that it has answered with this status, or not answered (0). Only a 4xx says that it has not:
/// after a server error, nobody knows.
pub(super) fn may_have_changed(status: u16) -> bool {
    !(400..500).contains(&status)
}

/// Logs that FusionAuth refused a call.
pub(super) fn refused(endpoint: &'static str, status: StatusCode, refusal: &str) -> Unreachable {
    tracing::error!(%status, endpoint, "{refusal}");
    Unreachable
}

fn unreachable(endpoint: &'static str, error: reqwest::Error) -> Unreachable {
    tracing::warn!(endpoint, error = &error.without_url() as &dyn std::error::Error, "FusionAuth does not answer");
    Unreachable
}
