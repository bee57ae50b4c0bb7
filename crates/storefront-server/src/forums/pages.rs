//! The server-rendered pages of the Forums: `/`, which everybody may see, and `/posts` with the form for a new post.

use crate::auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError, verify::Identity};
use crate::forums::posts::{newest, publish};
use crate::http::{client_address::ClientAddress, idempotency::IdempotencyKey, problem::ProblemResponse};
use crate::pages::components::{empty_state, heading, hero, idempotency_key};
use crate::pages::form::{Form, MAX_TEXT_AREA_LENGTH};
use crate::pages::format::date_time;
use crate::pages::layout::{Layout, Page};
use crate::pages::page_user::{PageUser, Visitor, signed_out_message};
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, drafts, flash::Flash, redirect_303};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::{MAX_POST_CHARS, NewPost, Post, Problem};
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/", get(home)).route("/posts", get(posts).post(write))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Write {
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

async fn posts(State(state): State<PageState>, layout: Layout, PageUser(author): PageUser) -> Result<Response, ProblemResponse> {
    let draft = drafts::load(&state.backend.db, &author.user_id).await?;
    show(&state, &layout, &author, &draft, None).await
}

/// Publishes a post and never loses its text: a post that is refused stands in the form again, and the text of an author who is not
/// signed in goes along with the sign-in form as a draft.
async fn write(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    user: Result<CurrentUser, AuthError>,
    cookies: Cookies,
    Form(Write { body, idempotency_key }): Form<Write>,
) -> Result<Response, ProblemResponse> {
    let author = match user {
        Ok(CurrentUser(author)) => author,
        Err(error) if signed_out_message(&error).is_some() => {
            let page = password_page(&FormState { draft: body, ..FormState::begin() }, None);
            return layout.show(None, Page { status: StatusCode::FORBIDDEN, ..page }).await;
        }
        Err(error) => return Err(error.into()),
    };
    let new = NewPost { body };
    let response = match publish(&state.backend, client, &author, IdempotencyKey::from_form(idempotency_key), &new).await {
        Err(problem) if problem.status() == StatusCode::TOO_MANY_REQUESTS => {
            let mut page = show(&state, &layout, &author, &new.body, Some(&problem.problem())).await?;
            page.headers_mut().extend(problem.retry_after());
            return Ok(page);
        }
        response => response?,
    };
    match response.status() {
        StatusCode::CREATED => {
            drafts::delete(&state.backend.db, &author.user_id).await?;
            Flash::Posted.set(&cookies);
            Ok(redirect_303("/posts"))
        }
        StatusCode::UNPROCESSABLE_ENTITY => show(&state, &layout, &author, &new.body, Some(&response.json()?)).await,
        _ => Ok(response.into_response()),
    }
}

async fn show(
    state: &PageState,
    layout: &Layout,
    author: &Identity,
    typed: &str,
    refused: Option<&Problem>,
) -> Result<Response, ProblemResponse> {
    let posts = newest(&state.backend.db).await?;
    let main = html! {
        div.narrow.forum {
            (heading(t!("Posts")))
            (form(typed, refused))
            @if posts.is_empty() {
                (empty_state(t!("No posts yet"), t!("Be the first to write one."), Markup::default()))
            } @else {
                ul.posts { @for it in &posts { (post(it)) } }
            }
        }
    };
    let status = refused.and_then(|it| StatusCode::from_u16(it.status).ok()).unwrap_or(StatusCode::OK);
    layout.show(Some(author), Page { name: t!("Posts"), status, main }).await
}

fn form(typed: &str, refused: Option<&Problem>) -> Markup {
    html! {
        form.card.write method="post" action="/posts" novalidate {
            (idempotency_key())
            label for="post" { (t!("Write a post")) }
            @if let Some(problem) = refused { p.field-error #post-error role="alert" { (problem.detail.as_deref().unwrap_or_default()) } }
            // HTML drops a line break at the beginning of a text area. The one here keeps the line break of a text that begins with one.
            textarea #post name="body" rows="3" maxlength=(MAX_TEXT_AREA_LENGTH) aria-describedby=(if refused.is_some() { "post-error post-left" } else { "post-left" })
                aria-invalid=[refused.map(|_| "true")] { "\n" (typed) }
            div.write-end {
                p.left #post-left { (t!("At most {} characters.", MAX_POST_CHARS)) }
                button.primary type="submit" { (t!("Publish")) }
            }
        }
    }
}

fn post(post: &Post) -> Markup {
    let initial: String = post.author.chars().next().unwrap_or('?').to_uppercase().collect();
    html! {
        li {
            article.card.post {
                span.avatar aria-hidden="true" { (initial) }
                p.by { strong { bdi { (post.author) } } time datetime=(post.created_at) { (date_time(&post.created_at)) } }
                p.body dir="auto" { (post.body) }
            }
        }
    }
}
