use serde::{Deserialize, Serialize};

/// What the documentation leaves open, as switches: a client should survive each. `docs/emulator.md` says for each what is
/// known. [`Answers::default`] is what speaks for itself most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Answers {
    /// `POST /api/jwt/refresh` with a token that is expired, revoked or unknown.
    pub refresh_failure: RefreshFailure,
    /// `POST /api/jwt/refresh` without any token.
    pub refresh_without_token: RefreshFailure,
    /// `POST /api/jwt/refresh` for an application that does not allow it.
    pub refresh_not_allowed: RefreshFailure,
    /// The cookies of a refresh that failed.
    pub failed_refresh_cookies: FailedRefreshCookies,
    /// The `Max-Age` of the refresh cookie that a refresh sends under the `Fixed` policy.
    pub fixed_max_age: FixedMaxAge,
    /// The `SameSite` attribute of the cookies.
    pub same_site: SameSite,
    /// Whether 212 and 213 hold an access token.
    pub unverified_token: UnverifiedToken,
    /// What happens to a foreign request while CORS is off.
    pub cors_off: CorsOff,
}

/// A status for a refresh that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshFailure {
    /// 400 with FusionAuth's `Errors`: the API page and transcripts since 1.17.5.
    #[default]
    #[serde(rename = "400")]
    Status400,
    /// 401 without a body: the API page before February 2021.
    #[serde(rename = "401")]
    Status401,
    /// 404 without a body: the workflow articles.
    #[serde(rename = "404")]
    Status404,
}

/// What a failed refresh does with the cookies that came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailedRefreshCookies {
    /// They stay.
    #[default]
    Keep,
    /// They are deleted.
    Clear,
}

/// How long a browser keeps a refresh cookie that was sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixedMaxAge {
    /// As long as a new one.
    #[default]
    Full,
    /// As long as the token still lives.
    Remaining,
}

/// The `SameSite` attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// Seen in 1.17.
    #[default]
    Lax,
    /// "Most cookies Strict or Lax", says the reference.
    Strict,
}

/// Whether somebody with an unverified address gets an access token with the 212.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnverifiedToken {
    /// No.
    #[default]
    Absent,
    /// Yes; never a refresh token.
    Present,
}

/// The CORS filter while it is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CorsOff {
    /// The request is handled, without CORS headers: the browser hides the answer.
    #[default]
    Headerless,
    /// 403: "all CORS requests denied".
    Denied,
}
