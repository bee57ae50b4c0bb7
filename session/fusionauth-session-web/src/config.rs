//! The configuration that an application gives to its session.

use fusionauth_session::Tuning;

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
    /// Further origins to which [`Session::fetch`](crate::Session::fetch) may send the session's credentials, besides the page's own:
    /// origins as a browser writes them, such as `https://api.shop.test`, without a path. A request to any other origin is refused with
    /// [`FetchError::ForeignOrigin`](crate::FetchError::ForeignOrigin) before anything is sent.
    pub api_origins: Vec<String>,
    /// Time limits and margins of renewals.
    pub tuning: Tuning,
}

impl SessionConfig {
    /// A session in [`TokenStorage::LocalStorage`], for a backend on the page's own origin.
    pub fn new(fusionauth_url: impl Into<String>, application_id: impl Into<String>) -> Self {
        Self {
            fusionauth_url: fusionauth_url.into(),
            application_id: application_id.into(),
            tenant_id: None,
            token_storage: TokenStorage::LocalStorage,
            api_origins: Vec::new(),
            tuning: Tuning::DEFAULT,
        }
    }
}

/// Where the tokens are stored. The place also decides who renews them. Backends and FusionAuth must be configured for the same choice.
///
/// With cookies, scripts cannot read a token. The session therefore asks the application's own backend who is signed in, with `GET` at
/// `user_url`, such as `/api/user`. The backend must answer 200 with `{"id", "email"?}` (or a `user` with these, as FusionAuth does), 404
/// if nobody is signed in or the cookies belong to another application, and 401 if the access token has expired.
///
/// `fusionauth-session` calls this choice the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenStorage {
    /// The access token is in local storage and goes out as `Authorization: Bearer`; the refresh token is in FusionAuth's own HttpOnly
    /// cookie. The browser renews.
    LocalStorage,
    /// Like [`TokenStorage::LocalStorage`], but the access token is only in this tab's memory, where a script that reads storage does not
    /// find it. Local storage still names the user, so all tabs agree on who is signed in, and a session survives a reload. The price: each
    /// page load begins with a renewal, and each tab renews for itself.
    Memory,
    /// Both tokens are in HttpOnly cookies of the parent domain, which FusionAuth sets through a proxy. The browser renews when a backend
    /// answers 401.
    SharedDomainCookies {
        /// The URL of the application's backend that names the signed-in user.
        user_url: String,
    },
    /// Both tokens are in HttpOnly cookies of the backend's host. The backend answers sign-in and logout as FusionAuth does, at the same
    /// paths, and renews the tokens; its 401 means that the session is over. The browser never sends a refresh.
    BackendCookies {
        /// The URL of the application's backend that names the signed-in user.
        user_url: String,
    },
}

impl TokenStorage {
    pub(crate) fn transport(&self) -> fusionauth_session::Transport {
        match self {
            Self::LocalStorage => fusionauth_session::Transport::BearerToken,
            Self::Memory => fusionauth_session::Transport::InMemoryBearerToken,
            Self::SharedDomainCookies { .. } => fusionauth_session::Transport::SharedDomainCookies,
            Self::BackendCookies { .. } => fusionauth_session::Transport::BackendCookies,
        }
    }

    /// The URL that names the signed-in user; empty if the session does not ask the backend.
    pub(crate) fn user_url(&self) -> &str {
        match self {
            Self::LocalStorage | Self::Memory => "",
            Self::SharedDomainCookies { user_url } | Self::BackendCookies { user_url } => user_url,
        }
    }
}
