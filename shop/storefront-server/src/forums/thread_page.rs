//! The server-rendered page of one thread, `/posts/{id}`, with the forms that reply, edit, delete, hide and close.

use crate::clock::is_after_ms;
use crate::drafts;
use crate::forums::pages::{PostForm, Published, Refusal, form_page, posted};
use crate::forums::post_view::{PostFields, avatar, deleted_text, new_mark, post_text};
use crate::forums::posts::find;
use crate::forums::threads::{ThreadQuery, open, reply, url_of};
use crate::forums::{changes, error::Error, page_cursor::post_id};
use crate::http::{error::Error as HttpError, idempotency::IdempotencyKey, problem::ProblemResponse};
use crate::pages::components::{heading, idempotency_key};
use crate::pages::form::Form;
use crate::pages::format::time;
use crate::pages::layout::{Head, Layout, PageResult};
use crate::pages::page_request::{PageRequest, Sender, UserPageRequest};
use crate::pages::{PageState, flash::Flash, redirect_303, sign_in_form::FormState};
use crate::user_request::CurrentUser;
use axum::extract::{Path, Query, rejection::QueryRejection};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use maud::{Markup, html};
use storefront_api::forums::{DeletedBy, EditPost, NewReply, Thread};
use storefront_api::product_threads::ThreadProduct;
use storefront_api::{Post, Problem};
use storefront_messages::{product_answer, reply_count, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/posts/{id}", get(page))
        .route("/posts/{id}/replies", post(write))
        .route("/posts/{id}/edit", get(edit_page).post(edit))
        .route("/posts/{id}/delete", post(delete))
        .route("/posts/{id}/restore", post(restore))
        .route("/posts/{id}/lock", post(lock))
}

async fn page(request: UserPageRequest, Path(id): Path<String>, query: Result<Query<ThreadQuery>, QueryRejection>) -> PageResult {
    let Query(query) = query.map_err(|_| HttpError::NotFound)?;
    let thread = open(&request.backend.db, &request.user, &post_id(&id)?, query, "/posts").await?;
    if thread.post.id != id {
        return Ok(redirect_303(&url_of(&request.backend.db, &find(&request.backend.db, &request.user, &id).await?).await?));
    }
    let draft = thread.draft.as_ref().map_or("", |it| &it.body).to_owned();
    show(&request, &thread, &draft, None).await
}

/// Publishes a reply. The text is never lost: a rejected reply is shown again in the form, and the sign-in form keeps the text of a
/// signed-out author as a draft.
async fn write(request: PageRequest, user: Sender, Path(id): Path<String>, Form(sent): Form<PostForm>) -> PageResult {
    let (PostForm { body, idempotency_key, .. }, id) = (sent, post_id(&id)?);
    let request = match user {
        Ok(CurrentUser(author)) => request.of(author),
        Err(error) => {
            let form = FormState { draft: body, next: address(&id), draft_thread: id, ..FormState::begin() };
            return request.sign_in_first(error, form).await;
        }
    };
    let new = NewReply { body };
    let published = reply(&request, IdempotencyKey::from_form(idempotency_key), &id, &new).await;
    match Refusal::of(published)? {
        Published::Done => Ok(posted().redirect(&request.cookies, &address(&id))),
        Published::Refused(refusal) => {
            let thread = open(&request.backend.db, &request.user, &id, ThreadQuery::default(), "/posts").await?;
            show(&request, &thread, &new.body, Some(&refusal)).await
        }
        Published::Other(response) => Ok(response),
    }
}

/// The URL of a thread. If `id` is that of a reply, the page at this URL redirects to the reply in its thread.
fn address(id: &str) -> String {
    format!("/posts/{id}")
}

async fn show(request: &UserPageRequest, thread: &Thread, typed: &str, refused: Option<&Refusal>) -> PageResult {
    let post = &thread.post;
    let title = match post.deleted {
        Some(by) => deleted_text(by).to_owned(),
        None => post.heading(),
    };
    let first_unread = thread.first_unread.as_ref().filter(|id| thread.replies.iter().any(|it| it.id == **id));
    let main = html! {
        div.narrow.forum {
            p { a href="/posts" { (t!("All posts")) } }
            (heading(&title))
            @if let Some(product) = &post.product { p.about-product { (t!("About:")) " " (product_link(&request.layout, product)) } }
            @if let Some(unread) = first_unread { p { a href={ "#post-" (unread) } { (t!("Jump to the first unread reply")) } } }
            (article(post, thread))
            @if thread.moderator { (lock_form(post)) }
            h2 { (reply_count(post.replies)) }
            @if !thread.replies.is_empty() {
                ol.posts { @for it in &thread.replies { li { (article(it, thread)) } } }
            }
            @if let Some(next) = &thread.next { p.more { a.button.quiet href=(next) rel="next" { (t!("Show more")) } } }
            @if post.locked || post.deleted.is_some() { (closed(typed, refused.is_some())) } @else { (reply_form(post, typed, refused.map(|it| &it.problem))) }
        }
    };
    let head = Head { title: &title, content: Markup::default() };
    request.layout.show_with_head(Some(&request.user), &head, form_page(t!("Posts"), refused, main)).await
}

/// The link to the product in the Store.
fn product_link(layout: &Layout, product: &ThreadProduct) -> Markup {
    html! {
        @match layout.sibling_url() {
            Some(store) => a href={ (store) "/products/" (product.id) } { bdi { (product.name) } },
            None => bdi { (product.name) },
        }
    }
}

/// The end of a closed thread. A text that was typed before the thread was closed can be copied, but not sent.
fn closed(typed: &str, is_refused: bool) -> Markup {
    let message = html! { p.closed role=[is_refused.then_some("alert")] { (t!("This thread is closed. You can't reply to it.")) } };
    html! {
        @if typed.is_empty() { (message) } @else {
            section.card.write {
                (message)
                label for="post" { (t!("Your text, so that you can copy it")) }
                textarea #post rows="4" dir="auto" readonly autofocus[is_refused] { "\n" (typed) }
            }
        }
    }
}

fn reply_form(post: &Post, typed: &str, refused: Option<&Problem>) -> Markup {
    let fields = PostFields { product: None, title: None, body: typed, label: t!("Write a reply"), refused, button: t!("Reply") };
    html! {
        @if post.product.is_some() { p.quiet-text { (product_answer()) } }
        form.card.write method="post" action={ "/posts/" (post.id) "/replies" } novalidate { (idempotency_key()) (fields.view()) }
    }
}

fn article(post: &Post, thread: &Thread) -> Markup {
    html! {
        article.card.post id={ "post-" (post.id) } tabindex="-1" {
            (avatar(post))
            p.by {
                strong { bdi { (post.author) } }
                // This URL needs no fragment, which a sign-in would lose.
                a.permalink href=(address(&post.id)) { (time(&post.created_at)) }
                @if let Some(edited) = &post.edited { span.edited { (t!("edited")) " " (time(edited)) } }
                @if post.last_activity.is_none() { (new_mark(post)) }
            }
            @match post.deleted {
                Some(by) => p.body.deleted { (deleted_text(by)) },
                None => (post_text(&post.body)),
            }
            (controls(post, thread))
        }
    }
}

/// The buttons for the actions that this reader may take on the post. Their hidden text distinguishes buttons that look the same.
fn controls(post: &Post, thread: &Thread) -> Markup {
    let button = |action: &str, text: &str| {
        html! {
            form method="post" action={ "/posts/" (post.id) "/" (action) } {
                button.quiet type="submit" { (text) span.hidden { " " (post.heading()) } }
            }
        }
    };
    let can_restore = match post.deleted {
        Some(DeletedBy::Author) => post.own,
        Some(DeletedBy::Moderator) => thread.moderator,
        None => false,
    };
    html! {
        @let can_hide = thread.moderator && !post.own && post.deleted != Some(DeletedBy::Moderator);
        @if can_restore || can_hide || post.deleted.is_none() && post.own {
            div.controls {
                @if can_restore { (button("restore", t!("Restore"))) }
                @else if post.own {
                    @if !thread.post.locked {
                        a.button.quiet href={ "/posts/" (post.id) "/edit" } { (t!("Edit")) span.hidden { " " (post.heading()) } }
                    }
                    (button("delete", t!("Delete")))
                } @else if can_hide { (button("delete", t!("Hide"))) }
            }
        }
    }
}

fn lock_form(post: &Post) -> Markup {
    let (value, text) = if post.locked { ("", t!("Reopen this thread")) } else { ("yes", t!("Close this thread")) };
    html! {
        form.moderation method="post" action={ "/posts/" (post.id) "/lock" } {
            input type="hidden" name="locked" value=(value);
            button.quiet type="submit" { (text) }
        }
    }
}

async fn edit_page(request: UserPageRequest, Path(id): Path<String>) -> PageResult {
    let (post, thread) = own(&request, &id).await?;
    let draft = drafts::load(&request.backend.db, &request.user.user_id, &drafts::edit_of(&id)).await?;
    // If the post was edited after the draft was saved, the version 0 makes the page show the newer text of the post, too.
    let (title, body, version) = match draft.saved_at {
        0 => (post.title.clone().unwrap_or_default(), post.body.clone(), post.version),
        saved_at if post.edited.as_deref().is_some_and(|it| is_after_ms(it, saved_at)) => (draft.title, draft.body, 0),
        _ => (draft.title, draft.body, post.version),
    };
    show_edit(&request, (&post, &thread), &PostForm { title, body, version, ..PostForm::default() }, None).await
}

async fn edit(request: PageRequest, user: Sender, Path(id): Path<String>, Form(edited): Form<PostForm>) -> PageResult {
    let id = post_id(&id)?;
    let request = match user {
        Ok(CurrentUser(author)) => request.of(author),
        Err(error) => {
            let (next, draft_thread) = (format!("{}/edit", address(&id)), drafts::edit_of(&id));
            let form = FormState { draft: edited.body, draft_title: edited.title, draft_thread, next, ..FormState::begin() };
            return request.sign_in_first(error, form).await;
        }
    };
    own(&request, &id).await?;
    let wanted = EditPost { body: edited.body.clone(), title: Some(edited.title.clone()), version: edited.version };
    match changes::edit(&request, &id, &wanted).await {
        Ok(_) => back_to(&request, &id, Flash::text(|| t!("Changes saved."))).await,
        Err(error) => {
            let problem = ProblemResponse::from(error);
            if !matches!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS) {
                return Err(problem);
            }
            let (post, thread) = own(&request, &id).await?;
            show_edit(&request, (&post, &thread), &edited, Some(&Refusal::from(&problem))).await
        }
    }
}

/// The post with this id, which must be a post of this user, and the id of its thread.
async fn own(request: &UserPageRequest, id: &str) -> Result<(Post, String), Error> {
    let author = &request.user;
    let row = find(&request.backend.db, author, &post_id(id)?).await?;
    let thread = row.thread.clone().unwrap_or_else(|| row.id.clone());
    let post = row.into_post(author, None, 0)?;
    match (post.own, post.deleted) {
        (false, _) => Err(Error::NotAuthor),
        (true, Some(_)) => Err(Error::PostDeleted),
        (true, None) => Ok((post, thread)),
    }
}

async fn show_edit(request: &UserPageRequest, (post, thread): (&Post, &str), edited: &PostForm, refused: Option<&Refusal>) -> PageResult {
    let begins_thread = post.last_activity.is_some();
    let is_answer = !begins_thread && find(&request.backend.db, &request.user, thread).await?.product.is_some();
    let fields = PostFields {
        product: None,
        title: begins_thread.then_some(&*edited.title),
        body: &edited.body,
        label: t!("Text"),
        refused: refused.map(|it| &it.problem),
        button: t!("Save"),
    };
    let main = html! {
        div.narrow.forum {
            (heading(t!("Edit your post")))
            @if is_answer { p.quiet-text { (product_answer()) } }
            form.card.write method="post" action={ "/posts/" (post.id) "/edit" } novalidate {
                // After a refusal the page shows the newer text below. The form contains the version of that newer text, so that saving
                // again replaces it.
                input type="hidden" name="version" value=(post.version);
                (fields.view())
            }
            @if edited.version != post.version {
                section.card.newer {
                    h2 { (t!("Newer version")) }
                    @if let Some(title) = &post.title { p { strong dir="auto" { (title) } } }
                    p.body dir="auto" { (post.body) }
                }
            }
            p { a href={ (address(thread)) "#post-" (post.id) } { (t!("Go back without saving")) } }
        }
    };
    request.show(form_page(t!("Edit your post"), refused, main)).await
}

async fn delete(request: UserPageRequest, Path(id): Path<String>) -> PageResult {
    let deleted = changes::delete(&request.backend.db, &request.user, &id).await?;
    back_to(&request, &id, Flash::text(|| if deleted.own { t!("Post deleted.") } else { t!("Post hidden.") })).await
}

async fn restore(request: UserPageRequest, Path(id): Path<String>) -> PageResult {
    changes::restore(&request.backend.db, &request.user, &id).await?;
    back_to(&request, &id, Flash::text(|| t!("Post restored."))).await
}

async fn lock(request: UserPageRequest, Path(id): Path<String>, Form(sent): Form<PostForm>) -> PageResult {
    let is_locked = changes::lock(&request.backend.db, &request.user, &id, !sent.locked.is_empty()).await?.locked;
    back_to(&request, &id, Flash::text(|| if is_locked { t!("Thread closed.") } else { t!("Thread reopened.") })).await
}

/// Redirects to the post in its thread, which shows this message.
async fn back_to(request: &UserPageRequest, id: &str, flash: Flash) -> PageResult {
    flash.set(&request.cookies);
    let db = &request.backend.db;
    Ok(redirect_303(&url_of(db, &find(db, &request.user, id).await?).await?))
}
