//! The choice of the language in the footer of each page. A cookie stores the choice for a year.

use crate::auth::cookies::{CookieName, Cookies};
use crate::pages::{PageState, form::Form, redirect_303};
use axum::http::{Method, request::Parts};
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
    let is_safe = fusionauth_api::return_path::is_safe(&back, &["/logout", "/language"]);
    redirect_303(if is_safe { &back } else { "/" })
}

/// A button for each other language, labelled in that language. `back` is the URL of the page with the buttons.
pub(super) fn form(back: &str) -> Markup {
    let others = Language::ALL.into_iter().filter(|it| *it != Language::current());
    html! {
        form method="post" action="/language" {
            input type="hidden" name="back" value=(back);
            @for other in others {
                button.quiet type="submit" name="language" value=(other.tag()) lang=(other.tag()) { (other.name()) }
            }
        }
    }
}

/// The URL that a browser can open later to see this page again. For the response to a form, this is the URL of the page that contains the
/// form.
pub(super) fn way_back(parts: &Parts, path_and_query: &str) -> String {
    if matches!(parts.method, Method::GET | Method::HEAD) { path_and_query.to_owned() } else { page_with_form(parts.uri.path()).to_owned() }
}

fn page_with_form(action: &str) -> &str {
    match action {
        "/login/code" | "/login/join" => "/login",
        "/change-password/code" => "/change-password",
        "/verify-email/again" => "/verify-email",
        "/verify-registration/again" => "/verify-registration",
        "/account/display-name" => "/account",
        "/shopping-cart/lines" => "/",
        _ if action.starts_with("/posts/") && !action.ends_with("/edit") => action.rsplit_once('/').map_or(action, |(thread, _)| thread),
        _ => ["/shopping-cart", "/orders", "/account/email", "/account/authenticator", "/account/sessions"]
            .into_iter()
            .find(|page| action.strip_prefix(page).is_some_and(|rest| rest.starts_with('/')))
            .unwrap_or(action),
    }
}
