//! Families of refresh tokens in the database: what [`family_rules`](super::family_rules) decides, done in one transaction each.
//!
//! Every transaction begins with a write. SQLite then takes its one write lock at once (a transaction that reads first and
//! writes later fails if another has written meanwhile), and PostgreSQL locks the row that the rest depends on.

use super::{
    family_rules::{self as rules, Change, Claim, End, Family, Renewal, RenewalResult, Scope, Settled},
    renewal::{Credential, Outcome, Renewed},
    revocations::{Revocations, Work},
    sealing::SealingKey,
    secret::{hashed, random_id},
    sessions::{self, Sessions},
    verify::Identity,
};
use crate::clock::{millis, now_ms};
use fusionauth_api::backend::{RefreshToken, Tokens};
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use std::{sync::Arc, time::Duration};

/// The families of one site.
pub struct Families {
    /// The database.
    pub db: AnyPool,
    /// Keeps the hashes of this site's refresh tokens apart from those of others.
    pub site: String,
    /// Where the browser holds a session id, what opens one. None where it holds the access token.
    pub sessions: Option<Sessions>,
    /// For how long a refresh token may live.
    pub keep: Duration,
    /// For how long a claim holds.
    pub lease: Duration,
    /// Where revocations are stored.
    pub revocations: Arc<Revocations>,
}

/// What a browser presents when it signs in or out.
#[derive(Clone, Default)]
pub struct Presented {
    /// The refresh token.
    pub token: Option<RefreshToken>,
    /// The session id.
    pub session: Option<String>,
    /// Whom the access token names, be it expired.
    pub user: Option<String>,
}

/// A claim on a renewal.
pub struct Claimed {
    id: String,
    family: String,
}

/// What a request for a renewal finds.
pub enum Found {
    /// FusionAuth is to be asked.
    Refresh(Claimed),
    /// Another request asks. Whether its lease is over.
    Wait(bool),
    /// What came of it.
    Outcome(Outcome),
    /// The stored outcome is over; its refresh token is the one to go on with.
    Follow(RefreshToken),
}

/// What FusionAuth answered to the holder of a claim.
pub enum Answer {
    /// New tokens, whose they are, and when the access token expires, in milliseconds since 1970.
    Renewed(Tokens, Identity, i64),
    /// The refresh token is expired, unknown or revoked.
    Refused,
    /// No definitive answer.
    Unavailable,
}

/// What came of a sign-in.
pub enum Begun {
    /// The new credential.
    SignedIn(Credential),
    /// The user has signed out everywhere meanwhile, or FusionAuth has not answered such a sign-out yet.
    TryAgain,
}

/// For how long the family of a refresh token is kept whose user is not known. Such a row is made for whatever text a browser
/// sends, so it must not stay for long; the revocation that belongs to it has been answered by then.
const UNKNOWN_KEPT: Duration = Duration::from_secs(3_600);

/// For how long a sign-out everywhere is remembered.
const SIGN_OUTS_KEPT_MS: i64 = 24 * 3_600_000;

/// How often a transaction is tried that PostgreSQL has ended because two waited for each other.
const TRIES: usize = 4;

impl Families {
    /// What a request for the renewal of `token` does. A request that only waits takes no lock.
    ///
    /// # Errors
    /// When the database refuses; FusionAuth has not been asked then.
    pub async fn claim(&self, token: &RefreshToken, request: rules::Request<'_>) -> Result<Found, sqlx::Error> {
        if let Some(lease_over) = self.look(token, request).await? {
            return Ok(Found::Wait(lease_over));
        }
        retried(|| self.try_claim(token, request)).await
    }

    /// Writes what came of the claim. Whoever waits can adopt it then.
    ///
    /// # Errors
    /// When the database refuses: nothing is written then, and the caller must try again.
    pub async fn settle(&self, token: &RefreshToken, claimed: &Claimed, answer: &Answer) -> Result<(Settled, Outcome), sqlx::Error> {
        retried(|| self.try_settle(token, claimed, answer)).await
    }

    /// Opens the family of somebody whom FusionAuth has just signed in, and ends what was signed in before in this browser.
    /// `began_at` is when FusionAuth was asked. Also gives the id of the revocation that FusionAuth is to be asked for.
    ///
    /// # Errors
    /// When the database refuses: nobody is signed in or out then.
    pub async fn begin(
        &self,
        identity: &Identity,
        tokens: &Tokens,
        exp: i64,
        before: &Presented,
        began_at: i64,
    ) -> Result<(Begun, Option<String>), sqlx::Error> {
        retried(|| self.try_begin(identity, tokens, exp, before, began_at)).await
    }

    /// Signs out. Gives the id of the revocation that FusionAuth is to be asked for, if there is one.
    ///
    /// # Errors
    /// When the database refuses: nobody is signed out then.
    pub async fn sign_out(&self, presented: &Presented, scope: Scope) -> Result<Option<String>, sqlx::Error> {
        retried(|| self.try_sign_out(presented, scope)).await
    }

    /// Ends everything of a user who is locked or deleted at FusionAuth.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_user(&self, user_id: &str) -> Result<(), sqlx::Error> {
        retried(|| async {
            let mut transaction = self.db.begin().await?;
            end_families_of_user(&mut transaction, user_id, now_ms()).await?;
            transaction.commit().await
        })
        .await
    }

    /// How the family of this refresh token ended, if it did.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_of(&self, token: &RefreshToken) -> Result<Option<End>, sqlx::Error> {
        let query = "SELECT ended FROM token_families JOIN refresh_tokens ON family = id WHERE hash = $1";
        let ended: Option<String> = sqlx::query_scalar(query).bind(self.hash(token)).fetch_optional(&self.db).await?;
        Ok(ended.and_then(|it| end_of_text(&it)))
    }

    /// Whose session this was, if it and the refresh token belong to one family.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn user_of(&self, session: &str, token: &RefreshToken) -> Result<Option<String>, sqlx::Error> {
        let query =
            "SELECT user_id FROM sessions JOIN refresh_tokens ON refresh_tokens.family = sessions.family WHERE id = $1 AND hash = $2";
        sqlx::query_scalar(query).bind(sessions::hash(session)).bind(self.hash(token)).fetch_optional(&self.db).await
    }

    /// Stores the revocation of a refresh token that nobody has taken. It is due when the outcome can no longer be adopted.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_unless_taken(&self, token: &RefreshToken, renewed: &Renewed) -> Result<(), sqlx::Error> {
        let Some(new) = renewed.tokens.refresh.as_ref().filter(|it| *it != token) else { return Ok(()) };
        let due_at = now_ms() + rules::ADOPTABLE_MS + millis(self.lease);
        let work = Work { user: &renewed.identity.user_id, scope: Scope::This, token: Some(new), renewal: &self.hash(token), due_at };
        self.revocations.store(&mut *self.db.acquire().await?, work).await.map(drop)
    }

    async fn look(&self, token: &RefreshToken, request: rules::Request<'_>) -> Result<Option<bool>, sqlx::Error> {
        let query = "SELECT family, claim, lease_until, settled_at, good_until, outcome FROM renewals WHERE token = $1";
        let row: Option<Row> = sqlx::query_as(query).bind(self.hash(token)).fetch_optional(&self.db).await?;
        let family = Family { user: None, end: None }; // a family's end deletes its renewals
        match row.map(|it| rules::claim(&family, Some(&it.renewal()), request).0) {
            Some(Claim::Wait { lease_over }) => Ok(Some(lease_over)),
            Some(_) | None => Ok(None),
        }
    }

    async fn try_claim(&self, token: &RefreshToken, request: rules::Request<'_>) -> Result<Found, sqlx::Error> {
        let mut transaction = self.db.begin().await?;
        let id = self.family_of(&mut transaction, token, request.now).await?;
        let family = locked(&mut transaction, &id, request.user).await?;
        let hash = self.hash(token);
        let row = renewal(&mut transaction, &hash).await?;
        let stored = row.as_ref().map(Row::renewal);
        let (mut found, mut changes) = rules::claim(&family, stored.as_ref(), request);
        let outcome: Option<Arc<Renewed>> = row.as_ref().and_then(|it| SealingKey::of_renewal(token).open(&it.claim, &it.outcome));
        let next = outcome.as_ref().and_then(|it| it.tokens.refresh.clone()).filter(|it| it != token);
        if found == Claim::Adopt && outcome.is_none() || found == Claim::Follow && next.is_none() {
            // The outcome is damaged, or its refresh token is the same as before: FusionAuth must tell.
            (found, changes) = (Claim::Refresh, vec![Change::Claim]);
        }
        let claimed = Claimed { id: random_id(), family: id };
        for change in changes {
            match change {
                Change::Claim => {
                    let lease_until = request.now + millis(self.lease);
                    write_renewal(&mut transaction, &hash, &claimed, Row { lease_until, ..Row::default() }).await?;
                }
                Change::KeepToken => self.revocations.cancel(&mut transaction, &hash).await?,
                Change::Store | Change::EndFamily(_) | Change::EndFamiliesOfUser | Change::Revoke(_) | Change::RevokeStored => {}
            }
        }
        transaction.commit().await?;
        Ok(match found {
            Claim::Refresh => Found::Refresh(claimed),
            Claim::Wait { lease_over } => Found::Wait(lease_over),
            Claim::Ended(end) => Found::Outcome(Outcome::Ended(end)),
            Claim::AnotherUser => Found::Outcome(Outcome::AnotherUser),
            Claim::Adopt => Found::Outcome(outcome.map_or(Outcome::Unavailable, Outcome::Renewed)),
            Claim::Follow => next.map_or(Found::Outcome(Outcome::Unavailable), Found::Follow),
            Claim::Unavailable => Found::Outcome(Outcome::Unavailable),
        })
    }

    async fn try_settle(&self, token: &RefreshToken, claimed: &Claimed, answer: &Answer) -> Result<(Settled, Outcome), sqlx::Error> {
        let mut transaction = self.db.begin().await?;
        let family = locked(&mut transaction, &claimed.family, None).await?;
        let hash = self.hash(token);
        let stored = renewal(&mut transaction, &hash).await?.map(|it| it.renewal());
        let read = match answer {
            Answer::Renewed(_, identity, _) => {
                let signed_out_at = match family.user {
                    Some(_) => 0, // then a sign-out everywhere has ended this family itself
                    None => lock_user(&mut transaction, &identity.user_id).await?,
                };
                rules::Answer::Renewed { user: &identity.user_id, signed_out_lately: signed_out_at > 0 }
            }
            Answer::Refused => rules::Answer::Refused,
            Answer::Unavailable => rules::Answer::Unavailable,
        };
        let (settled, changes) = rules::settle(&family, stored.as_ref(), &claimed.id, read);
        let mut outcome = match (settled, answer) {
            (Settled::Ended(end), _) => Outcome::Ended(end),
            (Settled::AsAnswered, Answer::Refused) => Outcome::Ended(End::CookiesLeft),
            (Settled::AsAnswered | Settled::ByAnother, _) => Outcome::Unavailable,
        };
        for change in changes {
            match (change, answer) {
                (Change::Store, Answer::Renewed(tokens, identity, exp)) => {
                    let credential = self.open(&mut transaction, &claimed.family, identity, tokens, *exp).await?;
                    let renewed = Arc::new(Renewed { tokens: tokens.clone(), identity: identity.clone(), credential });
                    let sealed = SealingKey::of_renewal(token).seal(&claimed.id, &renewed).unwrap_or_default();
                    let row = Row { settled_at: now_ms(), good_until: renewed.credential.good_until, outcome: sealed, ..Row::default() };
                    write_renewal(&mut transaction, &hash, claimed, row).await?;
                    outcome = Outcome::Renewed(renewed);
                }
                (Change::Store, _) => {
                    write_renewal(&mut transaction, &hash, claimed, Row { settled_at: now_ms(), ..Row::default() }).await?;
                }
                (Change::EndFamily(end), _) => end_family(&mut transaction, &claimed.family, end).await?,
                (Change::Revoke(scope), Answer::Renewed(tokens, identity, _)) => {
                    let work = Work { user: &identity.user_id, scope, token: tokens.refresh.as_ref(), renewal: "", due_at: now_ms() };
                    self.revocations.store(&mut transaction, work).await?;
                }
                (Change::Claim | Change::KeepToken | Change::EndFamiliesOfUser | Change::Revoke(_) | Change::RevokeStored, _) => {}
            }
        }
        transaction.commit().await?;
        Ok((settled, outcome))
    }

    async fn try_begin(
        &self,
        identity: &Identity,
        tokens: &Tokens,
        exp: i64,
        before: &Presented,
        began_at: i64,
    ) -> Result<(Begun, Option<String>), sqlx::Error> {
        let mut transaction = self.db.begin().await?;
        let signed_out_at = Some(lock_user(&mut transaction, &identity.user_id).await?).filter(|it| *it > 0);
        let pending = self.revocations.is_pending_everywhere(&mut transaction, &identity.user_id).await?;
        if !rules::may_sign_in(began_at, signed_out_at, pending) {
            let work = Work { user: &identity.user_id, scope: Scope::This, token: tokens.refresh.as_ref(), renewal: "", due_at: now_ms() };
            let revocation = self.revocations.store(&mut transaction, work).await?;
            transaction.commit().await?;
            return Ok((Begun::TryAgain, revocation));
        }
        let revocation = self.end_presented(&mut transaction, before, Scope::This, now_ms() + millis(self.lease)).await?;
        let id = random_id();
        insert_family(&mut transaction, &id, &identity.user_id, now_ms() + millis(self.keep)).await?;
        let credential = self.open(&mut transaction, &id, identity, tokens, exp).await?;
        transaction.commit().await?;
        Ok((Begun::SignedIn(credential), revocation))
    }

    async fn try_sign_out(&self, presented: &Presented, scope: Scope) -> Result<Option<String>, sqlx::Error> {
        let mut transaction = self.db.begin().await?;
        // Not yet due: the caller tries it at once.
        let revocation = self.end_presented(&mut transaction, presented, scope, now_ms() + millis(self.lease)).await?;
        transaction.commit().await?;
        Ok(revocation)
    }

    /// Ends what a browser presents. The order of locks is families first, then the user.
    async fn end_presented(
        &self,
        transaction: &mut Transaction<'_, Any>,
        presented: &Presented,
        scope: Scope,
        due_at: i64,
    ) -> Result<Option<String>, sqlx::Error> {
        let mut families = Vec::new();
        if let Some(token) = &presented.token {
            families.push(self.family_of(transaction, token, now_ms()).await?);
        }
        if let Some(session) = &presented.session {
            families.extend(sessions::lock(transaction, session).await?);
        }
        families.sort_unstable();
        families.dedup();
        let mut user = None;
        for family in &families {
            user = user.or(locked(transaction, family, None).await?.user);
        }
        let user = user.or_else(|| presented.user.clone());
        let mut revocation = None;
        for change in rules::sign_out(scope, user.as_deref()) {
            match change {
                Change::EndFamily(end) => {
                    for family in &families {
                        end_family(transaction, family, end).await?;
                    }
                }
                Change::EndFamiliesOfUser => end_families_of_user(transaction, user.as_deref().unwrap_or_default(), now_ms()).await?,
                Change::Revoke(scope) => {
                    let work =
                        Work { user: user.as_deref().unwrap_or_default(), scope, token: presented.token.as_ref(), renewal: "", due_at };
                    revocation = self.revocations.store(transaction, work).await?;
                }
                Change::RevokeStored => self.revoke_stored(transaction, presented.token.clone()).await?,
                Change::Claim | Change::Store | Change::KeepToken => {}
            }
        }
        Ok(revocation)
    }

    /// Stores the revocation of what a renewal of this token has given, and a renewal of that one, and so on.
    async fn revoke_stored(&self, transaction: &mut Transaction<'_, Any>, mut token: Option<RefreshToken>) -> Result<(), sqlx::Error> {
        while let Some(old) = token.take() {
            let Some(row) = renewal(transaction, &self.hash(&old)).await? else { return Ok(()) };
            let stored: Option<Renewed> = SealingKey::of_renewal(&old).open(&row.claim, &row.outcome);
            let Some(Renewed { tokens, identity, .. }) = stored else { return Ok(()) };
            if let Some(new) = tokens.refresh.filter(|it| *it != old) {
                let work = Work { user: &identity.user_id, scope: Scope::This, token: Some(&new), renewal: "", due_at: now_ms() };
                self.revocations.store(transaction, work).await?;
                token = Some(new);
            }
        }
        Ok(())
    }

    /// Notes the refresh token as the family's and opens a session where the site has them.
    async fn open(
        &self,
        transaction: &mut Transaction<'_, Any>,
        family: &str,
        identity: &Identity,
        tokens: &Tokens,
        exp: i64,
    ) -> Result<Credential, sqlx::Error> {
        sqlx::query("UPDATE token_families SET user_id = $2, keep_until = $3 WHERE id = $1")
            .bind(family)
            .bind(&identity.user_id)
            .bind(now_ms() + millis(self.keep))
            .execute(&mut **transaction)
            .await?;
        if let Some(token) = &tokens.refresh {
            sqlx::query("INSERT INTO refresh_tokens (hash, family) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
                .bind(self.hash(token))
                .bind(family)
                .execute(&mut **transaction)
                .await?;
        }
        match &self.sessions {
            Some(sessions) => sessions.open(transaction, family, identity).await,
            None => Ok(Credential { session: None, good_until: exp }),
        }
    }

    /// The family of a refresh token. One that the database has not seen becomes a family of its own.
    async fn family_of(&self, transaction: &mut Transaction<'_, Any>, token: &RefreshToken, now: i64) -> Result<String, sqlx::Error> {
        let (hash, id) = (self.hash(token), random_id());
        let inserted = sqlx::query("INSERT INTO refresh_tokens (hash, family) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING");
        if inserted.bind(&hash).bind(&id).execute(&mut **transaction).await?.rows_affected() == 0 {
            let known = sqlx::query_scalar("SELECT family FROM refresh_tokens WHERE hash = $1").bind(&hash);
            return known.fetch_one(&mut **transaction).await;
        }
        insert_family(transaction, &id, "", now + millis(UNKNOWN_KEPT)).await?;
        Ok(id)
    }

    fn hash(&self, token: &RefreshToken) -> String {
        hashed(&self.site, token.expose())
    }
}

/// Deletes what nothing can meet any more: outcomes that cannot be adopted, and families whose refresh tokens are dead.
///
/// # Errors
/// When the database refuses.
pub async fn purge(db: &AnyPool, now: i64) -> Result<u64, sqlx::Error> {
    let old = now - 2 * rules::ADOPTABLE_MS;
    let deleted = sqlx::query("DELETE FROM renewals WHERE lease_until < $1 AND settled_at < $1").bind(old).execute(db).await?;
    let of_old = "family IN (SELECT id FROM token_families WHERE keep_until < $1)";
    for statement in [
        format!("DELETE FROM refresh_tokens WHERE {of_old}"),
        "DELETE FROM token_families WHERE keep_until < $1".to_owned(),
        format!("DELETE FROM user_sign_outs WHERE signed_out_at < $1 - {SIGN_OUTS_KEPT_MS}"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now).execute(db).await?;
    }
    Ok(deleted.rows_affected())
}

/// A row of `renewals`.
#[derive(Default, sqlx::FromRow)]
#[sqlx(default)]
struct Row {
    claim: String,
    lease_until: i64,
    settled_at: i64,
    good_until: i64,
    outcome: String,
}

impl Row {
    fn renewal(&self) -> Renewal {
        let result = if self.outcome.is_empty() { RenewalResult::Unavailable } else { RenewalResult::Renewed };
        match self.settled_at {
            0 => Renewal::Claimed { claim: self.claim.clone(), lease_until: self.lease_until },
            settled_at => Renewal::Settled { result, settled_at, good_until: self.good_until },
        }
    }
}

async fn renewal(connection: &mut AnyConnection, hash: &str) -> Result<Option<Row>, sqlx::Error> {
    let query = "SELECT claim, lease_until, settled_at, good_until, outcome FROM renewals WHERE token = $1";
    sqlx::query_as(query).bind(hash).fetch_optional(connection).await
}

async fn write_renewal(connection: &mut AnyConnection, hash: &str, claimed: &Claimed, row: Row) -> Result<(), sqlx::Error> {
    let query = sqlx::query(
        "INSERT INTO renewals (token, family, claim, lease_until, settled_at, good_until, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (token) DO UPDATE SET family = $2, claim = $3, lease_until = $4, settled_at = $5, good_until = $6, outcome = $7",
    );
    let query = query.bind(hash).bind(&claimed.family).bind(&claimed.id).bind(row.lease_until).bind(row.settled_at);
    query.bind(row.good_until).bind(row.outcome).execute(connection).await.map(drop)
}

async fn insert_family(connection: &mut AnyConnection, id: &str, user: &str, keep_until: i64) -> Result<(), sqlx::Error> {
    let query = sqlx::query("INSERT INTO token_families (id, user_id, ended, keep_until) VALUES ($1, $2, '', $3)");
    query.bind(id).bind(user).bind(keep_until).execute(connection).await.map(drop)
}

/// Reads a family and keeps it from changing until the transaction ends. `user` becomes its user if it has none.
async fn locked(connection: &mut AnyConnection, id: &str, user: Option<&str>) -> Result<Family, sqlx::Error> {
    let query =
        "UPDATE token_families SET user_id = CASE WHEN user_id = '' THEN $2 ELSE user_id END WHERE id = $1 RETURNING user_id, ended";
    let row: Option<(String, String)> = sqlx::query_as(query).bind(id).bind(user.unwrap_or_default()).fetch_optional(connection).await?;
    Ok(match row {
        Some((user, ended)) => Family { user: Some(user).filter(|it| !it.is_empty()), end: end_of_text(&ended) },
        None => Family { user: None, end: Some(End::CookiesLeft) }, // purged: its refresh tokens are dead
    })
}

/// When the user has last signed out everywhere, or 0. No other transaction changes it until this one ends.
async fn lock_user(connection: &mut AnyConnection, user: &str) -> Result<i64, sqlx::Error> {
    let query = sqlx::query_scalar(
        "INSERT INTO user_sign_outs (user_id, signed_out_at) VALUES ($1, 0)
         ON CONFLICT (user_id) DO UPDATE SET signed_out_at = user_sign_outs.signed_out_at RETURNING signed_out_at",
    );
    query.bind(user).fetch_one(connection).await
}

async fn end_family(connection: &mut AnyConnection, id: &str, end: End) -> Result<(), sqlx::Error> {
    // Cookies that are replaced stay so, whatever ends the family a second time.
    let ended = "UPDATE token_families SET ended = CASE WHEN ended = 'cookies-replaced' THEN ended ELSE $2 END WHERE id = $1";
    sqlx::query(ended).bind(id).bind(text_of_end(end)).execute(&mut *connection).await?;
    for statement in ["DELETE FROM sessions WHERE family = $1", "DELETE FROM renewals WHERE family = $1"] {
        sqlx::query(statement).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn end_families_of_user(connection: &mut AnyConnection, user: &str, now: i64) -> Result<(), sqlx::Error> {
    let mark = sqlx::query(
        "INSERT INTO user_sign_outs (user_id, signed_out_at) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET signed_out_at = $2",
    );
    mark.bind(user).bind(now).execute(&mut *connection).await?;
    for statement in [
        "UPDATE token_families SET ended = 'cookies-left' WHERE user_id = $1 AND ended = ''",
        "DELETE FROM sessions WHERE user_id = $1",
        "DELETE FROM renewals WHERE family IN (SELECT id FROM token_families WHERE user_id = $1)",
    ] {
        sqlx::query(statement).bind(user).execute(&mut *connection).await?;
    }
    Ok(())
}

fn text_of_end(end: End) -> &'static str {
    match end {
        End::CookiesReplaced => "cookies-replaced",
        End::CookiesLeft => "cookies-left",
    }
}

fn end_of_text(text: &str) -> Option<End> {
    [End::CookiesReplaced, End::CookiesLeft].into_iter().find(|it| text_of_end(*it) == text)
}

/// Tries a transaction again that PostgreSQL has ended because two waited for each other.
async fn retried<T, F: Future<Output = Result<T, sqlx::Error>>>(transaction: impl Fn() -> F) -> Result<T, sqlx::Error> {
    let mut tries = 1;
    loop {
        match transaction().await {
            Err(sqlx::Error::Database(error)) if tries < TRIES && matches!(error.code().as_deref(), Some("40P01" | "40001")) => tries += 1,
            result => return result,
        }
    }
}
