//! The server-rendered form for a new password, without the old one: after a mailed link, `/change-password/{id}`, and in a sign-in for
//! which FusionAuth wants another password. Whoever has chosen one is signed in.
//!
//! The id of a link opens the account, so it stays in the address of one redirect only: a cookie that no script can read takes it to
//! `/change-password`, and from there it never reaches history, referrer or log.

use crate::auth::cookies::{CookieName, Cookies};
use crate::clock::now_ms;
use crate::http::{client_address::ClientAddress, problem::ProblemResponse};
use crate::pages::form::{Field, FieldKind, Form, field_summary, message_summary};
use crate::pages::layout::{Layout, Page};
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, flash::Flash, redirect_303};
use crate::sign_in::{forgot_password_page::expired_link_page, login_page::respond_to_login};
use crate::state::Backend;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Router, http::StatusCode, response::Response};
use fusionauth_api::login::LoginOutcome;
use fusionauth_api::password::{ChangePasswordOutcome, PasswordRule, PasswordRules};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_messages::{FieldMessage, PasswordError, PasswordHint, SignInError};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/change-password/{id}", get(follow_link)).route("/change-password", get(form).post(send))
}

/// The cookie outlives the link, whose end FusionAuth decides (10 minutes by default).
const LINK_SECONDS: u64 = 3_600;

/// This type has no `Debug`, because it holds a password and an id that opens an account.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangePassword {
    password: String,
    /// From a sign-in. After a mailed link the cookie has it.
    change_password_id: String,
    #[serde(flatten)]
    state: FormState,
}

async fn follow_link(cookies: Cookies, layout: Layout, Path(id): Path<String>) -> Result<Response, ProblemResponse> {
    if !Cookies::can_hold(&id) {
        return expired_link_page(&layout, &cookies, "").await;
    }
    cookies.set(CookieName::ChangePasswordId, &id, LINK_SECONDS);
    Ok(redirect_303("/change-password"))
}

async fn form(State(state): State<PageState>, cookies: Cookies, layout: Layout) -> Result<Response, ProblemResponse> {
    let Some(id) = cookies.get(CookieName::ChangePasswordId) else { return expired_link_page(&layout, &cookies, "").await };
    let (is_good, rules) =
        tokio::join!(state.backend.fusionauth.is_change_password_id_valid(id), state.backend.fusionauth.password_rules());
    match is_good {
        Some(true) => layout.show(None, ChangeForm::new(&rules).page(StatusCode::OK)).await,
        Some(false) => expired_link_page(&layout, &cookies, "").await,
        None => layout.show(None, ChangeForm::new(&rules).failed(PasswordError::Unavailable)).await,
    }
}

/// The page that a sign-in shows when FusionAuth wants another password. `reason` says why.
pub(super) async fn required_page(backend: &Backend, state: &FormState, id: &str, reason: &'static str) -> Page {
    let rules = backend.fusionauth.password_rules().await;
    ChangeForm { state: Some(state), id, reason, ..ChangeForm::new(&rules) }.page(StatusCode::OK)
}

async fn send(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    cookies: Cookies,
    Form(ChangePassword { password, change_password_id, state: form }): Form<ChangePassword>,
) -> Result<Response, ProblemResponse> {
    let fusionauth = &state.backend.fusionauth;
    let sign_in = Some(&*change_password_id).filter(|it| !it.is_empty());
    let Some(id) = sign_in.or_else(|| cookies.get(CookieName::ChangePasswordId)) else {
        return expired_link_page(&layout, &cookies, &form.username).await;
    };
    let began_at = now_ms();
    let outcome = if password.is_empty() {
        ChangePasswordOutcome::Refused(vec![PasswordRule::Blank])
    } else {
        fusionauth.change_password(client, id, &password).await
    };
    let one_time_password = match outcome {
        ChangePasswordOutcome::Changed(it) => it,
        ChangePasswordOutcome::Expired => return expired_link_page(&layout, &cookies, &form.username).await,
        refused => {
            let rules = fusionauth.password_rules().await;
            let shown = ChangeForm { state: Some(&form), id: sign_in.unwrap_or_default(), ..ChangeForm::new(&rules) };
            let page = match refused {
                ChangePasswordOutcome::Refused(broken) => ChangeForm { broken: &broken, ..shown }.page(StatusCode::UNPROCESSABLE_ENTITY),
                ChangePasswordOutcome::SecondFactorRequired => shown.failed(PasswordError::SecondFactorRequired),
                _ => shown.failed(PasswordError::Unavailable),
            };
            return layout.show(None, page).await;
        }
    };
    cookies.delete(CookieName::ChangePasswordId);
    let outcome = fusionauth.one_time_password_login(client, &one_time_password).await;
    if matches!(outcome, LoginOutcome::Unavailable { .. } | LoginOutcome::InvalidCredentials) {
        // The new password holds all the same.
        Flash::PasswordChangedSignIn.set(&cookies);
        return Ok(redirect_303("/login"));
    }
    if matches!(outcome, LoginOutcome::SignedIn(_)) {
        Flash::PasswordChanged.set(&cookies);
    }
    let sign_in_page = |error: &SignInError| password_page(&layout, &form, Some(error));
    respond_to_login(&state, &layout, &cookies, &form, (began_at, Ok(outcome)), sign_in_page).await
}

/// The form for a new password.
struct ChangeForm<'a> {
    /// Of the sign-in that goes on afterwards.
    state: Option<&'a FormState>,
    /// The id of the sign-in; empty after a mailed link.
    id: &'a str,
    /// Why the password has to be changed.
    reason: &'a str,
    rules: &'a PasswordRules,
    /// The rules that the password broke which was sent.
    broken: &'a [PasswordRule],
}

impl<'a> ChangeForm<'a> {
    fn new(rules: &'a PasswordRules) -> Self {
        Self { state: None, id: "", reason: "", rules, broken: &[] }
    }

    fn page(&self, status: StatusCode) -> Page {
        let messages: Vec<&str> = self.broken.iter().map(|it| message(*it).text()).collect();
        let summary = if messages.is_empty() { Markup::default() } else { field_summary(messages.iter().map(|it| (INPUT_ID, *it))) };
        self.page_with(status, summary)
    }

    fn failed(&self, error: PasswordError) -> Page {
        let status = match error {
            PasswordError::SecondFactorRequired => StatusCode::FORBIDDEN,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        self.page_with(status, message_summary(error.message()))
    }

    fn page_with(&self, status: StatusCode, summary: Markup) -> Page {
        let error = self.broken.iter().map(|it| message(*it).text()).collect::<Vec<_>>().join(" ");
        let error = Some(&*error).filter(|it| !it.is_empty());
        let field = Field { id: INPUT_ID, name: "password", label: "New password", kind: FieldKind::NewPassword, value: None, error };
        let content = html! {
            @if !self.reason.is_empty() { p { (self.reason) } }
            p.lead { "Choose a new password. You are signed in with it here, and signed out everywhere else." }
            form #change-password method="post" action="/change-password" novalidate {
                (summary)
                @if let Some(state) = self.state {
                    (state.hidden_inputs())
                    // A password manager stores the new password under this name.
                    input.hidden type="text" name="username" value=(state.username) autocomplete="username" tabindex="-1" aria-hidden="true" readonly;
                }
                @if !self.id.is_empty() { input type="hidden" name="change_password_id" value=(self.id); }
                ul.quiet-text { @for hint in hints(self.rules) { li { (hint.text()) } } }
                (field.view())
                button.primary.wide type="submit" { "Change password" }
                a.button.quiet.wide href="/login" { "Back to sign in" }
            }
        };
        Page::narrow("Choose a new password", status, content)
    }
}

const INPUT_ID: &str = "new-password";

fn hints(rules: &PasswordRules) -> impl Iterator<Item = PasswordHint> {
    let optional = [
        (rules.require_mixed_case, PasswordHint::MixedCase),
        (rules.require_number, PasswordHint::Digit),
        (rules.require_non_alpha, PasswordHint::Symbol),
    ];
    let optional = optional.into_iter().filter_map(|(is_required, hint)| is_required.then_some(hint));
    std::iter::once(PasswordHint::MinLength(rules.min_length)).chain(optional)
}

/// What to tell somebody whose password breaks a rule.
pub(super) fn message(rule: PasswordRule) -> FieldMessage {
    match rule {
        PasswordRule::Blank => FieldMessage::PasswordBlank,
        PasswordRule::TooShort => FieldMessage::PasswordTooShort,
        PasswordRule::TooLong => FieldMessage::PasswordTooLong,
        PasswordRule::MixedCase => FieldMessage::PasswordNeedsMixedCase,
        PasswordRule::NonAlpha => FieldMessage::PasswordNeedsSymbol,
        PasswordRule::Number => FieldMessage::PasswordNeedsDigit,
        PasswordRule::PreviouslyUsed => FieldMessage::PasswordUsedBefore,
        PasswordRule::TooYoung => FieldMessage::PasswordChangedRecently,
        PasswordRule::ContainsLoginId => FieldMessage::PasswordContainsLogin,
        PasswordRule::Breached => FieldMessage::PasswordBreached,
        PasswordRule::Other => FieldMessage::Unusable,
    }
}
