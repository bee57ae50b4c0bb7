//! The extractors for the request of a page: [`UserPageRequest`] for pages that need a sign-in, [`PageRequest`] for all others, and
//! [`Visitor`] for the user of a public page.
//!
//! The API answers 401 if nobody is signed in. A page instead redirects the browser to the sign-in form. After the sign-in, the browser
//! returns to the page.

use crate::auth::error::{DeviceMessage, Error as AuthError};
use crate::auth::{cookies::Cookies, verify::Identity};
use crate::http::client_address::ClientAddress;
use crate::pages::layout::{Layout, Page, PageResult};
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, flash::Flash, redirect_302, redirect_303, return_to::login_path, sent_form::SentForm};
use crate::user_request::CurrentUser;
use crate::{state::Backend, user_request::UserRequest};
use axum::extract::{FromRequestParts, State};
use axum::http::{Method, StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use std::{convert::Infallible, ops::Deref};
use storefront_api::App;
use storefront_messages::SessionMessage;

/// The sender of a request for a page that also answers visitors.
pub(crate) type Sender = Result<CurrentUser, AuthError>;

/// A request for a page, or a request that a form on a page has sent.
#[derive(FromRequestParts)]
#[from_request(state(PageState))]
pub(crate) struct PageRequest {
    #[from_request(via(State))]
    pub(crate) backend: Backend,
    pub(crate) client: ClientAddress,
    pub(crate) cookies: Cookies,
    pub(crate) layout: Layout,
}

impl PageRequest {
    /// The response with this page, for a visitor.
    pub(crate) async fn show(&self, page: Page) -> PageResult {
        self.layout.show(None, page).await
    }

    /// Shows the sign-in form with the text in `form`, if the error means that nobody is signed in. Otherwise returns the error.
    pub(crate) async fn sign_in_first(&self, error: AuthError, form: FormState) -> PageResult {
        if signed_out_message(&error).is_none() {
            return Err(error.into());
        }
        self.show(Page { status: StatusCode::FORBIDDEN, ..password_page(&form, None) }).await
    }

    /// The same request, as a request of this user.
    pub(crate) fn of(self, user: Identity) -> UserPageRequest {
        let Self { backend, client, cookies, layout } = self;
        let origin = layout.origin().to_owned();
        UserPageRequest { sender: UserRequest { backend, client, cookies, origin, user, route: String::new() }, layout }
    }
}

/// A signed-in user's request for a page, or a request that the user has sent with a form. If nobody is signed in, the browser is
/// redirected to the sign-in form, and the handler is not called.
pub(crate) struct UserPageRequest {
    sender: UserRequest,
    pub(crate) layout: Layout,
}

impl UserPageRequest {
    /// The response with this page, for the user.
    pub(crate) async fn show(&self, page: Page) -> PageResult {
        self.layout.show(Some(&self.user), page).await
    }

    /// The same request after the user was signed out.
    pub(crate) fn without_user(self) -> PageRequest {
        let Self { sender: UserRequest { backend, client, cookies, .. }, layout } = self;
        PageRequest { backend, client, cookies, layout }
    }
}

impl Deref for UserPageRequest {
    type Target = UserRequest;

    fn deref(&self) -> &UserRequest {
        &self.sender
    }
}

impl FromRequestParts<PageState> for UserPageRequest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Response> {
        let request = PageRequest::from_request_parts(parts, state).await?;
        match CurrentUser::from_request_parts(parts, state).await {
            Ok(CurrentUser(user)) => Ok(request.of(user)),
            Err(error) => Err(redirect_to_sign_in(error, parts, request.backend.site.app)),
        }
    }
}

/// The signed-in user, if there is one, on a public page. The page does not wait for FusionAuth, so a user whose token must be renewed
/// counts as a guest.
pub(crate) struct Visitor(pub(crate) Option<Identity>);

impl FromRequestParts<PageState> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Infallible> {
        let Some(cookies) = parts.extensions.get::<Cookies>() else { return Ok(Self(None)) };
        Ok(Self(state.backend.authenticator.identify_without_renewal(cookies).await))
    }
}

/// The message of the sign-in page, if the error means that nobody is signed in.
fn signed_out_message(error: &AuthError) -> Option<Flash> {
    let text: fn() -> &'static str = match error {
        AuthError::CredentialMissing => || SessionMessage::SignInFirst.text(),
        AuthError::SessionOver | AuthError::TokenRefused(_) | AuthError::EmailNotVerified => || SessionMessage::Expired.text(),
        AuthError::NotThisDevice => || DeviceMessage::NotThisDevice.text(),
        AuthError::DeviceKeyRequired => || DeviceMessage::KeyRequired.text(),
        _ => return None,
    };
    Some(Flash::text(text))
}

/// Redirects to the sign-in form if the error means that nobody is signed in. After the sign-in, the browser returns to this page, or to the
/// page with the sent form.
pub(crate) fn redirect_to_sign_in(error: AuthError, parts: &Parts, app: App) -> Response {
    let (Some(flash), Some(cookies)) = (signed_out_message(&error), parts.extensions.get::<Cookies>()) else {
        return error.into_response();
    };
    flash.set(cookies);
    match parts.method {
        Method::GET | Method::HEAD => redirect_302(&login_path(app, parts.uri.path_and_query().map_or("/", |it| it.as_str()))),
        _ => {
            redirect_303(&parts.extensions.get::<SentForm>().and_then(SentForm::back).map_or("/login".to_owned(), |it| login_path(app, it)))
        }
    }
}
