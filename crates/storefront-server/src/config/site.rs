//! Sites: which application in which workflow a host name stands for, and the addresses that its pages need.
//!
//! One server answers for ten sites. The name is the only thing that tells them apart, so no other file knows how it is made.

use crate::{config::Config, http::host::without_port};
use storefront_api::{App, SpaConfig, WORKFLOWS, Workflow};

/// One application in one workflow, which has a host name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Which application.
    pub app: App,
    /// Its workflow.
    pub workflow: Workflow,
}

impl Site {
    /// Reads `store.<workflow>.localhost` or `forums.<workflow>.localhost`, in any case, with or without a port. Any other host is no
    /// site.
    pub fn from_host(host: &str) -> Option<Self> {
        let name = without_port(host).to_ascii_lowercase();
        let (app, rest) = name.split_once('.')?;
        let app = match app {
            "store" => App::Store,
            "forums" => App::Forums,
            _ => return None,
        };
        let workflow = WORKFLOWS.into_iter().find(|it| rest.strip_suffix(".localhost") == Some(it.slug()))?;
        Some(Self { app, workflow })
    }

    /// The origin of this site on the port that the browser used.
    pub fn origin(self, port: Option<u16>) -> String {
        with_port(format!("http://{}.{}.localhost", slug(self.app), self.workflow.slug()), port)
    }

    /// The same workflow's other application.
    pub fn sibling(self) -> Self {
        let app = match self.app {
            App::Store => App::Forums,
            App::Forums => App::Store,
        };
        Self { app, ..self }
    }

    /// FusionAuth's origin as the browser sees it.
    pub fn fusionauth_origin(self, config: &Config) -> String {
        with_port(format!("http://auth.{}.localhost", self.workflow.slug()), Some(config.auth_port))
    }

    /// The FusionAuth origin that this site's app calls from the browser; `None` if it calls only its own backend.
    pub fn fusionauth_called_by_app(self, config: &Config) -> Option<String> {
        matches!(self.workflow, Workflow::SpaLocalStorage | Workflow::SpaSharedDomain).then(|| self.fusionauth_origin(config))
    }

    /// The configuration of the single-page app on this site. `port` is the one that the browser used, which differs from this server's
    /// own if a proxy stands between.
    pub fn spa_config(self, config: &Config, port: Option<u16>) -> SpaConfig {
        let fusionauth_url = match self.workflow {
            Workflow::SpaBackend => self.origin(port),
            Workflow::SpaLocalStorage | Workflow::SpaSharedDomain | Workflow::WebappJwt | Workflow::WebappSession => {
                self.fusionauth_origin(config)
            }
        };
        SpaConfig {
            app: self.app,
            workflow: self.workflow,
            fusionauth_url,
            application_id: config.application_id(self.app).to_owned(),
            sibling_url: self.sibling().origin(port),
        }
    }
}

/// The name of an application in host names, logs and `User-Agent`.
pub fn slug(app: App) -> &'static str {
    match app {
        App::Store => "store",
        App::Forums => "forums",
    }
}

/// Browsers leave the port out of an origin if it is the scheme's own.
fn with_port(origin: String, port: Option<u16>) -> String {
    match port {
        None | Some(80) => origin,
        Some(port) => format!("{origin}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_the_site() {
        let site = |app| Some(Site { app, workflow: Workflow::SpaLocalStorage });
        for (host, expected) in [
            ("store.spa-local-storage.localhost:8080", site(App::Store)),
            ("forums.spa-local-storage.localhost", site(App::Forums)),
            ("STORE.SPA-local-storage.LOCALHOST:1", site(App::Store)),
            ("auth.spa-local-storage.localhost:8080", None),
            ("store.localhost:8080", None),
            ("store.unknown.localhost:8080", None),
            ("store.spa-local-storage.localhost.evil.example", None),
            ("store.spa-local-storage.example", None),
            ("a.store.spa-local-storage.localhost", None),
            ("localhost:8080", None),
            ("127.0.0.1:8080", None),
            ("[::1]:8080", None),
            ("", None),
        ] {
            assert_eq!(Site::from_host(host), expected, "{host}");
        }
    }

    #[test]
    fn every_workflow_has_its_hosts() {
        for workflow in WORKFLOWS {
            for app in [App::Store, App::Forums] {
                let site = Site { app, workflow };
                assert_eq!(Site::from_host(site.origin(Some(8080)).strip_prefix("http://").unwrap()), Some(site));
            }
        }
    }

    #[test]
    fn origins_keep_the_port_that_the_browser_used() {
        let site = Site { app: App::Store, workflow: Workflow::SpaLocalStorage };
        assert_eq!(site.sibling().origin(Some(8081)), "http://forums.spa-local-storage.localhost:8081");
        assert_eq!(site.origin(None), "http://store.spa-local-storage.localhost");
        assert_eq!(site.origin(Some(80)), "http://store.spa-local-storage.localhost");
    }
}
