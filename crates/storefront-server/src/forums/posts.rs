//! `GET /api/load-posts` and `POST /api/posts`: the Forums. Both need an access token.

use crate::{
    auth::{current_user::Shopper, verify::Identity},
    http::{
        error::Error,
        idempotency::{Answer, Begun, IdempotencyKey},
        json_body::Body,
    },
    state::Backend,
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use sqlx::{AnyConnection, AnyPool};
use storefront_api::{MAX_POST_CHARS, NewPost, Post};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// How many posts are shown: the newest.
const SHOWN: i64 = 200;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/load-posts", get(list)).route("/posts", post(write))
}

async fn list(State(backend): State<Backend>, _: Shopper) -> Result<Json<Vec<Post>>, Error> {
    newest(&backend.db).await.map(Json)
}

async fn write(
    State(backend): State<Backend>,
    Shopper(author): Shopper,
    key: IdempotencyKey,
    Body(new): Body<NewPost>,
) -> Result<Answer, Error> {
    publish(&backend.db, &author, key, &new).await
}

/// The newest posts, the newest first.
///
/// # Errors
/// The database's.
pub async fn newest(db: &AnyPool) -> Result<Vec<Post>, Error> {
    let rows: Vec<(String, String, String, i64)> =
        sqlx::query_as("SELECT id, author, body, created_at FROM posts ORDER BY created_at DESC, id DESC LIMIT $1")
            .bind(SHOWN)
            .fetch_all(db)
            .await?;
    let post = |(id, author, body, micros)| Ok(Post { id, author, body, created_at: rfc3339(micros)? });
    rows.into_iter().map(post).collect()
}

/// Publishes a post, once for each key. The answer is the post, or why it cannot be published: [`Error::PostEmpty`],
/// [`Error::PostTooLong`] or [`Error::PostControlCharacter`] as a problem document.
///
/// # Errors
/// [`Error::IdempotencyKeyReused`], or the database's.
pub async fn publish(db: &AnyPool, author: &Identity, key: IdempotencyKey, new: &NewPost) -> Result<Answer, Error> {
    match key.write(db, &author.user_id, "publish a post", new).begin().await? {
        Begun::Answered(answer) => Ok(answer),
        Begun::New(mut write) => {
            let result = insert(write.connection(), author, &new.body).await;
            write.finish(StatusCode::CREATED, result).await
        }
    }
}

async fn insert(db: &mut AnyConnection, author: &Identity, body: &str) -> Result<Post, Error> {
    let body = checked(body)?;
    // Microseconds are what both databases keep in a BIGINT without loss.
    let micros = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000) as i64;
    let post = Post { id: Uuid::new_v4().to_string(), author: author_name(author), body, created_at: rfc3339(micros)? };
    sqlx::query("INSERT INTO posts (id, author_id, author, body, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&post.id)
        .bind(&author.user_id)
        .bind(&post.author)
        .bind(&post.body)
        .bind(micros)
        .execute(db)
        .await?;
    Ok(post)
}

/// The text as it is kept. Line breaks become `\n`; what a terminal or a layout could be tricked with is refused.
fn checked(body: &str) -> Result<String, Error> {
    let body = body.replace("\r\n", "\n").trim().to_owned();
    if body.is_empty() {
        return Err(Error::PostEmpty);
    }
    if body.chars().count() > MAX_POST_CHARS {
        return Err(Error::PostTooLong);
    }
    if body.chars().any(|it| it.is_control() && it != '\n' && it != '\t') {
        return Err(Error::PostControlCharacter);
    }
    Ok(body)
}

/// A name for people from the local part of the e-mail address: `ada.lovelace+shop@…` is Ada Lovelace. The address
/// itself is nobody's business.
fn author_name(author: &Identity) -> String {
    let local = author.email.as_deref().and_then(|it| it.split('@').next()).unwrap_or_default();
    let untagged = local.split('+').next().unwrap_or_default();
    let words: Vec<String> = untagged.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(capitalised).collect();
    let name: String = words.join(" ").chars().take(40).collect();
    if name.is_empty() { "Member".to_owned() } else { name }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn rfc3339(micros: i64) -> Result<String, Error> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok();
    time.and_then(|it| it.format(&Rfc3339).ok()).ok_or_else(|| {
        tracing::error!(micros, "a post's time cannot be told");
        Error::Internal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (email, expected) in [
            (Some("shopper@example.com"), "Shopper"),
            (Some("ada.lovelace+shop@example.com"), "Ada Lovelace"),
            (Some("émile_zola@example.com"), "Émile Zola"),
            (Some("<b>x</b>@example.com"), "B X B"),
            (Some("@example.com"), "Member"),
            (Some("+tag@example.com"), "Member"),
            (None, "Member"),
        ] {
            let author = Identity { user_id: "u".to_owned(), email: email.map(ToOwned::to_owned) };
            assert_eq!(author_name(&author), expected, "{email:?}");
        }
    }

    #[test]
    fn bodies() {
        assert_eq!(checked("  a\r\nb\t ").unwrap(), "a\nb");
        assert!(checked(&"é".repeat(MAX_POST_CHARS)).is_ok());
        assert!(matches!(checked(&"é".repeat(MAX_POST_CHARS + 1)), Err(Error::PostTooLong)));
        assert!(matches!(checked(" \n\t "), Err(Error::PostEmpty)));
        for bad in ["a\0b", "a\u{1b}[31m", "a\u{7f}", "a\u{85}b", "a\rb"] {
            assert!(matches!(checked(bad), Err(Error::PostControlCharacter)), "{bad:?}");
        }
    }
}
