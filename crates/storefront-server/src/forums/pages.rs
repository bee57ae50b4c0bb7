//! The server-rendered pages of the Forums: `/`, which everybody may see, and `/posts` with the list of threads and the form for a new one.

use crate::auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError, verify::Identity};
use crate::forums::post_view::{PostFields, avatar, deleted_text, new_mark, time};
use crate::forums::posts::{ListQuery, Sort, ThreadList, list, publish};
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::{client_address::ClientAddress, error::Error as HttpError, percent::encoded, problem::ProblemResponse};
use crate::pages::components::{empty_state, heading, hero, idempotency_key};
use crate::pages::form::Form;
use crate::pages::layout::{Layout, Page};
use crate::pages::page_user::{PageUser, Visitor, signed_out_message};
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, drafts, flash::Flash, redirect_303};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Router, http::StatusCode, routing::get};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::forums::NEW_THREAD;
use storefront_api::{NewPost, Post, Problem};
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/", get(home)).route("/posts", get(posts).post(write))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Write {
    title: String,
    body: String,
    idempotency_key: String,
}

async fn home(layout: Layout, Visitor(visitor): Visitor) -> Result<Response, ProblemResponse> {
    let main = html! {
        div.narrow {
            (hero(t!("Ask the people who own one."), t!("What people say about the things they bought, and how they look after them."), Markup::default()))
            (heading("Forums"))
            section.card.about {
                h2 { (t!("Read and write")) }
                @if visitor.is_some() {
                    p { (t!("You are signed in.")) }
                    p { a.button.primary href="/posts" { (t!("See the posts")) } }
                } @else {
                    p { (t!("The posts are for everybody with an account: the same as in the Store.")) }
                    p { a.button.primary href="/login" { (t!("Sign in to read the posts")) } }
                }
            }
        }
    };
    layout.show(visitor.as_ref(), Page { name: t!("Welcome"), status: StatusCode::OK, main }).await
}

async fn posts(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(author): PageUser,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, ProblemResponse> {
    let Query(query) = query.map_err(|_| HttpError::NotFound)?;
    let draft = drafts::load(&state.backend.db, &author.user_id, NEW_THREAD).await?;
    show(&state, &layout, &author, query, (&draft.title, &draft.body), None).await
}

/// Publishes a post and never loses its text: a post that is refused stands in the form again, and the text of an author who is not
/// signed in goes along with the sign-in form as a draft.
async fn write(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    user: Result<CurrentUser, AuthError>,
    cookies: Cookies,
    Form(Write { title, body, idempotency_key }): Form<Write>,
) -> Result<Response, ProblemResponse> {
    let author = match user {
        Ok(CurrentUser(author)) => author,
        Err(error) => {
            return sign_in_with_draft(&layout, error, FormState { draft: body, draft_title: title, ..FormState::begin() }).await;
        }
    };
    let new = NewPost { body, title: Some(title).filter(|it| !it.trim().is_empty()) };
    let published = publish(&state.backend, client, &author, IdempotencyKey::from_form(idempotency_key), &new).await;
    match Refusal::of(published)? {
        Published::Done => {
            Flash::Posted.set(&cookies);
            Ok(redirect_303("/posts"))
        }
        Published::Refused(refusal) => {
            let typed = (new.title.as_deref().unwrap_or_default(), &*new.body);
            let page = show(&state, &layout, &author, ListQuery::default(), typed, Some(&refusal.problem)).await?;
            Ok(refusal.with_headers(page))
        }
        Published::Other(response) => Ok(response),
    }
}

/// The sign-in form with what the user was writing, if the error means that nobody is signed in.
pub(super) async fn sign_in_with_draft(layout: &Layout, error: AuthError, state: FormState) -> Result<Response, ProblemResponse> {
    if signed_out_message(&error).is_none() {
        return Err(error.into());
    }
    layout.show(None, Page { status: StatusCode::FORBIDDEN, ..password_page(&state, None) }).await
}

/// What became of a post or a reply.
pub(super) enum Published {
    Done,
    /// The form is shown again.
    Refused(Refusal),
    Other(Response),
}

/// Why a text was refused, so that its form is shown again.
pub(super) struct Refusal {
    pub(super) problem: Problem,
    retry_after: Option<(axum::http::HeaderName, axum::http::HeaderValue)>,
}

impl Refusal {
    /// What a response to a published text means for its form.
    pub(super) fn of(published: Result<StoredResponse, ProblemResponse>) -> Result<Published, ProblemResponse> {
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

    /// The page with the form, with the headers of the refusal.
    pub(super) fn with_headers(self, mut page: Response) -> Response {
        page.headers_mut().extend(self.retry_after);
        page
    }
}

impl From<&ProblemResponse> for Refusal {
    fn from(problem: &ProblemResponse) -> Self {
        Self { problem: problem.problem(), retry_after: problem.retry_after() }
    }
}

/// The status of a page whose form is shown again.
pub(super) fn status_of(refused: Option<&Problem>) -> StatusCode {
    refused.and_then(|it| StatusCode::from_u16(it.status).ok()).unwrap_or(StatusCode::OK)
}

async fn show(
    state: &PageState,
    layout: &Layout,
    author: &Identity,
    query: ListQuery,
    typed: (&str, &str),
    refused: Option<&Problem>,
) -> Result<Response, ProblemResponse> {
    let (searched, sort) = (query.q.trim().to_owned(), query.sort);
    let page = list(&state.backend.db, author, query).await?;
    let main = html! {
        div.narrow.forum {
            (heading(t!("Posts")))
            (form(typed, refused))
            (find_bar(&searched, sort))
            (threads(&page, &searched))
        }
    };
    layout.show(Some(author), Page { name: t!("Posts"), status: status_of(refused), main }).await
}

fn form((title, body): (&str, &str), refused: Option<&Problem>) -> Markup {
    let fields = PostFields { title: Some(title), body, label: t!("Write a post"), refused, button: t!("Publish") };
    html! { form.card.write method="post" action="/posts" novalidate { (idempotency_key()) (fields.view()) } }
}

/// The search, and the order of the list.
fn find_bar(searched: &str, sort: Sort) -> Markup {
    let href = |to: Sort| match (to, searched) {
        (Sort::Newest, "") => "/posts".to_owned(),
        (Sort::Newest, q) => format!("/posts?q={}", encoded(q)),
        (Sort::Activity, "") => "/posts?sort=activity".to_owned(),
        (Sort::Activity, q) => format!("/posts?sort=activity&q={}", encoded(q)),
    };
    let link = |to: Sort, text: &str| html! { a href=(href(to)) aria-current=[(to == sort).then_some("true")] { (text) } };
    html! {
        form.find role="search" method="get" action="/posts" {
            label for="q" { (t!("Search posts")) }
            div.find-line {
                input #q name="q" type="search" dir="auto" maxlength="200" value=(searched);
                @if sort == Sort::Activity { input type="hidden" name="sort" value=(sort.name()); }
                button.quiet type="submit" { (t!("Search")) }
            }
        }
        nav.order aria-label=(t!("Order")) { (link(Sort::Newest, t!("Newest"))) (link(Sort::Activity, t!("Latest activity"))) }
    }
}

fn threads(page: &ThreadList, searched: &str) -> Markup {
    if page.threads.is_empty() {
        return if searched.is_empty() {
            empty_state(t!("No posts yet"), t!("Be the first to write one."), Markup::default())
        } else {
            let all = html! { a.button.quiet href="/posts" { (t!("All posts")) } };
            empty_state(t!("Nothing found"), t!("No post has all of these words."), all)
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
                @if post.is_longer_than_heading() { p.body dir="auto" { (post.body) } }
                (thread_facts(post))
            }
        }
    }
}

/// How much there is in the thread.
fn thread_facts(post: &Post) -> Markup {
    html! {
        p.facts {
            span { (replies(post.replies)) }
            @if let (1.., Some(last)) = (post.replies, &post.last_activity) { span { (t!("last reply")) " " (time(last)) } }
            @if post.locked { span { (t!("Closed")) } }
        }
    }
}

/// A number of replies, such as "1 reply" and "2 replies".
pub(super) fn replies(count: i64) -> String {
    match count {
        0 => t!("No replies").to_owned(),
        1 => t!("1 reply").to_owned(),
        _ => t!("{} replies", count),
    }
}
