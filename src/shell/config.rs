//! Reads the configuration block that the server writes into `index.html`: the application and workflow of this page, and FusionAuth's
//! origin.

use leptos::prelude::document;
use leptos_fusionauth::{SessionConfig, TokenStorage, json};
use storefront_api::{CONFIG_ELEMENT_ID, SpaConfig, Workflow};

/// Reads the block. Returns `None` if it is missing or unreadable. The app cannot start without it.
pub fn read() -> Option<SpaConfig> {
    let text = document().get_element_by_id(CONFIG_ELEMENT_ID)?.text_content()?;
    json::decode(&text).ok()
}

/// The part of the configuration that the session needs.
pub fn session(config: &SpaConfig) -> SessionConfig {
    SessionConfig {
        token_storage: token_storage(config.workflow),
        ..SessionConfig::new(config.fusionauth_url.clone(), config.application_id.clone())
    }
}

/// Where the session's token is stored in this workflow. The last arm contains the two server-rendered workflows only because the match
/// must be complete: this app does not run in them.
fn token_storage(workflow: Workflow) -> TokenStorage {
    match workflow {
        Workflow::SpaBackend => TokenStorage::BackendCookies,
        Workflow::SpaSharedDomain => TokenStorage::SharedDomainCookies,
        Workflow::SpaLocalStorage | Workflow::WebappJwt | Workflow::WebappSession => TokenStorage::LocalStorage,
    }
}
