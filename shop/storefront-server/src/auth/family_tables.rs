//! The tables of families and renewals: one function for each statement that [`families`](super::families) needs within its
//! transactions.
//!
//! The transactions of `families` begin with a write, and lock a family or user before they read what belongs to it. Because of the write,
//! SQLite takes its one write lock at once; a transaction that reads first and writes later fails if another one has written in between.
//! Because of the lock, no other transaction in PostgreSQL changes the family or user until this one ends. If two transactions deadlock,
//! PostgreSQL rolls one of them back, and [`retried`] runs it again.

use super::family_rules::{Family, FamilyEnd, RenewalRecord, StoredResult};
use super::verify::Identity;
use crate::clock::now_ms;
use crate::database::{begin_write, retried};
use sqlx::{AnyConnection, AnyPool};

/// A row of `renewals`. `settled_at` is 0 until FusionAuth has answered, and `outcome` is empty if there are no new tokens.
#[derive(Default, sqlx_macros::FromRow)]
#[sqlx(default)]
pub(super) struct RenewalRow {
    pub(super) family: String,
    pub(super) claim: String,
    pub(super) lease_until: i64,
    pub(super) settled_at: i64,
    pub(super) good_until: i64,
    pub(super) outcome: String,
}

impl RenewalRow {
    /// The row in the form that [`family_rules`](super::family_rules) uses.
    pub(super) fn renewal(&self) -> RenewalRecord {
        let result = if self.outcome.is_empty() { StoredResult::Unavailable } else { StoredResult::Renewed };
        match self.settled_at {
            0 => RenewalRecord::Claimed { claim: self.claim.clone(), lease_until: self.lease_until },
            settled_at => RenewalRecord::Settled { result, settled_at, good_until: self.good_until },
        }
    }

    /// The renewal of the refresh token with this hash.
    pub(super) async fn find(connection: &mut AnyConnection, hash: &str) -> sqlx::Result<Option<Self>> {
        let query = "SELECT family, claim, lease_until, settled_at, good_until, outcome FROM renewals WHERE token = $1";
        sqlx::query_as(query).bind(hash).fetch_optional(connection).await
    }

    /// Writes the renewal of the refresh token with this hash.
    pub(super) async fn write(self, connection: &mut AnyConnection, hash: &str) -> sqlx::Result<()> {
        let query = sqlx::query(
            "INSERT INTO renewals (token, family, claim, lease_until, settled_at, good_until, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (token) DO UPDATE SET family = $2, claim = $3, lease_until = $4, settled_at = $5, good_until = $6, outcome = $7",
        );
        let query = query.bind(hash).bind(self.family).bind(self.claim).bind(self.lease_until).bind(self.settled_at);
        query.bind(self.good_until).bind(self.outcome).execute(connection).await.map(drop)
    }
}

/// Creates a family of an application. `user` is empty while the user is not known.
pub(super) async fn insert_family(db: &mut AnyConnection, id: &str, user: &str, application: &str, keep_until: i64) -> sqlx::Result<()> {
    let query = sqlx::query("INSERT INTO token_families (id, user_id, ended, application_id, keep_until) VALUES ($1, $2, '', $3, $4)");
    query.bind(id).bind(user).bind(application).bind(keep_until).execute(db).await.map(drop)
}

/// Writes the user of a family, FusionAuth's id of its refresh token if known, and when its first access token was issued.
pub(super) async fn update_family(
    connection: &mut AnyConnection,
    id: &str,
    identity: &Identity,
    refresh_id: Option<&str>,
    keep_until: i64,
) -> sqlx::Result<()> {
    let query = sqlx::query(
        "UPDATE token_families SET user_id = $2, keep_until = $3,
         first_issued_at = CASE WHEN first_issued_at = 0 THEN $5 ELSE first_issued_at END,
         refresh_token_id = CASE WHEN $4 = '' THEN refresh_token_id ELSE $4 END WHERE id = $1",
    );
    let query = query.bind(id).bind(&identity.user_id).bind(keep_until).bind(refresh_id.unwrap_or_default());
    query.bind(identity.sign_in.issued_at.unwrap_or(now_ms() / 1_000)).execute(connection).await.map(drop)
}

/// Reads a family and locks it. `user` becomes the family's user if the family has none.
pub(super) async fn lock_family(connection: &mut AnyConnection, id: &str, user: Option<&str>) -> sqlx::Result<Family> {
    let query =
        "UPDATE token_families SET user_id = CASE WHEN user_id = '' THEN $2 ELSE user_id END WHERE id = $1 RETURNING user_id, ended";
    let row: Option<(String, String)> = sqlx::query_as(query).bind(id).bind(user.unwrap_or_default()).fetch_optional(connection).await?;
    Ok(match row {
        Some((user, ended)) => Family { user: Some(user).filter(|it| !it.is_empty()), end: end_of_text(&ended) },
        None => Family { user: None, end: Some(FamilyEnd::CookiesStillHeld) }, // purged, because its refresh tokens have expired
    })
}

/// FusionAuth's id of the family's refresh token. None if the id is unknown, or if the database has fewer than `texts` values of the token.
/// Each rotation adds a value and keeps the id.
pub(super) async fn refresh_id(connection: &mut AnyConnection, family: &str, texts: i64) -> sqlx::Result<Option<String>> {
    let query = "SELECT refresh_token_id FROM token_families
                 WHERE id = $1 AND refresh_token_id <> '' AND (SELECT COUNT(*) FROM refresh_tokens WHERE family = $1) >= $2";
    sqlx::query_scalar(query).bind(family).bind(texts).fetch_optional(connection).await
}

/// Whether a sign-in or a renewal has opened the family. A family of an unknown refresh token is opened by FusionAuth's first answer.
pub(super) async fn is_begun(connection: &mut AnyConnection, id: &str) -> sqlx::Result<bool> {
    let query = "SELECT COUNT(*) FROM token_families WHERE id = $1 AND (first_issued_at <> 0 OR refresh_token_id <> '')";
    Ok(sqlx::query_scalar::<_, i64>(query).bind(id).fetch_one(connection).await? > 0)
}

/// Moves the refresh tokens and renewals of a family to the family whose refresh token has this FusionAuth id, and returns that family. None
/// if there is no such family, or if the family has had an outcome before, so that its refresh token is known.
pub(super) async fn join_family(connection: &mut AnyConnection, id: &str, refresh_id: &str) -> sqlx::Result<Option<String>> {
    let query = sqlx::query_scalar(
        "SELECT id FROM token_families WHERE refresh_token_id = $1
         AND EXISTS (SELECT 1 FROM token_families WHERE id = $2 AND refresh_token_id = '' AND device_session = '') ORDER BY ended LIMIT 1",
    );
    let joined: Option<String> = query.bind(refresh_id).bind(id).fetch_optional(&mut *connection).await?;
    if let Some(joined) = &joined {
        for statement in ["UPDATE refresh_tokens SET family = $2 WHERE family = $1", "UPDATE renewals SET family = $2 WHERE family = $1"] {
            sqlx::query(statement).bind(id).bind(joined).execute(&mut *connection).await?;
        }
    }
    Ok(joined)
}

/// Adds a refresh token to a family. False if the database has the token already, in any family.
pub(super) async fn insert_token(connection: &mut AnyConnection, hash: &str, family: &str) -> sqlx::Result<bool> {
    let query = sqlx::query("INSERT INTO refresh_tokens (hash, family) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING");
    Ok(query.bind(hash).bind(family).execute(connection).await?.rows_affected() > 0)
}

/// Like [`insert_token`], but also false if the database holds `most_unknown` families and revocations, counted together, without a user.
/// Only a sign-out calls this, because counting them reads both tables.
pub(super) async fn insert_unknown_token(db: &mut AnyConnection, hash: &str, family: &str, most_unknown: i64) -> sqlx::Result<bool> {
    let query = sqlx::query(
        "INSERT INTO refresh_tokens (hash, family) SELECT $1, $2
         WHERE (SELECT COUNT(*) FROM token_families WHERE user_id = '') + (SELECT COUNT(*) FROM revocations WHERE user_id = '') < $3
         ON CONFLICT (hash) DO NOTHING",
    );
    Ok(query.bind(hash).bind(family).bind(most_unknown).execute(db).await?.rows_affected() > 0)
}

/// When all sign-ins of the user were last ended at once (milliseconds since 1970), or 0. The lock keeps other transactions from changing
/// this time.
pub(super) async fn lock_user(connection: &mut AnyConnection, user: &str) -> sqlx::Result<i64> {
    let query = sqlx::query_scalar(
        "INSERT INTO user_sign_outs (user_id, signed_out_at) VALUES ($1, 0)
         ON CONFLICT (user_id) DO UPDATE SET signed_out_at = user_sign_outs.signed_out_at RETURNING signed_out_at",
    );
    query.bind(user).fetch_one(connection).await
}

/// Ends a family, its sessions and its renewals.
pub(super) async fn end_family(connection: &mut AnyConnection, id: &str, end: FamilyEnd) -> sqlx::Result<()> {
    // A family that has ended as `CookiesReplaced` keeps that state, because after `CookiesStillHeld` a late request would delete the new
    // cookies.
    let ended = "UPDATE token_families SET ended = CASE WHEN ended = 'cookies-replaced' THEN ended ELSE $2 END WHERE id = $1";
    sqlx::query(ended).bind(id).bind(text_of_end(end)).execute(&mut *connection).await?;
    for statement in ["DELETE FROM sessions WHERE family = $1", "DELETE FROM renewals WHERE family = $1"] {
        sqlx::query(statement).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Ends all families of a user, and stores the time of this end. A renewal that learns its user only from FusionAuth's answer reads the
/// time with [`lock_user`].
pub(super) async fn end_families_of_user(connection: &mut AnyConnection, user: &str, now: i64) -> sqlx::Result<()> {
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

/// Ends the families of a user or application, or of a user in an application, whose first access token was issued before `moment`
/// (milliseconds since 1970). An empty `user` or `application` stands for all.
pub(super) async fn end_families_before(db: &AnyPool, user: &str, application: &str, moment: i64) -> sqlx::Result<()> {
    retried(|| async {
        let mut transaction = begin_write(db).await?;
        for statement in [
            "UPDATE token_families SET ended = 'cookies-left'
             WHERE ended = '' AND ($1 = '' OR user_id = $1) AND ($2 = '' OR application_id = $2) AND first_issued_at < $3",
            "DELETE FROM sessions WHERE family IN (SELECT id FROM token_families
             WHERE ended <> '' AND ($1 = '' OR user_id = $1) AND ($2 = '' OR application_id = $2) AND first_issued_at < $3)",
            "DELETE FROM renewals WHERE family IN (SELECT id FROM token_families
             WHERE ended <> '' AND ($1 = '' OR user_id = $1) AND ($2 = '' OR application_id = $2) AND first_issued_at < $3)",
            "UPDATE sessions SET checked_at = 0 WHERE family IN (SELECT id FROM token_families
             WHERE ended = '' AND ($1 = '' OR user_id = $1) AND ($2 = '' OR application_id = $2) AND first_issued_at = $3)",
        ] {
            // `iat` has whole seconds, so a sign-in in the second of an event may be older or newer. FusionAuth knows: it has revoked the
            // refresh token of an older one.
            sqlx::query(statement).bind(user).bind(application).bind(moment / 1_000).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    })
    .await
}

/// Locks the families of the refresh token that has this FusionAuth id, and returns those that have not ended. The `UPDATE` changes nothing;
/// it only takes the lock.
pub(super) async fn lock_families_of_refresh_id(connection: &mut AnyConnection, refresh_id: &str) -> sqlx::Result<Vec<String>> {
    let query = "UPDATE token_families SET ended = ended WHERE refresh_token_id = $1 AND ended = '' RETURNING id";
    sqlx::query_scalar(query).bind(refresh_id).fetch_all(connection).await
}

/// Ends the families of the refresh token that has this FusionAuth id, together with their sessions.
pub(super) async fn end_by_refresh_id(db: &AnyPool, refresh_id: &str) -> sqlx::Result<()> {
    retried(|| async {
        let mut transaction = begin_write(db).await?;
        for family in lock_families_of_refresh_id(&mut transaction, refresh_id).await? {
            end_family(&mut transaction, &family, FamilyEnd::CookiesStillHeld).await?;
        }
        transaction.commit().await
    })
    .await
}

/// How the family of the refresh token with this hash has ended. None if it has not ended.
pub(super) async fn end_of_token(db: &AnyPool, hash: &str) -> sqlx::Result<Option<FamilyEnd>> {
    let query = "SELECT ended FROM token_families JOIN refresh_tokens ON family = id WHERE hash = $1";
    let ended: Option<String> = sqlx::query_scalar(query).bind(hash).fetch_optional(db).await?;
    Ok(ended.and_then(|it| end_of_text(&it)))
}

fn text_of_end(end: FamilyEnd) -> &'static str {
    match end {
        FamilyEnd::CookiesReplaced => "cookies-replaced",
        FamilyEnd::CookiesStillHeld => "cookies-left",
    }
}

fn end_of_text(text: &str) -> Option<FamilyEnd> {
    [FamilyEnd::CookiesReplaced, FamilyEnd::CookiesStillHeld].into_iter().find(|it| text_of_end(*it) == text)
}
