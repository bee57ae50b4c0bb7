//! Creates users and registrations, for all endpoints that need to.

use super::mail::{self, Context, To};
use super::user_actions::{self, LoginPrevented};
use super::verification::Verification;
use super::{Refusal, events, groups, one_time_ids, password_hash, password_rules};
use crate::database::one_time_ids::Purpose;
use crate::database::{self, Written};
use crate::model::{Application, LoginIdType, Registration, Tenant, User};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fusionauth_api::errors::Errors;
use serde_json::{Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The user with this id; 404 if there is none.
pub(crate) async fn find(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<User, Refusal> {
    Ok(database::users::by_id(database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

/// The user's phone number, if the login id of a request names it.
pub(crate) fn named_phone<'a>(user: &'a User, login_id: &str, types: Option<&[LoginIdType]>) -> Option<&'a str> {
    let may_be_phone = types.is_some_and(|it| it.contains(&LoginIdType::PhoneNumber));
    user.phone_number.as_deref().filter(|it| may_be_phone && database::users::e164(login_id).as_deref() == Some(*it))
}

/// Creates the user in the member `user` of a request.
pub(crate) async fn create(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    mut user: User,
    password_hash: Option<&str>,
) -> Result<User, Refusal> {
    // Only imports say when a user was created.
    user.insert_instant = 0;
    let user = insert(emulator, &mut *connection, tenant, "user", user, password_hash).await?;
    events::notify(emulator, &user, &["user.create", "user.create.complete"], &Value::Null);
    Ok(user)
}

/// Stores a new user, of whom webhooks are not notified. `at` is the path to the user in the request, which errors name.
pub(crate) async fn insert(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    at: &str,
    mut user: User,
    password_hash: Option<&str>,
) -> Result<User, Refusal> {
    validate(emulator, at, &mut user)?;
    let now = emulator.clock.now_ms();
    user.tenant_id = tenant.id;
    user.last_update_instant = now;
    if user.insert_instant == 0 {
        user.insert_instant = now;
    }
    user.verified_instant = user.verified.then_some(now);
    user.password_last_update_instant = user.password_last_update_instant.or(password_hash.is_some().then_some(now));
    let Written::Yes = database::users::insert(&mut *connection, &user, password_hash).await? else {
        return Err(duplicate(emulator, connection, at, &user, "user.loginId.duplicate.create").await?);
    };
    if user.memberships.is_empty() {
        return Ok(user);
    }
    for (index, membership) in user.memberships.into_iter().enumerate() {
        let group = membership.group_id.ok_or_else(|| Refusal::blank(&format!("{at}.memberships[{index}].groupId")))?;
        let member = groups::join(emulator, connection, group, user.id, membership).await?;
        groups::notify(emulator, connection, group, "add", &[member]).await?;
    }
    find(connection, user.id).await
}

/// The length of FusionAuth's columns with an index (<https://fusionauth.io/docs/get-started/core-concepts/limitations#field-lengths>).
const MOST_CHARACTERS: usize = 191;

/// Refuses an email in a domain that the tenant blocks (<https://fusionauth.io/docs/apis/users/create>, `disableDomainBlock`).
pub(crate) fn check_domain(tenant: &Tenant, user: &User) -> Result<(), Refusal> {
    let domain = user.email.as_deref().and_then(|it| it.rsplit_once('@')).map(|it| it.1);
    let is_blocked = |blocked: &String| domain.is_some_and(|it| it.eq_ignore_ascii_case(blocked.trim()));
    if tenant.registration_configuration.blocked_domains.iter().any(is_blocked) {
        return Err(Refusal::field("blocked", "user.email", "The tenant allows no email of this domain."));
    }
    Ok(())
}

/// Checks the user in a request, lower-cases the email, and gives each second factor an id. `at` is the path to the user in the request.
pub(crate) fn validate(emulator: &AppState, at: &str, user: &mut User) -> Result<(), Refusal> {
    let field = |kind: &str, name: &str, message: &str| Refusal::field(kind, &format!("{at}.{name}"), message);
    let is_blank = |it: &Option<String>| it.as_deref().is_none_or(|it| it.trim().is_empty());
    if is_blank(&user.email) && is_blank(&user.username) && is_blank(&user.phone_number) {
        return Err(field("blank", "email", "A user needs an email address, a user name or a phone number."));
    }
    if let Some(number) = user.phone_number.take().filter(|it| !it.trim().is_empty()) {
        let number = database::users::e164(&number).ok_or_else(|| field("invalid", "phoneNumber", "This is not a phone number."))?;
        user.phone_number = Some(number);
    }
    if user.username.as_ref().is_some_and(|it| it.chars().count() > MOST_CHARACTERS) {
        return Err(field("tooLong", "username", "A user name has at most 191 characters."));
    }
    user.check_profile().map_err(|(name, message)| field("invalid", name, message))?;
    if user.email.as_deref().is_some_and(|it| !is_email(it)) {
        return Err(field("notEmail", "email", "This is not an email address."));
    }
    user.email = user.email.take().map(|it| it.to_lowercase());
    if user.encryption_scheme.as_deref().is_some_and(|it| !password_hash::is_scheme(it)) {
        return Err(field("invalid", "encryptionScheme", "expected a scheme of FusionAuth, such as bcrypt."));
    }
    for (index, method) in user.two_factor.methods.iter_mut().enumerate() {
        let is_base64 = |it: &str| STANDARD.decode(it).is_ok_and(|it| !it.is_empty());
        let (is_valid, name, message) = match method.method.as_str() {
            "authenticator" => (method.secret.as_deref().is_some_and(is_base64), "secret", "expected base64."),
            "email" => (method.email.as_deref().is_some_and(is_email), "email", "expected an email address."),
            "sms" => (!is_blank(&method.mobile_phone), "mobilePhone", "expected a phone number."),
            _ => (false, "method", "expected authenticator, email or sms."),
        };
        if !is_valid {
            return Err(field("invalid", &format!("twoFactor.methods[{index}].{name}"), message));
        }
        if method.id.is_empty() {
            method.id = emulator.random.uuid().to_string();
        }
    }
    Ok(())
}

/// The refusal of a user with the id, email or user name of another user. It names the member of which there is another. Webhooks are
/// notified of the `event`, except if it is the id.
pub(crate) async fn duplicate(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    at: &str,
    user: &User,
    event: &str,
) -> Result<Refusal, Refusal> {
    let (taken, existing) = database::users::taken(connection, user).await?;
    if let Some(existing) = existing {
        let (value, member) = match taken {
            "email" => (&user.email, "duplicateEmail"),
            "phoneNumber" => (&user.phone_number, "duplicatePhoneNumber"),
            _ => (&user.username, "duplicateUsername"),
        };
        let identities = json!([{"type": taken, "value": value}]);
        let details = json!({"duplicateIdentities": identities, "existing": existing.to_json(&[]), member: value});
        events::notify(emulator, user, &[event], &details);
    }
    Ok(Refusal::field("duplicate", &format!("{at}.{taken}"), "A user with this value already exists."))
}

/// Whether the text has an `@` between two non-empty parts, and no whitespace. Only a message can show whether the mailbox exists.
fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) && !text.contains(char::is_whitespace)
}

/// Checks that the application has the roles. `at` is the path to the registration in the request.
pub(crate) fn check_roles(application: &Application, at: &str, registration: &Registration) -> Result<(), Refusal> {
    let known: BTreeSet<&str> = application.roles.iter().map(|it| it.name.as_str()).collect();
    if let Some(role) = registration.roles.iter().find(|it| !known.contains(it.as_str())) {
        return Err(Refusal::field("invalid", &format!("{at}.roles"), &format!("The application has no role {role}.")));
    }
    Ok(())
}

/// Keeps or generates the authentication token of a registration, if the application allows such tokens
/// (<https://fusionauth.io/docs/apis/registrations>, `generateAuthenticationToken`).
pub(crate) fn set_authentication_token(emulator: &AppState, application: &Application, registration: &mut Registration, generates: bool) {
    let is_enabled = application.authentication_token_configuration.enabled;
    // An empty token would let anybody sign in without a password.
    registration.authentication_token = if is_enabled && generates {
        Some(OpaqueToken::generate(&emulator.random).expose().to_owned())
    } else {
        registration.authentication_token.take().filter(|it| is_enabled && !it.is_empty())
    };
}

/// Registers a user for an application. `at` is the path to the registration in the request.
pub(crate) async fn register(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    application: &Application,
    at: &str,
    user: Uuid,
    mut registration: Registration,
) -> Result<Registration, Refusal> {
    check_roles(application, at, &registration)?;
    if registration.roles.is_empty() {
        registration.roles = application.roles.iter().filter(|it| it.is_default).map(|it| it.name.clone()).collect();
    }
    if registration.id.is_nil() {
        registration.id = emulator.random.uuid();
    }
    let now = emulator.clock.now_ms();
    registration.last_update_instant = now;
    if registration.insert_instant == 0 {
        registration.insert_instant = now;
    }
    registration.verified_instant = registration.verified.then(|| registration.verified_instant.unwrap_or(now));
    match database::registrations::insert(&mut *connection, user, &registration).await? {
        Written::Yes => {
            let details = json!({"applicationId": application.id, "registration": registration.to_json()});
            let kinds = ["user.registration.create", "user.registration.create.complete"];
            events::notify(emulator, &find(connection, user).await?, &kinds, &details);
            Ok(registration)
        }
        Written::Duplicate => Err(Refusal::field("duplicate", at, "The user is already registered for this application.")),
    }
}

/// Checks the password of a new user. `at` is the path to the user in the request.
pub(crate) fn check_password(tenant: &Tenant, at: &str, user: &User) -> Result<(), Errors> {
    password_rules::check(&tenant.password_validation_rules, &format!("{at}.password"), user.password.as_deref(), user)
}

/// The messages to a new user, which ask the user to choose a password and to verify the email.
pub(crate) struct WelcomeMessages {
    set_password: Option<OpaqueToken>,
    verification: Option<Verification>,
}

impl WelcomeMessages {
    /// Issues the ids that the messages contain.
    pub(crate) async fn issue(
        emulator: &AppState,
        connection: &mut SqliteConnection,
        tenant: &Tenant,
        user: &User,
        wants_set_password: bool,
    ) -> Result<Self, Refusal> {
        let set_password = if wants_set_password {
            let seconds = tenant.external_identifier_configuration.setup_password_id_time_to_live_in_seconds;
            let details = json!({"mailedTo": user.mailbox()});
            Some(one_time_ids::issue(emulator, &mut *connection, Purpose::ChangePassword, user.id, seconds, details).await?)
        } else {
            None
        };
        let verification = if tenant.email_configuration.verify_email && !user.verified {
            Some(Verification::issue(emulator, connection, tenant, None, user).await?)
        } else {
            None
        };
        Ok(Self { set_password, verification })
    }

    /// Sends the messages. The transaction that created the user must have ended, because sending uses the pool.
    pub(crate) async fn send(
        self,
        emulator: &AppState,
        tenant: &Tenant,
        application: Option<&Application>,
        user: &User,
    ) -> Result<(), Refusal> {
        if let Some(id) = self.set_password {
            let values = BTreeMap::from([("changePasswordId".to_owned(), id.expose().to_owned())]);
            mail::send(emulator, Topic::SetPassword, To::Mailbox, Context { tenant, application, user: Some(user), values, state: None })
                .await?;
        }
        if let Some(verification) = self.verification {
            verification.send(emulator, tenant, application, user).await?;
        }
        Ok(())
    }
}

/// Why a user may not sign in, and no session may be renewed, whatever the credentials.
#[derive(Debug)]
pub(crate) enum SignInRefusal {
    Locked,
    /// Actions prevent the login.
    Prevented(LoginPrevented),
    Expired,
}

/// Whether the user may sign in to this application, or, with `None`, without one.
pub(crate) async fn sign_in_refusal(
    emulator: &AppState,
    database: impl SqliteExecutor<'_>,
    user: &User,
    application: Option<Uuid>,
) -> Result<Option<SignInRefusal>, Refusal> {
    if !user.active {
        return Ok(Some(SignInRefusal::Locked));
    }
    let prevented = user_actions::login_prevented(emulator, database, user.id, application).await?.map(SignInRefusal::Prevented);
    Ok(prevented.or_else(|| is_expired(emulator, user).then_some(SignInRefusal::Expired)))
}

/// Whether the account has expired.
pub(crate) fn is_expired(emulator: &AppState, user: &User) -> bool {
    user.expiry.is_some_and(|it| it <= emulator.clock.now_ms())
}
