//! Writes that are done once, however often a client sends them.
//!
//! A client that got no answer cannot tell whether its request was done. It may send the request again with the same
//! `Idempotency-Key`, and gets the first answer again. Key, fingerprint of the request and answer are one row, unique for each owner:
//!
//! - A write that changes only this database shares one transaction with its row ([`Write::begin`]). A second request with the same
//!   key, also at another instance, waits for that transaction, and a crash undoes the row together with the write.
//! - A write that changes something at FusionAuth cannot be part of a transaction. Its row is a claim with a lease
//!   ([`Write::claim`]): after a crash, the next request takes over when the lease has ended.
//!
//! Only answers about the content of a request are kept: success, and a 4xx that the same request would get again. The table never
//! holds a key or anything that a password could be guessed against, because the fingerprint is keyed with the client's key.

use crate::{
    auth::secret::{derived_key, hashed, random_id},
    clock::{millis, now_ms},
    http::{error::Error, problem::ProblemResponse},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Any, AnyConnection, AnyExecutor, AnyPool, Transaction};
use std::time::Duration;
use storefront_api::{IDEMPOTENCY_KEY, MAX_IDEMPOTENCY_KEY, Problem};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a write at FusionAuth may take. Registration sends two requests, of seven seconds each.
const LEASE: Duration = Duration::from_secs(16);

/// Between two looks at a write that another request has claimed. SQLite and PostgreSQL have no event in common to wait for.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The key of a write, if the client has sent one.
#[derive(Clone)]
pub struct IdempotencyKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let mut all = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        match (all.next(), all.next()) {
            (None, _) => Ok(Self(None)),
            (Some(one), None) => {
                let text = one.to_str().ok().filter(|it| is_usable(it)).ok_or(Error::IdempotencyKeyMalformed)?;
                Ok(Self(Some(text.to_owned())))
            }
            (Some(_), Some(_)) => Err(Error::IdempotencyKeyMalformed),
        }
    }
}

impl IdempotencyKey {
    /// The key in a hidden input of a form. A form without a usable key is done as often as it comes.
    pub fn from_form(text: String) -> Self {
        Self(Some(text).filter(|it| is_usable(it)))
    }

    /// The write that `operation` does with `body`. Keys of different owners never meet.
    pub fn write(self, db: &AnyPool, owner: &str, operation: &str, body: &impl Serialize) -> Write {
        let row = self.0.map(|key| Row {
            owner: owner.to_owned(),
            key_hash: hashed("idempotency key", &key),
            request: STANDARD_NO_PAD.encode(derived_key(&key, &format!("{operation}\n{}", serde_json::json!(body)))),
            claim: random_id(),
        });
        Write { db: db.clone(), row }
    }
}

fn is_usable(key: &str) -> bool {
    (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) && key.bytes().all(|it| it.is_ascii_graphic())
}

/// A write that has not begun.
pub struct Write {
    db: AnyPool,
    row: Option<Row>,
}

/// What is to be done with a write.
pub enum Begun<T> {
    /// Nobody has done it. Do it, then say how it went.
    New(T),
    /// It has been done. This is the answer that it got.
    Answered(Answer),
}

/// A write and its row, both in one transaction. Dropped, it changes nothing.
pub struct InTransaction {
    transaction: Transaction<'static, Any>,
    row: Option<Row>,
}

/// A write that this request has claimed. Dropped, it can be taken over after the lease.
pub struct Claimed {
    db: AnyPool,
    row: Option<Row>,
}

struct Row {
    owner: String,
    key_hash: String,
    request: String,
    claim: String,
}

impl Write {
    /// Begins a write that changes only this database.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`], or the database's.
    pub async fn begin(self) -> Result<Begun<InTransaction>, ProblemResponse> {
        let mut transaction = self.db.begin().await?;
        if let Some(row) = &self.row
            && !row.insert(&mut *transaction).await?
        {
            return match row.answer(&mut *transaction).await? {
                Found::Answered(answer) => Ok(Begun::Answered(answer)),
                Found::UnderWay | Found::Nothing => Err(Error::WriteUnderWay.into()),
            };
        }
        Ok(Begun::New(InTransaction { transaction, row: self.row }))
    }

    /// Begins a write that changes something elsewhere. Waits for another request that does the same write.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`], or the database's.
    pub async fn claim(self) -> Result<Begun<Claimed>, ProblemResponse> {
        let Self { db, row: Some(row) } = self else { return Ok(Begun::New(Claimed { db: self.db, row: None })) };
        loop {
            if row.insert(&db).await? {
                return Ok(Begun::New(Claimed { db, row: Some(row) }));
            }
            match row.answer(&db).await? {
                Found::Answered(answer) => return Ok(Begun::Answered(answer)),
                Found::UnderWay => tokio::time::sleep(POLL_INTERVAL).await,
                Found::Nothing => {} // the other request was not done, and its row is gone
            }
        }
    }
}

impl InTransaction {
    /// Where to do the write.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Keeps the answer and makes the write last, or undoes both.
    ///
    /// # Errors
    /// The write's own, if it is not about the content of the request, or the database's.
    pub async fn finish<T: Serialize>(
        mut self,
        status: StatusCode,
        result: Result<T, impl Into<ProblemResponse>>,
    ) -> Result<Answer, ProblemResponse> {
        let answer = Answer::of(status, result)?;
        if let Some(row) = &self.row {
            row.settle(&mut *self.transaction, &answer).await?;
        }
        self.transaction.commit().await?;
        Ok(answer)
    }
}

impl Claimed {
    /// Keeps the answer, or lets another request try again.
    ///
    /// # Errors
    /// The write's own, if it is not about the content of the request, or the database's.
    pub async fn finish<T: Serialize>(
        self,
        status: StatusCode,
        result: Result<T, impl Into<ProblemResponse>>,
    ) -> Result<Answer, ProblemResponse> {
        let answer = Answer::of(status, result);
        match (&self.row, &answer) {
            (Some(row), Ok(answer)) => row.settle(&self.db, answer).await?,
            (Some(row), Err(_)) => row.delete(&self.db).await?,
            (None, _) => {}
        }
        answer
    }
}

/// What the table says of a write.
enum Found {
    Answered(Answer),
    UnderWay,
    Nothing,
}

impl Row {
    /// Whether the write is this request's to do. In a transaction, waits for another transaction with the same key.
    async fn insert(&self, db: impl AnyExecutor<'_>) -> Result<bool, sqlx::Error> {
        let now = now_ms();
        let inserted = sqlx::query(
            "INSERT INTO idempotency_keys (owner, key_hash, request, claim, lease_until, status, answer, created_at)
             VALUES ($1, $2, $3, $4, $5, 0, '', $6)
             ON CONFLICT (owner, key_hash) DO UPDATE SET claim = excluded.claim, lease_until = excluded.lease_until
             WHERE idempotency_keys.status = 0 AND idempotency_keys.lease_until < excluded.created_at
               AND idempotency_keys.request = excluded.request",
        );
        let inserted = inserted.bind(&self.owner).bind(&self.key_hash).bind(&self.request).bind(&self.claim);
        Ok(inserted.bind(now + millis(LEASE)).bind(now).execute(db).await?.rows_affected() == 1)
    }

    async fn answer(&self, db: impl AnyExecutor<'_>) -> Result<Found, ProblemResponse> {
        let row: Option<(String, i64, String)> =
            sqlx::query_as("SELECT request, status, answer FROM idempotency_keys WHERE owner = $1 AND key_hash = $2")
                .bind(&self.owner)
                .bind(&self.key_hash)
                .fetch_optional(db)
                .await?;
        match row {
            None => Ok(Found::Nothing),
            Some((request, _, _)) if request != self.request => Err(Error::IdempotencyKeyReused.into()),
            Some((_, 0, _)) => Ok(Found::UnderWay),
            Some((_, status, body)) => {
                let status = u16::try_from(status).ok().and_then(|it| StatusCode::from_u16(it).ok()).ok_or(Error::Internal)?;
                Ok(Found::Answered(Answer { status, body }))
            }
        }
    }

    async fn settle(&self, db: impl AnyExecutor<'_>, answer: &Answer) -> Result<(), sqlx::Error> {
        let settle = sqlx::query("UPDATE idempotency_keys SET status = $4, answer = $5 WHERE owner = $1 AND key_hash = $2 AND claim = $3");
        let settle = settle.bind(&self.owner).bind(&self.key_hash).bind(&self.claim);
        settle.bind(i64::from(answer.status.as_u16())).bind(&answer.body).execute(db).await.map(drop)
    }

    async fn delete(&self, db: impl AnyExecutor<'_>) -> Result<(), sqlx::Error> {
        let delete = sqlx::query("DELETE FROM idempotency_keys WHERE owner = $1 AND key_hash = $2 AND claim = $3 AND status = 0");
        delete.bind(&self.owner).bind(&self.key_hash).bind(&self.claim).execute(db).await.map(drop)
    }
}

/// The answer to a write: its result, or a problem document.
#[derive(Clone, Debug)]
pub struct Answer {
    status: StatusCode,
    body: String,
}

impl Answer {
    /// An error that is not about the content of the request stays an error, so that nobody keeps it.
    fn of<T: Serialize>(status: StatusCode, result: Result<T, impl Into<ProblemResponse>>) -> Result<Self, ProblemResponse> {
        let problem = match result {
            Ok(value) => return Ok(Self { status, body: serde_json::to_string(&value).map_err(|_| Error::Internal)? }),
            Err(error) => error.into(),
        };
        let status = problem.status();
        if is_about_content(status) { Ok(Self { status, body: problem.document().to_string() }) } else { Err(problem) }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The result of a successful write, or a problem document.
    ///
    /// # Errors
    /// [`Error::Internal`] if the answer has another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ProblemResponse> {
        serde_json::from_str(&self.body).map_err(|_| Error::Internal.into())
    }
}

fn is_about_content(status: StatusCode) -> bool {
    status.is_client_error() && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS)
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let problem: Option<Problem> = if self.status.is_success() { None } else { serde_json::from_str(&self.body).ok() };
        let kind = if problem.is_some() { "application/problem+json" } else { "application/json" };
        let mut response = (self.status, self.body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(problem) = problem {
            response.extensions_mut().insert(problem); // server-rendered pages show it as a page
        }
        response
    }
}

/// Deletes the answers that are too old. Returns how many.
///
/// # Errors
/// The database's.
pub async fn purge(db: &AnyPool, now: i64) -> Result<u64, sqlx::Error> {
    let delete = sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1").bind(now - millis(KEPT));
    Ok(delete.execute(db).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for good in ["a", "0d6f3f0e-6f0e-4f0e-8f0e-0d6f3f0e6f0e", &"x".repeat(64)] {
            assert!(is_usable(good), "{good}");
        }
        for bad in ["", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(!is_usable(bad), "{bad}");
        }
    }

    #[test]
    fn only_answers_about_the_content_are_kept() {
        let kept = |status| Answer::of::<()>(StatusCode::OK, Err(ProblemResponse::new(status, "", "", &""))).is_ok();
        assert!(kept(StatusCode::UNPROCESSABLE_ENTITY) && kept(StatusCode::CONFLICT) && kept(StatusCode::NOT_FOUND));
        assert!(!kept(StatusCode::UNAUTHORIZED) && !kept(StatusCode::SERVICE_UNAVAILABLE));
        assert!(!kept(StatusCode::INTERNAL_SERVER_ERROR) && !kept(StatusCode::FORBIDDEN));
    }
}
