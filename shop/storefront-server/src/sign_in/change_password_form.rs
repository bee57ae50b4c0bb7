//! The form for a new password that does not ask for the old one: its page, the tenant's rules as hints, and the text for each rule that a
//! password breaks. Users reach it from a mailed link or in a sign-in. The registration form uses the same hints and texts.

use crate::pages::form::{Field, FieldKind, account_name, field_summary, message_summary};
use crate::pages::layout::Page;
use crate::pages::sign_in_form::FormState;
use crate::state::Backend;
use axum::http::StatusCode;
use fusionauth_api::password::{PasswordRule, PasswordRules};
use maud::{Markup, html};
use storefront_messages::{PasswordError, Storefront, broken_rule_text, t};

/// The page that a sign-in shows if FusionAuth requires another password. `reason` says why.
pub(super) async fn required_page(backend: &Backend, state: &FormState, id: &str, reason: &'static str) -> Page {
    let rules = backend.fusionauth.password_rules().await;
    ChangeForm { state: Some(state), id, reason, ..ChangeForm::new(&rules) }.page()
}

/// The form for a new password.
pub(super) struct ChangeForm<'a> {
    /// The state of the sign-in that follows the change. None if a mailed link has just opened the form.
    pub(super) state: Option<&'a FormState>,
    /// The `changePasswordId` that the sign-in returned; empty after a mailed link.
    pub(super) id: &'a str,
    /// Why the user must change the password; empty after a mailed link.
    pub(super) reason: &'a str,
    pub(super) rules: &'a PasswordRules,
    /// The rules that the submitted password broke.
    pub(super) broken: &'a [PasswordRule],
}

impl<'a> ChangeForm<'a> {
    pub(super) fn new(rules: &'a PasswordRules) -> Self {
        Self { state: None, id: "", reason: "", rules, broken: &[] }
    }

    /// The page, with an error for each rule that the submitted password broke.
    pub(super) fn page(&self) -> Page {
        let messages: Vec<&str> = self.broken.iter().map(|it| broken_rule_text::<Storefront>(*it)).collect();
        if messages.is_empty() {
            return self.page_with(StatusCode::OK, Markup::default(), None);
        }
        let summary = field_summary(messages.iter().map(|it| (INPUT_ID, *it)));
        self.page_with(StatusCode::UNPROCESSABLE_ENTITY, summary, Some(&messages.join(" ")))
    }

    /// The page, with `error` above the form.
    pub(super) fn failed(&self, error: PasswordError) -> Page {
        let status = match error {
            PasswordError::SecondFactorRequired => StatusCode::FORBIDDEN,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        self.page_with(status, message_summary(error.message::<Storefront>()), None)
    }

    fn page_with(&self, status: StatusCode, summary: Markup, error: Option<&str>) -> Page {
        let (id, rules) = (INPUT_ID, Some(self.rules));
        let field = Field { id, name: "password", label: t!("New password"), kind: FieldKind::NewPassword, value: None, error, rules };
        let content = html! {
            @if !self.reason.is_empty() { p { (self.reason) } }
            p.lead { (t!("Choose a new password. We'll sign you in here and sign you out everywhere else.")) }
            form #change-password method="post" action="/change-password" novalidate {
                (summary)
                @if let Some(state) = self.state {
                    @if !self.id.is_empty() { (state.hidden_inputs()) }
                    (account_name(&state.username))
                }
                @if !self.id.is_empty() { input type="hidden" name="change_password_id" value=(self.id); }
                (field.view_as_only_field())
                @if self.id.is_empty() { (self.state.unwrap_or(&FormState::begin()).keep_box()) }
                button.primary.wide type="submit" { (t!("Change password")) }
                a.button.quiet.wide href="/login" { (t!("Back to sign in")) }
            }
        };
        Page::narrow(t!("Choose a new password"), status, content)
    }
}

const INPUT_ID: &str = "new-password";
