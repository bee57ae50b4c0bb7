//! Registers an existing FusionAuth user for this application, for the server-rendered page and the API. FusionAuth answers 202 when a user
//! who is not registered signs in. The password proves that the account belongs to the user. FusionAuth accepts registrations only with an
//! API key, so this server sends them.
//!
//! The API has `POST /api/join`, in every workflow of the single-page app. The app then signs the user in, in the usual way of its workflow.
//!
//! | status | body |
//! |---|---|
//! | 200 | `{}` |
//! | 404, 409, 410, 423, 429, 503 | a problem, as for `POST /api/login` |

use crate::auth::fusionauth::{LoginAnswer, RegistrationError};
use crate::auth::{error::Error as AuthError, family_rules::SignOutScope};
use crate::http::{
    body::JsonBody, client_address::ClientAddress, device_name::DeviceName, endpoint::endpoint, problem::ApiResult, rate_limit::TooOften,
};
use crate::sign_in::{error::Error, outcome::login_error};
use crate::state::{Backend, SiteState};
use crate::{typed, user_request::ApiRequest};
use axum::{Json, Router};
use fusionauth_api::{backend::Device, login::LoginFailure};
use storefront_api::{Done, Join, endpoints};

pub(crate) enum JoinOutcome {
    /// The user is registered now.
    Joined,
    /// Nobody was registered, because the password is wrong, the user is registered already, or another step of the sign-in comes first.
    /// This is FusionAuth's answer to the sign-in.
    Answered(Box<LoginAnswer>),
    /// FusionAuth does not answer.
    Unavailable,
    /// There is no API key, or FusionAuth refused it.
    ApiKeyRefused,
}

/// Registers the user with this email and password for the site's application.
pub(crate) async fn join(
    backend: &Backend,
    client: ClientAddress,
    device: Device<'_>,
    login_id: &str,
    password: &str,
) -> Result<JoinOutcome, TooOften> {
    let SiteState { attempts, fusionauth, site, .. } = &**backend;
    let answer = attempts.login(fusionauth, client, device, login_id, password).await?;
    let LoginAnswer { outcome: Err(LoginFailure::NotRegistered), details } = &answer else {
        return Ok(JoinOutcome::Answered(Box::new(answer)));
    };
    let Some(user) = &details.user else { return Ok(JoinOutcome::Answered(Box::new(answer))) };
    Ok(match fusionauth.register_existing_user(client, &user.id, &site.application.id).await {
        Ok(()) => JoinOutcome::Joined,
        Err(RegistrationError::Unavailable) => JoinOutcome::Unavailable,
        Err(RegistrationError::ApiKeyRefused | RegistrationError::Invalid(_)) => {
            tracing::error!("FusionAuth did not register a user for another application; set --fusionauth-api-key");
            JoinOutcome::ApiKeyRefused
        }
    })
}

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::JOIN, handle)
}

async fn handle(request: ApiRequest, JsonBody(sent): JsonBody<Join>) -> ApiResult<Json<Done>> {
    let ApiRequest { backend, client, browser: DeviceName(name), .. } = &request;
    let device = Device { name, ..Device::default() };
    let answer = match join(backend, *client, device, &typed::email(&sent.login_id), &sent.password).await? {
        JoinOutcome::Joined => return Ok(Json(Done {})),
        JoinOutcome::Answered(answer) => answer,
        JoinOutcome::Unavailable => return Err(AuthError::SignInUnavailable.into()),
        JoinOutcome::ApiKeyRefused => return Err(Error::RegistrationClosed.into()),
    };
    match answer.outcome {
        Ok(tokens) => {
            // The user is registered already. The app signs in with a request of its own, so the server revokes the refresh token of this
            // sign-in.
            if let Some(refresh) = tokens.refresh {
                let _it_expires_by_itself = backend.fusionauth.logout(&refresh, SignOutScope::This).await;
            }
            Ok(Json(Done {}))
        }
        // The password is correct. The app's own sign-in gets the same answer, and shows the step that comes first.
        Err(
            LoginFailure::TwoFactorRequired { .. }
            | LoginFailure::PasswordChangeRequired { .. }
            | LoginFailure::EmailNotVerified
            | LoginFailure::RegistrationNotVerified,
        ) => Ok(Json(Done {})),
        // FusionAuth's answer lacks the user's id, without which `join` can register nobody.
        Err(LoginFailure::NotRegistered) => Err(AuthError::SignInUnavailable.into()),
        Err(failure) => Err(login_error(failure).into()),
    }
}
