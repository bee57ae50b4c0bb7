//! The Forums: `/` and `/posts`.

use crate::{
    auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError, verify::Identity},
    forums::posts::{newest, publish},
    http::{idempotency::IdempotencyKey, problem::ProblemResponse},
    pages::{
        PageState,
        components::{date_time, empty_state, heading, idempotency_key},
        drafts,
        flash::Flash,
        form::Form,
        layout::{Layout, Page},
        page_user::{PageUser, Visitor, signed_out},
        redirect_303,
        sign_in_form::{FormState, password_page},
    },
};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::{MAX_POST_CHARS, NewPost, Post, Problem};

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
            (heading("Forums"))
            p.lead { "What people say about the things they bought, and how they look after them." }
            section.card.about {
                h2 { "Read and write" }
                @if visitor.is_some() {
                    p { "You are signed in." }
                    p { a.button.primary href="/posts" { "See the posts" } }
                } @else {
                    p { "The posts are for everybody with an account: the same as in the Store." }
                    p { a.button.primary href="/login" { "Sign in to read the posts" } }
                }
            }
        }
    };
    layout.show(visitor.as_ref(), Page { name: "Welcome", status: StatusCode::OK, main }).await
}

async fn posts(State(state): State<PageState>, layout: Layout, PageUser(author): PageUser) -> Result<Response, ProblemResponse> {
    let draft = drafts::of(&state.backend.db, &author.user_id).await?;
    show(&state, &layout, &author, &draft, None).await
}

/// What was typed is never lost: a post that is refused stands in the form again, and one that comes without a sign-in
/// goes along with the sign-in form.
async fn write(
    State(state): State<PageState>,
    layout: Layout,
    user: Result<CurrentUser, AuthError>,
    cookies: Cookies,
    Form(Write { body, idempotency_key }): Form<Write>,
) -> Result<Response, ProblemResponse> {
    let author = match user {
        Ok(CurrentUser(author)) => author,
        Err(error) => match signed_out(&error) {
            Some(_) => {
                let page = password_page(&FormState { draft: body, ..FormState::new(&layout) }, None);
                return layout.show(None, Page { status: StatusCode::FORBIDDEN, ..page }).await;
            }
            None => return Err(error.into()),
        },
    };
    let new = NewPost { body };
    let answer = publish(&state.backend.db, &author, IdempotencyKey::from_form(idempotency_key), &new).await?;
    match answer.status() {
        StatusCode::CREATED => {
            drafts::forget(&state.backend.db, &author.user_id).await?;
            Flash::Posted.leave(&cookies);
            Ok(redirect_303("/posts"))
        }
        StatusCode::UNPROCESSABLE_ENTITY => show(&state, &layout, &author, &new.body, Some(&answer.json()?)).await,
        _ => Ok(answer.into_response()),
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
            (heading("Posts"))
            (form(typed, refused))
            @if posts.is_empty() {
                (empty_state("No posts yet", "Be the first to write one.", Markup::default()))
            } @else {
                ul.posts { @for it in &posts { (post(it)) } }
            }
        }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    layout.show(Some(author), Page { name: "Posts", status, main }).await
}

fn form(typed: &str, refused: Option<&Problem>) -> Markup {
    html! {
        form.card.write method="post" action="/posts" novalidate {
            (idempotency_key())
            label for="post" { "Write a post" }
            @if let Some(problem) = refused { p.field-error #post-error role="alert" { (problem.detail.as_deref().unwrap_or_default()) } }
            // The line break is the one that HTML drops there, so that a text which begins with one keeps it.
            textarea #post name="body" rows="3" aria-describedby=(if refused.is_some() { "post-error post-left" } else { "post-left" })
                aria-invalid=[refused.map(|_| "true")] { "\n" (typed) }
            div.write-end {
                p.left #post-left { "At most " (MAX_POST_CHARS) " characters." }
                button.primary type="submit" { "Publish" }
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
