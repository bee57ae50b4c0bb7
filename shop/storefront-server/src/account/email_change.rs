//! Changes a user's email, for the API and for the server-rendered pages.
//!
//! The server sends a code to the new email, and passes the new email to FusionAuth when the user has entered the code. Until then the
//! current email stays, so a typo does no harm. The response does not reveal whether another user already has the new email: in that case
//! the response is the same, and the message to that email contains a notice instead of a code.
//!
//! | call of the single-page app | |
//! |---|---|
//! | `POST /api/account/email` | sends a code to the new email; needs the password, or the proof of a recent confirmation (`password_check`) |
//! | `POST /api/account/email/again` | sends another code |
//! | `POST /api/account/email/confirm` | checks the code, and changes the email |
//! | `DELETE /api/account/email` | drops the pending change, so the current email stays |

use crate::account::error::Error;
use crate::account::password_check::{self, require_proven_email};
use crate::auth::{attempts::CodeAnswer, email_proof, error::Error as AuthError, sessions, verify::Identity};
use crate::http::problem::{ApiResult, field_error};
use crate::http::{body::JsonBody, endpoint::endpoint, error::Error as HttpError, language::in_current_language};
use crate::mail::Mail;
use crate::notices;
use crate::secret;
use crate::sign_in::password_link::LEAST_TIME;
use crate::user_data::{Deletion, Export, UserData};
use crate::{clock::now_ms, database::retried, state::Backend, typed, user_request::UserRequest};
use axum::{Json, Router};
use fusionauth_api::account::ChangeEmailOutcome;
use sqlx::AnyPool;
use storefront_api::account::{ChangeEmail, ConfirmEmail};
use storefront_api::{Done, endpoints};
use storefront_messages::{FieldMessage, Language, Storefront, VerificationError, t};
use tokio::time::{Instant, sleep_until};

/// The pending changes of emails.
pub(super) const USER_DATA: UserData =
    UserData { table: "address_changes", export: Export::Nothing("a row expires after minutes"), deletion: Deletion::RowsBy("user_id") };

/// How long a code is valid, in milliseconds.
const LIFE_MS: i64 = 10 * 60_000;

/// The maximum number of attempts with one code.
const MAX_ATTEMPTS: i64 = 5;

/// The new email that the user has not yet confirmed with a code.
pub(super) async fn pending(db: &AnyPool, user_id: &str) -> sqlx::Result<Option<String>> {
    let query = sqlx::query_scalar("SELECT email FROM address_changes WHERE user_id = $1 AND expires_at > $2");
    query.bind(user_id).bind(now_ms()).fetch_optional(db).await
}

/// Sends a code to the email that the user has typed.
///
/// # Errors
/// [`Error::Invalid`] about `email`, [`Error::EmailUnavailable`], [`Error::SentAMomentAgo`], or that FusionAuth does not answer.
pub(super) async fn start(request: &UserRequest, text: &str) -> Result<(), Error> {
    let email = &*typed::email(text);
    let invalid = |message| Err(Error::Invalid(vec![field_error("email", message)]));
    if email.is_empty() {
        return invalid(FieldMessage::EmailBlank);
    }
    if !typed::looks_like_an_email(email) {
        return invalid(FieldMessage::EmailNotAddress);
    }
    if is_address_of(&request.user, email) {
        // The user proves the current email with a code.
        match require_proven_email(request).await {
            Ok(()) => return invalid(FieldMessage::EmailUnchanged),
            Err(Error::EmailNotProven) => {}
            Err(error) => return Err(error),
        }
    }
    send_code(request, email).await
}

/// Sends another code to the pending new email.
///
/// # Errors
/// [`Error::Invalid`] about `code` if no change is pending, otherwise as [`start`].
pub(super) async fn send_again(request: &UserRequest) -> Result<(), Error> {
    match pending(&request.backend.db, &request.user.user_id).await? {
        Some(email) => send_code(request, &email).await,
        None => Err(wrong(VerificationError::Expired)),
    }
}

/// Gives the user the pending new email, if `text` is its code. The user's sessions then contain the new email, and the server refuses
/// older access tokens, so that browsers renew them. Continues if the browser disconnects.
///
/// # Errors
/// [`Error::Invalid`] about `code`, [`Error::TooManyAttempts`], or that FusionAuth does not answer. The user can then enter the same code
/// again.
pub(super) async fn confirm(UserRequest { backend, client, user, .. }: &UserRequest, text: &str) -> Result<(), Error> {
    let code = typed::message_code(text);
    if code.is_empty() {
        return Err(wrong(VerificationError::Blank));
    }
    let email = backend.attempts.code(*client, &user.user_id, email_of_code(&backend.db, &user.user_id, &code)).await??;
    let change = change_email(backend.clone(), user.clone(), email);
    backend.background.spawn(in_current_language(change)).await.map_err(|_| AuthError::from(HttpError::Internal))?
}

async fn change_email(backend: Backend, user: Identity, email: String) -> Result<(), Error> {
    let owner = backend.fusionauth.user_with_email(&email).await.map_err(|_| AuthError::SignInUnavailable)?;
    if owner.as_ref() == Some(&user.user_id) {
        backend.fusionauth.mark_as_verified(&user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?;
        email_proof::note_proven(&backend.db, &user.user_id).await?;
        return Ok(cancel(&backend.db, &user.user_id).await?);
    }
    match backend.fusionauth.change_email(&user.user_id, &email).await {
        ChangeEmailOutcome::Changed => {}
        // Another user has created an account with this email in the meantime.
        ChangeEmailOutcome::Refused => return Err(wrong(VerificationError::Expired)),
        ChangeEmailOutcome::Unavailable { .. } => {
            // FusionAuth may have changed the email. After a renewal, the sign-ins contain the email that FusionAuth has.
            backend.revoked_access.revoke_user(&user.user_id, now_ms()).await?;
            return Err(AuthError::SignInUnavailable.into());
        }
    }
    retried(async || sessions::set_email(&backend.db, &user.user_id, &email).await).await?;
    email_proof::note_proven(&backend.db, &user.user_id).await?;
    cancel(&backend.db, &user.user_id).await?;
    backend.revoked_access.revoke_user(&user.user_id, now_ms()).await?;
    if let Some(former) = user.email {
        // A thief chooses the new email, so the owner gets none of its text.
        notices::send(&backend, former, changed(t!("You now sign in to the Store and the Forums with another email.")));
    }
    let text = t!("You now sign in to the Store and the Forums with {}.", email);
    notices::send(&backend, email, changed(text));
    Ok(())
}

/// Drops the pending change of the email.
pub(super) async fn cancel(db: &AnyPool, user_id: &str) -> sqlx::Result<()> {
    retried(async || sqlx::query("DELETE FROM address_changes WHERE user_id = $1").bind(user_id).execute(db).await.map(drop)).await
}

async fn send_code(UserRequest { backend, client, user, .. }: &UserRequest, email: &str) -> Result<(), Error> {
    if backend.config.message_template.is_none() {
        return Err(Error::EmailUnavailable);
    }
    backend.attempts.message(*client, &format!("new address {email}")).await.map_err(Error::SentAMomentAgo)?;
    // The response always takes at least this long, so that its time does not reveal whether another user has the email.
    let answer_at = Instant::now() + LEAST_TIME;
    let owner = backend.fusionauth.user_with_email(email).await.map_err(|_| AuthError::SignInUnavailable)?;
    let is_free = owner.is_none_or(|owner| owner == user.user_id);
    let code = is_free.then(secret::random_code);
    store(&backend.db, &user.user_id, email, code.as_deref()).await?;
    let mail = code.as_deref().map_or_else(wanted, with_code);
    if backend.fusionauth.send_message(Language::current(), email, &mail).await.is_err() {
        cancel(&backend.db, &user.user_id).await?;
        return Err(AuthError::SignInUnavailable.into());
    }
    sleep_until(answer_at).await;
    Ok(())
}

/// The message with the code that verifies a new email.
fn with_code(code: &str) -> Mail {
    let mail = Mail::new(t!("Confirm your new email")).text(t!("Enter this code on your account page within ten minutes:")).code(code);
    mail.text(t!("If you didn't request this code, you can ignore this email."))
}

/// The message to the owner of an email that another user wanted for their account.
fn wanted() -> Mail {
    Mail::new(t!("You already have an account with this email")).text(t!(
        "Someone, perhaps you, tried to use this email for another account. It already belongs to an account, so we changed nothing."
    ))
}

/// The message to the former or to the new email.
fn changed(text: impl Into<String>) -> Mail {
    Mail::new(t!("Your email has changed")).text(text).text(t!("If this wasn't you, contact us immediately."))
}

async fn store(db: &AnyPool, user_id: &str, email: &str, code: Option<&str>) -> sqlx::Result<()> {
    let code_hash = code.map(|it| hash(user_id, it)).unwrap_or_default();
    retried(async || {
        let write = sqlx::query(
            "INSERT INTO address_changes (user_id, email, code_hash, attempts, expires_at) VALUES ($1, $2, $3, 0, $4)
             ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, code_hash = excluded.code_hash, attempts = 0,
                 expires_at = excluded.expires_at",
        );
        write.bind(user_id).bind(email).bind(&code_hash).bind(now_ms() + LIFE_MS).execute(db).await.map(drop)
    })
    .await
}

impl CodeAnswer for Result<String, Error> {
    fn is_wrong(&self) -> bool {
        matches!(self, Err(Error::Invalid(_)))
    }
}

/// The pending new email whose code this is.
async fn email_of_code(db: &AnyPool, user_id: &str, code: &str) -> Result<String, Error> {
    match take_attempt(db, user_id).await? {
        None => Err(wrong(VerificationError::Expired)),
        Some((_, code_hash)) if code_hash != hash(user_id, code) => Err(wrong(VerificationError::WrongCode)),
        Some((email, _)) => Ok(email),
    }
}

/// Counts an attempt before the code is compared, so that parallel attempts count as well. Returns the email and the hash of its code, or
/// `None` if no code is valid or all attempts are used up.
async fn take_attempt(db: &AnyPool, user_id: &str) -> sqlx::Result<Option<(String, String)>> {
    retried(async || {
        let query = sqlx::query_as(
            "UPDATE address_changes SET attempts = attempts + 1 WHERE user_id = $1 AND expires_at > $2 AND attempts < $3
             RETURNING email, code_hash",
        );
        query.bind(user_id).bind(now_ms()).bind(MAX_ATTEMPTS).fetch_optional(db).await
    })
    .await
}

fn hash(user_id: &str, code: &str) -> String {
    secret::hash_secret("new address", &format!("{user_id} {code}"))
}

fn is_address_of(user: &Identity, email: &str) -> bool {
    user.email.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(email))
}

fn wrong(error: VerificationError) -> Error {
    let code = match error {
        VerificationError::Blank => "blank",
        VerificationError::Expired => "expired",
        _ => "wrong",
    };
    Error::of_field("code", code, &error.message::<Storefront>().to_string())
}

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::CHANGE_EMAIL, handle_start)
        .merge(endpoint(endpoints::CANCEL_EMAIL_CHANGE, handle_cancel))
        .merge(endpoint(endpoints::SEND_EMAIL_CODE_AGAIN, handle_again))
        .merge(endpoint(endpoints::CONFIRM_EMAIL, handle_confirm))
}

async fn handle_start(request: UserRequest, JsonBody(change): JsonBody<ChangeEmail>) -> ApiResult<Json<Done>> {
    password_check::confirm(&request, change.current_password.as_deref()).await?;
    start(&request, &change.email).await?;
    Ok(Json(Done {}))
}

async fn handle_again(request: UserRequest) -> ApiResult<Json<Done>> {
    send_again(&request).await?;
    Ok(Json(Done {}))
}

async fn handle_confirm(request: UserRequest, JsonBody(sent): JsonBody<ConfirmEmail>) -> ApiResult<Json<Done>> {
    confirm(&request, &sent.code).await?;
    Ok(Json(Done {}))
}

async fn handle_cancel(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<Done>> {
    cancel(&backend.db, &user.user_id).await?;
    Ok(Json(Done {}))
}
