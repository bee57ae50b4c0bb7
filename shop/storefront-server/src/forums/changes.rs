//! Changes of existing posts: `PUT` and `DELETE /api/posts/{id}`, `POST /api/posts/{id}/restore`, and `PUT /api/posts/{id}/lock`. The
//! server-rendered pages use the same functions.
//!
//! Authors change their own posts. A moderator hides the posts of others and closes threads, but never changes the text of a post. A
//! deleted post leaves a placeholder, so that replies to it stay in place.

use crate::auth::verify::Identity;
use crate::forums::error::Error;
use crate::forums::page_cursor::post_id;
use crate::forums::posts::{find, now_micros};
use crate::forums::text;
use crate::http::{body::JsonBody, endpoint::endpoint, problem::ApiResult};
use crate::{drafts, state::Backend, user_request::UserRequest};
use axum::{Json, Router, extract::Path};
use sqlx::AnyPool;
use storefront_api::forums::{EditPost, SetLock};
use storefront_api::{Post, endpoints};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::EDIT_POST, edit_own)
        .merge(endpoint(endpoints::DELETE_POST, delete_one))
        .merge(endpoint(endpoints::RESTORE_POST, restore_one))
        .merge(endpoint(endpoints::LOCK_THREAD, set_lock))
}

async fn edit_own(request: UserRequest, Path(id): Path<String>, JsonBody(edited): JsonBody<EditPost>) -> ApiResult<Json<Post>> {
    Ok(Json(edit(&request, &id, &edited).await?))
}

async fn delete_one(UserRequest { backend, user, .. }: UserRequest, Path(id): Path<String>) -> ApiResult<Json<Post>> {
    Ok(Json(delete(&backend.db, &user, &id).await?))
}

async fn restore_one(UserRequest { backend, user, .. }: UserRequest, Path(id): Path<String>) -> ApiResult<Json<Post>> {
    Ok(Json(restore(&backend.db, &user, &id).await?))
}

async fn set_lock(request: UserRequest, Path(id): Path<String>, JsonBody(sent): JsonBody<SetLock>) -> ApiResult<Json<Post>> {
    Ok(Json(lock(&request.backend.db, &request.user, &id, sent.locked).await?))
}

/// Replaces the text of the author's own post, if the post still has the version that the author has read. A post that already has the new
/// text is not changed, so a client may repeat the request if it got no response.
///
/// # Errors
/// [`Error::PostUnknown`], [`Error::NotAuthor`], [`Error::PostChanged`], [`Error::PostDeleted`], [`Error::ThreadClosed`],
/// [`Error::TooManyPosts`], the errors of [`text::title`] and [`text::body`], or a database error.
pub(super) async fn edit(request: &UserRequest, id: &str, edited: &EditPost) -> Result<Post, Error> {
    let UserRequest { backend, client, user: author, .. } = request;
    let id = post_id(id)?;
    backend.attempts.post(*client, &author.user_id).await?;
    let (title, body) = (text::title(edited.title.as_deref().unwrap_or_default())?, text::body(&edited.body)?);
    let now = now_micros();
    let update = sqlx::query(
        "UPDATE posts SET title = CASE WHEN thread IS NULL THEN $4 ELSE '' END, body = $5, version = version + 1, edited_at = $6
         WHERE id = $1 AND author_id = $2 AND version = $3 AND deleted_by = ''
           AND (body <> $5 OR (thread IS NULL AND title <> $4))
           AND NOT EXISTS (SELECT 1 FROM posts AS first WHERE first.id = COALESCE(posts.thread, posts.id) AND first.locked = 1)",
    );
    let update = update.bind(&id).bind(&author.user_id).bind(edited.version).bind(&title).bind(&body).bind(now);
    let is_written = update.execute(&backend.db).await?.rows_affected() == 1;
    let row = find(&backend.db, author, &id).await?;
    let (read_at, begins_thread) = (row.read_at, row.thread.is_none());
    let post = row.into_post(author, read_at, now)?;
    let is_there = post.body == body && (!begins_thread || post.title.as_deref().unwrap_or_default() == title);
    match () {
        () if !post.own => Err(Error::NotAuthor),
        () if post.deleted.is_some() => Err(Error::PostDeleted),
        () if is_written || is_there => {
            drafts::delete(&backend.db, &author.user_id, &drafts::edit_of(&id)).await?;
            Ok(post)
        }
        () => {
            let query =
                "SELECT first.locked FROM posts JOIN posts AS first ON first.id = COALESCE(posts.thread, posts.id) WHERE posts.id = $1";
            let locked: i64 = sqlx::query_scalar(query).bind(&id).fetch_one(&backend.db).await?;
            Err(if locked == 1 { Error::ThreadClosed } else { Error::PostChanged })
        }
    }
}

/// Deletes a post of the user. A post of another user is hidden, if the user is a moderator. The author cannot restore a hidden post. A
/// moderator may also hide a post that its author has deleted, and such a post stays deleted when a moderator restores it.
///
/// # Errors
/// [`Error::PostUnknown`], [`Error::NotAuthor`], or a database error.
pub(super) async fn delete(db: &AnyPool, user: &Identity, id: &str) -> Result<Post, Error> {
    let sql = "UPDATE posts SET deleted_at = $3, deleted_by = CASE
                   WHEN author_id = $2 THEN 'author' WHEN deleted_by = 'author' THEN 'both' ELSE 'moderator' END
               WHERE id = $1 AND (deleted_by = '' AND (author_id = $2 OR $4 = 1) OR deleted_by = 'author' AND author_id <> $2 AND $4 = 1)";
    let is_moderator = i64::from(user.is_moderator());
    sqlx::query(sql).bind(post_id(id)?).bind(&user.user_id).bind(now_micros()).bind(is_moderator).execute(db).await?;
    let post = read(db, user, id).await?;
    if post.deleted.is_some() { Ok(post) } else { Err(Error::NotAuthor) }
}

/// Restores a deleted post. The author can restore a post that the author has deleted. Any moderator can restore a post that a moderator
/// has hidden; if its author had deleted the post before, the post stays deleted, and the author can restore it.
///
/// # Errors
/// [`Error::PostUnknown`], [`Error::NotAuthor`] if the user is neither the author nor a moderator, [`Error::PostDeleted`] if the author or
/// the moderator cannot restore this post or its text is gone, or a database error.
pub(super) async fn restore(db: &AnyPool, user: &Identity, id: &str) -> Result<Post, Error> {
    // `body <> ''`: the purge empties a post a day after its deletion.
    let sql = "UPDATE posts SET deleted_by = CASE deleted_by WHEN 'both' THEN 'author' ELSE '' END,
                   deleted_at = CASE deleted_by WHEN 'both' THEN deleted_at END
               WHERE id = $1 AND body <> ''
                 AND ((deleted_by = 'author' AND author_id = $2) OR (deleted_by IN ('moderator', 'both') AND $3 = 1))";
    let update = sqlx::query(sql).bind(post_id(id)?).bind(&user.user_id).bind(i64::from(user.is_moderator()));
    let is_restored = update.execute(db).await?.rows_affected() == 1;
    let post = read(db, user, id).await?;
    match post.deleted {
        None => Ok(post),
        Some(_) if is_restored => Ok(post),
        Some(_) if post.own || user.is_moderator() => Err(Error::PostDeleted),
        Some(_) => Err(Error::NotAuthor),
    }
}

/// Closes a thread to replies, or reopens it.
///
/// # Errors
/// [`Error::NotModerator`], [`Error::PostUnknown`], or a database error.
pub(super) async fn lock(db: &AnyPool, user: &Identity, id: &str, locked: bool) -> Result<Post, Error> {
    let id = post_id(id)?;
    if !user.is_moderator() {
        return Err(Error::NotModerator);
    }
    let update = sqlx::query("UPDATE posts SET locked = $2 WHERE id = $1 AND thread IS NULL").bind(&id).bind(i64::from(locked));
    if update.execute(db).await?.rows_affected() == 0 {
        return Err(Error::PostUnknown);
    }
    read(db, user, &id).await
}

async fn read(db: &AnyPool, user: &Identity, id: &str) -> Result<Post, Error> {
    let row = find(db, user, id).await?;
    let read_at = row.read_at;
    row.into_post(user, read_at, now_micros())
}
