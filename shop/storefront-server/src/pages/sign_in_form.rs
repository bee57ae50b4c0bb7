//! The page with the sign-in form. `/login` shows it. The server also shows it in response to a post or an order of a signed-out user. The
//! form then contains the typed text as a draft.

use crate::auth::cookies::{Cookies, KeepSignedIn};
use crate::http::percent::encoded;
use crate::pages::form::{Field, FieldKind, field_summary, message_summary};
use crate::pages::layout::Page;
use crate::typed;
use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::forums::{NEW_THREAD, SaveDraft};
use storefront_messages::{SignInError, SignInField, Storefront, t};

/// The state that each form of a sign-in passes to the next one. It never contains the password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct FormState {
    /// The path of the page that the browser opens after the sign-in.
    pub(crate) next: String,
    /// The email address. The registration form calls it `email`.
    #[serde(alias = "email", deserialize_with = "typed::deserialize_email")]
    pub(crate) username: String,
    /// The text that a signed-out user has sent: a post, or the checkout form as JSON.
    pub(crate) draft: String,
    /// The title of the post.
    pub(crate) draft_title: String,
    /// The id of the thread in which the post is a reply. For the edit of a post, the key of its draft (`drafts::edit_of`). Empty if the
    /// post begins a thread.
    pub(crate) draft_thread: String,
    /// Not empty if the checkbox "Keep me signed in" is ticked.
    pub(crate) keep: String,
    /// Not empty if the button of another form opens this form ([`open_button`]). The form then only shows what the other one has sent.
    pub(crate) open: String,
}

/// The query of a form. Only `next` is read from the URL, because a link must not fill in a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NextPage {
    /// The path of the page that the browser opens after the sign-in.
    pub(crate) next: String,
}

impl FormState {
    /// The state of a new form, with the checkbox "Keep me signed in" ticked.
    pub(crate) fn begin() -> Self {
        Self { keep: TICKED.to_owned(), ..Self::default() }
    }

    /// The state for a new sign-in that replaces the browser's current sign-in. It keeps the user's choice of "Keep me signed in".
    pub(crate) fn of_sign_in(cookies: &Cookies) -> Self {
        match cookies.keep_signed_in() {
            KeepSignedIn::No => Self::default(),
            KeepSignedIn::Yes => Self::begin(),
        }
    }

    /// The thread under which the database stores the draft.
    pub(crate) fn draft_thread(&self) -> &str {
        if self.draft_thread.is_empty() { NEW_THREAD } else { &self.draft_thread }
    }

    /// The draft to store. It has no product, because the URL in [`FormState::next`] already names the product for the next form.
    pub(crate) fn draft_to_save(&self) -> SaveDraft {
        SaveDraft { title: self.draft_title.clone(), body: self.draft.clone(), seen: 0, product: None }
    }

    /// Whether the user stays signed in after closing the browser.
    pub(crate) fn keep_signed_in(&self) -> KeepSignedIn {
        KeepSignedIn::of(!self.keep.is_empty())
    }

    /// The checkbox "Keep me signed in".
    pub(crate) fn keep_box(&self) -> Markup {
        html! {
            label.check { input type="checkbox" name="keep" value=(TICKED) checked[!self.keep.is_empty()]; " " (t!("Keep me signed in")) }
        }
    }

    /// The hidden inputs with the state that has no visible input in the next form.
    pub(crate) fn hidden_inputs(&self) -> Markup {
        html! {
            (self.next_and_draft())
            @if !self.keep.is_empty() { input type="hidden" name="keep" value=(TICKED); }
        }
    }

    /// The hidden inputs with the page and the draft for after the sign-in.
    pub(crate) fn next_and_draft(&self) -> Markup {
        html! {
            @if !self.next.is_empty() { input type="hidden" name="next" value=(self.next); }
            // Browsers drop a line break at the beginning of a `textarea`. The added line break protects a line break at the beginning of
            // the draft.
            @if !self.draft.is_empty() { textarea name="draft" hidden { "\n" (self.draft) } }
            @if !self.draft_title.is_empty() { input type="hidden" name="draft_title" value=(self.draft_title); }
            @if !self.draft_thread.is_empty() { input type="hidden" name="draft_thread" value=(self.draft_thread); }
        }
    }
}

const TICKED: &str = "yes";

/// The path of the page for a sign-in without a password.
pub(crate) const PASSWORDLESS: &str = "/login/passwordless";

/// The page with the form for email address and password, as an answer at any URL.
pub(crate) fn password_page(state: &FormState, error: Option<&SignInError>) -> Page {
    password_page_with(Some("/login"), state, error)
}

/// The same page at `/login`. Without an `action`, the browser sends the form to the page's own URL, and so opens the next page with the
/// fragment of a link to a reply, which no server sees. A second step, such as a code or a registration, has a URL of its own, and loses the
/// fragment.
pub(crate) fn password_page_at_login(state: &FormState, error: Option<&SignInError>) -> Page {
    password_page_with(None, state, error)
}

fn password_page_with(action: Option<&str>, state: &FormState, error: Option<&SignInError>) -> Page {
    let content = html! {
        p.lead { (t!("One account for the Store and the Forums.")) }
        form #login method="post" action=[action] novalidate {
            (summary(error))
            (state.next_and_draft())
            @if !state.draft.trim().is_empty() {
                p.reason { (t!("You've been signed out. We kept what you wrote. You'll find it in the form after you sign in.")) }
            }
            (field(SignInField::Username, "username", t!("Email"), FieldKind::Email, Some(&state.username), error).view())
            (field(SignInField::Password, "password", t!("Password"), FieldKind::CurrentPassword, None, error).view())
            (state.keep_box())
            button.primary.wide type="submit" { (t!("Sign in")) }
        }
        p.aside { (open_button("login", "/forgot-password", t!("Forgot your password?"))) }
        p.aside { (t!("New here? ")) (open_button("login", "/register", t!("Create your account"))) }
        p.aside { (open_button("login", PASSWORDLESS, t!("Sign in without a password"))) }
    };
    Page::narrow(t!("Sign in"), error.map_or(StatusCode::OK, status), content)
}

/// The URL of another page of the sign-in. After the sign-in, the browser opens `next`.
pub(crate) fn path_with_next(path: &str, next: &str) -> String {
    if next.is_empty() { path.to_owned() } else { format!("{path}?next={}", encoded(next)) }
}

/// A button that looks like a link, and sends the form with this id to `path`, which shows another form with the typed email, the page to
/// open and the draft. A link would lose them, because no URL may contain the email.
fn open_button(form: &str, path: &str, label: &str) -> Markup {
    html! { button.link type="submit" form=(form) formaction=(path) name="open" value="yes" { (label) } }
}

/// The link to the first form of the sign-in, on a page without a form of its own.
pub(crate) fn to_sign_in(state: &FormState) -> Markup {
    html! { a.button.quiet.wide href=(path_with_next("/login", &state.next)) { (t!("Back to sign in")) } }
}

/// The button in a form of the sign-in that shows the first form again, with what the user has typed.
pub(crate) fn back_to_sign_in() -> Markup {
    back_with(t!("Back to sign in"))
}

/// The same button with another text.
pub(crate) fn back_with(label: &str) -> Markup {
    html! { button.quiet.wide type="submit" formaction="/login" name="open" value="yes" { (label) } }
}

/// An input of a sign-in form, with its error if it was left empty.
pub(crate) fn field<'a>(
    input: SignInField,
    name: &'a str,
    label: &'a str,
    kind: FieldKind,
    value: Option<&'a str>,
    error: Option<&SignInError>,
) -> Field<'a> {
    let is_missing = matches!(error, Some(SignInError::Missing(inputs)) if inputs.contains(&input));
    Field { id: input.id(), name, label, kind, value, error: is_missing.then(|| input.missing::<Storefront>()), rules: None }
}

/// The summary above a sign-in form that is shown again.
pub(crate) fn summary(error: Option<&SignInError>) -> Markup {
    match error {
        None => Markup::default(),
        Some(SignInError::Missing(inputs)) => field_summary(inputs.iter().map(|it| (it.id(), it.missing::<Storefront>()))),
        Some(error) => message_summary(error.message::<Storefront>()),
    }
}

/// The status of a sign-in form that is shown again. It is never 401, because that would ask the browser for an `Authorization` header.
pub(crate) fn status(error: &SignInError) -> StatusCode {
    match error {
        SignInError::Missing(_) => StatusCode::UNPROCESSABLE_ENTITY,
        SignInError::Misconfigured(_) => StatusCode::BAD_GATEWAY,
        SignInError::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
        error if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
        // Every other error is about the account or about what the user typed.
        _ => StatusCode::FORBIDDEN,
    }
}
