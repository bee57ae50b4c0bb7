//! `/flows`: a page that draws the messages between browser, applications and FusionAuth as sequence diagrams while they happen. The page
//! reads the record: the file that `--record` names, which contains no token, cookie value or password.
//!
//! The page works without a script. Its script redraws the diagrams, together called the picture, as messages arrive. The URL contains the
//! filter: one workflow or all, and how many messages to skip. The server therefore stores nothing about the people who read the page.

mod page;
mod picture;
mod tail;

use crate::page::file;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, routing::get};
use sequence_diagram::{Applications, Names, Phase, RecordExtent, conversation, split_into_phases};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc, time::Duration};
use storefront_api::{App, Workflow};
use storefront_server::config::site::Sites;
use storefront_server::http::host::{host, port, without_port};
use storefront_server::http::{error::Error, security_headers::no_store};
use tail::Tail;
use tokio::time::Instant;
use wire_recorder::Message;

/// How long a request for a new picture waits for a message. It is short, because a server that shuts down waits for open requests.
const LONG_POLL_LIMIT: Duration = Duration::from_secs(3);

/// The pause between two reads of the record while a request for a new picture waits. Other processes write the record too, so there is no
/// event to wait for.
const POLL_INTERVAL: Duration = Duration::from_millis(150);

/// The routes.
pub(crate) fn router(sites: Arc<Sites>, request_timeout: Duration, record: Option<PathBuf>) -> Router {
    let flows = Flows { tail: record.map(|file| Arc::new(Tail::of(&file))), sites, request_timeout };
    Router::new()
        .route("/flows", get(show))
        .route("/flows/picture", get(redraw))
        .route("/flows.mmd", get(export))
        .route("/flows.js", get(async || file("text/javascript; charset=utf-8", include_str!("flows.js"))))
        .route("/flows.css", get(async || file("text/css; charset=utf-8", include_str!("flows.css"))))
        .layer(middleware::from_fn(only_local_hosts))
        .layer(no_store())
        .with_state(flows)
}

#[derive(Clone)]
struct Flows {
    sites: Arc<Sites>,
    request_timeout: Duration,
    /// `None` if there is no record.
    tail: Option<Arc<Tail>>,
}

/// The filter in the page's URL.
#[derive(Clone, Deserialize)]
struct View {
    /// The workflow to draw. `None` for all workflows.
    workflow: Option<Workflow>,
    /// The number of messages at the beginning of the record that are left out.
    #[serde(default)]
    after: u64,
    /// The number of messages that the reader's page has drawn already.
    seen: Option<u64>,
}

/// The content of a picture.
struct Scene {
    phases: Vec<Phase>,
    names: Names,
    /// The number of messages in the record.
    seen: u64,
}

async fn show(State(flows): State<Flows>, Query(view): Query<View>, request: Request) -> Result<Response, Error> {
    let scene = match &flows.tail {
        Some(tail) => Some(flows.scene(tail, &view).await?),
        None => None,
    };
    let port = port(request.headers());
    let stores = flows.sites.applications.iter().filter(|it| it.app == App::Store);
    let stores: Vec<_> = stores.map(|it| (it.workflow, it.origin(port))).collect();
    Ok(Html(page::page(&view, scene, &stores).into_string()).into_response())
}

/// Answers with the picture alone as soon as the record has a message that the page has not drawn, or with 204 if none arrives in time.
async fn redraw(State(flows): State<Flows>, Query(view): Query<View>) -> Result<Response, Error> {
    let tail = flows.tail.as_ref().ok_or(Error::NotFound)?;
    let deadline = Instant::now() + LONG_POLL_LIMIT.min(flows.request_timeout / 2);
    while tail.length().await.map_err(unreadable)? == view.seen.unwrap_or_default() {
        if Instant::now() > deadline {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Ok(Html(picture::picture(flows.scene(tail, &view).await?).into_string()).into_response())
}

/// Answers with the picture as one Mermaid diagram.
async fn export(State(flows): State<Flows>, Query(view): Query<View>) -> Result<Response, Error> {
    let tail = flows.tail.as_ref().ok_or(Error::NotFound)?;
    let text = picture::mermaid(flows.scene(tail, &view).await?);
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"flows.mmd\"")];
    Ok((headers, text).into_response())
}

impl Flows {
    fn application_id(&self, app: App) -> String {
        self.sites.applications.iter().find(|it| it.app == app).map(|it| it.application.id.clone()).unwrap_or_default()
    }

    async fn scene(&self, tail: &Tail, view: &View) -> Result<Scene, Error> {
        let (messages, seen) = tail.after(view.after).await.map_err(unreadable)?;
        let applications = Applications { store: self.application_id(App::Store), forums: self.application_id(App::Forums) };
        let mut phases = split_into_phases(conversation(&local_messages(messages.clone())), &applications);
        phases.retain(|phase| view.workflow.is_none() || phase.workflow == view.workflow);
        Ok(Scene { phases, names: Names::new(&messages, RecordExtent::Part, applications), seen })
    }
}

/// The messages of local hosts. Other messages, such as a browser's requests to its vendor, belong to no workflow.
fn local_messages(mut messages: Vec<Message>) -> Vec<Message> {
    messages.retain(|message| match message {
        Message::Request { host, .. } => is_local(host),
        Message::Response { .. } => true, // a response without its request is not drawn
    });
    messages
}

fn is_local(host: &str) -> bool {
    let name = without_port(host);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost")
}

/// Middleware: only local hosts have the routes inside, all other hosts get 404. Otherwise an attacker could point a host name to this
/// machine (DNS rebinding), and a page of the attacker could read the responses.
pub(crate) async fn only_local_hosts(request: Request, next: Next) -> Response {
    if host(request.headers()).is_some_and(is_local) { next.run(request).await } else { Error::NotFound.into_response() }
}

fn unreadable(error: std::io::Error) -> Error {
    tracing::error!(%error, "the record cannot be read");
    Error::Internal
}

/// One of this module's paths, with the query for a workflow and a number of skipped messages.
fn address(path: &str, workflow: Option<Workflow>, after: u64) -> String {
    let workflow = workflow.map(|it| format!("workflow={}", it.slug()));
    let after = (after > 0).then(|| format!("after={after}"));
    let query: Vec<String> = workflow.into_iter().chain(after).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
