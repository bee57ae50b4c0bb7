//! Authenticates requests, renews expired credentials, signs users in and out, and sets or deletes the sign-in cookies. The workflow
//! decides where a request carries its credential ([`CredentialTransport`]):
//!
//! | transport | credential | when it has expired |
//! |---|---|---|
//! | `Authorization` header | access token | 401: the browser renews it |
//! | FusionAuth's cookies on the parent domain | access token | 401: the browser renews it |
//! | this server's cookies | access token | this server renews it with the refresh token from a cookie |
//! | this server's cookies | id of a session in the database | this server renews it with the refresh token from a cookie |
//!
//! Handlers get an [`Identity`] from here and never read a credential themselves. Other modules decide what a user may do.

use crate::auth::attempts::AttemptLimits;
use crate::auth::cookies::{CookieName, Cookies, KeepSignedIn};
use crate::auth::device_binding::DeviceBinding;
use crate::auth::email_proof::EmailGate;
use crate::auth::families::{
    AcceptedSignIns, EndedSignIns, Families, FamilyDevice, PresentedCredentials, RenewalOutcome, SignIn, SignInResult,
};
use crate::auth::family_rules::{FamilyEnd, SignOutScope};
use crate::auth::fusionauth::{FusionAuth, Timeouts};
use crate::auth::renewal::Renewals;
use crate::auth::revoked_access::{LONGEST_TOKEN_LIFE, RevokedAccess, Subject, TO_NEXT_SECOND_MS};
use crate::auth::sessions::{BrowserCredential, LiveSession, Sessions, UserCheck};
use crate::auth::verifier::{MAX_CACHED, Verifier};
use crate::auth::verify::{AuthorizationHeader, BearerToken, EmailStatus, Identity, TokenError, VerifiedToken, authorization_header};
use crate::auth::{error::Error, revocations::Revocations};
use crate::background::Background;
use crate::clock::now_ms;
use crate::http::{client_address::ClientAddress, cookie_header, error::Error as HttpError};
use axum::http::HeaderMap;
use fusionauth_api::account::UserStatus;
use fusionauth_api::backend::{RefreshToken, Tokens};
use lru::LruCache;
use sqlx::AnyPool;
use std::sync::{Arc, Mutex};
use std::{collections::HashSet, future::ready, time::Duration};
use storefront_api::CredentialTransport;
use tokio::task::JoinHandle;

/// Which requests may renew their credential with the refresh token from their cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalPolicy {
    /// Only a request that also has a credential that is valid except for its expiry: an access token of the refresh token's user, or a
    /// session from the same sign-in as the refresh token. A stolen refresh token alone is not enough.
    ExpiredCredentialOnly,
    /// Every request with a valid refresh token, as in the workflows that FusionAuth documents.
    AnyCredential,
}

/// Authenticates the requests of one site.
pub struct Authenticator {
    pub(super) config: AuthenticatorConfig,
    pub(super) families: Arc<Families>,
    renewals: Arc<Renewals>,
    email_gate: Arc<EmailGate>,
}

/// The dependencies and settings of an [`Authenticator`].
pub struct AuthenticatorConfig {
    /// Where a request carries its credential.
    pub transport: CredentialTransport,
    /// The names of FusionAuth's cookie with the access token, on the parent domain. The first one that the browser has counts.
    pub access_token_cookies: Vec<String>,
    /// The key of the site in the database: the workflow and the application's id.
    pub site_key: String,
    /// The database.
    pub db: AnyPool,
    /// Verifies access tokens.
    pub verifier: Arc<Verifier>,
    /// FusionAuth's API.
    pub fusionauth: Arc<FusionAuth>,
    /// The revocations that FusionAuth has not confirmed yet.
    pub revocations: Arc<Revocations>,
    /// The access tokens and sessions that are refused.
    pub revoked: RevokedAccess,
    /// The sessions of the site's application.
    pub sessions: Sessions,
    /// Binds sign-ins to devices. None if the browser holds its credential itself.
    pub device_binding: Option<Arc<DeviceBinding>>,
    /// Runs tasks that must finish even if the client disconnects.
    pub background: Background,
    /// How long renewals may take.
    pub limits: Timeouts,
    /// Which requests may renew their credential.
    pub renewal_policy: RenewalPolicy,
    /// The limits, of which this counts the sign-ins of each account.
    pub attempts: Arc<AttemptLimits>,
    /// How long browsers keep the cookies of a user who chose to stay signed in.
    pub cookie_life: Duration,
}

/// The access token with which a request was accepted, for a response that may stay open longer than the token is valid.
pub struct AcceptedCredential {
    token: BearerToken,
    verifier: Arc<Verifier>,
}

impl AcceptedCredential {
    /// Whether a request with this token would be accepted now, because the token has neither expired nor been revoked. This does not call
    /// FusionAuth.
    pub async fn is_still_accepted(&self) -> bool {
        self.verifier.verify_with_known_key(&self.token).await.is_some()
    }
}

/// Whether FusionAuth has confirmed a sign-out. On this server, the sign-out is complete in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutOutcome {
    /// FusionAuth has revoked the refresh tokens.
    Revoked,
    /// FusionAuth has not confirmed the revocation yet, and the server retries. A sign-out everywhere also returns this if the request had
    /// neither a refresh token nor a user id.
    RevocationPending,
    /// Only one sign-in has ended, although the request asked for a sign-out everywhere: its credentials have expired, or belong to a
    /// sign-in that has ended.
    OneSignInOnly,
}

/// Whether the database knows the refresh token of the sign-in whose device was checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CheckedSignIn {
    OfKnownToken,
    OfUnknownToken,
}

/// How much longer the database keeps a family, which is everything from one sign-in (see `families`), than browsers keep its cookies.
/// Clocks differ, so there must be a margin.
const CLOCK_SKEW_ALLOWANCE: Duration = Duration::from_secs(24 * 3_600);

impl Authenticator {
    /// Creates an authenticator. This sends no request and reads no table.
    pub fn new(config: AuthenticatorConfig) -> Self {
        let families = Arc::new(Families {
            db: config.db.clone(),
            site: config.site_key.clone(),
            application: config.fusionauth.application_id().to_owned(),
            sessions: (config.transport == CredentialTransport::SessionCookies).then(|| config.sessions.clone()),
            keep: config.cookie_life + CLOCK_SKEW_ALLOWANCE,
            lease: config.limits.lease,
            revocations: Arc::clone(&config.revocations),
            revoked: config.revoked.clone(),
            accepted: match &config.device_binding {
                Some(binding) if binding.needs_record() => AcceptedSignIns::OwnOnly(Mutex::new(LruCache::new(MAX_CACHED))),
                Some(_) | None => AcceptedSignIns::Any,
            },
        });
        let AuthenticatorConfig { fusionauth, verifier, background, .. } = &config;
        let renewals = Renewals::new(Arc::clone(&families), Arc::clone(fusionauth), Arc::clone(verifier), background.clone());
        Self { config, families, renewals, email_gate: Arc::default() }
    }

    /// Identifies the sender of a request. After a renewal, the response sets new cookies; after a refusal, it may delete the cookies.
    ///
    /// # Errors
    /// [`Error::CredentialMissing`], [`Error::TokenRefused`], [`Error::SessionOver`], [`Error::NotThisDevice`], [`Error::DeviceKeyRequired`],
    /// [`Error::DeviceProofDelayed`], [`Error::EmailNotVerified`] or [`Error::CookiesAmbiguous`]; other errors if FusionAuth or the database
    /// is needed and does not answer.
    pub async fn identify(&self, headers: &HeaderMap, cookies: &Cookies) -> Result<Identity, Error> {
        let identity = self.identify_sender(headers, cookies).await?;
        if identity.email_status == EmailStatus::Unverified
            && self.email_gate.is_gated(&self.config.fusionauth).await.map_err(|_| Error::SignInUnavailable)?
        {
            match self.config.transport {
                CredentialTransport::JwtCookies | CredentialTransport::SessionCookies => delete_cookies(cookies),
                CredentialTransport::Bearer | CredentialTransport::ParentDomainCookies => {}
            }
            return Err(Error::EmailNotVerified);
        }
        Ok(identity)
    }

    async fn identify_sender(&self, headers: &HeaderMap, cookies: &Cookies) -> Result<Identity, Error> {
        match self.config.transport {
            CredentialTransport::Bearer => match authorization_header(headers) {
                AuthorizationHeader::Bearer(token) => self.config.verifier.verify(&token, cookies.client()).await,
                AuthorizationHeader::None => Err(Error::CredentialMissing),
                AuthorizationHeader::Unreadable => Err(Error::TokenRefused(TokenError::Malformed)),
            },
            CredentialTransport::ParentDomainCookies => match self.parent_domain_cookie(headers) {
                Some((name, _)) if cookie_header::is_ambiguous(headers, name) => Err(Error::CookiesAmbiguous),
                Some((_, token)) => self.config.verifier.verify(&BearerToken::new(token), cookies.client()).await,
                None => Err(Error::CredentialMissing),
            },
            CredentialTransport::JwtCookies | CredentialTransport::SessionCookies if cookies.are_ambiguous() => {
                Err(Error::CookiesAmbiguous)
            }
            CredentialTransport::JwtCookies => self.identify_by_jwt(cookies).await,
            CredentialTransport::SessionCookies => self.identify_by_session(cookies).await,
        }
    }

    /// FusionAuth's cookie with the access token, on the parent domain: its name and value.
    fn parent_domain_cookie<'a>(&'a self, headers: &'a HeaderMap) -> Option<(&'a str, &'a str)> {
        self.config.access_token_cookies.iter().find_map(|it| Some((it.as_str(), cookie_header::find(headers, it)?)))
    }

    /// The access token with which [`identify`](Self::identify) has just accepted a request; if it was renewed, the new one. `None` on
    /// sites with session ids, because these sites have only pages, and no response that stays open.
    pub fn accepted_credential(&self, headers: &HeaderMap, cookies: &Cookies) -> Option<AcceptedCredential> {
        let token = match self.config.transport {
            CredentialTransport::Bearer => match authorization_header(headers) {
                AuthorizationHeader::Bearer(token) => token,
                AuthorizationHeader::None | AuthorizationHeader::Unreadable => return None,
            },
            CredentialTransport::ParentDomainCookies => BearerToken::new(self.parent_domain_cookie(headers)?.1),
            CredentialTransport::JwtCookies => BearerToken::new(&cookies.get_after_answer(CookieName::Jwt)?),
            CredentialTransport::SessionCookies => return None,
        };
        Some(AcceptedCredential { token, verifier: Arc::clone(&self.config.verifier) })
    }

    /// Identifies the sender of a request for a page that needs no sign-in. This neither calls FusionAuth nor renews a credential, because
    /// such a page must not wait for FusionAuth. A user with an expired credential counts as signed out.
    pub async fn identify_without_renewal(&self, cookies: &Cookies) -> Option<Identity> {
        match self.config.transport {
            CredentialTransport::SessionCookies if !cookies.are_ambiguous() => {
                self.user_of_session(cookies.get(CookieName::Session)?, cookies).await.ok()?
            }
            CredentialTransport::JwtCookies if !cookies.are_ambiguous() => {
                let identity = self.config.verifier.verify_with_known_key(&BearerToken::new(cookies.get(CookieName::Jwt)?)).await?;
                self.accepts(&identity).await.ok()?.then_some(identity)
            }
            CredentialTransport::Bearer
            | CredentialTransport::JwtCookies
            | CredentialTransport::ParentDomainCookies
            | CredentialTransport::SessionCookies => None,
        }
    }

    /// Signs in a user after FusionAuth has accepted the login, and sets the cookies. The browser's previous sign-in ends, so that a
    /// delayed request with the old cookies cannot renew it. `keep` also applies to the cookies of later renewals. `began_at` is when the
    /// login request was sent to FusionAuth, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`Error::TokenRefused`] if the token is not for this application, [`Error::SignInMisconfigured`] if no cookie can hold a token,
    /// [`Error::SignInWaitsForSignOut`] while a sign-out everywhere is under way, [`Error::TooManyAttempts`]; or a database error.
    pub async fn sign_in(&self, cookies: &Cookies, tokens: Tokens, keep: KeepSignedIn, began_at: i64) -> Result<Identity, Error> {
        let (identity, exp) = self.config.verifier.decode_trusted(&tokens.access)?;
        let refresh_cookie = self.refresh_cookie(&tokens)?;
        if let Err(too_often) = self.config.attempts.signed_in(&identity.user_id).await {
            let presented = PresentedCredentials { token: tokens.refresh, ..PresentedCredentials::default() };
            let _ = self.end_presented(ready(presented), SignOutScope::This, None).await;
            return Err(Error::TooManyAttempts(too_often));
        }
        let (families, revocations, before) = (Arc::clone(&self.families), Arc::clone(&self.config.revocations), self.presented(cookies));
        // The task continues if the browser disconnects, because FusionAuth has issued a refresh token that must be stored or revoked.
        let sign_in = SignIn { identity: identity.clone(), tokens: tokens.clone(), exp, began_at };
        let sign_in_result = self.config.background.spawn(async move { families.begin(&sign_in, &before.await).await });
        let (sign_in_result, revocation_id) = sign_in_result.await.map_err(|_| HttpError::Internal)??;
        if let Some(id) = revocation_id {
            // The answer to the browser does not wait for this attempt. If the attempt fails, another one follows.
            self.config.background.spawn(async move { revocations.attempt_now(&id).await });
        }
        match sign_in_result {
            SignInResult::SignedIn { credential, family } => {
                if let Some(binding) = &self.config.device_binding
                    && let Err(error) = binding.offer(&family, cookies).await
                {
                    // Nobody gets the credentials of this sign-in. If its end cannot be written either, it is useless until it expires.
                    let presented =
                        PresentedCredentials { token: tokens.refresh, session: credential.session, ..PresentedCredentials::default() };
                    let _ = self.end_presented(ready(presented), SignOutScope::This, None).await;
                    return Err(error);
                }
                match keep {
                    KeepSignedIn::No => cookies.set_until_closed(CookieName::BrowserSession, "1"),
                    KeepSignedIn::Yes => cookies.delete(CookieName::BrowserSession),
                }
                self.set_cookies(cookies, &tokens, refresh_cookie.as_deref(), &credential, keep);
                Ok(identity)
            }
            SignInResult::TryAgain => Err(Error::SignInWaitsForSignOut),
        }
    }

    /// Signs out: ends the browser's sign-in in the database, or every sign-in of the user, then makes FusionAuth revoke the refresh
    /// tokens. Both steps continue if the browser disconnects.
    ///
    /// # Errors
    /// [`Error::NotSignedOut`] if the write to the database fails: the user may still be signed in then, and the browser keeps its cookies.
    /// The same with [`Error::TooManyAttempts`], if clients have sent too many invented refresh tokens.
    pub async fn sign_out(&self, cookies: &Cookies, scope: SignOutScope) -> Result<SignOutOutcome, Error> {
        let signed_out = self.end_presented(self.presented(cookies), scope, Some(cookies.client())).await?;
        delete_cookies(cookies);
        // The next user of a shared computer must not find the order. Its mailed link opens it again.
        cookies.delete(CookieName::GuestOrder);
        Ok(signed_out)
    }

    /// Signs a user out everywhere, in every application and workflow. Unlike [`sign_out`](Self::sign_out), this deletes no cookie.
    ///
    /// # Errors
    /// [`Error::NotSignedOut`] if the write to the database fails.
    pub async fn sign_out_user(&self, user_id: &str) -> Result<SignOutOutcome, Error> {
        let presented = PresentedCredentials { user: Some(user_id.to_owned()), ..PresentedCredentials::default() };
        self.end_presented(ready(presented), SignOutScope::Everywhere, None).await
    }

    /// `client` is the client that has sent the credentials, which may be invented.
    async fn end_presented(
        &self,
        presented: impl Future<Output = PresentedCredentials> + Send + 'static,
        scope: SignOutScope,
        client: Option<ClientAddress>,
    ) -> Result<SignOutOutcome, Error> {
        let (families, revocations) = (Arc::clone(&self.families), Arc::clone(&self.config.revocations));
        let (fusionauth, attempts) = (Arc::clone(&self.config.fusionauth), Arc::clone(&self.config.attempts));
        let signed_out = self.config.background.spawn(async move {
            let presented = presented.await;
            if let (Some(client), Some(token)) = (client, &presented.token)
                && !families.knows(token).await.map_err(|error| not_signed_out(&error))?
            {
                attempts.unknown_token(client, presented.user.as_deref()).await.map_err(Error::TooManyAttempts)?;
            }
            let ended = families.sign_out(&presented, scope).await.map_err(|error| not_signed_out(&error))?;
            let (asked, EndedSignIns { revocation, scope, unstored, .. }) = (scope, ended);
            let outcome = match revocation {
                // The database has stored too many unknown tokens to keep this one for another attempt.
                None if unstored => match fusionauth.logout(presented.token.as_ref().ok_or(HttpError::Internal)?, scope).await {
                    Ok(()) => SignOutOutcome::Revoked,
                    Err(_) => return Err(Error::NotSignedOut),
                },
                Some(id) if revocations.attempt_now(&id).await.is_ok() => SignOutOutcome::Revoked,
                None if scope == SignOutScope::This => SignOutOutcome::Revoked,
                Some(_) | None => SignOutOutcome::RevocationPending,
            };
            Ok(if scope == asked { outcome } else { SignOutOutcome::OneSignInOnly })
        });
        signed_out.await.map_err(|_| HttpError::Internal)?
    }

    /// FusionAuth's ids of those sessions of the user that are bound to a device.
    pub(crate) async fn bound_sessions(&self, user_id: &str) -> sqlx::Result<HashSet<String>> {
        match &self.config.device_binding {
            Some(binding) => binding.bound_sessions(user_id).await,
            None => Ok(HashSet::new()),
        }
    }

    /// FusionAuth's id of this browser's session, if known.
    pub(crate) async fn current_session_id(&self, cookies: &Cookies) -> sqlx::Result<Option<String>> {
        match self.refresh_token(cookies) {
            Some(token) => self.families.refresh_id_of(&token).await,
            None => Ok(None),
        }
    }

    /// Ends the session with this FusionAuth id: first on this server, then at FusionAuth. The caller must have checked that the session
    /// belongs to the user who has sent the request.
    ///
    /// # Errors
    /// [`Error::NotSignedOut`] if the database or FusionAuth fails: the session may still be valid then.
    pub async fn end_session(&self, session_id: &str) -> Result<(), Error> {
        let subject = Subject::Session(session_id.to_owned());
        self.config.revoked.revoke(&subject, now_ms(), LONGEST_TOKEN_LIFE).await.map_err(|error| not_signed_out(&error))?;
        match self.config.fusionauth.revoke_by_id(session_id).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Error::NotSignedOut),
        }
    }

    async fn identify_by_jwt(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let (error, expected) = match cookies.get(CookieName::Jwt) {
            None => (Error::CredentialMissing, None),
            Some(jwt) => match self.config.verifier.verify_ignoring_expiry(&BearerToken::new(jwt), cookies.client()).await {
                Ok(checked) if !self.accepts(&checked.identity).await? => {
                    return Err(session_ended(cookies, FamilyEnd::CookiesStillHeld));
                }
                Ok(checked) if !checked.expired => return Ok(checked.identity),
                Ok(checked) => (Error::TokenRefused(TokenError::Expired), Some(checked.identity)),
                Err(Error::TokenRefused(error)) => (Error::TokenRefused(error), None),
                Err(error) => return Err(error),
            },
        };
        match self.refresh_token(cookies) {
            Some(token) if expected.is_some() || self.config.renewal_policy == RenewalPolicy::AnyCredential => {
                let (user, refresh_id) = expected.map(|it| (it.user_id, it.sign_in.session)).unzip();
                self.renew(cookies, &token, user, refresh_id.flatten().as_deref()).await
            }
            _ if expected.is_some() => Err(session_ended(cookies, FamilyEnd::CookiesStillHeld)),
            _ => Err(error),
        }
    }

    /// Whether the site accepts the sign-in of an access token. Older versions of FusionAuth name no sign-in.
    async fn accepts(&self, identity: &Identity) -> sqlx::Result<bool> {
        match &identity.sign_in.session {
            Some(id) => self.families.accepts_session(id).await,
            None => Ok(true),
        }
    }

    async fn identify_by_session(&self, cookies: &Cookies) -> Result<Identity, Error> {
        let id = cookies.get(CookieName::Session);
        if let Some(id) = id
            && let Some(identity) = self.user_of_session(id, cookies).await?
        {
            return Ok(identity);
        }
        let Some(token) = self.refresh_token(cookies) else {
            return Err(if id.is_some() { session_ended(cookies, FamilyEnd::CookiesStillHeld) } else { Error::CredentialMissing });
        };
        let expected = match id {
            Some(id) => self.families.user_of(id, &token).await?,
            None => None,
        };
        match (expected, self.config.renewal_policy) {
            (None, RenewalPolicy::ExpiredCredentialOnly) if id.is_none() => Err(Error::CredentialMissing),
            (None, RenewalPolicy::ExpiredCredentialOnly) => {
                let end = self.families.end_of(&token).await?;
                Err(session_ended(cookies, end.unwrap_or(FamilyEnd::CookiesStillHeld)))
            }
            (expected, _) => self.renew(cookies, &token, expected, None).await,
        }
    }

    /// The user of a session, if it is alive. Extends the session, and starts a check of the user, if these are due. Requests for public
    /// pages start the check, too: otherwise a user who opens public pages in between would never be checked.
    async fn user_of_session(&self, id: &str, cookies: &Cookies) -> Result<Option<Identity>, Error> {
        let Some(session) = self.config.sessions.find(id).await? else { return Ok(None) };
        if let Some(binding) = &self.config.device_binding {
            binding.check(&session.device, cookies)?;
        }
        match self.config.sessions.extend(&session).await? {
            UserCheck::NotDue => {}
            UserCheck::Due => drop(self.check_user(&session)),
            UserCheck::DueFirst => {
                let _ = self.check_user(&session).await;
                return Ok(self.config.sessions.find(id).await?.map(|it| it.identity));
            }
        }
        Ok(Some(session.identity))
    }

    /// Asks FusionAuth what the user of a session may do now, and whether the session's refresh token is valid. Ends the sessions that are
    /// not, and updates the email and the roles of the others. Most requests that trigger this check do not wait for the result, so only
    /// later requests are refused.
    fn check_user(&self, session: &LiveSession) -> JoinHandle<()> {
        let (fusionauth, revoked, sessions) =
            (Arc::clone(&self.config.fusionauth), self.config.revoked.clone(), self.config.sessions.clone());
        let (user, refresh_id) = (session.identity.user_id.clone(), session.refresh_id.clone());
        let email_gate = Arc::clone(&self.email_gate);
        self.config.background.spawn(async move {
            let written = match fusionauth.user_status(&user).await {
                UserStatus::Unavailable { .. } => Ok(()), // no session may end only because FusionAuth is down
                UserStatus::Barred => revoked.end_user(&user, now_ms()).await,
                UserStatus::NotRegistered => {
                    let here = Subject::User { user, application: Some(fusionauth.application_id().to_owned()) };
                    revoked.end(&here, now_ms().saturating_add(TO_NEXT_SECOND_MS), LONGEST_TOKEN_LIFE).await
                }
                UserStatus::Registered { user: record, .. }
                    if !record.verified && email_gate.is_gated(&fusionauth).await.unwrap_or(false) =>
                {
                    revoked.end_user(&user, now_ms()).await
                }
                UserStatus::Registered { user: record, roles } => match (refresh_id, fusionauth.sessions(&user).await) {
                    (Some(id), Ok(valid)) if !valid.iter().any(|it| it.id.eq_ignore_ascii_case(&id)) => {
                        revoked.revoke(&Subject::Session(id), now_ms(), LONGEST_TOKEN_LIFE).await
                    }
                    _ => sessions.update(&user, record.email.as_deref(), &roles).await,
                },
            };
            if let Err(error) = written {
                tracing::error!(error = &error as &dyn std::error::Error, "the check of a user could not be written to the database");
            }
        })
    }

    /// Renews the credential. `id` is FusionAuth's id of the refresh token, if the access token names it.
    async fn renew(&self, cookies: &Cookies, token: &RefreshToken, expected: Option<String>, id: Option<&str>) -> Result<Identity, Error> {
        let sign_in = self.check_device(cookies, token, id).await?;
        // If the database fails here, the renewal fails, too.
        if !self.families.knows(token).await.unwrap_or(true) {
            self.config.attempts.unknown_token(cookies.client(), expected.as_deref()).await.map_err(Error::TooManyAttempts)?;
        }
        match self.renewals.renew(token, expected.as_deref()).await {
            RenewalOutcome::Renewed(renewed) if expected.is_none_or(|it| it == renewed.identity.user_id) => {
                if sign_in == CheckedSignIn::OfUnknownToken {
                    // The renewal has added the token to its sign-in, which may be bound to another device.
                    self.check_device(cookies, token, None).await?;
                }
                let refresh_cookie = self.refresh_cookie(&renewed.tokens)?;
                self.set_cookies(cookies, &renewed.tokens, refresh_cookie.as_deref(), &renewed.credential, cookies.keep_signed_in());
                Ok(renewed.identity.clone())
            }
            RenewalOutcome::Renewed(_) | RenewalOutcome::AnotherUser => {
                tracing::warn!("a refresh token and a credential belonged to two users");
                Err(session_ended(cookies, FamilyEnd::CookiesStillHeld))
            }
            RenewalOutcome::Ended(end) => Err(session_ended(cookies, end)),
            RenewalOutcome::Unavailable => Err(Error::SignInUnavailable),
        }
    }

    /// Checks that the request comes from the device to which the sign-in of the refresh token is bound. If the database does not know the
    /// token, `refresh_id` names the sign-in: an instance may have been unable to store the token, or a thief has rotated it.
    async fn check_device(&self, cookies: &Cookies, token: &RefreshToken, refresh_id: Option<&str>) -> Result<CheckedSignIn, Error> {
        let Some(binding) = self.config.device_binding.as_ref().filter(|it| it.needs_record()) else {
            return Ok(CheckedSignIn::OfKnownToken);
        };
        let mut checked = CheckedSignIn::OfKnownToken;
        let mut device = self.families.device_of(token).await?;
        if device.is_none() {
            checked = CheckedSignIn::OfUnknownToken;
            if let Some(id) = refresh_id {
                device = self.families.device_of_refresh_id(id).await?;
            }
        }
        match &device {
            Some(FamilyDevice::Record(record)) => binding.check(record, cookies)?,
            Some(FamilyDevice::Ended) => {} // the renewal says so
            None => binding.check("", cookies)?,
        }
        Ok(checked)
    }

    /// The value of the cookie with the refresh token. Refuses tokens that no browser would keep as cookies, such as an access token with a
    /// hundred roles. A browser that kept only one of the two cookies would be neither signed in nor signed out.
    fn refresh_cookie(&self, tokens: &Tokens) -> Result<Option<String>, Error> {
        let access = tokens.access.expose();
        let is_cookie = self.config.transport == CredentialTransport::JwtCookies;
        let refresh = match (&tokens.refresh, &self.config.device_binding) {
            (Some(token), Some(binding)) => Some(binding.cookie_of(token)?),
            (token, _) => token.as_ref().map(|it| it.expose().to_owned()),
        };
        if is_cookie && !Cookies::can_hold(access) || refresh.as_ref().is_some_and(|it| !Cookies::can_hold(it)) {
            tracing::error!(bytes = access.len(), "FusionAuth's tokens do not fit into a cookie; does the user have too many roles?");
            return Err(Error::SignInMisconfigured);
        }
        Ok(refresh)
    }

    fn set_cookies(&self, cookies: &Cookies, tokens: &Tokens, refresh: Option<&str>, credential: &BrowserCredential, keep: KeepSignedIn) {
        let set = |name, value: &str| match keep {
            KeepSignedIn::No => cookies.set_until_closed(name, value),
            KeepSignedIn::Yes => cookies.set(name, value, self.config.cookie_life.as_secs()),
        };
        match &credential.session {
            Some(id) => set(CookieName::Session, id),
            None => set(CookieName::Jwt, tokens.access.expose()),
        }
        if let Some(value) = refresh {
            set(CookieName::RefreshToken, value);
        }
    }

    /// The refresh token that the browser holds.
    fn refresh_token(&self, cookies: &Cookies) -> Option<RefreshToken> {
        let value = cookies.get(CookieName::RefreshToken)?;
        Some(self.config.device_binding.as_ref().map_or_else(|| RefreshToken::new(value), |it| it.token_of(value)))
    }

    /// The credentials that the browser holds. If the database does not know the refresh token, the access token names the sign-in: an
    /// instance may have been unable to store the refresh token, a thief may have rotated it, or a purge has deleted it. The future borrows
    /// nothing, because it may have to wait for FusionAuth's keys, and a browser that disconnects must not end it.
    fn presented(&self, cookies: &Cookies) -> impl Future<Output = PresentedCredentials> + use<> {
        let (token, session) = (self.refresh_token(cookies), cookies.get(CookieName::Session).map(ToOwned::to_owned));
        let (jwt, client) = (cookies.get(CookieName::Jwt).map(BearerToken::new), cookies.client());
        let (verifier, families) = (Arc::clone(&self.config.verifier), Arc::clone(&self.families));
        async move {
            let named = match &jwt {
                Some(jwt) => verifier.verify_ignoring_expiry(jwt, client).await.ok(),
                None => None,
            };
            let Some(VerifiedToken { identity, expired }) = named else {
                return PresentedCredentials { token, session, ..PresentedCredentials::default() };
            };
            let refresh_id = identity.sign_in.session;
            let is_valid = !expired
                && match &refresh_id {
                    Some(id) => families.is_alive(id).await.unwrap_or(false),
                    None => true,
                };
            PresentedCredentials { token, session, user: is_valid.then_some(identity.user_id), refresh_id }
        }
    }
}

pub(super) fn not_signed_out(error: &sqlx::Error) -> Error {
    tracing::error!(error = error as &dyn std::error::Error, "the end of a session could not be written to the database");
    Error::NotSignedOut
}

fn delete_cookies(cookies: &Cookies) {
    cookies.delete(CookieName::Confirmation);
    for name in [CookieName::Jwt, CookieName::Session, CookieName::RefreshToken, CookieName::BrowserSession, CookieName::DeviceBound] {
        cookies.delete(name);
    }
}

/// The error for a sign-in that has ended. Also deletes the cookies, unless another response has replaced them in the browser. Cookies are
/// deleted by name, so a deletion would then affect the new cookies.
fn session_ended(cookies: &Cookies, end: FamilyEnd) -> Error {
    if end == FamilyEnd::CookiesStillHeld {
        delete_cookies(cookies);
    }
    Error::SessionOver
}
