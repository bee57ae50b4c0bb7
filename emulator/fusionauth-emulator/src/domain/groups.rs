//! Groups of users.

use super::{Refusal, events};
use crate::database::{self, Written, group_members, stored_resources};
use crate::model::{Membership, Role, complete};
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

/// Notifies the webhooks that users were added to a group (`add`), that they replace its members (`update`), or that they left it
/// (`remove`).
pub(crate) async fn notify(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    group: Uuid,
    what: &str,
    members: &[Value],
) -> Result<(), Refusal> {
    if let Some(group) = stored_resources::by_id(connection, "group", group).await? {
        let details = json!({"group": complete("group", &group), "members": members});
        events::of_resource(emulator, &format!("group.member.{what}"), &group, &details);
    }
    Ok(())
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

/// Brings the roles of an application up to date in all groups. They hold copies, so call this when the application has other roles or is
/// deleted. A group loses a role that is no longer there.
pub(crate) async fn follow_roles(connection: &mut SqliteConnection, application: Uuid, current: &[Role]) -> Result<(), Refusal> {
    for mut group in stored_resources::all(&mut *connection, "group").await? {
        let Some(roles) = group["roles"].as_object_mut() else { continue };
        let Some(Value::Array(copies)) = roles.remove(&application.to_string()) else { continue };
        let kept: Vec<Value> =
            copies.iter().filter_map(|copy| current.iter().find(|role| json!(role.id) == copy["id"])).map(|role| json!(role)).collect();
        if kept == copies {
            continue;
        }
        if !kept.is_empty() {
            roles.insert(application.to_string(), Value::Array(kept));
        }
        if let Some(id) = group["id"].as_str().and_then(|id| id.parse().ok()) {
            let _the_name_is_unchanged = stored_resources::update(&mut *connection, "group", id, group["name"].as_str(), &group).await?;
        }
    }
    Ok(())
}
