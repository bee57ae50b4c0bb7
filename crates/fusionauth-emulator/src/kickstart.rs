//! Runs a kickstart file (<https://fusionauth.io/docs/get-started/download-and-install/development/kickstart>). Each of its requests goes
//! through the endpoint that an HTTP client would reach.

mod variables;

use crate::api;
use crate::database::{self, DatabaseError};
use crate::http::body;
use crate::model::{Application, Tenant};
use crate::state::{AppState, OpaqueToken};
use axum::body::Body;
use axum::http::{Request, header};
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::{Uuid, uuid};
use variables::Variables;

/// The id that FusionAuth's own admin application has on every instance.
const ADMIN_APPLICATION: Uuid = uuid!("3c219e58-ed0e-4b18-ad48-f4f92793ae32");

/// What is wrong with a kickstart file.
#[derive(Debug, thiserror::Error)]
pub enum KickstartError {
    /// The file can't be read.
    #[error("{path}: {error}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is not JSON, or not a valid kickstart file.
    #[error("kickstart: {field}: {expected}")]
    Malformed {
        /// Where in the file, such as `requests[2].method`.
        field: String,
        /// What was expected there.
        expected: String,
    },
    /// `#{…}` names something that is not defined.
    #[error("kickstart: {field}: #{{{name}}} is not defined{hint}")]
    Undefined {
        /// Where in the file.
        field: String,
        /// The name between the braces.
        name: String,
        /// A hint for defining the variable, or empty.
        hint: &'static str,
    },
    /// `@{file}` names a file that can't be read.
    #[error("kickstart: {field}: @{{{path}}}: {error}", path = path.display())]
    Embedded {
        /// Where in the file.
        field: String,
        /// The file that was looked for.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// FusionAuth's API refused a request.
    #[error("kickstart: request {number} ({method} {url}) was answered {status}: {problem}")]
    Refused {
        /// The request's number in the file, from 1.
        number: usize,
        /// Its method.
        method: String,
        /// Its path.
        url: String,
        /// The status.
        status: u16,
        /// The fields at fault, with what was expected.
        problem: String,
    },
    /// The database can't be used.
    #[error("kickstart: the database can't be used: {0}")]
    Database(String),
}

/// The path of a kickstart file, and the environment variables that `#{ENV.…}` reads.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
}

/// Runs the kickstart file on a new database. Like FusionAuth, it does nothing on a database that was set up before.
pub(crate) async fn run(emulator: &Arc<AppState>, Source { path, environment }: &Source) -> Result<(), KickstartError> {
    if database::setup::is_done(&emulator.database).await? {
        return Ok(());
    }
    database::setup::clear(&emulator.database).await?;
    let text = std::fs::read(path).map_err(|error| KickstartError::Unreadable { path: path.clone(), error })?;
    let file: File = body::parse(&text).map_err(|errors| malformed(&errors))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut variables = Variables::new(file.variables, environment, &emulator.random, folder)?;
    let tenant = create_defaults(emulator, variables.default_tenant()?).await?;
    variables.define("FUSIONAUTH_TENANT_ID", tenant);
    variables.define("FUSIONAUTH_APPLICATION_ID", ADMIN_APPLICATION);

    let mut keys = Vec::new();
    for (index, key) in file.api_keys.iter().enumerate() {
        keys.push(variables.text(&format!("apiKeys[{index}].key"), &key.key)?);
    }
    let first = keys.first().filter(|it| !it.is_empty()).ok_or_else(|| KickstartError::Malformed {
        field: "apiKeys[0].key".to_owned(),
        expected: "a key that the requests are made with.".to_owned(),
    })?;
    for key in &keys {
        database::api_keys::insert(&emulator.database, &OpaqueToken::from_request(key)).await?;
    }
    requests(emulator, &variables, first, &file.requests).await?;
    Ok(database::setup::set_done(&emulator.database, emulator.clock.now_ms()).await?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    #[serde(default)]
    variables: BTreeMap<String, String>,
    api_keys: Vec<ApiKey>,
    #[serde(default)]
    requests: Vec<FileRequest>,
    #[serde(default, rename = "licenseId")]
    _license_id: Option<String>,
    #[serde(default, rename = "license")]
    _license: Option<String>,
}

/// This type has no `Debug`, because it holds a key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ApiKey {
    key: String,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    /// Permissions have no effect here, so every key may do everything.
    #[serde(default, rename = "permissions")]
    _permissions: Option<Value>,
    #[serde(default, rename = "tenantId")]
    _tenant_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileRequest {
    method: Method,
    url: String,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    tenant_id: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Post,
    Put,
    Patch,
}

/// Creates what FusionAuth has before any request: one tenant and the admin application.
async fn create_defaults(emulator: &AppState, id: Option<Uuid>) -> Result<Uuid, KickstartError> {
    let now = emulator.clock.now_ms();
    let mut tenant = Tenant::default();
    tenant.id = id.unwrap_or_else(|| emulator.random.uuid());
    (tenant.insert_instant, tenant.last_update_instant) = (now, now);
    let _the_table_was_empty = database::tenants::insert(&emulator.database, &tenant).await?;
    let mut admin = Application::default();
    (admin.id, admin.tenant_id, admin.name) = (ADMIN_APPLICATION, tenant.id, "FusionAuth".to_owned());
    (admin.insert_instant, admin.last_update_instant) = (now, now);
    let _the_table_was_empty = database::applications::insert(&emulator.database, &admin).await?;
    Ok(tenant.id)
}

async fn requests(emulator: &Arc<AppState>, variables: &Variables<'_>, key: &str, requests: &[FileRequest]) -> Result<(), KickstartError> {
    let endpoints = api::endpoints().with_state(Arc::clone(emulator));
    for (index, request) in requests.iter().enumerate() {
        let at = format!("requests[{index}]");
        let method = match request.method {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        };
        let url = variables.text(&format!("{at}.url"), &request.url)?;
        let body = match &request.body {
            Some(body) => variables.value(&format!("{at}.body"), body)?.to_string(),
            None => String::new(),
        };
        let content_type = request.content_type.as_deref().unwrap_or("application/json");
        let mut built =
            Request::builder().method(method).uri(&url).header(header::AUTHORIZATION, key).header(header::CONTENT_TYPE, content_type);
        if let Some(tenant) = &request.tenant_id {
            built = built.header("X-FusionAuth-TenantId", variables.text(&format!("{at}.tenantId"), tenant)?);
        }
        let built = built.body(Body::from(body)).map_err(|_| KickstartError::Malformed {
            field: format!("{at}.url"),
            expected: "a path, and header values without control characters.".to_owned(),
        })?;
        let refused =
            |status, problem| KickstartError::Refused { number: index + 1, method: method.to_owned(), url: url.clone(), status, problem };
        let Ok(response) = endpoints.clone().oneshot(built).await;
        let status = response.status();
        if !status.is_success() {
            let bytes = axum::body::to_bytes(response.into_body(), body::LIMIT).await.unwrap_or_default();
            return Err(refused(status.as_u16(), problem(status.as_u16(), &bytes)));
        }
    }
    Ok(())
}

/// Formats the errors of an API response, each with the path of its field in the kickstart file.
fn problem(status: u16, body: &[u8]) -> String {
    let errors: Errors = serde_json::from_slice(body).unwrap_or_default();
    let fields = errors
        .field_errors
        .iter()
        .flat_map(|(field, errors)| errors.iter().map(move |it| format!("body.{field}: {} {}", it.code, it.message)));
    let all: Vec<String> = fields.chain(errors.general_errors.iter().map(|it| format!("{} {}", it.code, it.message))).collect();
    match (all.is_empty(), status) {
        (false, _) => all.join("; "),
        (true, 404) => "there is nothing with this path or id".to_owned(),
        (true, 405) => "this path does not take this method".to_owned(),
        (true, _) => "no reason was given".to_owned(),
    }
}

fn malformed(errors: &Errors) -> KickstartError {
    let (field, error) = match errors.field_errors.iter().next() {
        Some((field, errors)) => (field.clone(), errors.first()),
        None => ("the file".to_owned(), errors.general_errors.first()),
    };
    KickstartError::Malformed { field, expected: error.map(|it| it.message.clone()).unwrap_or_default() }
}

impl From<DatabaseError> for KickstartError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.to_string())
    }
}
