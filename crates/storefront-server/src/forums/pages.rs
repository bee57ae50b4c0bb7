//! The Forums: `/` and `/posts`.

use crate::{
    auth::{cookies::Cookies, current_user::Shopper, verify::Identity},
    forums::{
        drafts,
        posts::{newest, publish},
    },
    http::{error::Error, idempotency::IdempotencyKey},
    pages::{
        Webapp,
        components::{date_time, heading, idempotency_key, nothing},
        flash::Flash,
        layout::{Frame, Page},
        page_user::{Member, Visitor, signed_out},
        see_other,
    },
    sign_in,
};
use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::{MAX_POST_CHARS, NewPost, Post, Problem};

pub(crate) fn router() -> Router<Webapp> {
    Router::new().route("/", get(home)).route("/posts", get(posts).post(write))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Write {
    body: String,
    idempotency_key: String,
}

async fn home(frame: Frame, Visitor(visitor): Visitor) -> Result<Response, Error> {
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
    frame.show(visitor.as_ref(), Page { name: "Welcome", status: StatusCode::OK, main }).await
}

async fn posts(State(webapp): State<Webapp>, frame: Frame, Member(author): Member) -> Result<Response, Error> {
    let draft = drafts::of(&webapp.backend.db, &author.user_id).await?;
    show(&webapp, &frame, &author, &draft, None).await
}

/// What was typed is never lost: a post that is refused stands in the form again, and one that comes without a sign-in
/// goes along with the sign-in form.
async fn write(
    State(webapp): State<Webapp>,
    frame: Frame,
    shopper: Result<Shopper, Error>,
    cookies: Cookies,
    Form(Write { body, idempotency_key }): Form<Write>,
) -> Result<Response, Error> {
    let author = match shopper {
        Ok(Shopper(author)) => author,
        Err(error) => match signed_out(&error) {
            Some(_) => return sign_in::pages::instead(&frame, body).await,
            None => return Err(error),
        },
    };
    let new = NewPost { body };
    let answer = publish(&webapp.backend.db, &author, IdempotencyKey::from_form(idempotency_key), &new).await?;
    match answer.status() {
        StatusCode::CREATED => {
            drafts::forget(&webapp.backend.db, &author.user_id).await?;
            Flash::Posted.leave(&cookies);
            Ok(see_other("/posts"))
        }
        StatusCode::UNPROCESSABLE_ENTITY => show(&webapp, &frame, &author, &new.body, Some(&answer.json()?)).await,
        _ => Ok(answer.into_response()),
    }
}

async fn show(webapp: &Webapp, frame: &Frame, author: &Identity, typed: &str, refused: Option<&Problem>) -> Result<Response, Error> {
    let posts = newest(&webapp.backend.db).await?;
    let main = html! {
        div.narrow.forum {
            (heading("Posts"))
            (form(typed, refused))
            @if posts.is_empty() {
                (nothing("No posts yet", "Be the first to write one.", Markup::default()))
            } @else {
                ul.posts { @for it in &posts { (post(it)) } }
            }
        }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.show(Some(author), Page { name: "Posts", status, main }).await
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
