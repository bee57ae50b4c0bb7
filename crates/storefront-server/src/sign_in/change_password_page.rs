//! The server-rendered form for a new password, without the old one: after a mailed link, `/change-password/{id}`, and in a sign-in for
//! which FusionAuth wants another password. Whoever has chosen one is signed in.
//!
//! The id of a link opens the account, so it stays in the address of one redirect only: a cookie that no script can read takes it to
//! `/change-password`, and from there it never reaches history, referrer or log.

use crate::auth::cookies::{CookieName, Cookies};
use crate::clock::now_ms;
use crate::http::{client_address::ClientAddress, problem::ProblemResponse};
use crate::pages::form::Form;
use crate::pages::layout::Layout;
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, flash::Flash, redirect_303};
use crate::sign_in::{change_password_form::ChangeForm, forgot_password_page::expired_link_page, login_page::respond_to_login};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Router, response::Response};
use fusionauth_api::login::LoginOutcome;
use fusionauth_api::password::{ChangePasswordOutcome, PasswordRule};
use serde::Deserialize;
use storefront_messages::{PasswordError, SignInError};

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
        Some(true) => layout.show(None, ChangeForm::new(&rules).page()).await,
        Some(false) => expired_link_page(&layout, &cookies, "").await,
        None => layout.show(None, ChangeForm::new(&rules).failed(PasswordError::Unavailable)).await,
    }
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
                ChangePasswordOutcome::Refused(broken) => ChangeForm { broken: &broken, ..shown }.page(),
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
