//! What every page stands in: head, header, the message about what was just done.

use crate::{
    auth::{cookies::Cookies, verify::Identity},
    config::site::{self, Site},
    http::error::Error,
    pages::{Webapp, after_sign_in, built_assets::Look, components::icon, flash::Flash},
    sign_in::return_to::login_path,
    store::cart::cart_of,
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
pub(crate) struct Frame {
    site: Site,
    db: AnyPool,
    look: Arc<Look>,
    path: String,
    sibling_url: String,
    /// None outside the routes that carry cookies.
    cookies: Option<Cookies>,
}

impl FromRequestParts<Webapp> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, webapp: &Webapp) -> Result<Self, Infallible> {
        Ok(Self::of(parts, webapp).await)
    }
}

/// A page: its name, whether a form on it has an error, and what stands in `main`.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) main: Markup,
}

impl Frame {
    pub(crate) async fn of(parts: &Parts, webapp: &Webapp) -> Self {
        let site = webapp.backend.site;
        let host = parts.headers.get(header::HOST).and_then(|it| it.to_str().ok());
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |it| &it.0);
        Self {
            site,
            db: webapp.backend.db.clone(),
            look: webapp.looks.look().await,
            path: uri.path().to_owned(),
            sibling_url: site.sibling().origin(host.and_then(site::port)),
            cookies: parts.extensions.get::<Cookies>().cloned(),
        }
    }

    /// The page, for somebody who is signed in or for anybody.
    pub(crate) async fn show(&self, viewer: Option<&Identity>, page: Page) -> Result<Response, Error> {
        let said = match self.cookies.as_ref().and_then(Flash::take) {
            Some(flash) => flash.view(&self.db).await?,
            None => Markup::default(),
        };
        let count = match viewer {
            Some(viewer) if self.site.app == App::Store => {
                Some(cart_of(&self.db, &viewer.user_id).await?.lines.iter().map(|it| it.quantity).sum())
            }
            Some(_) | None => None,
        };
        let html = self.document(viewer, count, &said, &page);
        Ok((page.status, Html(html.into_string())).into_response())
    }

    /// Where accounts are made: at the Store, for both.
    pub(crate) fn register_url(&self) -> String {
        match self.site.app {
            App::Store => "/register".to_owned(),
            App::Forums => format!("{}/register", self.sibling_url),
        }
    }

    fn document(&self, viewer: Option<&Identity>, count: Option<i64>, said: &Markup, page: &Page) -> Markup {
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
                    @if let Some(href) = &self.look.stylesheet { link rel="stylesheet" href=(href); }
                    @if let Some(href) = &self.look.icon { link rel="icon" href=(href) type="image/svg+xml"; }
                }
                body {
                    // Of our own build, as the single-page app has it.
                    @if let Some(sprite) = &self.look.sprite { (PreEscaped(sprite)) }
                    a.skip href="#main" { "Skip to content" }
                    (self.header(viewer, count))
                    main #main { @if !said.0.is_empty() { div.flash { (said) } } (page.main) }
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
