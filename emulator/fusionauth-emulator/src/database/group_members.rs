//! Which users are members of which groups. The views `read_users` and `read_registrations` show a user's memberships, and the roles that
//! the user inherits from groups.

use super::{DatabaseError, documents, to_json, write};
use crate::database::Written;
use serde_json::Value;
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

/// The memberships that a request selects.
#[derive(Clone, Copy)]
pub(crate) enum Members {
    Member(Uuid),
    OfGroup(Uuid),
    /// The membership of a user in a group: first the group's id, then the user's.
    UserOfGroup(Uuid, Uuid),
}

/// Adds a user to a group. If the user is a member already, the new membership replaces the current one. The result is
/// [`Written::Duplicate`] if another membership has this id.
pub(crate) async fn put(
    database: impl SqliteExecutor<'_>,
    id: Uuid,
    group: Uuid,
    user: Uuid,
    member: &Value,
) -> Result<Written, DatabaseError> {
    let insert = "INSERT INTO group_members (id, group_id, user_id, document) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (group_id, user_id) DO UPDATE SET id = excluded.id, document = excluded.document";
    let insert = query(insert).bind(id.to_string()).bind(group.to_string()).bind(user.to_string());
    write(database, insert.bind(to_json(member)?)).await
}

/// Ends memberships, and returns them.
pub(crate) async fn delete(database: impl SqliteExecutor<'_>, members: Members) -> Result<Vec<Value>, DatabaseError> {
    let (id, group, user) = match members {
        Members::Member(id) => (Some(id), None, None),
        Members::OfGroup(group) => (None, Some(group), None),
        Members::UserOfGroup(group, user) => (None, Some(group), Some(user)),
    };
    let delete = "DELETE FROM group_members WHERE ($1 IS NULL OR id = $1) AND ($2 IS NULL OR group_id = $2) AND \
                  ($3 IS NULL OR user_id = $3) RETURNING document";
    documents(database, query_scalar(delete).bind(text(id)).bind(text(group)).bind(text(user))).await
}

fn text(id: Option<Uuid>) -> Option<String> {
    id.map(|it| it.to_string())
}

/// All memberships, each with its user's tenant as `tenantId`.
pub(crate) async fn all(database: impl SqliteExecutor<'_>) -> Result<Vec<Value>, DatabaseError> {
    let select = "SELECT json_set(group_members.document, '$.tenantId', users.tenant_id) FROM group_members JOIN users ON users.id = user_id \
                  ORDER BY group_members.rowid";
    documents(database, query_scalar(select)).await
}
