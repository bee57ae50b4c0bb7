use storefront_api::Workflow;

/// What a journey starts with.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Whose hosts the world's sites are.
    pub(crate) workflow: Workflow,
    pub(crate) script: Script,
    /// Of `storefront-server`.
    pub(crate) flags: &'static [&'static str],
}

/// Whether the browser runs the scripts of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    On,
    Off,
}

impl Setup {
    /// Only what `cargo xtask serve` does, too.
    pub const fn of(workflow: Workflow) -> Self {
        Self { workflow, script: Script::On, flags: &[] }
    }

    /// With a browser that runs no script, as its user can choose in Chromium's settings.
    #[must_use]
    pub const fn without_script(self) -> Self {
        Self { script: Script::Off, ..self }
    }

    /// With these flags of `storefront-server`.
    #[must_use]
    pub const fn with_flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }
}
