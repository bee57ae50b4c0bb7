//! The table of renewals: every read and write of a row is one statement, so that of several instances one wins.

use crate::{
    auth::{
        renewal::{LEASE, Outcome, Renewals, seal},
        secret::random_id,
    },
    clock::{millis, now_ms},
};
use fusionauth_api::backend::RefreshToken;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) claim: String,
    pub(super) lease_until: i64,
    pub(super) settled_at: i64,
    pub(super) good_until: i64,
    pub(super) outcome: String,
}

impl Row {
    pub(super) fn is_pending(&self) -> bool {
        self.settled_at == 0
    }
}

impl Renewals {
    pub(super) async fn row(&self, key: &str) -> Result<Option<Row>, sqlx::Error> {
        sqlx::query_as("SELECT claim, lease_until, settled_at, good_until, outcome FROM renewals WHERE token = $1")
            .bind(key)
            .fetch_optional(&self.db)
            .await
    }

    /// The claim, unless somebody else was faster.
    pub(super) async fn claim(&self, key: &str, now: i64) -> Result<Option<String>, sqlx::Error> {
        let claim = random_id();
        let inserted = sqlx::query(
            "INSERT INTO renewals (token, claim, lease_until, settled_at, good_until, outcome, successor, shopper)
             VALUES ($1, $2, $3, 0, 0, '', '', '') ON CONFLICT (token) DO NOTHING",
        );
        let inserted = inserted.bind(key).bind(&claim).bind(now + millis(LEASE)).execute(&self.db).await?;
        Ok((inserted.rows_affected() == 1).then_some(claim))
    }

    /// The claim, unless the row has changed since it was read.
    pub(super) async fn take_over(&self, key: &str, row: &Row, now: i64) -> Result<Option<String>, sqlx::Error> {
        let claim = random_id();
        let updated = sqlx::query(
            "UPDATE renewals SET claim = $2, lease_until = $3, settled_at = 0, good_until = 0, outcome = '', successor = '', shopper = ''
             WHERE token = $1 AND claim = $4 AND settled_at = $5",
        );
        let updated = updated.bind(key).bind(&claim).bind(now + millis(LEASE)).bind(&row.claim).bind(row.settled_at);
        Ok((updated.execute(&self.db).await?.rows_affected() == 1).then_some(claim))
    }

    /// Whether the claim was still ours.
    pub(super) async fn write(&self, key: &str, claim: &str, token: &RefreshToken, outcome: &Outcome) -> Result<bool, sqlx::Error> {
        let (good_until, successor, shopper) = match outcome {
            Outcome::Renewed(it) => (it.good_until, it.tokens.refresh.as_ref().map(|it| self.hash(it)), it.identity.user_id.as_str()),
            Outcome::Refused | Outcome::Unavailable | Outcome::Forgotten => (0, None, ""),
        };
        let updated = sqlx::query(
            "UPDATE renewals SET settled_at = $3, good_until = $4, outcome = $5, successor = $6, shopper = $7
             WHERE token = $1 AND claim = $2 AND settled_at = 0",
        );
        let updated = updated.bind(key).bind(claim).bind(now_ms()).bind(good_until);
        let updated = updated.bind(seal::seal(token, claim, outcome).unwrap_or_default()).bind(successor.unwrap_or_default()).bind(shopper);
        Ok(updated.execute(&self.db).await?.rows_affected() == 1)
    }
}
