//! Names and URLs of the applications that a journey opens.

use crate::tls::Scheme;
use storefront_api::Workflow;

/// An application at FusionAuth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// The application with products and a cart.
    Store,
    /// The application with posts.
    Forums,
}

impl Application {
    /// The application's id at FusionAuth.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Store => "10000000-0000-0000-0000-000000000001",
            Self::Forums => "10000000-0000-0000-0000-000000000002",
        }
    }

    /// The first label of the application's host.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Forums => "forums",
        }
    }

    pub(crate) fn from_id(id: &str) -> Option<Self> {
        [Self::Store, Self::Forums].into_iter().find(|application| application.id() == id)
    }
}

/// The origin of an application in a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    pub(crate) workflow: Workflow,
    pub(crate) application: Application,
    pub(crate) port: u16,
}

impl Site {
    /// The site's origin, such as `http://store.spa-local-storage.localhost:8080`. The scheme is that of the run.
    pub fn origin(self) -> String {
        format!("{}://{}", Scheme::of_browsers(), self.host())
    }

    /// The URL of a path.
    pub fn url(self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// The site's `Host` header.
    pub fn host(self) -> String {
        format!("{}:{}", self.name(), self.port)
    }

    /// The site's host without the port. Cookies belong to this host.
    pub fn name(self) -> String {
        format!("{}.{}.localhost", self.application.name(), self.workflow.slug())
    }

    /// The site's port.
    pub(crate) const fn port(self) -> u16 {
        self.port
    }

    /// The same site on another port, such as a proxy's port.
    pub(crate) const fn on_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}
