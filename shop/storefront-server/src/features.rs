//! The features of the server: each adds its routes, its pages, and the tables with its rows about users.

use crate::http::idempotency;
use crate::pages::{Frame, PageState};
use crate::store::{self, cart_events::CartEvents};
use crate::{account, auth, contact, drafts, forums, sign_in, state::Backend, user_data::AllUserData, users};
use axum::Router;
use storefront_api::{App, Workflow};

/// The tables with rows about users, in the order of their deletion. Drafts and idempotency keys come after the carts of the Store: an order
/// in flight holds the cart, so the deletion waits there, and then finds what the order has written.
pub(crate) const USER_DATA: AllUserData = &[
    auth::USER_DATA,
    account::USER_DATA,
    users::USER_DATA,
    forums::USER_DATA,
    store::USER_DATA,
    drafts::USER_DATA,
    idempotency::USER_DATA,
];

/// The routes of a site below `/api`.
pub(crate) fn api(backend: &Backend, cart_events: &CartEvents) -> Router<Backend> {
    let (app, workflow) = (backend.site.app, backend.site.workflow);
    let shared = sign_in::api(workflow).merge(contact::api());
    match (workflow, app) {
        (Workflow::WebappJwt | Workflow::WebappSession, _) => sign_in::api(workflow), // these sites have pages instead
        (_, App::Store) => shared.merge(account::api()).merge(store::api(backend, cart_events, account::user::router())),
        (_, App::Forums) => shared.merge(account::api()).merge(forums::api()).merge(account::user::router()),
    }
}

/// The server-rendered pages of an application.
pub(crate) fn pages(app: App) -> Router<PageState> {
    let pages = sign_in::pages().merge(account::pages()).merge(contact::pages());
    match app {
        App::Store => pages.merge(store::pages()),
        App::Forums => pages.merge(forums::pages()),
    }
}

/// What an application adds to each of its server-rendered pages.
pub(crate) fn frame(app: App) -> Option<Frame> {
    match app {
        App::Store => Some(store::frame::FRAME),
        App::Forums => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::open_temporary;
    use crate::user_data::{Deletion, Export, tables};
    use std::collections::BTreeSet;
    use storefront_api::StoredData;

    #[tokio::test]
    async fn every_table_with_a_column_about_users_is_listed() {
        let (_folder, db) = open_temporary().await;
        let columns = "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
                       WHERE tables.type = 'table'";
        let columns: Vec<(String, String)> = sqlx::query_as(columns).fetch_all(&db).await.unwrap();
        let says_user = |text: &str| ["user", "owner", "author", "shopper", "email", "subject"].iter().any(|it| text.contains(it));
        let in_schema = columns.iter().filter(|(table, column)| says_user(table) || says_user(column)).map(|it| &*it.0);
        let listed: Vec<&str> = tables(USER_DATA).map(|it| it.table).collect();
        assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), in_schema.collect());
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len(), "a table is listed twice");
        let exported = |kind: &StoredData| {
            tables(USER_DATA).any(|it| matches!(it.export, Export::Rows(of, ..) | Export::Value(of, ..) if of == *kind))
        };
        let missing: Vec<_> = StoredData::ALL.iter().filter(|kind| !exported(kind)).collect();
        assert_eq!(missing, [&StoredData::Email], "the privacy page names data that no table has; FusionAuth has the email");
        for data in tables(USER_DATA) {
            if let Deletion::RowsBy(column) = data.deletion {
                assert!(columns.iter().any(|it| it.0 == data.table && it.1 == column), "{} has no column {column}", data.table);
            }
        }
    }
}
