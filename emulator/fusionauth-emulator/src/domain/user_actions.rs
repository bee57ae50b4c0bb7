//! Actions that are taken on users, above all the lockout after failed logins.

use super::{Refusal, events};
use crate::database::refresh_tokens::Selection;
use crate::database::user_actions;
use crate::model::{TakenAction, Tenant};
use crate::state::AppState;
use serde_json::{Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

/// The actions that prevent a user's login. The list is never empty.
#[derive(Debug)]
pub(crate) struct LoginPrevented(Vec<TakenAction>);

impl LoginPrevented {
    /// The body of the answer 409.
    pub(crate) fn to_json(&self) -> Value {
        let action = |it: &TakenAction| {
            json!({
                "actionId": it.id, "actionerUserId": it.actioner_user_id, "expiry": it.expiry, "name": it.name,
                "option": it.option, "reason": it.reason, "reasonCode": it.reason_code,
            })
        };
        json!({"actions": self.0.iter().map(action).collect::<Vec<_>>()})
    }
}

/// The actions that currently prevent the user from signing in to this application, or, with `None`, from signing in without one.
pub(crate) async fn login_prevented(
    emulator: &AppState,
    database: impl SqliteExecutor<'_>,
    user: Uuid,
    application: Option<Uuid>,
) -> Result<Option<LoginPrevented>, Refusal> {
    let mut actions = user_actions::preventing_login(database, user, emulator.clock.now_ms()).await?;
    let concerns = |ids: &Vec<Uuid>| ids.is_empty() || application.is_some_and(|it| ids.contains(&it));
    actions.retain(|it| it.application_ids.as_ref().is_none_or(concerns));
    Ok((!actions.is_empty()).then_some(LoginPrevented(actions)))
}

/// Counts a failed login. The failure that reaches the tenant's limit locks the account. Each failure during the lockout restarts it.
pub(crate) async fn record_failed_login(emulator: &AppState, tenant: &Tenant, user: Uuid) -> Result<(), Refusal> {
    let configuration = &tenant.failed_authentication_configuration;
    let Some(action) = configuration.user_action_id else { return Ok(()) };
    let mut transaction = emulator.database.begin().await?;
    let Some(action) = user_actions::by_id(&mut *transaction, action).await?.filter(|it| it.active) else { return Ok(()) };
    let now = emulator.clock.now_ms();
    let expiry = now.saturating_add(configuration.duration_ms());
    let active = user_actions::active(&mut *transaction, user, now).await?;
    if let Some(lockout) = active.into_iter().find(|it| it.user_action_id == action.id) {
        user_actions::take(&mut *transaction, &TakenAction { expiry, ..lockout }).await?;
    } else {
        let reset_ms = configuration.reset_count_in_seconds.saturating_mul(1_000);
        if user_actions::count_failed_login(&mut *transaction, user, now, reset_ms).await? >= configuration.too_many_attempts {
            user_actions::forget_failed_logins(&mut *transaction, user).await?;
            let lockout = TakenAction {
                actionee_user_id: user,
                expiry,
                id: emulator.random.uuid(),
                insert_instant: now,
                name: action.name,
                user_action_id: action.id,
                ..TakenAction::default()
            };
            take(emulator, &mut transaction, tenant, &lockout, action.prevent_login).await?;
        }
    }
    Ok(transaction.commit().await?)
}

/// Notifies the webhooks of the phase of an action.
pub(crate) fn notify(emulator: &AppState, tenant: Uuid, action: &TakenAction, phase: &str) {
    let details = json!({
        "action": action.name, "actionId": action.id, "actioneeUserId": action.actionee_user_id, "actionerUserId": action.actioner_user_id,
        "applicationIds": action.application_ids, "comment": action.comment, "emailedUser": false, "expiry": action.expiry,
        "localizedAction": action.name, "localizedOption": action.option,
        "localizedReason": action.reason, "notifyUser": false, "option": action.option, "phase": phase, "reason": action.reason, "reasonCode": action.reason_code,
    });
    events::of_tenant(emulator, tenant, &["user.action"], &details);
}

/// Takes an action on a user. An action that prevents login also ends the user's sessions, if the tenant's settings say so.
pub(crate) async fn take(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    action: &TakenAction,
    prevents_login: bool,
) -> Result<(), Refusal> {
    user_actions::take(&mut *connection, action).await?;
    notify(emulator, tenant.id, action, "start");
    if prevents_login && tenant.jwt_configuration.refresh_token_revocation_policy.on_login_prevented {
        events::revoke(emulator, connection, Selection::OfUser(action.actionee_user_id)).await?;
    }
    Ok(())
}
