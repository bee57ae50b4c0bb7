//! Flags and environment.

use clap::{Parser, ValueEnum};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use storefront_api::App;

/// The Store and Forums backends of the storefront, and the host of its single-page app.
///
/// Serves the hosts store.WORKFLOW.localhost and forums.WORKFLOW.localhost, told apart by the Host header; every other
/// host, such as plain localhost, gets a page that lists them. Access tokens are verified with the public keys of a FusionAuth instance.
#[derive(Clone, Debug, Parser)]
#[command(name = "storefront-server", version)]
pub struct Config {
    /// Which applications this process serves
    #[arg(long, env = "STOREFRONT_APP", value_enum, default_value_t = Apps::All)]
    pub app: Apps,

    /// Address and port to listen on; port 0 takes any free port, which the first line of output names
    #[arg(long, env = "STOREFRONT_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,

    /// Folder of the built single-page app, made by `cargo xtask build`
    #[arg(long, env = "STOREFRONT_DIST", default_value = "dist", value_name = "FOLDER")]
    pub dist: PathBuf,

    /// FusionAuth as this server reaches it
    #[arg(long, env = "FUSIONAUTH_URL", default_value = "http://127.0.0.1:9011", value_name = "URL", value_parser = base_url)]
    pub fusionauth_url: String,

    /// Port of FusionAuth as the browser reaches it, on the host auth.WORKFLOW.localhost
    #[arg(long, env = "STOREFRONT_AUTH_PORT", default_value_t = 9011, value_name = "PORT")]
    pub auth_port: u16,

    /// `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. Tables are created and updated at the start
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://target/storefront.sqlite",
        value_name = "URL",
        hide_env_values = true // it may hold a password
    )]
    pub database_url: String,

    /// Fill an empty database with products, carts and posts for development
    #[arg(long, env = "STOREFRONT_DEMO_DATA")]
    pub demo_data: bool,

    /// The issuer (`iss`) that access tokens must name
    #[arg(long, env = "STOREFRONT_ISSUER", default_value = "storefront.example", value_name = "NAME")]
    pub issuer: String,

    /// The Store's application id at FusionAuth: the audience (`aud`) of its access tokens
    #[arg(long, env = "STOREFRONT_STORE_ID", default_value = "10000000-0000-0000-0000-000000000001", value_name = "ID")]
    pub store_id: String,

    /// The Forums' application id at FusionAuth
    #[arg(long, env = "STOREFRONT_FORUMS_ID", default_value = "10000000-0000-0000-0000-000000000002", value_name = "ID")]
    pub forums_id: String,

    /// How far this server's clock may be off when a token's times are checked, in seconds
    #[arg(long, env = "STOREFRONT_CLOCK_LEEWAY", default_value_t = 0, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=300))]
    pub clock_leeway: u32,

    /// After how many seconds a request that is not answered yet is given up
    #[arg(long, env = "STOREFRONT_REQUEST_TIMEOUT", default_value = "10", value_name = "SECONDS", value_parser = seconds)]
    pub request_timeout: Duration,

    /// Append a record of every message to this file, without its secrets. For development and tests
    #[arg(long, env = "STOREFRONT_RECORD", value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// Which applications a process serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Apps {
    /// Store and Forums
    All,
    /// The Store alone
    Store,
    /// The Forums alone
    Forums,
}

impl Apps {
    /// Whether `app` is among them.
    pub fn serves(self, app: App) -> bool {
        match self {
            Self::All => true,
            Self::Store => app == App::Store,
            Self::Forums => app == App::Forums,
        }
    }
}

impl Config {
    /// FusionAuth's id of an application.
    pub fn application_id(&self, app: App) -> &str {
        match app {
            App::Store => &self.store_id,
            App::Forums => &self.forums_id,
        }
    }
}

fn base_url(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text.trim_end_matches('/').to_owned()),
        Ok(_) => Err("it must begin with http:// or https:// and name a host".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u16>() {
        Ok(1..) => text.parse().map(Duration::from_secs).map_err(|_| "not a number".to_owned()),
        Ok(0) | Err(_) => Err("it must be a whole number of seconds, at least 1".to_owned()),
    }
}
