//! Forum posts: `GET /api/load-posts` and `POST /api/posts`, which both need a sign-in. The server-rendered pages use the same functions.

use crate::auth::{current_user::CurrentUser, verify::Identity};
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::{client_address::ClientAddress, error::Error as HttpError, json_body::JsonBody, problem::ProblemResponse};
use crate::{forums::error::Error, state::Backend, text::longest_combining_run, users};
use axum::routing::{get, post};
use axum::{Json, Router, extract::State, http::StatusCode};
use sqlx::{AnyConnection, AnyPool};
use storefront_api::{MAX_POST_CHARS, NewPost, Post};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// How many posts are listed.
const LIST_LIMIT: i64 = 200;

/// The maximum number of combining marks on one character. Vocalised Hebrew, Arabic and Tibetan need up to four.
const MAX_COMBINING_MARKS: usize = 4;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/load-posts", get(list)).route("/posts", post(write))
}

async fn list(State(backend): State<Backend>, _: CurrentUser) -> Result<Json<Vec<Post>>, ProblemResponse> {
    Ok(Json(newest(&backend.db).await?))
}

async fn write(
    State(backend): State<Backend>,
    client: ClientAddress,
    CurrentUser(author): CurrentUser,
    key: IdempotencyKey,
    JsonBody(new): JsonBody<NewPost>,
) -> Result<StoredResponse, ProblemResponse> {
    publish(&backend, client, &author, key, &new).await
}

/// The latest posts, newest first.
///
/// # Errors
/// A database error.
pub async fn newest(db: &AnyPool) -> Result<Vec<Post>, Error> {
    let rows: Vec<(String, String, Option<String>, String, i64)> = sqlx::query_as(
        "SELECT posts.id, posts.author_id, users.display_name, posts.body, posts.created_at
         FROM posts LEFT JOIN users ON users.id = posts.author_id ORDER BY posts.created_at DESC, posts.id DESC LIMIT $1",
    )
    .bind(LIST_LIMIT)
    .fetch_all(db)
    .await?;
    let post = |(id, author_id, name, body, micros): (String, String, Option<String>, String, i64)| {
        let author = name.unwrap_or_else(|| users::default_name(&author_id));
        Ok(Post { id, author, body, created_at: rfc3339(micros)? })
    };
    rows.into_iter().map(post).collect()
}

/// Publishes a post. A repeated request with the same `Idempotency-Key` publishes nothing and gets the first response, which is the post, or a problem document that says why it is not published:
/// [`Error::PostEmpty`], [`Error::PostTooLong`], [`Error::PostControlCharacter`] or [`Error::PostTooManyMarks`].
///
/// # Errors
/// [`Error::TooManyPosts`], [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), or the database's.
pub async fn publish(
    backend: &Backend,
    client: ClientAddress,
    author: &Identity,
    key: IdempotencyKey,
    new: &NewPost,
) -> Result<StoredResponse, ProblemResponse> {
    // Before the key is looked up: a refusal must not become the stored answer of the key, because the same post may be published later.
    backend.attempts.post(client, &author.user_id).await.map_err(Error::TooManyPosts)?;
    let write = key.write(&backend.db, &author.user_id, "publish a post", new);
    write.in_transaction(StatusCode::CREATED, async |db| insert(db, author, &new.body).await).await
}

async fn insert(db: &mut AnyConnection, author: &Identity, body: &str) -> Result<Post, Error> {
    let body = normalized(body)?;
    // Microseconds are what both databases keep in a BIGINT without loss.
    let micros = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000) as i64;
    let name = users::display_name(&mut *db, &author.user_id).await?;
    let post = Post { id: Uuid::new_v4().to_string(), author: name, body, created_at: rfc3339(micros)? };
    sqlx::query("INSERT INTO posts (id, author_id, body, created_at) VALUES ($1, $2, $3, $4)")
        .bind(&post.id)
        .bind(&author.user_id)
        .bind(&post.body)
        .bind(micros)
        .execute(db)
        .await?;
    Ok(post)
}

/// The text as it is stored: composed (NFC), with `\n` as line break. Control characters and long runs of combining marks are refused,
/// because they can disturb terminals and the layout of the page.
fn normalized(body: &str) -> Result<String, Error> {
    let body: String = body.replace("\r\n", "\n").trim().nfc().collect();
    if body.is_empty() {
        return Err(Error::PostEmpty);
    }
    if body.chars().count() > MAX_POST_CHARS {
        return Err(Error::PostTooLong);
    }
    if body.chars().any(|it| it.is_control() && it != '\n' && it != '\t') {
        return Err(Error::PostControlCharacter);
    }
    if longest_combining_run(&body) > MAX_COMBINING_MARKS {
        return Err(Error::PostTooManyMarks);
    }
    Ok(body)
}

fn rfc3339(micros: i64) -> Result<String, HttpError> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok();
    time.and_then(|it| it.format(&Rfc3339).ok()).ok_or_else(|| {
        tracing::error!(micros, "the time of a post cannot be written as a date");
        HttpError::Internal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_normalized_or_refused() {
        assert_eq!(normalized("  a\r\nb\t ").unwrap(), "a\nb");
        assert!(normalized(&"é".repeat(MAX_POST_CHARS)).is_ok());
        assert!(matches!(normalized(&"é".repeat(MAX_POST_CHARS + 1)), Err(Error::PostTooLong)));
        assert!(matches!(normalized(" \n\t "), Err(Error::PostEmpty)));
        assert_eq!(normalized("e\u{301}").unwrap(), "é");
        assert!(normalized("x\u{301}\u{302}\u{303}\u{304}").is_ok());
        assert!(matches!(normalized(&format!("x{}", "\u{301}".repeat(5))), Err(Error::PostTooManyMarks)));
        for bad in ["a\0b", "a\u{1b}[31m", "a\u{7f}", "a\u{85}b", "a\rb"] {
            assert!(matches!(normalized(bad), Err(Error::PostControlCharacter)), "{bad:?}");
        }
    }
}
