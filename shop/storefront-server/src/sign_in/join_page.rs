//! The handler of `POST /login/join`, the form of `join_form`: registers a FusionAuth user for this application, and signs the user in.

use crate::pages::form::Form;
use crate::pages::layout::PageResult;
use crate::pages::{PageState, page_request::PageRequest};
use crate::sign_in::join::{self, JoinOutcome};
use crate::sign_in::{
    join_form::join_page,
    login_page::{PasswordForm, missing_fields, respond_to_login},
    outcome::device,
};
use crate::{clock::now_ms, http::device_name::DeviceName};
use axum::{Router, routing::post};
use storefront_messages::{Misconfiguration, SignInError};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/login/join", post(send))
}

async fn send(request: PageRequest, browser: DeviceName, Form(PasswordForm { password, state: form }): Form<PasswordForm>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let again = |error: &SignInError| join_page(&form, Some(error));
    let missing = missing_fields(&form.username, &password);
    if !missing.is_empty() {
        return request.show(again(&SignInError::Missing(missing))).await;
    }
    let device = device(&browser, cookies);
    let began_at = now_ms();
    let answer = match join::join(backend, *client, device, &form.username, &password).await {
        Ok(JoinOutcome::Joined) => backend.attempts.login(&backend.fusionauth, *client, device, &form.username, &password).await,
        Ok(JoinOutcome::Answered(answer)) => Ok(*answer),
        Ok(JoinOutcome::Unavailable) => return request.show(again(&SignInError::Unavailable)).await,
        Ok(JoinOutcome::ApiKeyRefused) => return request.show(again(&SignInError::Misconfigured(Misconfiguration::Logged))).await,
        Err(too_often) => Err(too_often),
    };
    respond_to_login(&request, &form, (began_at, answer), again).await
}
