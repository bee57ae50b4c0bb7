//! A web server for the example application `examples/minimal`, which a journey opens in its browser. It does what `trunk serve` does: it
//! serves the built files, and forwards `/api` to the Store.

use crate::{Deployment, Site, forward, listener::Listener, process::program, server_commands::workspace, tls::Scheme};
use anyhow::Context;
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::{path::PathBuf, sync::Arc};

/// The running web server.
pub struct MinimalExample {
    listener: Listener,
}

struct ServerState {
    folder: PathBuf,
    /// FusionAuth's origin in this deployment. It replaces [`PAGE_FUSIONAUTH`] in the page.
    fusionauth: String,
    client: reqwest::Client,
    store: u16,
}

/// FusionAuth's origin in `examples/minimal/index.html`.
const PAGE_FUSIONAUTH: &str = "http://auth.spa-local-storage.localhost:9011";

impl MinimalExample {
    /// Starts the web server. Requests below `/api` go to the Store of `deployment`.
    pub async fn serve(deployment: &Deployment) -> anyhow::Result<Self> {
        let state = Arc::new(ServerState {
            folder: program("MINIMAL_DIST", workspace().join("target/wasm/minimal")).into(),
            fusionauth: deployment.auth_origin(),
            client: forward::client(),
            store: deployment.store().port(),
        });
        let listener = Listener::start(Router::new().fallback(answer).with_state(state)).await?;
        Ok(Self { listener })
    }

    /// The Store at this server's port.
    pub const fn site(&self, store: Site) -> Site {
        store.on_port(self.listener.port())
    }
}

async fn answer(State(state): State<Arc<ServerState>>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return forward::forward(&state.client, Scheme::of_browsers(), state.store, request).await;
    }
    let file = state.file(path.trim_start_matches('/')).await;
    file.unwrap_or_else(|error| forward::bad_gateway(&error))
}

impl ServerState {
    async fn file(&self, name: &str) -> anyhow::Result<Response> {
        let kind = match name.rsplit_once('.') {
            None => return self.page().await,
            Some((_, "js")) => "text/javascript",
            Some((_, "wasm")) => "application/wasm",
            Some(_) => return Ok(StatusCode::NOT_FOUND.into_response()),
        };
        // No file that Trunk writes has `..` in its path, and such a path would leave the folder.
        if name.split('/').any(|it| it == "..") {
            return Ok(StatusCode::NOT_FOUND.into_response());
        }
        let bytes = tokio::fs::read(self.folder.join(name)).await.context("an asset of the example")?;
        Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
    }

    async fn page(&self) -> anyhow::Result<Response> {
        let html = tokio::fs::read_to_string(self.folder.join("index.html")).await.context("the example is not built")?;
        anyhow::ensure!(html.contains(PAGE_FUSIONAUTH), "the example's page names no FusionAuth");
        Ok(axum::response::Html(html.replace(PAGE_FUSIONAUTH, &self.fusionauth)).into_response())
    }
}
