//! Names and URLs of the applications that a journey opens.

use crate::tls::Scheme;
use storefront_api::Workflow;

/// An application at FusionAuth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// Products and a cart.
    Store,
    /// Posts.
    Forums,
}

impl Application {
    /// Its id at FusionAuth.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Store => "10000000-0000-0000-0000-000000000001",
            Self::Forums => "10000000-0000-0000-0000-000000000002",
        }
    }

    /// The first label of its host.
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
    /// Its origin, such as `http://store.spa-local-storage.localhost:8080`, or with `https`.
    pub fn origin(self) -> String {
        format!("{}://{}", Scheme::of_browsers(), self.host())
    }

    /// The URL of a path.
    pub fn url(self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Its `Host` header.
    pub fn host(self) -> String {
        format!("{}:{}", self.name(), self.port)
    }

    /// Its host without the port. Cookies belong to this.
    pub fn name(self) -> String {
        format!("{}.{}.localhost", self.application.name(), self.workflow.slug())
    }

    /// Its port.
    pub(crate) const fn port(self) -> u16 {
        self.port
    }

    /// The same site on another port, such as that of a proxy.
    pub(crate) const fn on_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}
