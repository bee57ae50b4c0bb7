//! Verification of an email address (<https://fusionauth.io/docs/apis/users/verify-email>) and of a registration
//! (<https://fusionauth.io/docs/apis/registrations>): by the id in a mailed link, or by an id and a code that the user types into a form.

use serde::Serialize;

/// What a verification is about: an email or a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The user's email, after a login that was answered 212.
    Email,
    /// The user's registration for the application, after a login that was answered 213.
    Registration,
}

impl Verified {
    /// FusionAuth's path. `POST` verifies, and `PUT` sends the message again.
    pub fn path(self) -> &'static str {
        match self {
            Self::Email => "/api/user/verify-email",
            Self::Registration => "/api/user/verify-registration",
        }
    }
}

/// The body of the `POST`. This type has no `Debug`, because it contains a one-time id and a code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyRequest<'a> {
    /// The id from the link, or from the answer to a login.
    pub verification_id: &'a str,
    /// The code that the user typed, if the tenant sends codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_code: Option<&'a str>,
}

/// The result of [`VerifyRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyOutcome {
    /// 200.
    Verified,
    /// 400: the code is wrong.
    WrongCode,
    /// 404: the id is unknown, was used, or is too old.
    Expired,
    /// Any other status.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl VerifyOutcome {
    /// Reads the status of an answer.
    pub fn from_status(status: u16) -> Self {
        match status {
            200 => Self::Verified,
            400 => Self::WrongCode,
            404 => Self::Expired,
            _ => Self::Unavailable { status },
        }
    }
}

/// The result of requesting the message again.
#[derive(Clone, PartialEq, Eq)]
pub enum ResendOutcome {
    /// 200 or 404: if the user exists, the message is on its way. The two statuses share this variant, so that a caller cannot find out
    /// whether an account exists.
    Accepted {
        /// The id to send with the code, if the message contains a code.
        verification_id: Option<String>,
    },
    /// 403: the tenant verifies no emails, or the application verifies no registrations.
    NotConfigured,
    /// 429: too many messages for this user.
    TooMany,
    /// Any other status; try again later.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl ResendOutcome {
    /// Reads the status of an answer.
    pub fn from_status(status: u16, verification_id: Option<String>) -> Self {
        match status {
            200 => Self::Accepted { verification_id },
            404 => Self::Accepted { verification_id: None },
            403 => Self::NotConfigured,
            429 => Self::TooMany,
            _ => Self::Unavailable { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_verifies() {
        for status in 100..600 {
            assert_eq!(VerifyOutcome::from_status(status) == VerifyOutcome::Verified, status == 200, "{status}");
        }
    }

    #[test]
    fn nobody_learns_who_has_an_account() {
        assert!(ResendOutcome::from_status(404, None) == ResendOutcome::from_status(200, None));
    }
}
