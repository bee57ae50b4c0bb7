//! The HTML layout of the emulator's own pages.

use super::reply::empty;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A page of the emulator.
pub(crate) fn page(status: StatusCode, title: &str, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    a href="/" { "FusionAuth emulator" } " " a href="/emulator/mail" { "Mail" } " "
                    small { "for development and tests, never for production" }
                }
                main { h1 { (title) } (content) }
            }
        }
    };
    // There is no `form-action`, because it would forbid the redirect from a form to a client.
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=UTF-8"),
        (header::CONTENT_SECURITY_POLICY, "base-uri 'none'; frame-ancestors 'none'; img-src 'none'"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, page.into_string()).into_response()
}

/// The path with an id as its last segment. A caller with an API key may have chosen the id.
pub(crate) fn path_of(path: &str, id: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
    format!("{path}/{}", utf8_percent_encode(id, RESERVED))
}

pub(crate) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Markup {
    html! {
        table {
            thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
            tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
        }
    }
}

/// The style sets the colours of links and background for light and dark mode, because browsers' default links are hard to read on dark.
const STYLE: &str = ":root{color-scheme:light dark;--paper:#fff;--link:#0645ad}@media(prefers-color-scheme:dark){:root{--paper:#161616;--link:#8ab4f8}}\
    html{background:var(--paper)}a{color:var(--link)}header a{display:inline-block;padding:.25rem 0}\
    body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem;overflow-wrap:anywhere}\
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886;vertical-align:top;\
    overflow-wrap:anywhere}header{border-bottom:2px solid;padding-bottom:.5rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}\
    .parts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem}\
    iframe{border:0;width:100%;height:36rem;resize:vertical}\
    article{border:1px solid #8888;padding:0 1rem;margin:1rem 0}button,input{font:inherit;padding:.3rem .6rem}label{display:block;margin:.5rem 0}";

/// Whether the caller wants a page rather than JSON: `Accept` names `text/html`, and names it before `application/json`.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    match (accept.find("text/html"), accept.find("application/json")) {
        (Some(html), Some(json)) => html < json,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

pub(crate) fn see_other(path: &'static str) -> Response {
    let mut response = empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(path));
    response
}
