//! The Forums' `/`: the form for a new thread, and the list of threads, which can be searched and ordered by the page's address.

use super::{
    api,
    composition::{Publication, Purpose},
    context::{ForumsContext, failure_of, use_forums_context},
    not_loaded,
    post_view::{avatar, heading, new_mark},
    thread_list::{ThreadList, parameter, product_in, published, with_changes},
    write_form::{PUBLISH, WriteForm},
};
use crate::{
    core::{Departure, Route, use_location},
    data::{ApiError, Query, use_answers, use_mutations},
    ui::{
        Attribute, ErasedSignal, PageScope,
        components::{self, time},
        document, dynamic, effect, form, none, read_until_cleanup,
        show_more::{More, show_more},
        when,
    },
};
use leptos::{html, prelude::*};
use std::time::Duration;
use storefront_api::Post;
use storefront_messages::{reply_count, t};

/// The page.
pub fn page() -> AnyView {
    let threads = Query::new(Route::Posts, |_| {
        let (forums, search) = (use_forums_context(), use_location().query().get_untracked());
        Box::pin(forums.read_list(search))
    });
    let ready = move |list| {
        // A change of the query in the page's address reads the list anew; the form and the field for the search stay as they are.
        let search = use_location().query();
        effect(move || {
            if read_until_cleanup(search) != list_search(list) {
                // In a task of its own: what a request begins within an effect would read on behalf of the effect.
                set_timeout(
                    move || {
                        threads.reload();
                        // A new address shows the page from its top, where the form would hide the result.
                        _ = document::element(".find").map(|bar| bar.scroll_into_view());
                    },
                    Duration::ZERO,
                );
            }
        });
        ready(list)
    };
    view! {
        <div class="narrow forum">
            {components::hero(
                t!("Ask the people who own one."),
                t!("What people say about the things they bought, and how they look after them."),
                none(),
            )}
            {document::heading(Route::Posts.title())}
            {threads.view(skeleton, ready)}
        </div>
    }
    .into_any()
}

fn list_search(list: ErasedSignal<ThreadList>) -> String {
    list.read_untracked().search.clone()
}

fn skeleton() -> AnyView {
    components::skeleton("posts", 4)
}

fn ready(list: ErasedSignal<ThreadList>) -> AnyView {
    let forums = use_forums_context();
    let form = WriteForm {
        purpose: Purpose::Thread,
        has_title: true,
        ids: PUBLISH,
        label: t!("Write a post"),
        button: (t!("Publish"), t!("Publishing…")),
    };
    let threads = dynamic(move || {
        let (list, known) = (list.read(), forums.known());
        let shown = with_changes(&list.threads, &known);
        // What was just published is in the list of all threads, and no result of a search.
        let new = if searched(&list.search).is_empty() { published(&list.threads, &known, None) } else { Vec::new() };
        let about = product_in(&list.search);
        let is_visible = |post: &&Post| {
            (post.deleted.is_none() || post.replies > 0) && (about.is_empty() || post.product.as_ref().is_some_and(|it| it.id == about))
        };
        let all: Vec<_> = new.into_iter().chain(&shown).filter(is_visible).map(|post| thread(forums, post)).collect();
        let text = match (all.is_empty(), searched(&list.search).is_empty()) {
            (false, _) => return view! { <ul class="posts">{all}</ul> }.into_any(),
            (true, true) if is_product_unknown(&list) => t!("No post is about this product."),
            (true, true) => return components::empty_state("mark", t!("No posts yet"), t!("Be the first to write one."), none()),
            (true, false) => t!("No post has all of these words."),
        };
        let all = view! { <a class="button quiet" href=Route::Posts.href()>{t!("All posts")}</a> }.into_any();
        components::empty_state("mark", t!("Nothing found"), text, all)
    });
    let about = dynamic(move || match list.read().product.clone() {
        None if is_product_unknown(&list.read()) => {
            let text = t!("There is no such product in the Store. What you write here will be about none.");
            components::write_failure(text.to_owned(), None)
        }
        Some(product) => view! {
            <p class="about-product">
                {components::named(t!("Posts about {}"), product.name)}" "<a href=Route::Posts.href()>{t!("All posts")}</a>
            </p>
        }
        .into_any(),
        None => none(),
    });
    view! {
        {about}
        {form.view(forums, None)}
        {find_bar()}
        {threads}
        {more(forums, list)}
    }
    .into_any()
}

/// Whether the page's address names a product that the Store does not have.
fn is_product_unknown(list: &ThreadList) -> bool {
    list.product.is_none() && !product_in(&list.search).is_empty()
}

/// What a query searches for, as people read it.
fn searched(search: &str) -> String {
    let text = parameter(search, "q=").replace('+', " ");
    js_sys::decode_uri_component(&text).map_or(text, String::from)
}

fn is_by_activity(search: &str) -> bool {
    parameter(search, "sort=") == "activity"
}

/// The address of the list with this search and this order, about the same product as the list with the query `search`.
fn href(search: &str, text: &str, by_activity: bool) -> String {
    let query = match text.trim() {
        "" => String::new(),
        text => "q=".to_owned() + &String::from(js_sys::encode_uri_component(text)),
    };
    let sort = if by_activity { "sort=activity" } else { "" };
    let product = match product_in(search) {
        "" => String::new(),
        id => "product=".to_owned() + id,
    };
    let parts: Vec<&str> = [sort, &query, &product].into_iter().filter(|it| !it.is_empty()).collect();
    match parts.is_empty() {
        true => Route::Posts.href().to_owned(),
        false => format!("{}?{}", Route::Posts.href(), parts.join("&")),
    }
}

/// The search, and the order of the list.
fn find_bar() -> AnyView {
    let location = use_location();
    let search = location.query();
    let field = NodeRef::<html::Input>::new();
    effect(move || {
        let text = searched(&read_until_cleanup(search));
        _ = field.get().filter(|field| field.value() != text).map(|field| field.set_value(&text));
    });
    let find = move || {
        let text = field.get_untracked().map(|it| it.value()).unwrap_or_default();
        let search = search.get_untracked();
        location.open(&href(&search, &text, is_by_activity(&search)), Departure::Kept);
    };
    let link = move |by_activity: bool, text: &'static str| {
        let current: Attribute = when(move || is_by_activity(&read_until_cleanup(search)) == by_activity, "true");
        let to = move || {
            let search = read_until_cleanup(search);
            href(&search, &searched(&search), by_activity)
        };
        view! { <a href=to aria-current=current>{text}</a> }.into_any()
    };
    view! {
        <form class="find" role="search" on:submit=form::submit(find)>
            <label for="q">{t!("Search posts")}</label>
            <div class="find-line">
                <input id="q" name="q" type="search" dir="auto" maxlength="200" node_ref=field />
                <button type="submit" class="quiet">{t!("Search")}</button>
            </div>
        </form>
        <nav class="order" aria-label=t!("Order")>{link(false, t!("Newest"))}{link(true, t!("Latest activity"))}</nav>
    }
    .into_any()
}

/// The address of a thread's page.
pub fn thread_href(id: &str) -> String {
    format!("{}/{id}", Route::Thread.href())
}

fn thread(forums: ForumsContext, post: &Post) -> AnyView {
    let body = post.is_longer_than_heading().then(|| view! { <p class="body" dir="auto">{post.body.clone()}</p> }.into_any());
    let last = post.last_activity.as_ref().filter(|_| post.replies > 0);
    let last = last.map(|at| view! { <span>{t!("last reply")}" "{time(at)}</span> }.into_any());
    let about = post.product.as_ref().map(|it| view! { <span>{t!("About:")}" "<bdi>{it.name.clone()}</bdi></span> }.into_any());
    let is_unsent = forums
        .composition(&Purpose::Reply(post.id.clone()))
        .is_some_and(|it| it.publication != Publication::None)
        .then(|| view! { <strong>{failure_of(&Purpose::Reply(String::new()))}</strong> }.into_any());
    view! {
        <li>
            <article class="card post">
                {avatar(post)}
                <p class="by"><strong dir="auto">{post.author.clone()}</strong>{time(&post.created_at)}{new_mark(post)}</p>
                <h2><a id=format!("thread-{}", post.id) href=thread_href(&post.id) dir="auto">{heading(post)}</a></h2>
                {body}
                <p class="facts">
                    <span>{reply_count(post.replies)}</span>
                    {last}
                    {post.locked.then(|| view! { <span>{t!("Closed")}</span> }.into_any())}
                    {about}
                    {is_unsent}
                </p>
            </article>
        </li>
    }
    .into_any()
}

/// "Show more", while there is more. The first thread that it brings takes the focus.
fn more(forums: ForumsContext, list: ErasedSignal<ThreadList>) -> AnyView {
    let (session, answers, scope) = (use_mutations().session, use_answers(), PageScope::current());
    let more = ErasedSignal::new(More::Idle);
    let load = move || {
        let Some(next) = list.read_untracked().next.clone() else { return };
        more.set(More::Loading);
        scope.spawn(async move {
            let answer = api::list(session, next.clone()).await;
            more.set(More::Idle);
            match answer {
                // A search may have taken the place of the list meanwhile.
                Ok(page) if list.read_untracked().next.as_ref() == Some(&next) => {
                    if let Some(first) = page.threads.first() {
                        document::focus_after_render(format!("[id='thread-{}']", first.id));
                    }
                    list.update(|list| list.extend(page));
                    forums.keep_list(&list.read_untracked());
                    answers.keep(Route::Posts, list.get_untracked());
                }
                Ok(_) | Err(ApiError::SignedOut) => {}
                Err(error) => more.set(More::Failed(not_loaded(&error))),
            }
        });
    };
    show_more(more, move || list.read().next.is_some(), load)
}
