//! Makes FusionAuth mail a reset link, and binds the account's second factor to the link. The server-rendered pages and the API use this
//! module.
//!
//! The response does not reveal who has an account: it is the same for every email, and takes the same time.

use crate::auth::secret::hash_secret;
use crate::http::{client_address::ClientAddress, rate_limit::TooOften};
use crate::state::Backend;
use fusionauth_api::password::{ForgotPasswordOutcome, MessageState};
use std::time::Duration;
use tokio::time::Instant;

/// The minimum time of a response that must not reveal who has an account. FusionAuth answers sooner if it sends no message because an
/// email is unknown, or creates no account because an email is known.
pub(crate) const LEAST_TIME: Duration = Duration::from_secs(1);

/// The text that binds a trust token to the reset link with this id, so that the token works for no other link.
pub(crate) fn trust_challenge(id: &str) -> String {
    hash_secret("trust challenge", id)
}

/// Makes FusionAuth mail the link, which points to this site.
pub(crate) async fn ask_for_link(backend: &Backend, client: ClientAddress, login_id: &str) -> Result<ForgotPasswordOutcome, TooOften> {
    backend.attempts.password_link(client, login_id).await?;
    let answer_at = Instant::now() + LEAST_TIME;
    let state = MessageState { site: backend.site.workflow.slug(), occasion: None };
    let outcome = backend.fusionauth.forgot_password(client, login_id, state).await;
    tokio::time::sleep_until(answer_at).await;
    if outcome == ForgotPasswordOutcome::NotConfigured {
        tracing::error!("FusionAuth sends no message for a forgotten password; set the tenant's forgotPasswordEmailTemplateId");
    }
    Ok(outcome)
}
