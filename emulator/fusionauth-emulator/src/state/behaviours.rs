//! Settings for behaviours that FusionAuth's documentation leaves open.

use serde::{Deserialize, Serialize};

/// How the emulator behaves where FusionAuth's documentation says nothing. A client should work with every value. `docs/emulator.md`
/// says what is known about each setting, and [`Behaviours::default`] has the most likely values.
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
    /// Whether a failed refresh deletes the request's cookies.
    pub failed_refresh_cookies: FailedRefreshCookies,
    /// The `Max-Age` of the refresh cookie that a refresh sends under the `Fixed` policy.
    pub fixed_max_age: FixedMaxAge,
    /// The `SameSite` attribute of the cookies.
    pub same_site: SameSite,
    /// Whether the answers 212 and 213, for a user who must verify an email or a registration, contain an access token.
    pub unverified_token: UnverifiedToken,
    /// The answer to a request from a page of another origin while CORS is off.
    pub cors_off: CorsOff,
}

/// The status of a failed refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshFailure {
    /// 400 with FusionAuth's `Errors`, as in FusionAuth's API documentation and in public transcripts since version 1.17.5.
    #[default]
    #[serde(rename = "400")]
    Status400,
    /// 401 without a body, as in FusionAuth's API documentation before February 2021.
    #[serde(rename = "401")]
    Status401,
    /// 404 without a body, as in FusionAuth's articles about login workflows.
    #[serde(rename = "404")]
    Status404,
}

/// Whether a failed refresh deletes the request's cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailedRefreshCookies {
    /// The browser keeps the cookies.
    #[default]
    Keep,
    /// The answer deletes the cookies.
    Clear,
}

/// The `Max-Age` of the refresh-token cookie that a refresh sends under the policy `Fixed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixedMaxAge {
    /// The full lifetime, as for a new token.
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

/// Whether the answers 212 and 213, for a user who must verify an email or a registration, contain an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnverifiedToken {
    /// Neither the body nor a cookie contains a token.
    #[default]
    Absent,
    /// The body and a cookie contain an access token. Neither contains a refresh token.
    Present,
}

/// How requests from pages of other origins are treated while CORS is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CorsOff {
    /// The request is handled without CORS headers, so the browser hides the answer from the page.
    #[default]
    Headerless,
    /// The request is answered 403: "all CORS requests denied".
    Denied,
}
