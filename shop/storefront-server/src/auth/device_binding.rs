//! Sign-ins that are bound to a device, by Device Bound Session Credentials (crate `device-bound-sessions`).
//!
//! After a sign-in the server offers the browser to register a key. From then on the sign-in also needs the *bound cookie*, which lives for
//! a few minutes and which only the holder of the key can refresh. So a copy of all cookies is useless after these minutes. Browsers
//! without the protocol ignore the offer.
//!
//! - `webapp-session` needs the bound cookie for each request with a session id, because the server reads that session's row anyway.
//! - `webapp-jwt` and `spa-backend` need it for each renewal. An access token is accepted without it until it expires, so that most
//!   requests read no row.
//! - A refusal neither calls FusionAuth nor deletes a cookie, because the device of the owner may still be signed in with the same cookies.
//! - A key belongs to a family and ends with it. A family takes one key, and is never accepted without its bound cookie again. A refresh
//!   token that the database does not know joins the family of its sign-in, so a thief who rotates it at FusionAuth gets no unbound copy.
//! - A sign-out needs no bound cookie, even a sign-out everywhere: an owner who has lost the key must be able to end a thief's sign-ins.
//! - FusionAuth itself accepts a copied refresh token from anybody. Under [`BindingPolicy::Required`] the cookie holds the encrypted token, so
//!   that it is useless there.
//! - The two endpoints work under every [`BindingPolicy`]. If an operator turns binding off for a while, browsers keep their keys.

use super::cookies::{CookieName, Cookies};
use super::device_keys::{DeviceKeys, decode};
use super::error::Error;
use super::sealing::SealingKey;
use crate::clock::now_ms;
use crate::http::{error::Error as HttpError, origin::Scheme};
use crate::metrics;
use crate::secret::{Secret, hash_secret};
use axum::http::{HeaderMap, uri::PathAndQuery};
use device_bound_sessions::headers::session_id;
use device_bound_sessions::{
    Answer, BoundCookie, Config, DeviceBoundSessions, Lifetimes, Possession, RuleKind, ScopeRule, Session, SessionId, UnixMillis,
};
use fusionauth_api::backend::RefreshToken;
use serde::Deserialize;
use sqlx::AnyPool;
use std::{collections::HashSet, time::Duration};
use storefront_api::Workflow;

/// Whether the sign-ins of a site are bound to devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindingPolicy {
    /// The server offers no key, and needs no bound cookie.
    #[default]
    Off,
    /// The server offers a key. A sign-in without a key is accepted as if binding were off.
    Offered,
    /// The server offers a key, and refuses a sign-in whose browser has not registered one. The cookie with the refresh token is encrypted.
    Required,
}

/// The device-bound sign-ins of one site.
pub struct DeviceBinding {
    sessions: DeviceBoundSessions<DeviceKeys>,
    keys: DeviceKeys,
    policy: BindingPolicy,
    cookie_key: Option<SealingKey>,
    /// The name for which refresh tokens in cookies are encrypted. It names the site, so that no other site opens them: its policy may be
    /// another one, and its cookies then hold plain tokens.
    cookie_name: String,
    site: String,
}

/// The settings of a [`DeviceBinding`].
pub struct BindingSettings<'a> {
    /// Whether the sign-ins are bound.
    pub policy: BindingPolicy,
    /// The site's key, which is part of each refresh token's hash.
    pub site: &'a str,
    /// The origin of the site.
    pub origin: &'a str,
    /// The workflow of the site.
    pub workflow: Workflow,
    /// The paths of the built files that the server-rendered pages use.
    pub files: &'a [String],
    /// The lifetime of the bound cookie.
    pub cookie_life: Duration,
    /// The secret that encrypts refresh tokens in cookies, the same for all instances.
    pub secret: Option<&'a Secret>,
}

/// Where browsers register a key, below `/api`.
pub(super) const REGISTRATION: &str = "/device-key";
/// Where browsers refresh the bound cookie, below `/api`. Browsers remember this path, so it must never change.
pub(super) const REFRESH: &str = "/device-key/refresh";

impl DeviceBinding {
    /// The sign-ins of one site, with their records in `db`.
    ///
    /// # Panics
    /// Never: the name of the cookie and the paths are constants.
    pub fn new(db: AnyPool, settings: &BindingSettings<'_>) -> Self {
        let path = |path: &str| PathAndQuery::try_from(format!("/api{path}")).expect("the path is a constant");
        let mut config = Config::new(settings.origin);
        (config.registration_path, config.refresh_path) = (path(REGISTRATION), path(REFRESH));
        (config.scope.rules, config.refresh_initiators) = scope(settings.workflow, settings.files);
        config.lifetimes = lifetimes(settings.cookie_life);
        config.cookie = BoundCookie::new(CookieName::DeviceBound.text(Scheme::Https), "Path=/; Secure; HttpOnly; SameSite=Lax")
            .expect("name and attributes are constants");
        let keys = DeviceKeys { db };
        let cookie_key = settings.secret.map(SealingKey::of_cookies);
        Self {
            sessions: DeviceBoundSessions::new(config, keys.clone()),
            keys,
            policy: settings.policy,
            cookie_key,
            cookie_name: format!("refresh token of {}", settings.site),
            site: settings.site.to_owned(),
        }
    }

    /// The value of the cookie with this refresh token.
    ///
    /// # Errors
    /// [`Error::SignInMisconfigured`] if the token must be encrypted and there is no secret.
    pub(super) fn cookie_of(&self, token: &RefreshToken) -> Result<String, Error> {
        match self.policy {
            BindingPolicy::Off | BindingPolicy::Offered => Ok(token.expose().to_owned()),
            BindingPolicy::Required => {
                let sealed = self.cookie_key.as_ref().and_then(|it| it.seal(&self.cookie_name, token));
                sealed.ok_or(Error::SignInMisconfigured)
            }
        }
    }

    /// The refresh token in a cookie. Plain and encrypted tokens are accepted under every policy, so that a change of the policy signs nobody
    /// out; [`check`](Self::check) decides whether the token may be used.
    pub(super) fn token_of(&self, cookie: &str) -> RefreshToken {
        let opened = self.cookie_key.as_ref().and_then(|it| it.open(&self.cookie_name, cookie));
        opened.unwrap_or_else(|| RefreshToken::new(cookie))
    }

    /// Offers a key to the browser that has just signed in, unless the policy is [`BindingPolicy::Off`].
    ///
    /// # Errors
    /// If the database fails under [`BindingPolicy::Required`], because every later request of this sign-in would be refused. Under
    /// [`BindingPolicy::Offered`], the sign-in stays unbound.
    pub(super) async fn offer(&self, family: &str, cookies: &Cookies) -> Result<(), Error> {
        if self.policy != BindingPolicy::Off {
            let id = SessionId::try_from(family.to_owned()).map_err(|_| HttpError::Internal)?;
            match self.sessions.offer(id, now()).await {
                Ok(offer) => offer.into_iter().for_each(|it| cookies.offer_device_key(it.to_value())),
                Err(error) if self.policy == BindingPolicy::Required => return Err(error.into()),
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a sign-in was offered no device key"),
            }
        }
        Ok(())
    }

    /// Whether [`check`](Self::check) needs the record of a family.
    pub(super) fn needs_record(&self) -> bool {
        self.policy != BindingPolicy::Off
    }

    /// Checks that a request with the cookies of a sign-in comes from the device to which the sign-in is bound. `record` is
    /// `token_families.device_session`.
    ///
    /// # Errors
    /// [`Error::NotThisDevice`], [`Error::DeviceProofDelayed`] or [`Error::DeviceKeyRequired`]; a database error if `record` is not a
    /// record.
    pub(super) fn check(&self, record: &str, cookies: &Cookies) -> Result<(), Error> {
        if !self.needs_record() {
            return Ok(());
        }
        let session = if record.is_empty() { None } else { Some(decode(record)?) };
        let (now, cookie_values) = (now(), cookies.all(CookieName::DeviceBound));
        let may_still_register = |it: &Session| it.device.is_some() || now < it.challenge.expires_at;
        let lifetimes = &self.sessions.config().lifetimes;
        let error = match session.as_ref().map(|it| it.possession(&cookie_values, lifetimes, now)) {
            Some(Possession::Proved) => return Ok(()),
            None | Some(Possession::NotRequired)
                if self.policy == BindingPolicy::Offered || session.as_ref().is_some_and(may_still_register) =>
            {
                return Ok(());
            }
            None | Some(Possession::NotRequired) => Error::DeviceKeyRequired,
            // The browser says that it has tried to refresh the cookie, and it will try again.
            Some(Possession::Missing | Possession::Ended) if cookies.refresh_was_skipped() => Error::DeviceProofDelayed,
            Some(Possession::Missing | Possession::Ended) => Error::NotThisDevice,
        };
        metrics::count_device_request("credential", "refused");
        Err(error)
    }

    /// FusionAuth's ids of those sessions of the user that are bound to a device.
    pub(crate) async fn bound_sessions(&self, user_id: &str) -> sqlx::Result<HashSet<String>> {
        self.keys.bound_sessions(user_id).await
    }

    /// Answers a registration.
    pub(super) async fn register(&self, headers: &HeaderMap) -> sqlx::Result<Answer> {
        self.sessions.register(headers, now()).await
    }

    /// Answers a refresh of the bound cookie.
    ///
    /// A browser that was closed may have kept a key and lost the cookies of its sign-in, so that the next sign-in could not end that key. The
    /// older key then ends here, because both keys would refresh the same cookie in turn.
    pub(super) async fn refresh(&self, headers: &HeaderMap, cookies: &Cookies) -> sqlx::Result<Answer> {
        if let (Some(id), Some(cookie)) = (session_id(headers), cookies.get(CookieName::RefreshToken)) {
            let family = self.keys.family_of(&hash_secret(&self.site, self.token_of(cookie).expose())).await?;
            if family.is_some_and(|it| it != id.as_str()) {
                return Ok(Answer::Ended);
            }
        }
        self.sessions.refresh(headers, now()).await
    }
}

/// The requests of a site that wait for a refresh, and the other sites whose links may cause one.
///
/// Sign-in pages, static files and public parts of the API need no sign-in, so requests for them do not wait. A build changes the names of
/// its files; requests for the new ones wait until the browser signs in again.
///
/// The app's page and files need no sign-in, so only its API is in the scope. A link on another site leads to that page, which then fetches
/// its data itself. On the server-rendered sites such a link leads to a page that needs the bound cookie.
fn scope(workflow: Workflow, files: &[String]) -> (Vec<ScopeRule>, Vec<String>) {
    let exclude = |paths: &[&str]| paths.iter().map(|it| ScopeRule::exclude(it)).collect::<Vec<_>>();
    match workflow {
        Workflow::WebappJwt | Workflow::WebappSession => {
            let public = [
                "/login",
                "/logout",
                "/register",
                "/forgot-password",
                "/change-password",
                "/verify-email",
                "/verify-registration",
                "/.well-known",
                "/assets",
            ];
            let built = files.iter().map(|it| ScopeRule::exclude(it));
            (exclude(&public).into_iter().chain(built).collect(), vec!["*".to_owned()])
        }
        Workflow::SpaBackend | Workflow::SpaLocalStorage | Workflow::SpaSharedDomain => {
            let api = ScopeRule { kind: RuleKind::Include, ..ScopeRule::exclude("/api") };
            let public = [
                "/api/login",
                "/api/logout",
                "/api/register",
                "/api/join",
                "/api/two-factor",
                "/api/webauthn",
                "/api/passkeys",
                "/api/passwordless",
                "/api/password-link",
                "/api/user/forgot-password",
                "/api/user/change-password",
                "/api/user/verify-email",
                "/api/user/verify-registration",
                "/api/verification-message",
                "/api/tenant",
                "/api/products",
                "/api/guest-cart",
            ];
            (exclude(&["/"]).into_iter().chain([api]).chain(exclude(&public)).collect(), Vec::new())
        }
    }
}

/// How much longer than the bound cookie a challenge is valid, because a browser may refresh the cookie late. A refresh without a valid
/// challenge costs another request and signature.
const CHALLENGE_MARGIN: Duration = Duration::from_secs(300);

fn lifetimes(cookie: Duration) -> Lifetimes {
    let default = Lifetimes::default();
    Lifetimes { cookie, challenge: default.challenge.max(cookie + CHALLENGE_MARGIN), ..default }
}

fn now() -> UnixMillis {
    UnixMillis(now_ms())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_outlives_the_bound_cookie() {
        for (cookie, challenge) in [(300, 900), (600, 900), (601, 901), (3_600, 3_900)] {
            let Lifetimes { cookie: cookie_life, challenge: challenge_life, .. } = lifetimes(Duration::from_secs(cookie));
            assert_eq!((cookie_life.as_secs(), challenge_life.as_secs()), (cookie, challenge));
        }
    }
}
