//! The page for every host that is none of ours: where to go, and who to be.

use crate::{
    config::Config,
    site::{self, Site, WORKFLOWS},
};
use axum::{
    Router,
    extract::{Request, State},
    http::header,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use std::{fmt::Write, sync::Arc};
use storefront_api::{App, Workflow};

/// The routes. Other addresses of such a host: 404.
pub fn router() -> Router<Arc<Config>> {
    Router::new().route("/", get(index)).route("/index.css", get(style))
}

async fn index(State(config): State<Arc<Config>>, request: Request) -> Response {
    let port = crate::app::host(&request).and_then(site::port);
    ([(header::CACHE_CONTROL, "no-cache")], Html(page(&config, port))).into_response()
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], include_str!("index.css"))
}

fn page(config: &Config, port: Option<u16>) -> String {
    let mut rows = String::new();
    for workflow in WORKFLOWS {
        let about = match workflow {
            Workflow::SpaLocalStorage => {
                "A single-page app that signs in at FusionAuth, keeps its access token in local storage and renews it by FusionAuth’s cookie."
            }
        };
        let link = |app| {
            let origin = Site { app, workflow }.origin(port);
            format!("<a href=\"{origin}/\">{origin}</a>")
        };
        let auth = Site { app: App::Store, workflow }.fusionauth_origin(config);
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<section><h2>{}</h2><p>{about}</p><dl><dt>Store</dt><dd>{}</dd><dt>Forums</dt><dd>{}</dd><dt>FusionAuth</dt><dd>{auth}</dd></dl></section>",
            workflow.slug(),
            link(App::Store),
            link(App::Forums),
        );
    }
    let mut accounts = String::new();
    for (login, about) in ACCOUNTS {
        let _ = write!(accounts, "<tr><td><code>{login}</code></td><td>{about}</td></tr>");
    }
    include_str!("index.html").replace("{workflows}", &rows).replace("{accounts}", &accounts)
}

/// What kickstart.json makes. All have one password, which the page says: they exist in development only.
const ACCOUNTS: [(&str, &str); 7] = [
    ("shopper@example.com", "registered for Store and Forums; a cart with three lines"),
    ("second@example.com", "another person; an empty cart"),
    ("unregistered@example.com", "not registered for Store or Forums"),
    ("change@example.com", "must change the password"),
    ("unverified@example.com", "e-mail address not verified"),
    ("twofactor@example.com", "second factor: authenticator app, secret <code>JBSWY3DPEHPK3PXP</code>"),
    ("locked@example.com", "locked"),
];
