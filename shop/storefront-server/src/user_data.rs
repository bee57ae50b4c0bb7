//! The rows about users: what the export of an account contains, and what its deletion removes.
//!
//! Each module that stores rows about users lists its tables beside their queries. `features::USER_DATA` names these lists, and a test fails
//! if a table with a column about users is in none of them.

use crate::clock::rfc3339_of_ms;
use axum::{http::header, response::IntoResponse};
use serde_json::{Map, Value, json};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Column, Row, any::AnyRow};
use std::pin::Pin;
use storefront_api::StoredData;

/// All tables with rows about users, in the order of their deletion.
pub type AllUserData = &'static [&'static [UserData]];

/// A table with rows about users.
pub struct UserData {
    /// The name of the table.
    pub table: &'static str,
    /// What the export contains of these rows.
    pub export: Export,
    /// What the deletion of the account does with these rows.
    pub deletion: Deletion,
}

/// What the export of an account contains of a table.
pub enum Export {
    /// The rows of a query, whose `$1` is the user's id, under this member.
    Rows(StoredData, &'static str, &'static str),
    /// A value of any form, under this member.
    Value(StoredData, &'static str, ReadValue),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// What the deletion of an account does with the rows about the user in a table.
pub enum Deletion {
    /// It deletes the rows that have the user's id in this column.
    RowsBy(&'static str),
    /// It executes these statements, whose `$1` is the user's id.
    Statements(&'static [&'static str]),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// Reads a value about a user, by the user's id.
pub type ReadValue = for<'a> fn(&'a AnyPool, &'a str) -> Pin<Box<dyn Future<Output = sqlx::Result<Value>> + Send + 'a>>;

pub(crate) fn tables(all: AllUserData) -> impl Iterator<Item = &'static UserData> + Send {
    all.iter().copied().flatten()
}

/// The members of the export from the database.
pub(crate) async fn export(all: AllUserData, db: &AnyPool, user_id: &str) -> sqlx::Result<Map<String, Value>> {
    let mut members = Map::new();
    for data in tables(all) {
        let (member, value) = match data.export {
            Export::Rows(_, member, query) => (member, json!(rows(db, user_id, query).await?)),
            Export::Value(_, member, read) => (member, read(db, user_id).await?),
            Export::Nothing(_) => continue,
        };
        members.insert(member.to_owned(), value);
    }
    Ok(members)
}

/// A response that browsers save as a file of this name. The JSON has line breaks, because people read it.
pub(crate) fn file(name: &'static str, data: &Value) -> impl IntoResponse + use<> {
    let disposition = [(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))];
    ([(header::CONTENT_TYPE, "application/json")], disposition, format!("{data:#}"))
}

/// Deletes the rows about a user.
pub(crate) async fn delete(all: AllUserData, db: &mut AnyConnection, user_id: &str) -> sqlx::Result<()> {
    for data in tables(all) {
        match data.deletion {
            Deletion::RowsBy(column) => {
                let statement = AssertSqlSafe(format!("DELETE FROM {} WHERE {column} = $1", data.table));
                sqlx::query(statement).bind(user_id).execute(&mut *db).await?;
            }
            Deletion::Statements(statements) => {
                for statement in statements {
                    sqlx::query(*statement).bind(user_id).execute(&mut *db).await?;
                }
            }
            Deletion::Nothing(_) => {}
        }
    }
    Ok(())
}

/// The rows of a query about a user, with a member for each column: `unit_price` becomes `unitPrice`. A column whose name ends with `_at`
/// is a time in milliseconds since 1970, and becomes a text of RFC 3339.
pub(crate) async fn rows(db: &AnyPool, user_id: &str, query: &'static str) -> sqlx::Result<Vec<Map<String, Value>>> {
    let rows = sqlx::query(query).bind(user_id).fetch_all(db).await?;
    let members = |row: &AnyRow| row.columns().iter().map(|it| Ok((camel_case(it.name()), value(row, it.name())?))).collect();
    rows.iter().map(members).collect()
}

fn value(row: &AnyRow, column: &str) -> sqlx::Result<Value> {
    match row.try_get::<Option<i64>, _>(column) {
        Ok(time) if column.ends_with("_at") => Ok(json!(time.and_then(rfc3339_of_ms))),
        Ok(number) => Ok(json!(number)),
        Err(_) => Ok(json!(row.try_get::<Option<String>, _>(column)?)),
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}
