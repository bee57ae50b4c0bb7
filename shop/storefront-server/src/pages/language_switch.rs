//! The choice of the language in the footer of each page. A cookie stores the choice for a year.

use crate::auth::cookies::{CookieName, Cookies};
use crate::pages::{PageState, form::Form, redirect_303, return_to::is_way_back};
use axum::{Router, response::Response, routing::post};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_messages::Language;

const MAX_AGE_SECONDS: u64 = 365 * 24 * 60 * 60;

pub(super) fn router() -> Router<PageState> {
    Router::new().route("/language", post(choose))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    language: String,
    /// The URL of the page with the form.
    back: String,
}

async fn choose(cookies: Cookies, Form(Choice { language, back }): Form<Choice>) -> Response {
    if let Some(language) = Language::from_tag(&language) {
        cookies.set(CookieName::Language, language.tag(), MAX_AGE_SECONDS);
    }
    redirect_303(if is_way_back(&back) { &back } else { "/" })
}

/// A button for each other language that the site offers, labelled in that language.
pub(super) fn form(offered: &[Language]) -> Markup {
    let others = offered.iter().filter(|it| **it != Language::current());
    html! {
        form method="post" action="/language" {
            @for other in others {
                button.quiet type="submit" name="language" value=(other.tag()) lang=(other.tag()) { (other.name()) }
            }
        }
    }
}
