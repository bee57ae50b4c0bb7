//! Makes FusionAuth send the message of a verification again, for the server-rendered pages and the API.
//!
//! The response does not reveal who has an account: it is the same for every email, and takes the same time.

use crate::http::{client_address::ClientAddress, rate_limit::TooOften};
use crate::sign_in::password_link::LEAST_TIME;
use crate::state::Backend;
use fusionauth_api::verification::{ResendOutcome, Verified};
use tokio::time::Instant;

/// Makes FusionAuth send the message.
pub(crate) async fn send_again(backend: &Backend, client: ClientAddress, what: Verified, email: &str) -> Result<ResendOutcome, TooOften> {
    backend.attempts.message(client, &format!("{what:?} {email}")).await?;
    let answer_at = Instant::now() + LEAST_TIME;
    let outcome = backend.fusionauth.send_verification(client, what, email).await;
    tokio::time::sleep_until(answer_at).await;
    Ok(outcome)
}
