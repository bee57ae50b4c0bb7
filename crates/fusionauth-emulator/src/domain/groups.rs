//! Groups of users.

use super::Refusal;
use crate::database::{self, Written, group_members, stored_resources};
use crate::model::Membership;
use crate::state::AppState;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// Makes the user a member of the group.
pub(crate) async fn join(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    group: Uuid,
    user: Uuid,
    member: Membership,
) -> Result<Value, Refusal> {
    let known = stored_resources::by_id(&mut *connection, "group", group).await?;
    known.ok_or_else(|| Refusal::field("invalid", "groupId", "There is no group with this id."))?;
    let id = member.id.unwrap_or_else(|| emulator.random.uuid());
    let member = json!({
        "data": member.data, "groupId": group, "id": id, "insertInstant": emulator.clock.now_ms(), "userId": user,
    });
    match group_members::put(connection, id, group, user, &member).await? {
        Written::Yes => Ok(member),
        Written::Duplicate => Err(Refusal::field("duplicate", "id", "Another membership has this id.")),
    }
}

/// The roles with these ids, as an object with the roles of each application.
pub(crate) async fn roles(connection: &mut SqliteConnection, ids: &[Value]) -> Result<Value, Refusal> {
    let applications = database::applications::all(connection).await?;
    let mut roles = json!({});
    for id in ids {
        let found = applications.iter().find_map(|it| Some((it, it.roles.iter().find(|role| json!(role.id) == *id)?)));
        let (application, role) = found.ok_or_else(|| Refusal::field("invalid", "roleIds", "No application has a role with this id."))?;
        match &mut roles[application.id.to_string()] {
            Value::Array(roles) => roles.push(json!(role)),
            roles => *roles = json!([role]),
        }
    }
    Ok(roles)
}
