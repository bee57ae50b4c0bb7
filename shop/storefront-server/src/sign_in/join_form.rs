//! The server-rendered page for a user who is not registered for this application, after FusionAuth has answered a sign-in with 202. Its
//! button registers the user. The page asks for the password again, because the password proves that the account belongs to the user, and
//! the server has not stored it.

use crate::pages::form::{FieldKind, account_name};
use crate::pages::layout::Page;
use crate::pages::sign_in_form::{FormState, field, path_with_next, status, summary};
use axum::http::StatusCode;
use maud::html;
use storefront_messages::{Blocked, SignInError, SignInField, Storefront, t};

/// The page. `error` says why the submitted form failed.
pub(super) fn join_page(form: &FormState, error: Option<&SignInError>) -> Page {
    let blocked = Blocked::NotRegistered;
    // A mailed link that signs in does not contain the email, so the user types it here.
    let is_email_known = !form.username.is_empty() && !matches!(error, Some(SignInError::InvalidCredentials));
    let password = field(SignInField::Password, "password", t!("Password"), FieldKind::CurrentPassword, None, error);
    let content = html! {
        p { (blocked.message::<Storefront>().what) }
        p.lead { (t!("To register it, enter your password.")) }
        form #join method="post" action="/login/join" novalidate {
            (summary(error))
            (form.hidden_inputs())
            @if is_email_known { (account_name(&form.username)) } @else {
                (field(SignInField::Username, "username", t!("Email"), FieldKind::Email, Some(&form.username), error).view())
            }
            (if is_email_known { password.view_as_only_field() } else { password.view() })
            button.primary.wide type="submit" { (t!("Register and sign in")) }
            a.button.quiet.wide href=(path_with_next("/login", &form.next)) { (t!("Use another account")) }
        }
    };
    Page::narrow(blocked.heading::<Storefront>(), error.map_or(StatusCode::FORBIDDEN, status), content)
}
