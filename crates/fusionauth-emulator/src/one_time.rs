//! Ids and codes that are good for one thing, once, for a while.

use crate::Random;
use crate::http::Refusal;
use crate::instance::Instance;
use crate::opaque::Opaque;
use crate::store::one_time_ids::{self, Kind, New};
use serde_json::Value;
use uuid::Uuid;

/// Makes an id that lives for `seconds`.
pub(crate) async fn issue(instance: &Instance, kind: Kind, user: Uuid, seconds: i64, details: Value) -> Result<Opaque, Refusal> {
    let id = Opaque::new(&instance.random);
    keep(instance, kind, &id, user, seconds, None, details).await?;
    Ok(id)
}

/// Makes an id that is good together with a code only.
pub(crate) async fn issue_with_code(
    instance: &Instance,
    kind: Kind,
    user: Uuid,
    seconds: i64,
    details: Value,
) -> Result<(Opaque, Opaque), Refusal> {
    let (id, code) = (Opaque::new(&instance.random), code(&instance.random));
    keep(instance, kind, &id, user, seconds, Some(&code), details).await?;
    Ok((id, code))
}

/// Keeps an id that the caller has chosen.
pub(crate) async fn keep(
    instance: &Instance,
    kind: Kind,
    id: &Opaque,
    user_id: Uuid,
    seconds: i64,
    code: Option<&Opaque>,
    details: Value,
) -> Result<(), Refusal> {
    let now = instance.clock.now_ms();
    one_time_ids::delete_expired(&instance.database, now).await?;
    let expiry_ms = now.saturating_add(seconds.saturating_mul(1_000));
    one_time_ids::insert(&instance.database, id, New { kind, user_id, expiry_ms, code, details }).await?;
    Ok(())
}

/// Six digits, FusionAuth's default for codes that a person types.
pub(crate) fn code(random: &Random) -> Opaque {
    // The remainder prefers small numbers by less than one in 10^13.
    let number = u64::from_be_bytes(random.bytes()) % 1_000_000;
    Opaque::from_caller(format!("{number:06}"))
}
