//! The page for every host that is none of ours: where to go, and who to be.

use crate::{
    config::Config,
    site::{self, Site},
};
use axum::{
    Router,
    extract::{Request, State},
    http::header,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use std::{fmt::Write, sync::Arc};
use storefront_api::{App, WORKFLOWS, Workflow};

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
            _ => "",
        };
        let link = |app, name| {
            let origin = Site { app, workflow }.origin(port);
            format!("<dt>{name}</dt><dd><a href=\"{origin}/\">{origin}</a></dd>")
        };
        let apps = [(App::Store, "Store"), (App::Forums, "Forums")].into_iter().filter(|(app, _)| config.app.serves(*app));
        let links: String = apps.map(|(app, name)| link(app, name)).collect();
        let auth = Site { app: App::Store, workflow }.fusionauth_origin(config);
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<section><h2>{}</h2><p>{about}</p><dl>{links}<dt>FusionAuth</dt><dd>{auth}</dd></dl></section>",
            workflow.slug(),
        );
    }
    include_str!("index.html").replace("{workflows}", &rows).replace("{accounts}", &accounts(config))
}

/// Nothing unless this is a development world: its passwords are public.
fn accounts(config: &Config) -> String {
    if !config.demo_data {
        return String::new();
    }
    let row = |(login, about): &(&str, &str)| format!("<tr><td><code>{login}</code></td><td>{about}</td></tr>");
    let rows: String = ACCOUNTS.iter().map(row).collect();
    format!(
        "<section><h2>Accounts</h2><p>All have the password <code>correct-horse-battery</code>.</p><table><thead><tr><th scope=\"col\">Email</th>\
         <th scope=\"col\">What it is for</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )
}

/// What kickstart.json makes. They exist in development only.
const ACCOUNTS: [(&str, &str); 7] = [
    ("shopper@example.com", "registered for Store and Forums; a cart with three lines"),
    ("second@example.com", "another person; an empty cart"),
    ("unregistered@example.com", "not registered for Store or Forums"),
    ("change@example.com", "must change the password"),
    ("unverified@example.com", "e-mail address not verified"),
    ("twofactor@example.com", "second factor: authenticator app, secret <code>JBSWY3DPEHPK3PXP</code>"),
    ("locked@example.com", "locked"),
];
