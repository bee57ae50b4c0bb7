//! The list of threads, `GET /api/load-posts`, and the posts that begin them, `POST /api/posts`. Both need a sign-in. The server-rendered
//! pages use the same functions.

use crate::auth::verify::Identity;
use crate::clock::{self, rfc3339_of_micros};
use crate::drafts;
use crate::forums::page_cursor::{PageCursor, link_to_next};
use crate::forums::{error::Error, read_marks, search::SearchTerms, text, thread_search::ThreadSearch};
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::percent::encoded;
use crate::http::{body::JsonBody, endpoint::endpoint, error::Error as HttpError, problem::ApiResult};
use crate::product_text;
use crate::product_threads::{self, is_about, is_product_id};
use crate::search_words::Searched;
use crate::secret::hash_secret;
use crate::{database, state::Backend, user_request::UserRequest, users};
use axum::extract::{Query, rejection::QueryRejection};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Deserialize;
use sqlx::{AnyConnection, AnyExecutor, AnyPool, AssertSqlSafe};
use storefront_api::catalogue::SEARCHED_FOR;
use storefront_api::forums::{AVATARS, DRAFT_HEADER, DeletedBy, NEW_THREAD};
use storefront_api::product_threads::{PRODUCT_NAME_HEADER, ThreadProduct};
use storefront_api::{NewPost, Post, endpoints};
use uuid::Uuid;

/// The number of threads on a page.
pub(super) const PAGE_SIZE: i64 = 30;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::THREADS, load).merge(endpoint(endpoints::WRITE_POST, write))
}

/// Which threads are listed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    after: Option<PageCursor>,
    /// The search text. If empty, all threads are listed.
    pub(super) q: String,
    /// The order.
    pub(super) sort: Sort,
    /// The product that the threads are about. If empty, threads about anything are listed.
    pub(super) product: String,
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

    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Newest => "posts.created_at",
            Self::Activity => "posts.last_activity",
        }
    }
}

impl ListQuery {
    /// The list of the threads about a product. If `product` is empty, the list of all threads.
    pub(super) fn about(product: String) -> Self {
        Self { product, ..Self::default() }
    }

    /// The same threads in another order, from the beginning.
    pub(super) fn sorted(&self, sort: Sort) -> Self {
        Self { after: None, sort, ..self.clone() }
    }

    /// The URL of this list below `path`.
    pub(super) fn address(&self, path: &str) -> String {
        let after = self.after.as_ref().map(|it| format!("after={}", it.text()));
        let sort = (self.sort != Sort::default()).then(|| format!("sort={}", self.sort.name()));
        let [search, product] = [("q", self.q.trim()), ("product", &self.product)]
            .map(|(name, text)| (!text.is_empty()).then(|| format!("{name}={}", encoded(text))));
        let query = [after, sort, search, product].into_iter().flatten().collect::<Vec<_>>().join("&");
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// A page of the list.
pub struct ThreadList {
    /// The threads.
    pub threads: Vec<Post>,
    /// The product that the filter names, if the Store has this product.
    pub(super) product: Option<ThreadProduct>,
    /// The words that were searched for, if no thread has all words of the query.
    pub(super) searched_for: Option<String>,
    next: Option<PageCursor>,
    query: ListQuery,
}

impl ThreadList {
    /// The URL of the next page below `path`, if there is one.
    pub fn next(&self, path: &str) -> Option<String> {
        self.next.clone().map(|after| ListQuery { after: Some(after), ..self.query.clone() }.address(path))
    }
}

async fn load(request: UserRequest, query: Result<Query<ListQuery>, QueryRejection>) -> ApiResult<Response> {
    let UserRequest { backend, user, .. } = request;
    let Query(query) = query.map_err(|_| HttpError::NotFound)?;
    let page = list(&backend.db, &user, query).await?;
    let link = page.next("/api/load-posts").and_then(|it| link_to_next(&it));
    let draft = (drafts::load(&backend.db, &user.user_id, NEW_THREAD).await?.saved_at > 0)
        .then_some((HeaderName::from_static(DRAFT_HEADER), HeaderValue::from_static("saved")));
    let value = |text: &str| HeaderValue::try_from(encoded(text)).ok();
    let (name, words) = (page.product.as_ref().and_then(|it| value(&it.name)), page.searched_for.as_deref().and_then(value));
    let mut response = Json(page.threads).into_response();
    response.headers_mut().extend(link);
    response.headers_mut().extend(name.map(|name| (HeaderName::from_static(PRODUCT_NAME_HEADER), name)));
    response.headers_mut().extend(words.map(|words| (HeaderName::from_static(SEARCHED_FOR), words)));
    response.headers_mut().extend(draft);
    Ok(response)
}

async fn write(request: UserRequest, key: IdempotencyKey, JsonBody(new): JsonBody<NewPost>) -> ApiResult<StoredResponse> {
    publish(&request, key, &new).await
}

/// A post in the database, with one reader's read mark.
#[derive(sqlx_macros::FromRow)]
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
    pub(super) product: Option<String>,
    product_name: Option<String>,
    pub(super) last_activity: i64,
    pub(super) read_at: Option<i64>,
}

/// Reads [`Row`]s. `$1` is the reader's id.
pub(super) fn select() -> String {
    let product_name = product_text::column("name");
    format!(
    "SELECT posts.id, posts.thread, posts.author_id, users.display_name AS author, posts.title, posts.body,
     posts.created_at, posts.version, posts.edited_at, posts.deleted_by, posts.locked, posts.replies, posts.last_activity, thread_reads.read_at,
     posts.product, {product_name} AS product_name
     FROM posts LEFT JOIN users ON users.id = posts.author_id
     LEFT JOIN products ON products.id = posts.product
     LEFT JOIN thread_reads ON thread_reads.user_id = $1 AND thread_reads.thread = posts.id"
    )
}

impl Row {
    /// The post as the reader sees it. Up to `read_at`, the reader has read the thread. `read_at` and `now` are in microseconds since 1970.
    pub(super) fn into_post(self, reader: &Identity, read_at: Option<i64>, now: i64) -> Result<Post, Error> {
        let deleted = match &*self.deleted_by {
            "author" => Some(DeletedBy::Author),
            "moderator" | "both" => Some(DeletedBy::Moderator),
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
            product: self.product.zip(self.product_name).filter(|_| is_visible).map(|(id, name)| ThreadProduct { id, name }),
            id: self.id,
        })
    }
}

/// The number of an author's colour. It reveals nothing else about the author.
fn avatar(author_id: &str) -> u32 {
    u32::from_str_radix(&hash_secret("avatar", author_id)[..4], 16).unwrap_or_default() % AVATARS
}

/// The conditions that narrow a list of threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Narrowed {
    /// Only threads with the words.
    by_words: bool,
    /// Only threads about a product.
    by_product: bool,
}

/// The statement that reads a page of the threads. It leaves out threads that were deleted before anybody replied. `$1` is the reader, `$2`
/// and `$3` are the cursor after which the page begins, and `$4` is the number of rows. The search text is the next parameter, if there is
/// one, and then the product, if there is one. This statement searches for words only on SQLite. On PostgreSQL, [`ThreadSearch`] does.
fn list_sql(sort: Sort, Narrowed { by_words, by_product }: Narrowed) -> String {
    let (column, found) = (sort.column(), if by_words { SearchTerms::condition_of_sqlite() } else { "" });
    let about = match (by_product, by_words) {
        (false, _) => String::new(),
        (true, false) => format!("AND {}", is_about("$5")),
        (true, true) => format!("AND {}", is_about("$6")),
    };
    format!(
        "{} WHERE posts.thread IS NULL AND (posts.deleted_by = '' OR posts.replies > 0) AND ({column}, posts.id) < ($2, $3) {found} {about}
         ORDER BY {column} DESC, posts.id DESC LIMIT $4",
        select()
    )
}

/// A page of the threads.
///
/// # Errors
/// A database error.
pub async fn list(db: &AnyPool, reader: &Identity, query: ListQuery) -> Result<ThreadList, Error> {
    let now = now_micros();
    let (terms, product) = (SearchTerms::of(&query.q), product_threads::product(db, &query.product).await?);
    let is_hopeless = terms.as_ref().is_some_and(SearchTerms::is_empty) || !query.product.is_empty() && product.is_none();
    if terms.is_some() {
        Searched::Posts.fill_before_search(db).await;
    }
    let (mut rows, mut query, mut searched_for) = (Vec::new(), query, None);
    if !is_hopeless {
        rows = page(db, reader, &query, terms.as_ref()).await?;
        if rows.is_empty() && query.after.is_none() {
            for part in terms.iter().flat_map(SearchTerms::parts) {
                rows = page(db, reader, &query, Some(&part)).await?;
                if !rows.is_empty() {
                    query.q = part.words().join(" ");
                    searched_for = Some(query.q.clone());
                    break;
                }
            }
        }
    }
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
    Ok(ThreadList { threads: threads.collect::<Result<_, _>>()?, product, searched_for, next, query })
}

/// The rows of a page, and one more if there is another page.
async fn page(db: &AnyPool, reader: &Identity, query: &ListQuery, terms: Option<&SearchTerms>) -> sqlx::Result<Vec<Row>> {
    let narrowed = Narrowed { by_words: terms.is_some(), by_product: !query.product.is_empty() };
    let after = query.after.clone().unwrap_or_else(PageCursor::latest);
    if let Some(terms) = terms.filter(|_| database::is_shared(db)) {
        let search = ThreadSearch { db, reader: &reader.user_id, terms, sort: query.sort, after: &after, product: &query.product };
        return search.page().await;
    }
    let sql = list_sql(query.sort, narrowed);
    let select = sqlx::query_as(AssertSqlSafe(sql)).bind(&reader.user_id).bind(after.micros).bind(after.id).bind(PAGE_SIZE + 1);
    let select = match terms {
        Some(terms) => select.bind(terms.query(false)),
        None => select,
    };
    let select = if narrowed.by_product { select.bind(&query.product) } else { select };
    select.fetch_all(db).await
}

/// One post, by any author.
pub(super) async fn find(db: impl AnyExecutor<'_>, reader: &Identity, id: &str) -> Result<Row, Error> {
    let select = sqlx::query_as(AssertSqlSafe(format!("{} WHERE posts.id = $2", select())));
    select.bind(&reader.user_id).bind(id).fetch_optional(db).await?.ok_or(Error::PostUnknown)
}

/// Publishes a post that begins a thread, and deletes its draft. A repeated request with the same `Idempotency-Key` publishes nothing and
/// gets the first response, which is the post, or a problem document that says why the post is not published.
///
/// # Errors
/// [`Error::TooManyPosts`], [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), or a database error.
pub async fn publish(request: &UserRequest, key: IdempotencyKey, new: &NewPost) -> ApiResult<StoredResponse> {
    let UserRequest { backend, client, user: author, .. } = request;
    // The limit is checked before the key is looked up, so that the refusal is not stored for the key, and a later attempt with the same
    // key can publish the post.
    backend.attempts.post(*client, &author.user_id).await.map_err(Error::TooManyPosts)?;
    let write = key.write(&backend.db, &author.user_id, "publish a post", new);
    write.in_transaction(StatusCode::CREATED, async |db| insert(db, author, new).await).await
}

async fn insert(db: &mut AnyConnection, author: &Identity, new: &NewPost) -> Result<Post, Error> {
    let (title, body) = (text::title(new.title.as_deref().unwrap_or_default())?, text::body(&new.body)?);
    let (id, now) = (Uuid::new_v4().to_string(), now_micros());
    let product = new.product.as_deref().unwrap_or_default();
    if !product.is_empty() && !is_product_id(product) {
        return Err(Error::ProductUnknown);
    }
    let insert = sqlx::query(
        "INSERT INTO posts (id, author_id, title, body, created_at, last_activity, product, search_words)
         SELECT $1, $2, $3, $4, $5, $5, NULLIF($6, ''), $7 WHERE $6 = '' OR EXISTS (SELECT 1 FROM products WHERE id = $6)",
    );
    let words = text::search_words(&title, &body);
    let insert = insert.bind(&id).bind(&author.user_id).bind(title).bind(body).bind(now).bind(product).bind(words);
    if insert.execute(&mut *db).await?.rows_affected() == 0 {
        return Err(Error::ProductUnknown);
    }
    read_marks::read_up_to(&mut *db, &author.user_id, &id, now).await?;
    drafts::delete(&mut *db, &author.user_id, NEW_THREAD).await?;
    find(db, author, &id).await?.into_post(author, Some(now), now)
}

/// The time now, in microseconds since 1970, which both databases can store in a BIGINT without loss.
pub(super) fn now_micros() -> i64 {
    (clock::now().unix_timestamp_nanos() / 1_000) as i64
}

fn rfc3339(micros: i64) -> Result<String, HttpError> {
    rfc3339_of_micros(micros).ok_or_else(|| {
        tracing::error!(micros, "the time of a post cannot be written as a date");
        HttpError::Internal
    })
}
