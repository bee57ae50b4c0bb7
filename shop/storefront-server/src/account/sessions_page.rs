//! The server-rendered page `/account/sessions`: the user's sessions, with buttons that end one session, or all except this browser's.

use crate::account::{error::Error, form::AccountForm, sessions};
use crate::http::{device_name, error::Error as HttpError};
use crate::pages::components::heading;
use crate::pages::form::{Form, message_summary};
use crate::pages::format::time_of_ms;
use crate::pages::layout::{Page, PageResult};
use crate::pages::{PageState, flash::Flash, page_request::UserPageRequest};
use crate::state::Backend;
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use fusionauth_api::account::RemoteSession;
use maud::{Markup, html};
use std::collections::HashSet;
use storefront_messages::{AccountError, app_name, t};

pub(crate) fn router() -> Router<PageState> {
    let list = Router::new().route("/account/sessions", get(list));
    list.route("/account/sessions/end", post(end)).route("/account/sessions/end-others", post(end_others))
}

async fn list(request: UserPageRequest) -> PageResult {
    show(&request, None).await
}

async fn end(request: UserPageRequest, Form(sent): Form<AccountForm>) -> PageResult {
    match sessions::end(&request.backend, &request.user.user_id, &sent.id).await {
        Ok(()) => Ok(Flash::text(|| t!("That session has ended.")).redirect(&request.cookies, "/account/sessions")),
        Err(error) => show(&request, Some(text_of(&error))).await,
    }
}

async fn end_others(request: UserPageRequest) -> PageResult {
    let own = own_session(&request).await?;
    match sessions::end_others(&request.backend, &request.user.user_id, own.as_deref()).await {
        Ok(()) => Ok(Flash::text(|| t!("All other sessions have ended. You are now signed in only on this device."))
            .redirect(&request.cookies, "/account/sessions")),
        Err(error) => show(&request, Some(text_of(&error))).await,
    }
}

async fn own_session(request: &UserPageRequest) -> Result<Option<String>, HttpError> {
    request.backend.authenticator.current_session_id(&request.cookies).await.map_err(|_| HttpError::Internal)
}

async fn show(request: &UserPageRequest, error: Option<AccountError>) -> PageResult {
    let (backend, own) = (&request.backend, own_session(request).await?);
    let (sessions, error) = match sessions::list(backend, &request.user.user_id, own.as_deref()).await {
        Ok(sessions) => (sessions, error),
        Err(error) => (Vec::new(), Some(text_of(&error))),
    };
    let bound = backend.authenticator.bound_sessions(&request.user.user_id).await.map_err(|_| HttpError::Internal)?;
    let has_others = own.is_some() && sessions.len() > 1;
    let main = html! {
        div.narrow {
            (heading(t!("Your sessions")))
            @if let Some(error) = error { (message_summary(error.message())) }
            p { (t!("This is where you are signed in with this account. If you don't recognise a session, end it and change your \
                     password.")) }
            @for session in &sessions { (session_view(backend, session, own.as_deref(), &bound)) }
            @if has_others {
                form method="post" action="/account/sessions/end-others" { button.quiet.wide type="submit" { (t!("End all other sessions")) } }
            }
            a.button.quiet.wide href="/account" { (t!("Back to your account")) }
        }
    };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::SERVICE_UNAVAILABLE);
    request.show(Page::new(t!("Your sessions"), status, main)).await
}

fn text_of(error: &Error) -> AccountError {
    if matches!(error, Error::SessionNotEnded) { AccountError::SessionNotEnded } else { AccountError::Unavailable }
}

fn session_view(backend: &Backend, session: &RemoteSession, own: Option<&str>, bound: &HashSet<String>) -> Markup {
    let device = &session.meta_data.device;
    let name = device_name::of_session(device).unwrap_or_else(|| t!("Unknown browser").to_owned());
    let app = sessions::app_of(&backend.site, session).map_or(t!("another application"), app_name);
    html! {
        section.card.about {
            h2 { bdi { (name) } ", " (app) }
            @if own == Some(&session.id) { p { strong { (t!("This device")) } } }
            @if bound.contains(&session.id) { p { (t!("Tied to its device: copied cookies don't work anywhere else.")) } }
            dl.facts {
                div { dt { (t!("Signed in")) } dd { (time_of_ms(session.insert_instant)) } }
                div { dt { (t!("Last used")) } dd { (time_of_ms(session.start_instant)) } }
                @if let Some(address) = &device.last_accessed_address { div { dt { (t!("IP address")) } dd { (address) } } }
            }
            @if own == Some(&session.id) {
                form method="post" action="/logout" { button.quiet type="submit" { (t!("Sign out of this device")) } }
            } @else {
                form method="post" action="/account/sessions/end" {
                    input type="hidden" name="id" value=(session.id);
                    button.quiet type="submit" aria-label=(t!("End this session: {}, {}", name, app)) { (t!("End this session")) }
                }
            }
        }
    }
}
