//! Registration: `POST /api/register`, in every workflow, creates an account for the Store and the Forums. FusionAuth accepts registrations
//! only with an API key, which a browser must never have, so they go through this server.
//!
//! Registration does not reveal who has an account: for an email that already has one, the response is the same and takes the same time,
//! and a message notifies the owner. Such a registration counts toward no rate limit of other requests, because a client could measure that
//! afterwards. Only the next sign-in reveals whether the email had an account: a sign-in with the new password succeeds, or asks for
//! verification, only if the account is new.
//!
//! | status | body |
//! |---|---|
//! | 201 | the user |
//! | 422 | a problem with `errors: [{field, code, message}]` |
//! | 429 | a problem, with `Retry-After`: too many registrations from one client address, or in total |
//! | 503 | a problem: this server has no API key, or FusionAuth does not answer |

use crate::auth::fusionauth::{RegistrationError, Timeouts};
use crate::auth::verify::Identity;
use crate::auth::{email_proof, error::Error as AuthError};
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::{ApiResult, field_error};
use crate::http::{
    body::JsonBody, client_address::ClientAddress, endpoint::endpoint, error::Error as HttpError, language::in_current_language,
};
use crate::sign_in::{error::Error, password_link};
use crate::users::{self, display_name::DisplayName};
use crate::{state::Backend, typed, user_request::ApiRequest};
use axum::{Router, http::StatusCode};
use fusionauth_api::backend::{NewUser, UserData};
use fusionauth_api::errors::{ApiError, Errors};
use fusionauth_api::password::{ForgotPasswordOutcome, MessageState, PasswordRule};
use std::time::Duration;
use storefront_api::{MemberError, Register, User, endpoints};
use storefront_messages::{FieldMessage, Language};
use tokio::time::{Instant, sleep_until};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::REGISTER, handle)
}

async fn handle(request: ApiRequest, key: IdempotencyKey, JsonBody(wanted): JsonBody<Register>) -> ApiResult<StoredResponse> {
    register(&request.backend, request.client, key, wanted).await
}

/// Creates the account, once for each idempotency key. The response is the user, or the problem document of [`Error::Invalid`], which names
/// every invalid member. If the client disconnects or the server stops, the account is still created, so that a repeated request finds the
/// response.
///
/// Of two concurrent registrations with the same display name, the later account is created without it: the user in the response then has
/// the default name, and can choose another one on the account page.
///
/// # Errors
/// [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), [`Error::RegistrationClosed`],
/// [`auth::Error::SignInUnavailable`](crate::auth::error::Error::SignInUnavailable), or a database error.
pub async fn register(backend: &Backend, client: ClientAddress, key: IdempotencyKey, wanted: Register) -> ApiResult<StoredResponse> {
    let [first_name, last_name] = [&wanted.first_name, &wanted.last_name].map(|it| it.as_deref().map(typed::line));
    let wanted = Register { email: typed::email(&wanted.email), first_name, last_name, ..wanted };
    let name = match display_name(backend, client, &wanted).await {
        Ok(name) => name,
        Err(error) => return StoredResponse::refusal(error.into()),
    };
    let site = format!("{} at {}", backend.site.workflow.slug(), backend.site.application.id);
    let write = key.write(&backend.db, &site, "register", &wanted);
    let backend = backend.clone();
    let background = backend.background.clone();
    // Creating an account takes two requests to FusionAuth, and some work in the database.
    let lease = Timeouts::within(backend.config.request_timeout).login * 2 + Duration::from_secs(2);
    let registration = async move { write.with_claim(lease, StatusCode::CREATED, create_account(&backend, client, &wanted, name)).await };
    background.spawn(in_current_language(registration)).await.unwrap_or(Err(HttpError::Internal.into()))
}

/// The wanted display name, after all checks that do not need FusionAuth. These checks come before the idempotency key is stored, so a
/// refusal leaves no row. This counts a registration before it checks whether the name is taken, because that check reveals the names of
/// other users.
async fn display_name(backend: &Backend, client: ClientAddress, wanted: &Register) -> Result<Option<DisplayName>, Error> {
    let mut errors = input_errors(wanted);
    let name = filled_in(wanted.display_name.as_deref()).map(DisplayName::parse).transpose();
    errors.extend(name.as_ref().err().map(|message| field_error("displayName", *message)));
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    backend.attempts.register(client).await?;
    let name = name.unwrap_or_default();
    match &name {
        Some(name) if users::is_taken(&backend.db, name).await? => {
            Err(Error::Invalid(vec![field_error("displayName", FieldMessage::DisplayNameTaken)]))
        }
        _ => Ok(name),
    }
}

async fn create_account(backend: &Backend, client: ClientAddress, wanted: &Register, name: Option<DisplayName>) -> Result<User, Error> {
    let answer_at = Instant::now() + password_link::LEAST_TIME;
    let user = NewUser {
        email: &wanted.email,
        password: &wanted.password,
        first_name: filled_in(wanted.first_name.as_deref()),
        last_name: filled_in(wanted.last_name.as_deref()),
        preferred_languages: [Language::current().tag()],
        data: UserData { site: backend.site.workflow.slug() },
    };
    let id = match backend.fusionauth.register(client, user, backend.config.register_verified).await {
        Ok(account) => {
            if account.verified && !backend.config.register_verified {
                email_proof::note_unproven(&backend.db, &account.id).await?;
            }
            // The account exists now. If its registration for the other application fails, the user can sign in here, and the other
            // application offers the registration at the sign-in.
            if let Some(sibling) = backend.site.sibling_application_id()
                && backend.fusionauth.register_existing_user(client, &account.id, sibling).await.is_err()
            {
                tracing::error!("a user is registered for one application, but could not be registered for the other");
            }
            account.id
        }
        Err(RegistrationError::Invalid(errors)) => {
            validation_error(&errors)?;
            tell_owner(backend, client, &wanted.email).await;
            // An invented user gets the display name. Otherwise the name would still be free, and that would reveal that no account was
            // created.
            uuid::Uuid::new_v4().to_string()
        }
        Err(RegistrationError::ApiKeyRefused) => {
            tracing::error!("FusionAuth wants an API key to register users; set --fusionauth-api-key");
            return Err(Error::RegistrationClosed);
        }
        Err(RegistrationError::Unavailable) => return Err(AuthError::SignInUnavailable.into()),
    };
    // If another user has taken the name since the check in `display_name`, this user keeps the default name.
    if let Some(name) = name {
        users::set_display_name(&backend.db, &id, &name).await?;
    }
    let user = users::user(&backend.db, Identity::new(id, Some(wanted.email.clone()))).await?;
    sleep_until(answer_at).await;
    Ok(user)
}

/// Makes FusionAuth notify the owner of an email that somebody tried to create an account with it. The message contains a reset link,
/// because an owner who has forgotten the account has probably forgotten the password, too.
async fn tell_owner(backend: &Backend, client: ClientAddress, email: &str) {
    if backend.attempts.registration_message(email).await.is_err() {
        return; // the owner has been notified recently
    }
    let state = MessageState { site: backend.site.workflow.slug(), occasion: Some("registration") };
    let outcome = backend.fusionauth.forgot_password(client, email, state).await;
    if outcome != ForgotPasswordOutcome::Accepted {
        tracing::error!(?outcome, "the owner of an email was not notified that somebody tried to register it");
    }
}

fn filled_in(name: Option<&str>) -> Option<&str> {
    name.filter(|it| !it.trim().is_empty())
}

/// The errors that this server finds itself. FusionAuth decides whether a password is good enough.
fn input_errors(wanted: &Register) -> Vec<MemberError> {
    let password_error = wanted.password.is_empty().then_some(FieldMessage::Password(PasswordRule::Blank));
    let name_error = |name: &Option<String>| name.as_deref().filter(|it| it.len() > 100).map(|_| FieldMessage::Unusable);
    let errors = [
        ("email", email_error(&wanted.email)),
        ("password", password_error),
        ("firstName", name_error(&wanted.first_name)),
        ("lastName", name_error(&wanted.last_name)),
    ];
    errors.into_iter().filter_map(|(field, message)| Some(field_error(field, message?))).collect()
}

/// Why a typed email cannot be used.
pub(crate) fn email_error(email: &str) -> Option<FieldMessage> {
    match email {
        "" => Some(FieldMessage::EmailBlank),
        email => (!typed::looks_like_an_email(email)).then_some(FieldMessage::EmailNotAddress),
    }
}

/// FusionAuth's errors about the fields of the form. `Ok` if the only error is that the email already has an account, which the response
/// must not reveal. [`Error::RegistrationClosed`] if no error is about the form, because then this server has sent something wrong.
fn validation_error(errors: &Errors) -> Result<(), Error> {
    let is_duplicate = |error: &ApiError| error.code.starts_with("[duplicate]");
    let others = errors.field_errors.values().flatten().any(|it| !is_duplicate(it));
    if !others && errors.general_errors.is_empty() && errors.field_errors.get("user.email").is_some_and(|it| !it.is_empty()) {
        return Ok(());
    }
    let of_field = |(path, errors): (&String, &Vec<ApiError>)| {
        let field = path.strip_prefix("user.").filter(|it| ["email", "password", "firstName", "lastName"].contains(it));
        field.map(|field| errors.iter().filter(|it| !is_duplicate(it)).map(|it| translated(field, it)).collect::<Vec<_>>())
    };
    let known: Vec<MemberError> = errors.field_errors.iter().filter_map(of_field).flatten().collect();
    if known.is_empty() {
        let codes: Vec<&str> = errors.field_errors.values().flatten().chain(&errors.general_errors).map(|it| it.code.as_str()).collect();
        tracing::error!(?codes, "FusionAuth could not use a registration");
        return Err(Error::RegistrationClosed);
    }
    Err(Error::Invalid(known))
}

fn translated(field: &str, error: &ApiError) -> MemberError {
    let kind = error.code.strip_prefix('[').and_then(|it| it.split(']').next()).unwrap_or_default();
    let message = match (field, kind) {
        ("email", "blank" | "missing") => FieldMessage::EmailBlank,
        ("email", "notEmail") => FieldMessage::EmailNotAddress,
        ("password", _) => FieldMessage::Password(PasswordRule::from_code(&error.code)),
        _ => FieldMessage::Unusable,
    };
    let known = field_error(field, message);
    // For rules that this server does not know, such as the tenant's own for passwords, FusionAuth's text says what to do.
    if matches!(message, FieldMessage::Unusable | FieldMessage::Password(PasswordRule::Other)) && !error.message.is_empty() {
        MemberError { message: error.message.clone(), ..known }
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
            assert!(typed::looks_like_an_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\0",
            "a<a/href=//evil.test>@b",
            "a@<b>",
            "\"a\"@b",
            &format!("{}@b", "x".repeat(260)),
        ] {
            assert!(!typed::looks_like_an_email(bad), "{bad}");
        }
    }

    #[test]
    fn errors_of_fusionauth_are_assigned_to_their_fields() {
        let errors = Errors::field("user.password", "[tooShort]user.password", "At least 8.");
        assert!(
            matches!(validation_error(&errors), Err(Error::Invalid(it)) if it == [field_error("password", FieldMessage::Password(PasswordRule::TooShort))])
        );
        let digit = Errors::field("user.password", "[requireNumber]user.password", "A number, please.");
        assert!(
            matches!(validation_error(&digit), Err(Error::Invalid(it)) if it == [field_error("password", FieldMessage::Password(PasswordRule::Number))])
        );
        let own = Errors::field("user.password", "[novel]user.password", "A number, please.");
        assert!(
            matches!(validation_error(&own), Err(Error::Invalid(it)) if it[0].message == "A number, please." && it[0].code == "invalid")
        );
        let ours = Errors::field("registration.applicationId", "[invalid]registration.applicationId", "No.");
        assert!(matches!(validation_error(&ours), Err(Error::RegistrationClosed)));
        let taken = Errors::field("user.email", "[duplicate]user.email", "Taken.");
        assert!(validation_error(&taken).is_ok());
        let mut both = taken;
        both.field_errors.extend(errors.field_errors);
        assert!(
            matches!(validation_error(&both), Err(Error::Invalid(it)) if it == [field_error("password", FieldMessage::Password(PasswordRule::TooShort))]),
            "the error about a password must be the same whether or not the email has an account"
        );
    }
}
