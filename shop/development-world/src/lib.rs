//! The storefront's server with additions for developers: a page that lists the sites and compares the workflows (`index`), a page that
//! draws the messages between browser, applications and FusionAuth (`flows`), the record of messages for that page, a page with every
//! component of the design (`design`), and a clock that tests move (`clock`). `cargo xtask serve` and the browser tests start this program.
//!
//! The production program does not link this crate. Nothing here changes the responses of a site, except that `sign_in_as` fills in the
//! sign-in form for a development account.

#![warn(missing_docs)]

mod certificates;
mod clock;
mod design;
mod drawing;
mod flows;
mod index;
mod page;
mod sign_in_as;
mod workflow;

pub use certificates::make_certificates;

use anyhow::Context;
use axum::Router;
use clap::Parser;
use index::Index;
use std::{path::PathBuf, sync::Arc};
use storefront_server::clock::Clock;
use storefront_server::config::{Config, site::Sites};
use storefront_server::router::{Additions, OtherFusionAuthHosts, with_common_layers};
use storefront_server::{
    database, demo_data,
    http::security_headers::{self, Policy},
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

    /// Append a record of every message, without secrets, to this file
    #[arg(long, env = "STOREFRONT_RECORD", value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Fill an empty database with this many products, and the cart of shopper@example.com with one of each, for measurements
    #[arg(long, value_name = "LINES", conflicts_with = "demo_data")]
    pub long_cart: Option<u32>,
}

impl AsRef<Config> for Options {
    fn as_ref(&self) -> &Config {
        &self.server
    }
}

impl Options {
    /// Opens the database and binds the ports, as [`Server::bind`] does.
    ///
    /// # Errors
    /// A message for the operator, if the record cannot be written, if a long cart is requested for a database that is not empty, or for
    /// the reasons of [`Server::bind`].
    pub async fn bind(self) -> anyhow::Result<Server> {
        if let Some(lines) = self.long_cart {
            let db = database::open(&self.server.database_url).await?;
            demo_data::fill_long_cart(&db, lines).await?;
            db.close().await;
        }
        let recorder = match &self.record {
            Some(file) => Recorder::to_file(file).with_context(|| format!("{} cannot be written", file.display()))?,
            None => Recorder::off(),
        };
        let additions = additions(Arc::new(self.server.sites()?), self.record, recorder, &self.server);
        Server::bind(self.server, additions).await
    }
}

fn additions(sites: Arc<Sites>, record: Option<PathBuf>, recorder: Recorder, config: &Config) -> Additions {
    // The pages for developers are not recorded: they belong to no workflow, and `/flows` would draw its own requests.
    let flows = with_common_layers(
        config,
        &Policy::new(security_headers::FLOWS_POLICY),
        flows::router(Arc::clone(&sites), config.request_timeout, record, recorder.clone()),
    );
    let index = index::router(&config.dist).with_state(Arc::new(Index { sites, has_demo_data: config.demo_data }));
    let clock = Clock::default();
    let index = with_common_layers(config, &Policy::new(security_headers::INDEX_POLICY), index.merge(clock::router(clock.clone())));
    let (of_sites, has_accounts) = (recorder.clone(), config.demo_data);
    Additions {
        around_sites: Box::new(move |routes: Router| {
            let routes = routes.layer(of_sites.layer(actor).leaving_out(CART_EVENTS));
            if has_accounts { routes.layer(axum::middleware::from_fn(sign_in_as::fill_in)) } else { routes }
        }),
        // Only the proxy can record the response that the browser gets, because the proxy rewrites responses.
        around_auth_proxy: Box::new(move |routes: Router| routes.layer(recorder.layer(|_| Actor::FusionAuth))),
        // So developers reach the emulator's pages on `localhost`.
        other_fusionauth_hosts: OtherFusionAuthHosts::PassUnchanged,
        other_hosts: index.merge(flows),
        clock,
    }
}

/// The stream by which an open page follows its cart. It is not recorded, because no step of a workflow uses it.
const CART_EVENTS: &str = "/api/shopping-cart/events";

/// The receiver that the record names for a site's host.
fn actor(host: &str) -> Actor {
    if host.starts_with("forums.") { Actor::Forums } else { Actor::Store }
}
