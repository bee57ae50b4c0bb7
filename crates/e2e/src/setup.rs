//! The options of a journey.

use storefront_api::Workflow;

/// The options with which a journey starts its servers and its browser.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The workflow whose hosts the journey uses.
    pub(crate) workflow: Workflow,
    pub(crate) script: Script,
    /// Additional flags of `storefront-server`.
    pub(crate) flags: &'static [&'static str],
}

/// Whether the browser runs the scripts of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    On,
    Off,
}

impl Setup {
    /// The same options as `cargo xtask serve` has.
    pub const fn of(workflow: Workflow) -> Self {
        Self { workflow, script: Script::On, flags: &[] }
    }

    /// With a browser that runs no scripts, as users can choose in Chromium's settings.
    #[must_use]
    pub const fn without_script(self) -> Self {
        Self { script: Script::Off, ..self }
    }

    /// With additional flags of `storefront-server`.
    #[must_use]
    pub const fn with_flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }
}
