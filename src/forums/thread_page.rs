//! The page of one thread, `/posts/{id}`: the post that begins the thread, the replies, and the form for a new reply. The URL of a reply
//! has the reply's id in its fragment.

use super::{
    composition::{Publication, Purpose},
    context::{Action, ForumsContext, selector, use_forums_context},
    not_loaded,
    post_view::{Avatar, NewMark, PostBody, deleted_text, heading},
    thread_list::{published, with_changes},
    write_form::{CLOSED, EDIT, PUBLISH, WriteForm},
};
use crate::{
    core::{Route, page_title, use_app_context},
    data::{ApiError, Query, call_url, use_answers, use_mutations},
    ui::{
        PageScope, after_render,
        components::{InlineFailure, RetryButton, Skeleton, Time},
        document, set_timeout,
        show_more::{More, ShowMore, focus_first_new},
        track_until_cleanup, use_title,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_url;
use std::time::Duration;
use storefront_api::forums::{DeletedBy, Thread};
use storefront_api::{Post, endpoints, problems::ProblemCode};
use storefront_messages::{product_answer, reply_count, t};

/// The page of the thread in the URL.
#[component]
pub fn ThreadPage() -> impl IntoView {
    let id = id();
    // The heading must stay the same element when its text changes, because it has the focus after a navigation.
    let known = use_answers().known::<Thread>(Route::Thread).filter(|known| known.post.id == id);
    let name = RwSignal::new(known.map_or_else(|| page_title(Route::Thread).to_owned(), |known| heading(&known.post)));
    let thread = Query::new(Route::Thread, |_| {
        let forums = use_forums_context();
        Box::pin(async move { forums.read_thread(&self::id()).await })
    });
    let loading = || view! { <Skeleton class="posts" count=2/> }.into_any();
    let ready = move |thread: RwSignal<Thread>| {
        let id = id.clone();
        // Until the answer for this thread arrives, the query may show the stored data of another thread.
        let is_this = move |thread: &Thread| thread.post.id == id || thread.replies.iter().any(|it| it.id == id);
        let is_this = Memo::new(move |_| thread.with(&is_this));
        view! { <Show when=move || is_this.get() fallback=loading><ThreadContent thread name/></Show> }.into_any()
    };
    let title = use_title();
    Effect::new(move |_| thread.heading_if_not_found().into_iter().for_each(|heading| name.set(heading)));
    Effect::new(move |_| title.name(name.get()));
    view! {
        <div class="narrow forum">
            <p><a href=Route::Posts.href()>{t!("All posts")}</a></p>
            <h1 tabindex="-1" dir="auto">{move || name.get()}</h1>
            {thread.view(loading, ready)}
        </div>
    }
}

/// The id in the page's URL. Empty if the URL has no id, as on the page with the list of threads.
pub(super) fn id() -> String {
    use_url().with_untracked(|url| {
        let id = url.path().trim_end_matches('/').strip_prefix(Route::Thread.href()).and_then(|it| it.strip_prefix('/'));
        id.unwrap_or_default().to_owned()
    })
}

/// The page's state: the thread, the post that is being edited, and the id in the URL's fragment.
#[derive(Clone, Copy)]
struct ThreadView {
    forums: ForumsContext,
    editing: RwSignal<Option<String>>,
    target: RwSignal<String>,
    is_moderator: bool,
    thread: RwSignal<Thread>,
}

impl ThreadView {
    /// The post that begins the thread, with the changes from this tab.
    fn first_post(self) -> Post {
        with_changes(&[self.thread.with(|thread| thread.post.clone())], &self.forums.known()).remove(0)
    }
}

/// The post that begins the thread, the replies, and the form for a new reply.
#[component]
fn ThreadContent(thread: RwSignal<Thread>, name: RwSignal<String>) -> impl IntoView {
    let forums = use_forums_context();
    let (product, is_moderator) = thread.with_untracked(|thread| (thread.post.product.clone(), thread.moderator));
    let first_unread = thread.with_untracked(|thread| thread.first_unread.clone());
    let state = ThreadView { forums, editing: RwSignal::new(None), target: RwSignal::new(String::new()), is_moderator, thread };
    Effect::new(move |_| name.set(heading(&state.first_post())));
    let replies = move || {
        let known = forums.known();
        thread.with(|Thread { post, replies, .. }| {
            let mut all = with_changes(replies, &known);
            all.extend(published(replies, &known, Some(&post.id)).into_iter().rev().cloned());
            all
        })
    };
    // The backend's answer may be older than the replies that were published in this tab, and then does not count them.
    let count = move || reply_count(state.first_post().replies.max(replies().len() as i64));
    let list = move || {
        let items: Vec<_> = replies().into_iter().map(|post| view! { <li><PostArticle state post/></li> }).collect();
        (!items.is_empty()).then(|| view! { <ol class="posts">{items}</ol> })
    };
    let end = move || {
        let Post { id, locked, deleted, product, .. } = state.first_post();
        let (purpose, is_thread_closed) = (Purpose::Reply(id), locked || deleted.is_some());
        let is_written = forums.composition_untracked(&purpose).is_some_and(|it| it.has_text());
        match is_thread_closed && !is_written {
            true => view! { <p class="closed">{CLOSED.get()}</p> }.into_any(),
            false => view! {
                {public_answer(product.is_some())}
                <WriteForm
                    purpose
                    ids=PUBLISH
                    label=t!("Write a reply")
                    text=t!("Reply")
                    busy_text=t!("Publishing…")
                    is_thread_closed
                />
            }
            .into_any(),
        }
    };
    show_target(state, thread);
    let product = product.map(|product| {
        let href = [&*use_app_context().config.sibling_url, "/products/", &product.id].concat();
        view! { <p class="about-product">{t!("About:")}" "<a href=href><bdi>{product.name}</bdi></a></p> }
    });
    view! {
        {product}
        {first_unread.map(|id| view! { <p><a href=selector(&id)>{t!("Jump to the first unread reply")}</a></p> })}
        {move || view! { <PostArticle state post=state.first_post()/> }}
        {move || is_moderator.then(|| view! { <LockButton state post=state.first_post()/> })}
        <h2>{move || count()}</h2>
        {move || list()}
        <MoreReplies state/>
        {move || end()}
    }
}

/// The notice beside the forms for a reply.
fn public_answer(is_about_product: bool) -> Option<AnyView> {
    is_about_product.then(|| view! { <p class="quiet-text">{product_answer()}</p> }.into_any())
}

/// A post, or the form that replaces it while its author edits it.
#[component]
fn PostArticle(state: ThreadView, post: Post) -> impl IntoView {
    let Post { id, author, avatar, created_at, edited, .. } = post.clone();
    let (element_id, link) = (format!("post-{id}"), selector(&id));
    let is_new = post.last_activity.is_none() && post.unread;
    let edited_id = id.clone();
    let is_target = move || state.target.with(|target| *target == id);
    let content = move || match state.editing.with(|editing| editing.as_ref() == Some(&edited_id)) {
        true => view! { <EditForm state post=post.clone()/> }.into_any(),
        false => {
            let can_edit = post.own && post.deleted.is_none() && !state.first_post().locked;
            view! { <PostText post=post.clone()/><PostControls state post=post.clone() can_edit/> }.into_any()
        }
    };
    view! {
        <article class="card post" data-target=move || is_target().then_some("") id=element_id tabindex="-1">
            <Avatar author=author.clone() colour=avatar/>
            <p class="by">
                <strong dir="auto">{author}</strong>
                <a class="permalink" href=link><Time at=created_at/></a>
                {edited.map(|at| view! { <span class="edited">{t!("edited")}" "<Time at/></span> })}
                {is_new.then(|| view! { <NewMark/> })}
            </p>
            {move || content()}
        </article>
    }
}

/// The text of the post, or the placeholder of a deleted post.
#[component]
fn PostText(post: Post) -> impl IntoView {
    match post.deleted {
        Some(by) => view! { <p class="body deleted">{deleted_text(by)}</p> }.into_any(),
        None => view! { <PostBody text=post.body/> }.into_any(),
    }
}

/// The actions that this reader may take on the post. The hidden text distinguishes buttons that look the same.
#[component]
fn PostControls(state: ThreadView, post: Post, can_edit: bool) -> impl IntoView {
    let can_restore = match post.deleted {
        Some(DeletedBy::Author) => post.own,
        Some(DeletedBy::Moderator) => state.is_moderator,
        None => false,
    };
    let is_visible = post.deleted.is_none();
    let (action, text) = match (can_restore, is_visible && post.own, is_visible && state.is_moderator) {
        (true, ..) => (Action::Restore, t!("Restore")),
        (_, true, _) => (Action::Delete, t!("Delete")),
        (_, _, true) => (Action::Delete, t!("Hide")),
        _ => return None,
    };
    let heading = post.heading();
    let hidden = move || view! { <span class="hidden">" "{heading.clone()}</span> };
    let edited = post.clone();
    let edit = move |_| {
        state.forums.begin_edit(&edited);
        state.editing.set(Some(edited.id.clone()));
        document::focus_after_render("#edit");
    };
    Some(view! {
        <div class="controls">
            {can_edit.then(|| view! { <button type="button" class="quiet" on:click=edit>{t!("Edit")}{hidden()}</button> })}
            <ActionButton state action post=post.clone()>{text}{hidden()}</ActionButton>
        </div>
        <ActionFailure state post/>
    })
}

/// A button for an action on a post, with its text as children.
#[component]
fn ActionButton(state: ThreadView, post: Post, action: Action, children: Children) -> impl IntoView {
    let id = post.id.clone();
    view! {
        <button
            type="button"
            class="quiet"
            aria-disabled=move || state.forums.is_busy(&id).then_some("true")
            on:click=move |_| state.forums.act(&post, action)
        >
            {children()}
        </button>
    }
}

/// The message about a failed action on the post.
#[component]
fn ActionFailure(state: ThreadView, post: Post) -> impl IntoView {
    let content = move || {
        state.forums.failed_action(&post.id).map(|(action, error)| {
            let about = post.clone();
            let retry = move || state.forums.act(&about, action);
            let text = format!("{} {error}", t!("We couldn't make that change."));
            view! { <InlineFailure text>{error.is_retryable().then(|| view! { <RetryButton retry/> })}</InlineFailure> }
        })
    };
    view! { {move || content()} }
}

/// A moderator's button that closes the thread to replies, or reopens it.
#[component]
fn LockButton(state: ThreadView, post: Post) -> impl IntoView {
    let (action, text) = if post.locked { (Action::Open, t!("Reopen this thread")) } else { (Action::Close, t!("Close this thread")) };
    view! { <p class="moderation"><ActionButton state action post>{text}</ActionButton></p> }
}

#[component]
fn EditForm(state: ThreadView, post: Post) -> impl IntoView {
    let forums = state.forums;
    let Post { id, title, body, last_activity, .. } = post;
    let purpose = Purpose::Edit(id.clone());
    // A successful save and the button "Cancel" remove the text from the context. Then the post replaces the form.
    let written = purpose.clone();
    Effect::new(move |_| {
        if forums.composition(&written).is_none() {
            state.editing.set(None);
        }
    });
    let discarded = purpose.clone();
    let cancel = move || {
        forums.discard(&discarded);
        document::focus_after_render(selector(&id));
    };
    let sent = purpose.clone();
    let is_conflict = move || {
        matches!(forums.composition(&sent).map(|it| it.publication),
            Some(Publication::Failed(failed)) if failed.error.is(ProblemCode::PostChanged))
    };
    let newer = move || {
        is_conflict().then(|| {
            view! {
                <section class="newer">
                    <h3>{t!("Newer version")}</h3>
                    {title.clone().map(|title| view! { <p><strong dir="auto">{title}</strong></p> })}
                    <p class="body" dir="auto">{body.clone()}</p>
                </section>
            }
        })
    };
    let has_title = last_activity.is_some();
    view! {
        <div class="edit">
            {public_answer(!has_title && state.first_post().product.is_some())}
            <WriteForm purpose has_title ids=EDIT label=t!("Text") text=t!("Save") busy_text=t!("Saving…") cancel/>
            {move || newer()}
        </div>
    }
}

/// The button "Show more", if there are more replies. After a click, the first new reply gets the focus.
#[component]
fn MoreReplies(state: ThreadView) -> impl IntoView {
    let thread = state.thread;
    let (session, scope) = (use_mutations().session, PageScope::current());
    let more = RwSignal::new(More::Idle);
    let load = move || {
        let Some(next) = thread.with_untracked(|thread| thread.next.clone()) else { return };
        more.set(More::Loading);
        scope.spawn(async move {
            let answer = call_url(endpoints::THREAD, next).send(session).await;
            more.set(More::Idle);
            match answer {
                Ok(page) => {
                    let is_sought = state.target.with_untracked(|target| !target.is_empty());
                    if let Some(first) = page.replies.first().filter(|_| !is_sought) {
                        focus_first_new(format!("[id='post-{}']", first.id));
                    }
                    thread.update(|thread| {
                        let new: Vec<_> =
                            page.replies.into_iter().filter(|it| thread.replies.iter().all(|known| known.id != it.id)).collect();
                        thread.replies.extend(new);
                        thread.next = page.next;
                    });
                }
                Err(ApiError::SignedOut) => {}
                Err(error) => more.set(More::Failed(not_loaded(&error))),
            }
        });
    };
    // Loads pages of replies until the reply that the URL's fragment names is loaded.
    Effect::new(move |_| {
        let (target, thread) = (state.target.get(), thread.read());
        let is_there = target.is_empty() || target == thread.post.id || thread.replies.iter().any(|it| it.id == target);
        if !is_there && *more.read_untracked() == More::Idle {
            // In a separate task, because a request within an effect would subscribe the effect to signals.
            set_timeout(load, Duration::ZERO);
        }
    });
    view! { <ShowMore more has_more=move || thread.with(|thread| thread.next.is_some()) load/> }
}

/// Scrolls to the post in the URL's fragment as soon as it is loaded, also after a change of the fragment.
fn show_target(state: ThreadView, thread: RwSignal<Thread>) {
    let url = use_url();
    Effect::new(move |_| {
        track_until_cleanup(url);
        let target = url.with_untracked(|url| url.hash().strip_prefix("#post-").unwrap_or_default().to_owned());
        state.target.set(target);
    });
    let shown = StoredValue::new(String::new());
    Effect::new(move |_| {
        let (target, thread) = (state.target.get(), thread.read());
        let is_there = target == thread.post.id || thread.replies.iter().any(|it| it.id == target);
        if !target.is_empty() && is_there && shown.get_value() != target {
            shown.set_value(target.clone());
            after_render(move || {
                let selector = format!("[id='post-{target}']");
                _ = document::element(&selector).map(|it| it.scroll_into_view());
                document::focus(&selector);
            });
        }
    });
}
