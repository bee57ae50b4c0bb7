//! The server-rendered account page, `/account`, with the forms that change the display name and sign out.

use crate::account::{
    authenticator_page, data_page, email_change_page, error::Error, form::AccountForm, not_me, overview, password_page, sessions_page,
    user::rename,
};
use crate::auth::{authenticator::SignOutOutcome, family_rules::SignOutScope};
use crate::pages::form::{Field, FieldKind, Form, member_summary};
use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, UserPageRequest};
use crate::pages::{
    PageState,
    components::{breakable, heading},
    flash::Flash,
    redirect_302,
};
use crate::{user_request::UserRequest, users};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use maud::{Markup, html};
use storefront_api::{App, CredentialTransport, MemberError};
use storefront_messages::{SessionMessage, Text, t};

pub(crate) fn router() -> Router<PageState> {
    let of_account = Router::new().merge(password_page::router()).merge(sessions_page::router()).merge(data_page::router());
    let of_account = of_account.merge(authenticator_page::router()).merge(email_change_page::router());
    let of_account = of_account.route("/verify-email/not-me", post(not_me::from_page));
    // Password managers use this URL (https://w3c.github.io/webappsec-change-password-url/).
    let of_account = of_account.route("/.well-known/change-password", get(async || redirect_302("/account/password")));
    of_account.route("/account", get(account)).route("/account/display-name", post(change_name)).route("/logout", post(logout))
}

async fn account(request: UserPageRequest) -> PageResult {
    show(&request, None, &[]).await
}

async fn change_name(request: UserPageRequest, Form(AccountForm { display_name, .. }): Form<AccountForm>) -> PageResult {
    match rename(&request.backend.db, &request.user.user_id, &display_name).await {
        Ok(()) => Ok(Flash::text(|| t!("Display name changed.")).redirect(&request.cookies, "/account")),
        Err(Error::Invalid(errors)) => show(&request, Some(&display_name), &errors).await,
        Err(error) => Err(error.into()),
    }
}

async fn show(request: &UserPageRequest, typed: Option<&str>, errors: &[MemberError]) -> PageResult {
    let UserRequest { backend, user, .. } = &**request;
    let name = users::display_name(&backend.db, &user.user_id).await?;
    // Nobody may choose a default name, so the input is empty if the user has one.
    let chosen = if name == users::default_name(&user.user_id) { "" } else { &name };
    let field = Field::of("displayName", t!("Display name"), FieldKind::DisplayName, Some(typed.unwrap_or(chosen)), errors);
    let sign_in = match backend.site.workflow.credential_transport() {
        CredentialTransport::SessionCookies => {
            t!("We sign you out on this device if you don't visit for a while, and at the latest some hours after you signed in.")
        }
        CredentialTransport::JwtCookies | CredentialTransport::Bearer | CredentialTransport::ParentDomainCookies => {
            t!("You stay signed in on this device while you visit regularly.")
        }
    };
    let is_store = backend.site.app == App::Store;
    let address = overview::delivery_address(&backend.db, &user.user_id).await?;
    let groups = [ORDERS, PROFILE, SECURITY, SESSIONS, DATA];
    let main = html! {
        div.narrow.account {
            (heading(t!("Your account")))
            nav aria-label=(t!("On this page")) { @for group in &groups[usize::from(!is_store)..] { a href={ "#" (group.id) } { (group.heading.get()) } } }
            div.columns {
                div {
                    @if is_store { (group(&ORDERS, orders(&address))) }
                    (group(&PROFILE, html! {
                        dl.facts {
                            div { dt { (t!("Display name")) } dd { bdi { (name) } } }
                            div { dt { (t!("Email")) } dd { (breakable(user.email.as_deref().unwrap_or(t!("Not provided")))) } }
                        }
                        @if backend.config.message_template.is_some() { p { a href="/account/email" { (t!("Change your email")) } } }
                        form.about method="post" action="/account/display-name" novalidate {
                            (member_summary(errors))
                            (field.view())
                            button.quiet type="submit" { (t!("Change display name")) }
                        }
                    }))
                    (group(&SECURITY, html! {
                        p { a href="/account/password" { (t!("Change your password")) } }
                        p { a href="/account/authenticator" { (t!("Authenticator app")) } }
                    }))
                }
                div {
                    (group(&SESSIONS, html! {
                        p { (sign_in) }
                        p { a href="/account/sessions" { (t!("See where you are signed in")) } }
                        section.about {
                            h3 { (t!("Other devices")) }
                            p { (t!("Lost your phone, or signed in on someone else's computer? Sign out of the Store and the Forums on every device, including this one.")) }
                            form method="post" action="/logout" { button.quiet type="submit" name="everywhere" value="yes" { (t!("Sign out everywhere")) } }
                        }
                    }))
                    (group(&DATA, html! {
                        p { a href="/account/export" { (t!("Download your data")) } }
                        p { a href="/account/delete" { (t!("Delete your account")) } }
                    }))
                }
            }
        }
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    request.show(Page::new(t!("Your account"), status, main)).await
}

/// A section of the page. `id` is the section's fragment in the URL. The account page of the single-page app has the same fragments.
struct Group {
    id: &'static str,
    heading: Text,
}

const ORDERS: Group = Group { id: "orders", heading: Text::new("Your orders") };
const PROFILE: Group = Group { id: "profile", heading: Text::new("Profile") };
const SECURITY: Group = Group { id: "security", heading: Text::new("Security") };
const SESSIONS: Group = Group { id: "sessions", heading: Text::new("Where you are signed in") };
const DATA: Group = Group { id: "data", heading: Text::new("Your data") };

/// The link to the orders, and the postal address for the next one.
fn orders(address: &[String]) -> Markup {
    html! {
        p { a.button.quiet href="/orders" { (t!("All your orders")) } }
        @if !address.is_empty() { section.about {
            h3 { (t!("Delivery address")) }
            address { @for line in address { span dir="auto" { (line) } } }
            p.quiet-text { (t!("From your latest order. You can change it at the next checkout.")) }
        } }
    }
}

fn group(group: &Group, content: Markup) -> Markup {
    html! { section.card.group #(group.id) tabindex="-1" { h2 { (group.heading.get()) } (content) } }
}

async fn logout(PageRequest { backend, cookies, .. }: PageRequest, Form(form): Form<AccountForm>) -> PageResult {
    let scope = if form.everywhere.is_empty() { SignOutScope::This } else { SignOutScope::Everywhere };
    let revocation = backend.authenticator.sign_out(&cookies, scope).await?;
    let message = match (scope, revocation) {
        (_, SignOutOutcome::OneSignInOnly) => SessionMessage::Expired,
        (SignOutScope::This, _) => SessionMessage::SignedOut,
        (SignOutScope::Everywhere, SignOutOutcome::Revoked) => SessionMessage::SignedOutEverywhere,
        (SignOutScope::Everywhere, SignOutOutcome::RevocationPending) => SessionMessage::SignedOutHereOnly,
    };
    Ok(Flash::text(|| message.text()).redirect(&cookies, "/login"))
}
