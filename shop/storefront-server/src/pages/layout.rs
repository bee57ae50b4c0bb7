//! The document around the content of every server-rendered page: head, header, footer, and the message about the last sent form.

use crate::auth::{cookies::Cookies, verify::Identity};
use crate::config::site::other_app;
use crate::http::{host::port, problem::ApiResult, rate_limit::TooOften};
use crate::pages::components::{heading, icon};
use crate::pages::return_to::{after_sign_in, login_path};
use crate::pages::{PageState, built_assets::BuiltAssets, flash::Flash, language_switch, sent_form};
use crate::users::guest::Guest;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::convert::Infallible;
use storefront_api::App;
use storefront_api::pages::{HelpPage, Route};
use storefront_messages::{Language, app_name, items_after, page_title, t};

/// The response of a handler of a page.
pub(crate) type PageResult = ApiResult<Response>;

/// The properties of a request on which the document depends. This type is an extractor.
pub(crate) struct Layout {
    state: PageState,
    path: String,
    /// The origin at which the browser reached this site.
    origin: String,
    /// The URL that a browser can open later to see this page again.
    way_back: String,
    /// The origin of the other application, the Store or the Forums. `None` if the configuration names no sibling of this site.
    sibling_url: Option<String>,
    /// `None` on an error page of a route without `cookie_layer`.
    cookies: Option<Cookies>,
}

impl FromRequestParts<PageState> for Layout {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state))
    }
}

/// A page: its name in the title, its status, and the content of its `main` element.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) main: Markup,
    /// The value of `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u32>,
}

/// The head of a page that needs more than its title.
pub(crate) struct Head<'a> {
    /// The first part of the title. The application's name follows it.
    pub(crate) title: &'a str,
    /// Other elements.
    pub(crate) content: Markup,
}

impl Page {
    /// A page with this content.
    pub(crate) fn new(name: &'static str, status: StatusCode, main: Markup) -> Self {
        Self { name, status, main, retry_after: None }
    }

    /// A narrow page, such as the one with the sign-in form. Its heading is its name.
    pub(crate) fn narrow(name: &'static str, status: StatusCode, content: Markup) -> Self {
        Self::new(name, status, html! { div.narrow { section.auth { (heading(name)) (content) } } })
    }

    /// The same page with `Retry-After`, if there were too many attempts.
    pub(crate) fn with_retry_after(self, too_often: impl Into<Option<TooOften>>) -> Self {
        Self { retry_after: too_often.into().map(TooOften::retry_after_seconds), ..self }
    }
}

impl Layout {
    pub(crate) fn of(parts: &Parts, state: &PageState) -> Self {
        let (site, port) = (&state.backend.site, port(&parts.headers));
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |it| &it.0);
        Self {
            state: state.clone(),
            path: uri.path().to_owned(),
            way_back: sent_form::way_back(parts),
            origin: site.origin(port),
            sibling_url: site.sibling_origin(port),
            cookies: parts.extensions.get::<Cookies>().cloned(),
        }
    }

    /// The origin at which the browser reached this site.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The origin of the other application, if the configuration names a sibling of this site.
    pub(crate) fn sibling_url(&self) -> Option<&str> {
        self.sibling_url.as_deref()
    }

    /// The response with the whole document, for the signed-in user or for a visitor.
    pub(crate) async fn show(&self, viewer: Option<&Identity>, page: Page) -> PageResult {
        self.show_with_head(viewer, &Head { title: page.name, content: Markup::default() }, page).await
    }

    /// The response with the whole document, with this head.
    pub(crate) async fn show_with_head(&self, viewer: Option<&Identity>, head: &Head<'_>, page: Page) -> PageResult {
        let message = match self.cookies.as_ref().and_then(Flash::take) {
            Some(flash) => flash.view(&self.state).await?,
            None => Markup::default(),
        };
        let owner = match viewer {
            Some(viewer) => Some(viewer.user_id.clone()),
            None => self.cookies.as_ref().and_then(Guest::of).map(|it| it.owner()),
        };
        let count = match (owner, self.state.frame) {
            (Some(owner), Some(frame)) => Some((frame.items_in_cart)(&self.state.backend.db, &owner).await?),
            _ => None,
        };
        let assets = self.state.built_assets().await;
        let html = self.document(&assets, head, &self.header(viewer, count), &message, &page);
        let retry_after = page.retry_after.map(|seconds| [(header::RETRY_AFTER, HeaderValue::from(seconds))]);
        Ok((page.status, retry_after, Html(sent_form::with_way_back(&html.into_string(), &self.way_back))).into_response())
    }

    fn app(&self) -> App {
        self.state.backend.site.app
    }

    fn document(&self, assets: &BuiltAssets, head: &Head<'_>, header: &Markup, message: &Markup, page: &Page) -> Markup {
        let error = if page.status.is_client_error() || page.status.is_server_error() { t!("Error: ") } else { "" };
        html! {
            (DOCTYPE)
            html lang=(Language::current().tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="theme-color" content="#f6f3ec" media="(prefers-color-scheme: light)";
                    meta name="theme-color" content="#151814" media="(prefers-color-scheme: dark)";
                    title { (error) (head.title) " · " (self.app().full_name()) }
                    (head.content)
                    @if let Some(href) = &assets.stylesheet { link rel="stylesheet" href=(href); }
                    @if let Some(href) = &assets.icon { link rel="icon" href=(href) type="image/svg+xml"; }
                    link rel="apple-touch-icon" href=(PICTURE);
                    (preview_picture(&self.origin))
                }
                body {
                    // Markup of the app's own build, so it needs no escaping.
                    @if let Some(sprite) = &assets.sprite { (PreEscaped(sprite)) }
                    a.skip href="#main" { (t!("Skip to content")) }
                    (header)
                    main #main { @if !message.0.is_empty() { div.flash { (message) } } (page.main) }
                    (self.footer())
                }
            }
        }
    }

    fn header(&self, viewer: Option<&Identity>, count: Option<i64>) -> Markup {
        let app = self.app();
        html! {
            header.site {
                div.bar {
                    a.brand href="/" { (icon("mark")) (app.brand()) }
                    nav aria-label=(t!("Main")) {
                        @match app {
                            App::Store => (store_links(&self.path, after_sign_in(app), count)),
                            App::Forums => {
                                (link(&self.path, "/", "to-start", html! { (t!("Welcome")) }))
                                (link(&self.path, after_sign_in(app), "to-posts", labelled("chat", t!("Posts"))))
                            }
                        }
                        (shared_links(app, &self.path, self.sibling_url.as_deref()))
                    }
                    div.who { (self.user_menu(viewer)) }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        let start = match self.app() {
            App::Store => t!("Products"),
            App::Forums => t!("Welcome"),
        };
        html! {
            footer.site {
                ul {
                    li.to-start { a href="/" { (start) } }
                    @for page in HelpPage::ALL.map(Route::Help) { li { a href=(page.href()) { (page_title(page)) } } }
                }
                (language_switch::form(&self.state.backend.config.languages))
            }
        }
    }

    /// The user's email with the button to sign out, which every page must have (ASVS 7.4.4). For a visitor, the link to the sign-in form.
    fn user_menu(&self, viewer: Option<&Identity>) -> Markup {
        match viewer {
            Some(viewer) => html! {
                span.me title=(t!("Signed in")) { (viewer.email.as_deref().unwrap_or_default()) }
                form method="post" action="/logout" { button.quiet type="submit" { (labelled("leave", t!("Sign out"))) } }
            },
            None if ["/login", "/login/code", "/forgot-password", "/change-password"].contains(&&*self.path) => Markup::default(),
            // After a sign-in from the start page, the browser opens the page that the published workflow prescribes. After a sign-in from
            // another page, it opens that page again.
            None if self.way_back == "/" => sign_in_link("/login"),
            None => sign_in_link(&login_path(self.app(), &self.way_back)),
        }
    }
}

/// The path of the application's icon as a picture without transparency.
const PICTURE: &str = "/apple-touch-icon.png";

/// The picture that other sites show beside a link to a page of this origin.
pub(crate) fn preview_picture(origin: &str) -> Markup {
    html! { meta property="og:image" content={ (origin) (PICTURE) }; }
}

/// The Store's links in the header of its page at `path`: products, search, and the cart at the path `cart`, with `count` items.
fn store_links(path: &str, cart: &str, count: Option<i64>) -> Markup {
    html! {
        (link(path, "/", "to-start", html! { (t!("Products")) }))
        a.to-search href="/?q=" { (labelled("search", t!("Search"))) }
        (link(path, cart, "to-cart", html! {
            (labelled("cart", t!("Cart")))
            @if let Some(1..) = count { (badge(count.unwrap_or_default())) }
        }))
    }
}

/// The links that the headers of both applications have: to the account and to the other application.
fn shared_links(app: App, path: &str, sibling_url: Option<&str>) -> Markup {
    let sibling_icon = match app {
        App::Store => "chat",
        App::Forums => "shop",
    };
    html! {
        @if let Some(url) = sibling_url { a.sibling href={ (url) "/" } { (labelled(sibling_icon, app_name(other_app(app)))) } }
        (link(path, "/account", "to-account", labelled("user", t!("Account"))))
    }
}

/// The links in the header of the single-page app's page at `path`. An empty `path` marks no link as that of the current page.
pub(crate) fn app_links(app: App, path: &str, sibling_url: Option<&str>) -> Markup {
    html! {
        @match app {
            App::Store => (store_links(path, Route::Cart.href(), None)),
            App::Forums => (link(path, "/", "to-start", html! { (t!("Posts")) })),
        }
        (shared_links(app, path, sibling_url))
    }
}

/// The header's link to the sign-in form at `href`.
pub(crate) fn sign_in_link(href: &str) -> Markup {
    html! { a.button.quiet href=(href) { (labelled("user", t!("Sign in"))) } }
}

fn link(path: &str, href: &str, class: &str, content: Markup) -> Markup {
    html! { a href=(href) class=(class) aria-current=[(path == href).then_some("page")] { (content) } }
}

/// An icon with its text. In small windows the stylesheet hides the text, but assistive technology still reads it.
fn labelled(icon_name: &str, text: &str) -> Markup {
    html! { (icon(icon_name)) span.label { (text) } }
}

fn badge(count: i64) -> Markup {
    html! { span.badge { (count) span.hidden { (items_after(count)) } } }
}
