//! Sends the requests of the Forums to the backend. Each function calls one endpoint, and returns the decoded answer.

use crate::data::client::{ApiError, fetch, fetch_with_headers, request};
use gloo_net::http::Method;
use leptos_fusionauth::{ApiRequest, Session};
use storefront_api::catalogue::SEARCHED_FOR;
use storefront_api::forums::{DRAFT_HEADER, Draft, DraftSaved, EditPost, NewReply, SaveDraft, SetLock, Thread};
use storefront_api::product_threads::PRODUCT_NAME_HEADER;
use storefront_api::{NewPost, Post};

/// A page of the list of threads.
pub struct ListPage {
    /// The threads.
    pub threads: Vec<Post>,
    /// The URL of the next page, if there is one.
    pub next: Option<String>,
    /// Whether the reader has a draft of a new thread.
    pub has_draft: bool,
    /// The name of the product that the list is narrowed to, if the Store has that product.
    pub product_name: Option<String>,
    /// The words that were searched for, if no thread has all words of the search.
    pub searched_for: Option<String>,
}

/// The URL of the threads for `search`, the query of the page's URL.
pub fn list_url(search: &str) -> String {
    "/api/load-posts".to_owned() + search
}

/// Reads a page of the list of threads.
pub async fn list(session: Session, url: String) -> Result<ListPage, ApiError> {
    let names = ["link", DRAFT_HEADER, PRODUCT_NAME_HEADER, SEARCHED_FOR];
    let (threads, [link, draft, name, words]) = fetch_with_headers(session, ApiRequest::get(url), names).await?;
    // The backend's `Link` header has only one link, to the next page: `<url>; rel="next"`.
    let next = link.and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned()));
    let decoded = |text: Option<String>| text.and_then(|it| js_sys::decode_uri_component(&it).ok()).map(String::from);
    Ok(ListPage { threads, next, has_draft: draft.is_some(), product_name: decoded(name), searched_for: decoded(words) })
}

/// The URL of the thread that contains a post.
pub fn thread_url(id: &str) -> String {
    format!("/api/posts/{}", js_sys::encode_uri_component(id))
}

/// Reads a thread, with a page of its replies.
pub async fn thread(session: Session, url: String) -> Result<Thread, ApiError> {
    fetch(session, ApiRequest::get(url)).await
}

/// Publishes a post that begins a thread. All attempts of one post have the same key, so that the backend publishes it once.
pub async fn write_post(session: Session, post: &NewPost, key: String) -> Result<Post, ApiError> {
    fetch(session, request(Method::POST, "/api/posts", post, Some(key))).await
}

/// Publishes a reply. All attempts have the same key, as in [`write_post`].
pub async fn reply(session: Session, thread: &str, reply: &NewReply, key: String) -> Result<Post, ApiError> {
    fetch(session, request(Method::POST, format!("/api/posts/{thread}/replies"), reply, Some(key))).await
}

/// Replaces the text of the user's own post.
pub async fn edit(session: Session, id: &str, edited: &EditPost) -> Result<Post, ApiError> {
    fetch(session, request(Method::PUT, format!("/api/posts/{id}"), edited, None)).await
}

/// Deletes the user's own post, or hides another user's post.
pub async fn delete(session: Session, id: &str) -> Result<Post, ApiError> {
    fetch(session, ApiRequest::delete(format!("/api/posts/{id}"))).await
}

/// Restores a deleted post.
pub async fn restore(session: Session, id: &str) -> Result<Post, ApiError> {
    fetch(session, ApiRequest::post(format!("/api/posts/{id}/restore"))).await
}

/// Closes a thread to replies, or reopens it.
pub async fn set_lock(session: Session, id: &str, locked: bool) -> Result<Post, ApiError> {
    fetch(session, request(Method::PUT, format!("/api/posts/{id}/lock"), &SetLock { locked }, None)).await
}

/// Reads the draft with this key.
pub async fn draft(session: Session, key: &str) -> Result<Draft, ApiError> {
    fetch(session, ApiRequest::get(format!("/api/drafts/{key}"))).await
}

/// Saves the draft with this key.
pub async fn save_draft(session: Session, key: &str, draft: &SaveDraft) -> Result<DraftSaved, ApiError> {
    fetch(session, request(Method::PUT, format!("/api/drafts/{key}"), draft, None)).await
}
