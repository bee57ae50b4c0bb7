//! The configuration that an application gives to its session.

use fusionauth_session::{TokenStorage, Tuning};

/// The configuration of a session.
///
/// ```
/// use fusionauth_session_web::{SessionConfig, TokenStorage};
///
/// let config = SessionConfig {
///     token_storage: TokenStorage::Memory,
///     api_origins: vec!["https://api.shop.test".into()],
///     ..SessionConfig::new("https://auth.shop.test", "10000000-0000-0000-0000-000000000001")
/// };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// The URL to which login, refresh and logout are posted, without a trailing slash: FusionAuth's origin as the browser sees it. It must
    /// share its registrable domain with the page (`auth.shop.test` and `store.shop.test`), because browsers send no cookies to another
    /// site. With [`TokenStorage::BackendCookies`] it is the backend's own origin.
    pub fusionauth_url: String,
    /// This application's id at FusionAuth. Its login configuration must not require authentication, and must generate
    /// refresh tokens and allow token refresh (<https://fusionauth.io/docs/apis/applications>).
    pub application_id: String,
    /// The tenant, if FusionAuth can't infer it from the application.
    pub tenant_id: Option<String>,
    /// Where the tokens are stored, and who renews them.
    pub token_storage: TokenStorage,
    /// The URL of the application's backend that names the signed-in user. The session asks it with `GET`, only if the tokens are in
    /// cookies, because scripts cannot read those. The backend must answer 200 with `{"id", "email"?}` (or a `user` with these, as
    /// FusionAuth does), 404 if nobody is signed in or the cookies belong to another application, and 401 if the access token has expired.
    pub user_url: String,
    /// Further origins to which [`Session::fetch`](crate::Session::fetch) may send the session's credentials, besides the page's own:
    /// origins as a browser writes them, such as `https://api.shop.test`, without a path. A request to any other origin is refused with
    /// [`FetchError::ForeignOrigin`](crate::FetchError::ForeignOrigin) before anything is sent.
    pub api_origins: Vec<String>,
    /// Time limits and margins of renewals.
    pub tuning: Tuning,
}

impl SessionConfig {
    /// A session in [`TokenStorage::LocalStorage`], for a backend on the page's own origin. The user URL is `/api/user`.
    pub fn new(fusionauth_url: impl Into<String>, application_id: impl Into<String>) -> Self {
        Self {
            fusionauth_url: fusionauth_url.into(),
            application_id: application_id.into(),
            tenant_id: None,
            token_storage: TokenStorage::LocalStorage,
            user_url: "/api/user".to_owned(),
            api_origins: Vec::new(),
            tuning: Tuning::DEFAULT,
        }
    }
    /// The URL that names the signed-in user; empty if the session does not ask the backend.
    pub(crate) fn asked_user_url(&self) -> &str {
        if self.token_storage.is_bearer() { "" } else { &self.user_url }
    }
}
