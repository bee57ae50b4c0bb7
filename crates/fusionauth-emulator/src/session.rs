//! Issues and renews: what login, second factor and refresh have in common.

use crate::cookies::{self, Life};
use crate::http::{Refusal, json};
use crate::instance::Instance;
use crate::model::{Application, JwtConfiguration, Registration, Tenant, User};
use crate::opaque::Opaque;
use crate::signing_keys;
use crate::store::{self, refresh_tokens::RefreshToken};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// How a person proved who they are: the claim `authenticationType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuthenticationType {
    Password,
    RefreshToken,
    Registration,
    OneTimePassword,
}

/// Who an access token is for.
pub(crate) struct Subject<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) application: Option<&'a Application>,
    pub(crate) user: &'a User,
    pub(crate) registration: Option<&'a Registration>,
}

/// A signed access token.
pub(crate) struct AccessToken {
    pub(crate) text: String,
    /// In milliseconds since 1970.
    pub(crate) expiration_instant: i64,
}

/// What stays the same while a session is renewed.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    pub(crate) authentication_type: AuthenticationType,
    /// When the person authenticated, in seconds.
    pub(crate) auth_time: i64,
    /// The refresh token's id, if there is one.
    pub(crate) id: Option<Uuid>,
    /// The OAuth grant that renews it, if one does.
    pub(crate) grant: Option<&'a str>,
}

impl Subject<'_> {
    /// The settings that apply: the application's own if enabled, else the tenant's.
    pub(crate) fn jwt_configuration(&self) -> &JwtConfiguration {
        self.application.map(|it| &it.jwt_configuration).filter(|it| it.enabled).unwrap_or(&self.tenant.jwt_configuration)
    }

    /// Signs an access token (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens>), valid for `seconds`.
    pub(crate) async fn access_token(&self, instance: &Instance, session: Session<'_>, seconds: i64) -> Result<AccessToken, Refusal> {
        let iat = instance.clock.now_ms().div_euclid(1_000);
        let exp = iat.saturating_add(seconds);
        let mut claims = json!({
            "auth_time": session.auth_time,
            "authenticationType": session.authentication_type,
            "email_verified": self.user.verified,
            "exp": exp,
            "iat": iat,
            "iss": self.tenant.issuer,
            "jti": instance.random.uuid(),
            "sub": self.user.id,
            "tid": self.tenant.id,
        });
        let mut optional = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                claims[name] = value;
            }
        };
        optional("aud", self.application.map(|it| json!(it.id)));
        optional("email", self.user.email.as_ref().map(|it| json!(it)));
        optional("preferred_username", self.user.username.as_ref().map(|it| json!(it)));
        optional("sid", session.id.map(|it| json!(it)));
        optional("applicationId", self.registration.map(|it| json!(it.application_id)));
        optional("roles", self.registration.map(|it| json!(it.roles)));
        let key = signing_keys::of(instance, self.tenant, self.application).await?;
        Ok(AccessToken { text: key.sign(&claims, session.grant)?, expiration_instant: exp.saturating_mul(1_000) })
    }

    /// Issues a refresh token, if the application wants that and the user is registered for it.
    pub(crate) async fn refresh_token(&self, instance: &Instance, meta_data: Value) -> Result<Option<(RefreshToken, Opaque)>, Refusal> {
        let (Some(application), Some(_)) = (self.application, self.registration) else { return Ok(None) };
        if !application.login_configuration.generate_refresh_tokens {
            return Ok(None);
        }
        let now = instance.clock.now_ms();
        let row = RefreshToken {
            id: instance.random.uuid(),
            tenant_id: self.tenant.id,
            application_id: application.id,
            user_id: self.user.id,
            start_instant: now,
            last_used_instant: now,
            auth_time: now.div_euclid(1_000),
            meta_data,
        };
        let token = Opaque::new(&instance.random);
        store::refresh_tokens::insert(&instance.database, &row, &token).await?;
        Ok(Some((row, token)))
    }
}

/// A JSON answer that also sets the cookies of the tokens it holds; the refresh token's for as many seconds.
pub(crate) fn with_cookies(
    instance: &Instance,
    request: &HeaderMap,
    status: StatusCode,
    body: &Value,
    access_token: Option<&AccessToken>,
    refresh_token: Option<(&Opaque, i64)>,
) -> Response {
    let mut response = json(status, body);
    let same_site = instance.answers().same_site;
    let access = access_token.and_then(|it| cookies::set(request, same_site, cookies::ACCESS_TOKEN, &it.text, Life::Session));
    let refresh = refresh_token
        .and_then(|(it, seconds)| cookies::set(request, same_site, cookies::REFRESH_TOKEN, it.expose(), Life::Seconds(seconds)));
    add_cookies(&mut response, [access, refresh]);
    response
}

pub(crate) fn add_cookies(response: &mut Response, lines: impl IntoIterator<Item = Option<HeaderValue>>) {
    for line in lines.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}
