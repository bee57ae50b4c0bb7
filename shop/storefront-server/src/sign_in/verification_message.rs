//! Verifies an email or a registration, and makes FusionAuth send the message again, for the server-rendered pages and the API.
//!
//! The response does not reveal who has an account: it is the same for every email, and takes the same time.

use crate::auth::email_proof::{self, MailedProof};
use crate::http::{client_address::ClientAddress, rate_limit::TooOften};
use crate::sign_in::password_link::LEAST_TIME;
use crate::state::Backend;
use fusionauth_api::verification::{ResendOutcome, Verified, VerifyOutcome};
use tokio::time::Instant;

/// Makes FusionAuth send the message.
pub(crate) async fn send_again(backend: &Backend, client: ClientAddress, what: Verified, email: &str) -> Result<ResendOutcome, TooOften> {
    backend.attempts.message(client, &format!("{what:?} {email}")).await?;
    let answer_at = Instant::now() + LEAST_TIME;
    // A message with a code proves the email without a link, so what a stranger may have added goes here.
    let outcome = match email_proof::prepare(&backend.fusionauth, &backend.db, MailedProof::VerificationCodeTo(email)).await {
        Ok(_) => backend.fusionauth.send_verification(client, what, email).await,
        Err(_) => ResendOutcome::Unavailable { status: 0 },
    };
    tokio::time::sleep_until(answer_at).await;
    Ok(outcome)
}

/// Verifies an email or a registration, with the id of a link, or with the id and the text of a code.
pub(crate) async fn verify(
    backend: &Backend,
    client: ClientAddress,
    what: Verified,
    id: &str,
    code: Option<&str>,
) -> Result<VerifyOutcome, TooOften> {
    let verified = async {
        if what == Verified::Email
            && code.is_none()
            && email_proof::prepare(&backend.fusionauth, &backend.db, MailedProof::VerificationLink(id)).await.is_err()
        {
            return VerifyOutcome::Unavailable { status: 0 };
        }
        backend.fusionauth.verify(client, what, id, code).await
    };
    backend.attempts.code(client, id, verified).await
}
