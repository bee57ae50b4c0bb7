//! The Forums' `/`: the posts, newest first, and a form to write one.

pub mod api;
pub mod context;
pub mod draft;

use crate::{
    core::{Route, use_app_context},
    data::{ApiError, Query},
    ui::{Attribute, ErasedSignal, components, disabled, document, dynamic, effect, form, format::date_time, none, use_title, when},
};
use context::{ForumsContext, Publication, use_forums_context};
use draft::{Draft, Problem};
use leptos::{ev, html, prelude::*};
use storefront_api::Post;
use storefront_messages::t;

/// Provides what the Forums' pages share to everything below the caller.
pub fn provide_contexts() {
    ForumsContext::provide();
}

/// The page.
pub fn page() -> AnyView {
    let posts = Query::new(Route::Posts, |session| Box::pin(api::posts(session)));
    layout(posts.view(skeleton, ready))
}

fn layout(content: AnyView) -> AnyView {
    view! {
        <div class="narrow forum">
            {components::hero(
                t!("Ask the people who own one."),
                t!("What people say about the things they bought, and how they look after them."),
                none(),
            )}
            {document::heading(Route::Posts.title())}
            {content}
        </div>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    components::skeleton("posts", 4)
}

fn ready(posts: ErasedSignal<Vec<Post>>) -> AnyView {
    let forums = use_forums_context();
    let list = dynamic(move || {
        let (posts, published) = (posts.read(), forums.published());
        let is_new = |post: &&Post| !posts.iter().any(|it| it.id == post.id);
        let all: Vec<_> = published.iter().filter(is_new).chain(posts.iter()).map(post).collect();
        match all.is_empty() {
            true => components::empty_state("mark", t!("No posts yet"), t!("Be the first to write one."), none()),
            false => view! { <ul class="posts">{all}</ul> }.into_any(),
        }
    });
    view! {
        {write_form(forums)}
        {list}
    }
    .into_any()
}

fn post(post: &Post) -> AnyView {
    let initial = post.author.chars().next().unwrap_or('?').to_uppercase().to_string();
    let at = date_time(&post.created_at);
    view! {
        <li>
            <article class="card post">
                <span class="avatar" aria-hidden="true">{initial}</span>
                <p class="by"><strong dir="auto">{post.author.clone()}</strong><time datetime=post.created_at.clone()>{at}</time></p>
                <p class="body" dir="auto">{post.body.clone()}</p>
            </article>
        </li>
    }
    .into_any()
}

/// The form. The text stays when publishing fails, and when the session ends meanwhile.
fn write_form(forums: ForumsContext) -> AnyView {
    let (context, title) = (use_app_context(), use_title());
    let problem = ErasedSignal::new(None::<Problem>);
    let area = NodeRef::<html::Textarea>::new();
    let failure = move || match &*forums.publication() {
        Publication::Failed(failed) if failed.error != ApiError::SignedOut => Some(failed.error.clone()),
        Publication::Failed(_) | Publication::Pending | Publication::None => None,
    };
    let busy = move || *forums.publication() == Publication::Pending;
    effect(move || {
        let draft = forums.draft();
        // Setting an equal value would move the caret.
        _ = area.get().filter(|area| area.value() != draft.text()).map(|area| area.set_value(draft.text()));
    });
    effect(move || title.error(problem.get().is_some() || failure().is_some()));

    let publish = move || {
        let found = forums.draft_untracked().problem();
        problem.set(found);
        match found {
            Some(_) => document::focus("#post"),
            None => forums.publish(),
        }
    };
    let retry = move || {
        publish();
        document::focus("#post");
    };
    let typed = move |event: ev::Targeted<ev::Event, web_sys::HtmlTextAreaElement>| forums.write(event.target().value());
    let field_error = dynamic(move || match problem.get() {
        Some(problem) => view! { <p class="field-error" id="post-error" role="alert">{problem.text()}</p> }.into_any(),
        None => none(),
    });
    let failed = dynamic(move || match failure() {
        None => none(),
        Some(error) => {
            let button = error.is_retryable().then(|| components::retry_button(retry));
            components::write_failure(format!("{} {error}", t!("Your post was not published.")), button)
        }
    });
    let left = move || forums.draft().left();
    let described: Attribute = Box::new(move || Some(if problem.get().is_some() { "post-error post-left" } else { "post-left" }));
    view! {
        <form class="card write" novalidate="" method="post" on:submit=form::submit(publish)>
            <label for="post">{t!("Write a post")}</label>
            {field_error}
            <textarea
                id="post"
                name="body"
                rows="3"
                dir="auto"
                aria-describedby=described
                aria-invalid=when(move || problem.get().is_some(), "true")
                node_ref=area
                on:input:target=typed
            ></textarea>
            {failed}
            <div class="write-end">
                <p id="post-left" class="left" class:is-over=move || { left() < 0 } aria-live=when(move || left() <= 50, "polite")>
                    {move || Draft::left_text(left())}
                </p>
                <button type="submit" class="primary" aria-disabled=disabled(busy)>
                    {move || match (busy(), context.is_online()) {
                        (false, _) => t!("Publish"),
                        (true, true) => t!("Publishing…"),
                        (true, false) => t!("Waits until you are online"),
                    }}
                </button>
            </div>
        </form>
    }
    .into_any()
}
