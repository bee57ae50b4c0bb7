use crate::{ApiRequest, FetchError};
use fusionauth_session::{SignIn, View};
use leptos::prelude::*;

/// What a session needs to know.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// FusionAuth's origin as the browser sees it, without a slash at the end.
    pub fusionauth_url: String,
    /// This application's id at FusionAuth.
    pub application_id: String,
    /// The tenant, where FusionAuth can't infer it from the application.
    pub tenant_id: Option<String>,
}

/// Provides a [`Session`] to everything below it.
#[component]
pub fn SessionProvider(
    /// What the session needs to know.
    config: SessionConfig,
    /// The application.
    children: Children,
) -> impl IntoView {
    let _ = config;
    provide_context(Session { view: RwSignal::new(View::SignedOut(None)) });
    children()
}

/// The session of the surrounding [`SessionProvider`].
pub fn use_session() -> Session {
    expect_context()
}

/// A handle to the session: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Session {
    view: RwSignal<View>,
}

impl Session {
    /// What a person may see of the session; changes only when something changed.
    pub fn view(self) -> ReadSignal<View> {
        self.view.read_only()
    }

    /// Signs in with a password.
    pub async fn sign_in(self, login_id: &str, password: &str) -> SignIn {
        let _ = (login_id, password);
        SignIn::NoAnswer
    }

    /// Completes a sign-in that answered [`SignIn::TwoFactorRequired`].
    pub async fn complete_two_factor(self, two_factor_id: &str, code: &str) -> SignIn {
        let _ = (two_factor_id, code);
        SignIn::NoAnswer
    }

    /// Signs out: this tab and every other at once, FusionAuth as soon as it can be reached.
    pub async fn sign_out(self) {}

    /// Sends a request with the access token, renewing it first where it is over. A 401 is answered by one renewal and
    /// one replay. The request is aborted when the component that sent it is gone.
    pub async fn fetch(self, request: ApiRequest) -> Result<gloo_net::http::Response, FetchError> {
        let _ = request;
        Err(FetchError::SignedOut)
    }
}
