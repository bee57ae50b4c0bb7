//! The handler of `POST /login/join`, the form of `join_form`: registers a FusionAuth user for this application, and signs the user in.

use crate::auth::cookies::Cookies;
use crate::clock::now_ms;
use crate::http::{client_address::ClientAddress, device_name::DeviceName, problem::ProblemResponse};
use crate::pages::PageState;
use crate::pages::form::Form;
use crate::pages::layout::Layout;
use crate::pages::sign_in_form::FormState;
use crate::sign_in::join::{self, JoinOutcome};
use crate::sign_in::join_form::join_page;
use crate::sign_in::login_page::respond_to_login;
use crate::sign_in::outcome::device;
use crate::state::SiteState;
use axum::{Router, extract::State, response::Response, routing::post};
use serde::Deserialize;
use storefront_messages::{Misconfiguration, SignInError, SignInField};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/login/join", post(send))
}

/// This type has no `Debug`, because it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct JoinForm {
    password: String,
    #[serde(flatten)]
    state: FormState,
}

async fn send(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    browser: DeviceName,
    cookies: Cookies,
    Form(JoinForm { password, state: form }): Form<JoinForm>,
) -> Result<Response, ProblemResponse> {
    let again = |error: &SignInError| join_page(&form, Some(error));
    if password.is_empty() {
        return layout.show(None, again(&SignInError::Missing(vec![SignInField::Password]))).await;
    }
    let device = device(&browser, &cookies);
    let began_at = now_ms();
    let answer = match join::join(&state.backend, client, device, &form.username, &password).await {
        Ok(JoinOutcome::Joined) => {
            let SiteState { attempts, fusionauth, .. } = &*state.backend;
            attempts.login(fusionauth, client, device, &form.username, &password).await
        }
        Ok(JoinOutcome::Answered(answer)) => Ok(*answer),
        Ok(JoinOutcome::Unavailable) => return layout.show(None, again(&SignInError::Unavailable)).await,
        Ok(JoinOutcome::ApiKeyRefused) => {
            return layout.show(None, again(&SignInError::Misconfigured(Misconfiguration::Logged))).await;
        }
        Err(too_often) => Err(too_often),
    };
    respond_to_login(&state, &layout, &cookies, &form, (client, began_at, answer), again).await
}
