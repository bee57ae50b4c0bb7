//! Types for servers only, which contain refresh tokens or passwords, and the rule that decides which answers of `/oauth2/token` end a
//! session. The feature `backend` adds this module. A browser's build must not enable it, because script must not read a refresh token.

use crate::AccessToken;
use crate::login::{NextStep, TrustDevice};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A refresh token. Like [`AccessToken`], it can be neither printed nor logged by accident.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefreshToken(Arc<str>);

impl RefreshToken {
    /// Wraps the token's text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The token's text, for a cookie or a request to FusionAuth.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The tokens of a successful sign-in or renewal.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token. None if the application does not generate them (`loginConfiguration.generateRefreshTokens`).
    pub refresh: Option<RefreshToken>,
    /// The refresh token's id. A rotation does not change it, and nobody can sign in with it. None before FusionAuth 1.37.
    pub refresh_id: Option<String>,
}

/// The body of an answer to a login, as a backend reads it.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendLoginResponse {
    /// The members of outcomes other than success. This field comes before `common`, because serde passes a member that both types have
    /// only to the first of them.
    #[serde(flatten)]
    pub details: LoginDetails,
    /// The members that every client may read.
    #[serde(flatten)]
    pub common: crate::login::LoginResponse,
    /// The refresh token.
    pub refresh_token: Option<RefreshToken>,
    /// The refresh token's id.
    pub refresh_token_id: Option<String>,
}

/// The part of an answer to a login that a backend's pages need, besides its outcome. This type has no `Debug`, because it contains ids
/// that give access to an account.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoginDetails {
    /// The members for the next step.
    #[serde(flatten)]
    pub next: NextStep,
    /// The id that skips the second factor at later logins. FusionAuth sends it after a second factor if the user trusts the device.
    pub two_factor_trust_id: Option<String>,
    /// The user who gave the right password. Absent with 203 and 242.
    pub user: Option<RegisteredUser>,
}

/// A login as a backend sends it: the request that the browser would send, and a description of the browser, which FusionAuth can't see.
#[derive(Serialize)]
pub struct BackendLoginRequest<'a, T: Serialize> {
    /// The request that a browser would send.
    #[serde(flatten)]
    pub request: &'a T,
    /// The description of the browser.
    #[serde(flatten)]
    pub device: Device<'a>,
}

/// The browser in which a user signs in. This type has no `Debug`, because it contains an id that replaces a second factor.
#[derive(Clone, Copy, Default)]
pub struct Device<'a> {
    /// The name by which the user recognises the browser in the list of sessions.
    pub name: &'a str,
    /// The id that skips the second factor.
    pub trust_id: Option<&'a str>,
    /// Whether to skip the second factor at later logins with this browser.
    pub trust: TrustDevice,
}

impl Serialize for Device<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if !self.name.is_empty() {
            let device = BTreeMap::from([("name", self.name), ("type", "BROWSER")]);
            members.serialize_entry("metaData", &BTreeMap::from([("device", device)]))?;
        }
        if let Some(trust_id) = self.trust_id {
            members.serialize_entry("twoFactorTrustId", trust_id)?;
        }
        if self.trust == TrustDevice::Yes {
            members.serialize_entry("trustComputer", &true)?;
        }
        members.end()
    }
}

/// The body of `POST /api/jwt/refresh` when the token is not in a cookie.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequest<'a> {
    /// The refresh token.
    pub refresh_token: &'a RefreshToken,
}

/// The refresh token in the answer to `POST /api/jwt/refresh`: a new token if tokens are one-time, otherwise the same
/// token.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RotatedRefreshToken {
    /// The refresh token to use next.
    pub refresh_token: Option<RefreshToken>,
    /// The refresh token's id, which is also the id of the previous token.
    pub refresh_token_id: Option<String>,
}

/// The body of `POST /api/logout` (<https://fusionauth.io/docs/apis/login/logout>).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogoutRequest<'a> {
    /// The refresh token to revoke.
    pub refresh_token: &'a RefreshToken,
    /// Whether to revoke all refresh tokens of the user.
    pub global: bool,
}

/// The result of the refresh grant, read from status and body.
#[derive(Clone)]
pub enum BackendRefreshOutcome {
    /// New tokens.
    Refreshed(Tokens),
    /// The refresh token has expired, is unknown, or was revoked, so the session has ended.
    Refused,
    /// The answer does not say whether the refresh token is valid, so the session continues.
    Unavailable {
        /// The HTTP status of the answer.
        status: u16,
    },
}

/// The body of an answer of `POST /oauth2/token` with the status 200 or 400
/// (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints#refresh-token-grant-request>).
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct TokenEndpointResponse {
    access_token: Option<AccessToken>,
    refresh_token: Option<RefreshToken>,
    refresh_token_id: Option<String>,
    error: Option<String>,
    error_reason: Option<String>,
}

impl BackendRefreshOutcome {
    /// Reads an answer to the refresh grant. `body` is `None` if it is not JSON.
    ///
    /// Only a 400 about the token or its user ends a session. A 401 says that the backend is not authenticated, and the other reasons
    /// (`grant_type_disabled`, `invalid_client_id`, …) say that the application is configured wrongly. Neither tells whether the refresh
    /// token is valid.
    pub fn from_token_endpoint(status: u16, body: Option<TokenEndpointResponse>) -> Self {
        match (status, body) {
            (200, Some(TokenEndpointResponse { access_token: Some(access), refresh_token: refresh, refresh_token_id: refresh_id, .. })) => {
                Self::Refreshed(Tokens { access, refresh, refresh_id })
            }
            (400, Some(body)) if body.ends_the_session() => Self::Refused,
            _ => Self::Unavailable { status },
        }
    }
}

impl TokenEndpointResponse {
    fn ends_the_session(&self) -> bool {
        match self.error_reason.as_deref() {
            Some(reason) => ["refresh_token_not_found", "user_locked", "user_expired", "login_prevented"].contains(&reason),
            // Other servers that follow RFC 6749 5.2 give no reason.
            None => self.error.as_deref() == Some("invalid_grant"),
        }
    }
}

/// The body of `POST /api/user/registration` (<https://fusionauth.io/docs/apis/registrations>). This type has no `Debug`, because it
/// contains a password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationRequest<'a> {
    /// The user to create. `None` if the user exists; then the path contains the user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<NewUser<'a>>,
    /// The application to register the user for.
    pub registration: Registration<'a>,
    /// Whether the email counts as verified, without a verification message.
    pub skip_verification: bool,
}

/// The user to create.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewUser<'a> {
    /// The email address.
    pub email: &'a str,
    /// The password.
    pub password: &'a str,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<&'a str>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<&'a str>,
    /// The languages of messages to the user, the most preferred first, such as `de`.
    pub preferred_languages: [&'a str; 1],
    /// Data for the templates of messages.
    pub data: UserData<'a>,
}

/// The part of a user's own data that this application writes.
#[derive(Serialize)]
pub struct UserData<'a> {
    /// The key, in the application's `data.sites`, of the site where the user registered. Links in messages to the user point to that site.
    pub site: &'a str,
}

/// The application to register a user for. Without roles the user gets the application's default roles.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration<'a> {
    /// The application's id.
    pub application_id: &'a str,
}

/// The part of the answer to [`RegistrationRequest`] that a backend needs. FusionAuth also sends an access token. This type leaves the
/// token out, so that no log can contain it.
#[derive(Clone, Debug, Deserialize)]
pub struct RegistrationResponse {
    /// The new user.
    pub user: RegisteredUser,
}

/// A registered user.
#[derive(Clone, Debug, Deserialize)]
pub struct RegisteredUser {
    /// The user's id.
    pub id: String,
    /// The email as FusionAuth stores it.
    pub email: Option<String>,
    /// Whether FusionAuth counts the email as verified.
    #[serde(default)]
    pub verified: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_says_which_browser_signs_in() {
        let request = crate::login::LoginRequest { login_id: "l", password: "p", application_id: "a" };
        let json = |device| serde_json::to_value(BackendLoginRequest { request: &request, device }).unwrap();
        let plain = serde_json::json!({"loginId": "l", "password": "p", "applicationId": "a"});
        assert_eq!(json(Device::default()), plain);
        let device = json(Device { name: "Firefox", trust_id: Some("t"), trust: TrustDevice::Yes });
        assert_eq!(device["metaData"], serde_json::json!({"device": {"name": "Firefox", "type": "BROWSER"}}));
        assert_eq!((&device["twoFactorTrustId"], &device["trustComputer"]), (&"t".into(), &true.into()));
    }

    fn answer(status: u16, body: &str) -> BackendRefreshOutcome {
        BackendRefreshOutcome::from_token_endpoint(status, serde_json::from_str(body).ok())
    }

    #[test]
    fn only_an_error_about_the_token_or_its_user_ends_a_session() {
        for (status, body, refused) in [
            (400, r#"{"error":"invalid_grant","error_reason":"refresh_token_not_found"}"#, true),
            (400, r#"{"error":"invalid_grant"}"#, true),
            (400, r#"{"error":"invalid_grant","error_reason":"user_locked"}"#, true),
            (400, r#"{"error":"unauthorized_client","error_reason":"grant_type_disabled"}"#, false),
            (400, r#"{"error":"invalid_client","error_reason":"invalid_client_id"}"#, false),
            (400, r#"{"error":"invalid_request","error_reason":"missing_client_secret"}"#, false),
            (400, "{}", false),
            (400, "<html>", false),
            (401, r#"{"error":"invalid_client"}"#, false),
            (404, "", false),
            (500, r#"{"error":"invalid_grant"}"#, false),
        ] {
            assert_eq!(matches!(answer(status, body), BackendRefreshOutcome::Refused), refused, "{status} {body}");
        }
    }

    #[test]
    fn only_a_200_with_a_token_renews() {
        let renewed = |status, body| match answer(status, body) {
            BackendRefreshOutcome::Refreshed(tokens) => Some(tokens.refresh.map(|it| it.expose().to_owned())),
            BackendRefreshOutcome::Refused | BackendRefreshOutcome::Unavailable { .. } => None,
        };
        assert_eq!(renewed(200, r#"{"access_token":"a.b.c","refresh_token":"r"}"#), Some(Some("r".to_owned())));
        assert_eq!(renewed(200, r#"{"access_token":"a.b.c"}"#), Some(None));
        assert_eq!(renewed(200, "{}"), None);
        assert_eq!(renewed(201, r#"{"access_token":"a.b.c"}"#), None);
    }

    #[test]
    fn a_login_is_read_with_its_refresh_token() {
        let body: BackendLoginResponse =
            serde_json::from_str(r#"{"token":"a.b.c","refreshToken":"r","refreshTokenId":"i","user":{"id":"u"}}"#).unwrap();
        assert_eq!((body.common.token.unwrap().expose(), body.refresh_token.unwrap().expose()), ("a.b.c", "r"));
        assert_eq!(body.refresh_token_id.as_deref(), Some("i"));
        let challenge = r#"{"twoFactorId":"t","methods":[{"id":"m","method":"email","email":"a@b.c","lastUsed":true}]}"#;
        let body: BackendLoginResponse = serde_json::from_str(challenge).unwrap();
        assert_eq!((body.common.two_factor_id.as_deref(), body.details.next.methods[0].email.as_deref()), (Some("t"), Some("a@b.c")));
    }
}
