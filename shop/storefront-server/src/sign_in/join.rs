//! Registers an existing FusionAuth user for this application, for the server-rendered page and the API. FusionAuth answers 202 when a user
//! who is not registered signs in. The password proves that the account belongs to the user. FusionAuth accepts registrations only with an
//! API key, so this server sends them.

use crate::auth::fusionauth::{LoginAnswer, RegistrationError};
use crate::http::{client_address::ClientAddress, rate_limit::TooOften};
use crate::state::{Backend, SiteState};
use fusionauth_api::backend::Device;
use fusionauth_api::login::LoginFailure;

/// The outcome of [`join`].
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
