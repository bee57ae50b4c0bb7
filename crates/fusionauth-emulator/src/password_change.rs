//! What changing a password does, whichever call does it.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::model::{Tenant, User};
use crate::password;
use crate::password_rules;
use crate::store::one_time_ids::{self, Kind};
use crate::store::refresh_tokens::{self, Selection};
use crate::store::{self, Inserted};
use crate::users;

/// Checks a new password for somebody who has one: rules, age and history. `at` is its path in the request.
pub(crate) async fn check(instance: &Instance, tenant: &Tenant, user: &User, at: &str, password: Option<&str>) -> Result<String, Refusal> {
    users::check_text(tenant, at, user, password)?;
    let password = password.unwrap_or_default();
    let age = &tenant.minimum_password_age;
    let youngest = instance.clock.now_ms().saturating_sub(age.seconds.saturating_mul(1_000));
    // Somebody who must change the password may, however new it is.
    if age.enabled && !user.password_change_required && user.password_last_update_instant.is_some_and(|it| it > youngest) {
        return Err(password_rules::error(at, "tooYoung", "The password was changed a moment ago.").into());
    }
    let history = &tenant.password_validation_rules.remember_previous_passwords;
    if history.enabled {
        let mut hashes = store::previous_passwords::newest(&instance.database, user.id, history.count).await?;
        hashes.extend(store::users::password_hash(&instance.database, user.id).await?);
        for hash in hashes {
            if password::verify(password.to_owned(), hash).await? {
                return Err(password_rules::error(at, "previouslyUsed", "This password was used before.").into());
            }
        }
    }
    Ok(password.to_owned())
}

/// Puts a checked password in the place of the old one. Sessions end where the tenant says so, and no mailed link works any
/// more.
pub(crate) async fn apply(instance: &Instance, tenant: &Tenant, mut user: User, password: String) -> Result<(), Refusal> {
    let database = &instance.database;
    let now = instance.clock.now_ms();
    if let Some(old) = store::users::password_hash(database, user.id).await? {
        store::previous_passwords::insert(database, user.id, &old, now).await?;
    }
    let hash = password::hash(password, &instance.random).await?;
    (user.password_last_update_instant, user.last_update_instant) = (Some(now), now);
    (user.password_change_required, user.password_change_reason) = (false, None);
    if store::users::update(database, &user, Some(&hash)).await? == Inserted::Duplicate {
        return Err(users::duplicate("user"));
    }
    one_time_ids::delete_of_user(database, Kind::ChangePassword, user.id).await?;
    if tenant.jwt_configuration.refresh_token_revocation_policy.on_password_changed {
        refresh_tokens::delete(database, Selection::OfUser(user.id)).await?;
    }
    let lock = &tenant.failed_authentication_configuration;
    if let Some(action) = lock.user_action_id.filter(|_| lock.action_cancel_policy.on_password_reset) {
        store::actions::cancel_of_user(database, user.id, action).await?;
    }
    Ok(())
}
