//! What every page stands in: head, header, the message about what was just done.

use crate::{
    auth::{cookies::Cookies, verify::Identity},
    config::site::{self, Site},
    http::problem::ProblemResponse,
    pages::{
        PageState,
        built_assets::BuiltAssets,
        components::icon,
        flash::Flash,
        return_to::{after_sign_in, login_path},
    },
};
use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sqlx::AnyPool;
use std::{convert::Infallible, sync::Arc};
use storefront_api::App;

/// What a page needs to know of its request.
pub(crate) struct Layout {
    site: Site,
    db: AnyPool,
    assets: Arc<BuiltAssets>,
    path: String,
    sibling_url: String,
    /// None outside the routes that carry cookies.
    cookies: Option<Cookies>,
}

impl FromRequestParts<PageState> for Layout {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state).await)
    }
}

/// A page: its name, whether a form on it has an error, and what stands in `main`.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) main: Markup,
}

impl Layout {
    pub(crate) async fn of(parts: &Parts, state: &PageState) -> Self {
        let site = state.backend.site;
        let host = parts.headers.get(header::HOST).and_then(|it| it.to_str().ok());
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |it| &it.0);
        Self {
            site,
            db: state.backend.db.clone(),
            assets: state.assets.current().await,
            path: uri.path().to_owned(),
            sibling_url: site.sibling().origin(host.and_then(site::port)),
            cookies: parts.extensions.get::<Cookies>().cloned(),
        }
    }

    /// The page, for somebody who is signed in or for anybody.
    pub(crate) async fn show(&self, viewer: Option<&Identity>, page: Page) -> Result<Response, ProblemResponse> {
        let message = match self.cookies.as_ref().and_then(Flash::take) {
            Some(flash) => flash.view(&self.db).await?,
            None => Markup::default(),
        };
        let count = match viewer {
            Some(viewer) if self.site.app == App::Store => Some(items_in_cart(&self.db, &viewer.user_id).await?),
            Some(_) | None => None,
        };
        let html = self.document(viewer, count, &message, &page);
        Ok((page.status, Html(html.into_string())).into_response())
    }

    /// Where accounts are made: at the Store, for both.
    pub(crate) fn register_url(&self) -> String {
        match self.site.app {
            App::Store => "/register".to_owned(),
            App::Forums => format!("{}/register", self.sibling_url),
        }
    }

    fn document(&self, viewer: Option<&Identity>, count: Option<i64>, message: &Markup, page: &Page) -> Markup {
        let error = if page.status.is_client_error() || page.status.is_server_error() { "Error: " } else { "" };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="theme-color" content="#f6f3ec" media="(prefers-color-scheme: light)";
                    meta name="theme-color" content="#151814" media="(prefers-color-scheme: dark)";
                    title { (error) (page.name) " · " (app_name(self.site.app)) }
                    @if let Some(href) = &self.assets.stylesheet { link rel="stylesheet" href=(href); }
                    @if let Some(href) = &self.assets.icon { link rel="icon" href=(href) type="image/svg+xml"; }
                }
                body {
                    // Of our own build, as the single-page app has it.
                    @if let Some(sprite) = &self.assets.sprite { (PreEscaped(sprite)) }
                    a.skip href="#main" { "Skip to content" }
                    (self.header(viewer, count))
                    main #main { @if !message.0.is_empty() { div.flash { (message) } } (page.main) }
                }
            }
        }
    }

    fn header(&self, viewer: Option<&Identity>, count: Option<i64>) -> Markup {
        let app = self.site.app;
        html! {
            header.site {
                div.bar {
                    a.brand href="/" { (icon("mark")) (app_name(app)) }
                    nav aria-label="Main" {
                        @match app {
                            App::Store => {
                                (self.link("/", html! { "Products" }))
                                (self.link(after_sign_in(app), html! { "Cart" @if let Some(1..) = count { (badge(count.unwrap_or_default())) } }))
                            }
                            App::Forums => {
                                (self.link("/", html! { "Welcome" }))
                                (self.link(after_sign_in(app), html! { "Posts" }))
                            }
                        }
                        (self.link("/account", html! { "Account" }))
                        a.sibling href={ (self.sibling_url) "/" } { (app_name(self.site.sibling().app)) (icon("out")) }
                    }
                    div.who { (self.who(viewer)) }
                }
            }
        }
    }

    fn link(&self, href: &str, text: Markup) -> Markup {
        html! { a href=(href) aria-current=[(self.path == href).then_some("page")] { (text) } }
    }

    /// Who is signed in, with a button to sign out that is always there (ASVS 7.4.4); or the way to sign in.
    fn who(&self, viewer: Option<&Identity>) -> Markup {
        match viewer {
            Some(viewer) => html! {
                span.me title="Signed in" { (viewer.email.as_deref().unwrap_or_default()) }
                form method="post" action="/logout" { button.quiet type="submit" { "Sign out" } }
            },
            None if self.path == "/login" || self.path == "/login/code" => Markup::default(),
            // From the start page a sign-in leads where the workflow says; from any other page, back.
            None if self.path == "/" => html! { a.button.quiet href="/login" { "Sign in" } },
            None => html! { a.button.quiet href=(login_path(self.site.app, &self.path)) { "Sign in" } },
        }
    }
}

/// The sum is made here, because sqlx's `Any` driver carries no `SUM(BIGINT)`.
async fn items_in_cart(db: &AnyPool, user_id: &str) -> Result<i64, sqlx::Error> {
    let quantities: Vec<i64> = sqlx::query_scalar("SELECT quantity FROM cart_lines WHERE user_id = $1").bind(user_id).fetch_all(db).await?;
    Ok(quantities.into_iter().fold(0, i64::saturating_add))
}

fn badge(count: i64) -> Markup {
    html! { span.badge { (count) span.hidden { " items" } } }
}

/// The application's name for people.
pub(crate) fn app_name(app: App) -> &'static str {
    match app {
        App::Store => "Store",
        App::Forums => "Forums",
    }
}
