//! The error page that replaces a problem document (RFC 9457) on server-rendered sites.

use crate::auth::cookies::Cookies;
use crate::pages::components::{heading, icon};
use crate::pages::layout::{Head, Layout, Page};
use crate::pages::{PageState, sent_form::SentForm};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use storefront_api::Problem;
use storefront_messages::t;

/// Middleware, around a whole site: replaces a problem document with a page that shows its title and detail, and the sent form if the same
/// form may succeed later. Responses of the site's API stay problem documents.
pub(crate) async fn render_problem(State(state): State<PageState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let form = SentForm::default();
    parts.extensions.insert(form.clone());
    let is_api = parts.uri.path() == "/api" || parts.uri.path().starts_with("/api/");
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    if is_api {
        return response;
    }
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let main = form.again(parts.uri.path(), &problem).unwrap_or_else(|| empty_page(&problem));
    let layout = Layout::of(&parts, &state);
    // If the server fails, the page does not show the signed-in user, because reading the session may fail as well.
    let viewer = match response.extensions().get::<Cookies>() {
        Some(cookies) if response.status().is_client_error() => state.backend.authenticator.identify_without_renewal(cookies).await,
        _ => None,
    };
    let (mut head, _) = response.into_parts();
    let title = Head { title: &problem.title, content: Markup::default() };
    match layout.show_with_head(viewer.as_ref(), &title, Page::new("", head.status, main)).await {
        Ok(page) => {
            let (rendered, body) = page.into_parts();
            head.headers.remove(header::CONTENT_LENGTH);
            head.headers.extend(rendered.headers);
            Response::from_parts(head, body)
        }
        Err(_) => (head.status, problem.title).into_response(),
    }
}

fn empty_page(problem: &Problem) -> Markup {
    html! {
        div.narrow {
            section.empty-state {
                (icon(if problem.status == StatusCode::NOT_FOUND { "search" } else { "cloud" }))
                (heading(&problem.title))
                p { (problem.detail.as_deref().unwrap_or_default()) }
                a.button.primary href="/" { (t!("Go to the home page")) }
            }
        }
    }
}
