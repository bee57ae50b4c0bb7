//! The hosted pages: plain HTML without scripts, so that a test can also use them without a browser. Only the page for passkeys has a
//! script, because browsers sign with passkeys only for scripts.

use super::request::AuthorizationRequest;
use super::sso::Sso;
use crate::http::page::page;
use crate::model::{LoginIdType, TwoFactorMethod};
use crate::state::OpaqueToken;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use fusionauth_api::errors::Errors;
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The field of a form that keeps the user signed in. Its name is documented, because themes contain it.
pub(super) const REMEMBER: &str = "rememberDevice";

/// The path of the script that signs with a passkey.
pub(super) const PASSKEY_SCRIPT: &str = "/oauth2/passkey.js";

/// The page on which a user signs in with a password, or begins a sign-in with a passkey.
pub(super) fn sign_in(request: &AuthorizationRequest, login_id: &str, error: Option<&str>) -> Response {
    let content = html! {
        form method="post" action="/oauth2/authorize" {
            (parameters(request))
            @if let Some(error) = error { p role="alert" { (error) } }
            label { "Email" br; input name="loginId" value=(login_id) autocomplete="username" autofocus[login_id.is_empty()] required; }
            label {
                "Password" br;
                input name="password" type="password" autocomplete="current-password" autofocus[!login_id.is_empty()] required;
            }
            (keep_signed_in())
            button { "Sign in" }
            @if request.allows_passkeys() { " " button name="passkey" value="true" formnovalidate { "Use a passkey" } }
        }
        p { a href=(request.url_of("/password/forgot")) { "Forgot your password?" } }
        @if request.allows_passwordless() {
            p { a href=(request.url_of("/oauth2/passwordless")) { "Sign in with a mailed link" } }
        }
        @if request.application.registration_configuration.enabled {
            p { a href=(request.url_of("/oauth2/register")) { "Create an account" } }
        }
    };
    page(StatusCode::OK, &format!("Sign in to {}", request.application.name), &content)
}

/// The page on which the browser signs the challenge of `options` with a passkey. The script runs at once, and again when the user submits
/// the form.
pub(super) fn passkey(request: &AuthorizationRequest, options: &Value, sso: Sso<'_>) -> Response {
    // The browser would read a member that is null as the text "null".
    let options: BTreeMap<_, _> = options.as_object().into_iter().flatten().filter(|(_, it)| !it.is_null()).collect();
    let content = html! {
        form method="post" action="/oauth2/authorize" data-options=(json!(options)) {
            (parameters(request))
            input type="hidden" name="credential" value="";
            (remembered(sso))
            p role="status" { "Signing in with a passkey needs JavaScript." }
            button { "Try again" }
        }
        p { a href=(request.url_of("/oauth2/authorize")) { "Use my password" } }
        script src=(PASSKEY_SCRIPT) defer {}
    };
    let mut response = page(StatusCode::OK, &format!("Sign in to {} with a passkey", request.application.name), &content);
    // There is no `form-action`, because it would forbid the redirect to the client.
    let policy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// The page on which a user types the code of a second factor.
pub(super) fn second_factor(
    request: &AuthorizationRequest,
    id: &OpaqueToken,
    sso: Sso<'_>,
    methods: &[TwoFactorMethod],
    message: Option<&str>,
) -> Response {
    let sent = methods.iter().filter(|it| it.method != "authenticator");
    let content = html! {
        form method="post" action="/oauth2/authorize" {
            (parameters(request))
            input type="hidden" name="twoFactorId" value=(id.expose());
            (remembered(sso))
            @if let Some(message) = message { p role="alert" { (message) } }
            label { "Code" br; input name="code" autocomplete="one-time-code" inputmode="numeric" autofocus; }
            button { "Continue" }
            @for method in sent { " " button name="send" value=(method.id) { (send_label(method)) } }
        }
    };
    page(StatusCode::OK, "Enter the code of your second factor", &content)
}

/// The page on which a user registers. `values` are the earlier inputs; passwords are never repeated.
pub(super) fn register(request: &AuthorizationRequest, values: &BTreeMap<String, String>, errors: &Errors) -> Response {
    let configuration = &request.application.registration_configuration;
    let login_id = match configuration.login_id_type {
        LoginIdType::Username => field("user.username", "User name", "text", "username", true, values, errors),
        LoginIdType::Email | LoginIdType::PhoneNumber => field("user.email", "Email", "email", "username", true, values, errors),
    };
    let content = html! {
        form method="post" action="/oauth2/register" {
            (parameters(request))
            @if !errors.is_empty() { p role="alert" { "Your account was not created. Correct the marked fields, then try again." } }
            @for error in &errors.general_errors { p { (error.message) } }
            (login_id)
            (field("user.password", "Password", "password", "new-password", true, values, errors))
            @if configuration.confirm_password {
                (field("passwordConfirm", "Password again", "password", "new-password", true, values, errors))
            }
            @for it in configuration.fields() {
                (field(&format!("user.{}", it.member), it.label, "text", it.autocomplete, it.is_required, values, errors))
            }
            (keep_signed_in())
            button { "Create account" }
        }
        p { a href=(request.url_of("/oauth2/authorize")) { "I have an account" } }
    };
    page(StatusCode::OK, &format!("Create an account for {}", request.application.name), &content)
}

/// A page with one form. The form repeats the parameters of the request in hidden inputs.
pub(super) struct FormPage<'a> {
    pub(super) title: &'a str,
    pub(super) action: &'a str,
    pub(super) parameters: &'a BTreeMap<String, String>,
    pub(super) error: Option<&'a str>,
    /// What the user reads and fills in. Without it, a browser with scripts sends the form at once.
    pub(super) content: Option<Markup>,
    pub(super) button: &'a str,
}

impl FormPage<'_> {
    pub(super) fn render(&self) -> Response {
        let content = html! {
            form method="post" action=(self.action) {
                @for (name, value) in self.parameters { input type="hidden" name=(name) value=(value); }
                @if let Some(error) = self.error { p role="alert" { (error) } }
                @if let Some(content) = &self.content { (content) }
                button { (self.button) }
            }
            @if self.content.is_none() { script { "document.forms[0].submit()" } }
        };
        page(StatusCode::OK, self.title, &content)
    }
}

/// The page whose form brings the parameters to the client's URL, at once in a browser with scripts
/// (<https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html>).
pub(super) fn form_post(action: &str, parameters: &BTreeMap<String, String>) -> Response {
    let mut response =
        FormPage { title: "Back to the application", action, parameters, error: None, content: None, button: "Continue" }.render();
    // With `same-origin`, browsers would send `Origin: null` to the client.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    response
}

/// A page without a form, which tells the user something.
pub(super) fn message(title: &str, text: &str) -> Response {
    page(StatusCode::OK, title, &html! { p { (text) } })
}

/// A labelled input with its errors.
pub(super) fn field(
    name: &str,
    label: &str,
    kind: &str,
    autocomplete: &str,
    is_required: bool,
    values: &BTreeMap<String, String>,
    errors: &Errors,
) -> Markup {
    let value = values.get(name).filter(|_| kind != "password");
    let own = errors.field_errors.get(name).map(Vec::as_slice).unwrap_or_default();
    let description = format!("{name}.error");
    html! {
        label {
            (label) br;
            input name=(name) type=(kind) value=[value] autocomplete=(autocomplete) required[is_required]
                aria-invalid=[(!own.is_empty()).then_some("true")] aria-describedby=[(!own.is_empty()).then_some(&description)];
        }
        @if !own.is_empty() { p id=(description) { @for error in own { (error.message) " " } } }
    }
}

fn keep_signed_in() -> Markup {
    html! { label { input name=(REMEMBER) type="checkbox" value="true"; " Keep me signed in" } }
}

/// Repeats the choice of the user's checkbox "Keep me signed in" in a hidden input.
fn remembered(sso: Sso<'_>) -> Markup {
    html! { @if matches!(sso, Sso::Begin) { input type="hidden" name=(REMEMBER) value="true"; } }
}

fn send_label(method: &TwoFactorMethod) -> String {
    let way = if method.method == "sms" { "text message" } else { "email" };
    format!("Send a code by {way}")
}

/// The parameters of the request, in hidden inputs, so that the next step can check them again.
fn parameters(request: &AuthorizationRequest) -> Markup {
    html! { @for (name, value) in request.parameters.pairs() { input type="hidden" name=(name) value=(value); } }
}
