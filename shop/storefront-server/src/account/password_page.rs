//! The server-rendered page `/account/password`, on which a signed-in user changes the password. The form asks for the current password.
//! All sessions of the user end, and the server signs this browser in again with the new password.

use crate::auth::{error::Error as AuthError, family_rules::SignOutScope, fusionauth::LoginAnswer, verify::Identity};
use crate::pages::form::{Field, FieldKind, Form, account_name, field_summary, message_summary, password_rules};
use crate::pages::layout::{Page, PageResult};
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, flash::Flash, page_request::UserPageRequest};
use crate::sign_in::{login_page::respond_to_login, outcome::device};
use crate::{clock::now_ms, http::device_name::DeviceName, state::SiteState};
use axum::{Router, http::StatusCode, routing::get};
use fusionauth_api::account::ReplacePasswordOutcome;
use fusionauth_api::password::{PasswordRule, PasswordRules};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_messages::{AccountError, PasswordError, SignInField, Storefront, broken_rule_text, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/account/password", get(form).post(change))
}

/// This type has no `Debug`, because it holds passwords.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangeForm {
    current_password: String,
    password: String,
}

const CURRENT: &str = "current-password";
const NEW: &str = "new-password";

async fn form(request: UserPageRequest) -> PageResult {
    let rules = request.backend.fusionauth.password_rules().await;
    request.show(View { user: &request.user, rules: &rules, current: None, new: Vec::new() }.page(StatusCode::OK, None)).await
}

async fn change(request: UserPageRequest, browser: DeviceName, Form(sent): Form<ChangeForm>) -> PageResult {
    let ChangeForm { current_password, password } = sent;
    let backend = request.backend.clone();
    let SiteState { attempts, fusionauth, authenticator, .. } = &*backend;
    let login_id = request.user.email.clone().unwrap_or_default();
    let rules = fusionauth.password_rules().await;
    let mut view = View { user: &request.user, rules: &rules, current: None, new: Vec::new() };
    if current_password.is_empty() || password.is_empty() {
        view.current = current_password.is_empty().then(|| SignInField::Password.missing::<Storefront>());
        view.new = if password.is_empty() { vec![broken_rule_text::<Storefront>(PasswordRule::Blank)] } else { Vec::new() };
        return request.show(view.page(StatusCode::UNPROCESSABLE_ENTITY, None)).await;
    }
    let outcome = match authenticator.replace_password(attempts, request.client, &request.user, &current_password, &password).await {
        Ok(Err(AuthError::PasswordMayHaveChanged)) => {
            let summary = message_summary(PasswordError::MayHaveChanged.message::<Storefront>());
            return request.show(view.page(StatusCode::SERVICE_UNAVAILABLE, Some(summary))).await;
        }
        Ok(outcome) => outcome?,
        Err(too_often) => {
            let page =
                view.page(StatusCode::TOO_MANY_REQUESTS, Some(message_summary(PasswordError::TooManyAttempts.message::<Storefront>())));
            return request.show(page.with_retry_after(too_often)).await;
        }
    };
    let page = match outcome {
        ReplacePasswordOutcome::Changed => {
            // The cookies belong to a sign-in that has just ended, so this signs the browser in again with the new password.
            let request = request.without_user();
            let cookies = &request.cookies;
            authenticator.sign_out(cookies, SignOutScope::Everywhere).await?;
            let began_at = now_ms() + 1; // later than the sign-out
            let answer = attempts.login(fusionauth, request.client, device(&browser, cookies), &login_id, &password).await;
            if matches!(&answer, Ok(LoginAnswer { outcome: Ok(_), .. })) {
                Flash::PasswordChanged.set(cookies);
            }
            let form = FormState { next: "/account".to_owned(), username: login_id, ..FormState::of_sign_in(cookies) };
            return respond_to_login(&request, &form, (began_at, answer), |error| password_page(&form, Some(error))).await;
        }
        ReplacePasswordOutcome::WrongPassword => {
            view.current = Some(AccountError::WrongPassword.message().what);
            view.page(StatusCode::UNPROCESSABLE_ENTITY, None)
        }
        ReplacePasswordOutcome::Refused(rules) => {
            view.new = rules.into_iter().map(broken_rule_text::<Storefront>).collect();
            view.page(StatusCode::UNPROCESSABLE_ENTITY, None)
        }
        ReplacePasswordOutcome::SecondFactorRequired => {
            let summary = message_summary(AccountError::LinkNeeded.message());
            view.page(StatusCode::FORBIDDEN, Some(summary))
        }
        ReplacePasswordOutcome::Unavailable { .. } => {
            view.page(StatusCode::SERVICE_UNAVAILABLE, Some(message_summary(PasswordError::Unavailable.message::<Storefront>())))
        }
    };
    request.show(page).await
}

struct View<'a> {
    user: &'a Identity,
    rules: &'a PasswordRules,
    /// The error of the current password.
    current: Option<&'a str>,
    /// The errors of the new password.
    new: Vec<&'a str>,
}

impl View<'_> {
    fn page(&self, status: StatusCode, summary: Option<Markup>) -> Page {
        let errors: Vec<(&str, &str)> =
            self.current.map(|it| (CURRENT, it)).into_iter().chain(self.new.iter().map(|it| (NEW, *it))).collect();
        let new = (!self.new.is_empty()).then(|| self.new.join(" "));
        let field = |id, name, label, kind, error| Field { id, name, label, kind, value: None, error }.view();
        let content = html! {
            p.lead { (t!("You stay signed in here, and we sign you out everywhere else.")) }
            form #change-password method="post" action="/account/password" novalidate {
                @if let Some(summary) = summary { (summary) } @else if !errors.is_empty() { (field_summary(errors.into_iter())) }
                (account_name(self.user.email.as_deref().unwrap_or_default()))
                (field(CURRENT, "current_password", t!("Current password"), FieldKind::CurrentPassword, self.current))
                (field(NEW, "password", t!("New password"), FieldKind::NewPassword, new.as_deref()))
                (password_rules(self.rules))
                button.primary.wide type="submit" { (t!("Change password")) }
                a.button.quiet.wide href="/account" { (t!("Back to your account")) }
            }
            p { a href="/forgot-password" { (t!("Forgot your password?")) } }
        };
        Page::narrow(t!("Change your password"), status, content)
    }
}
