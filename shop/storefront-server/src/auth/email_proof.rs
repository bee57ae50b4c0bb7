//! Whether somebody has proven that a user's email is the user's own.
//!
//! Anybody can register somebody else's email, and wait until its owner uses the account (account pre-hijacking). A new password does not end
//! a passkey, and asks for a second factor first. So, in every tenant, an account gets neither before its email is proven
//! (`account/password_check.rs`). If another program has added one, the first message that the owner of the mailbox uses removes it (`prepare`).
//!
//! An email is proven once the owner of the mailbox has used a message to it, or if an administrator vouches for it. FusionAuth keeps the
//! proof (`user.verified`). A tenant that verifies no emails counts each as verified, so this server writes the users whom it registers
//! there into `unproven_emails`. A code that the user types on the account page deletes the row. A reset link does not, because FusionAuth
//! gives its id also to a user who signs in with an expired password.

use crate::auth::error::Error;
use crate::auth::fusionauth::{FusionAuth, Unreachable};
use crate::database::retried;
use crate::user_data::{Deletion, Export, UserData};
use fusionauth_api::{account::UserRecord, authenticator::CodeOutcome};
use sqlx::AnyPool;
use std::time::Duration;
use storefront_api::orders::EmailState;
use tokio::{sync::Mutex, time::Instant};

/// The users whose email is not proven.
pub(super) const USER_DATA: UserData = UserData {
    table: "unproven_emails",
    export: Export::Nothing("it is no more than the fact that the email is unproven"),
    deletion: Deletion::RowsBy("user_id"),
};

/// A message with which the owner of the mailbox can prove the email. This type has no `Debug`, because an id opens an account.
#[derive(Clone, Copy)]
pub enum MailedProof<'a> {
    /// The link with this id changes the password.
    ResetLink(&'a str),
    /// The link with this id verifies the email.
    VerificationLink(&'a str),
    /// The code in a message to this email verifies it.
    VerificationCodeTo(&'a str),
}

/// Whether the email of this user is proven.
pub(crate) async fn of_user(fusionauth: &FusionAuth, db: &AnyPool, user_id: &str) -> Result<EmailState, Error> {
    of_record(db, &fusionauth.account_record(user_id).await.map_err(|_| Error::SignInUnavailable)?).await
}

async fn of_record(db: &AnyPool, user: &UserRecord) -> Result<EmailState, Error> {
    if user.verified { Ok(noted(db, &user.id).await?) } else { Ok(EmailState::Unconfirmed) }
}

/// The email of this user at FusionAuth, which may differ from that in an access token. `None` unless it is proven.
pub(crate) async fn proven_email(fusionauth: &FusionAuth, db: &AnyPool, user_id: &str) -> Result<Option<String>, Error> {
    let user = fusionauth.account_record(user_id).await.map_err(|_| Error::SignInUnavailable)?;
    let state = of_record(db, &user).await?;
    Ok(user.email.filter(|_| state == EmailState::Confirmed))
}

/// What this server has noted about the email of this user, without FusionAuth.
pub(crate) async fn noted(db: &AnyPool, user_id: &str) -> sqlx::Result<EmailState> {
    let row = sqlx::query_scalar("SELECT user_id FROM unproven_emails WHERE user_id = $1").bind(user_id);
    let row: Option<String> = row.fetch_optional(db).await?;
    Ok(if row.is_some() { EmailState::Unconfirmed } else { EmailState::Confirmed })
}

/// Notes that FusionAuth counts the email of a new user as verified without a proof.
pub(crate) async fn note_unproven(db: &AnyPool, user_id: &str) -> sqlx::Result<()> {
    let insert = "INSERT INTO unproven_emails (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING";
    retried(async || sqlx::query(insert).bind(user_id).execute(db).await.map(drop)).await
}

/// Notes that the user has typed a code from a message to the email.
pub(crate) async fn note_proven(db: &AnyPool, user_id: &str) -> sqlx::Result<()> {
    retried(async || sqlx::query("DELETE FROM unproven_emails WHERE user_id = $1").bind(user_id).execute(db).await.map(drop)).await
}

/// Prepares an account for its proof: removes what a stranger may have added before. Returns the user, or `None` if the message belongs to
/// nobody, or if there is no API key.
///
/// # Errors
/// [`Error::SignInUnavailable`] or a database error. The link or code must not be used then.
pub(crate) async fn prepare(fusionauth: &FusionAuth, db: &AnyPool, proof: MailedProof<'_>) -> Result<Option<UserRecord>, Error> {
    if !fusionauth.has_api_key() {
        return Ok(None);
    }
    let user = match proof {
        MailedProof::ResetLink(id) => fusionauth.user_with_change_password_id(id).await,
        MailedProof::VerificationLink(id) => fusionauth.user_with_verification_link(id).await,
        MailedProof::VerificationCodeTo(email) => fusionauth.user_with_login_id(email).await,
    };
    let user = user.map_err(|Unreachable| Error::SignInUnavailable)?;
    if let Some(user) = &user {
        remove_unproven_credentials(fusionauth, db, user).await?;
    }
    Ok(user)
}

/// Removes the passkeys and second factors of a user whose email is not proven.
async fn remove_unproven_credentials(fusionauth: &FusionAuth, db: &AnyPool, user: &UserRecord) -> Result<(), Error> {
    if of_record(db, user).await? == EmailState::Confirmed {
        return Ok(());
    }
    let removed = async {
        if let Some(method) = user.two_factor.methods.first() {
            // A recovery code removes all second factors at once.
            let codes = fusionauth.new_recovery_codes(&user.id).await?;
            let code = codes.first().ok_or(Unreachable)?;
            let CodeOutcome::Done(()) = fusionauth.remove_second_factor(&user.id, &method.id, code).await else { return Err(Unreachable) };
        }
        fusionauth.remove_passkeys(&user.id).await
    };
    removed.await.map_err(|Unreachable| Error::SignInUnavailable)
}

/// How long the tenant's setting is used before the server reads it again.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Whether the tenant refuses users who have not verified their email (`emailConfiguration.unverified.behavior`, `Gated`): the last setting
/// that was read, and when.
///
/// FusionAuth answers such a sign-in with 212. Its documentation does not say whether that answer holds an access token, so the server also
/// refuses the token itself: anybody can send one to the API without the app.
#[derive(Default)]
pub(super) struct EmailGate(Mutex<Option<(Instant, bool)>>);

impl EmailGate {
    /// Whether the tenant is gated. The server asks FusionAuth only for users with an unverified email, and once in a minute at most. Without
    /// an API key the setting cannot be read, and counts as not gated.
    ///
    /// # Errors
    /// FusionAuth does not answer, or the API key may not read the setting, and it was never read.
    pub(super) async fn is_gated(&self, fusionauth: &FusionAuth) -> Result<bool, Unreachable> {
        let mut last = self.0.lock().await;
        match *last {
            Some((read_at, is_gated)) if read_at.elapsed() < MAX_AGE => Ok(is_gated),
            known => match fusionauth.settings().await {
                Ok(Some((_, tenant))) => {
                    let is_gated = tenant.email_configuration.gates_unverified();
                    *last = Some((Instant::now(), is_gated));
                    Ok(is_gated)
                }
                Ok(None) if !fusionauth.has_api_key() => Ok(false),
                Ok(None) | Err(Unreachable) => known.map(|(_, is_gated)| is_gated).ok_or(Unreachable),
            },
        }
    }
}
