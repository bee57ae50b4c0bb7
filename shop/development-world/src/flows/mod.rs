//! `/flows`: a page that draws the messages between browser, applications and FusionAuth as sequence diagrams while they happen. The page
//! reads the record: the file that `--record` names, which contains no token, cookie value or password.
//!
//! The page works without a script. Its script redraws the diagrams, together called the picture, as messages arrive. The URL contains the
//! filter: one workflow or all, this browser or every browser, and how many messages to skip. The server therefore stores nothing about
//! the people who read the page. It knows a browser by its `User-Agent`, because no cookie reaches all hosts of the sites.

mod page;
mod picture;
mod script;
mod svg;
mod tail;

use crate::page::file;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{
    Router,
    routing::{get, post},
};
use sequence_diagram::{Applications, Diagram, Names, Phase, PhaseKind, RecordExtent, conversation, split_into_phases};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc, time::Duration};
use storefront_api::{App, Workflow};
use storefront_server::config::site::Sites;
use storefront_server::http::host::{host, port, without_port};
use storefront_server::http::{error::Error, security_headers::no_store};
use tail::Tail;
use tokio::time::Instant;
use wire_recorder::{Actor, Recorder};

/// How long a request for a new picture waits for a message. It is short, because a server that shuts down waits for open requests.
const LONG_POLL_LIMIT: Duration = Duration::from_secs(3);

/// The pause between two reads of the record while a request for a new picture waits. Other processes write the record too, so there is no
/// event to wait for.
const POLL_INTERVAL: Duration = Duration::from_millis(150);

/// The routes.
pub(crate) fn router(sites: Arc<Sites>, request_timeout: Duration, record: Option<PathBuf>, recorder: Recorder) -> Router {
    let flows = Flows { tail: record.map(|file| Arc::new(Tail::of(&file))), recorder, sites, request_timeout };
    Router::new()
        .route("/flows", get(show))
        .route("/flows/picture", get(redraw))
        .route("/flows/script", post(run_script))
        .route("/flows.mmd", get(mermaid))
        .route("/flows.svg", get(svg))
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
    recorder: Recorder,
}

/// The filter in the page's URL.
#[derive(Clone, Default, Deserialize)]
struct View {
    /// The workflow to draw. `None` for all workflows.
    workflow: Option<Workflow>,
    /// The browsers to draw.
    #[serde(default)]
    browsers: Browsers,
    /// The number of messages at the beginning of the record that are left out.
    #[serde(default)]
    after: u64,
    /// The number of messages that the reader's page has drawn already.
    seen: Option<u64>,
    /// The [number](Scene::number) of the phase to export. `None` for all phases.
    phase: Option<u64>,
}

/// Whose messages are drawn. An attacker's are always drawn.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Browsers {
    /// Those of browsers with the reader's `User-Agent`.
    #[default]
    This,
    All,
}

impl View {
    /// One of this module's paths with this filter as its query.
    fn address(&self, path: &str) -> String {
        let query = [
            self.workflow.map(|it| format!("workflow={}", it.slug())),
            (self.browsers == Browsers::All).then(|| "browsers=all".to_owned()),
            (self.after > 0).then(|| format!("after={}", self.after)),
            self.phase.map(|it| format!("phase={it}")),
        ];
        let query: Vec<String> = query.into_iter().flatten().collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }
}

/// The content of a picture.
struct Scene {
    phases: Vec<Phase>,
    names: Names,
    /// The number of messages in the record before those of this picture.
    skipped: u64,
    /// The number of messages in the record.
    seen: u64,
}

impl Scene {
    /// The number of the phase's first message in the record. It depends on no filter, so a link with it leads to the same phase in each
    /// view.
    fn number(&self, phase: &Phase) -> u64 {
        self.skipped + phase.number() as u64
    }
}

async fn show(State(flows): State<Flows>, Query(view): Query<View>, request: Request) -> Result<Response, Error> {
    let scene = match &flows.tail {
        Some(tail) => Some(flows.scene(tail, &view, request.headers()).await?),
        None => None,
    };
    let port = port(request.headers());
    let stores = flows.sites.applications.iter().filter(|it| it.app == App::Store);
    let stores: Vec<_> = stores.map(|it| (it.workflow, it.origin(port))).collect();
    Ok(Html(page::page(&view, scene, &stores).into_string()).into_response())
}

/// Answers with the picture alone as soon as the record has a message that the page has not drawn, or with 204 if none arrives in time.
async fn redraw(State(flows): State<Flows>, Query(view): Query<View>, headers: HeaderMap) -> Result<Response, Error> {
    let tail = flows.tail.as_ref().ok_or(Error::NotFound)?;
    let deadline = Instant::now() + LONG_POLL_LIMIT.min(flows.request_timeout / 2);
    while tail.length().await.map_err(unreadable)? == view.seen.unwrap_or_default() {
        if Instant::now() > deadline {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Ok(Html(picture::picture(&view, flows.scene(tail, &view, &headers).await?).into_string()).into_response())
}

/// Runs the scripted visit of the view's workflow, and then shows the picture. While it runs, the page draws it.
async fn run_script(State(flows): State<Flows>, Query(view): Query<View>, headers: HeaderMap) -> Result<Redirect, Error> {
    let is_foreign = headers.get("sec-fetch-site").is_some_and(|it| it != "same-origin");
    let site = view.workflow.and_then(|it| flows.sites.find(App::Store, it)).filter(|_| !is_foreign).ok_or(Error::NotFound)?;
    let user_agent = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (site, store, user_agent) = (Arc::clone(site), site.origin(port(&headers)), user_agent.to_owned());
    // A task, so that the script ends what it has begun if the reader leaves the page.
    let running = tokio::spawn(async move { script::run(&site, store, &user_agent).await });
    running.await.map_err(anyhow::Error::from).flatten().map_err(|error| {
        tracing::error!(%error, "the script of /flows failed");
        Error::Internal
    })?;
    Ok(Redirect::to(&view.address("/flows")))
}

/// Answers with one Mermaid diagram: of a phase, as text to copy, or of the picture, as a file.
async fn mermaid(State(flows): State<Flows>, Query(view): Query<View>, headers: HeaderMap) -> Result<Response, Error> {
    let text = flows.diagram(&view, &headers).await?.mermaid();
    Ok((export("text/plain; charset=utf-8", view.phase.map_or("attachment; filename=\"flows.mmd\"", |_| "inline")), text).into_response())
}

/// Answers with one diagram, of a phase or of the picture, as an SVG file.
async fn svg(State(flows): State<Flows>, Query(view): Query<View>, headers: HeaderMap) -> Result<Response, Error> {
    let drawing = svg::svg(&flows.diagram(&view, &headers).await?).into_string();
    Ok((export("image/svg+xml", "attachment; filename=\"flows.svg\""), drawing).into_response())
}

fn export(media_type: &'static str, disposition: &'static str) -> [(header::HeaderName, &'static str); 2] {
    [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition)]
}

impl Flows {
    fn application_id(&self, app: App) -> String {
        self.sites.applications.iter().find(|it| it.app == app).map(|it| it.application.id.clone()).unwrap_or_default()
    }

    async fn scene(&self, tail: &Tail, view: &View, reader: &HeaderMap) -> Result<Scene, Error> {
        let (messages, seen) = tail.after(view.after).await.map_err(unreadable)?;
        let applications = Applications { store: self.application_id(App::Store), forums: self.application_id(App::Forums) };
        let mut phases = split_into_phases(conversation(&messages), &applications);
        if view.browsers == Browsers::This {
            let user_agent = reader.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
            keep_browser(&mut phases, self.recorder.browser(user_agent).as_deref());
        }
        phases.retain(|phase| view.workflow.is_none() || phase.workflow == view.workflow);
        let skipped = seen - messages.len() as u64;
        Ok(Scene { phases, names: Names::new(&messages, RecordExtent::Part, applications), skipped, seen })
    }

    /// The diagram that a view exports.
    async fn diagram(&self, view: &View, reader: &HeaderMap) -> Result<Diagram, Error> {
        let tail = self.tail.as_ref().ok_or(Error::NotFound)?;
        picture::diagram(self.scene(tail, view, reader).await?, view.phase).ok_or(Error::NotFound)
    }
}

/// Leaves out what other browsers did, and what a backend or FusionAuth sent because of it.
fn keep_browser(phases: &mut Vec<Phase>, browser: Option<&str>) {
    let mut is_kept = true;
    phases.retain(|phase| {
        if phase.kind == PhaseKind::Attack {
            is_kept = true;
        } else if let Some(exchange) = phase.exchanges.iter().find(|it| it.from == Actor::Browser) {
            is_kept = exchange.browser.is_none() || exchange.browser.as_deref() == browser;
        }
        is_kept
    });
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
