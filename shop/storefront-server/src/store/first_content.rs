//! The content that the single-page app's list of products and product pages show before the app starts. It is the same as on the
//! server-rendered pages, except for the button "Add to cart", which needs the app: `boot.js` holds a click on it until the app has started.
//! The links in the header and the search work without the app. Search engines read this content, too. An unknown
//! product gets 404. If the database fails, the page is sent without content, and the app shows the error.

use crate::http::host::port;
use crate::http::percent::encoded;
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::http::security_headers::NativeForms;
use crate::pages::layout::{app_links, sign_in_link};
use crate::spa::{FirstContent, HeaderLinks, Spa};
use crate::state::Backend;
use crate::store::cart::ProductId;
use crate::store::product_parts::{Choice, Questions, quantity};
use crate::store::{catalogue_view::ListPage, order_links, pages, product_page, products};
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::json;
use std::sync::Arc;
use storefront_api::Product;
use storefront_messages::t;

#[derive(Clone)]
struct AppPages {
    spa: Arc<Spa>,
    backend: Backend,
}

/// The routes of the pages with content. On all other routes the app's page has no such content.
pub(crate) fn router(spa: Arc<Spa>, backend: Backend) -> Router {
    let pages = AppPages { spa, backend };
    Router::new().route("/", get(list)).route("/products/{product}", get(one)).merge(order_links::router()).with_state(pages)
}

async fn list(State(AppPages { spa, backend }): State<AppPages>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let list = match ListPage::read(&backend.db, query.as_deref().unwrap_or_default()).await {
        Ok(list) => list,
        Err(error) => return spa.page(&headers, ProblemResponse::from(error).status()).await,
    };
    let content = FirstContent {
        title: list.title(),
        head: html! {
            meta name="description" content={ (t!("Good things for the kitchen, the desk and the road.")) " " (t!("Made to last.")) };
            (list.head(&backend.site.origin(port(&headers))))
        }
        .into_string(),
        header: header_links(&backend, &headers, "/", &["/", &list.query].concat()),
        main: pages::products_page(&list, |product| pages::card(product, &button(product), None)).into_string(),
        forms: NativeForms::ToOwnOrigin,
        answer: json!(products::page_of(&list.filter, list.listing)),
    };
    spa.page_with(&headers, &content).await
}

async fn one(State(AppPages { spa, backend }): State<AppPages>, id: ApiResult<ProductId>, headers: HeaderMap) -> Response {
    let product = match id {
        Ok(ProductId(id)) => products::find_for_page(&backend, &id).await.map_err(ProblemResponse::from),
        Err(_) => Ok(None),
    };
    let product = match product {
        Ok(Some(product)) => product,
        Ok(None) => return spa.page(&headers, StatusCode::NOT_FOUND).await,
        Err(problem) => return spa.page(&headers, problem.status()).await,
    };
    let buy = html! { div.buy { (quantity(&product, Choice::Disabled)) (button(&product)) } };
    let forums = backend.site.sibling_origin(port(&headers));
    let questions = Questions { forums: forums.as_deref(), list: "/" }.view(&product);
    let url = product_page::url(&backend.site.origin(port(&headers)), &product.id);
    let path = product_page::path(&product.id);
    let content = FirstContent {
        title: product.name.clone(),
        head: product_page::head(&product, &url).into_string(),
        header: header_links(&backend, &headers, &path, &path),
        main: product_page::main(&product, &buy, None, &questions).into_string(),
        forms: NativeForms::Refused,
        answer: json!(product),
    };
    spa.page_with(&headers, &content).await
}

/// The links in the header of the page at `path`. After a sign-in, the app opens `back`, the URL of the page.
fn header_links(backend: &Backend, headers: &HeaderMap, path: &str, back: &str) -> HeaderLinks {
    let site = &backend.site;
    let sibling = site.sibling_origin(port(headers));
    let nav = html! { nav aria-label=(t!("Main")) { (app_links(site.app, path, sibling.as_deref())) } };
    let sign_in = html! { div.who { (sign_in_link(&format!("/login?next={}", encoded(back)))) } };
    HeaderLinks { nav: nav.into_string(), sign_in: sign_in.into_string() }
}

/// The button "Add to cart". After a click, it shows its value.
fn button(product: &Product) -> Markup {
    html! {
        button.primary type="button" name="add" value=(t!("Adding…")) data-product=(product.id) aria-label=(t!("Add to cart: {}", product.name)) {
            (t!("Add to cart"))
        }
    }
}
