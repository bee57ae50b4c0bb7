//! The Forums' `/`: the posts, newest first, and a form to write one.

pub mod api;
pub mod draft;
pub mod draft_context;

use crate::{
    core::{app_context::use_app_context, route::Route},
    data::{client::ApiError, mutation::Mutation, query::Query},
    ui::{
        components,
        document::{self, use_title},
        erased_view::{Attribute, click, disabled, dynamic, effect, none, when},
        format::date_time,
    },
};
use draft::{Draft, Problem};
use draft_context::{DraftContext, use_draft_context};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::{SessionState, use_session};
use storefront_api::Post;

/// Provides what the Forums' pages share to everything below the caller.
pub fn provide_contexts() {
    DraftContext::provide();
}

/// The page.
pub fn page() -> AnyView {
    let posts = Query::new(|session| Box::pin(api::posts(session)));
    layout(posts.view(skeleton, ready))
}

/// The page while it is not known whether somebody is signed in.
pub fn loading() -> AnyView {
    layout(skeleton())
}

fn layout(content: AnyView) -> AnyView {
    view! { <div class="narrow forum">{document::heading(Route::Posts.title())}{content}</div> }.into_any()
}

fn skeleton() -> AnyView {
    components::skeleton("posts", 4)
}

fn ready(posts: Vec<Post>) -> AnyView {
    let posts = RwSignal::new(posts);
    let list = dynamic(move || {
        posts.with(|posts| match posts.is_empty() {
            true => components::empty_state("mark", "No posts yet", "Be the first to write one.", ().into_any()),
            false => view! { <ul class="posts">{posts.iter().map(post).collect::<Vec<_>>()}</ul> }.into_any(),
        })
    });
    view! {
        {write(posts)}
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
                <p class="by"><strong>{post.author.clone()}</strong><time datetime=post.created_at.clone()>{at}</time></p>
                <p class="body">{post.body.clone()}</p>
            </article>
        </li>
    }
    .into_any()
}

/// The form. The text stays when sending fails, and when the session ends meanwhile.
fn write(posts: RwSignal<Vec<Post>>) -> AnyView {
    let (session, context, drafts, title) = (use_session(), use_app_context(), use_draft_context(), use_title());
    let user = match session.state().get_untracked() {
        SessionState::SignedIn { user, .. } => user.id,
        SessionState::SignedOut(_) | SessionState::Loading => String::new(),
    };
    let kept = drafts.take(&user).unwrap_or_default();
    let draft = RwSignal::new(Draft::new(kept.clone()));
    let problem = RwSignal::new(None::<Problem>);
    let mutation = Mutation::default();
    let area = NodeRef::<html::Textarea>::new();
    effect(move || _ = area.get().map(|area| area.set_value(&kept)));
    effect(move || title.error(problem.get().is_some() || mutation.failure().is_some()));
    on_cleanup(move || {
        if let Some(draft) = draft.try_with_untracked(|draft| draft.text().to_owned()) {
            drafts.keep(user, draft);
        }
    });

    let send = move || {
        let found = draft.with_untracked(Draft::problem);
        problem.set(found);
        if found.is_some() {
            return document::focus("#post");
        }
        let body = draft.with_untracked(|draft| draft.text().trim().to_owned());
        mutation.send(
            api::write_post(session, body),
            move |post| {
                _ = posts.try_update(|posts| posts.insert(0, post));
                _ = draft.try_set(Draft::default());
                _ = area.get_untracked().map(|area| area.set_value(""));
                context.announce("Your post is published.");
            },
            |_| {},
        );
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let typed = move |event: ev::Targeted<ev::Event, web_sys::HtmlTextAreaElement>| draft.set(Draft::new(event.target().value()));
    let wrong = dynamic(move || match problem.get() {
        Some(problem) => view! { <p class="field-error" id="post-error" role="alert">{problem.text()}</p> }.into_any(),
        None => none(),
    });
    let failed = dynamic(move || match mutation.failure() {
        None | Some(ApiError::SignedOut) => none(),
        Some(error) => view! {
            <div class="line-error" role="alert">
                <p>"Your post was not published. "{error.to_string()}</p>
                <button type="button" class="quiet" on:click=click(send)>"Try again"</button>
            </div>
        }
        .into_any(),
    });
    let left = move || draft.with(Draft::left);
    let described: Attribute = Box::new(move || Some(if problem.get().is_some() { "post-error post-left" } else { "post-left" }));
    view! {
        <form class="card write" novalidate="" method="post" on:submit=submit>
            <label for="post">"Write a post"</label>
            {wrong}
            <textarea
                id="post"
                name="body"
                rows="3"
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
                <button type="submit" class="primary" aria-disabled=disabled(move || mutation.busy())>
                    {move || if mutation.busy() { "Publishing…" } else { "Publish" }}
                </button>
            </div>
        </form>
    }
    .into_any()
}
