//! The server-rendered page `/account/sessions`: where a user is signed in, with the buttons that end one session or all others.

use crate::auth::{cookies::Cookies, fusionauth::Unreachable, verify::Identity};
use crate::config::site::other_app;
use crate::http::{error::Error as HttpError, problem::ProblemResponse};
use crate::pages::components::{date_time_of_ms, heading};
use crate::pages::form::{Form, message_summary};
use crate::pages::layout::{Layout, Page, app_name};
use crate::pages::{PageState, flash::Flash, page_user::PageUser, redirect_303};
use crate::state::Backend;
use axum::routing::{get, post};
use axum::{Router, extract::State, http::StatusCode, response::Response};
use fusionauth_api::account::RemoteSession;
use maud::{Markup, html};
use serde::Deserialize;
use std::cmp::Reverse;
use storefront_messages::AccountError;

pub(crate) fn router() -> Router<PageState> {
    let list = Router::new().route("/account/sessions", get(list));
    list.route("/account/sessions/end", post(end)).route("/account/sessions/end-others", post(end_others))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EndForm {
    id: String,
}

async fn list(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(user): PageUser,
    cookies: Cookies,
) -> Result<Response, ProblemResponse> {
    show(&state.backend, &layout, &cookies, &user, None).await
}

async fn end(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(user): PageUser,
    cookies: Cookies,
    Form(EndForm { id }): Form<EndForm>,
) -> Result<Response, ProblemResponse> {
    let backend = &state.backend;
    let Ok(sessions) = backend.fusionauth.sessions(&user.user_id).await else {
        return show(backend, &layout, &cookies, &user, Some(AccountError::Unavailable)).await;
    };
    // The id comes from the browser, which may send anybody's. A session that has ended meanwhile is what the user wants.
    if sessions.iter().any(|it| it.id == id) && backend.authenticator.end_session(&user.user_id, &id).await.is_err() {
        return show(backend, &layout, &cookies, &user, Some(AccountError::SessionNotEnded)).await;
    }
    Flash::SessionEnded.set(&cookies);
    Ok(redirect_303("/account/sessions"))
}

async fn end_others(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(user): PageUser,
    cookies: Cookies,
) -> Result<Response, ProblemResponse> {
    let backend = &state.backend;
    let own = backend.authenticator.current_session_id(&cookies).await.map_err(|_| HttpError::Internal)?;
    let (Some(own), Ok(sessions)) = (own, backend.fusionauth.sessions(&user.user_id).await) else {
        return show(backend, &layout, &cookies, &user, Some(AccountError::Unavailable)).await;
    };
    for session in sessions.iter().filter(|it| it.id != own) {
        if backend.authenticator.end_session(&user.user_id, &session.id).await.is_err() {
            return show(backend, &layout, &cookies, &user, Some(AccountError::SessionNotEnded)).await;
        }
    }
    Flash::OtherSessionsEnded.set(&cookies);
    Ok(redirect_303("/account/sessions"))
}

async fn show(
    backend: &Backend,
    layout: &Layout,
    cookies: &Cookies,
    user: &Identity,
    error: Option<AccountError>,
) -> Result<Response, ProblemResponse> {
    let own = backend.authenticator.current_session_id(cookies).await.map_err(|_| HttpError::Internal)?;
    let (sessions, error) = match backend.fusionauth.sessions(&user.user_id).await {
        Ok(mut sessions) => {
            sessions.sort_by_key(|it| (Some(&it.id) != own.as_ref(), Reverse(it.start_instant)));
            (sessions, error)
        }
        Err(Unreachable) => (Vec::new(), Some(AccountError::Unavailable)),
    };
    let has_others = own.is_some() && sessions.len() > 1;
    let main = html! {
        div.narrow {
            (heading("Your sessions"))
            @if let Some(error) = error { (message_summary(error.message())) }
            p { "Everywhere you are signed in with this account. If you do not know one of them, end it, and change your password." }
            @for session in &sessions { (session_view(backend, session, own.as_deref())) }
            @if has_others {
                form method="post" action="/account/sessions/end-others" { button.quiet.wide type="submit" { "End all other sessions" } }
            }
            a.button.quiet.wide href="/account" { "Back to your account" }
        }
    };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::SERVICE_UNAVAILABLE);
    layout.show(Some(user), Page { name: "Your sessions", status, main }).await
}

fn session_view(backend: &Backend, session: &RemoteSession, own: Option<&str>) -> Markup {
    let device = &session.meta_data.device;
    let name = device.name.as_deref().unwrap_or("Unknown browser");
    let app = match session.application_id.as_deref() {
        Some(id) if id == backend.site.application.id => app_name(backend.site.app),
        Some(id) if Some(id) == backend.site.sibling_application_id() => app_name(other_app(backend.site.app)),
        _ => "another application",
    };
    html! {
        section.card.about {
            h2 { bdi { (name) } ", " (app) }
            @if own == Some(&session.id) { p { strong { "This device" } } }
            dl.facts {
                div { dt { "Signed in" } dd { (date_time_of_ms(session.insert_instant)) } }
                div { dt { "Last used" } dd { (date_time_of_ms(session.start_instant)) } }
                @if let Some(address) = &device.last_accessed_address { div { dt { "From" } dd { (address) } } }
            }
            @if own == Some(&session.id) {
                form method="post" action="/logout" { button.quiet type="submit" { "Sign out of this device" } }
            } @else {
                form method="post" action="/account/sessions/end" {
                    input type="hidden" name="id" value=(session.id);
                    button.quiet type="submit" aria-label={ "End this session: " (name) ", " (app) } { "End this session" }
                }
            }
        }
    }
}
