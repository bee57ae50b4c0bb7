//! The system configuration. Only its CORS rules, for requests from pages of other origins, have an effect.

use super::stored::Stored;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart_default::SmartDefault;

/// The system configuration (<https://fusionauth.io/docs/apis/system>).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SystemConfiguration {
    pub(crate) cors_configuration: CorsConfiguration,
    pub(crate) insert_instant: i64,
    pub(crate) last_update_instant: i64,

    audit_log_configuration: Option<Stored>,
    data: Option<Value>,
    event_log_configuration: Option<Stored>,
    login_record_configuration: Option<Stored>,
    report_timezone: Option<Stored>,
    trusted_proxy_configuration: Option<Stored>,
    ui_configuration: Option<Stored>,
    usage_data_configuration: Option<Stored>,
    webhook_event_log_configuration: Option<Stored>,
}

/// Which pages of other origins may call the API, and how (<https://fusionauth.io/docs/operate/secure/cors>). By default none may.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CorsConfiguration {
    pub(crate) allow_credentials: bool,
    #[default(ALLOWED_HEADERS.map(str::to_owned).into())]
    pub(crate) allowed_headers: Vec<String>,
    #[default(["GET", "OPTIONS"].map(str::to_owned).into())]
    pub(crate) allowed_methods: Vec<String>,
    pub(crate) allowed_origins: Vec<String>,
    debug: bool,
    pub(crate) enabled: bool,
    #[default(["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"].map(str::to_owned).into())]
    pub(crate) exposed_headers: Vec<String>,
    #[default(1_800)]
    pub(crate) preflight_max_age_in_seconds: i64,
}

const ALLOWED_HEADERS: [&str; 9] = [
    "Accept",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Authorization",
    "Content-Type",
    "Last-Modified",
    "Origin",
    "X-FusionAuth-TenantId",
    "X-Requested-With",
];
