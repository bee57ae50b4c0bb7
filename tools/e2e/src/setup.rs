//! The options of a journey.

use storefront_api::Workflow;

/// The options with which a journey starts its servers and its browser.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The workflow of the hosts that the journey uses.
    pub(crate) workflow: Workflow,
    pub(crate) script: Script,
    pub(crate) device_binding: DeviceBinding,
    /// Additional flags of `storefront-server`.
    pub(crate) flags: &'static [&'static str],
}

/// Whether the browser runs the scripts of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    On,
    Off,
}

/// Whether the server offers browsers to bind a sign-in to the device, in the workflows that can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceBinding {
    Off,
    /// Only over https, because browsers ignore the offer otherwise.
    Offered,
}

impl Setup {
    /// The same options that `cargo xtask serve` uses.
    pub const fn of(workflow: Workflow) -> Self {
        Self { workflow, script: Script::On, device_binding: DeviceBinding::Off, flags: &[] }
    }

    /// Makes the browser run no scripts, as users can choose in Chromium's settings.
    #[must_use]
    pub const fn without_script(self) -> Self {
        Self { script: Script::Off, ..self }
    }

    /// Makes the server offer browsers to bind a sign-in to the device.
    #[must_use]
    pub const fn with_device_binding(self) -> Self {
        Self { device_binding: DeviceBinding::Offered, ..self }
    }

    /// Sets the additional flags of `storefront-server`.
    #[must_use]
    pub const fn with_flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }
}
