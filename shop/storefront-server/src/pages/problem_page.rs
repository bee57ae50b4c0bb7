//! The error page that replaces a problem document (RFC 9457) on server-rendered sites.

use crate::auth::cookies::Cookies;
use crate::pages::components::{heading, icon};
use crate::pages::layout::{Layout, Page};
use crate::pages::{PageState, form::SentText};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::html;
use storefront_api::Problem;
use storefront_messages::t;

/// Middleware, around a whole site: replaces a problem document with a page that shows its title and detail. Responses of the site's API
/// stay problem documents.
pub(crate) async fn render_problem(State(state): State<PageState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_api = parts.uri.path() == "/api" || parts.uri.path().starts_with("/api/");
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    if is_api {
        return response;
    }
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let sent = response.extensions().get::<SentText>().cloned();
    let layout = Layout::of(&parts, &state);
    // If the server fails, the page does not show the signed-in user, because reading the session may fail as well.
    let viewer = match response.extensions().get::<Cookies>() {
        Some(cookies) if response.status().is_client_error() => state.backend.authenticator.identify_without_renewal(cookies).await,
        _ => None,
    };
    let main = html! {
        div.narrow {
            section.empty-state {
                (icon(if response.status() == StatusCode::NOT_FOUND { "search" } else { "cloud" }))
                (heading(&problem.title))
                p { (problem.detail.as_deref().unwrap_or_default()) }
                @if let Some(SentText(text)) = &sent {
                    label for="sent" { (t!("Your text, so that you can copy it")) }
                    // Browsers drop a line break at the beginning of a `textarea`. The added line break protects a line break at the
                    // beginning of the text.
                    textarea #sent rows="6" readonly { "\n" (text) }
                }
                a.button.primary href="/" { (t!("Go to the home page")) }
            }
        }
    };
    let (mut head, _) = response.into_parts();
    match layout.show(viewer.as_ref(), Page::new(t!("Something went wrong"), head.status, main)).await {
        Ok(page) => {
            let (rendered, body) = page.into_parts();
            head.headers.remove(header::CONTENT_LENGTH);
            head.headers.extend(rendered.headers);
            Response::from_parts(head, body)
        }
        Err(_) => (head.status, problem.title).into_response(),
    }
}
