use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A page. `body` is HTML: every text in it must have gone through [`escaped`].
pub(super) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><header><a href=\"/\">FusionAuth emulator</a> \
         <a href=\"/emulator/mail\">Mail</a> <small>for development and tests, never for production</small></header>\
         <main><h1>{title}</h1>{body}</main></body></html>",
        title = escaped(title)
    );
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"))], html).into_response()
}

/// A table with a row of headings.
pub(super) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let cells = |tag: &str, cells: Vec<String>| cells.iter().map(|it| format!("<{tag}>{}</{tag}>", escaped(it))).collect::<String>();
    let head = cells("th", headings.iter().map(|it| (*it).to_owned()).collect());
    let rows: String = rows.into_iter().map(|it| format!("<tr>{}</tr>", cells("td", it))).collect();
    format!("<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
}

pub(super) fn escaped(text: &str) -> String {
    let mut done = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => done.push_str("&amp;"),
            '<' => done.push_str("&lt;"),
            '>' => done.push_str("&gt;"),
            '"' => done.push_str("&quot;"),
            '\'' => done.push_str("&#39;"),
            other => done.push(other),
        }
    }
    done
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem;color-scheme:light dark}\
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886;vertical-align:top;\
    overflow-wrap:anywhere}header{border-bottom:2px solid;padding-bottom:.5rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}\
    article{border:1px solid #8888;padding:0 1rem;margin:1rem 0}button,input{font:inherit;padding:.3rem .6rem}label{display:block;margin:.5rem 0}";
