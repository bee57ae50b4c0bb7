//! The server-rendered form for a new password that does not ask for the old one. Users reach it from a mailed link,
//! `/change-password/{id}`, or in a sign-in for which FusionAuth requires another password. Choosing a password signs the user in.
//!
//! The id of a link opens the account, so only the first URL contains it. The server then stores the id in an HttpOnly cookie and redirects
//! to `/change-password`, so the id reaches no history, referrer or log. If the account has a second factor, the page asks for a code
//! first, and keeps the trust token that FusionAuth returns for the code in another cookie until the password is changed.

use crate::auth::cookies::{CookieName, Cookies};
use crate::auth::email_proof::{self, MailedProof};
use crate::auth::{error::Error as AuthError, fusionauth::Unreachable, password_changes::PasswordChange};
use crate::notices::Change;
use crate::pages::form::Form;
use crate::pages::layout::{Page, PageResult};
use crate::pages::return_to::login_path;
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, flash::Flash, page_request::PageRequest, redirect_303};
use crate::sign_in::code_form::{CodeForm, CodeFormError, CodeState, code_page};
use crate::sign_in::login_page::respond_to_login;
use crate::sign_in::outcome::{after_refusal, device, password_changed};
use crate::sign_in::{change_password_form::ChangeForm, forgot_password_page::expired_link_page, password_link::trust_challenge};
use crate::{clock::now_ms, http::device_name::DeviceName, typed};
use axum::routing::{get, post};
use axum::{Router, extract::Path};
use fusionauth_api::login::LoginFailure;
use fusionauth_api::password::{ChangePasswordIdState, ChangePasswordOutcome, PasswordRule};
use fusionauth_api::step_up::TrustOutcome;
use maud::html;
use serde::Deserialize;
use storefront_messages::{CodeError, PasswordError, SignInError, SignInField, t};

pub(crate) fn router() -> Router<PageState> {
    let link = Router::new().route("/change-password/{id}", get(follow_link));
    link.route("/change-password", get(form).post(send)).route("/change-password/code", post(send_code))
}

/// How long the cookie keeps the link's id: longer than the link is valid at FusionAuth (10 minutes by default).
const LINK_SECONDS: u64 = 3_600;
/// How long the cookie keeps the trust token: longer than the token is valid at FusionAuth (3 minutes by default).
const TRUST_SECONDS: u64 = 600;

/// This type has no `Debug`, because it holds a password and an id that opens an account.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangePassword {
    password: String,
    /// The id from a sign-in. Empty after a mailed link, because then the cookie has the id.
    change_password_id: String,
    #[serde(flatten)]
    state: FormState,
}

async fn follow_link(request: PageRequest, Path(id): Path<String>) -> PageResult {
    if !Cookies::can_hold(&id) {
        return expired_link_page(&request, "").await;
    }
    request.cookies.set(CookieName::ChangePasswordId, &id, LINK_SECONDS);
    Ok(redirect_303("/change-password"))
}

async fn form(request: PageRequest) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let Some(id) = cookies.get(CookieName::ChangePasswordId) else { return expired_link_page(&request, "").await };
    backend.attempts.anonymous_calls.take_from(*client).await?;
    email_proof::prepare(&backend.fusionauth, &backend.db, MailedProof::ResetLink(id)).await?;
    let (id_state, rules) = tokio::join!(backend.fusionauth.change_password_id_state(id), backend.fusionauth.password_rules());
    match id_state {
        ChangePasswordIdState::Valid => request.show(ChangeForm::new(&rules).page()).await,
        ChangePasswordIdState::SecondFactorRequired if cookies.get(CookieName::LinkTrust).is_some() => {
            request.show(ChangeForm::new(&rules).page()).await
        }
        ChangePasswordIdState::SecondFactorRequired => ask_for_code(&request, id, None).await,
        ChangePasswordIdState::Expired => expired_link_page(&request, "").await,
        ChangePasswordIdState::Unavailable { .. } => request.show(ChangeForm::new(&rules).failed(PasswordError::Unavailable)).await,
    }
}

async fn send(request: PageRequest, browser: DeviceName, Form(sent): Form<ChangePassword>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let ChangePassword { password, change_password_id, state: mut form } = sent;
    let sign_in = Some(&*change_password_id).filter(|it| !it.is_empty());
    if let (None, Some(next)) = (sign_in, cookies.get(CookieName::AfterReset)) {
        next.clone_into(&mut form.next);
    }
    let Some(id) = sign_in.or_else(|| cookies.get(CookieName::ChangePasswordId)) else {
        return expired_link_page(&request, &form.username).await;
    };
    let trust_token = cookies.get(CookieName::LinkTrust);
    let outcome = if password.is_empty() {
        Ok(ChangePasswordOutcome::Refused(vec![PasswordRule::Blank]))
    } else {
        backend.attempts.anonymous_calls.take_from(*client).await?;
        let trust_challenge = trust_token.map(|_| trust_challenge(id));
        let change = PasswordChange {
            change_password_id: id.to_owned(),
            password,
            trust_token: trust_token.map(ToOwned::to_owned),
            trust_challenge,
        };
        match backend.authenticator.change_password(*client, change, Change::NewPassword.mail(request.layout.origin())).await {
            Ok((status, body)) => Ok(ChangePasswordOutcome::from_response(status, serde_json::from_slice(&body).unwrap_or_default())),
            Err(AuthError::SignInUnavailable) => Err(PasswordError::Unavailable),
            Err(AuthError::PasswordMayHaveChanged) => Err(PasswordError::MayHaveChanged),
            Err(error) => return Err(error.into()),
        }
    };
    let one_time_password = match outcome {
        Ok(ChangePasswordOutcome::Changed(it)) => it,
        Ok(ChangePasswordOutcome::Expired) => return expired_link_page(&request, &form.username).await,
        Ok(ChangePasswordOutcome::SecondFactorRequired) if Cookies::can_hold(id) => {
            // The trust token has expired, or the id comes from a sign-in and needs a trust token, too. From here on, the cookie keeps the
            // id, as after a mailed link.
            cookies.set(CookieName::ChangePasswordId, id, LINK_SECONDS);
            let error = trust_token.map(|_| CodeFormError::Code(CodeError::StartedOver));
            return ask_for_code(&request, id, error).await;
        }
        refused => {
            let rules = backend.fusionauth.password_rules().await;
            let shown = ChangeForm { state: Some(&form), id: sign_in.unwrap_or_default(), ..ChangeForm::new(&rules) };
            let page = match refused {
                Ok(ChangePasswordOutcome::Refused(broken)) => ChangeForm { broken: &broken, ..shown }.page(),
                Ok(_) => shown.failed(PasswordError::Unavailable),
                Err(error) => shown.failed(error),
            };
            return request.show(page).await;
        }
    };
    cookies.delete(CookieName::ChangePasswordId);
    cookies.delete(CookieName::LinkTrust);
    cookies.delete(CookieName::AfterReset);
    // `change_password` may have ended the older sign-ins in this millisecond, and the server accepts only a sign-in that begins later.
    let began_at = now_ms() + 1;
    let answer = backend.fusionauth.one_time_password_login(*client, device(&browser, cookies), &one_time_password).await;
    if matches!(answer.outcome, Err(LoginFailure::Unavailable { .. } | LoginFailure::NoAnswer | LoginFailure::InvalidCredentials)) {
        // The password has been changed, so the user can sign in with it.
        return Ok(Flash::text(|| t!("Password changed. Sign in with your new password."))
            .redirect(cookies, &login_path(backend.site.app, &form.next)));
    }
    if answer.outcome.is_ok() {
        password_changed().set(cookies);
    }
    respond_to_login(&request, &form, (began_at, Ok(answer)), |error| password_page(&form, Some(error))).await
}

async fn send_code(request: PageRequest, Form(sent): Form<CodeForm>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let Some(id) = cookies.get(CookieName::ChangePasswordId) else { return expired_link_page(&request, "").await };
    let CodeForm { code, send_to, factor: code_state } = sent;
    let again = |error| link_code_page(&code_state, Some(&CodeFormError::SignIn(error)));
    if !send_to.is_empty() {
        let (code_state, error, too_often) = code_state.send(backend, *client, &send_to).await;
        if matches!(error, Some(CodeFormError::SignIn(SignInError::CodeExpired))) {
            return ask_for_code(&request, id, Some(CodeFormError::Code(CodeError::StartedOver))).await;
        }
        return request.show(link_code_page(&code_state, error.as_ref()).with_retry_after(too_often)).await;
    }
    let code = typed::second_factor_code(&code);
    if code.is_empty() {
        return request.show(again(SignInError::Missing(vec![SignInField::Code]))).await;
    }
    let trusted = backend.fusionauth.trust(*client, code_state.two_factor_id(), &code);
    match backend.attempts.code(*client, code_state.two_factor_id(), trusted).await {
        Ok(TrustOutcome::Trusted(token)) => cookies.set(CookieName::LinkTrust, token.expose(), TRUST_SECONDS),
        Ok(TrustOutcome::PasswordChangeRequired(id)) => cookies.set(CookieName::ChangePasswordId, &id, LINK_SECONDS),
        Ok(TrustOutcome::Failed(LoginFailure::TwoFactorExpired)) => {
            return ask_for_code(&request, id, Some(CodeFormError::Code(CodeError::StartedOver))).await;
        }
        Ok(TrustOutcome::Failed(failure)) => return request.show(again(after_refusal(failure).into_error())).await,
        Err(too_often) => return request.show(again(SignInError::TooManyAttempts).with_retry_after(too_often)).await,
    }
    Ok(redirect_303("/change-password"))
}

/// Makes FusionAuth ask for the second factor of the link with this id, and shows the form for the code.
async fn ask_for_code(request: &PageRequest, id: &str, error: Option<CodeFormError>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = request;
    cookies.delete(CookieName::LinkTrust);
    backend.attempts.challenge(id).await?;
    match backend.fusionauth.start_second_factor_of_link(id, &trust_challenge(id)).await {
        Ok(Some(started)) => {
            let code_state = CodeState::new(&started.two_factor_id, &started.methods);
            let (code_state, not_sent) = code_state.send_if_only_way(backend, *client).await;
            request.show(link_code_page(&code_state, not_sent.or(error).as_ref())).await
        }
        Ok(None) => expired_link_page(request, "").await,
        Err(Unreachable) => {
            let rules = backend.fusionauth.password_rules().await;
            request.show(ChangeForm::new(&rules).failed(PasswordError::SecondFactorRequired)).await
        }
    }
}

fn link_code_page(code_state: &CodeState, error: Option<&CodeFormError>) -> Page {
    let hidden = html! {
        (FormState::begin().hidden_inputs())
        p { (t!("Two-factor authentication protects this account. Enter a code, then choose a new password.")) }
    };
    code_page("/change-password/code", code_state, &hidden, &html! {}, error)
}
