//! Who sends a request, in each workflow's way, and what the answer's cookies must be.
//!
//! | carrier | credential | when it has expired |
//! |---|---|---|
//! | `Authorization` | access token | 401: the browser renews |
//! | FusionAuth's cookies on the parent domain | access token | 401: the browser renews |
//! | our cookies, access token | access token | renewed here, with the refresh token's cookie |
//! | our cookies, session id | a row in the database | renewed here, with the refresh token's cookie |
//!
//! This is the one place where handlers learn who asks, so that no handler reads a credential and no workflow is a special case
//! elsewhere. Nothing here decides what a user may do, and no credential leaves this module except as a cookie of its browser.

use crate::auth::cookies::{self, CookieName, Cookies};
use crate::auth::current_user::{self, Verifier, authorization_header};
use crate::auth::families::{Families, PresentedCredentials, SignIn, SignInResult};
use crate::auth::family_rules::{FamilyEnd, SignOutScope};
use crate::auth::fusionauth::{FusionAuth, TimeLimits};
use crate::auth::renewal::{BrowserCredential, RenewalOutcome, Renewals};
use crate::auth::verify::{BearerToken, Identity, TokenError};
use crate::auth::{error::Error, revocations::Revocations, sessions::Sessions};
use crate::{background::Background, http::error::Error as HttpError};
use axum::http::HeaderMap;
use fusionauth_api::backend::{RefreshToken, Tokens};
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

/// Authenticates the requests of one site.
pub struct Authenticator {
    config: AuthenticatorConfig,
    families: Arc<Families>,
    renewals: Arc<Renewals>,
}

/// What an [`Authenticator`] works with.
pub struct AuthenticatorConfig {
    /// How requests say who sends them.
    pub carrier: Carrier,
    /// Names the site in the database.
    pub realm: String,
    /// The database.
    pub db: AnyPool,
    /// Verifies access tokens.
    pub verifier: Arc<Verifier>,
    /// FusionAuth's API.
    pub fusionauth: Arc<FusionAuth>,
    /// What FusionAuth is still to revoke.
    pub revocations: Arc<Revocations>,
    /// Where sessions are kept.
    pub sessions: Sessions,
    /// Runs work that must go on when the browser hangs up.
    pub background: Background,
    /// How long renewals may take.
    pub limits: TimeLimits,
    /// What may be renewed.
    pub rule: RenewalRule,
    /// How long browsers keep our cookies.
    pub cookie_life: Duration,
}

/// What FusionAuth has done for a sign-out. The user's sessions here have ended in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// FusionAuth has revoked what was to be revoked.
    Revoked,
    /// FusionAuth has not answered yet, and is asked until it does. Or nothing names what it should revoke.
    RevocationPending,
}

/// Refresh tokens may live a little longer than the cookies that hold them, because clocks differ.
const LONGER_THAN_COOKIES: Duration = Duration::from_secs(24 * 3_600);

impl Authenticator {
    /// Nothing is sent and no table is read yet.
    pub fn new(config: AuthenticatorConfig) -> Self {
        let families = Arc::new(Families {
            db: config.db.clone(),
            site: config.realm.clone(),
            sessions: (config.carrier == Carrier::SessionCookies).then(|| config.sessions.clone()),
            keep: config.cookie_life + LONGER_THAN_COOKIES,
            lease: config.limits.lease,
            revocations: Arc::clone(&config.revocations),
        });
        let AuthenticatorConfig { fusionauth, verifier, background, .. } = &config;
        let renewals = Renewals::new(Arc::clone(&families), Arc::clone(fusionauth), Arc::clone(verifier), background.clone());
        Self { config, families, renewals }
    }

    /// Who sends a request. If a credential is renewed or refused, the answer's cookies are set or deleted.
    ///
    /// # Errors
    /// [`Error::CredentialMissing`], [`Error::TokenRefused`], [`Error::SessionOver`]; or that FusionAuth or the database is needed and
    /// does not answer.
    pub async fn identify(&self, headers: &HeaderMap, cookies: &Cookies) -> Result<Identity, Error> {
        match self.config.carrier {
            Carrier::Bearer => match authorization_header(headers) {
                current_user::AuthorizationHeader::Bearer(token) => self.config.verifier.verify(&token).await,
                current_user::AuthorizationHeader::None => Err(Error::CredentialMissing),
                current_user::AuthorizationHeader::Unreadable => Err(Error::TokenRefused(TokenError::Malformed)),
            },
            Carrier::ParentDomainCookies => match cookies::find(headers, ACCESS_TOKEN) {
                Some(token) => self.config.verifier.verify(&BearerToken::new(token)).await,
                None => Err(Error::CredentialMissing),
            },
            Carrier::JwtCookies | Carrier::SessionCookies if cookies.are_ambiguous() => Err(Error::CookiesAmbiguous),
            Carrier::JwtCookies => self.by_jwt(cookies).await,
            Carrier::SessionCookies => self.by_session(cookies).await,
        }
    }

    /// Who sends a request, for a page that everybody may see. Nothing is renewed and FusionAuth is not asked, so that such a
    /// page never waits for it. To a user whose credential has expired the page is shown as to one who is signed out.
    pub async fn recognize(&self, cookies: &Cookies) -> Option<Identity> {
        match self.config.carrier {
            Carrier::SessionCookies if !cookies.are_ambiguous() => {
                Some(self.config.sessions.find(cookies.get(CookieName::Session)?).await.ok()??.identity)
            }
            Carrier::JwtCookies if !cookies.are_ambiguous() => {
                self.config.verifier.check_with_known_key(&BearerToken::new(cookies.get(CookieName::Jwt)?)).await
            }
            Carrier::Bearer | Carrier::JwtCookies | Carrier::ParentDomainCookies | Carrier::SessionCookies => None,
        }
    }

    /// Signs in a user whose password FusionAuth has just accepted, and sets the cookies. The sign-in that this browser had before
    /// ends, so that no late request with the old cookies brings it back. `began_at` is when FusionAuth was asked, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`Error::TokenRefused`] if the token is not for this application, [`Error::SignInMisconfigured`] if no cookie can hold
    /// it, [`Error::SignInWaitsForSignOut`] while a sign-out everywhere is under way; or the database's.
    pub async fn sign_in(&self, cookies: &Cookies, tokens: Tokens, began_at: i64) -> Result<Identity, Error> {
        let (identity, exp) = self.config.verifier.read(&tokens.access)?;
        self.check_length(&tokens)?;
        let (families, revocations, before) = (Arc::clone(&self.families), Arc::clone(&self.config.revocations), presented(cookies));
        // This goes on when the browser hangs up, because FusionAuth has given a refresh token, which must be stored or revoked.
        let sign_in = SignIn { identity: identity.clone(), tokens: tokens.clone(), exp, began_at };
        let begun = self.config.background.spawn(async move { families.begin(&sign_in, &before).await });
        let (begun, ended) = begun.await.map_err(|_| HttpError::Internal)??;
        if let Some(id) = ended {
            // The answer to the browser does not wait for this attempt. If it fails, another one follows.
            self.config.background.spawn(async move { revocations.attempt_now(&id).await });
        }
        match begun {
            SignInResult::SignedIn(credential) => {
                self.set_cookies(cookies, &tokens, &credential);
                Ok(identity)
            }
            SignInResult::TryAgain => Err(Error::SignInWaitsForSignOut),
        }
    }

    /// Signs out: ends the browser's sign-in in the database, then has FusionAuth revoke the refresh token. Both go on when the browser
    /// hangs up.
    ///
    /// # Errors
    /// [`Error::NotSignedOut`] when the database refuses: the user is still signed in then, and the cookies stay.
    pub async fn sign_out(&self, cookies: &Cookies, scope: SignOutScope) -> Result<SignOut, Error> {
        let mut presented = presented(cookies);
        if presented.token.is_none() && scope == SignOutScope::Everywhere {
            presented.user = self.user_of_token(cookies).await;
        }
        let (families, revocations) = (Arc::clone(&self.families), Arc::clone(&self.config.revocations));
        let signed_out = self.config.background.spawn(async move {
            match families.sign_out(&presented, scope).await? {
                Some(id) if revocations.attempt_now(&id).await.is_ok() => Ok(SignOut::Revoked),
                None if scope == SignOutScope::This => Ok(SignOut::Revoked),
                Some(_) | None => Ok(SignOut::RevocationPending),
            }
        });
        let signed_out = signed_out.await.map_err(|_| HttpError::Internal)?.map_err(|error: sqlx::Error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a sign-out could not be written to the database");
            Error::NotSignedOut
        })?;
        delete_cookies(cookies);
        Ok(signed_out)
    }

    /// The id of the user whom the access token names, even if the token has expired.
    async fn user_of_token(&self, cookies: &Cookies) -> Option<String> {
        let checked = self.config.verifier.check(&BearerToken::new(cookies.get(CookieName::Jwt)?)).await;
        checked.ok().map(|it| it.identity.user_id)
    }

    async fn by_jwt(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let token = cookies.get(CookieName::RefreshToken).map(RefreshToken::new);
        let (error, expected) = match cookies.get(CookieName::Jwt) {
            None => (Error::CredentialMissing, None),
            Some(jwt) => match self.config.verifier.check(&BearerToken::new(jwt)).await {
                Ok(checked) if !checked.expired => return Ok(checked.identity),
                Ok(checked) => (Error::TokenRefused(TokenError::Expired), Some(checked.identity.user_id)),
                Err(Error::TokenRefused(error)) => (Error::TokenRefused(error), None),
                Err(error) => return Err(error),
            },
        };
        match token {
            Some(token) if expected.is_some() || self.config.rule == RenewalRule::Invalid => self.renew(cookies, &token, expected).await,
            _ if expected.is_some() => Err(session_over(cookies, FamilyEnd::CookiesLeft)),
            _ => Err(error),
        }
    }

    async fn by_session(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let id = cookies.get(CookieName::Session);
        if let Some(id) = id
            && let Some(live) = self.config.sessions.find(id).await?
        {
            if live.check_due {
                self.check_user(&live.identity);
            }
            return Ok(live.identity);
        }
        let Some(token) = cookies.get(CookieName::RefreshToken).map(RefreshToken::new) else {
            return Err(if id.is_some() { session_over(cookies, FamilyEnd::CookiesLeft) } else { Error::CredentialMissing });
        };
        let expected = match id {
            Some(id) => self.families.user_of(id, &token).await?,
            None => None,
        };
        match (expected, self.config.rule) {
            (None, RenewalRule::Expired) if id.is_none() => Err(Error::CredentialMissing),
            (None, RenewalRule::Expired) => {
                let end = self.families.end_of(&token).await?;
                Err(session_over(cookies, end.unwrap_or(FamilyEnd::CookiesLeft)))
            }
            (expected, _) => self.renew(cookies, &token, expected).await,
        }
    }

    /// Ends the sessions of a user who is locked or deleted at FusionAuth. The request that causes this check does not wait for it and is
    /// answered; later ones are refused.
    fn check_user(&self, identity: &Identity) {
        let (fusionauth, families, user_id) = (Arc::clone(&self.config.fusionauth), Arc::clone(&self.families), identity.user_id.clone());
        self.config.background.spawn(async move {
            if fusionauth.is_locked_or_deleted(&user_id).await
                && let Err(error) = families.end_user(&user_id).await
            {
                tracing::error!(error = &error as &dyn std::error::Error, "the sessions of a locked user could not be ended");
            }
        });
    }

    async fn renew(&self, cookies: &Cookies, token: &RefreshToken, expected: Option<String>) -> Result<Identity, Error> {
        match self.renewals.renew(token, expected.as_deref()).await {
            RenewalOutcome::Renewed(renewed) if expected.is_none_or(|it| it == renewed.identity.user_id) => {
                self.check_length(&renewed.tokens)?;
                self.set_cookies(cookies, &renewed.tokens, &renewed.credential);
                Ok(renewed.identity.clone())
            }
            RenewalOutcome::Renewed(_) | RenewalOutcome::AnotherUser => {
                tracing::warn!("a refresh token and a credential were of two users");
                Err(session_over(cookies, FamilyEnd::CookiesLeft))
            }
            RenewalOutcome::Ended(end) => Err(session_over(cookies, end)),
            RenewalOutcome::Unavailable => Err(Error::SignInUnavailable),
        }
    }

    /// Refuses tokens that no browser would keep as cookies, such as an access token with a hundred roles. A browser that kept one of
    /// two cookies would be neither signed in nor signed out.
    fn check_length(&self, tokens: &Tokens) -> Result<(), Error> {
        let access = tokens.access.expose();
        let is_cookie = self.config.carrier == Carrier::JwtCookies;
        if is_cookie && !Cookies::can_hold(access) || tokens.refresh.as_ref().is_some_and(|it| !Cookies::can_hold(it.expose())) {
            tracing::error!(bytes = access.len(), "FusionAuth's tokens do not fit into a cookie; does the user have too many roles?");
            return Err(Error::SignInMisconfigured);
        }
        Ok(())
    }

    fn set_cookies(&self, cookies: &Cookies, tokens: &Tokens, credential: &BrowserCredential) {
        let seconds = self.config.cookie_life.as_secs();
        match &credential.session {
            Some(id) => cookies.set(CookieName::Session, id, seconds),
            None => cookies.set(CookieName::Jwt, tokens.access.expose(), seconds),
        }
        if let Some(token) = &tokens.refresh {
            cookies.set(CookieName::RefreshToken, token.expose(), seconds);
        }
    }
}

fn presented(cookies: &Cookies) -> PresentedCredentials {
    let token = cookies.get(CookieName::RefreshToken).map(RefreshToken::new);
    PresentedCredentials { token, session: cookies.get(CookieName::Session).map(ToOwned::to_owned), user: None }
}

fn delete_cookies(cookies: &Cookies) {
    for name in [CookieName::Jwt, CookieName::Session, CookieName::RefreshToken] {
        cookies.delete(name);
    }
}

/// The error for a sign-in that has ended. Its cookies are deleted, unless another answer has replaced them in the browser: cookies are
/// deleted by name, so the newer ones would go.
fn session_over(cookies: &Cookies, end: FamilyEnd) -> Error {
    if end == FamilyEnd::CookiesLeft {
        delete_cookies(cookies);
    }
    Error::SessionOver
}
