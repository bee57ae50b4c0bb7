//! `GET /account` and `POST /logout`.

use crate::{
    auth::{cookies::Cookies, fusionauth::Scope},
    http::error::Error,
    pages::{
        Webapp,
        components::heading,
        flash::Flash,
        layout::{Frame, Page},
        page_user::Member,
        see_other,
    },
};
use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use maud::html;
use serde::Deserialize;
use storefront_api::Carrier;

pub(crate) fn router() -> Router<Webapp> {
    Router::new().route("/account", get(account)).route("/logout", post(logout))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Logout {
    /// Filled by the button "Sign out everywhere".
    everywhere: String,
}

async fn account(State(webapp): State<Webapp>, frame: Frame, Member(user): Member) -> Result<Response, Error> {
    let how = match webapp.backend.site.workflow.carrier() {
        Carrier::SessionCookies => {
            "This server keeps a session for you, and your browser holds its number in a cookie that no script can read, beside the refresh \
             token that renews it. The session ends when it has not been used for a while, and at the latest some hours after it began."
        }
        Carrier::JwtCookies | Carrier::Bearer | Carrier::ParentDomainCookies => {
            "Your browser holds an access token that is good for a few minutes, and the refresh token that renews it, in cookies of this host \
             that no script can read. This server renews them by itself while you use it."
        }
    };
    let main = html! {
        div.narrow {
            (heading("Your account"))
            dl.card.facts {
                div { dt { "Email" } dd { (user.email.as_deref().unwrap_or("Not given")) } }
                div { dt { "Account number" } dd.code { (user.user_id) } }
            }
            section.card.about {
                h2 { "How you are signed in" }
                p { "Your password goes to this server, which hands it to FusionAuth and keeps it nowhere. " (how) }
            }
            section.card.about {
                h2 { "Other devices" }
                p { "Lost a phone, or signed in on a computer that is not yours? This ends every sign-in of your account, in the Store and the Forums, this one included." }
                form method="post" action="/logout" { button.quiet type="submit" name="everywhere" value="yes" { "Sign out everywhere" } }
            }
        }
    };
    frame.show(Some(&user), Page { name: "Your account", status: StatusCode::OK, main }).await
}

async fn logout(State(webapp): State<Webapp>, cookies: Cookies, Form(form): Form<Logout>) -> Response {
    let scope = if form.everywhere.is_empty() { Scope::This } else { Scope::Everywhere };
    let told = webapp.backend.gate.sign_out(&cookies, scope).await;
    let flash = match (scope, told) {
        (Scope::This, _) => Flash::SignedOut,
        (Scope::Everywhere, Ok(())) => Flash::SignedOutEverywhere,
        (Scope::Everywhere, Err(_)) => Flash::SignedOutHereAlone,
    };
    flash.leave(&cookies);
    see_other("/login")
}
