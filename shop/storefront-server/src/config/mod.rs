//! The configuration of the server. Every setting is a flag, an environment variable and a line of the configuration file. A flag takes
//! precedence over a variable, and a variable over the file. Each setting's help is its documentation.

pub mod effective;
mod file;
pub mod path_pattern;
pub mod site;

use crate::auth::{attempts::AttemptRates, authenticator::RenewalPolicy, fusionauth::RefreshMethod, sessions::SessionLifetime};
use crate::http::client_address::TrustedProxies;
use crate::secret::{self, Secret};
use crate::tls::CertificateFiles;
use crate::typed;
use anyhow::bail;
use clap::{Parser, ValueEnum, builder::NonEmptyStringValueParser};
use ipnet::IpNet;
use site::{SiteTable, Sites};
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::{path::PathBuf, sync::Arc, time::Duration};
use storefront_api::App;
use storefront_messages::Language;

/// The Store and Forums backends of the storefront, and the host of its single-page app.
///
/// Serves the sites of its configuration, and selects one by the Host header. Without a list of sites, it serves store.WORKFLOW.localhost
/// and forums.WORKFLOW.localhost. It verifies access tokens with the public keys of a FusionAuth instance.
///
/// In place of a secret, or of the database's URL, you can write `file:` and the path of a file that contains it.
#[derive(Clone, Debug, Parser)]
#[command(name = "storefront-server", version)]
pub struct Config {
    /// A TOML file with any of the settings below, and with one `[[site]]` table for each site. A setting has its flag's name, with `_` for
    /// `-`
    #[arg(long, env = "STOREFRONT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Check the configuration, print the effective values with the source of each, and stop. Secrets are not printed
    #[arg(long)]
    pub check: bool,

    /// Write the single-page apps into this folder for a static file host, with headers files for common hosts, and stop
    #[arg(long, value_name = "FOLDER")]
    pub static_site: Option<PathBuf>,

    /// A site, as the content of a `[[site]]` table on one line. The environment variable has one line for each site
    #[arg(long = "site", env = "STOREFRONT_SITES", value_name = "TOML", value_delimiter = '\n')]
    pub sites: Vec<SiteTable>,

    /// The applications that this process serves
    #[arg(long, env = "STOREFRONT_APP", value_enum, default_value_t = Apps::All)]
    pub app: Apps,

    /// Address and port to listen on; port 0 takes any free port, which the first line of output contains
    #[arg(long, env = "STOREFRONT_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,

    /// Address and port at which Prometheus reads /metrics. Only Prometheus should be able to reach it
    #[arg(long, env = "STOREFRONT_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,

    /// The certificate of all sites in PEM, with its intermediate certificates. With it, `--listen` speaks TLS with HTTP/2. The server uses
    /// a renewed certificate without a restart
    #[arg(long, env = "STOREFRONT_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,

    /// The private key of `--tls-certificate` in PEM
    #[arg(long, env = "STOREFRONT_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Address and port without TLS, which redirects browsers to the sites' https origins
    #[arg(long, env = "STOREFRONT_REDIRECT_LISTEN", value_name = "ADDRESS:PORT")]
    pub redirect_listen: Option<SocketAddr>,

    /// Address and port of a proxy in front of FusionAuth, which runs beside the backends: browsers reach it as auth.WORKFLOW.localhost. It
    /// passes what the single-page apps need, and puts FusionAuth's cookies on the parent domain for spa-shared-domain. With
    /// `--tls-certificate`, it speaks TLS, too. `--app auth` runs only the proxy, on `--listen`
    #[arg(long, env = "STOREFRONT_AUTH_LISTEN", value_name = "ADDRESS:PORT")]
    pub auth_listen: Option<SocketAddr>,

    /// Folder of the built single-page app, made by `cargo xtask build`
    #[arg(long, env = "STOREFRONT_DIST", default_value = "dist", value_name = "FOLDER")]
    pub dist: PathBuf,

    /// The URL at which this server reaches FusionAuth
    #[arg(long, env = "FUSIONAUTH_URL", default_value = "http://127.0.0.1:9011", value_name = "URL", value_parser = base_url)]
    pub fusionauth_url: String,

    /// The port at which browsers reach FusionAuth, on the host auth.WORKFLOW.localhost
    #[arg(long, env = "STOREFRONT_AUTH_PORT", default_value_t = 9011, value_name = "PORT")]
    pub auth_port: u16,

    /// `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. Tables are created and updated at startup
    // `hide_env_values`, because the URL may hold a password.
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite://target/storefront.sqlite", value_name = "URL", hide_env_values = true, value_parser = secret::text_or_file)]
    pub database_url: String,

    /// The maximum number of database connections of this process
    #[arg(long, env = "STOREFRONT_DATABASE_CONNECTIONS", default_value_t = crate::database::CONNECTIONS, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,

    /// Fill an empty database with products, carts and posts for development
    #[arg(long, env = "STOREFRONT_DEMO_DATA")]
    pub demo_data: bool,

    /// Add this many generated products, for development. 2000 are enough to demonstrate the search
    #[arg(long, env = "STOREFRONT_DEMO_PRODUCTS", default_value_t = 0, value_name = "NUMBER")]
    pub demo_products: u32,

    /// FusionAuth's tenant, if there are several
    #[arg(long, env = "FUSIONAUTH_TENANT_ID", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub tenant_id: Option<String>,

    /// The issuer (`iss`) that access tokens must have
    #[arg(long, env = "STOREFRONT_ISSUER", default_value = "storefront.example", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub issuer: String,

    /// The FusionAuth endpoint that this server calls to renew tokens, in the workflows in which the server renews them
    #[arg(long, env = "STOREFRONT_REFRESH_GRANT", value_enum, default_value_t = RefreshGrant::JwtRefresh)]
    pub refresh_grant: RefreshGrant,

    /// The Store's client secret at FusionAuth, for `--refresh-grant oauth2`
    #[arg(long, env = "STOREFRONT_STORE_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub store_client_secret: Option<Secret>,

    /// The Forums' client secret at FusionAuth, for `--refresh-grant oauth2`
    #[arg(long, env = "STOREFRONT_FORUMS_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub forums_client_secret: Option<Secret>,

    /// Also renew credentials that are invalid rather than expired, as the published workflows do. A stolen refresh token alone can then
    /// sign in
    #[arg(long, env = "STOREFRONT_REFRESH_INVALID_JWT")]
    pub refresh_invalid_jwt: bool,

    /// FusionAuth's API key, for example for registrations (POST /api/user/registration) and logins. It never reaches a browser
    #[arg(long, env = "FUSIONAUTH_API_KEY", value_name = "KEY", hide_env_values = true)]
    pub fusionauth_api_key: Option<Secret>,

    /// The secret that encrypts refresh tokens in the database until FusionAuth has revoked them, and makes the links of guests' orders: 32
    /// random characters or more, the same for all instances. Without it the API key is used. A change leaves mailed links valid, but the
    /// server cannot send the messages of guests' orders that wait then
    #[arg(long, env = "STOREFRONT_ENCRYPTION_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub encryption_secret: Option<Secret>,

    /// FusionAuth's id of the template with the subject `${subject}`, the HTML `${html}` and the text `${text}`, for this server's messages.
    /// Without it users cannot change their email, and guests cannot order
    #[arg(long, env = "STOREFRONT_MESSAGE_TEMPLATE", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub message_template: Option<String>,

    /// Mark the emails of new registrations as verified. For development, where no message is sent
    #[arg(long, env = "STOREFRONT_REGISTER_VERIFIED")]
    pub register_verified: bool,

    /// Your team's email address. Pages show it, and with `--message-template` the contact form writes to it
    #[arg(long, env = "STOREFRONT_CONTACT", value_name = "EMAIL", value_parser = email)]
    pub contact: Option<String>,

    /// The language of the contact form's messages to your team, such as `de`. The receipt to the sender is in the sender's language
    #[arg(long, env = "STOREFRONT_CONTACT_LANGUAGE", default_value = "en", value_name = "TAG", value_parser = language)]
    pub contact_language: Language,

    /// The seller's name and postal address, which stand at the end of each email
    #[arg(long, env = "STOREFRONT_SELLER", value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub seller: Option<String>,

    /// Whether browsers store the single-page apps of `spa-local-storage` for visits without a network. `off` also removes the copies that
    /// browsers have stored
    #[arg(long, env = "STOREFRONT_SERVICE_WORKER", value_enum, default_value_t = ServiceWorker::On, value_name = "SWITCH")]
    pub service_worker: ServiceWorker,

    /// Idle timeout of a session, in seconds
    #[arg(long, env = "STOREFRONT_SESSION_IDLE", default_value = "1800", value_name = "SECONDS", value_parser = seconds)]
    pub session_idle: Duration,

    /// Absolute timeout of a session id, in seconds; the refresh token then renews it
    #[arg(long, env = "STOREFRONT_SESSION_MAX", default_value = "43200", value_name = "SECONDS", value_parser = seconds)]
    pub session_max: Duration,

    /// How many seconds browsers keep the cookies of a sign-in: the lifetime of FusionAuth's refresh tokens
    #[arg(long, env = "STOREFRONT_COOKIE_LIFE", default_value = "2592000", value_name = "SECONDS", value_parser = seconds)]
    pub cookie_life: Duration,

    /// How many seconds the bound cookie of a device-bound sign-in lives (`device_binding` of a site): for this time, a copy of all cookies
    /// works elsewhere. At least 300: Chromium refreshes the cookie two minutes before its end, and signs six times in nine minutes for all
    /// hosts of a domain together
    #[arg(long, env = "STOREFRONT_BOUND_COOKIE_LIFE", default_value = "600", value_name = "SECONDS", value_parser = bound_cookie_life)]
    pub bound_cookie_life: Duration,

    /// Addresses or networks of the proxies in front of this server, such as 10.0.0.0/8. Their X-Forwarded-For and X-Forwarded-Proto
    /// headers are trusted; from any other peer these headers are ignored
    #[arg(long, env = "STOREFRONT_TRUSTED_PROXIES", value_name = "ADDRESS,…", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// The allowed clock difference when a token's times are checked, in seconds
    #[arg(long, env = "STOREFRONT_CLOCK_LEEWAY", default_value_t = 0, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=300))]
    pub clock_leeway: u32,

    /// The time limit of a request, in seconds
    #[arg(long, env = "STOREFRONT_REQUEST_TIMEOUT", default_value = "10", value_name = "SECONDS", value_parser = seconds)]
    pub request_timeout: Duration,

    /// How many open pages at a time receive events when their cart changes elsewhere. Each of them holds a connection. All further pages
    /// poll every 20 seconds
    #[arg(long, env = "STOREFRONT_CART_STREAMS", default_value_t = 1000, value_name = "NUMBER")]
    pub cart_streams: usize,

    /// The format of the log. `RUST_LOG` selects the lines, as a tracing-subscriber filter. No filter selects debug and trace lines of
    /// libraries, which contain URLs and headers
    #[arg(long, env = "STOREFRONT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// The collector to which traces are sent, as OTLP over HTTP in JSON, such as http://127.0.0.1:4318/v1/traces
    #[arg(long, env = "STOREFRONT_TRACES_URL", value_name = "URL", value_parser = base_url)]
    pub traces_url: Option<String>,

    /// The percentage of traces that are sent
    #[arg(long, env = "STOREFRONT_TRACES_PERCENT", default_value_t = 100, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub traces_percent: u8,

    /// The limits on guesses and registrations
    #[command(flatten)]
    pub attempt_rates: AttemptRates,

    /// The languages that pages offer. This is no setting: when the server starts, it reads from the catalogue which languages are complete.
    #[arg(skip = Language::ALL)]
    pub languages: Arc<[Language]>,
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
    /// Neither: the proxy in front of FusionAuth
    Auth,
}

impl Apps {
    /// Whether this process serves `app`.
    pub fn serves(self, app: App) -> bool {
        match self {
            Self::All => true,
            Self::Store => app == App::Store,
            Self::Forums => app == App::Forums,
            Self::Auth => false,
        }
    }
}

/// Whether the single-page apps register their service worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServiceWorker {
    /// After the first visit, the app starts even without a network.
    On,
    /// A browser that has a service worker deletes the files that it has stored at its next visit, and the service worker at the visit after.
    Off,
}

/// How the log is written to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object in each line, with the request's id, for programs.
    Json,
}

/// The FusionAuth endpoint that renews tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RefreshGrant {
    /// POST /api/jwt/refresh
    JwtRefresh,
    /// POST /oauth2/token with the refresh grant, which needs the application's client secret
    Oauth2,
}

/// Reads the settings of a program from its arguments, the environment and the configuration file. `P` has the settings of [`Config`], and
/// perhaps further settings.
///
/// # Errors
/// The message says which setting is wrong, with its line if it is in the file, and what is expected. A request for help is an error, too,
/// as in clap.
pub fn load<P: Parser>(arguments: &[OsString]) -> Result<P, clap::Error> {
    let given = P::command().try_get_matches_from(arguments)?;
    let Some(path) = given.get_one::<PathBuf>("config") else { return P::from_arg_matches(&given) };
    let command = file::as_defaults::<P>(path).map_err(|error| {
        let message = format!("{}: {error}\n", path.display());
        clap::Error::raw(clap::error::ErrorKind::ValueValidation, message)
    })?;
    P::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

impl AsRef<Self> for Config {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Config {
    /// The sites of this process.
    ///
    /// # Errors
    /// A message for the operator.
    pub fn sites(&self) -> anyhow::Result<Sites> {
        Sites::of(self)
    }

    fn client_secret(&self, app: App) -> Option<&Secret> {
        match app {
            App::Store => self.store_client_secret.as_ref(),
            App::Forums => self.forums_client_secret.as_ref(),
        }
    }

    /// How the tokens of an application with this client secret are renewed.
    fn refresh_method(&self, client_secret: Option<Secret>) -> RefreshMethod {
        match self.refresh_grant {
            RefreshGrant::JwtRefresh => RefreshMethod::JwtRefreshApi,
            RefreshGrant::Oauth2 => RefreshMethod::OAuthTokenEndpoint { client_secret },
        }
    }

    /// Which requests may renew their credential.
    pub fn renewal_policy(&self) -> RenewalPolicy {
        if self.refresh_invalid_jwt { RenewalPolicy::AnyCredential } else { RenewalPolicy::ExpiredCredentialOnly }
    }

    /// The certificate, if this process terminates TLS.
    ///
    /// # Errors
    /// One of the settings is missing.
    pub fn certificate(&self) -> anyhow::Result<Option<CertificateFiles>> {
        match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => Ok(Some(CertificateFiles { certificate: certificate.clone(), key: key.clone() })),
            (None, None) if self.redirect_listen.is_some() => bail!("--redirect-listen needs --tls-certificate"),
            (None, None) => Ok(None),
            _ => bail!("--tls-certificate and --tls-key belong together"),
        }
    }

    /// How long sessions live.
    pub fn session_life(&self) -> SessionLifetime {
        SessionLifetime { idle_timeout: self.session_idle, absolute_timeout: self.session_max }
    }

    /// The proxies with trusted `X-Forwarded-…` headers.
    pub fn trusted_proxies(&self) -> TrustedProxies {
        TrustedProxies::new(&self.trusted_proxies)
    }
}

fn base_url(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text.trim_end_matches('/').to_owned()),
        Ok(_) => Err("it must begin with http:// or https:// and name a host".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn email(text: &str) -> Result<String, &'static str> {
    let email = typed::email(text);
    if typed::looks_like_an_email(&email) { Ok(email) } else { Err("it must be an email address such as help@example.com") }
}

fn language(tag: &str) -> Result<Language, &'static str> {
    Language::from_tag(tag).ok_or("it must be a language of the pages, such as de")
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| address()).map_err(|_| "it must be an IP address or a network such as 10.0.0.0/8".to_owned())
}

fn bound_cookie_life(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(seconds @ 300..=3_600) => Ok(Duration::from_secs(u64::from(seconds))),
        Ok(_) | Err(_) => Err("it must be a whole number of seconds, from 300 to 3600".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(u64::from(seconds))),
        Ok(0) | Err(_) => Err("it must be a whole number of seconds, at least 1".to_owned()),
    }
}
