//! The Forums' requests that depend on a choice, or read headers.

use super::{
    composition::{Content, Purpose},
    context::Action,
};
use crate::data::{ApiError, Call, call, call_url, call_with};
use leptos_fusionauth::Session;
use storefront_api::catalogue::SEARCHED_FOR;
use storefront_api::endpoints::{self, THREADS};
use storefront_api::forums::{DRAFT_HEADER, EditPost, NewReply, SetLock};
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
    THREADS.info.path.to_owned() + search
}

/// Reads a page of the list of threads.
pub async fn list(session: Session, url: String) -> Result<ListPage, ApiError> {
    let names = ["link", DRAFT_HEADER, PRODUCT_NAME_HEADER, SEARCHED_FOR];
    let (threads, [link, draft, name, words]) = call_url(THREADS, url).send_for_headers(Some(session), names).await?;
    // The backend's `Link` header has only one link, to the next page: `<url>; rel="next"`.
    let next = link.and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned()));
    let decoded = |text: Option<String>| text.and_then(|it| js_sys::decode_uri_component(&it).ok()).map(String::from);
    Ok(ListPage { threads, next, has_draft: draft.is_some(), product_name: decoded(name), searched_for: decoded(words) })
}

/// Publishes a text. `version` is the version of the post that an edit replaces.
pub(super) fn publish(purpose: &Purpose, content: &Content, version: i64, key: &str) -> Call<Post> {
    let Content { title, text: body, product } = content.clone();
    match purpose {
        Purpose::Thread => {
            let title = Some(title).filter(|title| !title.is_empty());
            call_with(endpoints::WRITE_POST, &[], &NewPost { body, title, product }).key(key.to_owned())
        }
        Purpose::Reply(thread) => call_with(endpoints::REPLY, &[thread], &NewReply { body }).key(key.to_owned()),
        Purpose::Edit(id) => call_with(endpoints::EDIT_POST, &[id], &EditPost { body, title: Some(title), version }),
    }
}

/// Deletes, restores, closes or reopens the post with this id.
pub(super) fn act(id: &str, action: Action) -> Call<Post> {
    match action {
        Action::Delete => call(endpoints::DELETE_POST, &[id]),
        Action::Restore => call(endpoints::RESTORE_POST, &[id]),
        Action::Close => call_with(endpoints::LOCK_THREAD, &[id], &SetLock { locked: true }),
        Action::Open => call_with(endpoints::LOCK_THREAD, &[id], &SetLock { locked: false }),
    }
}
