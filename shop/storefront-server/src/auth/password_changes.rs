//! The only functions in this server that change a password. Each ends every sign-in of the user, on every instance of this server, and
//! continues if the browser disconnects. If FusionAuth's answer is lost, the password may have changed, so the sign-ins end in that case,
//! too.

use crate::auth::authenticator::{Authenticator, not_signed_out};
use crate::auth::email_proof::{self, MailedProof};
use crate::auth::{attempts::AttemptLimits, error::Error, fusionauth::may_have_changed, verify::Identity};
use crate::clock::now_ms;
use crate::http::{client_address::ClientAddress, error::Error as HttpError, rate_limit::TooOften};
use crate::{mail::Mail, typed};
use fusionauth_api::account::{PasswordCheck, ReplacePasswordOutcome};
use fusionauth_api::password::ChangePasswordRequest;
use serde::Deserialize;
use std::{future::Future, sync::Arc};
use storefront_messages::Language;

/// A new password, in the form of FusionAuth's request. The id is from a mailed link, or from a sign-in that FusionAuth answered with 203.
///
/// This type has no `Debug`, because it holds a password and an id that opens an account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordChange {
    /// The id, which allows the change without the old password.
    pub change_password_id: String,
    /// The new password.
    pub password: String,
    /// The trust token of the second factor, if the account has one.
    pub trust_token: Option<String>,
    /// The text that FusionAuth has bound `trust_token` to.
    pub trust_challenge: Option<String>,
}

impl Authenticator {
    /// Changes a password with [`PasswordChange::change_password_id`], and sends the user `notice`. Returns FusionAuth's status and body.
    ///
    /// # Errors
    /// [`Error::SignInUnavailable`] if FusionAuth does not answer; nothing has changed. [`Error::PasswordMayHaveChanged`] if its answer to
    /// the change is lost or a server error. [`Error::NotSignedOut`] if the database fails; the password may have changed, and older
    /// sign-ins may still be valid.
    pub async fn change_password(&self, client: ClientAddress, change: PasswordChange, notice: Mail) -> Result<(u16, Vec<u8>), Error> {
        let fusionauth = Arc::clone(&self.config.fusionauth);
        if !fusionauth.has_api_key() {
            return Err(Error::SignInUnavailable);
        }
        // The user must be looked up first, because the change uses up the id. If the id belongs to no user, FusionAuth refuses the change.
        let user = email_proof::prepare(&fusionauth, &self.config.db, MailedProof::ResetLink(&change.change_password_id)).await?;
        let email = user.as_ref().and_then(|it| it.email.clone());
        let tell = self.telling(email, notice);
        let sent = async move {
            let PasswordChange { change_password_id, password, trust_token, trust_challenge } = &change;
            let password = &typed::password(password);
            let (trust_token, trust_challenge) = (trust_token.as_deref(), trust_challenge.as_deref());
            let request = ChangePasswordRequest { change_password_id, password, trust_token, trust_challenge };
            let answer = fusionauth.change_password(client, &request).await;
            if matches!(answer, Ok((200, _))) {
                tell();
            }
            answer
        };
        let answer = self
            .then_end_sign_ins(user.map(|it| it.id), sent, |answer| may_have_changed(answer.as_ref().map_or(0, |(status, _)| *status)))
            .await?;
        match answer {
            Ok((status, body)) if status < 500 => Ok((status, body)),
            _ => Err(Error::PasswordMayHaveChanged),
        }
    }

    /// Changes the password of a user who knows the current one, and sends the user `notice`. A wrong current password counts toward the
    /// limits for sign-ins.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called. The inner error is [`Error::PasswordMayHaveChanged`] if FusionAuth's answer is lost, and
    /// [`Error::NotSignedOut`] if the database fails; the password has changed then, and other sign-ins may still be valid.
    pub async fn replace_password(
        &self,
        attempts: &AttemptLimits,
        client: ClientAddress,
        user: &Identity,
        (current, password): (&str, &str),
        notice: Mail,
    ) -> Result<Result<ReplacePasswordOutcome, Error>, TooOften> {
        let fusionauth = Arc::clone(&self.config.fusionauth);
        match attempts.check_password(&fusionauth, client, user, current).await? {
            PasswordCheck::Right => {}
            PasswordCheck::Wrong => return Ok(Ok(ReplacePasswordOutcome::WrongPassword)),
            PasswordCheck::Unavailable { status } => return Ok(Ok(ReplacePasswordOutcome::Unavailable { status })),
        }
        let (login_id, current, password) = (user.email.clone().unwrap_or_default(), current.to_owned(), password.to_owned());
        let tell = self.telling(user.email.clone(), notice);
        let sent = async move {
            let outcome = fusionauth.replace_password(client, &login_id, &current, &password).await;
            if outcome == ReplacePasswordOutcome::Changed {
                tell();
            }
            outcome
        };
        let ends = |outcome: &ReplacePasswordOutcome| match outcome {
            ReplacePasswordOutcome::Changed => true,
            ReplacePasswordOutcome::Unavailable { status } => may_have_changed(*status),
            ReplacePasswordOutcome::WrongPassword | ReplacePasswordOutcome::Refused(_) | ReplacePasswordOutcome::SecondFactorRequired => {
                false
            }
        };
        Ok(match self.then_end_sign_ins(Some(user.user_id.clone()), sent, ends).await {
            Ok(ReplacePasswordOutcome::Unavailable { status }) if may_have_changed(status) => Err(Error::PasswordMayHaveChanged),
            answer => answer,
        })
    }

    /// A function that sends `notice` to the user with this email, in the background and in the current language.
    fn telling(&self, email: Option<String>, notice: Mail) -> impl FnOnce() + Send + use<> {
        let (fusionauth, attempts) = (Arc::clone(&self.config.fusionauth), Arc::clone(&self.config.attempts));
        let background = self.config.background.clone();
        let language = Language::current();
        move || {
            if let Some(email) = email {
                background.spawn(async move { attempts.notice(&fusionauth, language, &email, &notice).await });
            }
        }
    }

    /// Runs `change`, and ends every sign-in of the user if `ends` is true for its result.
    async fn then_end_sign_ins<T: Send + 'static>(
        &self,
        user: Option<String>,
        change: impl Future<Output = T> + Send + 'static,
        ends: fn(&T) -> bool,
    ) -> Result<T, Error> {
        let revoked = self.config.revoked.clone();
        let task = self.config.background.spawn(async move {
            let answer = change.await;
            if let Some(user) = user.filter(|_| ends(&answer)) {
                revoked.end_user(&user, now_ms()).await?;
            }
            Ok(answer)
        });
        task.await.map_err(|_| HttpError::Internal)?.map_err(|error: sqlx::Error| not_signed_out(&error))
    }
}
