//! FusionAuth's state before any request of a kickstart file: a tenant, a signing key, and the resources of `defaults.json`: FusionAuth's
//! own two applications with their roles (<https://fusionauth.io/docs/get-started/core-concepts/roles>), a theme, a connector, forms and
//! lambdas. If FusionAuth's documentation gives a fixed id, the emulator uses that id; otherwise the emulator has chosen an id.

use super::KickstartError;
use super::variables::Variables;
use crate::database;
use crate::database::stored_resources::{self, Place};
use crate::model::{Application, DEFAULT_SIGNING_KEY, Tenant};
use crate::state::AppState;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use uuid::Uuid;

/// The variable that contains the default tenant's id.
pub(super) const TENANT_ID: &str = "FUSIONAUTH_TENANT_ID";

const TENANT_MANAGER: &str = "Tenant Manager";

/// A resource of `defaults.json`.
#[derive(Deserialize)]
struct Created {
    kind: String,
    /// The variables that contain the resource's id. FusionAuth's documentation has two names for that of the Tenant Manager, one in its list
    /// and the other in its text.
    variables: Vec<String>,
    resource: Value,
}

static CREATED: LazyLock<Vec<Created>> = LazyLock::new(|| serde_json::from_str(include_str!("defaults.json")).unwrap_or_default());

/// The variables that are defined before the variables of a kickstart file. `Variables::new` adds the default tenant's id.
pub(super) fn variables() -> BTreeMap<String, String> {
    let ids = CREATED.iter().flat_map(|it| it.variables.iter().map(|name| (name.clone(), it.resource["id"].as_str().unwrap_or_default())));
    let key = ("FUSIONAUTH_DEFAULT_SIGNING_KEY_ID".to_owned(), DEFAULT_SIGNING_KEY.to_string());
    ids.map(|(name, id)| (name, id.to_owned())).chain([key]).collect()
}

/// The variables that contain the Tenant Manager's id.
pub(super) fn tenant_manager_ids() -> &'static [String] {
    CREATED.iter().find(|it| it.resource["name"] == TENANT_MANAGER).map_or(&[], |it| &it.variables)
}

/// Creates everything that exists before the first request of a kickstart file.
pub(super) async fn create(emulator: &AppState, variables: &Variables<'_>) -> Result<(), KickstartError> {
    let now = emulator.clock.now_ms();
    let mut transaction = emulator.database.begin().await?;
    let mut tenant = Tenant::default();
    tenant.id = variables.default_tenant();
    (tenant.insert_instant, tenant.last_update_instant) = (now, now);
    let _the_table_was_empty = database::tenants::insert(&mut *transaction, &tenant).await?;
    let key = json!({
        "algorithm": "RS256", "hasPrivateKey": true, "id": DEFAULT_SIGNING_KEY, "length": 2048, "name": "Default signing key", "type": "RSA",
    });
    let created = CREATED.iter().map(|it| (it.kind.as_str(), it.resource.clone()));
    for (kind, mut resource) in created.chain([("key", key)]) {
        (resource["insertInstant"], resource["lastUpdateInstant"]) = (json!(now), json!(now));
        if kind == "application" {
            let mut application: Application = serde_json::from_value(resource)?;
            if application.name == TENANT_MANAGER {
                application.id = variables.text("variables", "#{TENANT_MANAGER_ID}")?.parse().unwrap_or(application.id);
            }
            (application.tenant_id, application.oauth_configuration.client_id) = (tenant.id, Some(application.id.to_string()));
            let _the_table_was_empty = database::applications::insert(&mut *transaction, &application).await?;
            continue;
        }
        let id: Uuid = serde_json::from_value(resource["id"].clone())?;
        let name = resource["name"].as_str().filter(|_| !["key", "lambda"].contains(&kind));
        let _the_table_was_empty = stored_resources::insert(&mut *transaction, Place { kind, owner: "" }, id, name, &resource).await?;
    }
    Ok(transaction.commit().await?)
}
