//! The server-rendered page for a user who is not registered for this application (202): one button registers, and the password is asked
//! for once more, because nothing here keeps it and it proves whose account it is.

use crate::auth::{cookies::Cookies, fusionauth::LoginAnswer, fusionauth::RegistrationError};
use crate::clock::now_ms;
use crate::http::{client_address::ClientAddress, device_name::DeviceName, problem::ProblemResponse};
use crate::pages::PageState;
use crate::pages::form::{FieldKind, Form};
use crate::pages::layout::{Layout, Page};
use crate::pages::sign_in_form::{FormState, field, status, summary};
use crate::sign_in::login_page::respond_to_login;
use crate::sign_in::outcome::device;
use crate::state::Backend;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::post};
use fusionauth_api::login::LoginFailure;
use maud::html;
use serde::Deserialize;
use storefront_messages::{Blocked, Misconfiguration, SignInError, SignInField};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/login/join", post(join))
}

/// This type has no `Debug`, because it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct JoinForm {
    password: String,
    #[serde(flatten)]
    state: FormState,
}

async fn join(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    browser: DeviceName,
    cookies: Cookies,
    Form(JoinForm { password, state: form }): Form<JoinForm>,
) -> Result<Response, ProblemResponse> {
    let again = |error: &SignInError| page(&form, Some(error));
    if password.is_empty() {
        return layout.show(None, again(&SignInError::Missing(vec![SignInField::Password]))).await;
    }
    let Backend { attempts, fusionauth, site, .. } = &state.backend;
    let device = device(&browser, &cookies);
    let began_at = now_ms();
    let mut answer = attempts.login(fusionauth, client, device, &form.username, &password).await;
    if let Ok(LoginAnswer { outcome: Err(LoginFailure::NotRegistered), details }) = &answer
        && let Some(user) = &details.user
    {
        match fusionauth.register_existing_user(client, &user.id, &site.application.id).await {
            Ok(()) => answer = attempts.login(fusionauth, client, device, &form.username, &password).await,
            Err(RegistrationError::Unavailable) => return layout.show(None, again(&SignInError::Unavailable)).await,
            Err(RegistrationError::ApiKeyRefused | RegistrationError::Invalid(_)) => {
                tracing::error!("FusionAuth did not register a user for another application; set --fusionauth-api-key");
                return layout.show(None, again(&SignInError::Misconfigured(Misconfiguration::Logged))).await;
            }
        }
    }
    respond_to_login(&state, &layout, &cookies, &form, (client, began_at, answer), again).await
}

/// The page.
pub(super) fn page(form: &FormState, error: Option<&SignInError>) -> Page {
    let blocked = Blocked::NotRegistered;
    let content = html! {
        p { (blocked.message().what) }
        p.lead { "Add it with one click: enter your password once more." }
        form #join method="post" action="/login/join" novalidate {
            (summary(error))
            (form.hidden_inputs())
            input.hidden type="text" name="username" value=(form.username) autocomplete="username" tabindex="-1" aria-hidden="true" readonly;
            (field(SignInField::Password, "password", "Password", FieldKind::CurrentPassword, None, error))
            button.primary.wide type="submit" { "Register and sign in" }
            a.button.quiet.wide href="/login" { "Use another account" }
        }
    };
    Page::narrow(blocked.heading(), error.map_or(StatusCode::FORBIDDEN, status), content)
}
