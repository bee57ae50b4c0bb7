//! Choices between behaviours where FusionAuth's documentation leaves a question open.

use serde::{Deserialize, Serialize};

/// How the emulator behaves where FusionAuth's documentation says nothing. A client should work with each value. `docs/emulator.md` says
/// what is known about each, and [`Behaviours::default`] has the most likely ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Behaviours {
    /// The answer to `POST /api/jwt/refresh` with a token that is expired, revoked or unknown.
    pub refresh_failure: RefreshFailure,
    /// The answer to `POST /api/jwt/refresh` without a token.
    pub refresh_without_token: RefreshFailure,
    /// The answer to `POST /api/jwt/refresh` for an application that does not allow it.
    pub refresh_not_allowed: RefreshFailure,
    /// The effect of a failed refresh on the request's cookies.
    pub failed_refresh_cookies: FailedRefreshCookies,
    /// The `Max-Age` of the refresh cookie that a refresh sends under the `Fixed` policy.
    pub fixed_max_age: FixedMaxAge,
    /// The `SameSite` attribute of the cookies.
    pub same_site: SameSite,
    /// Whether 212 and 213 hold an access token.
    pub unverified_token: UnverifiedToken,
    /// The answer to a request of another origin while CORS is off.
    pub cors_off: CorsOff,
}

/// The status of a failed refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshFailure {
    /// 400 with FusionAuth's `Errors`, as the API page and transcripts since 1.17.5 have it.
    #[default]
    #[serde(rename = "400")]
    Status400,
    /// 401 without a body, as the API page had it before February 2021.
    #[serde(rename = "401")]
    Status401,
    /// 404 without a body, as the workflow articles have it.
    #[serde(rename = "404")]
    Status404,
}

/// Whether a failed refresh deletes the request's cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailedRefreshCookies {
    /// The cookies stay.
    #[default]
    Keep,
    /// The cookies are deleted.
    Clear,
}

/// How long a browser keeps a refresh-token cookie that was sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixedMaxAge {
    /// The lifetime of a new cookie.
    #[default]
    Full,
    /// The remaining lifetime of the token.
    Remaining,
}

/// The `SameSite` attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// `Lax`, as observed in version 1.17.
    #[default]
    Lax,
    /// `Strict`. FusionAuth's reference says: "most cookies Strict or Lax".
    Strict,
}

/// Whether the answers 212 and 213, for a user who must verify something, hold an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnverifiedToken {
    /// Neither the body nor a cookie holds a token.
    #[default]
    Absent,
    /// The body and a cookie hold an access token. They never hold a refresh token.
    Present,
}

/// The CORS filter's behaviour while it is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CorsOff {
    /// The request is handled without CORS headers, so the browser hides the answer from the page.
    #[default]
    Headerless,
    /// The request is answered 403: "all CORS requests denied".
    Denied,
}
