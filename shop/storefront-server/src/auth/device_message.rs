//! The messages about sign-ins that are bound to a device.

use storefront_messages::t;

/// Why a request with the cookies of a sign-in is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceMessage {
    /// The browser could not prove that it is the device to which the sign-in is bound.
    NotThisDevice,
    /// The same, but the browser will try again.
    NotProvedYet,
    /// The site accepts only browsers that bind a sign-in to the device.
    KeyRequired,
}

impl DeviceMessage {
    /// The text.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::NotThisDevice => {
                t!("Your browser couldn't confirm that this is the device you signed in on. Sign in again to continue.")
            }
            Self::NotProvedYet => {
                t!("Your browser couldn't confirm yet that this is the device you signed in on. Try again in a moment.")
            }
            Self::KeyRequired => {
                t!("This site needs a browser that can tie your sign-in to this device, such as Chrome on Windows. Use one to sign in.")
            }
        }
    }
}
