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
        cookies::{self, CookieName, Cookies},
        current_user::{self, Verifier, authorization_header},
        error::Error,
        families::{Families, PresentedCredentials, SignIn, SignInResult},
        family_rules::{FamilyEnd, SignOutScope},
        fusionauth::{FusionAuth, TimeLimits},
        renewal::{BrowserCredential, RenewalOutcome, Renewals},
        revocations::Revocations,
        sessions::Sessions,
        verify::{BearerToken, Identity, TokenError},
    },
    background::Background,
    http::error::Error as HttpError,
};
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

/// The gate of one site.
pub struct Authenticator {
    carrier: Carrier,
    verifier: Arc<Verifier>,
    fusionauth: Arc<FusionAuth>,
    sessions: Sessions,
    families: Arc<Families>,
    renewals: Arc<Renewals>,
    revocations: Arc<Revocations>,
    background: Background,
    rule: RenewalRule,
    cookie_life: Duration,
}

/// What a gate is made of.
pub struct AuthenticatorConfig {
    /// How requests say who sends them.
    pub carrier: Carrier,
    /// Names the site in the database.
    pub realm: String,
    /// The database.
    pub db: AnyPool,
    /// Verifies access tokens.
    pub verifier: Arc<Verifier>,
    /// Renews refresh tokens.
    pub fusionauth: Arc<FusionAuth>,
    /// Revokes refresh tokens.
    pub revocations: Arc<Revocations>,
    /// Where sessions are kept.
    pub sessions: Sessions,
    /// Runs what must not end with the request that began it.
    pub background: Background,
    /// How long renewals may take.
    pub limits: TimeLimits,
    /// What may be renewed.
    pub rule: RenewalRule,
    /// How long browsers keep our cookies.
    pub cookie_life: Duration,
}

/// What a sign-out has reached. It is over in the database in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// FusionAuth has revoked what was to be revoked.
    Revoked,
    /// FusionAuth has not answered yet, or there is nothing to name the user by. It is asked until it answers.
    RevocationPending,
}

/// Refresh tokens may live a little longer than the cookies that hold them, because clocks differ.
const LONGER_THAN_COOKIES: Duration = Duration::from_secs(24 * 3_600);

impl Authenticator {
    /// Joins the parts.
    pub fn new(parts: AuthenticatorConfig) -> Self {
        let AuthenticatorConfig { carrier, realm, db, verifier, fusionauth, revocations, sessions, background, limits, rule, cookie_life } =
            parts;
        let families = Arc::new(Families {
            db,
            site: realm,
            sessions: (carrier == Carrier::SessionCookies).then(|| sessions.clone()),
            keep: cookie_life + LONGER_THAN_COOKIES,
            lease: limits.lease,
            revocations: Arc::clone(&revocations),
        });
        let renewals = Renewals::new(Arc::clone(&families), Arc::clone(&fusionauth), Arc::clone(&verifier), background.clone());
        Self { carrier, verifier, fusionauth, sessions, families, renewals, revocations, background, rule, cookie_life }
    }

    /// Who sends a request. Sets and deletes cookies as that needs.
    ///
    /// # Errors
    /// [`Error::CredentialMissing`], [`Error::TokenRefused`], [`Error::SessionOver`]; or that nobody can tell now.
    pub async fn identify(&self, headers: &HeaderMap, cookies: &Cookies) -> Result<Identity, Error> {
        match self.carrier {
            Carrier::Bearer => match authorization_header(headers) {
                current_user::AuthorizationHeader::Bearer(token) => self.verifier.verify(&token).await,
                current_user::AuthorizationHeader::None => Err(Error::CredentialMissing),
                current_user::AuthorizationHeader::Unreadable => Err(Error::TokenRefused(TokenError::Malformed)),
            },
            Carrier::ParentDomainCookies => match cookies::find(headers, ACCESS_TOKEN) {
                Some(token) => self.verifier.verify(&BearerToken::new(token)).await,
                None => Err(Error::CredentialMissing),
            },
            Carrier::JwtCookies | Carrier::SessionCookies if cookies.are_ambiguous() => Err(Error::CookiesAmbiguous),
            Carrier::JwtCookies => self.by_jwt(cookies).await,
            Carrier::SessionCookies => self.by_session(cookies).await,
        }
    }

    /// Who sends a request, for a page that everybody may see. Nothing is renewed and FusionAuth is not asked, so that such a
    /// page never waits for it; whoever has an expired credential looks like a stranger there.
    pub async fn recognize(&self, cookies: &Cookies) -> Option<Identity> {
        match self.carrier {
            Carrier::SessionCookies if !cookies.are_ambiguous() => {
                Some(self.sessions.find(cookies.get(CookieName::Session)?).await.ok()??.identity)
            }
            Carrier::JwtCookies if !cookies.are_ambiguous() => {
                self.verifier.check_with_known_key(&BearerToken::new(cookies.get(CookieName::Jwt)?)).await
            }
            Carrier::Bearer | Carrier::JwtCookies | Carrier::ParentDomainCookies | Carrier::SessionCookies => None,
        }
    }

    /// Signs in whom FusionAuth has just signed in, and sets the cookies. What was signed in before in this browser ends, so
    /// that no late request brings it back. `began_at` is when FusionAuth was asked, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`Error::TokenRefused`] if the token is not for this application, [`Error::SignInMisconfigured`] if no cookie can hold
    /// it, [`Error::SignInWaitsForSignOut`] while a sign-out everywhere is under way; or the database's.
    pub async fn sign_in(&self, cookies: &Cookies, tokens: Tokens, began_at: i64) -> Result<Identity, Error> {
        let (identity, exp) = self.verifier.read(&tokens.access)?;
        self.check_length(&tokens)?;
        let (families, revocations, before) = (Arc::clone(&self.families), Arc::clone(&self.revocations), presented(cookies));
        // To its end, also if the browser hangs up: FusionAuth has given a refresh token that somebody must keep or revoke.
        let sign_in = SignIn { identity: identity.clone(), tokens: tokens.clone(), exp, began_at };
        let begun = self.background.spawn(async move { families.begin(&sign_in, &before).await });
        let (begun, ended) = begun.await.map_err(|_| HttpError::Internal)??;
        if let Some(id) = ended {
            // Nobody waits for it, and another attempt follows if it fails.
            self.background.spawn(async move { revocations.attempt_now(&id).await });
        }
        match begun {
            SignInResult::SignedIn(credential) => {
                self.set_cookies(cookies, &tokens, &credential);
                Ok(identity)
            }
            SignInResult::TryAgain => Err(Error::SignInWaitsForSignOut),
        }
    }

    /// Signs out: ends in the database what the browser's cookies stand for, then has FusionAuth revoke the refresh token. It
    /// goes on to its end also if the browser hangs up.
    ///
    /// # Errors
    /// [`Error::NotSignedOut`] when the database refuses: nobody is signed out then, and the cookies stay.
    pub async fn sign_out(&self, cookies: &Cookies, scope: SignOutScope) -> Result<SignOut, Error> {
        let mut presented = presented(cookies);
        if presented.token.is_none() && scope == SignOutScope::Everywhere {
            presented.user = self.user_of_token(cookies).await;
        }
        let (families, revocations) = (Arc::clone(&self.families), Arc::clone(&self.revocations));
        let signed_out = self.background.spawn(async move {
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

    /// Whom the access token names, be it expired.
    async fn user_of_token(&self, cookies: &Cookies) -> Option<String> {
        let checked = self.verifier.check(&BearerToken::new(cookies.get(CookieName::Jwt)?)).await;
        checked.ok().map(|it| it.identity.user_id)
    }

    async fn by_jwt(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let token = cookies.get(CookieName::RefreshToken).map(RefreshToken::new);
        let (error, expected) = match cookies.get(CookieName::Jwt) {
            None => (Error::CredentialMissing, None),
            Some(jwt) => match self.verifier.check(&BearerToken::new(jwt)).await {
                Ok(checked) if !checked.expired => return Ok(checked.identity),
                Ok(checked) => (Error::TokenRefused(TokenError::Expired), Some(checked.identity.user_id)),
                Err(Error::TokenRefused(error)) => (Error::TokenRefused(error), None),
                Err(error) => return Err(error),
            },
        };
        match token {
            Some(token) if expected.is_some() || self.rule == RenewalRule::Invalid => self.renew(cookies, &token, expected).await,
            _ if expected.is_some() => Err(session_over(cookies, FamilyEnd::CookiesLeft)),
            _ => Err(error),
        }
    }

    async fn by_session(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let id = cookies.get(CookieName::Session);
        if let Some(id) = id
            && let Some(live) = self.sessions.find(id).await?
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
        match (expected, self.rule) {
            (None, RenewalRule::Expired) if id.is_none() => Err(Error::CredentialMissing),
            (None, RenewalRule::Expired) => {
                let end = self.families.end_of(&token).await?;
                Err(session_over(cookies, end.unwrap_or(FamilyEnd::CookiesLeft)))
            }
            (expected, _) => self.renew(cookies, &token, expected).await,
        }
    }

    /// Ends the sessions of somebody who is locked or deleted at FusionAuth. The request does not wait for it; the sessions'
    /// next ones are refused.
    fn check_user(&self, identity: &Identity) {
        let (fusionauth, families, user_id) = (Arc::clone(&self.fusionauth), Arc::clone(&self.families), identity.user_id.clone());
        self.background.spawn(async move {
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

    /// An access token that no browser would keep, such as one with a hundred roles, must not leave somebody half signed in.
    fn check_length(&self, tokens: &Tokens) -> Result<(), Error> {
        let access = tokens.access.expose();
        let is_cookie = self.carrier == Carrier::JwtCookies;
        if is_cookie && !Cookies::can_hold(access) || tokens.refresh.as_ref().is_some_and(|it| !Cookies::can_hold(it.expose())) {
            tracing::error!(bytes = access.len(), "FusionAuth's tokens do not fit into a cookie; does the user have too many roles?");
            return Err(Error::SignInMisconfigured);
        }
        Ok(())
    }

    fn set_cookies(&self, cookies: &Cookies, tokens: &Tokens, credential: &BrowserCredential) {
        let seconds = self.cookie_life.as_secs();
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

/// The refused credential is of no use to anybody, and its cookies go, unless the browser may have newer ones by the same
/// names: a deletion would take those.
fn session_over(cookies: &Cookies, end: FamilyEnd) -> Error {
    if end == FamilyEnd::CookiesLeft {
        delete_cookies(cookies);
    }
    Error::SessionOver
}
