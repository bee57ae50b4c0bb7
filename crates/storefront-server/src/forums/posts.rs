//! The list of threads, `GET /api/load-posts`, and the posts that begin them, `POST /api/posts`. Both need a sign-in. The server-rendered
//! pages use the same functions.

use crate::auth::secret::hash_secret;
use crate::auth::{current_user::CurrentUser, verify::Identity};
use crate::forums::page_cursor::{PageCursor, link_to_next};
use crate::forums::{error::Error, read_marks, search::SearchTerms, text};
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::percent::encoded;
use crate::http::{client_address::ClientAddress, error::Error as HttpError, json_body::JsonBody, problem::ProblemResponse};
use crate::pages::drafts;
use crate::{database, state::Backend, users};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use sqlx::{AnyConnection, AnyExecutor, AnyPool, AssertSqlSafe};
use storefront_api::forums::{AVATARS, DRAFT_HEADER, DeletedBy, NEW_THREAD};
use storefront_api::{NewPost, Post};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// How many threads a page has.
const PAGE_SIZE: i64 = 30;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/load-posts", get(load)).route("/posts", post(write))
}

/// Which threads are listed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    after: Option<PageCursor>,
    /// What is searched for in titles and texts. Without it, all threads are listed.
    pub(super) q: String,
    /// The order.
    pub(super) sort: Sort,
}

/// The order of a list of threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// By the post that begins the thread, the latest first.
    #[default]
    Newest,
    /// By the last post of the thread, the latest first.
    Activity,
}

impl Sort {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Activity => "activity",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Newest => "posts.created_at",
            Self::Activity => "posts.last_activity",
        }
    }
}

impl ListQuery {
    /// The address of the page below `path` that begins after `cursor`.
    fn address_after(&self, path: &str, cursor: &PageCursor) -> String {
        let mut address = format!("{path}?after={}", cursor.text());
        if self.sort != Sort::default() {
            address += &format!("&sort={}", self.sort.name());
        }
        if !self.q.trim().is_empty() {
            address += &format!("&q={}", encoded(self.q.trim()));
        }
        address
    }
}

/// A page of the list.
pub(super) struct ThreadList {
    pub(super) threads: Vec<Post>,
    next: Option<PageCursor>,
    query: ListQuery,
}

impl ThreadList {
    /// The address of the next page below `path`, if there is one.
    pub(super) fn next(&self, path: &str) -> Option<String> {
        self.next.as_ref().map(|it| self.query.address_after(path, it))
    }
}

async fn load(
    State(backend): State<Backend>,
    CurrentUser(reader): CurrentUser,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, ProblemResponse> {
    let Query(query) = query.map_err(|_| HttpError::NotFound)?;
    let page = list(&backend.db, &reader, query).await?;
    let link = page.next("/api/load-posts").and_then(|it| link_to_next(&it));
    let draft = (drafts::load(&backend.db, &reader.user_id, NEW_THREAD).await?.saved_at > 0)
        .then_some((HeaderName::from_static(DRAFT_HEADER), HeaderValue::from_static("saved")));
    let mut response = Json(page.threads).into_response();
    response.headers_mut().extend(link);
    response.headers_mut().extend(draft);
    Ok(response)
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

/// What is read of a post, with the marks of one reader.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) thread: Option<String>,
    author_id: String,
    author: Option<String>,
    title: String,
    body: String,
    pub(super) created_at: i64,
    version: i64,
    edited_at: Option<i64>,
    deleted_by: String,
    locked: i64,
    replies: i64,
    pub(super) last_activity: i64,
    pub(super) read_at: Option<i64>,
}

/// Reads [`Row`]s. `$1` is the reader's id.
pub(super) const SELECT: &str = "SELECT posts.id, posts.thread, posts.author_id, users.display_name AS author, posts.title, posts.body,
     posts.created_at, posts.version, posts.edited_at, posts.deleted_by, posts.locked, posts.replies, posts.last_activity, thread_reads.read_at
     FROM posts LEFT JOIN users ON users.id = posts.author_id
     LEFT JOIN thread_reads ON thread_reads.user_id = $1 AND thread_reads.thread = posts.id";

impl Row {
    /// The post as the reader sees it. `read_at` says up to when the reader has read the thread, and `now` is in microseconds since 1970.
    pub(super) fn into_post(self, reader: &Identity, read_at: Option<i64>, now: i64) -> Result<Post, Error> {
        let deleted = match &*self.deleted_by {
            "author" => Some(DeletedBy::Author),
            "moderator" => Some(DeletedBy::Moderator),
            _ => None,
        };
        let (begins_thread, is_visible) = (self.thread.is_none(), deleted.is_none());
        let own = self.author_id == reader.user_id;
        let newest = if begins_thread { self.last_activity } else { self.created_at };
        Ok(Post {
            avatar: avatar(&self.author_id),
            author: self.author.unwrap_or_else(|| users::default_name(&self.author_id)),
            title: Some(self.title).filter(|it| is_visible && !it.is_empty()),
            body: if is_visible { self.body } else { String::new() },
            created_at: rfc3339(self.created_at)?,
            replies: self.replies,
            last_activity: begins_thread.then(|| rfc3339(self.last_activity.max(self.created_at))).transpose()?,
            own,
            edited: self.edited_at.filter(|_| is_visible).map(rfc3339).transpose()?,
            deleted,
            locked: self.locked != 0,
            unread: read_marks::is_unread(newest, read_at, now) && (begins_thread || !own),
            version: self.version,
            id: self.id,
        })
    }
}

/// The number of an author's colour. It says nothing else about the author.
fn avatar(author_id: &str) -> u32 {
    u32::from_str_radix(&hash_secret("avatar", author_id)[..4], 16).unwrap_or_default() % AVATARS
}

/// The statement that reads a page of the threads. One that was deleted before anybody replied is in no list. `$1` is the reader, `$2` and `$3`
/// the place after which the page begins, `$4` the number of rows, and `$5` what is searched for.
pub fn list_sql(sort: Sort, is_search: bool, is_postgresql: bool) -> String {
    let (column, found) = (sort.column(), if is_search { SearchTerms::condition(is_postgresql) } else { "" });
    format!(
        "{SELECT} WHERE posts.thread IS NULL AND (posts.deleted_by = '' OR posts.replies > 0) AND ({column}, posts.id) < ($2, $3) {found}
         ORDER BY {column} DESC, posts.id DESC LIMIT $4"
    )
}

/// A page of the threads.
///
/// # Errors
/// A database error.
pub(super) async fn list(db: &AnyPool, reader: &Identity, query: ListQuery) -> Result<ThreadList, Error> {
    let (now, is_postgresql) = (now_micros(), database::is_shared(db));
    let terms = SearchTerms::of(&query.q);
    let sql = list_sql(query.sort, terms.is_some(), is_postgresql);
    let after = query.after.clone().unwrap_or_else(PageCursor::latest);
    let select = sqlx::query_as(AssertSqlSafe(sql)).bind(&reader.user_id).bind(after.micros).bind(after.id).bind(PAGE_SIZE + 1);
    let select = match &terms {
        Some(terms) => select.bind(terms.query(is_postgresql)),
        None => select,
    };
    let mut rows: Vec<Row> = if terms.as_ref().is_some_and(SearchTerms::is_empty) { Vec::new() } else { select.fetch_all(db).await? };
    let has_more = rows.len() as i64 > PAGE_SIZE;
    rows.truncate(PAGE_SIZE as usize);
    let next = rows.last().filter(|_| has_more).map(|last| PageCursor {
        micros: if query.sort == Sort::Newest { last.created_at } else { last.last_activity },
        id: last.id.clone(),
    });
    let threads = rows.into_iter().map(|row| {
        let read_at = row.read_at;
        row.into_post(reader, read_at, now)
    });
    Ok(ThreadList { threads: threads.collect::<Result<_, _>>()?, next, query })
}

/// One post, whoever has written it.
pub(super) async fn find(db: impl AnyExecutor<'_>, reader: &Identity, id: &str) -> Result<Row, Error> {
    let select = sqlx::query_as(AssertSqlSafe(format!("{SELECT} WHERE posts.id = $2")));
    select.bind(&reader.user_id).bind(id).fetch_optional(db).await?.ok_or(Error::PostUnknown)
}

/// Publishes a post that begins a thread, and deletes its draft. A repeated request with the same `Idempotency-Key` publishes nothing and
/// gets the first response, which is the post, or a problem document that says why it is not published.
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
    write.in_transaction(StatusCode::CREATED, async |db| insert(db, author, new).await).await
}

async fn insert(db: &mut AnyConnection, author: &Identity, new: &NewPost) -> Result<Post, Error> {
    let (title, body) = (text::title(new.title.as_deref().unwrap_or_default())?, text::body(&new.body)?);
    let (id, now) = (Uuid::new_v4().to_string(), now_micros());
    sqlx::query("INSERT INTO posts (id, author_id, title, body, created_at, last_activity) VALUES ($1, $2, $3, $4, $5, $5)")
        .bind(&id)
        .bind(&author.user_id)
        .bind(title)
        .bind(body)
        .bind(now)
        .execute(&mut *db)
        .await?;
    read_marks::read_up_to(&mut *db, &author.user_id, &id, now).await?;
    drafts::delete(&mut *db, &author.user_id, NEW_THREAD).await?;
    find(db, author, &id).await?.into_post(author, Some(now), now)
}

/// The time now. Microseconds are what both databases keep in a BIGINT without loss.
pub(super) fn now_micros() -> i64 {
    (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000) as i64
}

fn rfc3339(micros: i64) -> Result<String, HttpError> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok();
    time.and_then(|it| it.format(&Rfc3339).ok()).ok_or_else(|| {
        tracing::error!(micros, "the time of a post cannot be written as a date");
        HttpError::Internal
    })
}
