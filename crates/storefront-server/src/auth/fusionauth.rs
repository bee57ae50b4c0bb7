//! FusionAuth as the backends call it.

use crate::{auth::secret::Secret, http::client_address::Client};
use fusionauth_api::{
    backend::{
        BackendLoginResponse, BackendRefreshOutcome, LogoutRequest, NewUser, RefreshRequest, RefreshToken, RegisteredUser, Registration,
        RegistrationRequest, RegistrationResponse, RotatedRefreshToken, TokenEndpointResponse, Tokens,
    },
    errors::Errors,
    login::{LoginOutcome, LoginRequest, LoginStep, TwoFactorLoginRequest},
    refresh::{self, RefreshBody, RefreshResponse},
};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::Serialize;
use std::time::Duration;

/// How long one request to FusionAuth may take. Below the time that a browser's request may take here.
pub const TIMEOUT: Duration = Duration::from_secs(7);

/// FusionAuth's API for one application.
pub struct FusionAuth {
    http: reqwest::Client,
    url: String,
    application_id: String,
    api_key: Option<Secret>,
    grant: Grant,
}

/// Which of FusionAuth's two calls renews tokens.
#[derive(Clone, Debug)]
pub enum Grant {
    /// `POST /api/jwt/refresh`: the refresh token is the only credential.
    JwtRefresh,
    /// `POST /oauth2/token` with the refresh grant.
    OAuth {
        /// Sent if there is one; FusionAuth wants it unless the application's client authentication is switched off.
        client_secret: Option<Secret>,
    },
}

/// FusionAuth did not answer.
#[derive(Debug, thiserror::Error)]
#[error("FusionAuth does not answer")]
pub struct Unreachable;

/// What a sign-out ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This sign-in.
    This,
    /// Every sign-in of the same user, on every device and in every application.
    Everywhere,
}

/// Why nobody was registered.
#[derive(Debug)]
pub enum NotRegistered {
    /// FusionAuth names the fields at fault.
    Invalid(Errors),
    /// No API key, or not a good one.
    NoKey,
    /// FusionAuth does not answer, or not as documented.
    Unavailable,
}

impl FusionAuth {
    /// FusionAuth at `url`, without a slash at the end. Nothing is sent yet.
    ///
    /// # Errors
    /// When no HTTP client can be built, which is a fault of the machine.
    pub fn new(url: &str, application_id: &str, user_agent: &str, api_key: Option<Secret>, grant: Grant) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(user_agent)
            .timeout(TIMEOUT)
            // Passwords and refresh tokens go where the operator said and nowhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, url: url.to_owned(), application_id: application_id.to_owned(), api_key, grant })
    }

    /// Signs in with a password.
    pub async fn login(&self, client: Client, login_id: &str, password: &str) -> LoginOutcome<Tokens> {
        let body = LoginRequest { login_id, password, application_id: &self.application_id };
        self.sign_in(client, LoginStep::Password, "/api/login", &body).await
    }

    /// Signs in with the second factor's code.
    pub async fn second_factor(&self, client: Client, two_factor_id: &str, code: &str) -> LoginOutcome<Tokens> {
        let body = TwoFactorLoginRequest { two_factor_id, code, application_id: &self.application_id };
        self.sign_in(client, LoginStep::SecondFactor, "/api/two-factor/login", &body).await
    }

    async fn sign_in(&self, client: Client, step: LoginStep, path: &str, body: &impl Serialize) -> LoginOutcome<Tokens> {
        // The key lifts FusionAuth's own "an API key is needed to log in", which a backend need not switch off.
        let Ok(answer) = from_client(self.with_key(self.post(path)), client).json(body).send().await.inspect_err(|it| log(path, it)) else {
            return LoginOutcome::Unavailable { status: 0 };
        };
        let status = answer.status().as_u16();
        let BackendLoginResponse { common, refresh_token } = answer.json().await.unwrap_or_default();
        LoginOutcome::from_response(step, status, common).map(|access| Tokens { access, refresh: refresh_token })
    }

    /// Renews tokens. A refresh token that FusionAuth does not rotate is kept.
    pub async fn refresh(&self, token: &RefreshToken) -> BackendRefreshOutcome {
        match &self.grant {
            Grant::JwtRefresh => self.jwt_refresh(token).await,
            Grant::OAuth { client_secret } => self.refresh_grant(token, client_secret.as_ref()).await,
        }
    }

    async fn jwt_refresh(&self, token: &RefreshToken) -> BackendRefreshOutcome {
        let path = "/api/jwt/refresh";
        let Ok(answer) = self.post(path).json(&RefreshRequest { refresh_token: token }).send().await.inspect_err(|it| log(path, it)) else {
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
                let rotated: RotatedRefreshToken = serde_json::from_slice(&bytes).unwrap_or_default();
                BackendRefreshOutcome::Refreshed(Tokens { access, refresh: Some(rotated.refresh_token.unwrap_or_else(|| token.clone())) })
            }
            refresh::RefreshOutcome::Refused => BackendRefreshOutcome::Refused,
            refresh::RefreshOutcome::Renewed => BackendRefreshOutcome::Unavailable { status },
            refresh::RefreshOutcome::Unavailable { status } => BackendRefreshOutcome::Unavailable { status },
        }
    }

    async fn refresh_grant(&self, token: &RefreshToken, client_secret: Option<&Secret>) -> BackendRefreshOutcome {
        let path = "/oauth2/token";
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose()),
            ("client_id", &self.application_id),
            ("client_secret", client_secret.map_or("", Secret::expose)),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let form: Vec<String> = given.map(|(name, value)| format!("{name}={}", crate::http::percent::encoded(value))).collect();
        let request = self.post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.join("&"));
        let Ok(answer) = request.send().await.inspect_err(|it| log(path, it)) else {
            return BackendRefreshOutcome::Unavailable { status: 0 };
        };
        let status = answer.status().as_u16();
        let body = answer.json::<TokenEndpointResponse>().await.ok();
        match BackendRefreshOutcome::from_token_endpoint(status, body) {
            BackendRefreshOutcome::Refreshed(Tokens { access, refresh }) => {
                BackendRefreshOutcome::Refreshed(Tokens { access, refresh: Some(refresh.unwrap_or_else(|| token.clone())) })
            }
            other => {
                if let BackendRefreshOutcome::Unavailable { status } = other {
                    tracing::warn!(status, "FusionAuth did not take the refresh grant; is the client secret right?");
                }
                other
            }
        }
    }

    /// Revokes the refresh token, or all of its user's. An access token stays good until its end.
    ///
    /// # Errors
    /// When FusionAuth does not answer: the token may still be good then.
    pub async fn sign_out(&self, token: &RefreshToken, scope: Scope) -> Result<(), Unreachable> {
        let path = "/api/logout";
        let body = LogoutRequest { refresh_token: token, global: scope == Scope::Everywhere };
        let answer = self.post(path).json(&body).send().await.and_then(Response::error_for_status);
        answer.map(drop).map_err(|error| {
            log(path, &error);
            Unreachable
        })
    }

    /// Makes a user and registers it for this application, with the application's default roles.
    ///
    /// # Errors
    /// [`NotRegistered`]; nobody was made then.
    pub async fn register(&self, client: Client, user: NewUser<'_>, skip_verification: bool) -> Result<RegisteredUser, NotRegistered> {
        let registration = Registration { application_id: &self.application_id };
        self.registration(client, "/api/user/registration", RegistrationRequest { user: Some(user), registration, skip_verification }).await
    }

    /// Registers a user who exists for another application, too.
    ///
    /// # Errors
    /// [`NotRegistered`].
    pub async fn register_also(&self, client: Client, user_id: &str, application_id: &str) -> Result<(), NotRegistered> {
        let path = format!("/api/user/registration/{}", crate::http::percent::encoded(user_id));
        let registration = Registration { application_id };
        self.registration(client, &path, RegistrationRequest { user: None, registration, skip_verification: false }).await.map(drop)
    }

    async fn registration(&self, client: Client, path: &str, body: RegistrationRequest<'_>) -> Result<RegisteredUser, NotRegistered> {
        if self.api_key.is_none() {
            return Err(NotRegistered::NoKey);
        }
        let answer = from_client(self.with_key(self.post(path)), client).json(&body).send().await.map_err(|error| {
            log(path, &error);
            NotRegistered::Unavailable
        })?;
        match answer.status() {
            StatusCode::OK => answer.json::<RegistrationResponse>().await.map(|it| it.user).map_err(|_| NotRegistered::Unavailable),
            StatusCode::BAD_REQUEST => Err(NotRegistered::Invalid(answer.json().await.unwrap_or_default())),
            StatusCode::UNAUTHORIZED => Err(NotRegistered::NoKey),
            status => {
                tracing::warn!(%status, "FusionAuth registered nobody");
                Err(NotRegistered::Unavailable)
            }
        }
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url))
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.api_key {
            // Raw, without a scheme: FusionAuth's way.
            Some(key) => request.header(header::AUTHORIZATION, key.expose()),
            None => request,
        }
    }
}

/// For FusionAuth's limits by address: without the header every user of this server would have the server's address there.
fn from_client(request: RequestBuilder, client: Client) -> RequestBuilder {
    match client {
        Client(Some(address)) => request.header("x-forwarded-for", address.to_string()),
        Client(None) => request,
    }
}

fn log(path: &str, error: &reqwest::Error) {
    tracing::warn!(path, error = error as &dyn std::error::Error, "FusionAuth does not answer");
}
