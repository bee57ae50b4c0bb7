//! `POST /api/join`, in every workflow of the single-page app: registers an existing FusionAuth user for this application. The app then
//! signs the user in, in the usual way of its workflow.
//!
//! | status | body |
//! |---|---|
//! | 200 | `{}` |
//! | 404, 409, 410, 423, 429, 503 | a problem, as for `POST /api/login` |

use crate::auth::{error::Error as AuthError, family_rules::SignOutScope};
use crate::http::endpoint::endpoint;
use crate::http::{device_name::DeviceName, json_body::JsonBody, problem::ApiResult};
use crate::sign_in::join::{JoinOutcome, join};
use crate::sign_in::{error::Error, outcome::login_error};
use crate::{state::Backend, typed, user_request::ApiRequest};
use axum::{Json, Router};
use fusionauth_api::backend::Device;
use fusionauth_api::login::LoginFailure;
use storefront_api::{Done, Join, endpoints};

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
