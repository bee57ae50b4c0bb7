//! `POST /api/register`, on the Store in every workflow: makes an account for the Store and the Forums. FusionAuth takes it
//! only with an API key, which a browser must never have.
//!
//! | status | body |
//! |---|---|
//! | 201 | the user |
//! | 422 | a problem with `errors: [{field, code, message}]` |
//! | 429 | a problem, with `Retry-After`: too many registrations from one address, or in all |
//! | 503 | a problem: no API key here, or FusionAuth does not answer |

use crate::{
    auth::{error::Error as AuthError, fusionauth::NotRegistered, verify::Identity},
    http::{
        client_address::Client,
        error::Error as HttpError,
        field_error::field_error,
        idempotency::{Answer, Begun, IdempotencyKey},
        json_body::Body,
        problem::ProblemResponse,
    },
    sign_in::error::Error,
    state::Backend,
    users::{self, display_name::DisplayName},
};
use axum::{Router, extract::State, http::StatusCode, routing::post};
use fusionauth_api::{
    backend::NewUser,
    errors::{ApiError, Errors},
};
use storefront_api::{App, FieldError, Register, User};
use storefront_messages::FieldMessage;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/register", post(handle))
}

async fn handle(
    State(backend): State<Backend>,
    client: Client,
    key: IdempotencyKey,
    Body(wanted): Body<Register>,
) -> Result<Answer, ProblemResponse> {
    register(&backend, client, key, wanted).await
}

/// Makes the account, once for each key. The answer is the user, or [`Error::Invalid`] as a problem document that names every
/// member at fault. The work goes on if the caller hangs up, so that a repeated request finds its answer.
///
/// # Errors
/// [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), [`Error::RegistrationClosed`], [`auth::Error::SignInUnavailable`](crate::auth::error::Error::SignInUnavailable), or the database's.
pub async fn register(backend: &Backend, client: Client, key: IdempotencyKey, wanted: Register) -> Result<Answer, ProblemResponse> {
    let site = format!("{} at {}", backend.site.workflow.slug(), backend.config.store_id);
    let write = match key.write(&backend.db, &site, "register", &wanted).claim().await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let backend = backend.clone();
    let work = tokio::spawn(async move {
        let result = create_account(&backend, client, &wanted).await;
        write.finish(StatusCode::CREATED, result).await
    });
    work.await.unwrap_or(Err(HttpError::Internal.into()))
}

async fn create_account(backend: &Backend, client: Client, wanted: &Register) -> Result<User, Error> {
    let mut faults = faults(wanted);
    let name = match given(wanted.display_name.as_deref()).map(DisplayName::parse).transpose() {
        Ok(Some(name)) if users::is_taken(&backend.db, &name).await? => Err(FieldMessage::DisplayNameTaken),
        name => name,
    };
    if let Err(message) = name {
        faults.push(field_error("displayName", message));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    backend.attempts.register(client)?;
    let user = NewUser {
        email: wanted.email.trim(),
        password: &wanted.password,
        first_name: given(wanted.first_name.as_deref()),
        last_name: given(wanted.last_name.as_deref()),
    };
    let made = backend.fusionauth.register(client, user, backend.config.register_verified).await.map_err(|error| match error {
        NotRegistered::Invalid(errors) => validation_error(&errors),
        NotRegistered::NoKey => {
            tracing::error!("FusionAuth wants an API key to register somebody; set --fusionauth-api-key");
            Error::RegistrationClosed
        }
        NotRegistered::Unavailable => AuthError::SignInUnavailable.into(),
    })?;
    // One account for both. Who lacks the second registration can sign in to the Store, and is told at the Forums.
    if backend.fusionauth.register_also(client, &made.id, backend.config.application_id(App::Forums)).await.is_err() {
        tracing::error!("somebody was registered for the Store and could not be for the Forums");
    }
    // Somebody who has chosen the same name in between keeps it; the account is made, and its name can be chosen later.
    if let Ok(Some(name)) = name {
        users::set_display_name(&backend.db, &made.id, &name).await?;
    }
    Ok(users::user(&backend.db, Identity { user_id: made.id, email: made.email }).await?)
}

fn given(name: Option<&str>) -> Option<&str> {
    name.map(str::trim).filter(|it| !it.is_empty())
}

/// What is wrong before FusionAuth is asked. The rules for passwords are FusionAuth's alone.
fn faults(wanted: &Register) -> Vec<FieldError> {
    let email = wanted.email.trim();
    let email_fault = if email.is_empty() {
        Some(FieldMessage::EmailBlank)
    } else if !looks_like_an_address(email) {
        Some(FieldMessage::EmailNotAddress)
    } else {
        None
    };
    let password_fault = wanted.password.is_empty().then_some(FieldMessage::PasswordBlank);
    let is_unusable = |name: &Option<String>| name.as_deref().is_some_and(|it| it.len() > 100 || it.contains(char::is_control));
    let name_fault = |name| is_unusable(name).then_some(FieldMessage::Unusable);
    let found = [
        ("email", email_fault),
        ("password", password_fault),
        ("firstName", name_fault(&wanted.first_name)),
        ("lastName", name_fault(&wanted.last_name)),
    ];
    found.into_iter().filter_map(|(field, message)| Some(field_error(field, message?))).collect()
}

/// Something, an `@`, something. Whether there is such a mailbox only a message can tell.
fn looks_like_an_address(text: &str) -> bool {
    let parts = text.split_once('@');
    let plain = text.len() <= 254 && !text.contains(|it: char| it.is_whitespace() || it.is_control());
    plain && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

/// FusionAuth's errors as ours. What it says of a field that nobody filled in here is our mistake.
fn validation_error(errors: &Errors) -> Error {
    let of_field = |(path, errors): (&String, &Vec<ApiError>)| {
        let field = path.strip_prefix("user.").filter(|it| ["email", "password", "firstName", "lastName"].contains(it));
        field.map(|field| errors.iter().map(|it| translated(field, it)).collect::<Vec<_>>())
    };
    let known: Vec<FieldError> = errors.field_errors.iter().filter_map(of_field).flatten().collect();
    if known.is_empty() {
        let codes: Vec<&str> = errors.field_errors.values().flatten().chain(&errors.general_errors).map(|it| it.code.as_str()).collect();
        tracing::error!(?codes, "FusionAuth could not use a registration");
        return Error::RegistrationClosed;
    }
    Error::Invalid(known)
}

fn translated(field: &str, error: &ApiError) -> FieldError {
    let kind = error.code.strip_prefix('[').and_then(|it| it.split(']').next()).unwrap_or_default();
    let message = match (field, kind) {
        ("email", "blank" | "missing") => FieldMessage::EmailBlank,
        ("email", "notEmail") => FieldMessage::EmailNotAddress,
        ("email", "duplicate") => FieldMessage::EmailTaken,
        ("password", "blank" | "missing") => FieldMessage::PasswordBlank,
        ("password", "tooShort") => FieldMessage::PasswordTooShort,
        ("password", "tooLong") => FieldMessage::PasswordTooLong,
        _ => FieldMessage::Unusable,
    };
    let known = field_error(field, message);
    // Such as the tenant's own rules for passwords, which FusionAuth words itself.
    if message == FieldMessage::Unusable && !error.message.is_empty() {
        FieldError { message: error.message.clone(), ..known }
    } else {
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b", "ada.lovelace+shop@example.com", "ä@ö.example"] {
            assert!(looks_like_an_address(good), "{good}");
        }
        for bad in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\0", &format!("{}@b", "x".repeat(260))] {
            assert!(!looks_like_an_address(bad), "{bad}");
        }
    }

    #[test]
    fn fusionauths_errors_are_told_by_member() {
        let errors = Errors::field("user.password", "[tooShort]user.password", "At least 8.");
        assert!(matches!(validation_error(&errors), Error::Invalid(it) if it == [field_error("password", FieldMessage::PasswordTooShort)]));
        let own = Errors::field("user.password", "[requireNumber]user.password", "A number, please.");
        assert!(matches!(validation_error(&own), Error::Invalid(it) if it[0].message == "A number, please." && it[0].code == "invalid"));
        let ours = Errors::field("registration.applicationId", "[invalid]registration.applicationId", "No.");
        assert!(matches!(validation_error(&ours), Error::RegistrationClosed));
    }
}
