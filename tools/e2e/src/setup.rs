//! The options of a journey.

use storefront_api::Workflow;

/// The options with which a journey starts its servers and its browser.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The workflow of the hosts that the journey uses.
    pub(crate) workflow: Workflow,
    pub(crate) script: Script,
    pub(crate) device_binding: DeviceBinding,
    pub(crate) fusionauth_cookies: FusionAuthCookies,
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

/// The names under which the browser keeps FusionAuth's cookies, in the workflows whose app calls FusionAuth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FusionAuthCookies {
    /// A name of each application. The browser reaches FusionAuth through the auth proxy.
    PerApplication,
    /// FusionAuth's own names. In `spa-local-storage` the browser reaches FusionAuth without a proxy.
    AsPublished,
}

impl Setup {
    /// The same options that `cargo xtask serve` uses, except that journeys of `spa-local-storage` have no auth proxy.
    pub const fn of(workflow: Workflow) -> Self {
        let fusionauth_cookies = match workflow {
            Workflow::SpaSharedDomain => FusionAuthCookies::PerApplication,
            Workflow::SpaLocalStorage | Workflow::SpaBackend | Workflow::WebappJwt | Workflow::WebappSession => {
                FusionAuthCookies::AsPublished
            }
        };
        Self { workflow, script: Script::On, device_binding: DeviceBinding::Off, fusionauth_cookies, flags: &[] }
    }

    /// Chooses the names of FusionAuth's cookies.
    #[must_use]
    pub const fn with_fusionauth_cookies(self, fusionauth_cookies: FusionAuthCookies) -> Self {
        Self { fusionauth_cookies, ..self }
    }

    /// Whether browsers reach FusionAuth through the auth proxy.
    pub(crate) fn has_auth_proxy(&self) -> bool {
        match self.workflow {
            Workflow::SpaSharedDomain => true,
            Workflow::SpaLocalStorage => self.fusionauth_cookies == FusionAuthCookies::PerApplication,
            Workflow::SpaBackend | Workflow::WebappJwt | Workflow::WebappSession => false,
        }
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
