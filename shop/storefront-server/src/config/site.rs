//! Sites. A site is one application in one workflow, with its own host name and its own settings.
//!
//! The configuration lists the sites as `[[site]]`. Without such a list the server uses the sites of `shop/deploy/development.toml`, on
//! `*.localhost`.

use crate::auth::{device_binding::BindingPolicy, fusionauth::RefreshMethod};
use crate::config::{Apps, Config, base_url, path_pattern::PathPattern};
use crate::http::origin::{Origin, Scheme, registrable_domain};
use crate::secret::Secret;
use anyhow::{Context, anyhow, bail, ensure};
use serde::Deserialize;
use std::{collections::BTreeSet, str::FromStr, sync::Arc};
use storefront_api::{App, SpaConfig, Workflow};

/// One application in one workflow, with its own host name.
#[derive(Debug)]
pub struct Site {
    /// The application: Store or Forums.
    pub app: App,
    /// The workflow of the site.
    pub workflow: Workflow,
    /// The application at FusionAuth.
    pub application: Application,
    /// Whether sign-ins are bound to devices.
    pub device_binding: BindingPolicy,
    /// The names of FusionAuth's cookies with tokens, as the table of FusionAuth's host says.
    pub fusionauth_cookies: FusionAuthCookies,
    origin: Origin,
    fusionauth_origin: Origin,
    sibling: Option<Sibling>,
}

/// The backend's settings for FusionAuth, and the expected claims of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// FusionAuth's id of the application, which is the audience (`aud`) of its access tokens.
    pub id: String,
    /// The URL at which this server reaches FusionAuth, without a trailing slash.
    pub fusionauth_url: String,
    /// The issuer (`iss`) of the application's access tokens.
    pub issuer: String,
    /// FusionAuth's tenant, if there are several.
    pub tenant_id: Option<String>,
    /// FusionAuth's API key.
    pub api_key: Option<Secret>,
    /// How the server renews the application's tokens.
    pub refresh_method: RefreshMethod,
}

/// The site of the other application. Pages link to that site, and a registration also registers the user for that application.
#[derive(Debug)]
struct Sibling {
    origin: Origin,
    application_id: String,
}

/// A host at which browsers reach FusionAuth, through this server's proxy.
#[derive(Clone, Debug)]
pub struct FusionAuthSite {
    /// The origin that browsers use.
    pub origin: Origin,
    /// The URL at which this server reaches FusionAuth, without a trailing slash.
    pub fusionauth_url: String,
    /// The parent domain to which the proxy moves FusionAuth's cookies, for `spa-shared-domain`. Without a parent domain, the cookies belong
    /// to FusionAuth's host.
    pub cookie_domain: Option<String>,
    /// The names under which browsers keep FusionAuth's cookies with tokens.
    pub cookies: FusionAuthCookies,
    /// The sites of this host whose app calls FusionAuth. In the other workflows only backends call it, and need no proxy.
    pub sites: Vec<CallingSite>,
    /// Further paths that the proxy passes.
    pub pass: Vec<PathPattern>,
}

/// A site whose app in the browser calls FusionAuth: in `spa-local-storage` and `spa-shared-domain`.
#[derive(Clone, Debug)]
pub struct CallingSite {
    /// The origin of the site's pages.
    pub origin: Origin,
    /// The application: Store or Forums.
    pub app: App,
    /// The workflow of the site.
    pub workflow: Workflow,
    /// FusionAuth's id of the site's application.
    pub application_id: String,
    /// FusionAuth's tenant, if there are several.
    pub tenant_id: Option<String>,
}

/// The names under which browsers keep FusionAuth's cookies with tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FusionAuthCookies {
    /// Names of each application, such as `store.refresh_token`. A sign-in to one application leaves the sign-in to the other.
    #[default]
    PerApplication,
    /// FusionAuth's own names. A sign-in to one application overwrites the cookies of the other.
    AsPublished,
}

impl FusionAuthCookies {
    /// The names under which the browser of this application may keep FusionAuth's cookie `name`. The first one counts. FusionAuth's own
    /// name comes last, because a browser may still have a cookie from before its host had names of each application.
    pub fn names(self, app: App, name: &str) -> Vec<String> {
        match self {
            Self::PerApplication => vec![format!("{}.{name}", slug(app)), name.to_owned()],
            Self::AsPublished => vec![name.to_owned()],
        }
    }
}

/// All sites of a process. No two have the same host.
#[derive(Debug)]
pub struct Sites {
    /// The sites of the Store and of the Forums.
    pub applications: Vec<Arc<Site>>,
    /// The proxies in front of FusionAuth.
    pub fusionauth: Vec<FusionAuthSite>,
}

/// A `[[site]]` table of the configuration file, or the content of such a table on one line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteTable {
    origin: Origin,
    application: SiteKind,
    workflow: Option<Workflow>,
    application_id: Option<String>,
    sibling: Option<Origin>,
    fusionauth_origin: Option<Origin>,
    fusionauth_url: Option<String>,
    issuer: Option<String>,
    tenant_id: Option<String>,
    api_key: Option<Secret>,
    client_secret: Option<Secret>,
    cookie_domain: Option<String>,
    fusionauth_cookies: Option<FusionAuthCookies>,
    pass: Option<Vec<PathPattern>>,
    device_binding: Option<BindingPolicy>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SiteKind {
    Store,
    Forums,
    FusionAuth,
}

impl Site {
    /// The origin of this site. If its port is configured as `*`, the origin gets `port`, which the browser used.
    pub fn origin(&self, port: Option<u16>) -> String {
        self.origin.text(port)
    }

    /// The origin of the other application's site, if the configuration names that site as the sibling of this one.
    pub fn sibling_origin(&self, port: Option<u16>) -> Option<String> {
        self.sibling.as_ref().map(|it| it.origin.text(port))
    }

    /// FusionAuth's id of the other application, if this site has a sibling.
    pub fn sibling_application_id(&self) -> Option<&str> {
        self.sibling.as_ref().map(|it| it.application_id.as_str())
    }

    /// The name of this site's host, without a port and in lower case.
    pub fn host(&self) -> &str {
        self.origin.host()
    }

    /// The scheme by which browsers reach this site.
    pub fn scheme(&self) -> Scheme {
        self.origin.scheme()
    }

    /// Whether the server offers browsers to bind sign-ins to their devices.
    pub fn binds_sign_ins(&self) -> bool {
        self.device_binding != BindingPolicy::Off
    }

    /// The origin at which browsers reach FusionAuth.
    pub fn fusionauth_origin(&self) -> String {
        self.fusionauth_origin.text(None)
    }

    /// The FusionAuth origin that this site's app calls from the browser; `None` if it calls only its own backend.
    pub fn fusionauth_called_by_app(&self) -> Option<String> {
        app_calls_fusionauth(self.workflow).then(|| self.fusionauth_origin())
    }

    /// Checks two sites of one database. The database keeps sign-ins by application, and what belongs to users by FusionAuth's user ids.
    fn may_share_a_database_with(&self, other: &Self) -> Result<(), &'static str> {
        let (mine, others) = (&self.application, &other.application);
        let is_same = mine.id.eq_ignore_ascii_case(&others.id);
        match () {
            () if mine.fusionauth_url != others.fusionauth_url => Err("two values of `fusionauth_url`, whose users may have the same ids"),
            () if is_same && self.app != other.app => Err("the Store and the Forums have the same `application_id`"),
            () if is_same && mine.issuer != others.issuer => Err("the same `application_id`, but two values of `issuer`"),
            () if is_same && mine.tenant_id != others.tenant_id => Err("the same `application_id`, but two values of `tenant_id`"),
            () if is_same && takes_sign_ins_of(self.workflow, other.workflow) && self.device_binding != other.device_binding => {
                Err("the same `application_id`, but two values of `device_binding`, so that one accepts the other's sign-ins")
            }
            () => Ok(()),
        }
    }

    /// The configuration of the single-page app on this site, for a browser that has used this port.
    pub fn spa_config(&self, port: Option<u16>, contact: Option<&str>) -> SpaConfig {
        let fusionauth_url = match self.workflow {
            Workflow::SpaBackend => self.origin(port),
            Workflow::SpaLocalStorage | Workflow::SpaSharedDomain | Workflow::WebappJwt | Workflow::WebappSession => {
                self.fusionauth_origin()
            }
        };
        SpaConfig {
            app: self.app,
            workflow: self.workflow,
            fusionauth_url,
            application_id: self.application.id.clone(),
            // The app always has a link to the other application. If this site has no sibling, the link points to this site.
            sibling_url: self.sibling_origin(port).unwrap_or_else(|| self.origin(port)),
            contact: contact.map(str::to_owned),
        }
    }
}

impl Sites {
    /// The sites that the configuration lists, or else those of `shop/deploy/development.toml`.
    ///
    /// # Errors
    /// A message for the operator, if a site lacks a value, or two values contradict each other.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let sites = match config.sites.as_slice() {
            [] => Self::listed(&of_development(config.auth_port)?, config)?,
            tables => Self::listed(tables, config)?,
        };
        let mut hosts = BTreeSet::new();
        for origin in sites.origins() {
            ensure!(hosts.insert(origin.host()), "two sites have the host {}", origin.host());
        }
        for (at, site) in sites.applications.iter().enumerate() {
            for other in &sites.applications[..at] {
                site.may_share_a_database_with(other).map_err(|it| anyhow!("sites {} and {}: {it}", other.origin, site.origin))?;
            }
        }
        Ok(sites)
    }

    /// The application for `host`, which may contain a port.
    pub fn application(&self, host: &str) -> Option<&Arc<Site>> {
        self.applications.iter().find(|it| it.origin.is_of_host(host))
    }

    /// The first site of `app` in `workflow`.
    pub fn find(&self, app: App, workflow: Workflow) -> Option<&Arc<Site>> {
        self.applications.iter().find(|it| it.app == app && it.workflow == workflow)
    }

    /// The origins of all sites and proxies.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.applications.iter().map(|it| &it.origin).chain(self.fusionauth.iter().map(|it| &it.origin))
    }

    fn listed(tables: &[SiteTable], config: &Config) -> anyhow::Result<Self> {
        let mut sites = Self { applications: Vec::new(), fusionauth: Vec::new() };
        for table in tables {
            let in_site = || format!("site {}", table.origin);
            match table.application {
                SiteKind::Store if !config.app.serves(App::Store) => {}
                SiteKind::Forums if !config.app.serves(App::Forums) => {}
                SiteKind::Store => sites.applications.push(Arc::new(table.site(App::Store, tables, config).with_context(in_site)?)),
                SiteKind::Forums => sites.applications.push(Arc::new(table.site(App::Forums, tables, config).with_context(in_site)?)),
                SiteKind::FusionAuth => sites.fusionauth.push(table.fusionauth_site(tables, config).with_context(in_site)?),
            }
        }
        ensure!(!sites.applications.is_empty() || config.app == Apps::Auth, "no site has the application `store` or `forums`");
        // It makes the links of guests' orders, and an order's id is no secret.
        let is_long = config.encryption_secret.as_ref().is_none_or(|it| it.expose().chars().count() >= 32);
        ensure!(is_long, "`encryption_secret` is shorter than 32 characters");
        Ok(sites)
    }
}

/// The sites for development, with FusionAuth at this port.
fn of_development(auth_port: u16) -> anyhow::Result<Vec<SiteTable>> {
    #[derive(Deserialize)]
    struct File {
        site: Vec<SiteTable>,
    }
    let text = include_str!("../../../deploy/development.toml").replace("AUTH_PORT", &auth_port.to_string());
    Ok(toml::from_str::<File>(&text)?.site)
}

impl SiteTable {
    fn site(&self, app: App, tables: &[Self], config: &Config) -> anyhow::Result<Site> {
        let of_fusionauth = [
            ("cookie_domain", self.cookie_domain.is_some()),
            ("fusionauth_cookies", self.fusionauth_cookies.is_some()),
            ("pass", self.pass.is_some()),
        ];
        for (name, is_there) in of_fusionauth {
            ensure!(!is_there, "`{name}` belongs to a site with `application = \"fusionauth\"`");
        }
        let workflow = self.workflow.context("`workflow` is missing")?;
        let fusionauth_origin =
            self.fusionauth_origin.clone().context("`fusionauth_origin` is missing: the origin at which browsers reach FusionAuth")?;
        ensure!(
            self.origin.scheme() == Scheme::Http || fusionauth_origin.scheme() == Scheme::Https,
            "`fusionauth_origin` must begin with https, as the site's origin does"
        );
        ensure!(
            !app_calls_fusionauth(workflow) || self.origin.is_same_site(&fusionauth_origin),
            "`fusionauth_origin` must have the scheme and the registrable domain of the site, because browsers send FusionAuth's \
             `SameSite` cookies only then"
        );
        let application = Application {
            id: self.application_id()?,
            fusionauth_url: self.fusionauth_url(config)?,
            issuer: self.issuer.clone().unwrap_or_else(|| config.issuer.clone()),
            tenant_id: self.tenant_id(config),
            api_key: self.api_key.clone().or_else(|| config.fusionauth_api_key.clone()),
            refresh_method: config.refresh_method(self.client_secret.clone().or_else(|| config.client_secret(app).cloned())),
        };
        let sibling = self.sibling.as_ref().map(|origin| self.sibling(origin, app, tables)).transpose()?;
        ensure!(app == App::Store || sibling.is_some(), "`sibling` is missing: the origin of the Store, where users register");
        let device_binding = self.device_binding(workflow)?;
        ensure!(
            device_binding != BindingPolicy::Required || config.encryption_secret.is_some() || application.api_key.is_some(),
            "`device_binding = \"required\"` needs `encryption_secret`, which encrypts refresh tokens in cookies"
        );
        let fusionauth = tables.iter().find(|it| it.application == SiteKind::FusionAuth && it.origin.host() == fusionauth_origin.host());
        let fusionauth_cookies = fusionauth.and_then(|it| it.fusionauth_cookies).unwrap_or_default();
        Ok(Site { app, workflow, application, device_binding, fusionauth_cookies, origin: self.origin.clone(), fusionauth_origin, sibling })
    }

    fn device_binding(&self, workflow: Workflow) -> anyhow::Result<BindingPolicy> {
        let policy = self.device_binding.unwrap_or_default();
        if policy != BindingPolicy::Off {
            let sets_cookies = matches!(workflow, Workflow::SpaBackend | Workflow::WebappJwt | Workflow::WebappSession);
            ensure!(sets_cookies, "`device_binding` needs the workflow `spa-backend`, `webapp-jwt` or `webapp-session`");
            // Browsers ignore device-bound sessions over http, and the browser's key belongs to one origin.
            ensure!(
                self.origin.scheme() == Scheme::Https && !self.origin.has_port_as_requested(),
                "`device_binding` needs an https origin without `*`"
            );
        }
        Ok(policy)
    }

    fn sibling(&self, origin: &Origin, app: App, tables: &[Self]) -> anyhow::Result<Sibling> {
        let found = tables.iter().find(|it| it.origin == *origin).with_context(|| format!("`sibling`: no site has the origin {origin}"))?;
        let expected = if app == App::Store { SiteKind::Forums } else { SiteKind::Store };
        ensure!(found.application == expected, "`sibling`: {origin} is not the other application");
        let application_id = found.application_id.clone().with_context(|| format!("`sibling`: {origin} has no `application_id`"))?;
        // A token's audience is an application id. If both applications had the same id, the Store would accept the Forums' tokens.
        let is_own = self.application_id.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(&application_id));
        ensure!(!is_own, "`sibling`: {origin} has the same `application_id`");
        Ok(Sibling { origin: origin.clone(), application_id })
    }

    fn fusionauth_site(&self, tables: &[Self], config: &Config) -> anyhow::Result<FusionAuthSite> {
        let of_applications = [
            ("workflow", self.workflow.is_some()),
            ("application_id", self.application_id.is_some()),
            ("sibling", self.sibling.is_some()),
            ("fusionauth_origin", self.fusionauth_origin.is_some()),
            ("issuer", self.issuer.is_some()),
            ("tenant_id", self.tenant_id.is_some()),
            ("api_key", self.api_key.is_some()),
            ("client_secret", self.client_secret.is_some()),
            ("device_binding", self.device_binding.is_some()),
        ];
        if let Some((name, _)) = of_applications.into_iter().find(|(_, is_there)| *is_there) {
            bail!("`{name}` belongs to a site with `application = \"store\"` or `\"forums\"`");
        }
        if let Some(domain) = &self.cookie_domain {
            let is_below = self.origin.host().strip_suffix(domain.as_str()).is_some_and(|it| it.ends_with('.'));
            ensure!(is_below, "`cookie_domain` must be a parent of {}", self.origin.host());
            ensure!(registrable_domain(domain).is_some(), "`cookie_domain` is a public suffix, for which browsers keep no cookies");
        }
        let of_this_host = tables.iter().filter(|it| it.fusionauth_origin.as_ref().is_some_and(|it| it.host() == self.origin.host()));
        let calling = of_this_host.filter_map(|it| it.calling_site(config).transpose());
        let sites = calling.collect::<anyhow::Result<Vec<CallingSite>>>()?;
        let has = |workflow| sites.iter().any(|it| it.workflow == workflow);
        let cookies = self.fusionauth_cookies.unwrap_or_default();
        ensure!(
            !sites.is_empty() || self.fusionauth_cookies.is_none(),
            "`fusionauth_cookies` belongs to a host that apps in the browser call"
        );
        if !sites.is_empty() {
            let is_shared = has(Workflow::SpaSharedDomain);
            ensure!(
                is_shared == self.cookie_domain.is_some(),
                "`cookie_domain` belongs to the host of `spa-shared-domain`, which needs it"
            );
            ensure!(!is_shared || !has(Workflow::SpaLocalStorage), "`spa-local-storage` needs a host without `cookie_domain`");
        }
        let has_two_ids = |(at, it): (usize, &CallingSite)| {
            sites[..at].iter().any(|other| other.app == it.app && !other.application_id.eq_ignore_ascii_case(&it.application_id))
        };
        ensure!(
            cookies == FusionAuthCookies::AsPublished || !sites.iter().enumerate().any(has_two_ids),
            "two sites have the same `application`, but two values of `application_id`: their cookies would have the same names; set \
             `fusionauth_cookies = \"as-published\"`"
        );
        Ok(FusionAuthSite {
            cookies,
            origin: self.origin.clone(),
            fusionauth_url: self.fusionauth_url(config)?,
            cookie_domain: self.cookie_domain.clone(),
            sites,
            pass: self.pass.clone().unwrap_or_default(),
        })
    }

    /// This site, if its app calls FusionAuth.
    fn calling_site(&self, config: &Config) -> anyhow::Result<Option<CallingSite>> {
        let app = match self.application {
            SiteKind::Store => App::Store,
            SiteKind::Forums => App::Forums,
            SiteKind::FusionAuth => return Ok(None),
        };
        let Some(workflow) = self.workflow.filter(|it| app_calls_fusionauth(*it)) else { return Ok(None) };
        Ok(Some(CallingSite {
            origin: self.origin.clone(),
            app,
            workflow,
            application_id: self.application_id()?,
            tenant_id: self.tenant_id(config),
        }))
    }

    fn application_id(&self) -> anyhow::Result<String> {
        self.application_id.clone().filter(|it| !it.is_empty()).context("`application_id` is missing")
    }

    fn tenant_id(&self, config: &Config) -> Option<String> {
        self.tenant_id.clone().or_else(|| config.tenant_id.clone())
    }

    fn fusionauth_url(&self, config: &Config) -> anyhow::Result<String> {
        match &self.fusionauth_url {
            Some(url) => base_url(url).map_err(anyhow::Error::msg).context("`fusionauth_url`"),
            None => Ok(config.fusionauth_url.clone()),
        }
    }
}

impl FromStr for SiteTable {
    type Err = String;

    /// Reads the content of a TOML inline table, such as `origin = "https://shop.example.com", application = "store"`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        #[derive(Deserialize)]
        struct Line {
            site: SiteTable,
        }
        let line: Line = toml::from_str(&format!("site = {{ {text} }}")).map_err(|error| error.message().to_owned())?;
        Ok(line.site)
    }
}

fn app_calls_fusionauth(workflow: Workflow) -> bool {
    match workflow {
        Workflow::SpaLocalStorage | Workflow::SpaSharedDomain => true,
        Workflow::SpaBackend | Workflow::WebappJwt | Workflow::WebappSession => false,
    }
}

/// Whether two sites of one application in these workflows may accept the cookies or the tokens of each other's sign-ins. The app's workflows
/// have no device binding, and their tokens come from FusionAuth, which renews a plain refresh token for anybody. Under `required`, no
/// cookie holds one, and the site refuses the tokens of sign-ins that no backend has begun.
fn takes_sign_ins_of(one: Workflow, other: Workflow) -> bool {
    !app_calls_fusionauth(one) && !app_calls_fusionauth(other)
}

/// The name of an application in host names, logs and `User-Agent`.
pub fn slug(app: App) -> &'static str {
    match app {
        App::Store => "store",
        App::Forums => "forums",
    }
}

/// The other application.
pub fn other_app(app: App) -> App {
    match app {
        App::Store => App::Forums,
        App::Forums => App::Store,
    }
}
