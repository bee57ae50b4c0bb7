//! The configuration block that the server writes into `index.html`.

use leptos::prelude::document;
use leptos_fusionauth::{SessionConfig, json};
use storefront_api::{CONFIG_ELEMENT_ID, SpaConfig};

/// Reads the block. `None` if it is missing or can't be read: then nothing can work.
pub fn read() -> Option<SpaConfig> {
    let text = document().get_element_by_id(CONFIG_ELEMENT_ID)?.text_content()?;
    json::decode(&text).ok()
}

/// What the session needs to know of it.
pub fn session(config: &SpaConfig) -> SessionConfig {
    SessionConfig { fusionauth_url: config.fusionauth_url.clone(), application_id: config.application_id.clone(), tenant_id: None }
}
