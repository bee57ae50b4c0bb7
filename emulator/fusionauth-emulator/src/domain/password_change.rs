//! The effects of a password change, which several endpoints share.

use super::{Refusal, events, password_hash, password_rules};
use crate::database::one_time_ids::{self, Purpose};
use crate::database::refresh_tokens::Selection;
use crate::database::{device_codes, previous_passwords, user_actions, users};
use crate::model::{Tenant, User};
use crate::state::AppState;
use sqlx::SqliteConnection;
use uuid::Uuid;

/// Checks a new password against the tenant's rules, the minimum age of the current one and the user's earlier ones, and hashes it. `at` is
/// the path to the new password in the request. Hashing takes a while, so call this function before the transaction begins.
pub(crate) async fn check_and_hash(
    emulator: &AppState,
    tenant: &Tenant,
    user: &User,
    at: &str,
    password: Option<&str>,
) -> Result<String, Refusal> {
    password_rules::check(&tenant.password_validation_rules, at, password, user)?;
    let password = password.unwrap_or_default();
    let age = &tenant.minimum_password_age;
    let youngest = emulator.clock.now_ms().saturating_sub(age.seconds.saturating_mul(1_000));
    // The minimum age does not apply to a user who must change the password.
    if age.enabled && !user.password_change_required && user.password_last_update_instant.is_some_and(|it| it > youngest) {
        return Err(password_rules::error(at, "tooYoung", "The password was changed a moment ago.").into());
    }
    let history = &tenant.password_validation_rules.remember_previous_passwords;
    if history.enabled {
        let mut hashes = previous_passwords::newest(&emulator.database, user.id, history.count).await?;
        hashes.extend(users::password_hash(&emulator.database, user.id).await?);
        for hash in hashes {
            if password_hash::verify(password.to_owned(), hash, &emulator.hash_counts).await? {
                return Err(password_rules::error(at, "previouslyUsed", "This password was used before.").into());
            }
        }
    }
    Ok(password_hash::hash(password.to_owned(), &emulator.random, &emulator.hash_counts).await?)
}

/// Replaces the password. Authorization codes, approvals of devices, one-time passwords, mailed ids for a password change, and logins that
/// wait for a second factor become invalid. If the tenant's settings say so, the user's sessions and lockout end too. The caller sends the
/// message about the change once it is committed.
pub(crate) async fn apply(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    user: Uuid,
    hash: &str,
) -> Result<(), Refusal> {
    let now = emulator.clock.now_ms();
    if let Some(old) = users::password_hash(&mut *connection, user).await? {
        previous_passwords::insert(&mut *connection, user, &old, now).await?;
    }
    users::set_password(&mut *connection, user, hash, now).await?;
    for purpose in [Purpose::AuthorizationCode, Purpose::ChangePassword, Purpose::OneTimePassword, Purpose::TwoFactor] {
        one_time_ids::delete_of_user(&mut *connection, purpose, user).await?;
    }
    device_codes::delete_of_user(&mut *connection, user).await?;
    if tenant.jwt_configuration.refresh_token_revocation_policy.on_password_changed {
        events::revoke(emulator, &mut *connection, Selection::OfUser(user)).await?;
    }
    events::of_user(emulator, connection, user, &["user.password.update"]).await?;
    let lockout = &tenant.failed_authentication_configuration;
    if let Some(action) = lockout.user_action_id.filter(|_| lockout.action_cancel_policy.on_password_reset) {
        user_actions::cancel_of_user(connection, user, action).await?;
    }
    Ok(())
}
