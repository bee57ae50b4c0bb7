//! The choice whether a user is still signed in after the browser was closed.

/// How long a sign-in lasts; see [`Session::keep_signed_in`](crate::Session::keep_signed_in).
///
/// With [`KeepSignedIn::No`] the session ends when the browser is closed. The next page that the user opens signs out before it sends the
/// stored token, and asks FusionAuth to revoke the refresh token. The page learns that the browser was closed from a missing session cookie
/// on its own host. The cookie has the name of the session's key in local storage and is not `HttpOnly`. A browser that restores its last
/// session at the start keeps session cookies, so the user is still signed in there. FusionAuth's cookie remains in the browser until that
/// next page, because no page can shorten its life.
///
/// With [`TokenStorage::BackendCookies`](crate::TokenStorage::BackendCookies) the backend sets the cookies: the body of each sign-in has
/// `keepSignedIn`. If it is `false`, the backend must set them without `Max-Age`, also when it renews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepSignedIn {
    /// The sign-in ends when the browser is closed.
    No,
    /// The sign-in lasts until the refresh token expires, even if the browser is closed.
    Yes,
}
