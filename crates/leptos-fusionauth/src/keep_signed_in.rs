//! The choice whether a sign-in outlives the browser.

/// How long a sign-in lasts; see [`Session::keep_signed_in`](crate::Session::keep_signed_in).
///
/// With [`KeepSignedIn::No`] the session ends with the browser. After the browser was closed, the next page signs out before it sends the
/// stored token, and asks FusionAuth to revoke the refresh token. The page recognises a closed browser by a missing session cookie on its
/// own host, which has the name of the session's key in local storage and is not `HttpOnly`. A browser that restores its last session at
/// the start keeps such cookies, so the sign-in continues there. FusionAuth's cookie remains in the browser until that next page, because
/// no page can shorten its life.
///
/// With [`TokenStorage::BackendCookies`](crate::TokenStorage::BackendCookies) the backend sets the cookies: the body of each sign-in has
/// `keepSignedIn`. If it is `false`, the backend must set them without `Max-Age`, also when it renews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepSignedIn {
    /// The sign-in ends with the browser.
    No,
    /// The sign-in outlives the browser, until the refresh token expires.
    Yes,
}
