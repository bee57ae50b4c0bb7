//! The page of one thread, `/posts/{id}`: the post that begins it, the replies, and the form for another one. The address of a reply has its
//! id as fragment.

use super::{
    api,
    composition::{Publication, Purpose},
    context::{Action, ForumsContext, selector, use_forums_context},
    list_page, not_loaded,
    post_view::{avatar, deleted_text, heading, new_mark},
    thread_list::{published, with_changes},
    write_form::{EDIT, PUBLISH, WriteForm},
};
use crate::{
    core::{Route, use_app_context},
    data::{ApiError, Query, use_mutations},
    ui::{
        ErasedSignal, PageScope, after_render, click,
        components::{self, time},
        disabled, document, dynamic, effect, none,
        show_more::{More, show_more},
        when,
    },
};
use leptos::{ev, prelude::*};
use std::time::Duration;
use storefront_api::forums::{DeletedBy, Thread};
use storefront_api::{App, Post};
use storefront_messages::{reply_count, t};

/// The page of the thread that the address names; the list, if it names none.
pub fn page() -> AnyView {
    let id = id();
    if id.is_empty() {
        return list_page::page();
    }
    // The heading stays the same element, because it has the focus after a navigation.
    let name = ErasedSignal::new(Route::Thread.title().to_owned());
    let thread = Query::new(Route::Thread, |_| {
        let forums = use_forums_context();
        Box::pin(async move { forums.read_thread(&self::id()).await })
    });
    let ready = move |thread: ErasedSignal<Thread>| {
        let id = id.clone();
        // What was read for the page before may be another thread, until this one's answer is there.
        let is_other = move || thread.read().post.id != id && thread.read().replies.iter().all(|it| it.id != id);
        let is_other = crate::ui::ErasedMemo::new(is_other);
        dynamic(move || if is_other.get() { skeleton() } else { ready(thread, name) })
    };
    effect(move || {
        let title = name.get();
        // After the title of the route, which is written when this page has been rendered.
        after_render(move || document().set_title(&format!("{title} · {}", App::Forums.name())));
    });
    view! {
        <div class="narrow forum">
            <p><a href=Route::Posts.href()>{t!("All posts")}</a></p>
            <h1 tabindex="-1" dir="auto">{dynamic(move || name.get().into_any())}</h1>
            {thread.view(skeleton, ready)}
        </div>
    }
    .into_any()
}

/// The id in the page's address.
fn id() -> String {
    let path = window().location().pathname().unwrap_or_default();
    let id = path.trim_end_matches('/').strip_prefix(Route::Thread.href()).and_then(|it| it.strip_prefix('/'));
    id.unwrap_or_default().to_owned()
}

fn skeleton() -> AnyView {
    components::skeleton("posts", 2)
}

/// The page's state: which post is edited, and which the address points at.
#[derive(Clone, Copy)]
struct ThreadView {
    forums: ForumsContext,
    editing: ErasedSignal<Option<String>>,
    target: ErasedSignal<String>,
    is_moderator: bool,
    thread: ErasedSignal<Thread>,
}

impl ThreadView {
    /// The post that begins the thread, with what this tab has changed.
    fn first_post(self) -> Post {
        with_changes(&[self.thread.read().post.clone()], &self.forums.known()).remove(0)
    }
}

fn ready(thread: ErasedSignal<Thread>, name: ErasedSignal<String>) -> AnyView {
    let forums = use_forums_context();
    let (first_id, is_moderator) = (thread.read_untracked().post.id.clone(), thread.read_untracked().moderator);
    let state = ThreadView { forums, editing: ErasedSignal::new(None), target: ErasedSignal::new(String::new()), is_moderator, thread };
    let post = move || state.first_post();
    effect(move || name.set(heading(&post())));
    let replies_id = first_id.clone();
    let posts = move || {
        let (thread, known) = (thread.read(), forums.known());
        let mut posts = with_changes(&thread.replies, &known);
        posts.extend(published(&thread.replies, &known, Some(&replies_id)).into_iter().rev().cloned());
        posts
    };
    let count = {
        let posts = posts.clone();
        // Those that were published in this tab may not be counted in what was read.
        move || reply_count(post().replies.max(posts().len() as i64))
    };
    let list = dynamic(move || match posts() {
        posts if posts.is_empty() => none(),
        posts => {
            let items = posts.iter().map(|post| view! { <li>{article(state, post)}</li> }.into_any()).collect::<Vec<_>>();
            view! { <ol class="posts">{items}</ol> }.into_any()
        }
    });
    let form_purpose = Purpose::Reply(first_id);
    let end = dynamic(move || {
        let post = post();
        let is_closed = post.locked || post.deleted.is_some();
        let closed = is_closed.then(|| view! { <p class="closed">{t!("This thread is closed. It takes no more replies.")}</p> }.into_any());
        // A text that was typed before the thread was closed stands in the form all the same.
        let is_written = forums.composition_untracked(&form_purpose).is_some_and(|it| it.has_text());
        let form = (!is_closed || is_written).then(|| {
            let form = WriteForm {
                purpose: form_purpose.clone(),
                has_title: false,
                ids: PUBLISH,
                label: t!("Write a reply"),
                button: (t!("Reply"), t!("Publishing…")),
            };
            form.view(forums, None)
        });
        view! { {closed}{form} }.into_any()
    });
    let more = more(state, thread);
    show_target(state, thread);
    let product = thread.read_untracked().post.product.clone().map(|product| {
        let href = [&*use_app_context().config.sibling_url, "/products/", &product.id].concat();
        view! { <p class="about-product">{t!("About:")}" "<a href=href><bdi>{product.name}</bdi></a></p> }.into_any()
    });
    view! {
        {product}
        {dynamic(move || article(state, &post()))}
        {is_moderator.then(|| dynamic(move || lock_button(state, &post())))}
        <h2>{count}</h2>
        {list}
        {more}
        {end}
    }
    .into_any()
}

/// The form in the place of a post that is edited, or the post.
fn article(state: ThreadView, post: &Post) -> AnyView {
    let id = post.id.clone();
    let is_target = {
        let id = id.clone();
        move || *state.target.read() == id
    };
    let edited = post.edited.as_ref().map(|at| view! { <span class="edited">{t!("edited")}" "{time(at)}</span> }.into_any());
    let mark = if post.last_activity.is_none() { new_mark(post) } else { none() };
    let point = {
        let id = id.clone();
        move |event: ev::MouseEvent| {
            event.prevent_default();
            _ = window().location().set_hash(&selector(&id));
            state.target.set(id.clone());
        }
    };
    let content = {
        let post = post.clone();
        dynamic(move || match &*state.editing.read() {
            Some(editing) if *editing == post.id => edit_form(state, &post),
            Some(_) | None => view! { {text(&post)}{controls(state, &post)} }.into_any(),
        })
    };
    view! {
        <article class="card post" data-target=when(is_target, "") id=format!("post-{id}") tabindex="-1">
            {avatar(post)}
            <p class="by">
                <strong dir="auto">{post.author.clone()}</strong>
                <a class="permalink" href=selector(&id) on:click=point>{time(&post.created_at)}</a>
                {edited}
                {mark}
            </p>
            {content}
        </article>
    }
    .into_any()
}

fn text(post: &Post) -> AnyView {
    match post.deleted {
        Some(by) => view! { <p class="body deleted">{deleted_text(by)}</p> }.into_any(),
        None => view! { <p class="body" dir="auto">{post.body.clone()}</p> }.into_any(),
    }
}

/// What this reader may do with the post. The hidden text tells apart buttons that look the same.
fn controls(state: ThreadView, post: &Post) -> AnyView {
    let can_restore = match post.deleted {
        Some(DeletedBy::Author) => post.own,
        Some(DeletedBy::Moderator) => state.is_moderator,
        None => false,
    };
    let is_visible = post.deleted.is_none();
    let actions = match (can_restore, is_visible && post.own, is_visible && state.is_moderator) {
        (true, ..) => vec![action_button(state, post, Action::Restore, t!("Put it back"))],
        (_, true, _) => {
            let edit = (!state.first_post().locked).then(|| edit_button(state, post));
            edit.into_iter().chain([action_button(state, post, Action::Delete, t!("Delete"))]).collect()
        }
        (_, _, true) => vec![action_button(state, post, Action::Delete, t!("Hide"))],
        _ => return none(),
    };
    view! { <div class="controls">{actions}</div>{failed_action(state, post)} }.into_any()
}

fn edit_button(state: ThreadView, post: &Post) -> AnyView {
    let about = post.clone();
    let edit = move || {
        state.forums.begin_edit(&about);
        state.editing.set(Some(about.id.clone()));
        document::focus_after_render("#edit");
    };
    view! { <button type="button" class="quiet" on:click=click(edit)>{t!("Edit")}{hidden(post)}</button> }.into_any()
}

fn action_button(state: ThreadView, post: &Post, action: Action, text: &'static str) -> AnyView {
    let (about, id) = (post.clone(), post.id.clone());
    view! {
        <button
            type="button"
            class="quiet"
            aria-disabled=disabled(move || state.forums.is_busy(&id))
            on:click=click(move || state.forums.act(&about, action))
        >
            {text}{hidden(post)}
        </button>
    }
    .into_any()
}

fn hidden(post: &Post) -> AnyView {
    view! { <span class="hidden">" "{post.heading().to_owned()}</span> }.into_any()
}

fn failed_action(state: ThreadView, post: &Post) -> AnyView {
    let post = post.clone();
    dynamic(move || match state.forums.failed_action(&post.id) {
        Some((action, error)) => {
            let about = post.clone();
            let retry = move || state.forums.act(&about, action);
            let button = error.is_retryable().then(|| components::retry_button(retry));
            components::write_failure(format!("{} {error}", t!("That was not changed.")), button)
        }
        None => none(),
    })
}

fn lock_button(state: ThreadView, post: &Post) -> AnyView {
    let (action, text) = if post.locked { (Action::Open, t!("Open this thread")) } else { (Action::Close, t!("Close this thread")) };
    let (about, id) = (post.clone(), post.id.clone());
    view! {
        <p class="moderation">
            <button
                type="button"
                class="quiet"
                aria-disabled=disabled(move || state.forums.is_busy(&id))
                on:click=click(move || state.forums.act(&about, action))
            >
                {text}
            </button>
        </p>
    }
    .into_any()
}

fn edit_form(state: ThreadView, post: &Post) -> AnyView {
    let purpose = Purpose::Edit(post.id.clone());
    let (forums, id) = (state.forums, post.id.clone());
    // Saving removes the text that is written; then the post takes the place of the form again.
    let written = purpose.clone();
    effect(move || {
        if forums.composition(&written).is_none() {
            state.editing.set(None);
        }
    });
    let discarded = purpose.clone();
    let cancel = move || {
        forums.discard(&discarded);
        document::focus_after_render(selector(&id));
    };
    let newer = {
        let (purpose, post) = (purpose.clone(), post.clone());
        dynamic(move || {
            let is_conflict = matches!(forums.composition(&purpose).map(|it| it.publication),
                Some(Publication::Failed(failed)) if failed.error.code() == Some("post-changed"));
            match is_conflict {
                true => view! {
                    <section class="newer">
                        <h3>{t!("The newer text")}</h3>
                        {post.title.clone().map(|title| view! { <p><strong dir="auto">{title}</strong></p> }.into_any())}
                        <p class="body" dir="auto">{post.body.clone()}</p>
                    </section>
                }
                .into_any(),
                false => none(),
            }
        })
    };
    let form =
        WriteForm { has_title: post.last_activity.is_some(), purpose, ids: EDIT, label: t!("Text"), button: (t!("Save"), t!("Saving…")) };
    view! { <div class="edit">{form.view(forums, Some(Box::new(cancel)))}{newer}</div> }.into_any()
}

/// "Show more", while there are more replies. The first reply that it brings takes the focus.
fn more(state: ThreadView, thread: ErasedSignal<Thread>) -> AnyView {
    let (session, scope) = (use_mutations().session, PageScope::current());
    let more = ErasedSignal::new(More::Idle);
    let load = move || {
        let Some(next) = thread.read_untracked().next.clone() else { return };
        more.set(More::Loading);
        scope.spawn(async move {
            let answer = api::thread(session, next).await;
            more.set(More::Idle);
            match answer {
                Ok(page) => {
                    let is_sought = !state.target.read_untracked().is_empty();
                    if let Some(first) = page.replies.first().filter(|_| !is_sought) {
                        document::focus_after_render(format!("[id='post-{}']", first.id));
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
    // A reply that the address points at may be on a later page.
    effect(move || {
        let (target, thread) = (state.target.get(), thread.read());
        let is_there = target.is_empty() || target == thread.post.id || thread.replies.iter().any(|it| it.id == target);
        if !is_there && *more.read_untracked() == More::Idle {
            // In a task of its own: what a request begins within an effect would read on behalf of the effect.
            set_timeout(load, Duration::ZERO);
        }
    });
    show_more(more, move || thread.read().next.is_some(), load)
}

/// Shows the post that the fragment of the address names, now and after each change of it, as soon as it is there.
fn show_target(state: ThreadView, thread: ErasedSignal<Thread>) {
    let read = move || {
        let hash = window().location().hash().unwrap_or_default();
        state.target.set(hash.strip_prefix("#post-").unwrap_or_default().to_owned());
    };
    read();
    let listener = window_event_listener(ev::hashchange, move |_| read());
    on_cleanup(move || listener.remove());
    let shown = StoredValue::new(String::new());
    effect(move || {
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
