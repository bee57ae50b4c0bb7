//! Renewals, sign-ins and sign-outs in the database: each function applies [`family_rules`](super::family_rules) in one transaction.
//!
//! A *family* consists of everything that comes from one sign-in: its refresh tokens and sessions. A transaction locks and reads the
//! family, and writes the changes that the rules return. So if two requests use one family at the same time, even on two instances, the
//! second sees the changes of the first. The SQL statements are in [`family_tables`](super::family_tables). FusionAuth is never called
//! here, because a transaction must not wait for a network.

use super::family_rules::{self as rules, Change, ClaimDecision, Family, FamilyEnd, PresentedAs, Settlement, SignOutScope};
use super::family_tables::{self as tables, RenewalRow};
use super::revocations::{NewRevocation, Revocations};
use super::revoked_access::RevokedAccess;
use super::sessions::{self, BrowserCredential, Sessions};
use super::{sealing::SealingKey, verify::Identity};
use crate::clock::{millis, now_ms};
use crate::database::{begin_write, retried};
use crate::secret::{hash_secret, random_id};
use fusionauth_api::backend::{RefreshToken, Tokens};
use lru::LruCache;
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, AnyPool};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The families of one site.
pub struct Families {
    /// The database.
    pub db: AnyPool,
    /// The site's key. It is part of each refresh token's hash, so that one token has different hashes on two sites.
    pub site: String,
    /// FusionAuth's id of the site's application.
    pub application: String,
    /// The sessions of the site's application. None if the browser holds the access token.
    pub sessions: Option<Sessions>,
    /// How long the database keeps a family: the longest life of a refresh token.
    pub keep: Duration,
    /// How long a claim on a renewal is valid.
    pub lease: Duration,
    /// The store of revocations.
    pub revocations: Arc<Revocations>,
    /// The access tokens and sessions that are refused.
    pub revoked: RevokedAccess,
    /// Which refresh tokens and access tokens are accepted.
    pub accepted: AcceptedSignIns,
}

/// Which sign-ins of FusionAuth a site accepts.
pub enum AcceptedSignIns {
    /// Every one for the site's application.
    Any,
    /// Only those that this server has begun, because only these are bound to a device. The cache holds FusionAuth's ids of sessions that
    /// the database knows.
    OwnOnly(Mutex<LruCache<String, ()>>),
}

/// What the database knows of the device to which a family is bound.
pub enum FamilyDevice {
    /// The record of the device. Empty if the browser was never offered a key.
    Record(String),
    /// The family has ended.
    Ended,
}

/// The credentials that a browser sends when it signs in or out.
#[derive(Clone, Default)]
pub struct PresentedCredentials {
    /// The refresh token.
    pub token: Option<RefreshToken>,
    /// The session id.
    pub session: Option<String>,
    /// The user whom the access token names, if the token is valid now and its sign-in has not ended.
    pub user: Option<String>,
    /// FusionAuth's id of the refresh token that came with the access token, even if the access token has expired.
    pub refresh_id: Option<String>,
}

/// A sign-in that FusionAuth has just accepted.
#[derive(Clone)]
pub struct SignIn {
    /// The user.
    pub identity: Identity,
    /// FusionAuth's tokens.
    pub tokens: Tokens,
    /// When the access token expires, in milliseconds since 1970.
    pub exp: i64,
    /// When the login request was sent to FusionAuth, in milliseconds since 1970.
    pub began_at: i64,
}

/// The claim of the one request that may ask FusionAuth for a renewal.
pub struct HeldClaim {
    id: String,
    family: String,
}

/// The next step of a request that needs a renewal.
pub enum ClaimResult {
    /// Call FusionAuth, then pass its answer to [`Families::settle`].
    Refresh(HeldClaim),
    /// Look again a little later: another request is calling FusionAuth. True if the lease of that request has expired.
    Wait(bool),
    /// Respond with this outcome.
    Outcome(RenewalOutcome),
    /// Renew this refresh token instead. It is the new refresh token of a stored outcome, and the access token or session of that outcome
    /// has expired already.
    Follow(RefreshToken),
}

/// The result of [`Families::settle`]: with the outcome, and the id of the revocation to send to FusionAuth, if any.
pub type Settled = (Settlement, RenewalOutcome, Option<String>);

/// The outcome of a renewal. The request that calls FusionAuth stores the outcome, and the requests that wait for it respond with the same
/// one.
#[derive(Clone)]
pub enum RenewalOutcome {
    /// New tokens, with their user.
    Renewed(Arc<RenewedSignIn>),
    /// The sign-in has ended.
    Ended(FamilyEnd),
    /// The access token or session, and the refresh token, belong to different users.
    AnotherUser,
    /// FusionAuth or the database gave no definitive answer. Try again.
    Unavailable,
}

impl RenewalOutcome {
    /// The name in the metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Renewed(_) => "renewed",
            Self::Ended(_) => "ended",
            Self::AnotherUser => "another-user",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The outcome of a successful renewal.
#[derive(Clone, Serialize, Deserialize)]
pub struct RenewedSignIn {
    /// The new tokens.
    pub tokens: Tokens,
    /// The user.
    pub identity: Identity,
    /// The browser's new credential besides the refresh token.
    pub credential: BrowserCredential,
}

/// FusionAuth's answer to the holder of a claim.
pub enum RenewalAnswer {
    /// New tokens, their user, and when the access token expires, in milliseconds since 1970.
    Renewed(Tokens, Box<Identity>, i64),
    /// The refresh token is expired, unknown or revoked.
    Refused,
    /// No definitive answer.
    Unavailable,
}

/// The result of [`Families::begin`].
pub enum SignInResult {
    /// The user is signed in.
    SignedIn {
        /// The browser's credential.
        credential: BrowserCredential,
        /// The id of the new family.
        family: String,
    },
    /// The user is not signed in: the user has signed out everywhere since the sign-in began, or FusionAuth has not answered such a
    /// sign-out yet.
    TryAgain,
}

/// The sign-ins that a sign-out has ended.
pub struct EndedSignIns {
    /// The id of the revocation that the caller must send at once. Its row is due only later, so that no other instance sends it at the
    /// same time.
    pub revocation: Option<String>,
    /// The user, if every sign-in of the user has ended. The caller revokes the user's access tokens after the transaction.
    everywhere: Option<String>,
    /// What has ended, which may be less than the request asked for (`family_rules::sign_out`).
    pub scope: SignOutScope,
    /// Whether a refresh token was presented that the database neither knows nor stores.
    pub unstored: bool,
}

/// How long the database keeps a family of an unknown user. Any text that a client sends as a refresh token creates such a family, so it
/// must not stay for long.
const UNKNOWN_KEPT: Duration = Duration::from_secs(3_600);

/// The maximum number of families and revocations without a user that sign-outs may create. When the database has this many, a sign-out
/// with an unknown refresh token stores nothing, and must reach FusionAuth at once.
const MOST_UNKNOWN: i64 = 1_000;

impl Families {
    /// Claims the renewal of `token`, or returns what the request must do instead. A request that must wait takes no lock.
    ///
    /// # Errors
    /// If the database fails; FusionAuth has not been called then.
    pub async fn claim(&self, token: &RefreshToken, request: rules::RenewalRequest<'_>) -> sqlx::Result<ClaimResult> {
        let stored = RenewalRow::find(&mut *self.db.acquire().await?, &self.hash(token)).await?;
        let family = Family { user: None, end: None }; // assumed, because the end of a family deletes its renewals, such as `stored`
        if let Some(ClaimDecision::Wait { lease_over }) = stored.map(|it| rules::claim(&family, Some(&it.renewal()), request).0) {
            return Ok(ClaimResult::Wait(lease_over));
        }
        retried(|| self.claim_in_transaction(token, request)).await
    }

    async fn claim_in_transaction(&self, token: &RefreshToken, request: rules::RenewalRequest<'_>) -> sqlx::Result<ClaimResult> {
        let mut transaction = begin_write(&self.db).await?;
        let id = self.family_of(&mut transaction, token, request.now, None).await?.ok_or(sqlx::Error::RowNotFound)?;
        let family = tables::lock_family(&mut transaction, &id, request.user).await?;
        let hash = self.hash(token);
        let row = RenewalRow::find(&mut transaction, &hash).await?;
        let (mut claim, mut changes) = rules::claim(&family, row.as_ref().map(RenewalRow::renewal).as_ref(), request);
        let outcome: Option<Arc<RenewedSignIn>> = row.as_ref().and_then(|it| SealingKey::of_renewal(token).open(&it.claim, &it.outcome));
        let next = outcome.as_ref().and_then(|it| it.tokens.refresh.clone()).filter(|it| it != token);
        if claim == ClaimDecision::Adopt && outcome.is_none() || claim == ClaimDecision::Follow && next.is_none() {
            // The stored outcome cannot be decrypted, or it has no newer refresh token, so FusionAuth must be called.
            (claim, changes) = (ClaimDecision::Refresh, vec![Change::Claim]);
        }
        let claimed = HeldClaim { id: random_id(), family: id };
        for change in changes {
            match change {
                Change::Claim => {
                    let lease_until = request.now + millis(self.lease);
                    claimed.row(RenewalRow { lease_until, ..RenewalRow::default() }).write(&mut transaction, &hash).await?;
                }
                Change::KeepToken => self.revocations.cancel(&mut transaction, &hash).await?,
                Change::Store | Change::EndFamily(_) | Change::EndFamiliesOfUser | Change::Revoke(_) | Change::RevokeStored => {}
            }
        }
        transaction.commit().await?;
        Ok(match claim {
            ClaimDecision::Refresh => ClaimResult::Refresh(claimed),
            ClaimDecision::Wait { lease_over } => ClaimResult::Wait(lease_over),
            ClaimDecision::Ended(end) => ClaimResult::Outcome(RenewalOutcome::Ended(end)),
            ClaimDecision::AnotherUser => ClaimResult::Outcome(RenewalOutcome::AnotherUser),
            ClaimDecision::Adopt => ClaimResult::Outcome(outcome.map_or(RenewalOutcome::Unavailable, RenewalOutcome::Renewed)),
            ClaimDecision::Follow => next.map_or(ClaimResult::Outcome(RenewalOutcome::Unavailable), ClaimResult::Follow),
            ClaimDecision::Unavailable => ClaimResult::Outcome(RenewalOutcome::Unavailable),
        })
    }

    /// Writes FusionAuth's answer to the request that holds `claimed`. Requests that wait can then respond with the outcome.
    ///
    /// # Errors
    /// If the database fails: nothing is written then, and the caller must try again, because it holds the only copy of the answer.
    pub async fn settle(&self, token: &RefreshToken, claimed: &HeldClaim, answer: &RenewalAnswer) -> sqlx::Result<Settled> {
        retried(|| self.settle_once(token, claimed, answer)).await
    }

    async fn settle_once(&self, token: &RefreshToken, claimed: &HeldClaim, answer: &RenewalAnswer) -> sqlx::Result<Settled> {
        let mut transaction = begin_write(&self.db).await?;
        let mut family = tables::lock_family(&mut transaction, &claimed.family, None).await?;
        let mut claimed = HeldClaim { id: claimed.id.clone(), family: claimed.family.clone() };
        // The database did not know the refresh token, and FusionAuth's answer shows that it is another value of a known one. A family of
        // its own would outlive the end of its sign-in, and would not be bound to the device.
        if let (RenewalAnswer::Renewed(tokens, identity, _), None) = (answer, family.end)
            && let Some(refresh_id) = refresh_token_id(tokens, identity)
            && let Some(joined) = tables::join_family(&mut transaction, &claimed.family, refresh_id).await?
        {
            family = tables::lock_family(&mut transaction, &joined, None).await?;
            claimed.family = joined;
        }
        let hash = self.hash(token);
        let stored = RenewalRow::find(&mut transaction, &hash).await?.map(|it| it.renewal());
        let read = match answer {
            RenewalAnswer::Renewed(_, identity, _) => {
                let signed_out_at = match family.user {
                    Some(_) => 0, // not needed: a sign-out everywhere would have ended this family
                    None => tables::lock_user(&mut transaction, &identity.user_id).await?,
                };
                let is_foreign = match self.accepted {
                    AcceptedSignIns::Any => false,
                    AcceptedSignIns::OwnOnly(_) => !tables::is_begun(&mut transaction, &claimed.family).await?,
                };
                rules::AnswerKind::Renewed { user: &identity.user_id, sign_ins_ended_recently: signed_out_at > 0, is_foreign }
            }
            RenewalAnswer::Refused => rules::AnswerKind::Refused,
            RenewalAnswer::Unavailable => rules::AnswerKind::Unavailable,
        };
        let (settled, changes) = rules::settle(&family, stored.as_ref(), &claimed.id, read);
        let mut outcome = match (settled, answer) {
            (Settlement::Ended(end), _) => RenewalOutcome::Ended(end),
            (Settlement::AsAnswered, RenewalAnswer::Refused) => RenewalOutcome::Ended(FamilyEnd::CookiesStillHeld),
            (Settlement::AsAnswered | Settlement::ByAnother, _) => RenewalOutcome::Unavailable,
        };
        let (mut revocation, due_at) = (None, now_ms() + millis(self.lease));
        for change in changes {
            match (change, answer) {
                (Change::Store, RenewalAnswer::Renewed(tokens, identity, exp)) => {
                    let credential = self.open(&mut transaction, &claimed.family, identity, tokens, *exp).await?;
                    let renewed = Arc::new(RenewedSignIn { tokens: tokens.clone(), identity: Identity::clone(identity), credential });
                    let sealed = SealingKey::of_renewal(token).seal(&claimed.id, &renewed).unwrap_or_default();
                    let good_until = renewed.credential.good_until;
                    let row = RenewalRow { settled_at: now_ms(), good_until, outcome: sealed, ..RenewalRow::default() };
                    claimed.row(row).write(&mut transaction, &hash).await?;
                    outcome = RenewalOutcome::Renewed(renewed);
                }
                (Change::Store, _) => {
                    let row = RenewalRow { settled_at: now_ms(), ..RenewalRow::default() };
                    claimed.row(row).write(&mut transaction, &hash).await?;
                }
                (Change::EndFamily(end), _) => tables::end_family(&mut transaction, &claimed.family, end).await?,
                (Change::Revoke(scope), RenewalAnswer::Renewed(tokens, identity, _)) => {
                    let new = NewRevocation { scope, due_at, ..NewRevocation::of_tokens(identity, tokens) };
                    revocation = self.revocations.store(&mut transaction, new).await?;
                }
                (Change::Revoke(scope), _) => {
                    // A thief may have rotated the refresh token at FusionAuth, so the database need not know a second value of it.
                    let refresh_id = tables::refresh_id(&mut transaction, &claimed.family, 1).await?;
                    let new = NewRevocation::new(family.user.as_deref().unwrap_or_default(), scope);
                    let new = NewRevocation { refresh_token_id: refresh_id.as_deref(), due_at, ..new };
                    revocation = self.revocations.store(&mut transaction, new).await?;
                }
                (Change::Claim | Change::KeepToken | Change::EndFamiliesOfUser | Change::RevokeStored, _) => {}
            }
        }
        transaction.commit().await?;
        Ok((settled, outcome, revocation))
    }

    /// Opens the family of a user whom FusionAuth has just signed in, and ends the browser's previous family (`before`). Also returns the
    /// id of the revocation to send to FusionAuth, if any.
    ///
    /// # Errors
    /// If the database fails: nothing has changed then.
    pub async fn begin(&self, sign_in: &SignIn, before: &PresentedCredentials) -> sqlx::Result<(SignInResult, Option<String>)> {
        let SignIn { identity, tokens, exp, began_at } = sign_in;
        retried(|| async {
            let mut transaction = begin_write(&self.db).await?;
            let signed_out_at = Some(tables::lock_user(&mut transaction, &identity.user_id).await?).filter(|it| *it > 0);
            let pending = self.revocations.is_pending_everywhere(&mut transaction, &identity.user_id).await?;
            let begun = if rules::may_sign_in(*began_at, signed_out_at, pending) {
                let revocation = self.end_presented(&mut transaction, before, SignOutScope::This).await?.revocation;
                let id = random_id();
                let keep_until = now_ms() + millis(self.keep);
                tables::insert_family(&mut transaction, &id, &identity.user_id, &self.application, keep_until).await?;
                let credential = self.open(&mut transaction, &id, identity, tokens, *exp).await?;
                (SignInResult::SignedIn { credential, family: id }, revocation)
            } else {
                (SignInResult::TryAgain, self.revocations.store(&mut transaction, NewRevocation::of_tokens(identity, tokens)).await?)
            };
            transaction.commit().await?;
            Ok(begun)
        })
        .await
    }

    /// Signs out.
    ///
    /// # Errors
    /// If the database fails: the user may still be signed in then.
    pub async fn sign_out(&self, presented: &PresentedCredentials, scope: SignOutScope) -> sqlx::Result<EndedSignIns> {
        let ended = retried(|| async {
            let mut transaction = begin_write(&self.db).await?;
            let ended = self.end_presented(&mut transaction, presented, scope).await?;
            transaction.commit().await?;
            Ok::<_, sqlx::Error>(ended)
        })
        .await?;
        if let Some(user) = &ended.everywhere {
            retried(|| self.revoked.revoke_user(user, now_ms())).await?;
        }
        Ok(ended)
    }

    /// Whether the database knows this refresh token.
    pub(crate) async fn knows(&self, token: &RefreshToken) -> sqlx::Result<bool> {
        let query = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM refresh_tokens WHERE hash = $1").bind(self.hash(token));
        Ok(query.fetch_one(&self.db).await? > 0)
    }

    /// How the family of this refresh token has ended. None if it has not ended.
    pub(crate) async fn end_of(&self, token: &RefreshToken) -> sqlx::Result<Option<FamilyEnd>> {
        tables::end_of_token(&self.db, &self.hash(token)).await
    }

    /// The device of the family of this refresh token. None if the database does not know the token, or knows it only from a renewal that
    /// has had no answer.
    pub(crate) async fn device_of(&self, token: &RefreshToken) -> sqlx::Result<Option<FamilyDevice>> {
        let query = "SELECT ended, device_session FROM token_families JOIN refresh_tokens ON family = id
                     WHERE hash = $1 AND (refresh_token_id <> '' OR device_session <> '' OR ended <> '')";
        let row = sqlx::query_as(query).bind(self.hash(token)).fetch_optional(&self.db).await?;
        Ok(row.map(FamilyDevice::of_row))
    }

    /// The device of the family whose refresh token has this FusionAuth id, if there is one.
    pub(crate) async fn device_of_refresh_id(&self, refresh_id: &str) -> sqlx::Result<Option<FamilyDevice>> {
        let query = "SELECT ended, device_session FROM token_families WHERE refresh_token_id = $1 ORDER BY ended LIMIT 1";
        Ok(sqlx::query_as(query).bind(refresh_id).fetch_optional(&self.db).await?.map(FamilyDevice::of_row))
    }

    /// Whether the site accepts access tokens of the sign-in with this FusionAuth id. A thief who has copied a refresh token can make
    /// FusionAuth issue access tokens of a new sign-in, which no key binds.
    pub(crate) async fn accepts_session(&self, refresh_id: &str) -> sqlx::Result<bool> {
        let AcceptedSignIns::OwnOnly(known) = &self.accepted else { return Ok(true) };
        let cache = || known.lock().unwrap_or_else(PoisonError::into_inner);
        if cache().get(refresh_id).is_some() {
            return Ok(true);
        }
        let is_own = self.device_of_refresh_id(refresh_id).await?.is_some();
        if is_own {
            cache().put(refresh_id.to_owned(), ());
        }
        Ok(is_own)
    }

    /// Whether the sign-in with this FusionAuth id is one that the site accepts, and has not ended.
    pub(crate) async fn is_alive(&self, refresh_id: &str) -> sqlx::Result<bool> {
        Ok(match self.device_of_refresh_id(refresh_id).await? {
            Some(FamilyDevice::Record(_)) => true,
            Some(FamilyDevice::Ended) => false,
            None => matches!(self.accepted, AcceptedSignIns::Any),
        })
    }

    /// The user of a session, which may have expired, if the session and the refresh token belong to one family.
    pub(crate) async fn user_of(&self, session: &str, token: &RefreshToken) -> sqlx::Result<Option<String>> {
        let query =
            "SELECT user_id FROM sessions JOIN refresh_tokens ON refresh_tokens.family = sessions.family WHERE id = $1 AND hash = $2";
        sqlx::query_scalar(query).bind(sessions::hash(session)).bind(self.hash(token)).fetch_optional(&self.db).await
    }

    /// FusionAuth's id of this refresh token, if it is known.
    pub(crate) async fn refresh_id_of(&self, token: &RefreshToken) -> sqlx::Result<Option<String>> {
        let query = "SELECT refresh_token_id FROM token_families JOIN refresh_tokens ON refresh_tokens.family = token_families.id
                     WHERE hash = $1 AND refresh_token_id <> ''";
        sqlx::query_scalar(query).bind(self.hash(token)).fetch_optional(&self.db).await
    }

    /// Stores the revocation of the new refresh token in `renewed`, because no browser has received it. The revocation is due when no
    /// request can get the outcome any longer. A request that gets the outcome earlier deletes the revocation.
    pub(crate) async fn revoke_unless_adopted(&self, token: &RefreshToken, renewed: &RenewedSignIn) -> sqlx::Result<()> {
        if renewed.tokens.refresh.as_ref() == Some(token) {
            return Ok(());
        }
        let due_at = now_ms() + rules::ADOPTABLE_MS + millis(self.lease);
        let revocation =
            NewRevocation { renewed_token_hash: &self.hash(token), due_at, ..NewRevocation::of_tokens(&renewed.identity, &renewed.tokens) };
        self.revocations.store(&mut *self.db.acquire().await?, revocation).await.map(drop)
    }

    /// Ends the families that a browser's credentials belong to, or every family of the user, depending on `scope`.
    async fn end_presented(
        &self,
        transaction: &mut AnyConnection,
        presented: &PresentedCredentials,
        scope: SignOutScope,
    ) -> sqlx::Result<EndedSignIns> {
        let family_of_token = match &presented.token {
            Some(token) => self.family_of(transaction, token, now_ms(), Some(MOST_UNKNOWN)).await?,
            None => None,
        };
        let presented_token = presented.token.as_ref().filter(|_| family_of_token.is_some());
        let mut families: Vec<String> = family_of_token.iter().cloned().collect();
        // The families that a credential vouches for. An access token vouches only for `presented.user`, because it may have expired.
        let mut vouched_for = families.clone();
        if let Some(session) = &presented.session
            && let Some((family, expires_at)) = sessions::lock(transaction, session).await?
        {
            if expires_at > now_ms() {
                vouched_for.push(family.clone());
            }
            families.push(family);
        }
        if let Some(refresh_id) = &presented.refresh_id {
            families.extend(tables::lock_families_of_refresh_id(transaction, refresh_id).await?);
        }
        families.sort_unstable();
        families.dedup();
        let (mut user, mut valid_for) = (None, presented.user.clone());
        for id in &families {
            let family = tables::lock_family(transaction, id, None).await?;
            if family.end.is_none() && vouched_for.contains(id) {
                valid_for = valid_for.or_else(|| family.user.clone());
            }
            user = user.or(family.user);
        }
        let credentials = match (&valid_for, &user, &presented.refresh_id) {
            (Some(_), ..) => PresentedAs::Valid,
            (None, None, None) => PresentedAs::Unknown,
            (None, ..) => PresentedAs::Ended,
        };
        let user = valid_for.or(user);
        let (mut revocation, mut everywhere, mut ended_scope) = (None, None, scope);
        for change in rules::sign_out(scope, credentials) {
            match change {
                Change::EndFamily(end) => {
                    for family in &families {
                        tables::end_family(transaction, family, end).await?;
                    }
                }
                Change::EndFamiliesOfUser => {
                    tables::end_families_of_user(transaction, user.as_deref().unwrap_or_default(), now_ms()).await?;
                    everywhere = user.clone();
                }
                Change::Revoke(scope) => {
                    ended_scope = scope;
                    let mut refresh_id = None;
                    for family in &families {
                        // FusionAuth finds a refresh token by its newest value. If the database has two values, the browser may have sent
                        // the older one, so FusionAuth also needs the id. For a family of a session id, it needs the id in any case.
                        let texts = if Some(family) == family_of_token.as_ref() { 2 } else { 1 };
                        refresh_id = refresh_id.or(tables::refresh_id(transaction, family, texts).await?);
                    }
                    let (token, due_at) = (presented_token, now_ms() + millis(self.lease));
                    let new = NewRevocation::new(user.as_deref().unwrap_or_default(), scope);
                    let new = NewRevocation { token, refresh_token_id: refresh_id.as_deref(), due_at, ..new };
                    revocation = self.revocations.store(transaction, new).await?;
                }
                Change::RevokeStored => self.revoke_stored(transaction, presented_token.cloned()).await?,
                Change::Claim | Change::Store | Change::KeepToken => {}
            }
        }
        let unstored = presented.token.is_some() && family_of_token.is_none();
        Ok(EndedSignIns { revocation, everywhere, scope: ended_scope, unstored })
    }

    /// Stores revocations of the newer refresh tokens in stored outcomes: the one that replaced `token`, the one that replaced that one,
    /// and so on.
    async fn revoke_stored(&self, transaction: &mut AnyConnection, mut token: Option<RefreshToken>) -> sqlx::Result<()> {
        while let Some(old) = token.take() {
            let Some(row) = RenewalRow::find(transaction, &self.hash(&old)).await? else { return Ok(()) };
            let stored: Option<RenewedSignIn> = SealingKey::of_renewal(&old).open(&row.claim, &row.outcome);
            let Some(RenewedSignIn { tokens, identity, .. }) = stored else { return Ok(()) };
            if tokens.refresh.as_ref() != Some(&old) {
                self.revocations.store(transaction, NewRevocation::of_tokens(&identity, &tokens)).await?;
                token = tokens.refresh;
            }
        }
        Ok(())
    }

    /// Adds the refresh token to the family, and opens a session if the site has sessions.
    async fn open(
        &self,
        transaction: &mut AnyConnection,
        family: &str,
        identity: &Identity,
        tokens: &Tokens,
        exp: i64,
    ) -> sqlx::Result<BrowserCredential> {
        let keep_until = now_ms() + millis(self.keep);
        tables::update_family(transaction, family, identity, refresh_token_id(tokens, identity), keep_until).await?;
        if let Some(token) = &tokens.refresh {
            tables::insert_token(transaction, &self.hash(token), family).await?;
        }
        match &self.sessions {
            Some(sessions) => sessions.create(transaction, family, identity).await,
            None => Ok(BrowserCredential { session: None, good_until: exp }),
        }
    }

    /// The family of a refresh token. An unknown token gets a new family, unless the database already has `most` families and revocations
    /// without a user.
    async fn family_of(&self, db: &mut AnyConnection, token: &RefreshToken, now: i64, most: Option<i64>) -> sqlx::Result<Option<String>> {
        let (hash, id) = (self.hash(token), random_id());
        let is_added = match most {
            Some(most) => tables::insert_unknown_token(db, &hash, &id, most).await?,
            None => tables::insert_token(db, &hash, &id).await?,
        };
        if !is_added {
            let known = sqlx::query_scalar("SELECT family FROM refresh_tokens WHERE hash = $1").bind(&hash);
            return known.fetch_optional(db).await;
        }
        tables::insert_family(db, &id, "", &self.application, now + millis(UNKNOWN_KEPT)).await?;
        Ok(Some(id))
    }

    fn hash(&self, token: &RefreshToken) -> String {
        hash_secret(&self.site, token.expose())
    }
}

/// FusionAuth's id of the refresh token. If FusionAuth's answer lacks it, the access token has it as the id of the session.
fn refresh_token_id<'a>(tokens: &'a Tokens, identity: &'a Identity) -> Option<&'a str> {
    tokens.refresh_id.as_deref().or(identity.sign_in.session.as_deref())
}

impl FamilyDevice {
    fn of_row((ended, record): (String, String)) -> Self {
        if ended.is_empty() { Self::Record(record) } else { Self::Ended }
    }
}

impl HeldClaim {
    fn row(&self, row: RenewalRow) -> RenewalRow {
        RenewalRow { family: self.family.clone(), claim: self.id.clone(), ..row }
    }
}
