//! The server-rendered page `/account/authenticator`, on which a user adds or removes an authenticator app as a second factor, and creates
//! new recovery codes. Each form asks for the password. The form carries the secret of a new app until a code has confirmed it; the server
//! does not store the secret.

use crate::account::form::{AccountForm, FormErrors};
use crate::account::password_check::{self, CURRENT_PASSWORD};
use crate::account::{authenticator, error::Error, password_check::require_proven_email};
use crate::auth::{error::Error as AuthError, verify::Identity};
use crate::pages::form::{Field, FieldKind, Form, account_name};
use crate::pages::layout::{Page, PageResult};
use crate::pages::{PageState, flash::Flash, page_request::UserPageRequest};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use maud::{Markup, html};
use storefront_api::MemberError;
use storefront_api::qr_code::QrCodeImage;
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/account/authenticator", get(form).post(add))
        .route("/account/authenticator/remove", post(remove))
        .route("/account/authenticator/recovery-codes", post(new_recovery_codes))
}

async fn form(request: UserPageRequest) -> PageResult {
    show(&request, None, None).await
}

async fn add(request: UserPageRequest, Form(sent): Form<AccountForm>) -> PageResult {
    let added = async {
        require_proven_email(&request).await?;
        password_check::confirm(&request, Some(&sent.current_password)).await?;
        authenticator::add(&request, &sent.secret, &sent.code).await
    };
    match added.await {
        Ok(codes) => request.show(codes_page(&codes)).await,
        Err(error) => show(&request, Some(&sent.secret), Some(error)).await,
    }
}

async fn remove(request: UserPageRequest, Form(sent): Form<AccountForm>) -> PageResult {
    let removed = async {
        password_check::confirm(&request, Some(&sent.current_password)).await?;
        authenticator::remove(&request, &sent.id, &sent.code).await
    };
    match removed.await {
        Ok(()) => Ok(Flash::text(|| t!("App removed. You now sign in with just your password.")).redirect(&request.cookies, "/account")),
        Err(error) => show(&request, None, Some(error)).await,
    }
}

async fn new_recovery_codes(request: UserPageRequest, Form(sent): Form<AccountForm>) -> PageResult {
    let codes = async {
        require_proven_email(&request).await?;
        password_check::confirm(&request, Some(&sent.current_password)).await?;
        authenticator::new_recovery_codes(&request).await
    };
    match codes.await {
        Ok(codes) => request.show(codes_page(&codes)).await,
        Err(error) => show(&request, None, Some(error)).await,
    }
}

/// The forms, with the error of the submitted one. `secret` is the secret in the submitted form, if that form adds an app.
async fn show(request: &UserPageRequest, secret: Option<&str>, error: Option<Error>) -> PageResult {
    let record = request.backend.fusionauth.account_record(&request.user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?;
    let FormErrors { status, summary, fields, retry_after } = FormErrors::of(error)?;
    let view = View { user: &request.user, fields: &fields };
    let content = match record.two_factor.authenticators().next() {
        Some(app) => view.of_an_app(&app.id, &summary),
        None => {
            let secret = match secret.filter(|it| !it.is_empty()) {
                Some(secret) => secret.to_owned(),
                None => authenticator::new_secret(&request.backend).await?,
            };
            view.without_an_app(&secret, &summary)
        }
    };
    request.show(Page::narrow(t!("Authenticator app"), status, content).with_retry_after(retry_after)).await
}

struct View<'a> {
    user: &'a Identity,
    fields: &'a [MemberError],
}

impl View<'_> {
    fn without_an_app(&self, secret: &str, summary: &Markup) -> Markup {
        let uri = authenticator::uri(self.user, secret);
        html! {
            p.lead { (t!("With an authenticator app on your phone, nobody can sign in with your password alone. Signing in also takes a \
                          code.")) }
            @if let Some(QrCodeImage { view_box, path }) = QrCodeImage::of(&uri) {
                svg.qr-code role="img" aria-label=(t!("QR code for your authenticator app")) viewBox=(view_box) { path d=(path) {} }
            }
            p { a href=(uri) { (t!("Open in an app on this device")) } }
            p { (t!("No camera? Type this key into the app:")) " " code.secret { (secret) } }
            form #add-authenticator method="post" action="/account/authenticator" novalidate {
                (summary)
                input type="hidden" name="secret" value=(secret);
                (self.inputs())
                button.primary.wide type="submit" { (t!("Turn on")) }
                (back())
            }
        }
    }

    fn of_an_app(&self, id: &str, summary: &Markup) -> Markup {
        html! {
            p.lead { (t!("You need a code from your app to sign in. If you don't have your phone, use a recovery code.")) }
            form #remove-authenticator method="post" action="/account/authenticator/remove" novalidate {
                (summary)
                input type="hidden" name="id" value=(id);
                (self.inputs())
                p.quiet-text { (t!("To remove the app, enter a code from the app or a recovery code.")) }
                button.primary.wide type="submit" { (t!("Remove the app")) }
                button.quiet.wide type="submit" formaction="/account/authenticator/recovery-codes" { (t!("Create new recovery codes")) }
                (back())
            }
        }
    }

    fn inputs(&self) -> Markup {
        html! {
            (account_name(self.user.email.as_deref().unwrap_or_default()))
            (Field::of(CURRENT_PASSWORD, t!("Current password"), FieldKind::CurrentPassword, None, self.fields).view())
            (Field::of("code", t!("Code"), FieldKind::Code, None, self.fields).view())
        }
    }
}

fn back() -> Markup {
    html! { a.button.quiet.wide href="/account" { (t!("Back to your account")) } }
}

/// The page with the recovery codes, which the server shows only once.
fn codes_page(codes: &[String]) -> Page {
    let content = html! {
        p.lead { (t!("Each code signs you in once, instead of a code from your app. Store them where you can reach them without your phone. We show them only this once, and they replace your earlier codes.")) }
        ul.recovery-codes { @for code in codes { li { (code) } } }
        a.button.primary.wide href="/account" { (t!("I've saved them")) }
    };
    Page::narrow(t!("Your recovery codes"), StatusCode::OK, content)
}
