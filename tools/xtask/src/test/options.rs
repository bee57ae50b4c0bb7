//! The options of `cargo xtask test`, and the context that every step gets.

use crate::setup::{Browser, Browsers, Engine, TestEnvironment};
use anyhow::Context as _;
use std::sync::OnceLock;

pub(super) struct Options {
    pub(super) extent: Extent,
    pub(super) filter: Option<String>,
    pub(super) auth_port: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    CoreAndRest,
    Core,
    Group(&'static str),
    Suite(Suite),
    All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Suite {
    Unit,
    Browser,
    Journeys,
}

impl Suite {
    pub(super) fn from_name(name: &str) -> Result<Self, String> {
        let suites = [Self::Unit, Self::Browser, Self::Journeys];
        suites.into_iter().find(|suite| suite.name() == name).ok_or_else(|| format!("`{name}` is none of unit, browser, journeys"))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Browser => "browser",
            Self::Journeys => "journeys",
        }
    }
}

impl Options {
    /// Whether the core's part of this suite runs.
    pub(super) fn has(&self, suite: Suite) -> bool {
        match self.extent {
            Extent::CoreAndRest | Extent::Core | Extent::All => true,
            Extent::Group(_) => false,
            Extent::Suite(only) => only == suite,
        }
    }

    /// Whether the programs of this suite are needed, for its core or for a group.
    pub(super) fn builds(&self, suite: Suite) -> bool {
        matches!(self.extent, Extent::Group(_)) || self.has(suite)
    }
}

/// The context that every step gets.
pub(super) struct Context<'a> {
    pub(super) options: &'a Options,
    pub(super) environment: &'a TestEnvironment,
    /// Set once [`wasm_tools`](crate::wasm_tools) has ended: whether it has built them.
    pub(super) has_wasm_tools: OnceLock<bool>,
    /// Set once Firefox's driver is compiled: all browsers.
    pub(super) with_firefox: OnceLock<Browsers>,
}

impl Context<'_> {
    pub(super) fn filter(&self) -> Option<&str> {
        self.options.filter.as_deref()
    }

    pub(super) fn chromium(&self) -> anyhow::Result<&Browser> {
        self.browser(Engine::Chromium).with_context(|| Engine::Chromium.how_to_get())
    }

    pub(super) fn browsers(&self) -> &Browsers {
        self.with_firefox.get().unwrap_or(&self.environment.browsers)
    }

    pub(super) fn browser(&self, engine: Engine) -> Option<&Browser> {
        self.browsers().get(engine)
    }
}
