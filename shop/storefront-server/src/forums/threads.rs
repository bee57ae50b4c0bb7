//! One thread: `GET /api/posts/{id}` with its replies, and `POST /api/posts/{id}/replies`. The server-rendered page uses the same
//! functions.
//!
//! Drafts of posts, for the app: `GET` and `PUT /api/drafts/{thread}`. The response to `GET /api/posts/{id}` already includes the draft of a
//! reply, so the app requests only the draft of a new thread.

use crate::forums::page_cursor::{PageCursor, link_to_next, post_id};
use crate::forums::posts::{Row, find, now_micros, select};
use crate::forums::{error::Error, read_marks, text};
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::{body::JsonBody, endpoint::endpoint, error::Error as HttpError, problem::ApiResult};
use crate::{auth::verify::Identity, drafts, state::Backend, user_request::UserRequest};
use axum::extract::{Path, Query, rejection::QueryRejection};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, http::StatusCode};
use serde::Deserialize;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};
use storefront_api::forums::{Draft, DraftSaved, NewReply, SaveDraft, Thread};
use storefront_api::{Post, endpoints};
use uuid::Uuid;

/// The number of replies on a page.
const PAGE_SIZE: i64 = 50;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::THREAD, read)
        .merge(endpoint(endpoints::REPLY, write))
        .merge(endpoint(endpoints::DRAFT, load_draft))
        .merge(endpoint(endpoints::SAVE_DRAFT, save_draft))
}

/// Which replies of the thread to show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreadQuery {
    after: Option<PageCursor>,
}

async fn read(request: UserRequest, Path(id): Path<String>, query: Result<Query<ThreadQuery>, QueryRejection>) -> ApiResult<Response> {
    let Query(query) = query.map_err(|_| HttpError::NotFound)?;
    let thread = open(&request.backend.db, &request.user, &post_id(&id)?, query, "/api/posts").await?;
    let link = thread.next.as_deref().and_then(link_to_next);
    let mut response = Json(thread).into_response();
    response.headers_mut().extend(link);
    Ok(response)
}

async fn write(
    request: UserRequest,
    Path(id): Path<String>,
    key: IdempotencyKey,
    JsonBody(new): JsonBody<NewReply>,
) -> ApiResult<StoredResponse> {
    reply(&request, key, &id, &new).await
}

/// Reads the thread of a post, from its beginning or from a reply on, and records that the reader has read the returned posts. The URL of
/// the next page begins with `path`.
///
/// # Errors
/// [`Error::PostUnknown`], or a database error.
pub(super) async fn open(db: &AnyPool, reader: &Identity, id: &str, query: ThreadQuery, path: &str) -> Result<Thread, Error> {
    let mut first = find(db, reader, id).await?;
    let mut after = query.after.map_or(0, |it| it.micros);
    if let Some(thread) = &first.thread {
        after = after.max(first.created_at - 1);
        first = find(db, reader, thread).await?;
    }
    let sql = format!("{} WHERE posts.thread = $2 AND posts.created_at > $3 ORDER BY posts.created_at LIMIT $4", select());
    let select = sqlx::query_as(AssertSqlSafe(sql)).bind(&reader.user_id).bind(&first.id).bind(after).bind(PAGE_SIZE + 1);
    let mut rows: Vec<Row> = select.fetch_all(db).await?;
    let has_more = rows.len() as i64 > PAGE_SIZE;
    rows.truncate(PAGE_SIZE as usize);
    let last = rows.last().map(|it| PageCursor { micros: it.created_at, id: it.id.clone() });
    let next = last.as_ref().filter(|_| has_more).map(|it| format!("{path}/{}?after={}", first.id, it.text()));
    let shown_up_to = last.map_or(first.created_at, |it| it.micros);
    let (now, read_at) = (now_micros(), first.read_at);
    if read_at.is_none_or(|it| it < shown_up_to)
        && let Err(error) = read_marks::read_up_to(db, &reader.user_id, &first.id, shown_up_to).await
    {
        // The request still succeeds, so that users can read threads while the database is read-only.
        tracing::debug!(error = &error as &dyn std::error::Error, "the read mark of a user could not be stored");
    }
    let first_unread = match read_marks::is_unread(first.last_activity, read_at, now) {
        true => read_marks::first_unread(db, reader, &first.id, read_at, now).await?,
        false => None,
    };
    let draft = drafts::load(db, &reader.user_id, &first.id).await?;
    let replies = rows.into_iter().map(|it| it.into_post(reader, read_at, now)).collect::<Result<_, _>>()?;
    Ok(Thread {
        post: first.into_post(reader, read_at, now)?,
        replies,
        next,
        first_unread,
        moderator: reader.is_moderator(),
        draft: Some(draft).filter(|it| it.saved_at > 0),
    })
}

/// The URL of a post on the page of its thread. If the first page lacks the post, the page begins with it.
pub(super) async fn url_of(db: &AnyPool, post: &Row) -> sqlx::Result<String> {
    let Row { id, thread, created_at, .. } = post;
    let thread = thread.as_ref().unwrap_or(id);
    let earlier = sqlx::query_scalar("SELECT COUNT(*) FROM posts WHERE thread = $1 AND created_at < $2").bind(thread).bind(created_at);
    let earlier: i64 = earlier.fetch_one(db).await?;
    let after = PageCursor { micros: created_at - 1, id: id.clone() }.text();
    let query = if earlier < PAGE_SIZE { String::new() } else { format!("?after={after}") };
    Ok(format!("/posts/{thread}{query}#post-{id}"))
}

/// Publishes a reply and deletes its draft. A repeated request with the same `Idempotency-Key` publishes nothing and gets the first
/// response, which is the reply, or a problem document that says why the reply is not published.
///
/// # Errors
/// [`Error::TooManyPosts`], [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), or a database error.
pub(super) async fn reply(request: &UserRequest, key: IdempotencyKey, thread: &str, new: &NewReply) -> ApiResult<StoredResponse> {
    let UserRequest { backend, client, user: author, .. } = request;
    let thread = post_id(thread)?;
    backend.attempts.post(*client, &author.user_id).await.map_err(Error::TooManyPosts)?;
    let write = key.write(&backend.db, &author.user_id, &format!("reply to {thread}"), new);
    write.in_transaction(StatusCode::CREATED, async |db| insert(db, author, &thread, &new.body).await).await
}

async fn insert(db: &mut AnyConnection, author: &Identity, thread: &str, body: &str) -> Result<Post, Error> {
    let body = text::body(body)?;
    // One statement checks that the thread is open, counts the reply, and determines its time, which is later than that of every other
    // reply, even if the clocks of two instances differ. Concurrent replies to the thread wait for the end of this transaction.
    let count = sqlx::query_scalar(
        "UPDATE posts SET replies = replies + 1, last_activity = CASE WHEN last_activity < $2 THEN $2 ELSE last_activity + 1 END
         WHERE id = $1 AND thread IS NULL AND locked = 0 AND deleted_by = '' RETURNING last_activity",
    );
    let Some(at) = count.bind(thread).bind(now_micros()).fetch_optional(&mut *db).await? else {
        let of_thread: Option<Option<String>> =
            sqlx::query_scalar("SELECT thread FROM posts WHERE id = $1").bind(thread).fetch_optional(db).await?;
        return Err(if of_thread == Some(None) { Error::ThreadClosed } else { Error::PostUnknown });
    };
    let at: i64 = at;
    let id = Uuid::new_v4().to_string();
    let insert = sqlx::query(
        "INSERT INTO posts (id, author_id, thread, body, created_at, last_activity, search_words, may_be_public)
         VALUES ($1, $2, $3, $4, $5, $5, $6, 1)",
    );
    let words = text::search_words("", &body);
    insert.bind(&id).bind(&author.user_id).bind(thread).bind(body).bind(at).bind(words).execute(&mut *db).await?;
    read_marks::own_reply(&mut *db, &author.user_id, thread, at).await?;
    drafts::delete(&mut *db, &author.user_id, thread).await?;
    find(db, author, &id).await?.into_post(author, Some(at), at)
}

async fn load_draft(UserRequest { backend, user, .. }: UserRequest, Path(thread): Path<String>) -> ApiResult<Json<Draft>> {
    Ok(Json(drafts::load(&backend.db, &user.user_id, &post_id(&thread)?).await?))
}

async fn save_draft(request: UserRequest, Path(thread): Path<String>, JsonBody(draft): JsonBody<SaveDraft>) -> ApiResult<Json<DraftSaved>> {
    Ok(Json(drafts::save_seen(&request.backend.db, &request.user.user_id, &post_id(&thread)?, &draft).await?))
}
