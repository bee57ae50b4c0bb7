//! Registration: `POST /api/register`, on the Store in every workflow, makes an account for the Store and the Forums. FusionAuth takes
//! registrations with an API key alone, which a browser must never have, so they go through this server.
//!
//! | status | body |
//! |---|---|
//! | 201 | the user |
//! | 422 | a problem with `errors: [{field, code, message}]` |
//! | 429 | a problem, with `Retry-After`: too many registrations from one address, or in all |
//! | 503 | a problem: no API key here, or FusionAuth does not answer |

use crate::auth::{error::Error as AuthError, fusionauth::RegistrationError, verify::Identity};
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::{ProblemResponse, field_error};
use crate::http::{client_address::ClientAddress, error::Error as HttpError, json_body::JsonBody};
use crate::users::{self, display_name::DisplayName};
use crate::{sign_in::change_password_form::message as password_message, sign_in::error::Error, state::Backend};
use axum::{Router, extract::State, http::StatusCode, routing::post};
use fusionauth_api::backend::{NewUser, UserData};
use fusionauth_api::errors::{ApiError, Errors};
use fusionauth_api::password::PasswordRule;
use storefront_api::{FieldError, Register, User};
use storefront_messages::FieldMessage;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/register", post(handle))
}

async fn handle(
    State(backend): State<Backend>,
    client: ClientAddress,
    key: IdempotencyKey,
    JsonBody(wanted): JsonBody<Register>,
) -> Result<StoredResponse, ProblemResponse> {
    register(&backend, client, key, wanted).await
}

/// Makes the account, once for each key. The response is the user, or the problem document of [`Error::Invalid`], which names every
/// member at fault. If the client hangs up or the server stops, the account is made all the same, so that a repeated request finds the
/// response.
///
/// Of two registrations at the same time with one display name, the later one is made without it: the user in the response then has
/// the default name, and can choose another one on the account page.
///
/// # Errors
/// [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), [`Error::RegistrationClosed`], [`auth::Error::SignInUnavailable`](crate::auth::error::Error::SignInUnavailable), or the database's.
pub async fn register(
    backend: &Backend,
    client: ClientAddress,
    key: IdempotencyKey,
    wanted: Register,
) -> Result<StoredResponse, ProblemResponse> {
    let site = format!("{} at {}", backend.site.workflow.slug(), backend.site.application.id);
    let write = key.write(&backend.db, &site, "register", &wanted);
    let backend = backend.clone();
    let background = backend.background.clone();
    let registration = async move { write.with_claim(StatusCode::CREATED, create_account(&backend, client, &wanted)).await };
    background.spawn(registration).await.unwrap_or(Err(HttpError::Internal.into()))
}

async fn create_account(backend: &Backend, client: ClientAddress, wanted: &Register) -> Result<User, Error> {
    let mut errors = input_errors(wanted);
    let name = match filled_in(wanted.display_name.as_deref()).map(DisplayName::parse).transpose() {
        Ok(Some(name)) if users::is_taken(&backend.db, &name).await? => Err(FieldMessage::DisplayNameTaken),
        name => name,
    };
    if let Err(message) = name {
        errors.push(field_error("displayName", message));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    backend.attempts.register(client).await?;
    let user = NewUser {
        email: wanted.email.trim(),
        password: &wanted.password,
        first_name: filled_in(wanted.first_name.as_deref()),
        last_name: filled_in(wanted.last_name.as_deref()),
        data: UserData { site: backend.site.workflow.slug() },
    };
    let account = backend.fusionauth.register(client, user, backend.config.register_verified).await.map_err(|error| match error {
        RegistrationError::Invalid(errors) => validation_error(&errors),
        RegistrationError::ApiKeyRefused => {
            tracing::error!("FusionAuth wants an API key to register users; set --fusionauth-api-key");
            Error::RegistrationClosed
        }
        RegistrationError::Unavailable => AuthError::SignInUnavailable.into(),
    })?;
    // The account is made. If the second registration fails, the user can sign in to the Store, and the Forums say what is missing.
    if let Some(forums) = backend.site.sibling_application_id()
        && backend.fusionauth.register_existing_user(client, &account.id, forums).await.is_err()
    {
        tracing::error!("a user is registered for the Store, but could not be registered for the Forums");
    }
    // Another user may have taken the name since the check above.
    if let Ok(Some(name)) = name {
        users::set_display_name(&backend.db, &account.id, &name).await?;
    }
    Ok(users::user(&backend.db, Identity { user_id: account.id, email: account.email }).await?)
}

fn filled_in(name: Option<&str>) -> Option<&str> {
    name.map(str::trim).filter(|it| !it.is_empty())
}

/// The errors that this server finds itself. Whether a password is good enough is for FusionAuth to say.
fn input_errors(wanted: &Register) -> Vec<FieldError> {
    let email = wanted.email.trim();
    let email_error = if email.is_empty() {
        Some(FieldMessage::EmailBlank)
    } else if !looks_like_an_address(email) {
        Some(FieldMessage::EmailNotAddress)
    } else {
        None
    };
    let password_error = wanted.password.is_empty().then_some(FieldMessage::PasswordBlank);
    let is_unusable = |name: &Option<String>| name.as_deref().is_some_and(|it| it.len() > 100 || it.contains(char::is_control));
    let name_error = |name| is_unusable(name).then_some(FieldMessage::Unusable);
    let errors = [
        ("email", email_error),
        ("password", password_error),
        ("firstName", name_error(&wanted.first_name)),
        ("lastName", name_error(&wanted.last_name)),
    ];
    errors.into_iter().filter_map(|(field, message)| Some(field_error(field, message?))).collect()
}

/// Whether the text has one `@` with text on both sides. Only a message can tell whether there is such a mailbox.
fn looks_like_an_address(text: &str) -> bool {
    let parts = text.split_once('@');
    let plain = text.len() <= 254 && !text.contains(|it: char| it.is_whitespace() || it.is_control());
    plain && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

/// FusionAuth's errors about the fields of the form. If all are about other fields, this server has sent something wrong.
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
        ("password", _) => password_message(PasswordRule::from_code(&error.code)),
        _ => FieldMessage::Unusable,
    };
    let known = field_error(field, message);
    // For rules that this server does not know, such as the tenant's own for passwords, FusionAuth's text says what to do.
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
    fn an_address_has_text_on_both_sides_of_one_at_sign() {
        for good in ["a@b", "ada.lovelace+shop@example.com", "ä@ö.example"] {
            assert!(looks_like_an_address(good), "{good}");
        }
        for bad in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\0", &format!("{}@b", "x".repeat(260))] {
            assert!(!looks_like_an_address(bad), "{bad}");
        }
    }

    #[test]
    fn errors_of_fusionauth_are_assigned_to_their_fields() {
        let errors = Errors::field("user.password", "[tooShort]user.password", "At least 8.");
        assert!(matches!(validation_error(&errors), Error::Invalid(it) if it == [field_error("password", FieldMessage::PasswordTooShort)]));
        let digit = Errors::field("user.password", "[requireNumber]user.password", "A number, please.");
        assert!(
            matches!(validation_error(&digit), Error::Invalid(it) if it == [field_error("password", FieldMessage::PasswordNeedsDigit)])
        );
        let own = Errors::field("user.password", "[novel]user.password", "A number, please.");
        assert!(matches!(validation_error(&own), Error::Invalid(it) if it[0].message == "A number, please." && it[0].code == "invalid"));
        let ours = Errors::field("registration.applicationId", "[invalid]registration.applicationId", "No.");
        assert!(matches!(validation_error(&ours), Error::RegistrationClosed));
    }
}
