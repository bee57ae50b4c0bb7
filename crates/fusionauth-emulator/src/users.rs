//! What making a user or a registration has in common, whichever call does it.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::mail::{self, Topic};
use crate::model::{Application, Registration, Tenant, User};
use crate::password_rules::{self, Owner};
use crate::store::one_time_ids::Kind;
use crate::store::{self, Inserted};
use crate::verification::{Delivery, Verification};
use crate::{one_time, password};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fusionauth_api::errors::Errors;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Keeps a new user, its password hashed. `at` is the path to the user in the request, for errors.
pub(crate) async fn create(instance: &Instance, tenant: &Tenant, at: &str, mut user: User) -> Result<User, Refusal> {
    let hash = match user.password.take() {
        Some(password) => Some(password::hash(password, &instance.random).await?),
        None => None,
    };
    create_hashed(instance, tenant, at, user, hash).await
}

/// As [`create`], with a password that is hashed already.
pub(crate) async fn create_hashed(
    instance: &Instance,
    tenant: &Tenant,
    at: &str,
    mut user: User,
    hash: Option<String>,
) -> Result<User, Refusal> {
    check_members(instance, at, &mut user)?;
    let now = instance.clock.now_ms();
    user.tenant_id = tenant.id;
    (user.insert_instant, user.last_update_instant) = (now, now);
    user.verified_instant = user.verified.then_some(now);
    user.password_last_update_instant = user.password_last_update_instant.or(hash.is_some().then_some(now));
    match store::users::insert(&instance.database, &user, hash.as_deref()).await? {
        Inserted::Yes => Ok(user),
        Inserted::Duplicate => Err(duplicate(at)),
    }
}

/// Checks and completes what a caller said about a user.
pub(crate) fn check_members(instance: &Instance, at: &str, user: &mut User) -> Result<(), Refusal> {
    let field = |kind: &str, name: &str, message: &str| Refusal::field(kind, &format!("{at}.{name}"), message);
    if user.email.as_deref().is_none_or(|it| it.trim().is_empty()) && user.username.as_deref().is_none_or(|it| it.trim().is_empty()) {
        return Err(field("blank", "email", "A user has an e-mail address or a user name."));
    }
    if user.email.as_deref().is_some_and(|it| !is_email(it)) {
        return Err(field("notEmail", "email", "This is no e-mail address."));
    }
    user.email = user.email.take().map(|it| it.to_lowercase());
    for (index, method) in user.two_factor.methods.iter_mut().enumerate() {
        let at = |name: &str| format!("twoFactor.methods[{index}].{name}");
        let usable = match method.method.as_str() {
            "authenticator" => method.secret.as_deref().is_some_and(|it| STANDARD.decode(it).is_ok_and(|it| !it.is_empty())),
            "email" => method.email.as_deref().is_some_and(is_email),
            "sms" => method.mobile_phone.as_deref().is_some_and(|it| !it.is_empty()),
            _ => return Err(field("invalid", &at("method"), "expected authenticator, email or sms.")),
        };
        if !usable {
            let (name, message) = match method.method.as_str() {
                "authenticator" => ("secret", "expected base64."),
                "email" => ("email", "expected an e-mail address."),
                _ => ("mobilePhone", "expected a phone number."),
            };
            return Err(field("invalid", &at(name), message));
        }
        if method.id.is_empty() {
            method.id = instance.random.uuid().to_string();
        }
    }
    Ok(())
}

/// Another user has the same e-mail address or user name.
pub(crate) fn duplicate(at: &str) -> Refusal {
    Refusal::field("duplicate", &format!("{at}.email"), "There is a user with this id, e-mail address or user name.")
}

/// Something, an @, something, and no blanks: whether there is such a mailbox only a message can tell.
fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) && !text.contains(char::is_whitespace)
}

/// Checks that the application has the roles. `at` is the path to the registration in the request.
pub(crate) fn check_roles(application: &Application, at: &str, it: &Registration) -> Result<(), Refusal> {
    let known: BTreeSet<&str> = application.roles.iter().map(|it| it.name.as_str()).collect();
    if let Some(role) = it.roles.iter().find(|it| !known.contains(it.as_str())) {
        return Err(Refusal::field("invalid", &format!("{at}.roles"), &format!("The application has no role {role}.")));
    }
    Ok(())
}

/// Registers a user for an application. `at` is the path to the registration in the request, for errors.
pub(crate) async fn register(
    instance: &Instance,
    application: &Application,
    at: &str,
    user: Uuid,
    mut it: Registration,
) -> Result<Registration, Refusal> {
    check_roles(application, at, &it)?;
    if it.roles.is_empty() {
        it.roles = application.roles.iter().filter(|it| it.is_default).map(|it| it.name.clone()).collect();
    }
    if it.id.is_nil() {
        it.id = instance.random.uuid();
    }
    let now = instance.clock.now_ms();
    (it.insert_instant, it.last_update_instant) = (now, now);
    match store::registrations::insert(&instance.database, user, &it).await? {
        Inserted::Yes => Ok(it),
        Inserted::Duplicate => Err(Refusal::field("duplicate", at, "The user is registered for this application.")),
    }
}

/// Checks the password of a user who is to be made. `at` is the path to the user in the request.
pub(crate) fn check_password(tenant: &Tenant, at: &str, user: &User) -> Result<(), Refusal> {
    Ok(check_text(tenant, &format!("{at}.password"), user, user.password.as_deref())?)
}

/// Checks any password for somebody. `at` is its path in the request.
pub(crate) fn check_text(tenant: &Tenant, at: &str, user: &User, password: Option<&str>) -> Result<(), Errors> {
    let owner = Owner { email: user.email.as_deref(), username: user.username.as_deref(), phone_number: user.phone_number.as_deref() };
    password_rules::check(&tenant.password_validation_rules, at, password, owner)
}

/// Writes to somebody who was just made: to verify the address, to choose a password.
pub(crate) async fn write_first(
    instance: &Instance,
    tenant: &Tenant,
    application: Option<&Application>,
    user: &User,
    set_password: bool,
) -> Result<(), Refusal> {
    if set_password {
        let seconds = tenant.external_identifier_configuration.setup_password_id_time_to_live_in_seconds;
        let id = one_time::issue(instance, Kind::ChangePassword, user.id, seconds, json!({})).await?;
        let values = BTreeMap::from([("changePasswordId", id.expose().to_owned())]);
        mail::send(instance, tenant, application, user, Topic::SetPassword, None, values).await?;
    }
    if tenant.email_configuration.verify_email && !user.verified {
        Verification::of_email(instance, tenant, user, Delivery::Mail).await?;
    }
    Ok(())
}

/// Whether the account's own end has come.
pub(crate) fn is_expired(user: &User, instance: &Instance) -> bool {
    user.expiry.is_some_and(|it| it <= instance.clock.now_ms())
}
