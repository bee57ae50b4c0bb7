//! Writes that take effect only once, even if a client sends them several times.
//!
//! A client that got no response cannot know whether its request took effect. The client may send the request again with the same
//! `Idempotency-Key`, and then gets the first response. The database stores the hash of the key, a fingerprint of the request, and the
//! response in one row. Each owner, a user or a guest, has at most one row for a key:
//!
//! - A write that changes only this database shares one transaction with its row ([`Write::in_transaction`]). A second request with the
//!   same key, even on another instance, waits for that transaction, and a crash rolls back the row together with the write.
//! - A write that changes something at FusionAuth cannot be part of a transaction. Its row is a claim with a lease (`Write::with_claim`):
//!   after a crash, the next request takes over when the lease expires.
//!
//! Only responses about the content of a request are stored: success, and a 4xx that the same request would always get. If a refusal
//! depends on the current state, the write marks it with [`ProblemResponse::because_of_state`], and the client can use the key again. The
//! table contains neither a key nor a fingerprint against which a password could be guessed, because the fingerprint is keyed with the
//! client's key.

use crate::clock::{millis, now_ms};
use crate::database;
use crate::http::error::Error;
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::secret::{derive_key, hash_secret, random_id};
use crate::user_data::{Deletion, Export, UserData};
use axum::extract::FromRequestParts;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{AnyConnection, AnyExecutor, AnyPool};
use std::time::Duration;
use storefront_api::{IDEMPOTENCY_KEY, MAX_IDEMPOTENCY_KEY, Problem};

/// The rows of users' writes.
pub(crate) const USER_DATA: &[UserData] = &[UserData {
    table: "idempotency_keys",
    export: Export::Nothing("a row is deleted a day after the write, whose result the export contains"),
    // A stored response may contain the number of an order.
    deletion: Deletion::RowsBy("owner"),
}];

/// The pause between two reads of a row that another request has claimed. SQLite and PostgreSQL have no common event to wait for.
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
    /// The key in a hidden input of a form. A form without a valid key takes effect each time it is sent.
    pub fn from_form(text: String) -> Self {
        Self(Some(text).filter(|it| is_usable(it)))
    }

    /// Whether the client has sent a key other than `key`.
    pub fn differs_from(&self, key: &str) -> bool {
        self.0.as_ref().is_some_and(|it| it != key)
    }

    /// The stored response to this owner's write with this key, whatever its request contained.
    ///
    /// # Errors
    /// [`Error::Internal`] if the stored status is invalid, or a database error.
    pub(crate) async fn response(&self, db: &AnyPool, owner: &str) -> ApiResult<Option<StoredResponse>> {
        let Some(key) = &self.0 else { return Ok(None) };
        let select = sqlx::query_as("SELECT status, answer FROM idempotency_keys WHERE owner = $1 AND key_hash = $2 AND status <> 0");
        let row = select.bind(owner).bind(hash_secret("idempotency key", key)).fetch_optional(db).await?;
        row.map(|(status, body): (i64, String)| StoredResponse::stored(status, body)).transpose()
    }

    /// The write with this key. `operation` and `body` identify the request. Different owners may use the same key for different writes.
    pub fn write(self, db: &AnyPool, owner: &str, operation: &str, body: &impl Serialize) -> Write {
        let row = self.0.map(|key| Row {
            owner: owner.to_owned(),
            key_hash: hash_secret("idempotency key", &key),
            request: STANDARD_NO_PAD.encode(derive_key(&key, &format!("{operation}\n{}", serde_json::json!(body)))),
            claim: random_id(),
        });
        Write { db: db.clone(), row }
    }
}

fn is_usable(key: &str) -> bool {
    (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) && key.bytes().all(|it| it.is_ascii_graphic())
}

/// A write that takes effect once. Without a key there is no row, and each request takes effect.
pub struct Write {
    db: AnyPool,
    row: Option<Row>,
}

impl Write {
    /// Does a write that changes only this database. `operation` writes on the given connection, and is called again after a conflict with
    /// another transaction. `status` is the response's status on success; a failure that is not about the content of the request rolls
    /// everything back.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`], a failure of `operation` that is not about the content of the request, or a database error.
    pub async fn in_transaction<T: Serialize, E: Into<ProblemResponse>>(
        self,
        status: StatusCode,
        operation: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E> + Clone,
    ) -> ApiResult<StoredResponse> {
        database::retried(|| self.in_one_transaction(status, operation.clone())).await
    }

    async fn in_one_transaction<T: Serialize, E: Into<ProblemResponse>>(
        &self,
        status: StatusCode,
        operation: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> ApiResult<StoredResponse> {
        let mut transaction = database::begin_write(&self.db).await?;
        if let Some(row) = &self.row
            && !row.insert(&mut *transaction, Duration::ZERO).await?
        {
            return match row.read(&mut *transaction).await? {
                RowState::Done(response) => Ok(response),
                RowState::InProgress | RowState::Absent => Err(Error::WriteUnderWay.into()),
            };
        }
        let response = StoredResponse::of(status, operation(&mut transaction).await)?;
        if let Some(row) = &self.row {
            row.store(&mut *transaction, &response).await?;
        }
        transaction.commit().await?;
        Ok(response)
    }

    /// Does a write that changes something outside the database. If another request is doing the same write, this call waits for that
    /// request. After a failure that is not about the content of the request, another request may try again.
    ///
    /// `lease` must be longer than `operation` can take, because the next request with the same key takes over when the lease expires.
    pub(crate) async fn with_claim<T: Serialize, E: Into<ProblemResponse>>(
        self,
        lease: Duration,
        status: StatusCode,
        operation: impl Future<Output = Result<T, E>>,
    ) -> ApiResult<StoredResponse> {
        let Self { db, row: Some(row) } = self else { return StoredResponse::of(status, operation.await) };
        while !row.insert(&db, lease).await? {
            match row.read(&db).await? {
                RowState::Done(response) => return Ok(response),
                RowState::InProgress => tokio::time::sleep(POLL_INTERVAL).await,
                RowState::Absent => {} // the other request has failed and deleted its row
            }
        }
        let response = StoredResponse::of(status, operation.await);
        match &response {
            Ok(response) => row.store(&db, response).await?,
            Err(_) => row.delete(&db).await?,
        }
        response
    }
}

/// The row of a write: its owner, the hash of its key, the fingerprint of the request, and the id of this attempt.
struct Row {
    owner: String,
    key_hash: String,
    request: String,
    claim: String,
}

/// The state of a write in the table.
enum RowState {
    Done(StoredResponse),
    InProgress,
    Absent,
}

impl Row {
    /// Inserts the row, or takes over a row with an expired lease. Returns whether this request must do the write. In a transaction, the
    /// statement waits for another transaction with the same key. The row then needs no lease, because no other transaction sees it before
    /// its response is stored.
    async fn insert(&self, db: impl AnyExecutor<'_>, lease: Duration) -> sqlx::Result<bool> {
        let now = now_ms();
        let inserted = sqlx::query(
            "INSERT INTO idempotency_keys (owner, key_hash, request, claim, lease_until, status, answer, created_at)
             VALUES ($1, $2, $3, $4, $5, 0, '', $6)
             ON CONFLICT (owner, key_hash) DO UPDATE SET claim = excluded.claim, lease_until = excluded.lease_until
             WHERE idempotency_keys.status = 0 AND idempotency_keys.lease_until < excluded.created_at
               AND idempotency_keys.request = excluded.request",
        );
        let inserted = inserted.bind(&self.owner).bind(&self.key_hash).bind(&self.request).bind(&self.claim);
        Ok(inserted.bind(now + millis(lease)).bind(now).execute(db).await?.rows_affected() == 1)
    }

    async fn read(&self, db: impl AnyExecutor<'_>) -> ApiResult<RowState> {
        let select = sqlx::query_as("SELECT request, status, answer FROM idempotency_keys WHERE owner = $1 AND key_hash = $2");
        let row: Option<(String, i64, String)> = select.bind(&self.owner).bind(&self.key_hash).fetch_optional(db).await?;
        match row {
            None => Ok(RowState::Absent),
            Some((request, _, _)) if request != self.request => Err(Error::IdempotencyKeyReused.into()),
            Some((_, 0, _)) => Ok(RowState::InProgress),
            Some((_, status, body)) => Ok(RowState::Done(StoredResponse::stored(status, body)?)),
        }
    }

    async fn store(&self, db: impl AnyExecutor<'_>, response: &StoredResponse) -> sqlx::Result<()> {
        let update = sqlx::query("UPDATE idempotency_keys SET status = $4, answer = $5 WHERE owner = $1 AND key_hash = $2 AND claim = $3");
        let update = update.bind(&self.owner).bind(&self.key_hash).bind(&self.claim);
        update.bind(i64::from(response.status.as_u16())).bind(&response.body).execute(db).await.map(drop)
    }

    async fn delete(&self, db: impl AnyExecutor<'_>) -> sqlx::Result<()> {
        let delete = sqlx::query("DELETE FROM idempotency_keys WHERE owner = $1 AND key_hash = $2 AND claim = $3 AND status = 0");
        delete.bind(&self.owner).bind(&self.key_hash).bind(&self.claim).execute(db).await.map(drop)
    }
}

/// The response to a write, which a repeated request gets again: a result as JSON, or a problem document.
#[derive(Clone, Debug)]
pub struct StoredResponse {
    status: StatusCode,
    body: String,
}

impl StoredResponse {
    /// The response to store. A failure that is not about the content of the request is returned as an error, so that it is not stored.
    fn of<T: Serialize>(status: StatusCode, result: Result<T, impl Into<ProblemResponse>>) -> ApiResult<Self> {
        let problem: ProblemResponse = match result {
            Ok(value) => return Ok(Self { status, body: serde_json::to_string(&value).map_err(|_| Error::Internal)? }),
            Err(error) => error.into(),
        };
        if problem.is_because_of_state() { Err(problem) } else { Self::refusal(problem) }
    }

    fn stored(status: i64, body: String) -> ApiResult<Self> {
        let status = u16::try_from(status).ok().and_then(|it| StatusCode::from_u16(it).ok()).ok_or(Error::Internal)?;
        Ok(Self { status, body })
    }

    /// The response to a request that is refused because of its content or of the current state. Other failures stay errors.
    ///
    /// # Errors
    /// The problem, for every other failure.
    pub fn refusal(problem: ProblemResponse) -> ApiResult<Self> {
        let status = problem.status();
        if is_about_content(status) { Ok(Self { status, body: problem.document().to_string() }) } else { Err(problem) }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The response with another result, for a result that changes over time, such as a cart: a repeated request gets the current result.
    ///
    /// # Errors
    /// [`Error::Internal`] if the result cannot be written as JSON.
    pub fn with_result<T: Serialize>(self, result: &T) -> ApiResult<Self> {
        Ok(Self { body: serde_json::to_string(result).map_err(|_| Error::Internal)?, ..self })
    }

    /// Reads the body: the result of a successful write, or a problem document.
    ///
    /// # Errors
    /// [`Error::Internal`] if the body has another shape.
    pub fn json<T: DeserializeOwned>(&self) -> ApiResult<T> {
        serde_json::from_str(&self.body).map_err(|_| Error::Internal.into())
    }
}

fn is_about_content(status: StatusCode) -> bool {
    status.is_client_error() && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS)
}

impl IntoResponse for StoredResponse {
    fn into_response(self) -> Response {
        let problem: Option<Problem> = if self.status.is_success() { None } else { serde_json::from_str(&self.body).ok() };
        let media_type = if problem.is_some() { "application/problem+json" } else { "application/json" };
        let mut response = (self.status, self.body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Some(problem) = problem {
            response.extensions_mut().insert(problem); // for `pages::problem_page`
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefront_api::problems::ProblemCode;

    #[test]
    fn a_key_is_one_to_sixty_four_visible_characters() {
        for good in ["a", "0d6f3f0e-6f0e-4f0e-8f0e-0d6f3f0e6f0e", &"x".repeat(64)] {
            assert!(is_usable(good), "{good}");
        }
        for bad in ["", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(!is_usable(bad), "{bad}");
        }
    }

    #[test]
    fn only_responses_about_the_content_are_stored() {
        let is_stored = |status| {
            StoredResponse::of::<()>(StatusCode::OK, Err(ProblemResponse::new(ProblemCode::Internal, &"").with_status(status))).is_ok()
        };
        assert!(is_stored(StatusCode::UNPROCESSABLE_ENTITY) && is_stored(StatusCode::CONFLICT) && is_stored(StatusCode::NOT_FOUND));
        assert!(!is_stored(StatusCode::UNAUTHORIZED) && !is_stored(StatusCode::SERVICE_UNAVAILABLE));
        assert!(!is_stored(StatusCode::INTERNAL_SERVER_ERROR) && !is_stored(StatusCode::FORBIDDEN));
    }
}
