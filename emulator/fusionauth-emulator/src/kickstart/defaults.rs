//! FusionAuth's state before any request of a kickstart file: a tenant, FusionAuth's own two applications, a theme, a connector, forms,
//! lambdas and a signing key. If FusionAuth's documentation gives a fixed id, the emulator uses that id; otherwise the emulator has chosen
//! an id.

use super::KickstartError;
use super::variables::Variables;
use crate::database;
use crate::database::stored_resources::{self, Place};
use crate::model::{Application, DEFAULT_SIGNING_KEY, Role, Tenant};
use crate::state::AppState;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::{Uuid, uuid};

/// The variable that contains the default tenant's id.
pub(super) const TENANT_ID: &str = "FUSIONAUTH_TENANT_ID";
/// The two variables that contain the Tenant Manager's id. FusionAuth's documentation uses one name in its list and the other in its text.
pub(super) const TENANT_MANAGER_IDS: &[&str] = &["TENANT_MANAGER_ID", "FUSIONAUTH_TENANT_MANAGER_APPLICATION_ID"];

const ADMIN_APPLICATION: Uuid = uuid!("3c219e58-ed0e-4b18-ad48-f4f92793ae32");
const TENANT_MANAGER: Uuid = uuid!("f0000000-0000-4000-8000-0000000e0021");
const THEME: Uuid = uuid!("75a068fd-e94b-451a-9aeb-3ddb9a3b5987");
const CONNECTOR: Uuid = uuid!("e3306678-a53a-4964-9040-1c96f36dda72");

/// The variable, name and id of each form.
const FORMS: [(&str, &str, Uuid); 2] = [
    ("FUSIONAUTH_FORM[adminUser]_ID", "Default User Form", uuid!("f0000000-0000-4000-8000-0000000e0001")),
    ("FUSIONAUTH_FORM[adminRegistration]_ID", "Default Registration Form", uuid!("f0000000-0000-4000-8000-0000000e0002")),
];

/// The type and id of each lambda.
const LAMBDAS: [(&str, Uuid); 6] = [
    ("AppleReconcile", uuid!("f0000000-0000-4000-8000-0000000e0011")),
    ("FacebookReconcile", uuid!("f0000000-0000-4000-8000-0000000e0012")),
    ("GoogleReconcile", uuid!("f0000000-0000-4000-8000-0000000e0013")),
    ("OpenIDReconcile", uuid!("f0000000-0000-4000-8000-0000000e0014")),
    ("SAMLv2Reconcile", uuid!("f0000000-0000-4000-8000-0000000e0015")),
    ("TwitterReconcile", uuid!("f0000000-0000-4000-8000-0000000e0016")),
];

/// The name of each role of the admin application (<https://fusionauth.io/docs/get-started/core-concepts/roles>), with the last digits of
/// its id.
const ADMIN_ROLES: [(&str, u128); 37] = [
    ("acl_deleter", 0x23711),
    ("acl_manager", 0x23712),
    ("admin", 0x236e2),
    ("api_key_manager", 0x236e3),
    ("application_deleter", 0x236e4),
    ("application_manager", 0x236e5),
    ("audit_log_viewer", 0x236e6),
    ("connector_deleter", 0x23700),
    ("connector_manager", 0x23701),
    ("consent_deleter", 0x236fc),
    ("consent_manager", 0x236fd),
    ("email_template_manager", 0x236e7),
    ("entity_manager", 0x23706),
    ("event_log_viewer", 0x236fa),
    ("form_deleter", 0x23702),
    ("form_manager", 0x23703),
    ("group_deleter", 0x236f6),
    ("group_manager", 0x236f5),
    ("key_manager", 0x236fb),
    ("lambda_manager", 0x236f9),
    ("message_template_deleter", 0x23709),
    ("message_template_manager", 0x23710),
    ("messenger_deleter", 0x23707),
    ("messenger_manager", 0x23708),
    ("reactor_manager", 0x236ff),
    ("report_viewer", 0x236e8),
    ("system_manager", 0x236e9),
    ("tenant_deleter", 0x236f8),
    ("tenant_manager", 0x236f7),
    ("theme_manager", 0x236fe),
    ("user_action_deleter", 0x236f0),
    ("user_action_manager", 0x236f1),
    ("user_deleter", 0x236f2),
    ("user_manager", 0x236f3),
    ("user_support_manager", 0x23704),
    ("user_support_viewer", 0x23705),
    ("webhook_manager", 0x236f4),
];
const TENANT_MANAGER_ROLES: [(&str, u128); 1] = [("admin", 0x23714)];
/// The first digits of the ids of roles.
const ROLE: u128 = 0x631e_cd9d_8d40_4c13_8277_80ce_db80_0000;

/// The variables that are defined before the variables of a kickstart file. `Variables::new` adds the default tenant's id.
pub(super) fn variables() -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([
        ("FUSIONAUTH_APPLICATION_ID".to_owned(), ADMIN_APPLICATION.to_string()),
        ("FUSIONAUTH_DEFAULT_SIGNING_KEY_ID".to_owned(), DEFAULT_SIGNING_KEY.to_string()),
    ]);
    variables.extend(TENANT_MANAGER_IDS.iter().map(|name| ((*name).to_owned(), TENANT_MANAGER.to_string())));
    variables.extend(FORMS.iter().map(|(variable, _, id)| ((*variable).to_owned(), id.to_string())));
    variables.extend(LAMBDAS.iter().map(|(kind, id)| (format!("FUSIONAUTH_LAMBDA[{kind}]_ID"), id.to_string())));
    variables
}

/// Creates everything that exists before the first request of a kickstart file.
pub(super) async fn create(emulator: &AppState, variables: &Variables<'_>) -> Result<(), KickstartError> {
    let now = emulator.clock.now_ms();
    let mut transaction = emulator.database.begin().await.map_err(database::DatabaseError::from)?;
    let mut tenant = Tenant::default();
    tenant.id = variables.default_tenant();
    (tenant.insert_instant, tenant.last_update_instant) = (now, now);
    let _the_table_was_empty = database::tenants::insert(&mut *transaction, &tenant).await?;
    let tenant_manager = variables.text("variables", "#{TENANT_MANAGER_ID}")?.parse().unwrap_or(TENANT_MANAGER);
    let applications = [(ADMIN_APPLICATION, "FusionAuth", &ADMIN_ROLES[..]), (tenant_manager, "Tenant Manager", &TENANT_MANAGER_ROLES[..])];
    for (id, name, roles) in applications {
        let mut application = Application::default();
        (application.id, application.tenant_id, application.name) = (id, tenant.id, name.to_owned());
        (application.insert_instant, application.last_update_instant) = (now, now);
        application.oauth_configuration.client_id = Some(id.to_string());
        application.roles = roles.iter().map(|(name, end)| Role::new(Uuid::from_u128(ROLE | end), name)).collect();
        let _the_table_was_empty = database::applications::insert(&mut *transaction, &application).await?;
    }
    let theme = json!({"name": "FusionAuth", "type": "advanced"});
    let connector = json!({"name": "Default", "type": "FusionAuth"});
    let mut resources = vec![("theme", THEME, theme), ("connector", CONNECTOR, connector)];
    resources.extend(FORMS.iter().zip(["adminUser", "adminRegistration"]).map(|((_, name, id), kind)| {
        let form = json!({"name": name, "steps": [], "type": kind});
        ("form", *id, form)
    }));
    resources.extend(LAMBDAS.iter().map(|(kind, id)| {
        let lambda = json!({"body": "", "engineType": "GraalJS", "name": format!("Default {kind}"), "type": kind});
        ("lambda", *id, lambda)
    }));
    let key = json!({"algorithm": "RS256", "hasPrivateKey": true, "length": 2048, "name": "Default signing key", "type": "RSA"});
    resources.push(("key", DEFAULT_SIGNING_KEY, key));
    for (kind, id, mut resource) in resources {
        resource["id"] = json!(id);
        (resource["insertInstant"], resource["lastUpdateInstant"]) = (json!(now), json!(now));
        let name = resource["name"].as_str().filter(|_| !["key", "lambda"].contains(&kind)).map(str::to_owned);
        let place = Place { kind, owner: "" };
        let _the_table_was_empty = stored_resources::insert(&mut *transaction, place, id, name.as_deref(), &resource).await?;
    }
    Ok(transaction.commit().await.map_err(database::DatabaseError::from)?)
}
