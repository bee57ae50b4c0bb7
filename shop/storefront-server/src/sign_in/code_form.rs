//! The form for a second factor's code: in a sign-in, and before a mailed link changes a password. For each method by email or phone, a
//! button sends a code.
//!
//! Hidden inputs carry the form's state: FusionAuth's id of the second factor, and the methods to get a code, with masked emails and phone
//! numbers. A user who changes these inputs learns nothing, and still needs a valid code.

use crate::http::{client_address::ClientAddress, rate_limit::TooOften};
use crate::pages::form::{FieldKind, message_summary};
use crate::pages::layout::Page;
use crate::pages::sign_in_form::{back_to_sign_in, field, status, summary};
use crate::state::Backend;
use axum::http::StatusCode;
use fusionauth_api::login::CodeMethod;
use fusionauth_api::step_up::SendCodeOutcome;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use storefront_messages::{CodeChoice, CodeError, CodePlace, SignInError, SignInField, Storefront, t};

/// A second factor that FusionAuth has requested, as the form's hidden inputs hold it. This type has no `Debug`, because the id in it and a
/// code together sign in.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CodeState {
    two_factor_id: String,
    /// The ways to get a code, as JSON.
    methods: String,
    /// The id of the method that sent the last code; empty if none did.
    sent: String,
}

/// The submitted fields. This type has no `Debug`, because it holds a code.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CodeForm {
    pub(crate) code: String,
    /// The method of the button that the user pressed to get a code; empty if the user submitted a code.
    pub(crate) send_to: String,
    #[serde(flatten)]
    pub(crate) factor: CodeState,
}

/// Why the form is shown again.
pub(crate) enum CodeFormError {
    /// The code could not be checked, or a sign-in with it failed.
    SignIn(SignInError),
    /// No code was sent, or another one is needed.
    Code(CodeError),
}

/// One way to get a code.
#[derive(Serialize, Deserialize)]
struct Way {
    id: String,
    /// The masked email or phone number that the code is sent to; `None` for an authenticator app.
    to: Option<String>,
}

impl CodeState {
    /// The state of a second factor that FusionAuth has just requested.
    pub(crate) fn new(two_factor_id: &str, methods: &[CodeMethod]) -> Self {
        let ways: Vec<Way> = methods.iter().map(|it| Way { id: it.id.clone(), to: it.destination() }).collect();
        Self { two_factor_id: two_factor_id.to_owned(), methods: serde_json::json!(ways).to_string(), sent: String::new() }
    }

    /// FusionAuth's id of the second factor.
    pub(crate) fn two_factor_id(&self) -> &str {
        &self.two_factor_id
    }

    /// Sends a code if that is the user's only way to get one.
    pub(crate) async fn send_if_only_way(self, backend: &Backend, client: ClientAddress) -> (Self, Option<CodeFormError>) {
        match self.ways().as_slice() {
            [Way { id, to: Some(_) }] => {
                let (state, error, _) = self.send(backend, client, id).await;
                (state, error)
            }
            _ => (self, None),
        }
    }

    /// Sends a code by the method with this id. The new code invalidates earlier ones.
    pub(crate) async fn send(&self, backend: &Backend, client: ClientAddress, id: &str) -> (Self, Option<CodeFormError>, Option<TooOften>) {
        let failed = |error| (self.clone(), Some(CodeFormError::Code(error)), None);
        if let Err(too_often) = backend.attempts.message(client, &format!("code {} {id}", self.two_factor_id)).await {
            return (self.clone(), Some(CodeFormError::Code(CodeError::SentAMomentAgo)), Some(too_often));
        }
        match backend.fusionauth.send_code(client, &self.two_factor_id, id).await {
            SendCodeOutcome::Sent => (Self { sent: id.to_owned(), ..self.clone() }, None, None),
            SendCodeOutcome::Expired => (self.clone(), Some(CodeFormError::SignIn(SignInError::CodeExpired)), None),
            SendCodeOutcome::TooMany => failed(CodeError::SentAMomentAgo),
            SendCodeOutcome::Unavailable { .. } => failed(CodeError::NotSent),
        }
    }

    fn ways(&self) -> Vec<Way> {
        serde_json::from_str(&self.methods).unwrap_or_default()
    }
}

/// The page with the form. `hidden` is placed above the code's field, and contains hidden inputs or an explanation. `more` is placed below
/// the field.
pub(crate) fn code_page(action: &str, state: &CodeState, hidden: &Markup, more: &Markup, error: Option<&CodeFormError>) -> Page {
    let ways = state.ways();
    let sent_to = ways.iter().find(|it| it.id == state.sent).and_then(|it| it.to.as_deref());
    // If there is no list of methods, an authenticator app is the most likely method.
    let has_app = ways.is_empty() || ways.iter().any(|it| it.to.is_none());
    let place = match sent_to {
        Some(to) => CodePlace::Sent(to),
        None if has_app => CodePlace::App,
        None => CodePlace::NotSent,
    };
    let (sign_in_error, summary, status) = match error {
        None => (None, Markup::default(), StatusCode::OK),
        Some(CodeFormError::SignIn(error)) => (Some(error), summary(Some(error)), status(error)),
        Some(CodeFormError::Code(error)) => (None, message_summary(error.message::<Storefront>()), code_status(*error)),
    };
    let content = html! {
        p.lead role=[sent_to.map(|_| "status")] { (place.hint::<Storefront>()) }
        form #second-factor method="post" action=(action) novalidate {
            (summary)
            (hidden)
            input type="hidden" name="two_factor_id" value=(state.two_factor_id);
            input type="hidden" name="methods" value=(state.methods);
            input type="hidden" name="sent" value=(state.sent);
            (field(SignInField::Code, "code", t!("Code"), FieldKind::Code, None, sign_in_error).view_as_only_field())
            (more)
            button.primary.wide type="submit" { (t!("Check code")) }
            @for way in &ways {
                @if let Some(to) = &way.to {
                    button.quiet.wide type="submit" name="send_to" value=(way.id) {
                        @if way.id == state.sent { (CodeChoice::SendAnother.label::<Storefront>()) } @else { (CodeChoice::SendTo(to).label::<Storefront>()) }
                    }
                }
            }
            (back_to_sign_in())
        }
    };
    Page::narrow(t!("Enter your code"), status, content)
}

fn code_status(error: CodeError) -> StatusCode {
    match error {
        CodeError::SentAMomentAgo => StatusCode::TOO_MANY_REQUESTS,
        CodeError::NotSent => StatusCode::SERVICE_UNAVAILABLE,
        CodeError::StartedOver => StatusCode::FORBIDDEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tampered_form_still_asks_for_a_code() {
        let state = CodeState { two_factor_id: "t".into(), methods: "nonsense".into(), sent: "m".into() };
        let page = code_page("/login/code", &state, &Markup::default(), &Markup::default(), None);
        assert!(page.main.into_string().contains("from your authenticator app"));
    }
}
