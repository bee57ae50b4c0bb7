//! Who sends a request, in each workflow's way, and what the answer's cookies must be.
//!
//! | carrier | credential | when its one fault is age |
//! |---|---|---|
//! | `Authorization` | access token | 401: the browser renews |
//! | FusionAuth's cookies on the parent domain | access token | 401: the browser renews |
//! | our cookies, access token | access token | renewed here, with the refresh token's cookie |
//! | our cookies, session id | a row in the database | renewed here, with the refresh token's cookie |

use crate::{
    auth::{
        cookies::{self, Cookies, Name},
        current_user::{Credential, Verifier, credential},
        fusionauth::{FusionAuth, Scope, Unreachable},
        renewal::{self, Outcome, Renewals, Renewed, Work},
        sessions::{self, Sessions},
        verify::{BearerToken, Fault, Identity},
    },
    http::error::Error,
};
use axum::http::HeaderMap;
use fusionauth_api::backend::{BackendRefreshOutcome, RefreshToken, Tokens};
use sqlx::AnyPool;
use std::{sync::Arc, time::Duration};
use storefront_api::Carrier;

/// What is renewed with a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalRule {
    /// A credential that is good but for its age, and belongs to the refresh token. A stolen refresh token alone opens
    /// nothing here.
    Expired,
    /// Whatever comes with a good refresh token, as the published workflows do.
    Invalid,
}

/// FusionAuth's cookie with the access token, on the parent domain.
const ACCESS_TOKEN: &str = "access_token";

/// The gate of one site.
pub struct Gate {
    carrier: Carrier,
    db: AnyPool,
    verifier: Arc<Verifier>,
    fusionauth: Arc<FusionAuth>,
    sessions: Sessions,
    renewals: Arc<Renewals>,
    rule: RenewalRule,
    cookie_life: Duration,
}

/// What a gate is made of.
pub struct Parts {
    /// How requests say who sends them.
    pub carrier: Carrier,
    /// Names the site in the database.
    pub realm: String,
    /// The database.
    pub db: AnyPool,
    /// Verifies access tokens.
    pub verifier: Arc<Verifier>,
    /// Renews and revokes refresh tokens.
    pub fusionauth: Arc<FusionAuth>,
    /// Where sessions are kept.
    pub sessions: Sessions,
    /// What may be renewed.
    pub rule: RenewalRule,
    /// How long browsers keep our cookies.
    pub cookie_life: Duration,
}

impl Gate {
    /// Joins the parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { carrier, realm, db, verifier, fusionauth, sessions, rule, cookie_life } = parts;
        let renewals = Renewals::new(db.clone(), realm, work(carrier, &fusionauth, &verifier, &sessions));
        Self { carrier, db, verifier, fusionauth, sessions, renewals, rule, cookie_life }
    }

    /// Who sends a request. Sets and deletes cookies as that needs.
    ///
    /// # Errors
    /// [`Error::CredentialMissing`], [`Error::TokenRefused`], [`Error::SessionOver`]; or that nobody can tell now.
    pub async fn identify(&self, headers: &HeaderMap, cookies: &Cookies) -> Result<Identity, Error> {
        match self.carrier {
            Carrier::Bearer => match credential(headers) {
                Credential::Bearer(token) => self.verifier.verify(&token).await,
                Credential::None => Err(Error::CredentialMissing),
                Credential::Unreadable => Err(Error::TokenRefused(Fault::Malformed)),
            },
            Carrier::ParentDomainCookies => match cookies::find(headers, ACCESS_TOKEN) {
                Some(token) => self.verifier.verify(&BearerToken::new(token)).await,
                None => Err(Error::CredentialMissing),
            },
            Carrier::JwtCookies => self.by_jwt(cookies).await,
            Carrier::SessionCookies => self.by_session(cookies).await,
        }
    }

    /// Sets the cookies of somebody who has just signed in. What was signed in before in this browser ends, so that no late
    /// request brings it back.
    ///
    /// # Errors
    /// [`Error::TokenRefused`] if the token is not for this application, or the database's.
    pub async fn admit(&self, cookies: &Cookies, tokens: Tokens) -> Result<Identity, Error> {
        let (identity, exp) = self.verifier.read(&tokens.access)?;
        let before = cookies.get(Name::RefreshToken).map(RefreshToken::new);
        self.clear(cookies, before.as_ref(), None).await?;
        if let Some(before) = before {
            // Nobody waits for it: that FusionAuth could not be told has been logged.
            let fusionauth = Arc::clone(&self.fusionauth);
            tokio::spawn(async move { fusionauth.sign_out(&before, Scope::This).await });
        }
        let session = match self.carrier {
            Carrier::SessionCookies => Some(self.sessions.open(&identity, tokens.refresh.as_ref()).await?.id),
            Carrier::Bearer | Carrier::JwtCookies | Carrier::ParentDomainCookies => None,
        };
        self.hand_out(cookies, &Renewed { tokens, identity: identity.clone(), session, good_until: exp });
        Ok(identity)
    }

    /// Signs out: deletes the cookies, ends the session, revokes the refresh token.
    ///
    /// # Errors
    /// [`Unreachable`] if FusionAuth could not be told; in this browser the sign-in is over all the same.
    pub async fn sign_out(&self, cookies: &Cookies, scope: Scope) -> Result<(), Unreachable> {
        let token = cookies.get(Name::RefreshToken).map(RefreshToken::new);
        let user_id = match scope {
            Scope::Everywhere => self.user_id(cookies).await,
            Scope::This => None,
        };
        let told = match &token {
            Some(token) => self.fusionauth.sign_out(token, scope).await,
            None if scope == Scope::Everywhere => Err(Unreachable),
            None => Ok(()),
        };
        if let Err(error) = self.clear(cookies, token.as_ref(), user_id.as_deref()).await {
            tracing::error!(error = &error as &dyn std::error::Error, "a sign-out could not be written to the database");
        }
        delete_cookies(cookies);
        told
    }

    async fn clear(&self, cookies: &Cookies, token: Option<&RefreshToken>, user_id: Option<&str>) -> Result<(), sqlx::Error> {
        if let Some(id) = cookies.get(Name::Session) {
            sessions::delete(&self.db, id).await?;
        }
        if let Some(token) = token {
            self.renewals.forget(token).await?;
        }
        if let Some(user_id) = user_id {
            sessions::delete_all_of(&self.db, user_id).await?;
            renewal::forget_all_of(&self.db, user_id).await?;
        }
        Ok(())
    }

    /// Who is signed in, without renewing anything.
    async fn user_id(&self, cookies: &Cookies) -> Option<String> {
        let identity = match self.carrier {
            Carrier::SessionCookies => self.sessions.extend(cookies.get(Name::Session)?).await.ok().flatten(),
            Carrier::JwtCookies | Carrier::Bearer | Carrier::ParentDomainCookies => {
                // An expired one still says whose it was.
                self.verifier.check(&BearerToken::new(cookies.get(Name::Jwt)?)).await.ok().map(|it| it.identity)
            }
        };
        identity.map(|it| it.user_id)
    }

    async fn by_jwt(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let token = cookies.get(Name::RefreshToken).map(RefreshToken::new);
        let (fault, expected) = match cookies.get(Name::Jwt) {
            None => (Error::CredentialMissing, None),
            Some(jwt) => match self.verifier.check(&BearerToken::new(jwt)).await {
                Ok(checked) if !checked.expired => return Ok(checked.identity),
                Ok(checked) => (Error::TokenRefused(Fault::Expired), Some(checked.identity.user_id)),
                Err(Error::TokenRefused(fault)) => (Error::TokenRefused(fault), None),
                Err(error) => return Err(error),
            },
        };
        match token {
            Some(token) if expected.is_some() || self.rule == RenewalRule::Invalid => self.renew(cookies, &token, expected).await,
            _ if expected.is_some() => Err(over(cookies)),
            _ => Err(fault),
        }
    }

    async fn by_session(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let id = cookies.get(Name::Session);
        if let Some(id) = id
            && let Some(identity) = self.sessions.extend(id).await?
        {
            return Ok(identity);
        }
        let Some(token) = cookies.get(Name::RefreshToken).map(RefreshToken::new) else {
            return Err(if id.is_some() { over(cookies) } else { Error::CredentialMissing });
        };
        let expected = match id {
            Some(id) => self.sessions.expired(id, &token).await?,
            None => None,
        };
        match (expected, self.rule) {
            (None, RenewalRule::Expired) if id.is_none() => Err(Error::CredentialMissing),
            (None, RenewalRule::Expired) => Err(over(cookies)),
            (expected, _) => self.renew(cookies, &token, expected).await,
        }
    }

    async fn renew(&self, cookies: &Cookies, token: &RefreshToken, expected: Option<String>) -> Result<Identity, Error> {
        match self.renewals.renew(token).await {
            Outcome::Renewed(renewed) if expected.is_none_or(|it| it == renewed.identity.user_id) => {
                self.hand_out(cookies, &renewed);
                Ok(renewed.identity.clone())
            }
            Outcome::Renewed(_) => {
                tracing::warn!("a refresh token and an access token were of two users");
                Err(over(cookies))
            }
            Outcome::Refused => Err(over(cookies)),
            Outcome::Forgotten => Err(Error::SessionOver),
            Outcome::Unavailable => Err(Error::SignInUnavailable),
        }
    }

    fn hand_out(&self, cookies: &Cookies, renewed: &Renewed) {
        let seconds = self.cookie_life.as_secs();
        match &renewed.session {
            Some(id) => cookies.set(Name::Session, id, seconds),
            None => cookies.set(Name::Jwt, renewed.tokens.access.expose(), seconds),
        }
        if let Some(token) = &renewed.tokens.refresh {
            cookies.set(Name::RefreshToken, token.expose(), seconds);
        }
    }
}

fn delete_cookies(cookies: &Cookies) {
    for name in [Name::Jwt, Name::Session, Name::RefreshToken] {
        cookies.delete(name);
    }
}

/// The refused credential is of no use to anybody.
fn over(cookies: &Cookies) -> Error {
    delete_cookies(cookies);
    Error::SessionOver
}

/// What a renewal does on a site: refresh at FusionAuth and, where the browser holds a session id, open a session.
fn work(carrier: Carrier, fusionauth: &Arc<FusionAuth>, verifier: &Arc<Verifier>, sessions: &Sessions) -> Work {
    let (fusionauth, verifier, sessions) = (Arc::clone(fusionauth), Arc::clone(verifier), sessions.clone());
    Box::new(move |token| {
        let (fusionauth, verifier, sessions) = (Arc::clone(&fusionauth), Arc::clone(&verifier), sessions.clone());
        Box::pin(async move {
            let tokens = match fusionauth.refresh(&token).await {
                BackendRefreshOutcome::Refreshed(tokens) => tokens,
                BackendRefreshOutcome::Refused => return Outcome::Refused,
                BackendRefreshOutcome::Unavailable { .. } => return Outcome::Unavailable,
            };
            let Ok((identity, exp)) = verifier.read(&tokens.access) else {
                tracing::error!("FusionAuth answered a refresh with a token of another application or issuer");
                return Outcome::Refused;
            };
            let (session, good_until) = match carrier {
                Carrier::SessionCookies => match sessions.open(&identity, tokens.refresh.as_ref()).await {
                    Ok(opened) => (Some(opened.id), opened.expires_at),
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "a session could not be opened");
                        return Outcome::Unavailable;
                    }
                },
                Carrier::Bearer | Carrier::JwtCookies | Carrier::ParentDomainCookies => (None, exp),
            };
            Outcome::Renewed(Arc::new(Renewed { tokens, identity, session, good_until }))
        })
    })
}
