//! The Forums' start page, `/`: the list of threads, and the form for a new one behind a button. The page's URL holds the search and the
//! order of the list.

use super::{
    api,
    composition::{Composition, Publication, Purpose},
    context::{failure_of, use_forums_context},
    not_loaded,
    post_view::{Avatar, NewMark, heading, thread_href},
    thread_list::{ThreadList, parameter, product_in, published, with_changes},
    write_form::{PUBLISH, WriteForm},
};
use crate::{
    core::{Route, page_title},
    data::{ApiError, Query, use_answers, use_mutations},
    ui::{
        PageScope,
        components::{EmptyState, Heading, Hero, InlineFailure, Named, Skeleton, Time},
        document, form, page_query, set_timeout,
        show_more::{More, ShowMore, focus_first_new},
    },
};
use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::time::Duration;
use storefront_api::{Post, post_text::excerpt, product_threads::ThreadProduct};
use storefront_messages::{reply_count, t};

/// The page.
#[component]
pub fn PostsPage() -> impl IntoView {
    let threads = Query::new(Route::Posts, |_| {
        let (forums, search) = (use_forums_context(), page_query().get_untracked());
        Box::pin(forums.read_list(search))
    });
    let loading = || view! { <Skeleton class="posts" count=4/> }.into_any();
    let ready = move |list: RwSignal<ThreadList>| {
        // A change of the query in the page's URL reloads the list. The form and the search field keep their content.
        let search = page_query();
        Effect::new(move |_| {
            if search.get() != list.with_untracked(|list| list.search.clone()) {
                // In a separate task, because a request within an effect would subscribe the effect to signals.
                set_timeout(move || threads.reload(), Duration::ZERO);
            }
        });
        view! { <PostsContent list/> }.into_any()
    };
    view! {
        <div class="narrow forum">
            <Hero
                tagline=t!("Ask other customers.")
                lead=t!("Read what people say about the things they bought and how they look after them.")
            />
            <Heading text=page_title(Route::Posts)/>
            {threads.view(loading, ready)}
        </div>
    }
}

/// The form for a new thread, the search, and the threads that it finds.
#[component]
fn PostsContent(list: RwSignal<ThreadList>) -> impl IntoView {
    view! {
        <AboutProduct list/>
        <WriteBox/>
        <FindBar/>
        {move || list.with(|list| list.searched_for.clone()).map(|words| view! { <p role="status">{t!("Showing results for “{}”.", words)}</p> })}
        <ThreadCards list/>
        <MoreThreads list/>
    }
}

/// The form for a new thread behind a button, so that the list comes first. It is open while the form has content, and when the page offers
/// a product for it.
#[component]
fn WriteBox() -> impl IntoView {
    let (forums, details) = (use_forums_context(), NodeRef::<html::Details>::new());
    Effect::new(move |before: Option<(bool, Option<ThreadProduct>)>| {
        let (was_pending, offered) = before.unwrap_or_default();
        let it = forums.composition(&Purpose::Thread).unwrap_or_else(|| Composition::new(Purpose::Thread));
        let is_filled = it.has_text() || it.publication != Publication::None || (it.about.is_some() && it.about != offered);
        let is_published = was_pending && !is_filled;
        // Without content, the box stays as it is: the author may have emptied the form to write something else.
        if let Some(details) = details.get().filter(|_| is_filled || is_published) {
            details.set_open(is_filled);
        }
        (it.publication == Publication::Pending, it.about)
    });
    view! {
        <details class="write-box" node_ref=details>
            <summary class="button primary">{t!("Write a post")}</summary>
            <WriteForm
                purpose=Purpose::Thread
                has_title=true
                ids=PUBLISH
                label=t!("Your post")
                text=t!("Publish")
                busy_text=t!("Publishing…")
            />
        </details>
    }
}

/// The product that the posts are about, if the page's URL names one.
#[component]
fn AboutProduct(list: RwSignal<ThreadList>) -> impl IntoView {
    let content = move || match list.with(|list| (list.product.clone(), is_product_unknown(list))) {
        (Some(product), _) => Some(
            view! {
                <p class="about-product">
                    <Named text=t!("Posts about {}") name=product.name/>" "<a href=Route::Posts.href()>{t!("All posts")}</a>
                </p>
            }
            .into_any(),
        ),
        (None, true) => {
            let text = t!("The Store doesn't have this product. Your post won't be linked to a product.");
            Some(view! { <InlineFailure text=text.to_owned()/> }.into_any())
        }
        (None, false) => None,
    };
    view! { {move || content()} }
}

/// The threads, or the reason why there are none.
#[component]
fn ThreadCards(list: RwSignal<ThreadList>) -> impl IntoView {
    let forums = use_forums_context();
    let content = move || {
        let (list, known) = (list.get(), forums.known());
        let shown = with_changes(&list.threads, &known);
        // A thread published in this tab appears in the list of all threads, but not in the results of a search.
        let new = if searched(&list.search).is_empty() { published(&list.threads, &known, None) } else { Vec::new() };
        let about = product_in(&list.search);
        let is_visible = |post: &&Post| {
            (post.deleted.is_none() || post.replies > 0) && (about.is_empty() || post.product.as_ref().is_some_and(|it| it.id == about))
        };
        let all = new.into_iter().chain(&shown).filter(is_visible).cloned();
        let all: Vec<_> = all.map(|post| view! { <ThreadCard post/> }).collect();
        let text = match (all.is_empty(), searched(&list.search).is_empty()) {
            (false, _) => return view! { <ul class="posts">{all}</ul> }.into_any(),
            (true, true) if is_product_unknown(&list) => t!("No posts about this product yet."),
            (true, true) => {
                return view! { <EmptyState icon="mark" title=t!("No posts yet") text=t!("Be the first to write one.")/> }.into_any();
            }
            (true, false) => t!("No posts contain all of these words."),
        };
        view! {
            <EmptyState icon="mark" title=t!("Nothing found") text>
                <a class="button quiet" href=Route::Posts.href()>{t!("All posts")}</a>
            </EmptyState>
        }
        .into_any()
    };
    view! { {move || content()} }
}

/// Whether the page's URL names a product that the Store does not have.
fn is_product_unknown(list: &ThreadList) -> bool {
    list.product.is_none() && !product_in(&list.search).is_empty()
}

/// The decoded search text of a query.
fn searched(search: &str) -> String {
    let text = parameter(search, "q=").replace('+', " ");
    js_sys::decode_uri_component(&text).map_or(text, String::from)
}

fn is_by_activity(search: &str) -> bool {
    parameter(search, "sort=") == "activity"
}

/// The URL of the list that a search for `text` finds, in this order. The URL names the same product as the query `search`.
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

/// The search form, and the links for the order of the list.
#[component]
fn FindBar() -> impl IntoView {
    let (navigate, search) = (use_navigate(), page_query());
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let text = searched(&search.get());
        _ = field.get().filter(|field| field.value() != text).map(|field| field.set_value(&text));
    });
    let find = move || {
        let text = field.get_untracked().map(|it| it.value()).unwrap_or_default();
        let search = search.get_untracked();
        // The page stays at the results: above them, an open form may fill the window.
        navigate(&href(&search, &text, is_by_activity(&search)), NavigateOptions { scroll: false, ..NavigateOptions::default() });
        _ = document::element(".find").map(|bar| bar.scroll_into_view());
    };
    view! {
        <form class="find" role="search" on:submit=form::submit(find)>
            <label for="q">{t!("Search posts")}</label>
            <div class="find-line">
                <input id="q" name="q" type="search" dir="auto" maxlength="200" node_ref=field />
                <button type="submit" class="quiet">{t!("Search")}</button>
            </div>
        </form>
        <nav class="order" aria-label=t!("Sort by")>
            <OrderLink by_activity=false search text=t!("Newest")/>
            <OrderLink by_activity=true search text=t!("Latest activity")/>
        </nav>
    }
}

/// The link to the same list in one of the two orders.
#[component]
fn OrderLink(by_activity: bool, search: Memo<String>, text: &'static str) -> impl IntoView {
    view! {
        <a
            href=move || search.with(|search| href(search, &searched(search), by_activity))
            aria-current=move || (search.with(|search| is_by_activity(search)) == by_activity).then_some("true")
            data-noscroll=""
        >
            {text}
        </a>
    }
}

/// One thread of the list.
#[component]
fn ThreadCard(post: Post) -> impl IntoView {
    let forums = use_forums_context();
    let (is_longer, heading) = (post.is_longer_than_heading(), heading(&post));
    let Post { id, author, avatar, body, created_at, replies, last_activity, locked, unread, product, .. } = post;
    let (element_id, href) = (format!("thread-{id}"), thread_href(&id));
    let reply = Purpose::Reply(id);
    let unsent = move || {
        let is_unsent = forums.composition(&reply).is_some_and(|it| it.publication != Publication::None);
        is_unsent.then(|| view! { <strong>{failure_of(&reply)}</strong> })
    };
    view! {
        <li>
            <article class="card post">
                <Avatar author=author.clone() colour=avatar/>
                <p class="by"><strong dir="auto">{author}</strong><Time at=created_at/>{unread.then(|| view! { <NewMark/> })}</p>
                <h2><a id=element_id href=href dir="auto">{heading}</a></h2>
                {is_longer.then(|| view! { <p class="body" dir="auto">{excerpt(&body)}</p> })}
                <p class="facts">
                    <span>{reply_count(replies)}</span>
                    {last_activity.filter(|_| replies > 0).map(|at| view! { <span>{t!("last reply")}" "<Time at/></span> })}
                    {locked.then(|| view! { <span>{t!("Closed")}</span> })}
                    {product.map(|it| view! { <span>{t!("About:")}" "<bdi>{it.name}</bdi></span> })}
                    {move || unsent()}
                </p>
            </article>
        </li>
    }
}

/// The button "Show more", if there are more threads. After a click, the first new thread gets the focus.
#[component]
fn MoreThreads(list: RwSignal<ThreadList>) -> impl IntoView {
    let (forums, session, answers, scope) = (use_forums_context(), use_mutations().session, use_answers(), PageScope::current());
    let more = RwSignal::new(More::Idle);
    let load = move || {
        let Some(next) = list.with_untracked(|list| list.next.clone()) else { return };
        more.set(More::Loading);
        scope.spawn(async move {
            let answer = api::list(session, next.clone()).await;
            more.set(More::Idle);
            match answer {
                // Otherwise a search has replaced the list while the request was in flight.
                Ok(page) if list.with_untracked(|list| list.next.as_ref() == Some(&next)) => {
                    if let Some(first) = page.threads.first() {
                        focus_first_new(format!("[id='thread-{}']", first.id));
                    }
                    list.update(|list| list.extend(page));
                    forums.keep_list(&list.get_untracked());
                    answers.keep(Route::Posts, list.get_untracked());
                }
                Ok(_) | Err(ApiError::SignedOut) => {}
                Err(error) => more.set(More::Failed(not_loaded(&error))),
            }
        });
    };
    view! { <ShowMore more has_more=move || list.with(|list| list.next.is_some()) load/> }
}
