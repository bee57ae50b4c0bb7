//! The server-rendered pages of the Forums: `/`, which is public, and `/posts` with the list of threads and the form for a new one.

use crate::drafts;
use crate::forums::post_view::{PostFields, avatar, deleted_text, new_mark};
use crate::forums::posts::{ListQuery, Sort, ThreadList, list, publish};
use crate::http::error::Error as HttpError;
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::pages::components::{empty_state, heading, hero, idempotency_key, strong, text_with};
use crate::pages::form::Form;
use crate::pages::format::time;
use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Sender, UserPageRequest, Visitor};
use crate::pages::{PageState, flash::Flash, sign_in_form::FormState};
use crate::user_request::CurrentUser;
use axum::extract::{Query, rejection::QueryRejection};
use axum::response::{IntoResponse, Response};
use axum::{Router, http::StatusCode, routing::get};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::forums::NEW_THREAD;
use storefront_api::post_text::excerpt;
use storefront_api::product_threads::ThreadProduct;
use storefront_api::{NewPost, Post, Problem};
use storefront_messages::{reply_count, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/", get(home)).route("/posts", get(posts).post(write))
}

/// The body of a form about a post, of which each form has some inputs.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PostForm {
    pub(super) title: String,
    pub(super) body: String,
    /// The id of the product that the thread is about, if its checkbox is ticked.
    pub(super) product: String,
    pub(super) idempotency_key: String,
    /// The version of the text that its author edits.
    pub(super) version: i64,
    /// Not empty if the form closes the thread.
    pub(super) locked: String,
}

async fn home(request: PageRequest, Visitor(visitor): Visitor) -> PageResult {
    let main = html! {
        div.narrow {
            (hero(t!("Ask other customers."), t!("Read what people say about the things they bought and how they look after them."), Markup::default()))
            (heading(t!("Forums")))
            section.card.about {
                h2 { (t!("Read and write")) }
                @if visitor.is_some() {
                    p { (t!("You are signed in.")) }
                    p { a.button.primary href="/posts" { (t!("See the posts")) } }
                } @else {
                    p { (t!("Everyone with an account can read the posts. Use the same account as in the Store.")) }
                    p { a.button.primary href="/login" { (t!("Sign in to read the posts")) } }
                }
            }
        }
    };
    request.layout.show(visitor.as_ref(), Page::new(t!("Welcome"), StatusCode::OK, main)).await
}

async fn posts(request: UserPageRequest, query: Result<Query<ListQuery>, QueryRejection>) -> PageResult {
    let Query(query) = query.map_err(|_| HttpError::NotFound)?;
    let draft = drafts::load(&request.backend.db, &request.user.user_id, NEW_THREAD).await?;
    let typed = Typed { title: &draft.title, body: &draft.body, product: draft.product };
    show(&request, query, typed, None).await
}

/// Publishes a post. The text is never lost. If the post is rejected, the form shows the text again. If the author is not signed in, the
/// sign-in form keeps the text as a draft.
async fn write(request: PageRequest, user: Sender, Form(sent): Form<PostForm>) -> PageResult {
    let PostForm { title, body, product, idempotency_key, .. } = sent;
    // The next page still lists the threads about the same product.
    let query = ListQuery::about(product.clone());
    let request = match user {
        Ok(CurrentUser(author)) => request.of(author),
        Err(error) => {
            let next = if product.is_empty() { String::new() } else { query.address("/posts") };
            return request.sign_in_first(error, FormState { draft: body, draft_title: title, next, ..FormState::begin() }).await;
        }
    };
    let (title, product) = (Some(title).filter(|it| !it.trim().is_empty()), Some(product).filter(|it| !it.is_empty()));
    let new = NewPost { body, title, product };
    let published = publish(&request, IdempotencyKey::from_form(idempotency_key), &new).await;
    match Refusal::of(published)? {
        Published::Done => Ok(posted().redirect(&request.cookies, &query.address("/posts"))),
        Published::Refused(refusal) => {
            let typed = Typed { title: new.title.as_deref().unwrap_or_default(), body: &new.body, product: None };
            show(&request, query, typed, Some(&refusal)).await
        }
        Published::Other(response) => Ok(response),
    }
}

/// The outcome of publishing a post or a reply.
pub(super) enum Published {
    Done,
    /// The form is shown again.
    Refused(Refusal),
    Other(Response),
}

/// Why a post was refused. The page shows the form again, with this reason.
pub(super) struct Refusal {
    pub(super) problem: Problem,
    retry_after: Option<u32>,
}

impl Refusal {
    /// Decides from the response how the page continues: the post is published, the form is shown again with the refusal, or the browser
    /// gets the response itself.
    pub(super) fn of(published: ApiResult<StoredResponse>) -> ApiResult<Published> {
        let response = match published {
            Err(problem) if problem.status() == StatusCode::TOO_MANY_REQUESTS => return Ok(Published::Refused(Self::from(&problem))),
            response => response?,
        };
        Ok(match response.status() {
            StatusCode::CREATED => Published::Done,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => {
                Published::Refused(Self { problem: response.json()?, retry_after: None })
            }
            _ => Published::Other(response.into_response()),
        })
    }
}

impl From<&ProblemResponse> for Refusal {
    fn from(problem: &ProblemResponse) -> Self {
        Self { problem: problem.problem(), retry_after: problem.retry_after_seconds() }
    }
}

/// A page with a form, which has the status and the `Retry-After` of the refusal, or 200 if nothing was refused.
pub(super) fn form_page(name: &'static str, refused: Option<&Refusal>, main: Markup) -> Page {
    let status = refused.and_then(|it| StatusCode::from_u16(it.problem.status).ok()).unwrap_or(StatusCode::OK);
    Page { retry_after: refused.and_then(|it| it.retry_after), ..Page::new(name, status, main) }
}

async fn show(request: &UserPageRequest, query: ListQuery, typed: Typed<'_>, refused: Option<&Refusal>) -> PageResult {
    let page = list(&request.backend.db, &request.user, query.clone()).await?;
    let is_product_unknown = !query.product.is_empty() && page.product.is_none();
    let main = html! {
        div.narrow.forum {
            (heading(t!("Posts")))
            // A refused form shows its own message.
            @if is_product_unknown && refused.is_none() {
                p.field-error role="alert" { (t!("The Store doesn't have this product. Your post won't be linked to a product.")) }
            }
            @if let Some(product) = &page.product {
                p.about-product { (text_with(t!("Posts about {}"), &strong(&product.name))) " " a href="/posts" { (t!("All posts")) } }
            }
            (form(&typed, page.product.as_ref(), refused.map(|it| &it.problem)))
            (find_bar(&query))
            @if let Some(words) = &page.searched_for { p role="status" { (t!("Showing results for “{}”.", words)) } }
            (threads(&page, &query))
        }
    };
    let page = form_page(t!("Posts"), refused, main);
    let status = if is_product_unknown && refused.is_none() { StatusCode::NOT_FOUND } else { page.status };
    request.show(Page { status, ..page }).await
}

/// The content of the form.
struct Typed<'a> {
    title: &'a str,
    body: &'a str,
    /// The product of the draft.
    product: Option<ThreadProduct>,
}

/// The form. The product in the page's URL takes precedence over the product of the draft.
fn form(typed: &Typed, product: Option<&ThreadProduct>, refused: Option<&Problem>) -> Markup {
    let fields = PostFields {
        product: product.or(typed.product.as_ref()),
        title: Some(typed.title),
        body: typed.body,
        label: t!("Your post"),
        refused,
        button: t!("Publish"),
    };
    let is_open = refused.is_some() || fields.product.is_some() || !typed.title.is_empty() || !typed.body.is_empty();
    html! {
        details.write-box open[is_open] {
            summary.button.primary { (t!("Write a post")) }
            form.card.write method="post" action="/posts" novalidate { (idempotency_key()) (fields.view()) }
        }
    }
}

/// The search, and the order of the list.
fn find_bar(query: &ListQuery) -> Markup {
    let link = |to: Sort, text: &str| html! { a href=(query.sorted(to).address("/posts")) aria-current=[(to == query.sort).then_some("true")] { (text) } };
    html! {
        form.find role="search" method="get" action="/posts" {
            label for="q" { (t!("Search posts")) }
            div.find-line {
                input #q name="q" type="search" dir="auto" maxlength="200" value=(query.q.trim());
                @if query.sort == Sort::Activity { input type="hidden" name="sort" value=(query.sort.name()); }
                @if !query.product.is_empty() { input type="hidden" name="product" value=(query.product); }
                button.quiet type="submit" { (t!("Search")) }
            }
        }
        nav.order aria-label=(t!("Sort by")) { (link(Sort::Newest, t!("Newest"))) (link(Sort::Activity, t!("Latest activity"))) }
    }
}

fn threads(page: &ThreadList, query: &ListQuery) -> Markup {
    if page.threads.is_empty() {
        let all = html! { a.button.quiet href="/posts" { (t!("All posts")) } };
        return match (query.q.trim().is_empty(), query.product.is_empty() || page.product.is_some()) {
            (true, true) => empty_state(t!("No posts yet"), t!("Be the first to write one."), Markup::default()),
            (true, false) => empty_state(t!("Nothing found"), t!("No posts about this product yet."), all),
            (false, _) => empty_state(t!("Nothing found"), t!("No posts contain all of these words."), all),
        };
    }
    html! {
        ul.posts { @for it in &page.threads { (thread(it)) } }
        @if let Some(next) = page.next("/posts") { p.more { a.button.quiet href=(next) rel="next" { (t!("Show more")) } } }
    }
}

fn thread(post: &Post) -> Markup {
    html! {
        li {
            article.card.post {
                (avatar(post))
                p.by { strong { bdi { (post.author) } } (time(&post.created_at)) (new_mark(post)) }
                h2 {
                    a href={ "/posts/" (post.id) } dir="auto" {
                        @match post.deleted { Some(by) => (deleted_text(by)), None => (post.heading()) }
                    }
                }
                @if post.is_longer_than_heading() { p.body dir="auto" { (excerpt(&post.body)) } }
                (thread_facts(post))
            }
        }
    }
}

/// The line below a thread in the list: the number of replies, the time of the last one, whether it is closed, and its product.
fn thread_facts(post: &Post) -> Markup {
    html! {
        p.facts {
            span { (reply_count(post.replies)) }
            @if let (1.., Some(last)) = (post.replies, &post.last_activity) { span { (t!("last reply")) " " (time(last)) } }
            @if post.locked { span { (t!("Closed")) } }
            @if let Some(product) = &post.product { span { (t!("About:")) " " bdi { (product.name) } } }
        }
    }
}

/// The message after a published post.
pub(super) fn posted() -> Flash {
    Flash::text(|| t!("Post published."))
}
