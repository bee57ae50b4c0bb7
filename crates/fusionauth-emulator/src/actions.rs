//! Actions against users, above all the lock after failed logins.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::model::{TakenAction, Tenant, User};
use crate::store::refresh_tokens::{self, Selection};
use crate::store::{self, actions};
use serde_json::{Value, json};
use uuid::Uuid;

/// What prevents a login.
pub(crate) struct Prevented(Vec<TakenAction>);

impl Prevented {
    /// The body of the 409.
    pub(crate) fn shown(&self) -> Value {
        let shown = |it: &TakenAction| {
            json!({
                "actionId": it.id, "actionerUserId": it.actioner_user_id, "expiry": it.expiry, "name": it.name,
                "option": it.option, "reason": it.reason, "reasonCode": it.reason_code,
            })
        };
        json!({"actions": self.0.iter().map(shown).collect::<Vec<_>>()})
    }
}

/// Whether somebody may not sign in now, to this application or to none.
pub(crate) async fn prevented(instance: &Instance, user: Uuid, application: Option<Uuid>) -> Result<Option<Prevented>, Refusal> {
    let mut preventing = Vec::new();
    for taken in actions::active(&instance.database, user, instance.clock.now_ms()).await? {
        let concerns = taken.application_ids.as_ref().is_none_or(|it| it.is_empty() || application.is_some_and(|id| it.contains(&id)));
        let action = actions::by_id(&instance.database, taken.user_action_id).await?;
        if concerns && action.is_some_and(|it| it.prevent_login) {
            preventing.push(taken);
        }
    }
    Ok((!preventing.is_empty()).then_some(Prevented(preventing)))
}

/// Notes a failed login: it may lock the account, and makes a lock that is there begin again.
pub(crate) async fn note_failure(instance: &Instance, tenant: &Tenant, user: &User) -> Result<(), Refusal> {
    let configuration = &tenant.failed_authentication_configuration;
    let Some(action) = configuration.user_action_id else { return Ok(()) };
    let Some(action) = actions::by_id(&instance.database, action).await?.filter(|it| it.active) else { return Ok(()) };
    let now = instance.clock.now_ms();
    let expiry = now.saturating_add(configuration.duration_ms());
    let running = actions::active(&instance.database, user.id, now).await?.into_iter().find(|it| it.user_action_id == action.id);
    if let Some(lock) = running {
        return Ok(actions::take(&instance.database, &TakenAction { expiry, ..lock }).await?);
    }
    let reset = configuration.reset_count_in_seconds.saturating_mul(1_000);
    if actions::count_failure(&instance.database, user.id, now, reset).await? < configuration.too_many_attempts {
        return Ok(());
    }
    actions::forget_failures(&instance.database, user.id).await?;
    let lock = TakenAction {
        actionee_user_id: user.id,
        expiry,
        id: instance.random.uuid(),
        insert_instant: now,
        name: action.name,
        user_action_id: action.id,
        ..TakenAction::default()
    };
    take(instance, tenant, &lock).await
}

/// Takes an action; one that prevents login ends sessions where the tenant says so.
pub(crate) async fn take(instance: &Instance, tenant: &Tenant, taken: &TakenAction) -> Result<(), Refusal> {
    actions::take(&instance.database, taken).await?;
    let action = actions::by_id(&instance.database, taken.user_action_id).await?;
    if action.is_some_and(|it| it.prevent_login) && tenant.jwt_configuration.refresh_token_revocation_policy.on_login_prevented {
        refresh_tokens::delete(&instance.database, Selection::OfUser(taken.actionee_user_id)).await?;
    }
    Ok(())
}

/// A login succeeded: what failed before is forgotten.
pub(crate) async fn note_success(instance: &Instance, user: Uuid) -> Result<(), Refusal> {
    Ok(store::actions::forget_failures(&instance.database, user).await?)
}
