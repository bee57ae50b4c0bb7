//! What making a user or a registration has in common, whichever call does it.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::model::{Application, Registration, Tenant, User};
use crate::password;
use crate::password_rules::{self, Owner};
use crate::store::{self, Inserted};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Keeps a new user, its password hashed. `at` is the path to the user in the request, for errors.
pub(crate) async fn create(instance: &Instance, tenant: &Tenant, at: &str, mut user: User) -> Result<User, Refusal> {
    let field = |kind: &str, name: &str, message: &str| Refusal::field(kind, &format!("{at}.{name}"), message);
    if user.email.as_deref().is_none_or(|it| it.trim().is_empty()) && user.username.as_deref().is_none_or(|it| it.trim().is_empty()) {
        return Err(field("blank", "email", "A user has an e-mail address or a user name."));
    }
    if user.email.as_deref().is_some_and(|it| !it.contains('@')) {
        return Err(field("notEmail", "email", "This is no e-mail address."));
    }
    let now = instance.clock.now_ms();
    user.email = user.email.map(|it| it.to_lowercase());
    user.tenant_id = tenant.id;
    (user.insert_instant, user.last_update_instant) = (now, now);
    user.verified_instant = user.verified.then_some(now);
    for (index, method) in user.two_factor.methods.iter_mut().enumerate() {
        let at = |name: &str| format!("twoFactor.methods[{index}].{name}");
        if !["authenticator", "email", "sms"].contains(&method.method.as_str()) {
            return Err(field("invalid", &at("method"), "expected authenticator, email or sms."));
        }
        let usable = method.secret.as_deref().is_some_and(|it| STANDARD.decode(it).is_ok_and(|it| !it.is_empty()));
        if method.method == "authenticator" && !usable {
            return Err(field("invalid", &at("secret"), "expected base64."));
        }
        if method.id.is_empty() {
            method.id = instance.random.uuid().to_string();
        }
    }
    let hash = match user.password.take() {
        Some(password) => {
            user.password_last_update_instant = Some(now);
            Some(password::hash(password, &instance.random).await?)
        }
        None => None,
    };
    match store::users::insert(&instance.database, &user, hash.as_deref()).await? {
        Inserted::Yes => Ok(user),
        Inserted::Duplicate => Err(field("duplicate", "email", "There is a user with this id, e-mail address or user name.")),
    }
}

/// Registers a user for an application. `at` is the path to the registration in the request, for errors.
pub(crate) async fn register(
    instance: &Instance,
    application: &Application,
    at: &str,
    user: Uuid,
    mut it: Registration,
) -> Result<Registration, Refusal> {
    let known: BTreeSet<&str> = application.roles.iter().map(|it| it.name.as_str()).collect();
    if let Some(role) = it.roles.iter().find(|it| !known.contains(it.as_str())) {
        return Err(Refusal::field("invalid", &format!("{at}.roles"), &format!("The application has no role {role}.")));
    }
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
    let owner = Owner { email: user.email.as_deref(), username: user.username.as_deref(), phone_number: user.phone_number.as_deref() };
    Ok(password_rules::check(&tenant.password_validation_rules, &format!("{at}.password"), user.password.as_deref(), owner)?)
}

/// Whether the account's own end has come.
pub(crate) fn is_expired(user: &User, instance: &Instance) -> bool {
    user.expiry.is_some_and(|it| it <= instance.clock.now_ms())
}
