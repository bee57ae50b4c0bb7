//! `/flows`: what crossed the wire just now, drawn as it happens. For development: it shows what `--record` has recorded, and
//! a record holds no token, no cookie's value and no password.
//!
//! The page works without a script; with one it is redrawn as messages arrive. What it shows stands in its address: one
//! workflow or all, and after which message. So nothing is kept here about who looks.

mod page;
mod picture;
mod tail;

use axum::{
    Router,
    extract::{Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use sequence_diagram::{Applications, Names, Phase, RecordExtent, conversation, split_into_phases};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc, time::Duration};
use storefront_api::{App, Workflow};
use storefront_server::{
    config::{Config, site},
    http::{error::Error, host::host},
};
use tail::Tail;
use tokio::time::Instant;
use wire_recorder::Message;

/// How long a request for a new picture waits for a message. Short, because a server that stops waits for it.
const LONG_POLL_LIMIT: Duration = Duration::from_secs(3);

/// How often the record is looked at meanwhile. Other processes write it, so there is no event to wait for; and nobody waits
/// unless somebody looks.
const POLL_INTERVAL: Duration = Duration::from_millis(150);

/// The routes.
pub(crate) fn router(config: &Arc<Config>, record: Option<PathBuf>) -> Router {
    let flows = Flows { tail: record.map(|file| Arc::new(Tail::of(&file))), config: Arc::clone(config) };
    Router::new()
        .route("/flows", get(show))
        .route("/flows/picture", get(redraw))
        .route("/flows.mmd", get(export))
        .route("/flows.js", get(async || asset("text/javascript; charset=utf-8", include_str!("flows.js"))))
        .route("/flows.css", get(async || asset("text/css; charset=utf-8", include_str!("flows.css"))))
        .layer(middleware::from_fn(only_at_home))
        .with_state(flows)
}

#[derive(Clone)]
struct Flows {
    config: Arc<Config>,
    /// None: nothing is recorded.
    tail: Option<Arc<Tail>>,
}

/// What the address asks for.
#[derive(Clone, Deserialize)]
struct View {
    /// Only this workflow's.
    workflow: Option<Workflow>,
    /// Only what came after so many messages.
    #[serde(default)]
    after: u64,
    /// So many messages are drawn already.
    seen: Option<u64>,
}

/// What is to be drawn.
struct Scene {
    phases: Vec<Phase>,
    names: Names,
    /// How many messages there were when it was drawn.
    seen: u64,
}

async fn show(State(flows): State<Flows>, Query(view): Query<View>, request: Request) -> Result<Response, Error> {
    let port = host(&request).and_then(site::port);
    let scene = match &flows.tail {
        Some(tail) => Some(flows.scene(tail, &view).await?),
        None => None,
    };
    Ok(Html(page::page(&view, scene, port).into_string()).into_response())
}

/// The picture alone, as soon as there is another one than was seen; 204 if there is none for a while.
async fn redraw(State(flows): State<Flows>, Query(view): Query<View>) -> Result<Response, Error> {
    let tail = flows.tail.as_ref().ok_or(Error::NotFound)?;
    let deadline = Instant::now() + LONG_POLL_LIMIT.min(flows.config.request_timeout / 2);
    while tail.length().await.map_err(unreadable)? == view.seen.unwrap_or_default() {
        if Instant::now() > deadline {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Ok(Html(picture::picture(flows.scene(tail, &view).await?).into_string()).into_response())
}

/// The same as one Mermaid diagram.
async fn export(State(flows): State<Flows>, Query(view): Query<View>) -> Result<Response, Error> {
    let tail = flows.tail.as_ref().ok_or(Error::NotFound)?;
    let text = picture::mermaid(flows.scene(tail, &view).await?);
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"flows.mmd\"")];
    Ok((headers, text).into_response())
}

impl Flows {
    async fn scene(&self, tail: &Tail, view: &View) -> Result<Scene, Error> {
        let (messages, seen) = tail.after(view.after).await.map_err(unreadable)?;
        let applications = Applications {
            store: self.config.application_id(App::Store).to_owned(),
            forums: self.config.application_id(App::Forums).to_owned(),
        };
        let mut phases = split_into_phases(conversation(&of_this_world(messages.clone())), &applications);
        phases.retain(|phase| view.workflow.is_none() || phase.workflow == view.workflow);
        Ok(Scene { phases, names: Names::new(&messages, RecordExtent::Part, applications), seen })
    }
}

/// Nothing but what the hosts of a development world exchange.
fn of_this_world(mut messages: Vec<Message>) -> Vec<Message> {
    messages.retain(|message| match message {
        Message::Request { host, .. } => is_local(host),
        Message::Response { .. } => true, // without its request it is not drawn
    });
    messages
}

fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "[..1]") || name.ends_with(".localhost")
}

/// A foreign name that leads to this machine would let the pages behind it read this one.
async fn only_at_home(request: Request, next: Next) -> Response {
    if !host(&request).is_some_and(is_local) {
        return Error::NotFound.into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(header::HeaderValue::from_static("no-store"));
    response
}

fn asset(media_type: &'static str, content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], content)
}

fn unreadable(error: std::io::Error) -> Error {
    tracing::error!(%error, "the record cannot be read");
    Error::Internal
}

/// The address of this view, of one of the paths here.
fn address(path: &str, workflow: Option<Workflow>, after: u64) -> String {
    let workflow = workflow.map(|it| format!("workflow={}", it.slug()));
    let after = (after > 0).then(|| format!("after={after}"));
    let query: Vec<String> = workflow.into_iter().chain(after).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
