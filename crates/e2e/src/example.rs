use crate::{Site, World, forward, launch::workspace, listener::Listener, process::program};
use anyhow::Context;
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::{path::PathBuf, sync::Arc};

/// The application in `examples/minimal`, served as `trunk serve` would: its own files, and `/api` from the Store.
pub struct Example {
    listener: Listener,
}

struct Served {
    folder: PathBuf,
    /// FusionAuth's origin in this world, which the page names by its published port.
    fusionauth: String,
    client: reqwest::Client,
    store: u16,
}

/// What `examples/minimal/index.html` says.
const PUBLISHED: &str = "http://auth.spa-local-storage.localhost:9011";

impl Example {
    /// Starts before a world's Store.
    pub async fn before(world: &World) -> anyhow::Result<Self> {
        let served = Arc::new(Served {
            folder: program("MINIMAL_DIST", workspace().join("target/wasm/minimal")).into(),
            fusionauth: format!("http://{}:{}", world.auth_host(), world.auth_port()),
            client: forward::client(),
            store: world.store().port(),
        });
        let listener = Listener::start(Router::new().fallback(answer).with_state(served)).await?;
        Ok(Self { listener })
    }

    /// The Store as it is seen here.
    pub const fn site(&self, store: Site) -> Site {
        store.on_port(self.listener.port())
    }
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return forward::forward(&served.client, served.store, request).await;
    }
    let file = served.file(path.trim_start_matches('/')).await;
    file.unwrap_or_else(|error| forward::bad_gateway(&error))
}

impl Served {
    async fn file(&self, name: &str) -> anyhow::Result<Response> {
        let kind = match name.rsplit_once('.') {
            None => return self.page().await,
            Some((_, "js")) => "text/javascript",
            Some((_, "wasm")) => "application/wasm",
            Some(_) => return Ok(StatusCode::NOT_FOUND.into_response()),
        };
        // A name with `..` in it is none of Trunk's files.
        if name.split('/').any(|it| it == "..") {
            return Ok(StatusCode::NOT_FOUND.into_response());
        }
        let bytes = tokio::fs::read(self.folder.join(name)).await.context("an asset of the example")?;
        Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
    }

    async fn page(&self) -> anyhow::Result<Response> {
        let html = tokio::fs::read_to_string(self.folder.join("index.html")).await.context("the example is not built")?;
        anyhow::ensure!(html.contains(PUBLISHED), "the example's page names no FusionAuth");
        Ok(axum::response::Html(html.replace(PUBLISHED, &self.fusionauth)).into_response())
    }
}
