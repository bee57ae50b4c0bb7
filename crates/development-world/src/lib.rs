//! The storefront's server with what exists for looking and learning only: a page that lists the sites and compares the workflows,
//! a page that draws what crosses the wire, and the record that this is drawn from. `cargo xtask serve` and the journeys start it.
//!
//! The server's own program links none of this. What is added here never changes what a site answers.

#![warn(missing_docs)]

mod flows;
mod index;

use anyhow::Context;
use axum::Router;
use clap::Parser;
use std::{path::PathBuf, sync::Arc};
use storefront_api::App;
use storefront_server::{
    config::{Config, site::Site},
    http::security_headers,
    router::{Additions, with_common_layers},
    server::Server,
};
use wire_recorder::{Actor, Recorder};

/// The flags of the server, and those of the additions.
#[derive(Clone, Debug, Parser)]
#[command(name = "development-world", version)]
pub struct Options {
    /// The flags of the server.
    #[command(flatten)]
    pub server: Config,

    /// Append a record of every message to this file, without its secrets
    #[arg(long, env = "STOREFRONT_RECORD", value_name = "FILE")]
    pub record: Option<PathBuf>,
}

impl Options {
    /// Opens the database and takes the ports, as [`Server::bind`] does.
    ///
    /// # Errors
    /// With a message for whoever started it.
    pub async fn bind(self) -> anyhow::Result<Server> {
        let recorder = match &self.record {
            Some(file) => Recorder::to_file(file).with_context(|| format!("{} cannot be written", file.display()))?,
            None => Recorder::off(),
        };
        let additions = additions(&Arc::new(self.server.clone()), self.record, recorder);
        Server::bind(self.server, additions).await
    }
}

fn additions(config: &Arc<Config>, record: Option<PathBuf>, recorder: Recorder) -> Additions {
    // Looking at the record must not add to it, or the looker would see nothing else.
    let flows = with_common_layers(config, security_headers::FLOWS_POLICY, flows::router(config, record));
    let index = index::router().with_state(Arc::clone(config)).layer(recorder.layer(actor));
    let index = with_common_layers(config, security_headers::INDEX_POLICY, index);
    let of_sites = recorder.clone();
    Additions {
        around_sites: Box::new(move |routes: Router| routes.layer(of_sites.layer(actor))),
        // FusionAuth records what it is asked itself. Only the proxy can record what the browser gets from it alone; FusionAuth's own
        // record of that names another host.
        around_rewriting_proxy: Box::new(move |routes: Router| routes.layer(recorder.layer(|_| Actor::FusionAuth))),
        other_hosts: index.merge(flows),
    }
}

/// Whom the record names as asked. The index page has no actor of its own: the Store stands for it.
fn actor(host: &str) -> Actor {
    match Site::from_host(host).map(|it| it.app) {
        Some(App::Forums) => Actor::Forums,
        Some(App::Store) | None => Actor::Store,
    }
}
