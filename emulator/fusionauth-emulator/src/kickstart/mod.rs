//! Runs a kickstart file (<https://fusionauth.io/docs/get-started/download-and-install/development/kickstart>). Each of its requests
//! calls the same endpoint as a request over HTTP.

pub mod built_in;
mod defaults;
mod variables;

use crate::api;
use crate::database::{self, DatabaseError};
use crate::domain::events;
use crate::http::{AnswerUnread, body};
use crate::model::ApiKeyLimits;
use crate::state::{AppState, OpaqueToken, UnknownMembers};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use tower::ServiceExt;
use tracing::Instrument;
use variables::Variables;

/// An error in a kickstart file.
#[derive(Debug, thiserror::Error)]
pub enum KickstartError {
    /// The file can't be read.
    #[error("{path}: {error}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        error: std::io::Error,
    },
    /// The file is not JSON, or not a valid kickstart file.
    #[error("kickstart: {field}: {expected}")]
    Malformed {
        /// The path of the invalid member in the file, such as `requests[2].method`.
        field: String,
        /// The expected value.
        expected: String,
    },
    /// `#{…}` names an undefined variable.
    #[error("kickstart: {field}: #{{{name}}} is not defined{hint}")]
    Undefined {
        /// The path of the member in the file.
        field: String,
        /// The name between the braces.
        name: String,
        /// A hint for defining the variable, or empty.
        hint: &'static str,
    },
    /// `@{file}` or `&{file}` names a file that can't be read.
    #[error("kickstart: {field}: {kind}{{{path}}}: {error}", path = path.display())]
    Embedded {
        /// The path of the member in the file.
        field: String,
        /// `@` for a text, `&` for JSON.
        kind: char,
        /// The name of that file.
        path: PathBuf,
        /// The operating system's error.
        error: std::io::Error,
    },
    /// FusionAuth's API refused a request.
    #[error("kickstart: request {number} ({method} {url}) was answered {status}: {problem}")]
    Refused {
        /// The request's number in the file, from 1.
        number: usize,
        /// The request's method.
        method: String,
        /// The request's path.
        url: String,
        /// The status of the answer.
        status: u16,
        /// The invalid fields, and the expected value of each.
        problem: String,
    },
    /// The database can't be used.
    #[error("kickstart: the database can't be used: {0}")]
    Database(String),
}

/// The settings of a new database, in the format of FusionAuth's kickstart files.
#[derive(Clone, Default)]
pub enum Kickstart {
    /// One tenant, one application and one user. [`built_in`] has their ids, the API key and the password.
    #[default]
    BuiltIn,
    /// A file. A reset reads it again.
    File(PathBuf),
    /// The text of a kickstart file. Other files that it embeds must be in the current folder.
    Json(String),
}

impl Kickstart {
    /// The text, and the folder in which embedded files are looked up.
    fn read(&self) -> Result<(Cow<'_, [u8]>, &Path), KickstartError> {
        let current = Path::new(".");
        Ok(match self {
            Self::BuiltIn => (built_in::KICKSTART.as_bytes().into(), current),
            Self::File(path) => {
                let unreadable = |error| KickstartError::Unreadable { path: path.clone(), error };
                (std::fs::read(path).map_err(unreadable)?.into(), path.parent().unwrap_or(current))
            }
            Self::Json(text) => (text.as_bytes().into(), current),
        })
    }
}

/// Leaves out the text of [`Kickstart::Json`], because it contains passwords and keys.
impl fmt::Debug for Kickstart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("BuiltIn"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Json(_) => f.write_str("Json(..)"),
        }
    }
}

/// A kickstart, and the environment variables that its `#{ENV.…}` reads.
pub(crate) struct Source {
    pub(crate) kickstart: Kickstart,
    pub(crate) environment: BTreeMap<String, String>,
}

/// Runs the kickstart on a new database. Like FusionAuth, it does nothing on a database that was set up before.
pub(crate) async fn run(emulator: &AppState, endpoints: &Router, Source { kickstart, environment }: &Source) -> Result<(), KickstartError> {
    if database::setup::is_done(&emulator.database).await? {
        return Ok(());
    }
    database::setup::clear(&emulator.database).await?;
    emulator.postponed_keys.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let (text, folder) = kickstart.read()?;
    // Editors on Windows begin a file with a byte order mark, which RFC 8259 section 8.1 allows a parser to ignore.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
    let file: File = body::parse(text, emulator.unknown_members).map_err(|errors| malformed("", &errors))?;
    let variables = Variables::new(file.variables, environment, &emulator.random, folder)?;
    defaults::create(emulator, &variables).await?;

    let mut first = None;
    for (index, key) in file.api_keys.iter().enumerate() {
        let at = format!("apiKeys[{index}]");
        let key = variables.value(&at, key)?;
        let ApiKey { key: text, .. } = read(&at, &key, emulator.unknown_members)?;
        let limits: ApiKeyLimits = body::convert_part(key).map_err(|errors| malformed(&at, &errors))?;
        database::api_keys::insert(&emulator.database, &OpaqueToken::from_request(&*text), &limits).await?;
        first = first.or(Some(text));
    }
    let first = first.filter(|it| !it.is_empty());
    // A file without a key is invalid, but the requests run nevertheless, so that one start tells all errors.
    let key = first.clone().unwrap_or_else(|| OpaqueToken::generate(&emulator.random).expose().to_owned());
    if first.is_none() {
        database::api_keys::insert(&emulator.database, &OpaqueToken::from_request(&*key), &ApiKeyLimits::default()).await?;
    }
    let done = requests(endpoints, &variables, &key, &file.requests, emulator.unknown_members).await;
    if first.is_some() {
        return done;
    }
    let mut expected = "expected the API key for the requests of this file.".to_owned();
    if let Err(error) = done {
        expected.push_str(&format!(" Moreover: {error}"));
    }
    Err(KickstartError::Malformed { field: "apiKeys[0].key".to_owned(), expected })
}

/// Completes what [`run`] has set up: generates the keys that it postponed. Until this is done, the emulator must answer no request. If the
/// process ends before, the kickstart runs again at the next start.
pub(crate) async fn finish(emulator: &AppState) -> Result<(), KickstartError> {
    if database::setup::is_done(&emulator.database).await? {
        return Ok(());
    }
    api::generate_postponed(emulator).await.map_err(|error| KickstartError::Database(format!("{error:?}")))?;
    database::setup::set_done(&emulator.database, emulator.clock.now_ms()).await?;
    events::of_kickstart(emulator);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    variables: BTreeMap<String, Value>,
    #[serde(default)]
    api_keys: Vec<Value>,
    /// Each is a request, or `&{file}` with the name of a file that contains one request.
    #[serde(default)]
    requests: Vec<Value>,
    _license_id: Option<String>,
    _license: Option<String>,
    /// Timeouts of the requests. They have no effect, because the requests use no network.
    _settings: Option<Value>,
}

/// A key, and the members of it that are read as [`ApiKeyLimits`]. This type has no `Debug`, because it contains a key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiKey {
    key: String,
    _description: Option<String>,
    _expiration_instant: Option<Value>,
    _permissions: Option<Value>,
    _tenant_id: Option<String>,
    _key_manager: Option<Value>,
    _ip_access_control_list_id: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileRequest {
    method: Method,
    url: String,
    body: Option<Value>,
    tenant_id: Option<String>,
    content_type: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Post,
    Put,
    Patch,
}

async fn requests(
    endpoints: &Router,
    variables: &Variables<'_>,
    key: &str,
    requests: &[Value],
    unknown: UnknownMembers,
) -> Result<(), KickstartError> {
    for (index, request) in requests.iter().enumerate() {
        let at = format!("requests[{index}]");
        let request: FileRequest = read(&at, &variables.included(&at, request)?, unknown)?;
        let method = match request.method {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        };
        let url = variables.text(&format!("{at}.url"), &request.url)?;
        let url = if url.starts_with('/') { url } else { format!("/{url}") };
        let body = match &request.body {
            Some(body) => match variables.value(&format!("{at}.body"), body)? {
                // If the body is `@{file}`, the request sends the file's text, and not the text as a JSON string.
                Value::String(text) => text,
                value => value.to_string(),
            },
            None => String::new(),
        };
        let content_type = request.content_type.as_deref().unwrap_or("application/json");
        let mut built =
            Request::builder().method(method).uri(&url).header(header::AUTHORIZATION, key).header(header::CONTENT_TYPE, content_type);
        built = built.extension(AnswerUnread);
        if let Some(tenant) = &request.tenant_id {
            built = built.header("X-FusionAuth-TenantId", variables.text(&format!("{at}.tenantId"), tenant)?);
        }
        let built = built.body(Body::from(body)).map_err(|_| KickstartError::Malformed {
            field: format!("{at}.url"),
            expected: "a path, and header values without control characters.".to_owned(),
        })?;
        let refused =
            |status, problem| KickstartError::Refused { number: index + 1, method: method.to_owned(), url: url.clone(), status, problem };
        let span = tracing::info_span!("kickstart", request = index + 1, method, url);
        let Ok(response) = endpoints.clone().oneshot(built).instrument(span).await;
        let status = response.status();
        if !status.is_success() {
            let bytes = axum::body::to_bytes(response.into_body(), body::LIMIT).await.unwrap_or_default();
            return Err(refused(status.as_u16(), problem(status.as_u16(), &bytes)));
        }
    }
    Ok(())
}

/// A key or a request of the file. `at` is its path, which errors name.
fn read<T: DeserializeOwned>(at: &str, value: &Value, unknown: UnknownMembers) -> Result<T, KickstartError> {
    // Without this check serde would also accept an array with the values of a struct's members.
    let is_object = value.is_object().then_some(()).ok_or_else(|| Errors::general("[invalidJSON]", "expected an object."));
    is_object.and_then(|()| body::convert(value.clone(), unknown)).map_err(|errors| malformed(at, &errors))
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
        (true, 404) => "the path or the id is unknown".to_owned(),
        (true, 405) => "the path does not support this method".to_owned(),
        (true, _) => "no reason was given".to_owned(),
    }
}

/// Combines all errors of one part of the file. `at` is the path of that part.
fn malformed(at: &str, errors: &Errors) -> KickstartError {
    let path = |field: &str| [at, field].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(".");
    let fields = errors.field_errors.iter().flat_map(|(field, errors)| errors.iter().map(move |it| (path(field), &it.message)));
    let whole = if at.is_empty() { "the file".to_owned() } else { at.to_owned() };
    let mut all = fields.chain(errors.general_errors.iter().map(|it| (whole.clone(), &it.message)));
    let (field, mut expected) = all.next().map(|(field, message)| (field, message.clone())).unwrap_or_default();
    for (field, message) in all {
        expected.push_str(&format!("; {field}: {message}"));
    }
    KickstartError::Malformed { field, expected }
}

impl<E: Into<DatabaseError>> From<E> for KickstartError {
    fn from(error: E) -> Self {
        Self::Database(error.into().to_string())
    }
}
